/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of a source of records, each as a sequence of its own: what part() of the source leads
 * to, so that one field can be had without the others. */
#pragma once

#include "ops/core/seq.h"

/* Lifetime: the source's.  All-zero is none. */
struct columns {
    struct seq *at; /* owned */
    uint32_t len;
};

/* At the end of the source's open(), when its len, self, trivial and isolate are set.  A column is
 * a sequence of the operator op[k], an OP_SOURCE without arguments, that has the source's number,
 * place in the spec, length, params and self, and k as its `column`.  Each op has type() and
 * identify(), which also adds the column; and what else it is to be asked: get(), attr() with
 * attrs, extent(), origin(). */
void columns_init(struct columns *c, const struct seq *source, const struct op *const *ops,
                  uint32_t len);
void columns_finish(struct columns *c);
