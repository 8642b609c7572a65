/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A seeded permutation of 0..n-1 that is computed, not stored: O(1) memory and time at any index.
 */
#pragma once

#include <stdint.h>

#define PERMUTATION_ROUNDS 12

/* Plain data; immutable once initialised. */
struct permutation {
    uint64_t n;
    unsigned half; /* bits of half a block, which is the smallest even number that holds n */
    uint64_t keys[PERMUTATION_ROUNDS];
};

/* The same n and key are the same permutation, on every machine, for ever. */
void permutation_init(struct permutation *p, uint64_t n, uint64_t key);

/* Where i (< n) goes: a bijection.  A Feistel network over the block, walked until it is back among
 * 0..n-1 (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002): fewer than four steps
 * on average. */
uint64_t permutation_at(const struct permutation *p, uint64_t i);

/* What goes to `at` (< n): permutation_at() undone. */
uint64_t permutation_find(const struct permutation *p, uint64_t at);
