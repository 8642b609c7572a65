/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values as JSON. */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/value.h"

/* Appends a value on one line: records as objects, lists as arrays.  Bytes, images, and numbers
 * that are none or infinite are faults (EINVAL), after which some of it is appended. */
int json_print(const struct value *v, GString *ret, struct fault *f);
