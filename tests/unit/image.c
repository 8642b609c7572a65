/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images on their way through operations: streams, blame, values that do not change. */
#include "ops/image/image.h"

#include "tests/unit/images.h"

static void operations_work_on_what_was_decoded(void **state)
{
    put_picture(*state, "a.png", ".png", 60, 40, 0);
    assert_size(*state, "[{files: a.png}, {crop: {left: 5, top: 6, width: 20, height: 10}}]",
                "20x10x3");
    assert_size(*state, "[{files: a.png}, {rot: d90}]", "40x60x3");
    assert_size(*state, "[{files: a.png}, {bandjoin_const: [255]}]", "60x40x4");
}

static void an_operation_that_jumps_about_gets_a_stream_ready(void **state)
{
    put_picture(*state, "a.png", ".png", 300, 900, 0);
    /* Upside down twice: reads the last line first, of what can only be read from the first. */
    assert_same_pixels(*state, "[{files: a.png}, {flip: vertical}, {flip: vertical}]",
                       "[{files: a.png}, encode]");
    assert_same_pixels(*state, "[{files: a.png}, {rot: d180}, {rot: d180}]",
                       "[{files: a.png}, encode]");
}

static void thumbnails_of_streams_are_those_of_images_in_memory(void **state)
{
    put_picture(*state, "a.png", ".png", 700, 2000, 0);
    assert_same_pixels(
        *state, "[{files: a.png}, invert, {thumbnail: {width: 90, height: 90, crop: low}}]",
        "[{files: a.png}, invert, {rot: d0}, copy, {flip: vertical}, {flip: vertical}, "
        "{thumbnail: {width: 90, height: 90, crop: low}}]");
}

static void the_step_that_broke_is_the_one_blamed(void **state)
{
    static const char sequence[] = "[{files: half.jpg}, invert, {encode: png}]";
    struct folder *d = *state;
    const struct fault *f = &d->eval.fault;
    GBytes *bytes = NULL;

    put_picture(d, "a.jpg", ".jpg[Q=95]", 400, 400, 0);
    cut(d, "a.jpg", "half.jpg", 50);
    /* It surfaces while encode computes the pixels of all the steps before it. */
    assert_true(folder_get(d, sequence, 0, &bytes) < 0);
    assert_string_equal(plan_step(d->plan, f->trail[0].step)->name, "decode");
    assert_string_equal(f->text, "premature end of input file");
}

static void an_impossible_argument_is_that_elements_fault(void **state)
{
    static const char sequence[] =
        "[{files: '*.png'}, {crop: {left: 60, top: 0, width: 50, height: 10}}]";
    struct folder *d = *state;
    g_autoptr(GBytes) bytes = NULL;

    put_picture(d, "a.png", ".png", 60, 40, 0);
    put_picture(d, "b.png", ".png", 160, 40, 0);
    assert_true(folder_get(d, sequence, 0, &bytes) < 0);
    assert_null(bytes);
    assert_string_equal(d->eval.fault.text, "bad extract area");
    assert_string_equal(d->eval.fault.detail, "extract_area: bad extract area\n");
    assert_int_equal(folder_get(d, sequence, 1, &bytes), 0);
    assert_non_null(bytes);
}

static void drawing_leaves_the_input_as_it_was(void **state)
{
    struct fault f;
    OWN(registry_free) struct registry *r = NULL;
    g_autofree struct eval *e = g_new0(struct eval, 1);
    OWN(value_unref) struct value *in = NULL, *out = NULL;
    VipsImage *pixels = picture(20, 20);
    double ink[] = {9, 9, 9};
    double before, after;

    assert_int_equal(registry_new(&f, &r), 0);
    const struct op *op = registry_find(r, "draw_flood", NULL);
    const struct param *list = param_find(op->params, "ink");
    g_autofree char *params = g_malloc0(op->params_size);
    *(struct doubles *)(void *)(params + list->offset) = (struct doubles){ink, 3};
    assert_int_equal(vips_avg(pixels, &before, NULL), 0);
    assert_int_equal(image_done(&(struct image){.pixels = pixels}, e, &in), 0);
    struct seq s = {.op = op, .params = params, .name = "draw_flood"};
    for (const struct param *p = op->params; p->name; p++)
        if (p->required)
            s.given |= UINT64_C(1) << (p - op->params);
    struct call c = {.seq = &s, .eval = e, .params = params, .given = s.given};
    assert_int_equal(op->apply(&c, in, &out), 0);
    assert_int_equal(vips_avg(image_of(in)->pixels, &after, NULL), 0);
    assert_true(before == after);
    assert_int_equal(vips_avg(image_of(out)->pixels, &after, NULL), 0);
    assert_true(before != after);
}

static void only_given_arguments_are_set(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    /* The vertical scale would be 1 if its default were set, not that of the horizontal one. */
    assert_size(*state, "[{files: a.png}, {resize: 0.5}]", "32x24x3");
    assert_size(*state, "[{files: a.png}, {resize: {scale: 0.5, vscale: 1}}]", "32x48x3");
    assert_size(*state, "[{files: a.png}, {thumbnail: 16}]", "16x12x3");
}

static void arguments_that_no_table_can_check_are_checked_at_load(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_refused(*state, "[{files: a.png}, {linear: {a: [], b: 1}}]",
                   "linear: argument 'a': an empty list");
    assert_refused(*state, "[{files: a.png}, {icc_transform: no.icc}]",
                   "icc_transform: argument 'output-profile': 'no.icc' is no file");
    assert_refused(*state, "[{files: a.png}, {gaussblur: 2000}]",
                   "gaussblur: argument 'sigma': 2000 is outside");
}

static void arguments_that_are_drawn_reach_operations(void **state)
{
    struct folder *d = *state;
    int least = 99, most = 0;

    put_picture(d, "a.png", ".png", 64, 48, 0);
    folder_seq(d, "[{files: a.png}, {cycle: 40}, {thumbnail: {width: {uniform: [10, 30]}}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        assert_in_range(image->Xsize, 10, 30);
        least = MIN(least, image->Xsize);
        most = MAX(most, image->Xsize);
        g_object_unref(image);
    }
    assert_true(least < 14 && most > 26);
    folder_seq(d, "[{files: a.png}, {cycle: 40}, {resize: {scale: {choice: [0.5, 2]}}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        VipsImage *image = element_pixels(d, i);
        assert_true(image->Xsize == 32 || image->Xsize == 128);
        assert_int_equal(image->Ysize * 64, image->Xsize * 48);
        g_object_unref(image);
    }
}

static void profiles_by_name_convert(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_size(*state,
                "[{files: a.png}, {icc_transform: {output-profile: p3, input_profile: srgb}}]",
                "64x48x3");
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(operations_work_on_what_was_decoded),
        IN_FOLDER(an_operation_that_jumps_about_gets_a_stream_ready),
        IN_FOLDER(thumbnails_of_streams_are_those_of_images_in_memory),
        IN_FOLDER(the_step_that_broke_is_the_one_blamed),
        IN_FOLDER(an_impossible_argument_is_that_elements_fault),
        IN_FOLDER(drawing_leaves_the_input_as_it_was),
        IN_FOLDER(only_given_arguments_are_set),
        IN_FOLDER(arguments_that_no_table_can_check_are_checked_at_load),
        IN_FOLDER(profiles_by_name_convert),
        IN_FOLDER(arguments_that_are_drawn_reach_operations),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
