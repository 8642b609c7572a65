/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stretches of a sequence, "from:to:step", by Python's rules. */
#pragma once

#include "ops/base/fault.h"

/* Element n of the stretch is element start + n * step of the sequence, modulo 2^64, so that step
 * may go down. */
struct stretch {
    uint64_t start;
    uint64_t step;
    uint64_t len;
};

/* Of a sequence of seq_len <= INT64_MAX elements.  What reaches beyond it takes those that are
 * there. */
int stretch_parse(const char *text, uint64_t seq_len, struct fault *f, struct stretch *ret);

/* Where a written position lies among len elements, a negative one counted from the end: 0..len, of
 * which len is behind the last.  false = outside. */
bool stretch_place(int64_t at, uint64_t len, uint64_t *ret);

/* Which element of the stretch is element i of the sequence; false = none. */
bool stretch_find(const struct stretch *s, uint64_t i, uint64_t *ret);
