/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of numbers, kept as ranges, and taken one by one. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#define RANGES_MAX 1000000 /* each takes 16 bytes */

/* The numbers from first up to, not including, end. */
struct span {
    uint64_t first, end;
};

/* Lifetime: caller.  One thread at a time. */
struct ranges;

struct ranges *ranges_new(void);
void ranges_free(struct ranges *r);
OWN_DEFINE(struct ranges, ranges_free)

/* Adds numbers, without regard to those that are there: until the next ranges_settle() the set can
 * only be added to, or cleared. */
int ranges_add(struct ranges *r, struct span more, struct fault *f);
/* Makes a set of what was added. */
void ranges_settle(struct ranges *r);
void ranges_clear(struct ranges *r);

/* Adds a settled set to a settled set. */
int ranges_join(struct ranges *r, const struct ranges *more, struct fault *f);

uint64_t ranges_len(const struct ranges *r); /* numbers */

/* Takes the next number: upwards from the range that was taken of last, then from the first one.
 * false = none is left. */
bool ranges_take(struct ranges *r, uint64_t *ret);

/* A copy of all ranges in order: struct span.  Owned by the caller. */
GArray *ranges_list(const struct ranges *r);
