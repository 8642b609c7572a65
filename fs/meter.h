/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much work was done: in all, and over the last ten seconds. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define METER_SECONDS 10 /* that count as recent, the one under way among them */
#define METER_SLOTS 16

/* Caller's memory; all-zero has seen no work.  Any thread; nobody waits to count. */
struct meter {
    atomic_uint_fast64_t total; /* microseconds */
    atomic_uint_fast64_t
        slots[METER_SLOTS]; /* by second: its number, and 32 bits of microseconds */
};

/* Work of so many microseconds has ended; it is spread over the seconds that it took.  All times
 * are microseconds since the meter's own beginning. */
void meter_add(struct meter *m, uint64_t now, uint64_t work);

uint64_t meter_total(const struct meter *m);
/* The work that fell into the last *ret_span microseconds. */
uint64_t meter_recent(const struct meter *m, uint64_t now, uint64_t *ret_span);
