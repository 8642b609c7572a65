/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measures and prints what arrays are. */
#include "ops/core/array.h"

#include <inttypes.h>
#include <string.h>

bool array_is_same(const struct array_type *a, const struct array_type *b)
{
    return a->dtype == b->dtype && a->n_dims == b->n_dims &&
           memcmp(a->dims, b->dims, a->n_dims * sizeof *a->dims) == 0;
}

/* An axis of 0 makes all 0, however long the others are. */
static bool has_none(const struct array_type *t)
{
    for (uint32_t d = 0; d < t->n_dims; d++)
        if (t->dims[d] == 0)
            return true;
    return false;
}

static bool multiply(const struct array_type *t, uint64_t n, uint64_t *ret)
{
    for (uint32_t d = 0; d < t->n_dims; d++)
        if (__builtin_mul_overflow(n, t->dims[d], &n) || n > INT64_MAX)
            return false;
    *ret = n;
    return true;
}

bool array_n_items(const struct array_type *t, uint64_t *ret)
{
    if (!has_none(t))
        return multiply(t, 1, ret);
    *ret = 0;
    return true;
}

bool array_n_bytes(const struct array_type *t, uint64_t *ret)
{
    if (!has_none(t))
        return multiply(t, dtype_size(t->dtype), ret);
    *ret = 0;
    return true;
}

void array_print(const struct array_type *t, GString *ret)
{
    g_string_append_printf(ret, "%s [", dtype_name(t->dtype));
    for (uint32_t d = 0; d < t->n_dims; d++)
        g_string_append_printf(ret, "%s%" PRIu64, d > 0 ? ", " : "", t->dims[d]);
    g_string_append_c(ret, ']');
}
