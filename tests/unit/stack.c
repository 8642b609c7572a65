/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists that become arrays: of numbers, of arrays, of records field by field. */
#include "ops/core/digest.h"
#include "tests/unit/images.h"
#include "tests/unit/shapes.h"

static void numbers_make_an_array(void **state)
{
    assert_array(*state, "[{range: 3}, {batch: 3}, stack]", "int64 [3]: 0 1 2");
    assert_array(*state, "[{values: [0.5, 1.5]}, {batch: 2}, stack]", "float64 [2]: 0.5 1.5");
    assert_array(*state, "[{values: [true, false]}, {batch: 2}, stack]", "bool [2]: true false");
    assert_array(*state, "[{values: [true, 2, 0.5]}, {batch: 3}, stack]",
                 "float64 [3]: 1.0 2.0 0.5");
    assert_array(*state, "[{values: [300, 2.5]}, {batch: 2}, {stack: uint8}]", "uint8 [2]: 255 2");
}

static void arrays_get_a_new_first_axis(void **state)
{
    assert_array(*state, "[{values: [[1, 2], [3, 4], [5, 6]]}, array, {batch: 3}, stack]",
                 "int64 [3, 2]: 1 2 3 4 5 6");
    assert_array(*state,
                 "[{values: [[1, 2], [3, 4], [5, 6]]}, {array: uint8}, {reshape: [1, 2]}, {batch: "
                 "2}, {stack: float16}]",
                 "float16 [2, 1, 2]: 1.0 2.0 3.0 4.0");
    assert_array(*state, "[{values: [1, 2]}, array, {batch: 2}, stack]", "int64 [2]: 1 2");
}

static void arrays_of_several_types_need_one(void **state)
{
    assert_failure(*state, "[{values: [[1, 2], [3, 4.5]]}, array, {batch: 2}, stack]",
                   "item 1 is an array of float64 [2], but item 0 is an array of int64 [2]");
    assert_array(*state, "[{values: [[1, 2], [3, 4.5]]}, array, {batch: 2}, {stack: float32}]",
                 "float32 [2, 2]: 1.0 2.0 3.0 4.5");
}

static void items_that_do_not_fit_are_told_by_their_index(void **state)
{
    assert_failure(*state, "[{values: [[1, 2], [3, 4], [5]]}, array, {batch: 3}, stack]",
                   "item 2 is an array of int64 [1], but item 0 is an array of int64 [2]");
    assert_failure(*state, "[{values: [1, 2, three]}, {batch: 3}, stack]",
                   "item 2 is text, but item 0 is int");
    assert_failure(*state, "[{values: [one, 2]}, {batch: 2}, stack]",
                   "item 1 is int, but item 0 is text");
    assert_failure(*state, "[{values: [1, null]}, {batch: 2}, stack]",
                   "item 1 is null, but item 0 is int");
    assert_failure(*state,
                   "[{concatenate: [{values: [7]}, [{values: [[1]]}, array]]}, {batch: 2}, stack]",
                   "item 1 is an array of int64 [1], but item 0 is int");
    assert_failure(*state,
                   "[{concatenate: [[{values: [[1]]}, array], {values: [7]}]}, {batch: 2}, stack]",
                   "item 1 is int, but item 0 is an array of int64 [1]");
}

static void shapes_are_known_of_every_list(void **state)
{
    struct folder *d = *state;

    assert_promise(d, "[{range: 6}, {batch: 3}, stack]", "int64 [3]");
    assert_promise(d, "[{range: 6}, {array: int8}, {batch: 3}, {stack: float32}]", "float32 [3]");
    folder_seq(d, "[{range: 7}, {batch: 3}, stack, {cast: int16}]");
    assert_known(d->seq, SEQ_ANY, "");
    assert_known(d->seq, 1, "int16 [3]");
    assert_known(d->seq, 2, "int16 [1]");
    assert_array_at(d, 2, "int16 [1]: 6");
    folder_seq(d, "[{range: 9}, {split: {edges: [2, 5]}}, stack]");
    assert_known(d->seq, 0, "int64 [2]");
    assert_known(d->seq, 1, "int64 [3]");
    assert_known(d->seq, 2, "int64 [4]");
    folder_seq(d, "[{range: 4}, {shuffle: 1}, {epochs: 3}, stack]");
    assert_known(d->seq, SEQ_ANY, "int64 [4]");
}

static void lists_of_nothing_keep_their_type(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{range: 4}, {split: {edges: [0, 4]}}, stack]");
    assert_array_at(d, 0, "int64 [0]:");
    assert_array_at(d, 1, "int64 [4]: 0 1 2 3");
    folder_seq(d, "[{values: [[1, 2], [3, 4]]}, array, {split: {edges: [0, 2]}}, stack]");
    assert_array_at(d, 0, "int64 [0, 2]:");
}

static const char records[] =
    "{collate: {x: [{values: [[1, 2], [3, 4], [5, 6]]}, array], y: {range: 3}, t: {values: [a, b, "
    "c]}}}";

static void records_are_stacked_field_by_field(void **state)
{
    struct folder *d = *state;
    g_autofree char *sequence = g_strdup_printf("[%s, {batch: 2}, stack]", records);
    const struct seq *part;
    uint64_t j;

    folder_seq(d, sequence);
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_RECORD);
    assert_int_equal(seq_n_parts(d->seq, SEQ_ANY), 3);
    assert_string_equal(seq_field(d->seq, 2), "t");
    assert_true(seq_part(d->seq, 1, 0, &part, &j));
    assert_known(part, 0, "int64 [2, 2]");
    assert_known(part, 1, "int64 [1, 2]");
    d->seq = part;
    assert_array_at(d, 0, "int64 [2, 2]: 1 2 3 4");
    assert_array_at(d, 1, "int64 [1, 2]: 5 6");
}

static void a_record_of_arrays_is_a_value(void **state)
{
    struct folder *d = *state;
    g_autofree char *sequence = g_strdup_printf("[%s, {batch: 2}, {stack: float32}]", records);
    OWN(value_unref) struct value *v = NULL;

    folder_seq(d, sequence);
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), 0);
    g_autofree char *x = array_text(value_field(v, "x"));
    g_autofree char *y = array_text(value_field(v, "y"));
    assert_string_equal(x, "float32 [2, 2]: 1.0 2.0 3.0 4.0");
    assert_string_equal(y, "float32 [2]: 0.0 1.0");
    assert_int_equal(value_kind(value_field(v, "t")), VALUE_LIST);
}

static void text_stays_a_list_in_one_file(void **state)
{
    g_autofree char *sequence = g_strdup_printf("[%s, {batch: 2}, stack, {get: t}]", records);

    assert_text(*state, sequence, "[\"a\", \"b\"]\n");
    assert_text(*state, "[{values: [a, b]}, {batch: 2}, stack]", "[\"a\", \"b\"]\n");
}

/* The image of one record cannot be computed; nobody needs it. */
static void a_field_computes_no_other(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "a.jpg", "no image");
    folder_put_text(d, "b.jpg", "no image");
    folder_seq(d, "[{collate: {image: {files: '*.jpg'}, label: {range: 2}}}, {array: {on: image}}, "
                  "{batch: 2}, stack, {get: label}]");
    assert_array_at(d, 0, "int64 [2]: 0 1");
    assert_failure(d,
                   "[{collate: {image: {files: '*.jpg'}, label: {range: 2}}}, {array: {on: "
                   "image}}, {batch: 2}, stack, {get: image}]",
                   "not an image in any known format");
}

static void pictures_are_stacked_as_arrays(void **state)
{
    struct folder *d = *state;

    put_map(d, "a.png", 3, 2);
    put_map(d, "b.png", 3, 2);
    folder_seq(d, "[{collate: {image: {files: '*.png'}, label: {range: 2}}}, {extract_area: {left: "
                  "1, top: 0, width: 2, height: 2, on: image}}, {array: {channels: 3, layout: chw, "
                  "dtype: uint8, on: image}}, {batch: 2}, stack, {get: image}]");
    assert_known(d->seq, SEQ_ANY, "uint8 [2, 3, 2, 2]");
    assert_array_at(d, 0, "uint8 [2, 3, 2, 2]: 1 2 1 2 0 0 1 1 0 0 0 0 1 2 1 2 0 0 1 1 0 0 0 0");
}

static void images_and_files_are_refused(void **state)
{
    struct folder *d = *state;

    put_map(d, "a.png", 3, 2);
    assert_complaint(d, "[{files: a.png}, {batch: 2}, stack]", COMPLAINT_SPEC,
                     "stack: each list is of bytes: put 'array' before the lists are made, only "
                     "arrays can be one array");
    assert_complaint(d, "[{files: a.png}, invert, {batch: 2}, stack]", COMPLAINT_SPEC,
                     "stack: each list is of image: put 'array' before the lists are made, only "
                     "arrays can be one array");
    assert_complaint(d, "[{collate: {im: {files: a.png}, n: {range: 1}}}, {batch: 2}, stack]",
                     COMPLAINT_SPEC,
                     "stack: field 'im' of the records is bytes: put array: {on: 'im'} before the "
                     "lists are made, only arrays can be one array");
    assert_complaint(d, "[{range: 2}, stack]", COMPLAINT_SPEC,
                     "stack: wanted are lists, as batch makes them, but each element is int");
    assert_failure(d, "[{concatenate: [{range: 1}, {files: a.png}]}, {batch: 2}, stack]",
                   "item 1 is bytes: put 'array' before, which makes an array of it");
}

static void lists_that_are_only_computed_are_stacked(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    assert_array(d, "[{values: [7, [1, 2, 3]]}, {slice: '1:'}, stack]", "int64 [3]: 1 2 3");
    assert_failure(d, "[{values: [7, [1]]}, stack]", "the element is int, wanted is a list");
    folder_seq(d, "[{values: [0, [{a: 1, b: x}, {a: 2, b: y}]]}, stack]");
    assert_int_equal(seq_get(d->seq, &d->eval, 1, &v), 0);
    g_autofree char *a = array_text(value_field(v, "a"));
    assert_string_equal(a, "int64 [2]: 1 2");
    assert_int_equal(value_len(value_field(v, "b")), 2);
}

static void records_without_the_field_fail(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{values: [0, [{a: 1}, {b: 2}], [{a: 1}, {a: x}], [{a: 1}, 5]]}, stack]");
    assert_element(d, 1, "!item 1 has no field 'a', but item 0 has");
    assert_element(d, 2, "!field 'a': item 1 is text, but item 0 is int");
    assert_element(d, 3, "!item 1 is int, but item 0 is record");
}

static void attributes_are_those_of_the_list(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{range: 4}, {batch: 2}, stack]");
    assert_attr(d, "index", "0|1");
}

static void identify(const struct seq *s, uint64_t i, uint64_t ret[2])
{
    OWN(digest_free) struct digest *d = digest_new();

    digest_element(d, s, i);
    assert_true(digest_end(d, ret));
}

static void identities_tell_all_that_takes_part(void **state)
{
    static const char *const different[] = {
        "[{values: [1, 2]}, {batch: 2}, stack]",
        "[{values: [1, 3]}, {batch: 2}, stack]",
        "[{values: [1, 2]}, {batch: 2}, {stack: int8}]",
        "[{values: [1, 2]}, {batch: 1}, stack]",
        "[{collate: {a: {values: [1, 2]}, b: {values: [1, 3]}}}, {batch: 2}, stack]",
        "[{collate: {a: {values: [1, 2]}, b: {values: [1, 3]}}}, {batch: 2}, stack, {get: a}]",
        "[{collate: {a: {values: [1, 2]}, b: {values: [1, 3]}}}, {batch: 2}, stack, {get: b}]"};
    uint64_t ids[G_N_ELEMENTS(different)][2], same[2];

    for (size_t k = 0; k < G_N_ELEMENTS(different); k++) {
        folder_seq(*state, different[k]);
        identify(((struct folder *)*state)->seq, 0, ids[k]);
        /* A field is the same as what it is made of. */
        for (size_t j = 0; j < k && k != 5 && k != 6; j++)
            assert_memory_not_equal(ids[j], ids[k], sizeof ids[k]);
    }
    assert_memory_equal(ids[5], ids[0], sizeof same);
    assert_memory_equal(ids[6], ids[1], sizeof same);
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(numbers_make_an_array),
        IN_FOLDER(arrays_get_a_new_first_axis),
        IN_FOLDER(arrays_of_several_types_need_one),
        IN_FOLDER(items_that_do_not_fit_are_told_by_their_index),
        IN_FOLDER(shapes_are_known_of_every_list),
        IN_FOLDER(lists_of_nothing_keep_their_type),
        IN_FOLDER(records_are_stacked_field_by_field),
        IN_FOLDER(a_record_of_arrays_is_a_value),
        IN_FOLDER(text_stays_a_list_in_one_file),
        IN_FOLDER(a_field_computes_no_other),
        IN_FOLDER(pictures_are_stacked_as_arrays),
        IN_FOLDER(images_and_files_are_refused),
        IN_FOLDER(lists_that_are_only_computed_are_stacked),
        IN_FOLDER(records_without_the_field_fail),
        IN_FOLDER(attributes_are_those_of_the_list),
        IN_FOLDER(identities_tell_all_that_takes_part),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
