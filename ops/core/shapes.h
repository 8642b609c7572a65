/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arrays that a step is known to make before it makes them: what its type() can point to. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/array.h"
#include "ops/core/seq.h"

/* Lifetime: plan.  Immutable; any thread. */
struct shapes;

/* What array element i of s is, or each for SEQ_ANY; false = only computing tells. */
typedef bool shapes_fn(const struct seq *s, uint64_t i, struct array_type *ret);

/* At the end of open(): keeps what shape() tells of all elements, or, where they differ, the first
 * few of what it tells of those that are looked at (nested_stride()). */
struct shapes *shapes_new(const struct seq *s, shapes_fn *shape);
void shapes_free(struct shapes *t);
OWN_DEFINE(struct shapes, shapes_free)

/* What was kept of element i, or of all for SEQ_ANY; NULL = only computing tells.  t may be NULL.
 */
const struct array_type *shapes_find(const struct shapes *t, const struct seq *s, uint64_t i);

/* That an array is what shapes_find() tells, if it tells anything. */
int shapes_check(const struct shapes *t, const struct call *c, const struct array_type *got);
