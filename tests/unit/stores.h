/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A store for a test, with a budget, a spill, and contents that tell which element they are. */
#pragma once

#include <string.h>

#include "fs/store.h"

#define KB 1000
#define ROOM (UINT64_C(4) * KB + 19 * KB / 10) /* for four contents of 1000 bytes */
#define BIG ((size_t)1 << 20)

/* A store with what is around it.  Lifetime: one test's, by play_new(). */
struct play {
    struct budget *budget; /* owned, as all below */
    struct spill *spill;   /* NULL = none */
    struct store *store;
    GArray *wasted; /* owners */
};

static inline void note_wasted(void *ctx, uint64_t owner)
{
    struct play *p = ctx;

    g_array_append_val(p->wasted, owner);
}

static inline struct play *play_new(uint64_t limit, bool spills)
{
    struct play *p = g_new0(struct play, 1);

    p->budget = budget_new(limit);
    p->spill = spills ? spill_new(NULL) : NULL;
    p->wasted = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    p->store = store_new(p->budget, p->spill, note_wasted, p);
    return p;
}

/* Whatever was done, nothing may be counted any more. */
static inline void play_free(struct play *p)
{
    struct spill_figures spill = {0};

    store_free(p->store);
    for (int i = 0; i < BUDGET_N; i++)
        assert_int_equal(budget_used(p->budget, i), 0);
    assert_int_equal(budget_total(p->budget), 0);
    if (p->spill)
        spill_look_figures(p->spill, &spill);
    assert_int_equal(spill.bytes, 0);
    g_clear_pointer(&p->spill, spill_free);
    budget_free(p->budget);
    g_array_unref(p->wasted);
    g_free(p);
}
OWN_DEFINE(struct play, play_free)

static inline struct identity at(uint64_t i)
{
    return (struct identity){i, ~i};
}

/* Contents whose bytes tell which element they are. */
static inline struct content *make(struct play *p, uint64_t i, size_t len)
{
    void *data = g_malloc(len);

    memset(data, (int)(i % 251), len);
    return content_new_bytes(g_bytes_new_take(data, len), p->budget);
}

static inline bool is_content_of(const struct content *c, uint64_t i, size_t len)
{
    unsigned char byte = 255;

    return content_len(c) == len && content_read(c, len - 1, &byte, 1) == 1 && byte == i % 251;
}

/* A reader waits for it. */
static inline void put(struct play *p, uint64_t i, size_t len)
{
    content_unref(store_put(p->store, at(i), make(p, i, len), 0, true));
}

static inline void put_ahead(struct play *p, uint64_t i, size_t len, uint64_t owner)
{
    content_unref(store_put(p->store, at(i), make(p, i, len), owner, false));
}

/* Opens an element: it is computed if it is not there.  To be unpinned. */
static inline struct content *open_element(struct play *p, uint64_t i, size_t len)
{
    OWN(content_unref) struct content *c = store_look(p->store, at(i), true);

    if (!c)
        c = store_put(p->store, at(i), make(p, i, len), 0, true);
    assert_true(is_content_of(c, i, len));
    return content_pin(c);
}

static inline bool has(struct play *p, uint64_t i)
{
    OWN(content_unref) struct content *c = store_look(p->store, at(i), false);

    return c;
}

static inline void read_element(struct play *p, uint64_t i)
{
    OWN(content_unref) struct content *c = store_look(p->store, at(i), true);

    assert_non_null(c);
}

static inline struct store_figures figures(struct play *p)
{
    struct store_figures ret;

    store_look_figures(p->store, &ret);
    return ret;
}

static inline struct spill_figures spill_figures(struct play *p)
{
    struct spill_figures ret;

    spill_look_figures(p->spill, &ret);
    return ret;
}

static inline void assert_wasted(struct play *p, unsigned n, uint64_t owner)
{
    assert_int_equal(p->wasted->len, n);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(g_array_index(p->wasted, uint64_t, i), owner);
}

static inline void need_disk(void)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    OWN(content_unref) struct content *c = content_new_bytes(g_bytes_new("x", 1), NULL);
    OWN(content_unref) struct content *there = NULL;

    if (spill_content(sp, c, &there) == 0)
        return;
    print_message("no folder for temporary files is on a disk\n");
    skip();
}
