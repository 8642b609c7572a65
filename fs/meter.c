/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring of seconds, each in one atomic word, so that nobody has to clear those that are over. */
#include "fs/meter.h"

#define SECOND UINT64_C(1000000)
#define LOW UINT64_C(0xFFFFFFFF)

/* A word that holds an older second is taken for the new one; one that holds a newer second stays.
 */
static void add_to_second(struct meter *m, uint64_t second, uint64_t work)
{
    atomic_uint_fast64_t *slot = &m->slots[second % METER_SLOTS];
    uint64_t old = atomic_load_explicit(slot, memory_order_relaxed);
    uint64_t sum;

    do {
        if (old >> 32 > second)
            return;
        sum = (old >> 32 == second ? old & LOW : 0) + work;
    } while (!atomic_compare_exchange_weak_explicit(slot, &old,
                                                    second << 32 | (sum < LOW ? sum : LOW),
                                                    memory_order_relaxed, memory_order_relaxed));
}

void meter_add(struct meter *m, uint64_t now, uint64_t work)
{
    uint64_t from = work < now ? now - work : 0;
    const uint64_t seconds = now / SECOND;
    const uint64_t oldest = seconds < METER_SECONDS ? 0 : (seconds - METER_SECONDS + 1) * SECOND;

    atomic_fetch_add_explicit(&m->total, work, memory_order_relaxed);
    for (from = from > oldest ? from : oldest; from < now;) {
        uint64_t end = (from / SECOND + 1) * SECOND;

        end = end < now ? end : now;
        add_to_second(m, from / SECOND, end - from);
        from = end;
    }
}

uint64_t meter_total(const struct meter *m)
{
    return atomic_load_explicit(&m->total, memory_order_relaxed);
}

uint64_t meter_recent(const struct meter *m, uint64_t now, uint64_t *ret_span)
{
    const uint64_t last = now / SECOND;
    const uint64_t first = last < METER_SECONDS ? 0 : last - METER_SECONDS + 1;
    uint64_t work = 0;

    for (unsigned i = 0; i < METER_SLOTS; i++) {
        uint64_t slot = atomic_load_explicit(&m->slots[i], memory_order_relaxed);

        if (slot >> 32 >= first && slot >> 32 <= last)
            work += slot & LOW;
    }
    *ret_span = now - first * SECOND;
    return work;
}
