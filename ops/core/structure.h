/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that no spec names: they put lists and records together again from parts that other steps
 * have worked on.  Private to ops/core. */
#pragma once

#include "ops/core/seq.h"

/* Records with some of their fields replaced.  in[0]: the records; then a sequence for each of
 * names: first those worked on, which may replace what is there, then `get` steps that lead to
 * fields that are as they were. */
struct put {
    const char **names;
    uint32_t len, n_new;
};
extern const struct op op_put;

/* Lists or records with all their parts replaced.  in[0]: as they were; in[1]: the new parts, end
 * to end; in[2]: a `flatten` step on in[0], which tells where each begins. */
extern const struct op op_regroup;

/* Of each element either in[0] or, with the chance of the step, in[1]: a group of steps that is
 * applied as a whole or not at all. */
extern const struct op op_either;
