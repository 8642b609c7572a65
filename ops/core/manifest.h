/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a dataset's files and scalars, as a sequence of one element: the bytes of
 * metadata.csv.  Private to ops/core. */
#pragma once

#include "ops/core/plan.h"

extern const struct op op_manifest_table; /* of in[0], the rows */

/* The level whose elements are rows: those of the innermost lists. */
const struct level *manifest_rows(const struct output *dataset);

/* After the step was opened: which output it is of, which is copied, and its number. */
void manifest_set(struct seq *table, const struct output *dataset, uint32_t number);
