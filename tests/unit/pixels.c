/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From images to arrays and back: every pixel in its place, in the colours and the type wanted. */
#include <math.h>

#include "tests/unit/images.h"
#include "tests/unit/shapes.h"

#define W 7
#define H 5

static const void *items_of(const struct value *v)
{
    return g_bytes_get_data(value_bytes(v), NULL);
}

static void assert_type(const struct value *v, const char *want)
{
    g_autoptr(GString) said = g_string_new(NULL);

    array_print(value_array_type(v), said);
    assert_string_equal(said->str, want);
}

/* Element 0 of a map of pixels after these steps.  Owned by the caller. */
static struct value *map_after(struct folder *d, const char *steps)
{
    g_autofree char *sequence = g_strdup_printf("[{files: m.png}, %s]", steps);

    put_map(d, "m.png", W, H);
    folder_seq(d, sequence);
    return array_of(d, 0);
}

/* What put_map() puts there. */
static int map_sample(int x, int y, int band)
{
    return band == 0 ? x : band == 1 ? y : 0;
}

static void pixels_stand_as_they_are(void **state)
{
    OWN(value_unref) struct value *v = map_after(*state, "array");
    const uint8_t *items = items_of(v);

    assert_type(v, "uint8 [5, 7, 3]");
    for (int i = 0; i < W * H * 3; i++)
        assert_int_equal(items[i], map_sample(i / 3 % W, i / 3 / W, i % 3));
}

static void channels_come_first_where_that_is_wanted(void **state)
{
    OWN(value_unref) struct value *v = map_after(*state, "{array: {layout: chw}}");
    const uint8_t *items = items_of(v);

    assert_type(v, "uint8 [3, 5, 7]");
    for (int i = 0; i < W * H * 3; i++)
        assert_int_equal(items[i], map_sample(i % W, i / W % H, i / W / H));
}

/* In both layouts, of images of bytes, of longer integers and of floats. */
static void every_type_is_made_of_every_format(void **state)
{
    static const char *const casts[] = {"cast: uchar", "cast: ushort", "cast: int", "cast: float",
                                        "cast: double"};

    for (size_t k = 0; k < G_N_ELEMENTS(casts); k++)
        for (const struct param_choice *c = dtype_choices + 1; c->name; c++)
            for (int chw = 0; chw < 2; chw++) {
                g_autofree char *steps = g_strdup_printf(
                    "{vips.%s}, {array: {dtype: %s, scale: 2, layout: %s}}, {cast: int32}",
                    casts[k], c->name, chw ? "chw" : "hwc");
                OWN(value_unref) struct value *v = map_after(*state, steps);
                const int32_t *items = items_of(v);

                for (int i = 0; i < W * H * 3; i++)
                    assert_int_equal(items[i], 2 * (chw ? map_sample(i % W, i / W % H, i / W / H)
                                                        : map_sample(i / 3 % W, i / 3 / W, i % 3)));
            }
}

static void a_unit_is_the_greatest_sample(void **state)
{
    OWN(value_unref)
    struct value *bytes = map_after(*state, "invert, {array: {dtype: float32, scale: unit}}");
    OWN(value_unref)
    struct value *deep =
        map_after(*state, "invert, {colourspace: rgb16}, {array: {dtype: float32, scale: unit}}");
    OWN(value_unref)
    struct value *floats = map_after(*state, "invert, {vips.cast: float}, {array: {scale: unit}}");
    OWN(value_unref)
    struct value *linear =
        map_after(*state, "invert, {colourspace: scrgb}, {array: {channels: all, scale: unit}}");

    for (int i = 0; i < W * H * 3; i++) {
        int sample = 255 - map_sample(i / 3 % W, i / 3 / W, i % 3);
        float x = (float)sample / 255.f;

        assert_true(((const float *)items_of(bytes))[i] == x);
        assert_true(((const float *)items_of(floats))[i] == x);
        assert_true(fabsf(((const float *)items_of(deep))[i] - x) < 0.005f);
    }
    assert_true(fabsf(((const float *)items_of(linear))[2] - 1) < 1e-4f);
}

static void samples_are_rounded_and_held_within_the_limits(void **state)
{
    OWN(value_unref)
    struct value *v =
        map_after(*state, "{linear: {a: 1, b: [-2, 251.5, 0]}}, {array: {dtype: uint8}}");
    const uint8_t *items = items_of(v);

    for (int i = 0; i < W * H; i++) {
        double y = rint(i / W + 251.5);
        assert_int_equal(items[3 * i], MAX(i % W - 2, 0));
        assert_int_equal(items[3 * i + 1], MIN(y, 255));
    }
}

static void grey_images_have_one_channel(void **state)
{
    OWN(value_unref) struct value *hwc = map_after(*state, "{extract_band: 0}, array");
    OWN(value_unref)
    struct value *chw = map_after(*state, "{extract_band: 1}, {array: {layout: chw}}");
    OWN(value_unref)
    struct value *rgb = map_after(*state, "{extract_band: 1}, {array: {layout: chw, channels: 3}}");
    OWN(value_unref)
    struct value *same = map_after(*state, "{extract_band: 1}, {array: {channels: 1}}");

    assert_type(hwc, "uint8 [5, 7, 1]");
    assert_type(chw, "uint8 [1, 5, 7]");
    assert_type(rgb, "uint8 [3, 5, 7]");
    assert_type(same, "uint8 [5, 7, 1]");
    for (int b = 0; b < 3; b++)
        assert_memory_equal((const char *)items_of(rgb) + b * W * H, items_of(chw), W * H);
}

static void colours_become_grey_where_one_channel_is_wanted(void **state)
{
    OWN(value_unref) struct value *v = map_after(*state, "{array: {channels: 1}}");
    OWN(value_unref) struct value *grey = map_after(*state, "{colourspace: b-w}, array");

    assert_type(v, "uint8 [5, 7, 1]");
    assert_memory_equal(items_of(v), items_of(grey), W * H);
}

static void alpha_is_a_channel_that_can_be_dropped_or_filled(void **state)
{
    OWN(value_unref) struct value *rgba = map_after(*state, "{bandjoin_const: 77}, array");
    OWN(value_unref)
    struct value *rgb = map_after(*state, "{bandjoin_const: 77}, {array: {channels: 3}}");
    OWN(value_unref)
    struct value *kept =
        map_after(*state, "{bandjoin_const: 77}, {array: {channels: 4, layout: chw}}");
    OWN(value_unref)
    struct value *filled = map_after(*state, "{array: {channels: 4, dtype: float32, scale: unit}}");
    OWN(value_unref)
    struct value *deep = map_after(
        *state, "{colourspace: rgb16}, {extract_band: 0}, {array: {channels: 4, layout: chw}}");

    assert_type(rgba, "uint8 [5, 7, 4]");
    assert_type(rgb, "uint8 [5, 7, 3]");
    for (int i = 0; i < W * H; i++) {
        assert_int_equal(((const uint8_t *)items_of(rgba))[4 * i + 3], 77);
        assert_memory_equal((const uint8_t *)items_of(rgba) + 4 * i,
                            (const uint8_t *)items_of(rgb) + 3 * i, 3);
        assert_int_equal(((const uint8_t *)items_of(kept))[3 * W * H + i], 77);
        assert_true(((const float *)items_of(filled))[4 * i + 3] == 1);
        assert_int_equal(((const uint16_t *)items_of(deep))[3 * W * H + i], 65535);
    }
}

static void sixteen_bits_stay_unless_bytes_are_wanted(void **state)
{
    static const char deep[] = "{linear: {a: 30, b: 0, uchar: true}}, {colourspace: rgb16}";
    g_autofree char *plain = g_strconcat(deep, ", array", NULL);
    g_autofree char *upper = g_strconcat(deep, ", {array: uint8}", NULL);
    g_autofree char *scaled = g_strconcat(deep, ", {array: {dtype: uint8, scale: 1.0e-2}}", NULL);
    OWN(value_unref) struct value *v = map_after(*state, plain);
    OWN(value_unref) struct value *bytes = map_after(*state, upper);
    OWN(value_unref) struct value *divided = map_after(*state, scaled);

    assert_type(v, "uint16 [5, 7, 3]");
    assert_type(bytes, "uint8 [5, 7, 3]");
    for (int i = 0; i < W * H * 3; i++) {
        unsigned wide = ((const uint16_t *)items_of(v))[i];

        assert_int_equal(wide >> 8, 30 * map_sample(i / 3 % W, i / 3 / W, i % 3));
        assert_int_equal(((const uint8_t *)items_of(bytes))[i], wide >> 8);
        assert_int_equal(((const uint8_t *)items_of(divided))[i], MIN(rint(wide * 0.01), 255));
    }
}

static void colours_that_are_not_rgb_become_that(void **state)
{
    static const char *const spaces[] = {"cmyk", "lab", "labq", "lch", "hsv", "xyz", "scrgb"};
    static const int bands[] = {4, 3, 3, 3, 3, 3, 3};

    for (size_t k = 0; k < G_N_ELEMENTS(spaces); k++) {
        g_autofree char *steps = g_strdup_printf("{colourspace: %s}, array", spaces[k]);
        g_autofree char *raw =
            g_strdup_printf("{colourspace: %s}, {array: {channels: all}}", spaces[k]);
        OWN(value_unref) struct value *v = map_after(*state, steps);
        OWN(value_unref) struct value *as_is = map_after(*state, raw);

        assert_type(v, "uint8 [5, 7, 3]");
        assert_int_equal(value_array_type(as_is)->dims[2], bands[k]);
    }
}

static void bands_that_mean_nothing_are_taken_as_they_are(void **state)
{
    OWN(value_unref)
    struct value *v =
        map_after(*state, "{bandjoin_const: [1, 2]}, {copy: {interpretation: multiband}}, array");

    assert_type(v, "uint8 [5, 7, 5]");
    assert_failure(*state,
                   "[{files: m.png}, {bandjoin_const: [1, 2]}, {copy: {interpretation: "
                   "multiband}}, {array: {channels: 3}}]",
                   "an image of 5 bands cannot have 3 channels: extract_band before it chooses "
                   "some, channels: all takes them as they are");
}

/* Longer than what is computed at a time, and read from what streams. */
static void long_images_are_read_to_their_end(void **state)
{
    struct folder *d = *state;
    static const char *const suffixes[] = {".png", ".jpg[Q=100]"};

    for (size_t k = 0; k < G_N_ELEMENTS(suffixes); k++) {
        put_picture(d, "p.img", suffixes[k], 61, 1301, 0);
        folder_seq(d, "[{files: p.img}, decode]");
        VipsImage *image = element_pixels(d, 0);
        folder_seq(d, "[{files: p.img}, array]");
        OWN(value_unref) struct value *v = array_of(d, 0);
        assert_type(v, "uint8 [1301, 61, 3]");
        assert_memory_equal(items_of(v), VIPS_IMAGE_ADDR(image, 0, 0),
                            VIPS_IMAGE_SIZEOF_IMAGE(image));
        g_object_unref(image);
    }
}

static void images_that_cannot_be_read_in_order_are_read(void **state)
{
    OWN(value_unref)
    struct value *v = map_after(*state, "{flip: vertical}, {rot: d90}, {array: {channels: 1}}");

    assert_type(v, "uint8 [7, 5, 1]");
}

static void damaged_files_fail(void **state)
{
    struct folder *d = *state;

    put_picture(d, "a.jpg", ".jpg", 300, 200, 0);
    cut(d, "a.jpg", "half.jpg", 50);
    folder_seq(d, "[{files: half.jpg}, array]");
    g_autofree char *said = folder_element(d, 0);
    assert_string_equal(said, "!premature end of input file");
    folder_put_text(d, "t.jpg", "no image");
    assert_failure(d, "[{files: t.jpg}, array]", "not an image in any known format");
}

static void wrong_scales_are_told_at_load(void **state)
{
    put_map(*state, "m.png", W, H);
    assert_complaint(*state, "[{files: m.png}, {array: {scale: units}}]", COMPLAINT_SPEC,
                     "array: argument 'scale': 'units' is neither a number nor 'unit'");
}

/* An array that becomes an image again has the same pixels. */
static void assert_image_of(struct folder *d, const char *steps, int bands)
{
    g_autofree char *sequence = g_strdup_printf("[{files: m.png}, %s, decode]", steps);

    put_map(d, "m.png", W, H);
    folder_seq(d, sequence);
    VipsImage *image = element_pixels(d, 0);
    assert_int_equal(image->Xsize, W);
    assert_int_equal(image->Ysize, H);
    assert_int_equal(image->Bands, bands);
    for (int i = 0; i < W * H * bands; i++) {
        int x = i / bands % W, y = i / bands / W, b = i % bands;
        double *sample;
        int n;

        assert_int_equal(vips_getpoint(image, &sample, &n, x, y, NULL), 0);
        assert_true(sample[b] == map_sample(x, y, b));
        g_free(sample);
    }
    g_object_unref(image);
}

static void arrays_become_images(void **state)
{
    struct folder *d = *state;
    static const char *const types[] = {"uint8",  "int8",    "int16",   "uint16", "int32",
                                        "uint32", "float16", "float32", "float64"};

    for (size_t k = 0; k < G_N_ELEMENTS(types); k++) {
        g_autofree char *hwc = g_strdup_printf("{array: %s}", types[k]);
        g_autofree char *chw = g_strdup_printf("{array: {dtype: %s, layout: chw}}", types[k]);
        g_autofree char *plane = g_strdup_printf(
            "{array: {dtype: %s, layout: chw}}, {reshape: [-1]}, {reshape: [3, 35]}, "
            "{transpose: [0, 1]}, {reshape: [15, 7]}, {array: %s}",
            types[k], types[k]);

        assert_image_of(d, hwc, 3);
        assert_image_of(d, chw, 3);
        g_autofree char *sequence = g_strdup_printf("[{files: m.png}, %s, decode]", plane);
        folder_seq(d, sequence);
        VipsImage *image = element_pixels(d, 0);
        assert_int_equal(image->Ysize, 15);
        assert_int_equal(image->Bands, 1);
        g_object_unref(image);
    }
    assert_image_of(d, "{extract_band: 0}, {array: {layout: chw}}", 1);
    assert_image_of(d, "{extract_band: 0}, {array: {layout: hwc}}", 1);
}

static void arrays_are_images_where_these_are_wanted(void **state)
{
    struct folder *d = *state;

    put_picture(d, "a.png", ".png", 64, 48, 0);
    folder_seq(d, "[{files: a.png}, {array: {layout: chw}}, {thumbnail: 16}]");
    VipsImage *image = element_pixels(d, 0);
    assert_int_equal(image->Xsize, 16);
    assert_int_equal(image->Ysize, 12);
    assert_int_equal(image->Type, VIPS_INTERPRETATION_sRGB);
    g_object_unref(image);
    folder_seq(d, "[{collate: {a: {files: a.png}, b: [{files: a.png}, array]}}, "
                  "{add: {left: {field: a}, right: {field: b}}}]");
    image = element_pixels(d, 0);
    assert_int_equal(image->Bands, 3);
    g_object_unref(image);
}

static void true_is_white(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{values: [[[true, false, true]]]}, array, decode]");
    VipsImage *image = element_pixels(d, 0);
    assert_int_equal(image->Xsize, 3);
    assert_int_equal(sample_at(image, 0, 0, 0), 255);
    assert_int_equal(sample_at(image, 1, 0, 0), 0);
    g_object_unref(image);
}

static void arrays_that_are_no_images_are_refused(void **state)
{
    static const struct {
        const char *shape, *said;
    } cases[] = {{"[30]", "uint8 [30]"},
                 {"[1, 1, 5, 6]", "uint8 [1, 1, 5, 6]"},
                 {"[5, 1, 6]", "uint8 [5, 1, 6]"}};

    for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
        g_autofree char *sequence = g_strdup_printf(
            "[{range: 30}, {batch: 30}, {array: uint8}, {reshape: %s}, decode]", cases[k].shape);
        g_autofree char *want = g_strdup_printf(
            "decode: an array of %s is no image: wanted is [height, width], [height, width, bands] "
            "or [channels, height, width] with 1 to 4 of them",
            cases[k].said);

        assert_complaint(*state, sequence, COMPLAINT_SPEC, want);
    }
    assert_complaint(*state, "[{range: 4}, {batch: 4}, array, {reshape: [2, 2]}, decode]",
                     COMPLAINT_SPEC,
                     "decode: no image has pixels of int64: cast before it, as to uint8");
    assert_failure(*state, "[{values: [[[], []]]}, array, decode]",
                   "an array of float64 [2, 0] is no image: wanted is [height, width], [height, "
                   "width, bands] or [channels, height, width] with 1 to 4 of them");
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(pixels_stand_as_they_are),
        IN_FOLDER(channels_come_first_where_that_is_wanted),
        IN_FOLDER(every_type_is_made_of_every_format),
        IN_FOLDER(a_unit_is_the_greatest_sample),
        IN_FOLDER(samples_are_rounded_and_held_within_the_limits),
        IN_FOLDER(grey_images_have_one_channel),
        IN_FOLDER(colours_become_grey_where_one_channel_is_wanted),
        IN_FOLDER(alpha_is_a_channel_that_can_be_dropped_or_filled),
        IN_FOLDER(sixteen_bits_stay_unless_bytes_are_wanted),
        IN_FOLDER(colours_that_are_not_rgb_become_that),
        IN_FOLDER(bands_that_mean_nothing_are_taken_as_they_are),
        IN_FOLDER(long_images_are_read_to_their_end),
        IN_FOLDER(images_that_cannot_be_read_in_order_are_read),
        IN_FOLDER(damaged_files_fail),
        IN_FOLDER(wrong_scales_are_told_at_load),
        IN_FOLDER(arrays_become_images),
        IN_FOLDER(arrays_are_images_where_these_are_wanted),
        IN_FOLDER(true_is_white),
        IN_FOLDER(arrays_that_are_no_images_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
