/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values as JSON, and back. */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/value.h"

/* Appends a value on one line: records as objects, lists as arrays, arrays as lists of lists.
 * Bytes, images, and numbers that are none or infinite are faults (EINVAL), after which some of it
 * is appended. */
int json_print(const struct value *v, GString *ret, struct fault *f);

/* The value that a text is, which may be of any kind.  Whole numbers beyond 64 bits, doubled keys
 * and NULs in texts are refused.  Faults (EINVAL): "line 3, column 7: ..."; lines are counted from
 * first_line. */
int json_parse(const char *text, size_t len, struct fault *f, struct value **ret);
int json_parse_lines(const char *text, size_t len, uint64_t first_line, struct fault *f,
                     struct value **ret);
