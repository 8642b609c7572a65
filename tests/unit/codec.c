/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JPEG files: that parts are those of the whole whatever the file is made like, that bad files are
 * given up, and that what is written is what libvips writes. */
#include "ops/jpeg/codec.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <vips/vips.h>

/* How a file is made. */
struct making {
    int bands;
    int across, down; /* sampling of brightness by that of colour */
    bool progressive;
    int restart; /* blocks between marks; 0 = none */
};

static const struct making makings[] = {
    {3, 1, 1, false, 0}, {3, 2, 1, false, 0}, {3, 2, 2, false, 0}, {3, 1, 2, false, 0},
    {3, 4, 1, false, 0}, {3, 2, 2, false, 5}, {1, 1, 1, false, 0}, {3, 1, 1, true, 0},
    {3, 2, 1, true, 0},  {3, 2, 2, true, 0},  {3, 1, 2, true, 3},  {1, 1, 1, true, 0},
};

/* Smooth areas, edges and some noise.  Owned. */
static uint8_t *paint(int width, int height, int bands)
{
    uint8_t *pixels = g_malloc((size_t)width * (size_t)height * (size_t)bands), *at = pixels;
    GRand *random = g_rand_new_with_seed((guint32)(width * 1000 + height));

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int b = 0; b < bands; b++) {
                const double wave = 60 * sin(x / (5.0 + b)) + 50 * cos(y / (7.0 - b));
                const int edge = (x / 11 + y / 13 + b) % 2 * 40;
                const double v = 90 + wave + edge + g_rand_int_range(random, 0, 20);
                *at++ = (uint8_t)CLAMP(v, 0, 255);
            }
    g_rand_free(random);
    return pixels;
}

/* Owned. */
static GBytes *make(const struct making *how, int width, int height)
{
    struct jpeg_compress_struct c = {0};
    struct jpeg_error_mgr err;
    unsigned char *data = NULL;
    unsigned long len = 0;
    g_autofree uint8_t *pixels = paint(width, height, how->bands);

    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &data, &len);
    c.image_width = (JDIMENSION)width;
    c.image_height = (JDIMENSION)height;
    c.input_components = how->bands;
    c.in_color_space = how->bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 88, TRUE);
    c.comp_info[0].h_samp_factor = how->across;
    c.comp_info[0].v_samp_factor = how->down;
    c.restart_interval = (unsigned)how->restart;
    if (how->progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = pixels + (size_t)c.next_scanline * (size_t)(width * how->bands);
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return g_bytes_new_with_free_func(data, len, free, data);
}

/* As libvips reads it, in memory.  Owned. */
static VipsImage *load(GBytes *file)
{
    size_t len;
    const void *data = g_bytes_get_data(file, &len);
    VipsImage *image = vips_image_new_from_buffer(data, len, "", NULL);

    if (!image)
        fail_msg("%s", vips_error_buffer());
    VipsImage *memory = vips_image_copy_memory(image);
    assert_non_null(memory);
    g_object_unref(image);
    return memory;
}

/* Where results are gathered. */
struct canvas {
    uint32_t width, bands;
    float *pixels; /* owned by the caller */
};

static void take(void *ctx, uint32_t top, uint32_t n_rows, const float *at)
{
    const struct canvas *c = ctx;

    for (uint32_t y = 0; y < n_rows; y++)
        for (uint32_t x = 0; x < c->width; x++)
            for (uint32_t b = 0; b < c->bands; b++)
                c->pixels[((size_t)(top + y) * c->width + x) * c->bands + b] =
                    at[((size_t)x * c->bands + b) * RESAMPLE_ROWS + y];
}

/* NULL where it is given up.  Owned. */
static float *decode(GBytes *file, const struct codec_job *job, uint32_t bands)
{
    const size_t n = (size_t)job->out_width * job->out_height * bands;
    struct canvas c = {job->out_width, bands, g_new0(float, n)};

    if (codec_read(file, job, take, &c) == 0)
        return c.pixels;
    g_free(c.pixels);
    return NULL;
}

static struct codec_job job_of(double left, double top, double width, double height, uint32_t w,
                               uint32_t h)
{
    return (struct codec_job){{left, top, width, height}, w, h, RESAMPLE_LANCZOS3, 2};
}

static void assert_part(GBytes *file, VipsImage *whole, const int at[4])
{
    struct codec_job job = job_of(at[0], at[1], at[2], at[3], (uint32_t)at[2], (uint32_t)at[3]);
    job.filter = RESAMPLE_TRIANGLE; /* which looks least around */
    g_autofree float *got = decode(file, &job, (uint32_t)whole->Bands);
    const float *p = got;

    assert_non_null(got);
    for (int y = 0; y < at[3]; y++)
        for (int x = 0; x < at[2]; x++)
            for (int b = 0; b < whole->Bands; b++, p++) {
                const int want = VIPS_IMAGE_ADDR(whole, at[0] + x, at[1] + y)[b];
                if ((int)lround(*p) != want)
                    fail_msg("%dx%d at %d, %d of %dx%d: %d, %d is %g, not %d", at[2], at[3], at[0],
                             at[1], whole->Xsize, whole->Ysize, x, y, *p, want);
            }
}

static void assert_parts(const struct making *how, int width, int height, int n)
{
    g_autoptr(GBytes) file = make(how, width, height);
    VipsImage *whole = load(file);
    GRand *random = g_rand_new_with_seed((guint32)(width + height));

    assert_part(file, whole, (const int[]){0, 0, width, height});
    for (int i = 0; i < n; i++) {
        int at[4] = {g_rand_int_range(random, 0, width), g_rand_int_range(random, 0, height)};
        at[2] = g_rand_int_range(random, 1, width - at[0] + 1);
        at[3] = g_rand_int_range(random, 1, height - at[1] + 1);
        if (i % 3 == 0)
            at[2] = MIN(at[2], 2);
        assert_part(file, whole, at);
    }
    g_rand_free(random);
    g_object_unref(whole);
}

static void parts_are_those_of_the_whole(void **state)
{
    static const int sizes[][2] = {{1, 1},   {2, 3},   {7, 40},  {16, 16},   {17, 33},
                                   {90, 31}, {131, 5}, {64, 96}, {149, 101}, {240, 65}};

    for (size_t m = 0; m < G_N_ELEMENTS(makings); m++)
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
            assert_parts(&makings[m], sizes[i][0], sizes[i][1], 40);
}

/* Every column and every row as the first and as the last of a part, so that blocks end everywhere.
 */
static void parts_may_begin_and_end_anywhere(void **state)
{
    for (size_t m = 0; m < G_N_ELEMENTS(makings); m++) {
        g_autoptr(GBytes) file = make(&makings[m], 100, 75);
        VipsImage *whole = load(file);

        for (int i = 0; i < 75; i++) {
            assert_part(file, whole, (const int[]){i, i, 100 - i, 75 - i});
            assert_part(file, whole, (const int[]){75 - i, 74 - i, 25 + i, 1 + i});
        }
        g_object_unref(whole);
    }
}

/* Where the decoder scales, what is at the edges of a part must be as within the whole. */
static void assert_scaled_part(const struct making *how, GBytes *file, double ratio)
{
    const uint32_t width = (uint32_t)(301 / ratio), height = (uint32_t)(203 / ratio);
    const struct codec_job all = job_of(0, 0, width * ratio, height * ratio, width, height);
    const uint32_t bands = (uint32_t)how->bands;
    g_autofree float *whole = decode(file, &all, bands);

    assert_non_null(whole);
    for (uint32_t i = 1; 2 * i < MIN(width, height); i += 2) {
        const uint32_t w = width - 2 * i, h = height - 2 * i;
        const struct codec_job some = job_of(i * ratio, i * ratio, w * ratio, h * ratio, w, h);
        g_autofree float *part = decode(file, &some, bands);

        assert_non_null(part);
        for (uint32_t y = 0; y < h; y++)
            for (uint32_t x = 0; x < w * bands; x++) {
                const float want = whole[((y + i) * width + i) * bands + x];
                if (fabsf(part[y * w * bands + x] - want) > 0.01F)
                    fail_msg("%g, %u: %u, %u", ratio, i, x, y);
            }
    }
}

static void parts_are_those_of_the_whole_when_scaled(void **state)
{
    static const double ratios[] = {2, 2.3, 2.7, 3.3, 4.1, 5.5, 7, 9, 16, 20};

    for (size_t m = 0; m < G_N_ELEMENTS(makings); m++) {
        g_autoptr(GBytes) file = make(&makings[m], 301, 203);
        for (size_t i = 0; i < G_N_ELEMENTS(ratios); i++)
            assert_scaled_part(&makings[m], file, ratios[i]);
    }
}

/* Nothing is wrong with these: they are for others. */
static void unusual_files_are_left_to_others(void **state)
{
    static const char *const suffixes[] = {".png", ".webp", ".tif"};
    g_autofree uint8_t *pixels = paint(40, 30, 4);
    VipsImage *cmyk = vips_image_new_from_memory(pixels, 40 * 30 * 4, 40, 30, 4, VIPS_FORMAT_UCHAR);
    struct codec_info info;
    size_t len;
    void *data;

    cmyk->Type = VIPS_INTERPRETATION_CMYK;
    assert_int_equal(vips_image_write_to_buffer(cmyk, ".jpg", &data, &len, NULL), 0);
    g_autoptr(GBytes) file = g_bytes_new_take(data, len);
    assert_false(codec_look(file, &info));
    cmyk->Type = VIPS_INTERPRETATION_sRGB;
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        assert_int_equal(vips_image_write_to_buffer(cmyk, suffixes[i], &data, &len, NULL), 0);
        g_autoptr(GBytes) other = g_bytes_new_take(data, len);
        assert_false(codec_look(other, &info));
    }
    g_object_unref(cmyk);
}

/* Whether a file is ours and all of it can be read. */
static bool is_readable(GBytes *file)
{
    struct codec_info info;

    if (!codec_look(file, &info))
        return false;
    const struct codec_job job =
        job_of(0, 0, info.width, info.height, MIN(info.width, 50), MIN(info.height, 50));
    g_autofree float *got = NULL;
    if (info.width <= 1000 && info.height <= 1000)
        got = decode(file, &job, info.bands);
    codec_info_finish(&info);
    return got != NULL;
}

static void a_file_that_is_cut_off_is_given_up(void **state)
{
    for (size_t m = 0; m < G_N_ELEMENTS(makings); m++) {
        g_autoptr(GBytes) file = make(&makings[m], 61, 47);
        const size_t len = g_bytes_get_size(file);

        assert_true(is_readable(file));
        for (size_t n = 0; n < len; n++) {
            /* A copy of its own, so that a look beyond is found. */
            g_autoptr(GBytes) part = g_bytes_new(g_bytes_get_data(file, NULL), n);
            if (is_readable(part))
                fail_msg("%zu: %zu of %zu bytes", m, n, len);
        }
    }
}

/* A small picture within the header has an end mark, too. */
static void the_end_of_a_picture_in_the_header_is_none(void **state)
{
    static const uint8_t marker[] = {0xff, 0xe5, 0, 8, 1, 0xff, 0xd9, 2, 3, 4};
    g_autoptr(GBytes) file = make(&makings[0], 61, 47);
    const uint8_t *data = g_bytes_get_data(file, NULL);
    g_autoptr(GByteArray) all = g_byte_array_new();
    struct codec_info info;

    g_byte_array_append(all, data, 2);
    g_byte_array_append(all, marker, sizeof marker);
    g_byte_array_append(all, data + 2, (guint)g_bytes_get_size(file) - 2 - 200);
    g_autoptr(GBytes) made = g_byte_array_free_to_bytes(g_steal_pointer(&all));
    assert_false(codec_look(made, &info));
}

static void damaged_bytes_harm_nobody(void **state)
{
    GRand *random = g_rand_new_with_seed(3);
    unsigned given_up = 0;

    for (size_t m = 0; m < G_N_ELEMENTS(makings); m++) {
        g_autoptr(GBytes) file = make(&makings[m], 61, 47);
        const size_t len = g_bytes_get_size(file);

        for (int i = 0; i < 400; i++) {
            uint8_t *data = g_memdup2(g_bytes_get_data(file, NULL), len);
            for (int k = 0; k < 1 + i % 4; k++)
                data[g_rand_int_range(random, 2, (gint32)len)] =
                    (uint8_t)g_rand_int_range(random, 0, 256);
            g_autoptr(GBytes) damaged = g_bytes_new_take(data, len);
            given_up += !is_readable(damaged);
        }
    }
    assert_true(given_up > 400);
    g_rand_free(random);
}

static void what_libjpeg_warns_of_is_given_up(void **state)
{
    const struct making restarts = {3, 2, 2, false, 2};
    g_autoptr(GBytes) file = make(&restarts, 200, 100);
    g_autofree uint8_t *data = g_memdup2(g_bytes_get_data(file, NULL), g_bytes_get_size(file));
    const size_t len = g_bytes_get_size(file);
    const struct codec_job job = job_of(0, 0, 200, 100, 50, 25);
    struct canvas c = {50, 3, g_new0(float, 50 * 25 * 3)};

    size_t i = len / 2;
    while (data[i] != 0xff || data[i + 1] < 0xd0 || data[i + 1] > 0xd7)
        i++;
    data[i + 1] = data[i + 1] == 0xd7 ? 0xd0 : 0xd7; /* another restart than that of its turn */
    g_autoptr(GBytes) damaged = g_bytes_new(data, len);
    assert_int_equal(codec_read(damaged, &job, take, &c), -EIO);
    g_free(c.pixels);
}

static void a_row_of_too_much_is_given_up(void **state)
{
    const struct making grey = {1, 1, 1, false, 0};
    g_autoptr(GBytes) file = make(&grey, 4500, 4500);
    const struct codec_job job = job_of(0, 0, 4500, 4500, 4500, 1);

    assert_int_equal(codec_read(file, &job, take, NULL), -E2BIG);
}

/* Writing. */

/* Options of ours, and libvips' for the same. */
struct writing {
    struct codec_options options;
    const char *vips;
};

static const struct writing writings[] = {
    {{90, false, false, false}, ".jpg[Q=90]"},
    {{75, false, false, true}, ".jpg[Q=75]"},
    {{75, true, false, true}, ".jpg[Q=75,optimize_coding]"},
    {{60, false, true, true}, ".jpg[Q=60,interlace]"},
    {{95, false, false, true}, ".jpg[Q=95,subsample_mode=on]"},
    {{1, false, false, false}, ".jpg[Q=1,subsample_mode=off]"},
    {{100, true, true, false}, ".jpg[Q=100,interlace,optimize_coding]"},
};

/* Owned. */
static GBytes *compress(const struct codec_info *info, const uint8_t *pixels,
                        const struct codec_options *options)
{
    OWN(codec_writer_free)
    struct codec_writer *w = codec_writer_new(info, info->width, info->height, options);

    assert_non_null(w);
    for (uint32_t y = 0; y < info->height; y++) {
        const uint8_t *row = pixels + (size_t)y * info->width * info->bands;
        assert_true(codec_writer_put(w, &row, 1));
    }
    return codec_writer_end(w);
}

static void assert_as_vips(const struct writing *how, int width, int height, int bands)
{
    g_autofree uint8_t *pixels = paint(width, height, bands);
    const size_t n = (size_t)width * (size_t)height * (size_t)bands;
    VipsImage *image =
        vips_image_new_from_memory(pixels, n, width, height, bands, VIPS_FORMAT_UCHAR);
    const struct codec_info info = {
        .width = (uint32_t)width, .height = (uint32_t)height, .bands = (uint32_t)bands};
    size_t len;
    void *data;

    image->Type = bands == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    assert_int_equal(vips_image_write_to_buffer(image, how->vips, &data, &len, NULL), 0);
    g_autoptr(GBytes) theirs = g_bytes_new_take(data, len);
    g_autoptr(GBytes) ours = compress(&info, pixels, &how->options);
    VipsImage *a = load(theirs), *b = load(ours);
    const char *field = "jpeg-chroma-subsample", *one = NULL, *other = NULL;
    assert_memory_equal(VIPS_IMAGE_ADDR(a, 0, 0), VIPS_IMAGE_ADDR(b, 0, 0), n);
    assert_int_equal(vips_image_get_string(a, field, &one),
                     vips_image_get_string(b, field, &other));
    assert_int_equal(g_strcmp0(one, other), 0);
    assert_int_equal(vips_image_get_typeof(a, "interlaced"),
                     vips_image_get_typeof(b, "interlaced"));
    g_object_unref(a);
    g_object_unref(b);
    g_object_unref(image);
}

static void files_are_as_libvips_writes_them(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(writings); i++) {
        assert_as_vips(&writings[i], 500, 300, 3);
        assert_as_vips(&writings[i], 17, 9, 3);
        assert_as_vips(&writings[i], 1, 1, 1);
        assert_as_vips(&writings[i], 100, 100, 1);
    }
}

static void profile_and_density_are_written_and_read(void **state)
{
    g_autofree uint8_t *pixels = paint(30, 20, 3);
    g_autofree uint8_t *profile = paint(200, 200, 3); /* more than one marker takes */
    const struct codec_options usual = {.quality = 90};
    struct codec_info info = {30, 20, 3, .density = {300, 150}, .density_unit = 1}, back;

    info.profile = g_bytes_new(profile, 200 * 200 * 3);
    g_autoptr(GBytes) file = compress(&info, pixels, &usual);
    assert_true(codec_look(file, &back));
    assert_true(g_bytes_equal(info.profile, back.profile));
    assert_int_equal(back.density[0], 300);
    assert_int_equal(back.density[1], 150);
    assert_int_equal(back.density_unit, 1);
    assert_false(back.annotated);
    assert_false(back.turned);
    codec_info_finish(&info);
    codec_info_finish(&back);
}

static void a_file_may_be_given_up_while_it_is_written(void **state)
{
    const struct codec_info info = {.width = 600, .height = 600, .bands = 3};
    const struct codec_options finest = {.quality = 100};
    g_autofree uint8_t *pixels = paint(600, 600, 3);

    for (uint32_t n = 0; n <= 600; n += 200) {
        OWN(codec_writer_free)
        struct codec_writer *w = codec_writer_new(&info, 600, 600, &finest);
        for (uint32_t y = 0; y < n; y++) {
            const uint8_t *row = pixels + (size_t)y * 1800;
            assert_true(codec_writer_put(w, &row, 1));
        }
        if (n > 0 && n < 600)
            assert_null(codec_writer_end(w)); /* rows are missing */
    }
}

/* EXIF. */

static void assert_turned(int orientation, bool want)
{
    g_autofree uint8_t *pixels = paint(30, 20, 3);
    VipsImage *image = vips_image_new_from_memory(pixels, 1800, 30, 20, 3, VIPS_FORMAT_UCHAR);
    struct codec_info info;
    size_t len;
    void *data;

    image->Type = VIPS_INTERPRETATION_sRGB;
    vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
    assert_int_equal(vips_image_write_to_buffer(image, ".jpg", &data, &len, NULL), 0);
    g_object_unref(image);
    g_autoptr(GBytes) file = g_bytes_new_take(data, len);
    assert_true(codec_look(file, &info));
    assert_true(info.annotated);
    assert_int_equal(info.turned, want);
    codec_info_finish(&info);
}

static void orientation_is_seen(void **state)
{
    for (int i = 1; i <= 8; i++)
        assert_turned(i, i > 1);
}

/* libvips drops it. */
static void a_comment_is_no_annotation(void **state)
{
    static const uint8_t marker[] = {0xff, 0xfe, 0, 4, 'h', 'i'};
    g_autoptr(GBytes) file = make(&makings[0], 61, 47);
    const uint8_t *data = g_bytes_get_data(file, NULL);
    g_autoptr(GByteArray) all = g_byte_array_new();
    struct codec_info info;

    g_byte_array_append(all, data, 2);
    g_byte_array_append(all, marker, sizeof marker);
    g_byte_array_append(all, data + 2, (guint)g_bytes_get_size(file) - 2);
    g_autoptr(GBytes) made = g_byte_array_free_to_bytes(g_steal_pointer(&all));
    assert_true(codec_look(made, &info));
    assert_false(info.annotated);
}

static int setup(void **state)
{
    return VIPS_INIT("unit-codec");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_those_of_the_whole),
        cmocka_unit_test(parts_may_begin_and_end_anywhere),
        cmocka_unit_test(parts_are_those_of_the_whole_when_scaled),
        cmocka_unit_test(unusual_files_are_left_to_others),
        cmocka_unit_test(a_file_that_is_cut_off_is_given_up),
        cmocka_unit_test(the_end_of_a_picture_in_the_header_is_none),
        cmocka_unit_test(damaged_bytes_harm_nobody),
        cmocka_unit_test(what_libjpeg_warns_of_is_given_up),
        cmocka_unit_test(a_row_of_too_much_is_given_up),
        cmocka_unit_test(files_are_as_libvips_writes_them),
        cmocka_unit_test(profile_and_density_are_written_and_read),
        cmocka_unit_test(a_file_may_be_given_up_while_it_is_written),
        cmocka_unit_test(orientation_is_seen),
        cmocka_unit_test(a_comment_is_no_annotation),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
