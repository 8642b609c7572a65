/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which element: an output of the plan and an index in it. */
#pragma once

#include <glib.h>
#include <stdint.h>

struct key {
    uint32_t output;
    uint64_t index;
};

/* For GHashTable. */
static inline guint key_hash(gconstpointer key)
{
    const struct key *k = key;

    return (guint)(((k->index ^ (uint64_t)k->output << 40) * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
}

static inline gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const struct key *x = a, *y = b;

    return x->index == y->index && x->output == y->output;
}

/* By output, then by index: below, equal to, or above 0. */
static inline int key_compare(struct key a, struct key b)
{
    if (a.output != b.output)
        return a.output < b.output ? -1 : 1;
    return (a.index > b.index) - (a.index < b.index);
}
