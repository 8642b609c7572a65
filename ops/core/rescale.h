/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Items multiplied on their way from one type to another. */
#pragma once

#include "ops/core/dtype.h"

/* Each number becomes x * factor / divisor.  In place of wrapping around, integers are the nearest
 * number that their type has, to even where there are two; what is no number is 0.  Of complex
 * numbers that remain such both parts are multiplied. */
struct rescale {
    double factor, divisor;
};

#define RESCALE_NONE \
    {                \
        1, 1         \
    }

/* Out of place, both aligned for their type. */
void rescale_items(enum dtype from, const void *in, enum dtype to, void *out, uint64_t n,
                   struct rescale by);

/* The greatest integer of a type; 1 of those that have more than integers, and of bool. */
double rescale_unit(enum dtype t);
