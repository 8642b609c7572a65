/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resizes 8-bit pictures row by row as they are decoded: a separable filter, widened where the
 * picture shrinks (antialiased), over any box of the source, as Pillow's resize(box=...) does it.
 *
 * Results are the same on every machine: sums are of float, in one order, without contraction. */
#pragma once

#include "ops/base/own.h"

#include <stddef.h>
#include <stdint.h>

enum resample_filter {
    RESAMPLE_TRIANGLE, /* linear; support 1 */
    RESAMPLE_CUBIC,    /* Keys, a = -0.5; support 2 */
    RESAMPLE_LANCZOS3, /* support 3 */
};

#define RESAMPLE_BANDS 4            /* at most */
#define RESAMPLE_MEMORY (64u << 20) /* bytes, at most, of source rows that are kept */

/* In pixels of the source, by halves of a result pixel at most beyond it: there is nothing there,
 * and what is there counts for more. */
struct resample_box {
    double left, top, width, height;
};

struct resample_job {
    uint32_t width, height; /* pixels of the source */
    uint32_t bands;         /* interleaved: 1..RESAMPLE_BANDS */
    struct resample_box box;
    uint32_t out_width, out_height; /* pixels the box becomes; at least 1 */
    enum resample_filter filter;
};

/* Where the result goes: blocks of rows, top to bottom.  Band b of pixel x of row y is
 * at[(x * bands + b) * RESAMPLE_ROWS + y - top], 0..255 and, of filters with negative weights, a
 * little beyond. */
#define RESAMPLE_ROWS 8
typedef void resample_sink_fn(void *ctx, uint32_t top, uint32_t n_rows, const float *at);

/* Lifetime: call.  One thread. */
struct resample;

/* 0, -ENOMEM, or -E2BIG: of the source too much takes part in one row of the result. */
int resample_new(const struct resample_job *job, resample_sink_fn *sink, void *ctx,
                 struct resample **ret);
void resample_free(struct resample *r);
OWN_DEFINE(struct resample, resample_free)

/* The pixels of the source that take part: the columns and rows from the first up to, not
 * including, the end. */
void resample_columns(const struct resample *r, uint32_t *ret_first, uint32_t *ret_end);
void resample_rows(const struct resample *r, uint32_t *ret_first, uint32_t *ret_end);

/* The next row, the first of which is the first of resample_rows(): the columns of
 * resample_columns(), bands interleaved.  With the last one the last block goes to the sink. */
void resample_put(struct resample *r, const uint8_t *row);

/* Numbers, none beyond 1e9, to the nearest of 0..255. */
void resample_round(const float *from, uint8_t *to, size_t len);
