/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of one kind laid upon one another: equal arrays to one array with a new first axis,
 * numbers to an array of one axis, records to a record of such; others stay a list. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"
#include "ops/core/array.h"
#include "ops/core/value.h"

/* Lifetime: call. */
struct pile;

/* For n values.  dtype: of the items, cast to it; NULL = as they come. */
struct pile *pile_new(uint64_t n, const enum dtype *dtype);
void pile_free(struct pile *p);
OWN_DEFINE(struct pile, pile_free)

/* Whether a value of the kind can be laid on others; files and images cannot. */
bool pile_takes(enum value_kind kind);

/* The next value; it stays the caller's.  The values of arrays are copied at once.  Faults name the
 * value that does not fit the first, or that there is no memory. */
int pile_add(struct pile *p, struct value *v, struct fault *f);

/* What they are together, once all are there.  known: what it will be, for a pile of none; NULL =
 * then it is an empty list. */
int pile_end(struct pile *p, const struct array_type *known, struct fault *f, struct value **ret);
