/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers, and lists of lists of them, as arrays. */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/value.h"

#include <stdbool.h>

/* Whether a value of this kind can be a number of an array: bool, int, float. */
bool numbers_has(enum value_kind kind);

/* The type of the array that a number of this kind becomes: no axes, and bool, int64 or float64. */
struct array_type numbers_type(enum value_kind kind);

/* An array as it is, a number as one without axes, a list as one whose first axis it is.  The items
 * of a list become what all of them can be: bool, else int64, else float64; of none, float64.
 * Faults (EINVAL): what is no number, lists of different lengths beside each other. */
int numbers_array(const struct value *v, struct fault *f, struct value **ret);
