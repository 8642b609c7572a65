/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resizing: against a slow reference in double precision, at the edges, and that each build of the
 * hot loops sums up to the same bits. */
#include "ops/jpeg/resample.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <glib.h>

#include <cmocka.h>

/* What a build of the room exports. */
struct build {
    int (*new)(const struct resample_job *job, resample_sink_fn *sink, void *ctx,
               struct resample **ret);
    void (*free)(struct resample *r);
    void (*columns)(const struct resample *r, uint32_t *ret_first, uint32_t *ret_end);
    void (*rows)(const struct resample *r, uint32_t *ret_first, uint32_t *ret_end);
    void (*put)(struct resample *r, const uint8_t *row);
    void (*round)(const float *from, uint8_t *to, size_t len);
};

#define DECLARE(prefix)                                                                            \
    int prefix##new (const struct resample_job *, resample_sink_fn *, void *, struct resample **); \
    void prefix##free(struct resample *);                                                          \
    void prefix##columns(const struct resample *, uint32_t *, uint32_t *);                         \
    void prefix##rows(const struct resample *, uint32_t *, uint32_t *);                            \
    void prefix##put(struct resample *, const uint8_t *);                                          \
    void prefix##round(const float *, uint8_t *, size_t);                                          \
    static const struct build prefix##build = {prefix##new,  prefix##free, prefix##columns,        \
                                               prefix##rows, prefix##put,  prefix##round};

DECLARE(resample_)
DECLARE(plain_)
#ifdef HAVE_WIDE
DECLARE(wide_)
#endif

/* Lifetime: one test's.  Random pixels. */
struct picture {
    uint32_t width, height, bands;
    uint8_t *pixels; /* owned */
};

static struct picture random_picture(uint32_t width, uint32_t height, uint32_t bands)
{
    struct picture p = {width, height, bands, g_malloc((size_t)width * height * bands)};
    GRand *random = g_rand_new_with_seed(width * 131 + height);

    for (size_t i = 0; i < (size_t)width * height * bands; i++)
        p.pixels[i] = (uint8_t)g_rand_int_range(random, 0, 256);
    g_rand_free(random);
    return p;
}

/* Where results are gathered as a picture of floats. */
struct canvas {
    const struct resample_job *job;
    float *pixels; /* owned by the caller */
    uint32_t next; /* row */
};

static void take(void *ctx, uint32_t top, uint32_t n_rows, const float *at)
{
    struct canvas *c = ctx;
    const uint32_t bands = c->job->bands, width = c->job->out_width;

    assert_int_equal(top, c->next);
    assert_in_range(n_rows, 1, RESAMPLE_ROWS);
    for (uint32_t y = 0; y < n_rows; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t b = 0; b < bands; b++)
                c->pixels[((size_t)(top + y) * width + x) * bands + b] =
                    at[((size_t)x * bands + b) * RESAMPLE_ROWS + y];
    c->next = top + n_rows;
}

/* Owned by the caller. */
static float *resize(const struct build *b, const struct resample_job *job, const uint8_t *pixels)
{
    const size_t n = (size_t)job->out_width * job->out_height * job->bands;
    struct canvas c = {job, g_new0(float, n), 0};
    struct resample *r = NULL;
    uint32_t left, right, top, bottom;

    assert_int_equal(b->new (job, take, &c, &r), 0);
    b->columns(r, &left, &right);
    b->rows(r, &top, &bottom);
    assert_true(left < right && right <= job->width && top < bottom && bottom <= job->height);
    for (uint32_t y = top; y < bottom; y++) {
        /* A row of its own, so that a look beyond is found. */
        g_autofree uint8_t *row = g_memdup2(pixels + ((size_t)y * job->width + left) * job->bands,
                                            (right - left) * job->bands);
        b->put(r, row);
    }
    b->free(r);
    assert_int_equal(c.next, job->out_height);
    return c.pixels;
}

static double reference_weight(enum resample_filter filter, double x)
{
    const double pi = 3.14159265358979323846;

    x = fabs(x);
    switch (filter) {
    case RESAMPLE_TRIANGLE:
        return x < 1 ? 1 - x : 0;
    case RESAMPLE_CUBIC:
        return x < 1   ? 1.5 * x * x * x - 2.5 * x * x + 1
               : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2
                       : 0;
    default:
        return x >= 3 ? 0 : x < 1e-12 ? 1 : 3 * sin(pi * x) * sin(pi * x / 3) / (pi * pi * x * x);
    }
}

/* The weights that all source pixels have in one result pixel.  Owned by the caller. */
static double *reference_axis(const struct resample_job *job, double from, double size, uint32_t n,
                              uint32_t len, uint32_t i)
{
    double *w = g_new0(double, len), sum = 0;
    const double ratio = size / n, scale = fmax(ratio, 1), centre = from + (i + 0.5) * ratio;

    for (uint32_t k = 0; k < len; k++)
        sum += w[k] = reference_weight(job->filter, (k + 0.5 - centre) / scale);
    for (uint32_t k = 0; k < len; k++)
        w[k] /= sum;
    return w;
}

static double reference_pixel(const struct resample_job *job, const uint8_t *pixels,
                              const double *across, const double *down, uint32_t band)
{
    double sum = 0;

    for (uint32_t y = 0; y < job->height; y++)
        for (uint32_t x = 0; down[y] != 0 && x < job->width; x++)
            sum += down[y] * across[x] * pixels[((size_t)y * job->width + x) * job->bands + band];
    return sum;
}

static void assert_as_reference(const struct resample_job *job)
{
    struct picture p = random_picture(job->width, job->height, job->bands);
    g_autofree float *got = resize(&resample_build, job, p.pixels);
    const float *at = got;

    for (uint32_t y = 0; y < job->out_height; y++) {
        g_autofree double *down =
            reference_axis(job, job->box.top, job->box.height, job->out_height, job->height, y);
        for (uint32_t x = 0; x < job->out_width; x++) {
            g_autofree double *across =
                reference_axis(job, job->box.left, job->box.width, job->out_width, job->width, x);
            for (uint32_t b = 0; b < job->bands; b++) {
                const double want = reference_pixel(job, p.pixels, across, down, b);
                if (fabs(*at++ - want) > 0.002)
                    fail_msg("filter %d, %ux%u: %g, not %g", (int)job->filter, x, y, at[-1], want);
            }
        }
    }
    g_free(p.pixels);
}

static const struct resample_job jobs[] = {
    {40, 30, 3, {0, 0, 40, 30}, 17, 13, RESAMPLE_TRIANGLE},
    {40, 30, 3, {0, 0, 40, 30}, 17, 13, RESAMPLE_CUBIC},
    {40, 30, 3, {0, 0, 40, 30}, 17, 13, RESAMPLE_LANCZOS3},
    {41, 31, 1, {3.25, 2.5, 20.75, 22.125}, 8, 9, RESAMPLE_LANCZOS3},
    {41, 31, 4, {3.25, 2.5, 20.75, 22.125}, 7, 16, RESAMPLE_CUBIC},
    {33, 70, 2, {0, 0, 33, 70}, 1, 1, RESAMPLE_LANCZOS3},
    {33, 70, 3, {-1.5, -0.75, 36, 71.5}, 11, 24, RESAMPLE_LANCZOS3},
    {9, 7, 3, {2, 2, 3, 3}, 10, 12, RESAMPLE_CUBIC}, /* larger */
    {9, 7, 3, {0, 0, 9, 7}, 20, 3, RESAMPLE_TRIANGLE},
    {1, 1, 3, {0, 0, 1, 1}, 1, 1, RESAMPLE_LANCZOS3},
    {1, 50, 1, {0, 0, 1, 50}, 1, 9, RESAMPLE_LANCZOS3},
    {50, 1, 1, {0, -12, 50, 25}, 2, 1, RESAMPLE_LANCZOS3},
};

static void a_picture_is_resized_as_by_the_formula(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(jobs); i++)
        assert_as_reference(&jobs[i]);
}

static void a_constant_picture_stays_constant(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(jobs); i++) {
        const struct resample_job *job = &jobs[i];
        const size_t n = (size_t)job->width * job->height * job->bands;
        const size_t m = (size_t)job->out_width * job->out_height * job->bands;
        g_autofree uint8_t *pixels = g_malloc(n), *bytes = g_malloc(m);

        memset(pixels, 201, n);
        g_autofree float *got = resize(&resample_build, job, pixels);
        resample_round(got, bytes, m);
        for (size_t k = 0; k < m; k++)
            assert_int_equal(bytes[k], 201);
    }
}

static void a_box_of_whole_pixels_in_its_own_size_is_a_copy(void **state)
{
    struct picture p = random_picture(37, 29, 3);

    for (int f = RESAMPLE_TRIANGLE; f <= RESAMPLE_LANCZOS3; f++) {
        const struct resample_job job = {37, 29, 3, {5, 4, 30, 21}, 30, 21, f};
        g_autofree float *got = resize(&resample_build, &job, p.pixels);
        uint8_t bytes[30 * 21 * 3];

        resample_round(got, bytes, sizeof bytes);
        for (size_t y = 0; y < 21; y++)
            assert_memory_equal(bytes + y * 90, p.pixels + ((y + 4) * 37 + 5) * 3, 90);
    }
    g_free(p.pixels);
}

static void ignore(void *ctx, uint32_t top, uint32_t n_rows, const float *at)
{
}

static void only_what_the_filter_reaches_is_asked_for(void **state)
{
    const struct resample_job job = {
        1000, 1000, 1, {300, 400, 200, 100}, 50, 50, RESAMPLE_LANCZOS3};
    struct resample *r = NULL;
    uint32_t first, end;

    assert_int_equal(resample_new(&job, ignore, NULL, &r), 0);
    resample_columns(r, &first, &end);
    assert_in_range(first, 288, 291); /* three times four pixels from the middle of the first */
    assert_in_range(end, 509, 512);
    resample_rows(r, &first, &end);
    assert_in_range(first, 394, 396);
    assert_in_range(end, 504, 506);
    resample_free(r);
}

static void rows_that_need_much_memory_are_refused(void **state)
{
    const struct resample_job job = {
        60000, 60000, 3, {0, 0, 60000, 60000}, 60000, 1, RESAMPLE_TRIANGLE};
    struct resample *r = NULL;

    assert_int_equal(resample_new(&job, ignore, NULL, &r), -E2BIG);
    assert_null(r);
}

static void numbers_are_rounded_to_the_nearest_byte(void **state)
{
    static const float from[] = {-1e9F,  -0.6F,  0.49F,  0.5F, 1.49F,
                                 127.5F, 254.4F, 254.6F, 300,  1e9F};
    static const uint8_t want[] = {0, 0, 0, 1, 1, 128, 254, 255, 255, 255};

    for (size_t i = 0; i < G_N_ELEMENTS(from); i++) {
        float many[100];
        uint8_t got[100];

        for (size_t k = 0; k < 100; k++)
            many[k] = from[i];
        resample_round(many, got, 100);
        for (size_t k = 0; k < 100; k++)
            assert_int_equal(got[k], want[i]);
    }
}

static void assert_same_bits(const struct build *one, const struct build *other)
{
    static const struct resample_job large = {
        317, 211, 3, {3.3, 7.7, 300.1, 200.9}, 93, 61, RESAMPLE_LANCZOS3};

    for (size_t i = 0; i <= G_N_ELEMENTS(jobs); i++) {
        const struct resample_job *job = i < G_N_ELEMENTS(jobs) ? &jobs[i] : &large;
        const size_t n = (size_t)job->out_width * job->out_height * job->bands;
        struct picture p = random_picture(job->width, job->height, job->bands);
        g_autofree float *a = resize(one, job, p.pixels), *b = resize(other, job, p.pixels);
        g_autofree uint8_t *x = g_malloc(n), *y = g_malloc(n);

        assert_memory_equal(a, b, n * sizeof *a);
        one->round(a, x, n);
        other->round(b, y, n);
        assert_memory_equal(x, y, n);
        g_free(p.pixels);
    }
}

static void every_build_gives_the_same_bits(void **state)
{
    assert_same_bits(&resample_build, &plain_build);
#ifdef HAVE_WIDE
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        assert_same_bits(&wide_build, &plain_build);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_resized_as_by_the_formula),
        cmocka_unit_test(a_constant_picture_stays_constant),
        cmocka_unit_test(a_box_of_whole_pixels_in_its_own_size_is_a_copy),
        cmocka_unit_test(only_what_the_filter_reaches_is_asked_for),
        cmocka_unit_test(rows_that_need_much_memory_are_refused),
        cmocka_unit_test(numbers_are_rounded_to_the_nearest_byte),
        cmocka_unit_test(every_build_gives_the_same_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
