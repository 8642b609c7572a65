/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The types of an array's items, called as NumPy calls them. */
#pragma once

#include "ops/core/param.h"

#include <stdbool.h>
#include <stddef.h>

enum dtype {
    DTYPE_BOOL, /* one byte, 0 or 1 */
    DTYPE_INT8,
    DTYPE_INT16,
    DTYPE_INT32,
    DTYPE_INT64,
    DTYPE_UINT8,
    DTYPE_UINT16,
    DTYPE_UINT32,
    DTYPE_UINT64,
    DTYPE_FLOAT16, /* IEEE 754 binary16 */
    DTYPE_FLOAT32,
    DTYPE_FLOAT64,
    DTYPE_COMPLEX64,  /* two float32: real, imaginary */
    DTYPE_COMPLEX128, /* two float64 */
};

enum dtype_class {
    DTYPE_IS_BOOL,
    DTYPE_IS_SIGNED,
    DTYPE_IS_UNSIGNED,
    DTYPE_IS_FLOAT,
    DTYPE_IS_COMPLEX
};

size_t dtype_size(enum dtype t);      /* bytes of an item */
size_t dtype_alignment(enum dtype t); /* bytes that are swapped as one: half an item of complex */
const char *dtype_name(enum dtype t); /* "float32" */
enum dtype_class dtype_class(enum dtype t);

/* By name; false = there is none. */
bool dtype_find(const char *name, enum dtype *ret);

/* For PARAM_CHOICE: every type by its name. */
extern const struct param_choice dtype_choices[];
