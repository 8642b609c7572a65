/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hash table of numbers whose keys are kept elsewhere, or can be computed: 8 bytes a slot. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Caller's memory; all-zero is empty.  Only grows.  A slot holds 32 bits of the hash and a number +
 * 1; 0 = free. */
struct table {
    uint64_t *slots; /* owned */
    uint64_t mask;
};

/* Makes room for n numbers, all of which are then put by the caller; what was in it is gone.  false
 * = no memory, and nothing has changed. */
bool table_reserve(struct table *t, uint64_t n);
void table_finish(struct table *t);

/* How many fit. */
uint64_t table_cap(const struct table *t);

/* number < UINT32_MAX.  There must be room. */
void table_put(struct table *t, uint64_t hash, uint32_t number);

/* The next number that may be the one under a hash: the caller compares keys.  *at is the hash at
 * first.  false = no more. */
bool table_next(const struct table *t, uint64_t hash, uint64_t *at, uint32_t *ret);
