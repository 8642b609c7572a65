/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers that belong to an element: the same whoever asks, in whatever order, on every
 * machine.
 *
 * Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011), keyed by
 * the spec's seed and the step, counting from the epoch and the index. */
#pragma once

#include "ops/core/seq.h"

/* Lifetime: call.  Plain data. */
struct random {
    uint32_t key[2], counter[4];
    uint32_t block[4]; /* what the counter gave */
    unsigned left;     /* of block */
};

/* Streams of one step that do not depend on one another; an operator's own begin at RANDOM_OWN. */
enum random_stream { RANDOM_CHANCE, RANDOM_OWN, RANDOM_ARGUMENTS = 1000 };

/* The stream of one element of a step.  Two steps that share `use` and operator draw the same. */
void random_init(struct random *r, const struct seq *s, uint64_t i, uint32_t stream);

uint32_t random_bits(struct random *r);
uint64_t random_bits64(struct random *r);            /* the upper half is drawn first */
double random_uniform(struct random *r);             /* 0 <= x < 1, 53 bits */
uint64_t random_below(struct random *r, uint64_t n); /* 0..n-1, each as likely; n > 0 */
double random_normal(struct random *r);              /* mean 0, deviation 1 */

/* A key for a whole sequence (a shuffle): from a seed and an epoch. */
uint64_t random_key(uint64_t seed, uint64_t epoch, uint32_t salt);

/* The generator itself: ten rounds, as published.  For its test. */
void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret[4]);
