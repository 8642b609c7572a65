/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations of several images: from fields of records, from lists, read as often as is needed. */
#include "ops/image/inputs.h"

#include "tests/unit/images.h"

#define TWO "[{collate: {image: {files: a.png}, logo: {files: b.png}}}, "

static int open_pictures(void **state)
{
    int r = folder_open(state);

    if (r < 0)
        return r;
    put_picture(*state, "a.png", ".png", 300, 900, 0);
    put_map(*state, "b.png", 20, 10);
    return 0;
}

#define WITH_PICTURES(test) cmocka_unit_test_setup_teardown(test, open_pictures, folder_close)

static void fields_are_the_images_of_one_operation(void **state)
{
    assert_size(*state,
                TWO "{composite2: {base: {field: image}, overlay: {field: logo}, mode: over}}]",
                "300x900x4");
    assert_same_pixels(*state,
                       TWO "{insert: {main: {field: image}, sub: {field: logo}, x: 30, y: 500}}, "
                           "{crop: {left: 30, top: 500, width: 20, height: 10}}]",
                       "[{files: b.png}, encode]");
}

static void fields_that_are_images_already_stay_so(void **state)
{
    assert_same_pixels(
        *state,
        "[{collate: {image: [{files: a.png}, invert], logo: [{files: b.png}, {flip: vertical}]}}, "
        "{insert: {main: {field: image}, sub: {field: logo}, x: 0, y: 0}}, "
        "{crop: {left: 0, top: 0, width: 20, height: 10}}, {flip: vertical}]",
        "[{files: b.png}, encode]");
}

static void fields_that_are_not_named_are_not_computed(void **state)
{
    folder_put_text(*state, "bad.png", "nothing");
    assert_size(*state,
                "[{collate: {image: {files: a.png}, bad: [{files: bad.png}, invert], "
                "logo: {files: b.png}}}, "
                "{insert: {main: {field: image}, sub: {field: logo}, x: 0, y: 0}}]",
                "300x900x3");
}

static void one_image_can_be_several_arguments(void **state)
{
    struct folder *d = *state;
    double mean;

    folder_seq(d, TWO "{subtract: {left: {field: image}, right: {field: image}}}]");
    VipsImage *black = element_pixels(d, 0);
    assert_int_equal(vips_avg(black, &mean, NULL), 0);
    assert_true(mean == 0);
    assert_int_equal(black->Ysize, 900);
    g_object_unref(black);
    assert_size(*state, TWO "{arrayjoin: {in: [{field: image}, {field: image}], across: 2}}]",
                "600x900x3");
}

static void drawing_on_an_image_leaves_other_uses_of_it_as_they_are(void **state)
{
    /* The left half is drawn over the right one of the same image. */
    assert_same_pixels(*state,
                       TWO
                       "{draw_image: {image: {field: image}, sub: {field: image}, x: 150, y: 0}}, "
                       "{crop: {left: 150, top: 0, width: 150, height: 900}}]",
                       "[{files: a.png}, {crop: {left: 0, top: 0, width: 150, height: 900}}]");
}

static void the_items_of_a_list_are_joined(void **state)
{
    struct folder *d = *state;

    put_map(d, "c.png", 20, 10);
    folder_seq(d, "[{concatenate: [{files: b.png}, {files: c.png}]}, {batch: 2}, "
                  "{arrayjoin: {across: 1}}]");
    VipsImage *joined = element_pixels(d, 0);
    assert_int_equal(joined->Xsize, 20);
    assert_int_equal(joined->Ysize, 20);
    assert_int_equal(sample_at(joined, 7, 13, 1), 3);
    g_object_unref(joined);
    assert_size(d, "[{files: [b.png, c.png]}, invert, {batch: 2}, bandjoin, {encode: tiff}]",
                "20x10x6");
}

static void lists_may_be_made_of_fields(void **state)
{
    assert_size(*state,
                "[{collate: {p: {files: b.png}, q: {files: b.png}}}, "
                "{bandjoin: {in: [{field: p}, {field: q}]}}, {extract_band: {band: 1, n: 4}}]",
                "20x10x4");
}

static void a_list_of_images_is_composed_by_modes_that_are_words(void **state)
{
    put_map(*state, "c.png", 20, 10);
    assert_size(*state, "[{files: [b.png, c.png]}, {batch: 2}, {composite: multiply}]", "20x10x4");
    assert_size(*state, "[{files: [b.png, c.png]}, {batch: 2}, {composite: {mode: [over], x: 3}}]",
                "20x10x4");
    assert_refused(*state, "[{files: [b.png, c.png]}, {batch: 2}, {composite: multiplied}]",
                   "argument 'mode': no value 'multiplied'");
}

static void a_single_image_is_a_list_of_one(void **state)
{
    assert_size(*state, "[{files: b.png}, arrayjoin]", "20x10x3");
}

static void what_is_no_image_is_told_with_its_argument(void **state)
{
    assert_fault(*state, "[{range: 4}, {batch: 2}, arrayjoin]",
                 "argument 'in': int, but an image is wanted");
    folder_put_text(*state, "bad.png", "nothing");
    assert_fault(*state, "[{files: [b.png, bad.png]}, {batch: 2}, arrayjoin]",
                 "not an image in any known format");
    assert_fault(*state, "[{values: [[]]}, arrayjoin]",
                 "argument 'in': an empty list, but images are wanted");
}

static void images_that_are_missing_are_told_at_load(void **state)
{
    assert_refused(*state, TWO "{composite2: {base: {field: image}, mode: over}}]",
                   "composite2: argument 'overlay' is missing");
    assert_refused(*state, TWO "{composite2: {overlay: {field: logo}, mode: over}}]",
                   "base: {field: NAME}");
    assert_refused(*state, TWO "{insert: {main: {field: image}, sub: {field: lgoo}, x: 0, y: 0}}]",
                   "logo");
    assert_refused(*state,
                   "[{files: [a.png, b.png]}, {batch: 2}, {insert: {sub: {field: a}, x: 0, "
                   "y: 0}}]",
                   "insert:");
}

static void the_file_is_of_the_first_images_format(void **state)
{
    struct folder *d = *state;

    put_picture(d, "c.jpg", ".jpg", 30, 20, 0);
    put_picture(d, "d.jpg", ".jpg", 30, 20, 0);
    folder_files(d, "[{collate: {p: {files: c.jpg}, q: {files: b.png}}}, "
                    "{insert: {main: {field: p}, sub: {field: q}, x: 0, y: 0}}]");
    assert_string_equal(seq_type(d->seq, 0).suffix, "jpg");
    folder_files(d, "[{files: '?.jpg'}, {batch: 2}, {arrayjoin: {across: 2}}]");
    assert_string_equal(seq_type(d->seq, 0).suffix, "jpg");
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PICTURES(fields_are_the_images_of_one_operation),
        WITH_PICTURES(fields_that_are_images_already_stay_so),
        WITH_PICTURES(fields_that_are_not_named_are_not_computed),
        WITH_PICTURES(one_image_can_be_several_arguments),
        WITH_PICTURES(drawing_on_an_image_leaves_other_uses_of_it_as_they_are),
        WITH_PICTURES(the_items_of_a_list_are_joined),
        WITH_PICTURES(lists_may_be_made_of_fields),
        WITH_PICTURES(a_list_of_images_is_composed_by_modes_that_are_words),
        WITH_PICTURES(a_single_image_is_a_list_of_one),
        WITH_PICTURES(what_is_no_image_is_told_with_its_argument),
        WITH_PICTURES(images_that_are_missing_are_told_at_load),
        WITH_PICTURES(the_file_is_of_the_first_images_format),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
