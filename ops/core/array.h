/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an array is, but for its items: their type and its shape.  Items lie in C order, the last
 * axis the fastest, in the byte order of the machine. */
#pragma once

#include "ops/core/dtype.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define ARRAY_DIMS 32 /* axes at most, as many as NumPy 1 has */

/* Plain data.  n_dims 0: a single item. */
struct array_type {
    enum dtype dtype;
    uint32_t n_dims;
    uint64_t dims[ARRAY_DIMS]; /* the first n_dims count */
};

bool array_is_same(const struct array_type *a, const struct array_type *b);

/* How many items, and bytes of items, there are; false = more than 2^63 - 1. */
bool array_n_items(const struct array_type *t, uint64_t *ret);
bool array_n_bytes(const struct array_type *t, uint64_t *ret);

/* Appends "float32 [3, 224, 224]". */
void array_print(const struct array_type *t, GString *ret);
