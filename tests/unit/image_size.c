/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes of images that are known from the spec, and that they come true. */
#include "ops/core/registry.h"
#include "tests/unit/images.h"
#include "tests/unit/shapes.h"

#define PROMISED "{array: {dtype: float32, layout: chw, channels: 3}}"

/* Whether the size of every element is known, and that each has it then. */
static void assert_sized(struct folder *d, const char *sequence, uint32_t width, uint32_t height)
{
    folder_seq(d, sequence);
    const struct type t = seq_type(d->seq, SEQ_ANY);

    assert_int_equal(t.kind, VALUE_IMAGE);
    assert_int_equal(t.width, width);
    assert_int_equal(t.height, height);
    for (uint64_t i = 0; width > 0 && i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);

        assert_int_equal(image->Xsize, width);
        assert_int_equal(image->Ysize, height);
        assert_int_equal(seq_type(d->seq, i).width, width);
        g_object_unref(image);
    }
}

/* Files of many sizes and formats, and of every orientation. */
static void put_sizes(struct folder *d)
{
    static const int sizes[][2] = {{1, 1},   {1, 60},  {90, 1},  {2, 3},     {31, 17}, {64, 48},
                                   {48, 64}, {97, 89}, {200, 3}, {301, 299}, {33, 33}, {640, 480}};

    for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
        g_autofree char *png = g_strdup_printf("%02zu.png", k);
        g_autofree char *jpeg = g_strdup_printf("%02zu.jpg", k);

        put_picture(d, png, ".png", sizes[k][0], sizes[k][1], 0);
        put_picture(d, jpeg, ".jpg", sizes[k][0], sizes[k][1], (int)(k % 8) + 1);
    }
}

static void a_thumbnail_that_is_cut_has_its_size(void **state)
{
    static const char *const crops[] = {"centre", "entropy", "attention", "low", "high"};
    static const char *const kinds[] = {"both", "up"};
    static const int sizes[][2] = {{32, 32}, {40, 9}, {7, 51}, {1, 1}};

    put_sizes(*state);
    for (size_t k = 0; k < G_N_ELEMENTS(crops) * G_N_ELEMENTS(sizes); k++) {
        const int *size = sizes[k % G_N_ELEMENTS(sizes)];
        const char *crop = crops[k / G_N_ELEMENTS(sizes)];
        const char *kind = kinds[k % G_N_ELEMENTS(kinds)];
        g_autofree char *sequence = g_strdup_printf(
            "[{files: '*.*'}, {thumbnail: {width: %d, height: %d, crop: %s, size: %s}}]", size[0],
            size[1], crop, kind);

        assert_sized(*state, sequence, (uint32_t)size[0], (uint32_t)size[1]);
    }
}

static void a_thumbnail_of_an_image_that_was_worked_on_has_its_size(void **state)
{
    put_sizes(*state);
    assert_sized(*state,
                 "[{files: '*.*'}, invert, {thumbnail: {width: 30, height: 21, crop: centre}}]", 30,
                 21);
    assert_sized(*state, "[{files: '*.*'}, {thumbnail: {width: 30, crop: centre, linear: true}}]",
                 30, 30);
    assert_sized(*state,
                 "[{files: '*.*'}, {bandjoin_const: 9}, {thumbnail: {width: 30, crop: low}}]", 30,
                 30);
}

static void a_thumbnail_that_is_forced_has_its_size(void **state)
{
    put_sizes(*state);
    assert_sized(*state, "[{files: '*.*'}, {thumbnail: {width: 30, height: 21, size: force}}]", 30,
                 21);
}

static void what_may_come_out_smaller_has_no_size_before(void **state)
{
    put_sizes(*state);
    assert_sized(*state, "[{files: '*.*'}, {thumbnail: 30}]", 0, 0);
    assert_sized(*state, "[{files: '*.*'}, {thumbnail: {width: 30, crop: all}}]", 0, 0);
    assert_sized(*state, "[{files: '*.*'}, {thumbnail: {width: 30, crop: low, size: down}}]", 0, 0);
    assert_sized(*state,
                 "[{files: '*.*'}, {decode: {n: -1}}, {thumbnail: {width: 3, size: force}}]", 0, 0);
    assert_sized(*state, "[{files: '*.*'}, {thumbnail: {width: {choice: [3, 4]}, crop: low}}]", 0,
                 0);
    assert_sized(*state, "[{files: '*.*'}, {thumbnail: {width: 30, crop: low, p: 0.5}}]", 0, 0);
}

static void random_pieces_have_their_size(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_sized(*state, "[{files: a.png}, {cycle: 5}, {random_crop: {width: 30, height: 20}}]", 30,
                 20);
    assert_sized(*state, "[{files: a.png}, {cycle: 5}, {random_resized_crop: 16}]", 16, 16);
    assert_sized(*state,
                 "[{files: a.png}, {cycle: 5}, {random_resized_crop: 16}, random_flip, "
                 "{color_jitter: {hue: 0.1}}]",
                 16, 16);
}

static void what_is_cut_or_framed_has_its_size(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_sized(*state,
                 "[{files: a.png}, {extract_area: {left: 1, top: 2, width: 20, height: 10}}]", 20,
                 10);
    assert_sized(*state, "[{files: a.png}, {crop: {left: 1, top: 2, width: 20, height: 10}}]", 20,
                 10);
    assert_sized(*state, "[{files: a.png}, {embed: {x: 1, y: 2, width: 90, height: 100}}]", 90,
                 100);
    assert_sized(*state, "[{files: a.png}, {gravity: {direction: north, width: 90, height: 100}}]",
                 90, 100);
}

static void another_size_is_no_longer_known(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_sized(*state, "[{files: a.png}, {random_crop: 16}, {resize: 0.5}]", 0, 0);
    assert_sized(*state, "[{files: a.png}, {random_crop: 16}, {rot: d90}]", 0, 0);
    assert_sized(*state, "[{files: a.png}, {random_crop: 16}, {gaussblur: 1}, {rotate: 10}]", 0, 0);
}

/* What an operation needs beside the image. */
static const char *arguments_of(const char *name)
{
    static const char *const known[][2] = {
        {"bandbool", "and"},
        {"bandjoin_const", "1"},
        {"boolean_const", "{boolean: and, c: 1}"},
        {"cast", "float"},
        {"colourspace", "lab"},
        {"complex", "polar"},
        {"complexget", "real"},
        {"extract_band", "0"},
        {"flip", "vertical"},
        {"gaussblur", "1"},
        {"hist_local", "{width: 5, height: 5}"},
        {"icc_transform", "srgb"},
        {"linear", "{a: 1, b: 1}"},
        {"math", "sin"},
        {"math2_const", "{math2: pow, c: 1}"},
        {"relational_const", "{relational: less, c: 1}"},
        {"remainder_const", "1"},
        {"round", "floor"},
        {"stdif", "{width: 5, height: 5}"},
    };

    for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
        if (strcmp(known[k][0], name) == 0)
            return known[k][1];
    return "{}";
}

/* Lifetime: call. */
struct trial {
    struct folder *folder;
    unsigned n_kept;
};

/* Some want other bands or colours than a photograph has: those fail when they are computed. */
static void try_operation(void *ctx, const struct op *op)
{
    struct trial *t = ctx;
    struct folder *d = t->folder;
    OWN(value_unref) struct value *v = NULL;

    if (!op->data || !(op->flags & OP_KEEPS_SIZE))
        return;
    g_autofree char *sequence = g_strdup_printf(
        "[{files: a.png}, {random_crop: 30}, {vips.%s: %s}]", op->name, arguments_of(op->name));
    folder_seq(d, sequence);
    assert_int_equal(seq_type(d->seq, SEQ_ANY).width, 30);
    if (seq_get(d->seq, &d->eval, 0, &v) < 0)
        return;
    assert_int_equal(image_of(v)->pixels->Xsize, 30);
    assert_int_equal(image_of(v)->pixels->Ysize, 30);
    t->n_kept++;
}

static void operations_on_pixels_keep_the_size(void **state)
{
    struct trial t = {.folder = *state};
    OWN(registry_free) struct registry *registry = NULL;
    struct fault f;

    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_int_equal(registry_new(&f, &registry), 0);
    registry_each(registry, try_operation, &t);
    assert_true(t.n_kept >= 30);
}

static void sizes_make_shapes(void **state)
{
    struct folder *d = *state;

    put_sizes(d);
    assert_promise(
        d, "[{files: '*.*'}, {thumbnail: {width: 8, height: 6, crop: centre}}, " PROMISED "]",
        "float32 [3, 6, 8]");
    assert_promise(d,
                   "[{files: '*.*'}, {thumbnail: {width: 8, crop: centre}}, {array: {dtype: uint8, "
                   "channels: 1}}, {cast: float16}, {transpose: [2, 0, 1]}]",
                   "float16 [1, 8, 8]");
    assert_promise(d,
                   "[{files: '*.*'}, {thumbnail: {width: 8, crop: centre}}, " PROMISED
                   ", {normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}}]",
                   "float32 [3, 8, 8]");
}

/* Files of a sequence are as long as was said before any was computed. */
static void assert_file_sizes(struct folder *d, const char *sequence)
{
    folder_files(d, sequence);
    assert_true(d->seq->len > 0);
    for (uint64_t i = 0; i < d->seq->len; i++) {
        g_autoptr(GBytes) bytes = NULL;
        uint64_t size = 0;

        assert_true(seq_size(d->seq, i, &size));
        if (plan_eval(d->plan, &d->eval, 0, i, &bytes) < 0)
            fail_msg("%s: %s", sequence, d->eval.fault.text);
        assert_int_equal(size, g_bytes_get_size(bytes));
    }
}

static void files_are_as_long_as_was_said(void **state)
{
    struct folder *d = *state;

    put_sizes(d);
    assert_file_sizes(d, "[{files: '*.*'}, {thumbnail: {width: 8, height: 6, crop: low}}, " PROMISED
                         "]");
    assert_file_sizes(d, "[{files: '*.*'}, {thumbnail: {width: 8, crop: low}}, " PROMISED
                         ", {batch: 5}, stack]");
    assert_file_sizes(d, "[{files: '*.*'}, {thumbnail: {width: 8, crop: low}}, " PROMISED
                         ", {batch: 5}, stack, {encode: raw}]");
    assert_file_sizes(d, "[{collate: {image: {files: '*.*'}, label: {range: 24}}}, {random_crop: "
                         "{width: 8, pad: true, on: image}}, {array: {dtype: float32, channels: "
                         "3, on: image}}, {batch: 5}, stack]");
}

static void unknown_bands_or_types_make_none(void **state)
{
    struct folder *d = *state;

    put_picture(d, "a.png", ".png", 64, 48, 0);
    folder_seq(d, "[{files: a.png}, {random_crop: 16}, {array: {dtype: uint8}}]");
    assert_known(d->seq, SEQ_ANY, "");
    folder_seq(d, "[{files: a.png}, {random_crop: 16}, {array: {channels: 3}}]");
    assert_known(d->seq, SEQ_ANY, "");
    folder_seq(d, "[{files: a.png}, {random_crop: 16}, {array: {dtype: uint8, channels: all}}]");
    assert_known(d->seq, SEQ_ANY, "");
    folder_seq(d, "[{files: a.png}, " PROMISED "]");
    assert_known(d->seq, SEQ_ANY, "");
}

static void arrays_tell_the_size_of_their_images(void **state)
{
    assert_sized(*state, "[{range: 24}, {batch: 24}, {array: uint8}, {reshape: [4, 6]}, decode]", 6,
                 4);
    assert_promise(*state,
                   "[{range: 24}, {batch: 24}, {array: uint8}, {reshape: [4, 6]}, invert, " PROMISED
                   "]",
                   "float32 [3, 4, 6]");
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_thumbnail_that_is_cut_has_its_size),
        IN_FOLDER(a_thumbnail_of_an_image_that_was_worked_on_has_its_size),
        IN_FOLDER(a_thumbnail_that_is_forced_has_its_size),
        IN_FOLDER(what_may_come_out_smaller_has_no_size_before),
        IN_FOLDER(random_pieces_have_their_size),
        IN_FOLDER(what_is_cut_or_framed_has_its_size),
        IN_FOLDER(another_size_is_no_longer_known),
        IN_FOLDER(operations_on_pixels_keep_the_size),
        IN_FOLDER(sizes_make_shapes),
        IN_FOLDER(files_are_as_long_as_was_said),
        IN_FOLDER(unknown_bands_or_types_make_none),
        IN_FOLDER(arrays_tell_the_size_of_their_images),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
