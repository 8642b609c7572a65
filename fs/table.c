/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open addressing with linear probing, at most three quarters full. */
#include "fs/table.h"

#include <glib.h>

bool table_reserve(struct table *t, uint64_t n)
{
    uint64_t cap = 16;
    uint64_t *slots;

    while (cap / 4 * 3 < n)
        cap *= 2;
    slots = g_try_new0(uint64_t, cap);
    if (slots == NULL)
        return false;
    g_free(t->slots);
    *t = (struct table){.slots = slots, .mask = cap - 1};
    return true;
}

void table_finish(struct table *t)
{
    g_free(t->slots);
}

uint64_t table_cap(const struct table *t)
{
    return t->slots != NULL ? (t->mask + 1) / 4 * 3 : 0;
}

void table_put(struct table *t, uint64_t hash, uint32_t number)
{
    uint64_t at = hash;

    while (t->slots[at & t->mask] != 0)
        at++;
    t->slots[at & t->mask] = (hash >> 32) << 32 | ((uint64_t)number + 1);
}

bool table_next(const struct table *t, uint64_t hash, uint64_t *at, uint32_t *ret)
{
    if (t->slots == NULL)
        return false;
    for (uint64_t slot; (slot = t->slots[*at & t->mask]) != 0; ++*at) {
        if (slot >> 32 != hash >> 32)
            continue;
        *ret = (uint32_t)slot - 1;
        ++*at;
        return true;
    }
    return false;
}
