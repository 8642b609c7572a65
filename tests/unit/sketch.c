/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The short cut for JPEG files: what it makes is what libvips makes, as far as one can see; and
 * where it cannot say, libvips decides. */
#include "ops/image/sketch.h"

#include <math.h>

#include "ops/core/identity.h"
#include "tests/unit/images.h"

/* The fonts' library keeps what it has read of its settings. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

/* Like a photograph: smooth areas with soft and hard edges, fine texture, a little noise. */
static VipsImage *photograph(int width, int height, int bands)
{
    g_autofree uint8_t *pixels = g_malloc((size_t)width * (size_t)height * (size_t)bands);
    uint8_t *at = pixels;
    GRand *random = g_rand_new_with_seed(11);

    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int b = 0; b < bands; b++) {
                const double sky = 120.0 * y / height + 20 * b;
                const double hill = y > height * (0.6 + 0.15 * sin(x / 70.0)) ? 60 : 0;
                const double house = abs(x - width / 3) < 40 && abs(y - height / 2) < 50 ? 70 : 0;
                const double grass = hill > 0 ? 12 * sin(x * 0.9) * sin(y * 1.1) : 0;
                const double v = 30 + sky + hill - house + grass + g_rand_double(random) * 6;
                *at++ = (uint8_t)CLAMP(v, 0, 255);
            }
    g_rand_free(random);
    VipsImage *image =
        vips_image_new_from_memory_copy(pixels, (size_t)width * (size_t)height * (size_t)bands,
                                        width, height, bands, VIPS_FORMAT_UCHAR);
    image->Type = bands == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    return image;
}

static void put_image(struct folder *d, const char *name, VipsImage *own_image, const char *suffix)
{
    g_autofree void *data = NULL;
    size_t len;

    assert_int_equal(vips_image_write_to_buffer(own_image, suffix, &data, &len, NULL), 0);
    g_object_unref(own_image);
    folder_put(d, name, data, len);
}

static void put_photograph(struct folder *d, const char *name, int width, int height, int bands,
                           const char *suffix)
{
    put_image(d, name, photograph(width, height, bands), suffix);
}

/* "[{files: NAME}, {decode: {fast: FAST}}, STEPS]".  Owned by the caller. */
static char *sequence(const char *name, bool fast, const char *steps)
{
    return g_strdup_printf("[{files: %s}, {decode: {fast: %s}}, %s]", name, fast ? "true" : "false",
                           steps);
}

/* Element 0, which must be there.  Owned by the caller. */
static GBytes *result(struct folder *d, const char *name, bool fast, const char *steps)
{
    g_autofree char *text = sequence(name, fast, steps);

    return folder_bytes(d, text);
}

/* In decibels; 100 where nothing differs. */
static double psnr(VipsImage *a, VipsImage *b)
{
    const size_t n = VIPS_IMAGE_SIZEOF_IMAGE(a);
    double sum = 0;

    assert_int_equal(a->Bands, b->Bands);
    for (size_t i = 0; i < n; i++) {
        const double d = VIPS_IMAGE_ADDR(a, 0, 0)[i] - VIPS_IMAGE_ADDR(b, 0, 0)[i];
        sum += d * d;
    }
    return sum > 0 ? fmin(10 * log10(255 * 255 * (double)n / sum), 99) : 100;
}

static double compare(struct folder *d, const char *name, const char *steps)
{
    g_autoptr(GBytes) fast = result(d, name, true, steps);
    g_autoptr(GBytes) usual = result(d, name, false, steps);
    VipsImage *a = load(fast), *b = load(usual);
    if (a->Xsize != b->Xsize || a->Ysize != b->Ysize)
        fail_msg("%s: %s: %dx%d, not %dx%d", name, steps, a->Xsize, a->Ysize, b->Xsize, b->Ysize);
    const double ret = psnr(a, b);
    g_object_unref(a);
    g_object_unref(b);
    return ret;
}

static void assert_alike(struct folder *d, const char *name, const char *steps)
{
    const double got = compare(d, name, steps);

    if (got < SKETCH_TOLERANCE)
        fail_msg("%s: %s: %g dB", name, steps, got);
    if (got > 99)
        fail_msg("%s: %s: is the short cut taken?", name, steps);
}

static void assert_same(struct folder *d, const char *name, const char *steps)
{
    const double got = compare(d, name, steps);

    if (got < 100)
        fail_msg("%s: %s: %g dB", name, steps, got);
}

#define PNG ", {encode: {format: png, compression: 0}}"

static const char *const scalings[] = {
    "{thumbnail: {width: 224, height: 224, crop: centre}}" PNG,
    "{thumbnail: {width: 224, height: 100, crop: low}}" PNG,
    "{thumbnail: {width: 100, height: 224, crop: high}}" PNG,
    "{thumbnail: 300}" PNG,
    "{thumbnail: {width: 61, height: 200}}" PNG,
    "{thumbnail: {width: 150, size: down}}" PNG,
    "{random_resized_crop: {width: 64, height: 80, kernel: linear}}" PNG,
    "{random_resized_crop: {width: 64, scale: [0.5, 1], kernel: cubic}}" PNG,
    "{random_resized_crop: {width: 96, scale: [0.3, 0.6], kernel: lanczos3}}, random_flip" PNG,
    "{resize: 0.4}" PNG,
    "{resize: {scale: 0.31, vscale: 0.62}}" PNG,
    "{resize: {scale: 0.5, kernel: linear}}" PNG,
    "{resize: {scale: 0.7, kernel: cubic}}, {flip: vertical}" PNG,
    "{crop: {left: 31, top: 17, width: 333, height: 301}}, {thumbnail: 111}" PNG,
    "{flip: horizontal}, {thumbnail: {width: 100, height: 100, crop: low}}" PNG,
    "{thumbnail: 256}, {extract_area: {left: 3, top: 5, width: 100, height: 90}}" PNG,
    "{thumbnail: 256}, {random_crop: 80}, invert" PNG,
    "{thumbnail: 300}, {thumbnail: 120}" PNG,
    "{thumbnail: 200}, {cache: {count: 1}}, {flip: horizontal}" PNG,
    "{thumbnail: {width: 200, height: 200, crop: centre}}, {encode: {format: jpeg, Q: 98}}",
    "{thumbnail: {width: 200, height: 200, crop: centre}}, {encode: {format: webp, lossless: "
    "true}}",
};

static void scaling_is_alike(void **state)
{
    static const char *const suffixes[] = {".jpg[Q=90]", ".jpg[Q=75]", ".jpg[Q=85,interlace]"};

    for (size_t k = 0; k < G_N_ELEMENTS(suffixes); k++) {
        put_photograph(*state, "a.jpg", 500, 375, 3, suffixes[k]);
        put_photograph(*state, "b.jpg", 431, 640, 3, suffixes[k]);
        put_photograph(*state, "c.jpg", 500, 375, 1, suffixes[k]);
        for (size_t i = 0; i < G_N_ELEMENTS(scalings); i++) {
            assert_alike(*state, "a.jpg", scalings[i]);
            assert_alike(*state, "b.jpg", scalings[i]);
            assert_alike(*state, "c.jpg", scalings[i]);
        }
    }
}

static void large_photographs_are_alike(void **state)
{
    put_photograph(*state, "a.jpg", 2403, 1601, 3, ".jpg[Q=90]");
    assert_alike(*state, "a.jpg", "{thumbnail: 512}" PNG);
    assert_alike(*state, "a.jpg", "{thumbnail: {width: 224, height: 224, crop: centre}}" PNG);
    assert_alike(*state, "a.jpg", "{resize: 0.1}" PNG);
    assert_alike(*state, "a.jpg", "{random_resized_crop: 224}" PNG);
}

/* What is only cut and mirrored has the very pixels of the file. */
static void cutting_gives_the_same_pixels(void **state)
{
    static const char *const steps[] = {
        "{random_crop: 100}" PNG,
        "{random_crop: {width: 499, height: 1}}, random_flip" PNG,
        "{extract_area: {left: 7, top: 9, width: 201, height: 99}}" PNG,
        "{crop: {left: 0, top: 374, width: 500, height: 1}}" PNG,
        "{crop: {left: 499, top: 0, width: 1, height: 375}}" PNG,
        "{smartcrop: {width: 111, height: 333, interesting: centre}}" PNG,
        "{smartcrop: {width: 111, height: 333, interesting: high}}" PNG,
        "{smartcrop: {width: 111, height: 333, interesting: low}}, {flip: vertical}" PNG,
        "{flip: horizontal}" PNG,
        "{flip: vertical}, {flip: horizontal}" PNG,
        "{flip: horizontal}, {crop: {left: 20, top: 10, width: 77, height: 55}}" PNG,
        "{crop: {left: 20, top: 10, width: 77, height: 55}}, {flip: vertical}, "
        "{crop: {left: 2, top: 3, width: 40, height: 20}}" PNG,
        "{flip: horizontal}, {encode: {format: jpeg, Q: 80}}",
        "{crop: {left: 20, top: 10, width: 77, height: 55}}, {encode: {format: jpeg, strip: true}}",
        "{random_crop: {width: 60, height: 60}}, {encode: {format: jpeg, interlace: true}}",
        "{random_crop: {width: 60, height: 60}}, {encode: {format: jpeg, trellis-quant: true}}",
        "{thumbnail: 500}" PNG,
    };

    put_photograph(*state, "a.jpg", 500, 375, 3, ".jpg[Q=80]");
    put_photograph(*state, "b.jpg", 500, 375, 1, ".jpg[Q=80,interlace]");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        assert_same(*state, "a.jpg", steps[i]);
        assert_same(*state, "b.jpg", steps[i]);
    }
}

/* What sketches do not do. */
static void all_else_is_made_by_libvips(void **state)
{
    static const char *const steps[] = {
        "{thumbnail: 700}" PNG,
        "{thumbnail: {width: 100, size: force}}" PNG,
        "{thumbnail: {width: 100, linear: true}}" PNG,
        "{thumbnail: {width: 100, height: 100, crop: attention}}" PNG,
        "{thumbnail: {width: 100, export-profile: srgb}}" PNG,
        "{random_resized_crop: {width: 400, kernel: mitchell}}" PNG,
        "{random_resized_crop: {width: 100, kernel: nearest}}" PNG,
        "{resize: 1.5}" PNG,
        "{resize: {scale: 0.5, kernel: nearest}}" PNG,
        "{smartcrop: {width: 100, height: 100}}" PNG,
        "{random_crop: {width: 600, height: 500, pad: true}}" PNG,
        "{rotate: 10}" PNG,
        "{copy: {}}, {thumbnail: 100}" PNG,
    };

    put_photograph(*state, "a.jpg", 500, 375, 3, ".jpg[Q=80]");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
        assert_same(*state, "a.jpg", steps[i]);
}

static void arguments_are_refused_as_by_libvips(void **state)
{
    static const char *const steps[] = {
        "{crop: {left: 400, top: 0, width: 101, height: 10}}" PNG,
        "{smartcrop: {width: 501, height: 10, interesting: centre}}" PNG,
        "{random_crop: 376}" PNG,
    };

    put_photograph(*state, "a.jpg", 500, 375, 3, ".jpg[Q=80]");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *fast = sequence("a.jpg", true, steps[i]);
        g_autofree char *usual = sequence("a.jpg", false, steps[i]);
        assert_fault(*state, usual, "");
        g_autofree char *said = g_strdup(((struct folder *)*state)->eval.fault.text);
        assert_fault(*state, fast, said);
    }
}

static void any_size_will_do(void **state)
{
    static const int sizes[][2] = {{1, 1}, {1, 300}, {300, 1}, {2, 2}, {9, 17}, {600, 3}, {8, 8}};
    static const char *const steps[] = {
        "{thumbnail: 1}" PNG,
        "{thumbnail: {width: 1, height: 1, crop: centre}}" PNG,
        "{thumbnail: {width: 7, height: 5}}" PNG,
        "{random_resized_crop: 1}" PNG,
        "{random_crop: 1}" PNG,
        "{flip: horizontal}" PNG,
    };

    for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
        put_photograph(*state, "a.jpg", sizes[k][0], sizes[k][1], 3, ".jpg[Q=90]");
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
            if (compare(*state, "a.jpg", steps[i]) < 25) /* few pixels: a coarse measure */
                fail_msg("%dx%d: %s", sizes[k][0], sizes[k][1], steps[i]);
    }
}

/* Sizes that leave halves, and those that the decoder scales for libvips. */
static void sizes_are_those_of_libvips(void **state)
{
    static const int sizes[][2] = {{500, 375}, {375, 500}, {431, 97}, {1603, 1201}, {6, 401}};

    for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
        put_photograph(*state, "a.jpg", sizes[k][0], sizes[k][1], 3, ".jpg[Q=50]");
        for (int w = 1; w <= sizes[k][0]; w += 1 + w / 2) {
            g_autofree char *none = g_strdup_printf("{thumbnail: {width: %d, height: 400}}" PNG, w);
            g_autofree char *fill =
                g_strdup_printf("{thumbnail: {width: %d, height: 62, crop: high}}" PNG, w);
            g_autofree char *both =
                g_strdup_printf("{resize: {scale: %g, vscale: 0.5}}" PNG, (w + 0.5) / sizes[k][0]);
            compare(*state, "a.jpg", none);
            compare(*state, "a.jpg", fill);
            if (w < sizes[k][0])
                compare(*state, "a.jpg", both);
        }
    }
}

static void orientation_stays_with_libvips(void **state)
{
    for (int i = 1; i <= 8; i++) {
        VipsImage *image = photograph(300, 200, 3);

        vips_image_set_int(image, VIPS_META_ORIENTATION, i);
        put_image(*state, "a.jpg", image, ".jpg[Q=90]");
        if (i > 1)
            assert_same(*state, "a.jpg", "{thumbnail: 100}" PNG);
        else
            assert_alike(*state, "a.jpg", "{thumbnail: 100}" PNG);
        assert_same(*state, "a.jpg", "{flip: horizontal}" PNG);
        assert_same(*state, "a.jpg", "{random_crop: 90}, {encode: jpeg}");
    }
}

/* What goes with a picture. */

#define ARTIST "exif-ifd0-Artist"

static void put_annotated(struct folder *d, const char *name)
{
    VipsImage *image = photograph(300, 200, 3), *profiled;

    assert_int_equal(vips_copy(image, &profiled, "xres", 10.0, "yres", 10.0, NULL), 0);
    g_object_unref(image);
    assert_int_equal(vips_icc_transform(profiled, &image, "srgb", "embedded", FALSE,
                                        "input_profile", "srgb", NULL),
                     0);
    g_object_unref(profiled);
    assert_int_equal(vips_copy(image, &profiled, NULL), 0);
    g_object_unref(image);
    vips_image_set_string(profiled, ARTIST, "Nobody (Nobody, ASCII, 7 components)");
    put_image(d, name, profiled, ".jpg[Q=90]");
}

/* What libvips keeps of the fields of the file, the short cut keeps, too, and as they are. */
static void assert_same_fields(struct folder *d, const char *name, const char *steps)
{
    g_autofree char *path = folder_path(d, name);
    g_autoptr(GBytes) fast = result(d, name, true, steps);
    g_autoptr(GBytes) usual = result(d, name, false, steps);
    VipsImage *a = load(fast), *b = load(usual), *file = vips_image_new_from_file(path, NULL);
    g_auto(GStrv) fields = vips_image_get_fields(b);

    assert_non_null(file);
    assert_true(fabs(a->Xres - b->Xres) < 0.01 && fabs(a->Yres - b->Yres) < 0.01);
    for (size_t i = 0; fields[i]; i++) {
        g_autofree char *one = NULL, *other = NULL;
        if (strcmp(fields[i], VIPS_META_EXIF_NAME) == 0 || strcmp(fields[i], "filename") == 0 ||
            vips_image_get_typeof(file, fields[i]) == 0 ||
            (g_str_has_prefix(fields[i], "exif-") && !vips_image_get_typeof(file, ARTIST)))
            continue; /* EXIF that libvips makes up is no loss */
        if (vips_image_get_typeof(a, fields[i]) == 0)
            fail_msg("%s: %s: %s is lost", name, steps, fields[i]);
        assert_int_equal(vips_image_get_as_string(a, fields[i], &one), 0);
        assert_int_equal(vips_image_get_as_string(b, fields[i], &other), 0);
        if (strcmp(one, other) != 0)
            fail_msg("%s: %s: %s is %s, not %s", name, steps, fields[i], one, other);
    }
    g_object_unref(a);
    g_object_unref(b);
    g_object_unref(file);
}

/* A marker in front of all others. */
static void put_comment(struct folder *d, const char *from, const char *name)
{
    static const char marker[] = {(char)0xff, (char)0xfe, 0, 7, 'h', 'e', 'l', 'l', 'o'};
    g_autofree char *path = folder_path(d, from), *data = NULL;
    g_autoptr(GString) all = g_string_new(NULL);
    size_t len;

    assert_true(g_file_get_contents(path, &data, &len, NULL));
    g_string_append_len(all, data, 2);
    g_string_append_len(all, marker, sizeof marker);
    g_string_append_len(all, data + 2, (gssize)len - 2);
    folder_put(d, name, all->str, all->len);
}

static void what_goes_with_a_picture_is_kept_as_by_libvips(void **state)
{
    static const char *const steps[] = {
        "{thumbnail: 100}, {encode: jpeg}",
        "{thumbnail: 100}, {encode: {format: jpeg, strip: true}}",
        "{thumbnail: 100}, {encode: {format: jpeg, profile: srgb}}",
        "{random_crop: 50}, {encode: {format: jpeg, interlace: true}}",
        "{thumbnail: 100}, {encode: png}",
        "{thumbnail: 100}, {encode: webp}",
        "{thumbnail: 100}, invert, {encode: jpeg}",
    };

    put_annotated(*state, "exif.jpg");
    g_autoptr(GBytes) plain =
        result(*state, "exif.jpg", false, "{encode: {format: jpeg, strip: true, profile: srgb}}");
    folder_put(*state, "profile.jpg", g_bytes_get_data(plain, NULL), g_bytes_get_size(plain));
    put_comment(*state, "profile.jpg", "comment.jpg");
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        assert_same_fields(*state, "exif.jpg", steps[i]);
        assert_same_fields(*state, "profile.jpg", steps[i]);
        assert_same_fields(*state, "comment.jpg", steps[i]);
    }
}

/* Bad files. */

/* The same fault with and without, or the same file. */
static void assert_same_outcome(struct folder *d, const char *name, const char *steps)
{
    g_autofree char *fast = sequence(name, true, steps), *usual = sequence(name, false, steps);
    g_autoptr(GBytes) one = NULL, other = NULL;
    g_autofree char *said = NULL;

    int r = folder_get(d, fast, 0, &one);
    said = g_strdup(r < 0 ? d->eval.fault.text : "");
    assert_int_equal(folder_get(d, usual, 0, &other), r);
    assert_string_equal(said, r < 0 ? d->eval.fault.text : "");
    if (r < 0)
        return;
    VipsImage *a = load(one), *b = load(other);
    if (psnr(a, b) < 25)
        fail_msg("%s: %s: %g dB", name, steps, psnr(a, b));
    g_object_unref(a);
    g_object_unref(b);
}

static void a_file_that_is_cut_off_fails_as_without(void **state)
{
    g_autofree char *path = folder_path(*state, "a.jpg"), *data = NULL;
    size_t len;

    put_photograph(*state, "a.jpg", 150, 110, 3, ".jpg[Q=60]");
    assert_true(g_file_get_contents(path, &data, &len, NULL));
    for (size_t n = 0; n < len; n += n < 700 || n > len - 8 ? 3 : 37) {
        folder_put(*state, "b.jpg", data, n);
        assert_same_outcome(*state, "b.jpg", "{thumbnail: 40}" PNG);
        assert_same_outcome(*state, "b.jpg", "{flip: vertical}, {encode: jpeg}");
    }
}

static void damage_fails_or_is_passed_as_without(void **state)
{
    g_autofree char *path = folder_path(*state, "a.jpg"), *data = NULL;
    GRand *random = g_rand_new_with_seed(5);
    size_t len;

    put_photograph(*state, "a.jpg", 150, 110, 3, ".jpg[Q=60]");
    assert_true(g_file_get_contents(path, &data, &len, NULL));
    for (int i = 0; i < 150; i++) {
        g_autofree char *bad = g_memdup2(data, len);
        for (int k = 0; k < 3; k++)
            bad[g_rand_int_range(random, 2, (gint32)len)] = (char)g_rand_int_range(random, 0, 256);
        folder_put(*state, "b.jpg", bad, len);
        assert_same_outcome(*state, "b.jpg", "{thumbnail: 75}" PNG);
    }
    g_rand_free(random);
}

/* A photograph with bytes in its header that are nothing: of that there is a warning, which libvips
 * puts up with. */
static void put_odd(struct folder *d, const char *name)
{
    g_autofree char *path = folder_path(d, "a.jpg"), *data = NULL;
    g_autoptr(GString) more = g_string_new(NULL);
    size_t len;

    put_photograph(d, "a.jpg", 300, 200, 3, ".jpg[Q=90]");
    assert_true(g_file_get_contents(path, &data, &len, NULL));
    const size_t at = 2 + 2 + ((size_t)(uint8_t)data[4] << 8 | (uint8_t)data[5]);
    g_string_append_len(more, data, (gssize)at);
    g_string_append(more, "nothing");
    g_string_append_len(more, data + at, (gssize)(len - at));
    folder_put(d, name, more->str, more->len);
}

static void what_is_only_warned_of_is_made_by_libvips(void **state)
{
    put_odd(*state, "b.jpg");
    assert_same(*state, "b.jpg", "{thumbnail: 100}" PNG);
    assert_same(*state, "b.jpg", "{thumbnail: 100}, {encode: jpeg}");
}

/* A byte in the middle that libjpeg only finds when it gets there. */
static void put_late(struct folder *d, const char *name)
{
    g_autofree char *path = folder_path(d, "a.jpg"), *data = NULL;
    size_t len;

    put_photograph(d, "a.jpg", 300, 200, 3, ".jpg[Q=90,restart_interval=4]");
    assert_true(g_file_get_contents(path, &data, &len, NULL));
    size_t i = len / 2;
    while ((uint8_t)data[i] != 0xff || (uint8_t)data[i + 1] < 0xd0 || (uint8_t)data[i + 1] > 0xd7)
        i++;
    data[i + 1] = (char)((uint8_t)data[i + 1] == 0xd7 ? 0xd0 : 0xd7);
    folder_put(d, name, data, len);
}

static void what_is_found_late_is_made_by_libvips(void **state)
{
    put_late(*state, "b.jpg");
    assert_same(*state, "b.jpg", "{thumbnail: 100}" PNG);
    assert_same(*state, "b.jpg", "{thumbnail: 100}, {encode: jpeg}");
    assert_same(*state, "b.jpg", "{thumbnail: 100}, {cache: {count: 1}}, {flip: vertical}" PNG);
    assert_same(*state, "b.jpg", "{random_resized_crop: {width: 290, scale: [1, 1]}}" PNG);
}

/* The sheet of one element.  Owned by the caller. */
static GBytes *sheet(struct folder *d, const char *dataset)
{
    GBytes *bytes = NULL;
    uint32_t i = 0;

    folder_files(d, dataset);
    while (plan_output(d->plan, i)->kind != OUTPUT_CONTACT)
        i++;
    if (plan_eval(d->plan, &d->eval, i, 0, &bytes) < 0)
        fail_msg("%s: %s", dataset, d->eval.fault.text);
    return bytes;
}

static void contact_sheets_show_what_libvips_makes(void **state)
{
    g_autofree char *fast = sequence("b.jpg", true, "{thumbnail: 100}");
    g_autofree char *usual = sequence("b.jpg", false, "{thumbnail: 100}");

    put_late(*state, "b.jpg");
    g_autoptr(GBytes) one = sheet(*state, fast);
    g_autoptr(GBytes) other = sheet(*state, usual);
    assert_true(g_bytes_equal(one, other));
}

static void the_limit_of_pixels_holds(void **state)
{
    static const char *const limited =
        "[{files: a.jpg}, {decode: {max_pixels: 1000}}, {thumbnail: 10}]";

    put_photograph(*state, "a.jpg", 50, 30, 3, ".jpg");
    assert_fault(*state, limited, "50x30 pixels, more than the limit of 1000");
}

/* The switch. */

static void load_spec(struct folder *d, const char *head, const char *steps)
{
    g_autofree char *spec = g_strdup_printf("%s\ndataset: [{files: a.jpg}, %s]\n", head, steps);

    assert_loaded(d, spec, folder_load(d, spec));
}

static GBytes *first(struct folder *d)
{
    GBytes *bytes = NULL;

    if (plan_eval(d->plan, &d->eval, 0, 0, &bytes) < 0)
        fail_msg("%s", d->eval.fault.text);
    return bytes;
}

static void a_spec_can_do_without(void **state)
{
    static const char *const steps = "{thumbnail: 100}, {encode: png}";
    struct folder *d = *state;

    put_photograph(d, "a.jpg", 300, 200, 3, ".jpg");
    load_spec(d, "", steps);
    struct identity usual = seq_identity(plan_output(d->plan, 0)->seq, 0);
    g_autoptr(GBytes) fast = first(d);
    load_spec(d, "fast: true", steps);
    assert_true(identity_equal(seq_identity(plan_output(d->plan, 0)->seq, 0), usual));
    load_spec(d, "fast: false", steps);
    assert_false(identity_equal(seq_identity(plan_output(d->plan, 0)->seq, 0), usual));
    g_autoptr(GBytes) slow = first(d);
    assert_false(g_bytes_equal(fast, slow));
    load_spec(d, "", "{decode: {fast: false}}, {thumbnail: 100}, {encode: png}");
    assert_false(identity_equal(seq_identity(plan_output(d->plan, 0)->seq, 0), usual));
    g_autoptr(GBytes) decoded = first(d);
    assert_true(g_bytes_equal(decoded, slow));
    load_spec(d, "fast: false", "{decode: {fast: true}}, {thumbnail: 100}, {encode: png}");
    g_autoptr(GBytes) both = first(d);
    assert_true(g_bytes_equal(both, slow));
}

static void the_switch_is_true_or_false(void **state)
{
    struct folder *d = *state;

    assert_true(folder_load(d, "fast: very\ndataset: {range: 3}\n") < 0);
    assert_complained(d, COMPLAINT_SPEC, "fast: wanted is true or false");
}

/* Drawing. */

static void *draw(void *value)
{
    struct eval e;
    VipsImage *pixels = NULL;

    eval_init(&e, NULL);
    int r = image_pixels(image_of(value), &e, &pixels);
    eval_finish(&e);
    return r < 0 ? NULL : pixels;
}

static void who_draws_at_once_gets_the_same(void **state)
{
    OWN(value_unref) struct value *v = NULL;
    struct folder *d = *state;
    GThread *threads[4];

    put_photograph(d, "a.jpg", 300, 200, 3, ".jpg");
    folder_seq(d, "[{files: a.jpg}, {thumbnail: 100}]");
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new(NULL, draw, v);
    void *want = draw(v);
    assert_non_null(want);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_ptr_equal(g_thread_join(threads[i]), want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(scaling_is_alike),
        IN_FOLDER(large_photographs_are_alike),
        IN_FOLDER(cutting_gives_the_same_pixels),
        IN_FOLDER(all_else_is_made_by_libvips),
        IN_FOLDER(arguments_are_refused_as_by_libvips),
        IN_FOLDER(any_size_will_do),
        IN_FOLDER(sizes_are_those_of_libvips),
        IN_FOLDER(orientation_stays_with_libvips),
        IN_FOLDER(what_goes_with_a_picture_is_kept_as_by_libvips),
        IN_FOLDER(a_file_that_is_cut_off_fails_as_without),
        IN_FOLDER(damage_fails_or_is_passed_as_without),
        IN_FOLDER(what_is_only_warned_of_is_made_by_libvips),
        IN_FOLDER(what_is_found_late_is_made_by_libvips),
        IN_FOLDER(contact_sheets_show_what_libvips_makes),
        IN_FOLDER(the_limit_of_pixels_holds),
        IN_FOLDER(a_spec_can_do_without),
        IN_FOLDER(the_switch_is_true_or_false),
        IN_FOLDER(who_draws_at_once_gets_the_same),
    };

    return cmocka_run_group_tests(tests, setup_images, NULL);
}
