/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Element steps from one array to another whose type follows from that of the first: their open(),
 * close() and type(), and the two ends of their apply(). */
#pragma once

#include "ops/core/seq.h"

/* The type of the result by the arguments of a step; a fault for an array that it cannot work on.
 */
typedef int shaped_fn(const struct seq *s, const void *params, const struct array_type *in,
                      struct fault *f, struct array_type *ret);

/* Refuses elements that are known to be none, and arrays that fn refuses, where all have one type.
 * It is trivial where arrays are known to be small. */
int shaped_open(struct seq *s, shaped_fn *fn, struct fault *f);
void shaped_close(struct seq *s);
struct type shaped_type(const struct seq *s, uint64_t i);

/* The type of the result, and memory for its items unless ret_items is NULL; owned, g_free(). */
int shaped_begin(const struct call *c, const struct value *in, struct array_type *ret,
                 void **ret_items);
struct value *shaped_end(const struct array_type *type, void *own_items);

/* Memory for the items of an array; the fault names the array. */
int shaped_alloc(const struct array_type *type, struct fault *f, void **ret);
