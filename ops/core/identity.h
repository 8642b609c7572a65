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
