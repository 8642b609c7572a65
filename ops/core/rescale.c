/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Multiplies and rounds items by way of doubles. */
#include "ops/core/rescale.h"

#include <glib.h>
#include <math.h>

#include "ops/core/convert.h"

#define CHUNK 512 /* items on their way */

double rescale_unit(enum dtype t)
{
    enum dtype_class class = dtype_class(t);

    if (class != DTYPE_IS_SIGNED && class != DTYPE_IS_UNSIGNED)
        return 1;
    return ldexp(1, (int)dtype_size(t) * 8 - (class == DTYPE_IS_SIGNED)) - 1;
}

static bool is_integer(enum dtype t)
{
    return dtype_class(t) == DTYPE_IS_SIGNED || dtype_class(t) == DTYPE_IS_UNSIGNED;
}

/* Integers that double would not hold; true = they are done. */
static bool copy_long(enum dtype from, const void *in, enum dtype to, void *out, uint64_t n)
{
    for (uint64_t i = 0; from == DTYPE_INT64 && to == DTYPE_UINT64 && i < n; i++)
        ((uint64_t *)out)[i] = (uint64_t)MAX(((const int64_t *)in)[i], 0);
    for (uint64_t i = 0; from == DTYPE_UINT64 && to == DTYPE_INT64 && i < n; i++)
        ((int64_t *)out)[i] = (int64_t)MIN(((const uint64_t *)in)[i], INT64_MAX);
    return is_integer(from) && is_integer(to) && dtype_size(from) == 8 && dtype_size(to) == 8;
}

static void multiply(double *x, size_t n, struct rescale by)
{
    for (size_t i = 0; by.factor != 1 && i < n; i++)
        x[i] *= by.factor;
    for (size_t i = 0; by.divisor != 1 && i < n; i++)
        x[i] /= by.divisor;
}

void rescale_items(enum dtype from, const void *in, enum dtype to, void *out, uint64_t n,
                   struct rescale by)
{
    const bool plain = by.factor == 1 && by.divisor == 1;
    double x[CHUNK];

    if (dtype_class(from) == DTYPE_IS_COMPLEX && dtype_class(to) == DTYPE_IS_COMPLEX) {
        rescale_items(from == DTYPE_COMPLEX64 ? DTYPE_FLOAT32 : DTYPE_FLOAT64, in,
                      to == DTYPE_COMPLEX64 ? DTYPE_FLOAT32 : DTYPE_FLOAT64, out, 2 * n, by);
        return;
    }
    if (plain && (from == to || !is_integer(to))) {
        convert_items(from, in, to, out, n);
        return;
    }
    if (plain && copy_long(from, in, to, out, n))
        return;
    for (uint64_t at = 0; at < n; at += CHUNK) {
        size_t len = (size_t)MIN(n - at, CHUNK);
        convert_items(from, (const char *)in + at * dtype_size(from), DTYPE_FLOAT64, x, len);
        multiply(x, len, by);
        for (size_t i = 0; is_integer(to) && i < len; i++)
            x[i] = rint(x[i]);
        convert_items(DTYPE_FLOAT64, x, to, (char *)out + at * dtype_size(to), len);
    }
}
