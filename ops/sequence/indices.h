/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of elements of an input, 4 bytes each where that is enough, else 8. */
#pragma once

#include "ops/op.h"

/* Lifetime: the sequence's.  All zero is empty. */
struct indices {
    void *at; /* owned: uint32_t, or uint64_t if wide */
    uint64_t len, cap;
    bool wide;
};

/* For elements of an input of this length; cap of them will be added without more memory.  false =
 * there is not so much. */
static inline bool indices_init(struct indices *t, uint64_t input_len, uint64_t cap)
{
    const bool wide = input_len > UINT32_MAX;
    void *at = g_try_malloc_n(MAX(cap, 1), wide ? sizeof(uint64_t) : sizeof(uint32_t));

    *t = (struct indices){.at = at, .cap = MAX(cap, 1), .wide = wide};
    return at != NULL;
}

static inline void indices_finish(struct indices *t)
{
    g_free(t->at);
}

/* Takes as much memory as is needed.  false = there is not so much. */
static inline bool indices_resize(struct indices *t, uint64_t cap)
{
    void *at = g_try_realloc_n(t->at, MAX(cap, 1), t->wide ? sizeof(uint64_t) : sizeof(uint32_t));

    if (!at)
        return false;
    t->at = at;
    t->cap = MAX(cap, 1);
    return true;
}

/* false = there is no memory for one more. */
static inline bool indices_add(struct indices *t, uint64_t i)
{
    if (t->len == t->cap && !indices_resize(t, t->cap * 2))
        return false;
    if (t->wide)
        ((uint64_t *)t->at)[t->len++] = i;
    else
        ((uint32_t *)t->at)[t->len++] = (uint32_t)i;
    return true;
}

static inline uint64_t indices_at(const struct indices *t, uint64_t k)
{
    return t->wide ? ((const uint64_t *)t->at)[k] : ((const uint32_t *)t->at)[k];
}
