/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Permutations by a balanced Feistel network over the smallest block that holds them, and cycle
 * walking. */
#include "ops/base/permutation.h"

#include "ops/base/splitmix.h"

void permutation_init(struct permutation *p, uint64_t n, uint64_t key)
{
    *p = (struct permutation){.n = n};
    while (p->half < 32 && n > UINT64_C(1) << 2 * p->half)
        p->half++;
    for (unsigned i = 0; i < PERMUTATION_ROUNDS; i++)
        p->keys[i] = splitmix_finish(key + (i + 1) * SPLITMIX_STEP);
}

/* Within the block: a bijection whatever the keys are, since each round can be undone. */
static uint64_t scramble(const struct permutation *p, uint64_t i)
{
    const uint64_t mask = (UINT64_C(1) << p->half) - 1;
    uint64_t left = i >> p->half, right = i & mask;

    for (unsigned k = 0; k < PERMUTATION_ROUNDS; k++) {
        uint64_t next = left ^ (splitmix_finish(right ^ p->keys[k]) & mask);

        left = right;
        right = next;
    }
    return left << p->half | right;
}

static uint64_t unscramble(const struct permutation *p, uint64_t i)
{
    const uint64_t mask = (UINT64_C(1) << p->half) - 1;
    uint64_t left = i >> p->half, right = i & mask;

    for (unsigned k = PERMUTATION_ROUNDS; k-- > 0;) {
        uint64_t before = right ^ (splitmix_finish(left ^ p->keys[k]) & mask);

        right = left;
        left = before;
    }
    return left << p->half | right;
}

uint64_t permutation_at(const struct permutation *p, uint64_t i)
{
    do {
        i = scramble(p, i);
    } while (i >= p->n);
    return i;
}

uint64_t permutation_find(const struct permutation *p, uint64_t at)
{
    do {
        at = unscramble(p, at);
    } while (at >= p->n);
    return at;
}
