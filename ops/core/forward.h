/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What those who read sources forward have to know of each other: the `uniter` step, and whoever
 * keeps readers for it.
 *
 * Of next(): -EILSEQ is a fault of that element alone, and the next call gives the one after it;
 * after -ETIMEDOUT the next call goes on; any other fault is the end of that reader. */
#pragma once

#include "ops/core/seq.h"

#include <errno.h>
#include <inttypes.h>

/* The arguments of a `uniter` step. */
struct forward {
    int64_t cache;    /* elements kept, at least 1 */
    int64_t parallel; /* readers at most, at least 1 */
    int64_t len;      /* if it was given */
};

/* Whether its elements can only be had one after the other, by start(), next() and stop(). */
static inline bool forward_only(const struct seq *s)
{
    return s->op->start && (!s->op->get || s->len == SEQ_UNCOUNTED);
}

/* Whether it is a `uniter` step that needs readers. */
static inline bool forward_is_read(const struct seq *s)
{
    return s->op->kind == OP_SEQUENCE && s->n_in == 1 && forward_only(s->in[0]);
}

/* The fault of an element behind the end of a source that has fewer than it should. */
static inline int forward_set_short(struct fault *f, uint64_t n, uint64_t len)
{
    return fault_set(
        f, EIO, "the source ended after %" PRIu64 " of %" PRIu64 " elements; is its length right?",
        n, len);
}
