/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two passes of weighted sums, each over memory that lies in a row: down the columns as rows come
 * in, then, for a few result rows at a time with those of a column side by side, along them. */
#include "ops/jpeg/resample.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define LANE 16 /* floats that are summed at once; rows are padded to a multiple of it */

/* Several builds of the hot loops in one, chosen when the program starts: by glibc, which no
 * sanitizer is ready for then. */
#ifdef MANY_TARGETS /* a test builds each for itself */
#elif defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MANY_TARGETS __attribute__((target_clones("avx2", "default")))
#else
#define MANY_TARGETS
#endif

/* The weights of one axis: result pixel i is the sum of n[i] source pixels from first[i] on. */
struct axis {
    uint32_t *first; /* owned; so are the others */
    uint32_t *n;
    float *weights; /* max_n of each */
    uint32_t max_n;
    uint32_t begin, end; /* all that take part */
};

struct resample {
    struct resample_job job;
    resample_sink_fn *sink;
    void *ctx;
    struct axis across, down;
    size_t stride;     /* floats of a row: columns that take part, padded */
    float *ring;       /* down.max_n rows of the source; owned; so are the others */
    float *lines;      /* RESAMPLE_ROWS rows of the result, not yet resized across */
    float *block;      /* the same, those of a column side by side */
    float *out;        /* the same, resized across */
    const float **tap; /* scratch */
    uint32_t row;      /* of the source, next to come */
    uint32_t y;        /* of the result, next to be made */
};

/* What weight there is at distances x, in place. */

MANY_TARGETS
static void triangle(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double d = fabs(x[i]);

        x[i] = d < 1 ? 1 - d : 0;
    }
}

/* R. Keys, Cubic convolution interpolation for digital image processing, 1981. */
MANY_TARGETS
static void cubic(double *x, size_t n)
{
    const double a = -0.5;

    for (size_t i = 0; i < n; i++) {
        const double d = fabs(x[i]), near = ((a + 2) * d - (a + 3)) * d * d + 1;
        const double far = (((d - 5) * d + 8) * d - 4) * a;

        x[i] = d < 1 ? near : d < 2 ? far : 0;
    }
}

/* sinc(x) * sinc(x / 3), by sin(3a) = sin(a) * (3 - 4 * sin(a)^2), and the sine by its series: the
 * C library's differs between machines. */
MANY_TARGETS
static void lanczos3(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double d = MAX(fabs(x[i]), 1e-9), third = d / 3;
        const double a = (third > 0.5 ? 1 - third : third) * G_PI, b = a * a;
        const double series =
            1 +
            b * (-1.0 / 6 +
                 b * (1.0 / 120 +
                      b * (-1.0 / 5040 +
                           b * (1.0 / 362880 + b * (-1.0 / 39916800 +
                                                    b * (1.0 / 6227020800 - b / 1307674368000))))));
        const double square = a * series * a * series;

        x[i] = d < 3 ? 3 * square * (3 - 4 * square) / (G_PI * G_PI * d * d) : 0;
    }
}

static const struct {
    void (*weigh)(double *x, size_t n);
    double support;
} filters[] = {
    [RESAMPLE_TRIANGLE] = {triangle, 1},
    [RESAMPLE_CUBIC] = {cubic, 2},
    [RESAMPLE_LANCZOS3] = {lanczos3, 3},
};

/* The weights of one result pixel, which sum up to 1.  scratch: max_n. */
static void weigh(struct axis *a, uint32_t i, double centre, double scale,
                  enum resample_filter filter, double *scratch)
{
    float *w = a->weights + (size_t)i * a->max_n;
    const double first = a->first[i] + 0.5 - centre;
    double sum = 0;

    for (uint32_t k = 0; k < a->n[i]; k++)
        scratch[k] = (first + k) / scale;
    filters[filter].weigh(scratch, a->n[i]);
    for (uint32_t k = 0; k < a->n[i]; k++)
        sum += scratch[k];
    for (uint32_t k = 0; k < a->n[i]; k++)
        w[k] = (float)(scratch[k] / sum);
}

/* len source pixels, of which the box begins at `from` and is `size` long, become n. */
static bool axis_init(struct axis *a, uint32_t len, double from, double size, uint32_t n,
                      enum resample_filter filter)
{
    const double ratio = size / n, scale = MAX(ratio, 1), reach = filters[filter].support * scale;

    assert(size > 0 && from + ratio / 2 >= 0 && from + size - ratio / 2 <= len);
    a->max_n = (uint32_t)MIN(2 * ceil(reach) + 1, len);
    a->first = g_try_new(uint32_t, n);
    a->n = g_try_new(uint32_t, n);
    a->weights = g_try_new0(float, (size_t)n * a->max_n);
    g_autofree double *scratch = g_try_new(double, a->max_n);
    if (!a->first || !a->n || !a->weights || !scratch)
        return false;
    a->begin = len;
    a->end = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double centre = from + (i + 0.5) * ratio;
        const double low = MAX(floor(centre - reach + 0.5), 0);
        const double high = MIN(floor(centre + reach + 0.5), len);

        a->first[i] = (uint32_t)MIN(low, len - 1);
        a->n[i] = (uint32_t)CLAMP(high - a->first[i], 1, a->max_n);
        weigh(a, i, centre, scale, filter, scratch);
        a->begin = MIN(a->begin, a->first[i]);
        a->end = MAX(a->end, a->first[i] + a->n[i]);
    }
    return true;
}

static void axis_finish(struct axis *a)
{
    g_free(a->first);
    g_free(a->n);
    g_free(a->weights);
}

static int allocate(struct resample *r)
{
    const size_t columns = r->across.end - r->across.begin, bands = r->job.bands;

    r->stride = (columns * bands + LANE - 1) / LANE * LANE;
    if (r->down.max_n > RESAMPLE_MEMORY / sizeof(float) / r->stride)
        return -E2BIG;
    r->ring = g_try_new0(float, r->stride * r->down.max_n);
    r->lines = g_try_new0(float, r->stride *RESAMPLE_ROWS);
    r->block = g_try_new(float, columns *bands *RESAMPLE_ROWS);
    r->out = g_try_new(float, r->job.out_width *bands *RESAMPLE_ROWS);
    r->tap = g_try_new(const float *, r->down.max_n);
    return r->ring && r->lines && r->block && r->out && r->tap ? 0 : -ENOMEM;
}

static int set_up(struct resample *r)
{
    const struct resample_job *j = &r->job;
    const struct resample_box *b = &j->box;

    if (!axis_init(&r->across, j->width, b->left, b->width, j->out_width, j->filter) ||
        !axis_init(&r->down, j->height, b->top, b->height, j->out_height, j->filter))
        return -ENOMEM;
    r->row = r->down.begin;
    return allocate(r);
}

int resample_new(const struct resample_job *job, resample_sink_fn *sink, void *ctx,
                 struct resample **ret)
{
    OWN(resample_free) struct resample *r = g_new0(struct resample, 1);

    assert(job->bands >= 1 && job->bands <= RESAMPLE_BANDS && job->out_width && job->out_height);
    r->job = *job;
    r->sink = sink;
    r->ctx = ctx;
    int status = set_up(r);
    if (status == 0)
        *ret = g_steal_pointer(&r);
    return status;
}

void resample_free(struct resample *r)
{
    if (!r)
        return;
    axis_finish(&r->across);
    axis_finish(&r->down);
    g_free(r->ring);
    g_free(r->lines);
    g_free(r->block);
    g_free(r->out);
    g_free(r->tap);
    g_free(r);
}

void resample_columns(const struct resample *r, uint32_t *ret_first, uint32_t *ret_end)
{
    *ret_first = r->across.begin;
    *ret_end = r->across.end;
}

void resample_rows(const struct resample *r, uint32_t *ret_first, uint32_t *ret_end)
{
    *ret_first = r->down.begin;
    *ret_end = r->down.end;
}

MANY_TARGETS
static void widen(const uint8_t *restrict from, float *restrict to, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = from[i];
}

/* len is a multiple of LANE. */
MANY_TARGETS
static void sum_lanes(const float *const *tap, const float *weights, uint32_t n, float *restrict to,
                      size_t len)
{
    for (size_t i = 0; i < len; i += LANE) {
        float sum[LANE] = {0};

        for (uint32_t k = 0; k < n; k++) {
            const float *from = tap[k] + i, w = weights[k];

            for (int l = 0; l < LANE; l++)
                sum[l] += w * from[l];
        }
        memcpy(to + i, sum, sizeof sum);
    }
}

/* The same of 8 floats each: RESAMPLE_ROWS pixels of a band. */
MANY_TARGETS
static void sum_across(const struct axis *a, const float *block, size_t step, uint32_t out_width,
                       float *restrict to)
{
    for (uint32_t x = 0; x < out_width; x++) {
        const float *from = block + (a->first[x] - a->begin) * step;
        const float *weights = a->weights + (size_t)x * a->max_n;

        for (size_t i = 0; i < step; i += RESAMPLE_ROWS) {
            float sum[RESAMPLE_ROWS] = {0};

            for (uint32_t k = 0; k < a->n[x]; k++)
                for (int l = 0; l < RESAMPLE_ROWS; l++)
                    sum[l] += weights[k] * from[k * step + i + (size_t)l];
            memcpy(to + x * step + i, sum, sizeof sum);
        }
    }
}

MANY_TARGETS
void resample_round(const float *restrict from, uint8_t *restrict to, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const int x = (int)(from[i] + 0.5f);

        to[i] = (uint8_t)CLAMP(x, 0, 255);
    }
}

/* Rows become columns. */
MANY_TARGETS
static void turn(const float *restrict lines, size_t stride, size_t n, float *restrict to)
{
    for (size_t i = 0; i < n; i++)
        for (size_t y = 0; y < RESAMPLE_ROWS; y++)
            to[i * RESAMPLE_ROWS + y] = lines[y * stride + i];
}

static void flush(struct resample *r, uint32_t n_rows)
{
    turn(r->lines, r->stride, (r->across.end - r->across.begin) * (size_t)r->job.bands, r->block);
    sum_across(&r->across, r->block, (size_t)r->job.bands * RESAMPLE_ROWS, r->job.out_width,
               r->out);
    r->sink(r->ctx, r->y - n_rows, n_rows, r->out);
}

static float *ring_row(const struct resample *r, uint32_t row)
{
    return r->ring + (row - r->down.begin) % r->down.max_n * r->stride;
}

static void make_row(struct resample *r)
{
    const struct axis *a = &r->down;

    for (uint32_t k = 0; k < a->n[r->y]; k++)
        r->tap[k] = ring_row(r, a->first[r->y] + k);
    sum_lanes(r->tap, a->weights + (size_t)r->y * a->max_n, a->n[r->y],
              r->lines + r->y % RESAMPLE_ROWS * r->stride, r->stride);
    r->y++;
    if (r->y % RESAMPLE_ROWS == 0)
        flush(r, RESAMPLE_ROWS);
    else if (r->y == r->job.out_height)
        flush(r, r->y % RESAMPLE_ROWS);
}

void resample_put(struct resample *r, const uint8_t *row)
{
    const struct axis *a = &r->down;
    const size_t len = (size_t)(r->across.end - r->across.begin) * r->job.bands;

    assert(r->row < a->end);
    widen(row, ring_row(r, r->row), len);
    r->row++;
    while (r->y < r->job.out_height && a->first[r->y] + a->n[r->y] <= r->row)
        make_row(r);
}
