/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What names a value, on every machine and across mounts: two elements with one identity have the
 * same value. */
#pragma once

#include "ops/core/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* 128 bits of a hash; both 0 = none.  Plain data. */
struct identity {
    uint64_t a, b;
};

static inline bool identity_is_none(struct identity id)
{
    return id.a == 0 && id.b == 0;
}

static inline bool identity_equal(struct identity x, struct identity y)
{
    return x.a == y.a && x.b == y.b;
}

/* Of element i, i < s->len, as it would be computed now: by the steps that compute it, their
 * arguments and versions, the random numbers that take part, and the files it comes from, each
 * looked at by stat(2).  Steps that only lead to an element have no part in it.  None: it cannot be
 * told, or comes from more than about 100,000 elements.  Computes nothing.  Any thread. */
struct identity seq_identity(const struct seq *s, uint64_t i);

/* Of the whole of an output as the spec describes it, without a look at any file: steps, arguments,
 * lengths, the seed and the spec's folder.  Never none.  It names what is remembered of the
 * output's elements; that they are still the same only their own identities tell.  Any thread. */
struct identity plan_identity(const struct plan *p, uint32_t output);
