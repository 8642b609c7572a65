/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random crops, flips and colours: within their bounds, spread over them, the same for the same
 * element, the same for an image and its mask. */
#include <math.h>

#include "tests/unit/images.h"

static void put_raw(struct folder *d, const char *name, VipsImage *image)
{
    g_autofree void *data = NULL;
    size_t len;

    assert_int_equal(vips_image_write_to_buffer(image, ".png", &data, &len, NULL), 0);
    g_object_unref(image);
    folder_put(d, name, data, len);
}

static void assert_equal_pixels(VipsImage *own_a, VipsImage *own_b)
{
    assert_int_equal(own_a->Xsize, own_b->Xsize);
    assert_int_equal(own_a->Ysize, own_b->Ysize);
    assert_int_equal(own_a->Bands, own_b->Bands);
    assert_memory_equal(VIPS_IMAGE_ADDR(own_a, 0, 0), VIPS_IMAGE_ADDR(own_b, 0, 0),
                        VIPS_IMAGE_SIZEOF_IMAGE(own_a));
    g_object_unref(own_a);
    g_object_unref(own_b);
}

static void a_crop_is_a_part_of_the_image(void **state)
{
    struct folder *d = *state;

    put_map(d, "m.png", 90, 70);
    folder_seq(d, "[{files: m.png}, {cycle: 20}, {random_crop: {width: 31, height: 17}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        int left = sample_at(image, 0, 0, 0), top = sample_at(image, 0, 0, 1);
        assert_int_equal(image->Xsize, 31);
        assert_int_equal(image->Ysize, 17);
        assert_int_equal(sample_at(image, 30, 16, 0), left + 30);
        assert_int_equal(sample_at(image, 30, 16, 1), top + 16);
        g_object_unref(image);
    }
}

static void every_place_of_a_crop_comes_up(void **state)
{
    struct folder *d = *state;
    int seen[3][3] = {0};

    put_map(d, "m.png", 22, 12);
    folder_seq(d, "[{files: m.png}, {cycle: 300}, {random_crop: {width: 20, height: 10}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        assert_in_range(sample_at(image, 0, 0, 0), 0, 2);
        assert_in_range(sample_at(image, 0, 0, 1), 0, 2);
        seen[sample_at(image, 0, 0, 0)][sample_at(image, 0, 0, 1)]++;
        g_object_unref(image);
    }
    for (int i = 0; i < 9; i++)
        assert_in_range(seen[i / 3][i % 3], 12, 60);
}

static void what_is_smaller_than_its_crop_fails_or_is_padded(void **state)
{
    struct folder *d = *state;

    put_map(d, "m.png", 22, 12);
    assert_fault(d, "[{files: m.png}, {random_crop: 20}]",
                 "the image has 22x12 pixels, less than the crop of 20x20: pad: true fills it up");
    folder_seq(d,
               "[{files: m.png}, {cycle: 20}, {random_crop: {width: 20, height: 30, pad: true}}, "
               "{extract_band: 1}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        double mean;
        assert_int_equal(image->Xsize, 20);
        assert_int_equal(image->Ysize, 30);
        /* All of its lines are there: 0 + ... + 11 in 30. */
        assert_int_equal(vips_avg(image, &mean, NULL), 0);
        assert_true(fabs(mean - 66 / 30.) < 1e-9);
        g_object_unref(image);
    }
}

static void the_same_element_is_always_the_same(void **state)
{
    static const char *const steps[] = {
        "{random_crop: 20}", "{random_resized_crop: 16}", "{random_flip: both}",
        "{color_jitter: {brightness: 0.9, contrast: 0.9, saturation: 0.9, hue: 0.5}}"};
    struct folder *d = *state;

    put_picture(d, "a.png", ".png", 64, 48, 0);
    for (size_t k = 0; k < G_N_ELEMENTS(steps); k++) {
        g_autofree char *one = g_strdup_printf("[{files: a.png}, {cycle: 8}, %s]", steps[k]);
        g_autofree char *other = g_strdup_printf("%s\nseed: 5", one);
        bool differ = false;
        for (uint64_t i = 0; i < 8; i++) {
            folder_seq(d, one);
            assert_true(d->seq->random);
            VipsImage *first = element_pixels(d, i), *again = element_pixels(d, i);
            folder_seq(d, other);
            VipsImage *seeded = element_pixels(d, i);
            differ = differ || memcmp(VIPS_IMAGE_ADDR(first, 0, 0), VIPS_IMAGE_ADDR(seeded, 0, 0),
                                      VIPS_IMAGE_SIZEOF_IMAGE(first)) != 0;
            g_object_unref(seeded);
            assert_equal_pixels(first, again);
        }
        assert_true(differ);
    }
}

static void a_flip_is_a_mirror_image(void **state)
{
    put_picture(*state, "a.png", ".png", 300, 900, 0);
    assert_same_pixels(*state, "[{files: a.png}, {random_flip: {chance: 1}}]",
                       "[{files: a.png}, {flip: horizontal}]");
    assert_same_pixels(*state, "[{files: a.png}, {random_flip: {direction: vertical, chance: 1}}]",
                       "[{files: a.png}, {flip: vertical}]");
    assert_same_pixels(*state, "[{files: a.png}, {random_flip: {direction: both, chance: 1}}]",
                       "[{files: a.png}, {rot: d180}]");
    assert_same_pixels(*state, "[{files: a.png}, {random_flip: {direction: both, chance: 0}}]",
                       "[{files: a.png}, encode]");
}

static void half_of_all_are_flipped_each_way(void **state)
{
    struct folder *d = *state;
    int across = 0, down = 0, both = 0;

    put_map(d, "m.png", 3, 3);
    folder_seq(d, "[{files: m.png}, {cycle: 400}, {random_flip: both}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        bool x = sample_at(image, 0, 0, 0) == 2, y = sample_at(image, 0, 0, 1) == 2;
        across += x;
        down += y;
        both += x && y;
        g_object_unref(image);
    }
    assert_in_range(across, 160, 240);
    assert_in_range(down, 160, 240);
    assert_in_range(both, 65, 135);
}

static void a_resized_crop_is_within_its_bounds(void **state)
{
    struct folder *d = *state;
    double least = 1, most = 0;

    put_map(d, "m.png", 200, 150);
    folder_seq(d, "[{files: m.png}, {cycle: 150}, {random_resized_crop: {width: 200, height: 150, "
                  "kernel: nearest}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        int w = sample_at(image, 199, 0, 0) - sample_at(image, 0, 0, 0) + 1;
        int h = sample_at(image, 0, 149, 1) - sample_at(image, 0, 0, 1) + 1;
        double area = w * h / 30000., shape = (double)w / h;
        assert_in_range(w, 1, 200);
        assert_in_range(h, 1, 150);
        assert_true(area > 0.075 && area <= 1);
        assert_true(shape > 0.72 && shape < 1.38);
        least = MIN(least, area);
        most = MAX(most, area);
        g_object_unref(image);
    }
    assert_true(least < 0.15 && most > 0.8);
}

/* Left, top, width and height: the same on every machine, for ever. */
static void resized_crops_are_where_they_have_always_been(void **state)
{
    static const int wanted[][4] = {
        {18, 13, 109, 137}, {74, 1, 118, 99}, {89, 44, 72, 61}, {14, 58, 71, 57}};
    struct folder *d = *state;

    put_map(d, "m.png", 200, 150);
    folder_seq(d, "[{files: m.png}, {cycle: 4}, {random_resized_crop: {width: 200, height: 150, "
                  "kernel: nearest}}]");
    for (uint64_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        VipsImage *image = element_pixels(d, i);
        int left = sample_at(image, 0, 0, 0), top = sample_at(image, 0, 0, 1);

        assert_int_equal(left, wanted[i][0]);
        assert_int_equal(top, wanted[i][1]);
        assert_int_equal(sample_at(image, 199, 0, 0) - left + 1, wanted[i][2]);
        assert_int_equal(sample_at(image, 0, 149, 1) - top + 1, wanted[i][3]);
        g_object_unref(image);
    }
}

static void what_never_fits_is_cut_from_the_middle(void **state)
{
    struct folder *d = *state;

    put_map(d, "m.png", 200, 2);
    folder_seq(d, "[{files: m.png}, {random_resized_crop: {width: 2, ratio: [1, 1], scale: [1, "
                  "1]}}]");
    VipsImage *image = element_pixels(d, 0);
    assert_int_equal(sample_at(image, 0, 0, 0), 99);
    assert_int_equal(sample_at(image, 1, 1, 0), 100);
    g_object_unref(image);
}

static void a_resized_crop_has_exactly_the_size_wanted(void **state)
{
    struct folder *d = *state;
    static const char *const kernels[] = {"nearest", "linear", "lanczos3"};
    static const int sizes[] = {1, 7, 64, 97};

    for (int n = 0; n < 12; n++) {
        g_autofree char *name = g_strdup_printf("%02d.png", n);
        put_map(d, name, 1 + n * n * 2, 1 + (n * 37) % 101);
    }
    for (size_t k = 0; k < G_N_ELEMENTS(kernels) * G_N_ELEMENTS(sizes); k++) {
        int width = sizes[k % 4], height = sizes[(k + k / 4) % 4];
        g_autofree char *sequence = g_strdup_printf(
            "[{files: '*.png'}, {random_resized_crop: {width: %d, height: %d, kernel: %s}}]", width,
            height, kernels[k / 4]);
        folder_seq(d, sequence);
        for (uint64_t i = 0; i < d->seq->len; i++) {
            VipsImage *image = element_pixels(d, i);
            assert_int_equal(image->Xsize, width);
            assert_int_equal(image->Ysize, height);
            g_object_unref(image);
        }
    }
}

/* An element of a field, after a step that works on two of them. */
static VipsImage *field_pixels(struct folder *d, const char *step, const char *field, uint64_t i)
{
    g_autofree char *sequence = g_strdup_printf(
        "[{collate: {image: [{files: m.png}, {cycle: 9}], mask: [{files: mask.png}, {cycle: 9}]}}, "
        "%s, {get: %s}]",
        step, field);

    folder_seq(d, sequence);
    return element_pixels(d, i);
}

static void an_image_and_its_mask_have_the_same_crop(void **state)
{
    struct folder *d = *state;
    static const char *const steps[] = {"{random_crop: {width: 40, on: [image, mask]}}",
                                        "{random_flip: {direction: both, on: [image, mask]}}",
                                        "{random_resized_crop: {width: 20, on: [image, mask]}}"};

    put_map(d, "m.png", 90, 70);
    put_map(d, "mask.png", 90, 70);
    for (size_t k = 0; k < G_N_ELEMENTS(steps); k++)
        for (uint64_t i = 0; i < 9; i++)
            assert_equal_pixels(field_pixels(d, steps[k], "image", i),
                                field_pixels(d, steps[k], "mask", i));
}

static void a_smaller_mask_has_the_same_share_of_a_crop(void **state)
{
    struct folder *d = *state;

    put_map(d, "m.png", 200, 160);
    put_map(d, "mask.png", 100, 80);
    for (uint64_t i = 0; i < 9; i++) {
        static const char step[] = "{random_resized_crop: {width: 50, on: [image, mask]}}";
        VipsImage *image = field_pixels(d, step, "image", i);
        VipsImage *mask = field_pixels(d, step, "mask", i);
        for (int band = 0; band < 2; band++) {
            int of_mask = sample_at(mask, 25, 25, band);
            assert_true(abs(sample_at(image, 25, 25, band) - 2 * of_mask) <= 4);
        }
        g_object_unref(image);
        g_object_unref(mask);
    }
}

static void colours_are_resized_by_how_opaque_they_are(void **state)
{
    struct folder *d = *state;
    uint8_t pixels[64 * 64 * 4];

    /* Red, with lines of transparent green. */
    for (int i = 0; i < 64 * 64; i++)
        memcpy(pixels + 4 * i, i / 64 % 2 ? "\0\xff\0\0" : "\xff\0\0\xff", 4);
    VipsImage *image =
        vips_image_new_from_memory_copy(pixels, sizeof pixels, 64, 64, 4, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    put_raw(d, "a.png", image);
    folder_seq(d, "[{files: a.png}, {random_resized_crop: {width: 8, scale: [1, 1]}}]");
    VipsImage *small = element_pixels(d, 0);
    assert_int_equal(small->BandFmt, VIPS_FORMAT_UCHAR);
    assert_in_range(sample_at(small, 4, 4, 0), 253, 255);
    assert_in_range(sample_at(small, 4, 4, 1), 0, 2);
    assert_in_range(sample_at(small, 4, 4, 3), 100, 160);
    g_object_unref(small);
}

static void no_jitter_is_no_change(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_same_pixels(*state, "[{files: a.png}, {color_jitter: {}}]", "[{files: a.png}, encode]");
    assert_same_pixels(*state, "[{files: a.png}, color_jitter]", "[{files: a.png}, encode]");
}

/* Samples of a and b are in one proportion, but for rounding and the brightest. */
static void assert_proportion(VipsImage *a, VipsImage *b, double *ret)
{
    double sums[2] = {0};
    size_t len = VIPS_IMAGE_SIZEOF_IMAGE(a);

    for (size_t i = 0; i < len; i++) {
        sums[0] += VIPS_IMAGE_ADDR(a, 0, 0)[i];
        sums[1] += VIPS_IMAGE_ADDR(b, 0, 0)[i];
    }
    *ret = sums[1] / sums[0];
    for (size_t i = 0; i < len; i++)
        assert_true(fabs(VIPS_IMAGE_ADDR(a, 0, 0)[i] * *ret - VIPS_IMAGE_ADDR(b, 0, 0)[i]) < 2);
}

static void brightness_is_one_factor_within_its_bounds(void **state)
{
    struct folder *d = *state;
    double least = 9, most = 0;

    put_map(d, "m.png", 100, 90);
    folder_seq(d, "[{files: m.png}, decode]");
    VipsImage *before = element_pixels(d, 0);
    folder_seq(d, "[{files: m.png}, {cycle: 60}, {color_jitter: {brightness: 0.5}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *after = element_pixels(d, i);
        double factor;
        assert_proportion(before, after, &factor);
        assert_true(factor > 0.49 && factor < 1.51);
        least = MIN(least, factor);
        most = MAX(most, factor);
        g_object_unref(after);
    }
    assert_true(least < 0.6 && most > 1.4);
    g_object_unref(before);
}

/* The mean of one band. */
static double mean_of(VipsImage *image, int band)
{
    VipsImage *one;
    double mean;

    assert_int_equal(vips_extract_band(image, &one, band, NULL), 0);
    assert_int_equal(vips_avg(one, &mean, NULL), 0);
    g_object_unref(one);
    return mean;
}

static void contrast_keeps_the_mean_of_a_grey_image(void **state)
{
    struct folder *d = *state;
    bool changed = false;

    put_map(d, "m.png", 100, 90);
    /* Far enough from black and white for every factor. */
    folder_seq(d, "[{files: m.png}, {extract_band: 0}, {linear: {a: 1, b: 60, uchar: true}}]");
    VipsImage *before = element_pixels(d, 0);
    folder_seq(d, "[{files: m.png}, {extract_band: 0}, {linear: {a: 1, b: 60, uchar: true}}, "
                  "{cycle: 9}, {color_jitter: {contrast: 0.6}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *after = element_pixels(d, i);
        assert_true(fabs(mean_of(after, 0) - mean_of(before, 0)) < 1);
        changed = changed || abs(sample_at(after, 99, 0, 0) - 159) > 5;
        g_object_unref(after);
    }
    assert_true(changed);
    g_object_unref(before);
}

static void greys_have_no_saturation_and_no_hue(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_same_pixels(
        *state, "[{files: a.png}, {extract_band: 0}, {color_jitter: {saturation: 1, hue: 0.5}}]",
        "[{files: a.png}, {extract_band: 0}]");
    assert_same_pixels(*state,
                       "[{files: a.png}, {colourspace: b-w}, {colourspace: srgb}, {color_jitter: "
                       "{saturation: 1, hue: 0.5}}]",
                       "[{files: a.png}, {colourspace: b-w}, {colourspace: srgb}]");
}

/* One colour all over, as a png. */
static void put_colour(struct folder *d, const char *name, const double *bands, int n)
{
    VipsImage *black, *image;
    g_autofree double *ones = g_new(double, n);

    for (int i = 0; i < n; i++)
        ones[i] = 1;
    assert_int_equal(vips_black(&black, 4, 4, "bands", n, NULL), 0);
    assert_int_equal(vips_linear(black, &image, ones, bands, n, "uchar", TRUE, NULL), 0);
    g_object_unref(black);
    VipsImage *typed;
    assert_int_equal(vips_copy(image, &typed, "interpretation", VIPS_INTERPRETATION_sRGB, NULL), 0);
    g_object_unref(image);
    put_raw(d, name, typed);
}

static void hues_turn_and_keep_light_and_dark(void **state)
{
    static const double colour[] = {200, 100, 40};
    struct folder *d = *state;
    bool turned = false;

    put_colour(d, "c.png", colour, 3);
    folder_seq(d, "[{files: c.png}, {cycle: 40}, {color_jitter: {hue: 0.5}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        int rgb[3], high = 0, low = 255;
        for (int b = 0; b < 3; b++) {
            rgb[b] = sample_at(image, 1, 1, b);
            high = MAX(high, rgb[b]);
            low = MIN(low, rgb[b]);
        }
        assert_int_equal(high, 200);
        assert_int_equal(low, 40);
        turned = turned || rgb[2] > rgb[0];
        g_object_unref(image);
    }
    assert_true(turned);
}

static void small_hues_turn_little(void **state)
{
    static const double colour[] = {200, 100, 40};
    struct folder *d = *state;

    put_colour(d, "c.png", colour, 3);
    folder_seq(d, "[{files: c.png}, {cycle: 40}, {color_jitter: {hue: 0.05}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        /* A twentieth of the circle is three tenths of one of its six parts: 48 of 160. */
        assert_int_equal(sample_at(image, 0, 0, 0), 200);
        assert_in_range(sample_at(image, 0, 0, 1), 52, 148);
        assert_int_equal(sample_at(image, 0, 0, 2), 40);
        g_object_unref(image);
    }
}

static void alpha_is_no_colour(void **state)
{
    static const double colour[] = {200, 100, 40, 77};
    struct folder *d = *state;

    put_colour(d, "c.png", colour, 4);
    folder_seq(d, "[{files: c.png}, {cycle: 9}, {color_jitter: {brightness: 0.9, contrast: 0.9, "
                  "saturation: 0.9, hue: 0.5}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        assert_int_equal(image->Bands, 4);
        assert_int_equal(sample_at(image, 2, 2, 3), 77);
        g_object_unref(image);
    }
}

static void sixteen_bits_keep_their_depth(void **state)
{
    struct folder *d = *state;

    put_map(d, "m.png", 100, 90);
    folder_seq(d, "[{files: m.png}, {colourspace: rgb16}, {cycle: 9}, {color_jitter: {brightness: "
                  "0.5}}]");
    VipsImage *image = element_pixels(d, 3);
    assert_int_equal(image->BandFmt, VIPS_FORMAT_USHORT);
    double first = mean_of(image, 0), second = mean_of(image, 1);
    assert_true(first > 49.5 * 257 * 0.49 && first < 49.5 * 257 * 1.51);
    assert_true(fabs(first / second - 49.5 / 44.5) < 0.01);
    g_object_unref(image);
    assert_fault(d, "[{files: m.png}, {vips.cast: float}, {color_jitter: {hue: 0.1}}]",
                 "the image is of float, but 8 or 16 bits a sample are wanted");
}

static void the_input_of_a_jitter_stays_as_it_was(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *in = NULL;
    OWN(value_unref) struct value *out = NULL;

    put_map(d, "m.png", 30, 20);
    folder_seq(d, "[{files: m.png}, {rot: d180}, {rot: d180}, {color_jitter: {brightness: 0.9}}]");
    assert_int_equal(seq_get(d->seq->in[0], &d->eval, 0, &in), 0);
    struct call c = {.seq = d->seq, .eval = &d->eval, .params = d->seq->params};
    double before = mean_of(image_of(in)->pixels, 0);
    assert_int_equal(d->seq->op->apply(&c, in, &out), 0);
    assert_true(mean_of(image_of(in)->pixels, 0) == before);
    assert_true(mean_of(image_of(out)->pixels, 0) != before);
}

static void wrong_arguments_are_told_at_load(void **state)
{
    put_map(*state, "m.png", 30, 20);
    assert_refused(*state, "[{files: m.png}, {random_resized_crop: {width: 8, ratio: [2, 1]}}]",
                   "random_resized_crop: argument 'ratio': two numbers are wanted");
    assert_refused(*state, "[{files: m.png}, {random_resized_crop: {width: 8, scale: 0.5}}]",
                   "random_resized_crop: argument 'scale': two numbers are wanted");
    assert_refused(*state, "[{files: m.png}, {color_jitter: {hue: 0.6}}]",
                   "argument 'hue': 0.6 is outside of 0..0.5");
    assert_refused(*state, "[{files: m.png}, {random_flip: {chance: 2}}]",
                   "argument 'chance': 2 is outside of 0..1");
    assert_refused(*state, "[{range: 3}, random_flip]", "random_flip takes an image");
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_crop_is_a_part_of_the_image),
        IN_FOLDER(every_place_of_a_crop_comes_up),
        IN_FOLDER(what_is_smaller_than_its_crop_fails_or_is_padded),
        IN_FOLDER(the_same_element_is_always_the_same),
        IN_FOLDER(a_flip_is_a_mirror_image),
        IN_FOLDER(half_of_all_are_flipped_each_way),
        IN_FOLDER(a_resized_crop_is_within_its_bounds),
        IN_FOLDER(resized_crops_are_where_they_have_always_been),
        IN_FOLDER(what_never_fits_is_cut_from_the_middle),
        IN_FOLDER(a_resized_crop_has_exactly_the_size_wanted),
        IN_FOLDER(an_image_and_its_mask_have_the_same_crop),
        IN_FOLDER(a_smaller_mask_has_the_same_share_of_a_crop),
        IN_FOLDER(colours_are_resized_by_how_opaque_they_are),
        IN_FOLDER(no_jitter_is_no_change),
        IN_FOLDER(brightness_is_one_factor_within_its_bounds),
        IN_FOLDER(contrast_keeps_the_mean_of_a_grey_image),
        IN_FOLDER(greys_have_no_saturation_and_no_hue),
        IN_FOLDER(hues_turn_and_keep_light_and_dark),
        IN_FOLDER(small_hues_turn_little),
        IN_FOLDER(alpha_is_no_colour),
        IN_FOLDER(sixteen_bits_keep_their_depth),
        IN_FOLDER(the_input_of_a_jitter_stays_as_it_was),
        IN_FOLDER(wrong_arguments_are_told_at_load),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
