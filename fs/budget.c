/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds up bytes of memory without a lock. */
#include "fs/budget.h"

#include <assert.h>
#include <glib.h>
#include <stdatomic.h>

struct budget {
    uint64_t limit;
    atomic_uint_fast64_t used[BUDGET_N];
    atomic_uint_fast64_t total; /* of all but what is pinned, which is held as well */
    atomic_uint_fast64_t peak;  /* of the total */
};

struct budget *budget_new(uint64_t limit)
{
    struct budget *b = g_new0(struct budget, 1);

    b->limit = limit;
    return b;
}

void budget_free(struct budget *b)
{
    g_free(b);
}

static void raise_peak(struct budget *b, uint64_t total)
{
    uint64_t peak = atomic_load(&b->peak);

    while (total > peak && !atomic_compare_exchange_weak(&b->peak, &peak, total))
        continue;
}

void budget_take(struct budget *b, enum budget_kind kind, uint64_t bytes)
{
    atomic_fetch_add(&b->used[kind], bytes);
    if (kind != BUDGET_PINNED)
        raise_peak(b, atomic_fetch_add(&b->total, bytes) + bytes);
}

void budget_give(struct budget *b, enum budget_kind kind, uint64_t bytes)
{
    uint64_t was;

    /* The total first, so that it is never more than its parts. */
    if (kind != BUDGET_PINNED)
        atomic_fetch_sub(&b->total, bytes);
    was = atomic_fetch_sub(&b->used[kind], bytes);
    assert(was >= bytes);
    (void)was;
}

uint64_t budget_limit(const struct budget *b)
{
    return b->limit;
}

uint64_t budget_used(const struct budget *b, enum budget_kind kind)
{
    return atomic_load(&b->used[kind]);
}

uint64_t budget_total(const struct budget *b)
{
    return atomic_load(&b->total);
}

uint64_t budget_room(const struct budget *b)
{
    const uint64_t total = budget_total(b);

    return total < b->limit ? b->limit - total : 0;
}

void budget_look(const struct budget *b, struct budget_figures *ret)
{
    *ret = (struct budget_figures){
        .limit = b->limit,
        .held = budget_used(b, BUDGET_HELD),
        .pinned = budget_used(b, BUDGET_PINNED),
        .reserved = budget_used(b, BUDGET_RESERVED),
        .transfer = budget_used(b, BUDGET_TRANSFER),
        .peak = atomic_load(&b->peak),
    };
}
