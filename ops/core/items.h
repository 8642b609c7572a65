/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The items of arrays as text. */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/value.h"

#include <stdbool.h>

#define ITEMS_MAX (UINT64_C(1) << 22) /* items and lists of an array that is printed */

/* Whether arrays of this type can be printed.  Faults: complex numbers (EINVAL), more than
 * ITEMS_MAX (EFBIG). */
int items_check(const struct array_type *t, struct fault *f);

/* Appends an array as lists of lists of its items: "[[1, 2], [3, 4]]"; one without axes as its item
 * alone.  strict: as JSON, which has no word for NaN and the infinite numbers.  Faults (EINVAL):
 * those, and those of items_check(); some of it may be appended then. */
int items_print(const struct value *array, bool strict, GString *ret, struct fault *f);
