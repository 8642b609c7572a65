/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A coming order: which number stands at which position, and where each number stands. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

/* Positions, at most.  Each takes 4 bytes (8 where numbers do not fit 32 bits) while it is written,
 * 4 more for where its number stands, and another 4 while that is found out. */
#define ITINERARY_MAX 50000000

/* Lifetime: shared.  Changes by one thread until it is sealed; any thread from then on. */
struct itinerary;

/* Of numbers below this. */
struct itinerary *itinerary_new(uint64_t n_numbers);
struct itinerary *itinerary_ref(struct itinerary *t);
void itinerary_unref(struct itinerary *t);
OWN_DEFINE(struct itinerary, itinerary_unref)

uint64_t itinerary_len(const struct itinerary *t);

/* Appends the numbers from first up to, not including, end. */
int itinerary_add(struct itinerary *t, uint64_t first, uint64_t end, struct fault *f);
/* Drops all but the first len positions. */
void itinerary_cut(struct itinerary *t, uint64_t len);
/* Another one that begins with the first len positions of t, to be written on. */
int itinerary_copy(const struct itinerary *t, uint64_t len, struct fault *f,
                   struct itinerary **ret);

/* Finds out where each number stands: a second for 10 million. */
int itinerary_seal(struct itinerary *t, struct fault *f);

uint64_t itinerary_at(const struct itinerary *t, uint64_t position);

/* The positions of one number, ascending. */
struct itinerary_places {
    const uint32_t *at; /* borrowed */
    uint64_t n;
};

/* Of a sealed one; n = 0: the number is not in it. */
struct itinerary_places itinerary_find(const struct itinerary *t, uint64_t number);
/* The one of places->n > 0 places that is nearest to a position; the earlier one of two. */
uint64_t itinerary_nearest(const struct itinerary_places *places, uint64_t position);
