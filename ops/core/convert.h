/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Items of one type to another, and their byte order. */
#pragma once

#include "ops/core/array.h"
#include "ops/core/value.h"

/* Converts n items, out of place; both aligned for their type.  Integers among each other are exact
 * or wrap around as in C; floats to integers are rounded towards zero, and outside of the range or
 * NaN become the nearest limit, or 0; anything but 0 is true; of complex numbers the real part is
 * taken, unless they become such or bool.  Floats are rounded to nearest even. */
void convert_items(enum dtype from, const void *in, enum dtype to, void *out, uint64_t n);

/* Swaps the bytes of n items in place. */
void convert_swap(enum dtype t, void *items, uint64_t n);

/* Item number i of an array as a value of its own: bool, int or float; of uint64 beyond int64, and
 * of complex numbers, it is none: NULL.  Owned. */
struct value *convert_item(const struct value *array, uint64_t i);

/* IEEE 754 binary16, by its bits. */
float convert_from_half(uint16_t half);
uint16_t convert_to_half(float x);
