/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and arrays of them, and the steps from array to array. */
#include "tests/unit/shapes.h"

static void lists_of_numbers_are_arrays(void **state)
{
    assert_array(*state, "[{values: [[1, -2, 3]]}, array]", "int64 [3]: 1 -2 3");
    assert_array(*state, "[{values: [[1, 2.5]]}, array]", "float64 [2]: 1.0 2.5");
    assert_array(*state, "[{values: [[true, false]]}, array]", "bool [2]: true false");
    assert_array(*state, "[{values: [[true, 7]]}, array]", "int64 [2]: 1 7");
    assert_array(*state, "[{values: [[true, 0.5]]}, array]", "float64 [2]: 1.0 0.5");
    assert_array(*state, "[{values: [[[1], [2]]]}, array]", "int64 [2, 1]: 1 2");
    assert_array(*state, "[{values: [[[[1, 2]], [[3, 4.5]]]]}, array]",
                 "float64 [2, 1, 2]: 1.0 2.0 3.0 4.5");
}

static void lists_of_nothing_are_arrays_of_nothing(void **state)
{
    assert_array(*state, "[{values: [[]]}, array]", "float64 [0]:");
    assert_array(*state, "[{values: [[[], []]]}, array]", "float64 [2, 0]:");
    assert_array(*state, "[{values: [[]]}, {array: int8}]", "int8 [0]:");
}

static void a_number_is_an_array_without_axes(void **state)
{
    assert_array(*state, "[{values: [7]}, array]", "int64 []: 7");
    assert_array(*state, "[{values: [true]}, array]", "bool []: true");
    assert_array(*state, "[{values: [0.5]}, {array: float32}]", "float32 []: 0.5");
}

static void uneven_lists_fail(void **state)
{
    assert_failure(*state, "[{values: [[[1, 2], [3]]]}, array]",
                   "lists of 2 and of 1 items beside each other are no array");
    assert_failure(*state, "[{values: [[1, [2]]]}, array]",
                   "numbers and lists beside each other are no array");
    assert_failure(*state, "[{values: [[1, two]]}, array]",
                   "text in a list, where numbers are wanted for an array");
    assert_failure(*state, "[{values: [[1, null]]}, array]",
                   "null in a list, where numbers are wanted for an array");
}

static void long_first_lists_promise_nothing(void **state)
{
    g_autoptr(GString) spec = g_string_new("[{values: [[[0");

    for (int i = 1; i < 1000; i++)
        g_string_append(spec, ", 0");
    g_string_append(spec, "]");
    for (int i = 1; i < 1000; i++)
        g_string_append(spec, ", []");
    g_string_append(spec, "]]}, array]");
    assert_failure(*state, spec->str,
                   "lists of 1000 and of 0 items beside each other are no array");
}

static void numbers_are_scaled_and_rounded(void **state)
{
    assert_array(*state, "[{values: [[1, 2, 300]]}, {array: {dtype: uint8, scale: 0.75}}]",
                 "uint8 [3]: 1 2 225");
    assert_array(*state, "[{values: [[-3, 300]]}, {array: uint8}]", "uint8 [2]: 0 255");
    assert_array(*state,
                 "[{values: [[0, 255]]}, {array: uint8}, {array: {dtype: float16, scale: unit}}]",
                 "float16 [2]: 0.0 1.0");
}

static void kinds_that_are_no_numbers_are_refused(void **state)
{
    assert_complaint(*state, "[{values: [a]}, array]", COMPLAINT_SPEC,
                     "array: text is no image, and no number or list of numbers: parse makes "
                     "numbers of text");
    assert_complaint(*state, "[{values: [{a: 1}]}, array]", COMPLAINT_SPEC,
                     "array: record is no image, and no number or list of numbers: say which of "
                     "its fields by 'on'");
    assert_complaint(*state, "[{values: [[1]]}, {array: {channels: 3}}]", COMPLAINT_SPEC,
                     "array: argument 'channels' is for images, but this is list");
    assert_complaint(*state, "[{values: [[1]]}, array, {array: {layout: chw}}]", COMPLAINT_SPEC,
                     "array: argument 'layout' is for images, but this is array");
    assert_complaint(*state, "[{values: [[1]]}, {array: {channels: 2}}]", COMPLAINT_SPEC,
                     "array: argument 'channels': no value '2', there are 1, 3, 4, all");
}

static void one_field_of_a_record_can_be_meant(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{collate: {a: {range: 2}, b: {values: [[1, 2], [3, 4]]}}}, {array: {on: b}}, "
                  "{get: b}]");
    assert_array_at(d, 1, "int64 [2]: 3 4");
    assert_known(d->seq, SEQ_ANY, "int64 [2]");
}

static void shapes_of_numbers_are_known_before(void **state)
{
    assert_promise(*state, "[{range: 3}, array]", "int64 []");
    assert_promise(*state, "[{range: 3}, {array: float32}]", "float32 []");
    assert_promise(*state, "[{range: 6}, {batch: 3}, array]", "int64 [3]");
    assert_promise(*state, "[{values: [[1, 2], [3, 4]]}, {array: int8}]", "int8 [2]");
}

static void shapes_that_differ_are_known_one_by_one(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{range: 5}, {batch: 2}, array, {cast: int8}, {reshape: [1, -1]}]");
    assert_known(d->seq, SEQ_ANY, "");
    assert_known(d->seq, 0, "int8 [1, 2]");
    assert_known(d->seq, 2, "int8 [1, 1]");
    assert_array_at(d, 2, "int8 [1, 1]: 4");
}

static void what_is_only_computed_has_no_shape_before(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{values: [[1, 2.5], [3, 4]]}, array]");
    assert_known(d->seq, SEQ_ANY, "");
    assert_known(d->seq, 0, "");
    assert_array_at(d, 1, "int64 [2]: 3 4");
}

static void a_step_that_is_left_out_by_chance_promises_no_type(void **state)
{
    struct folder *d = *state;
    bool cast = false, not_cast = false;

    folder_seq(d, "[{range: 20}, array, {cast: {dtype: int8, p: 0.5}}]");
    assert_known(d->seq, SEQ_ANY, "");
    for (uint64_t i = 0; i < 20; i++) {
        OWN(value_unref) struct value *v = array_of(d, i);
        bool small = value_array_type(v)->dtype == DTYPE_INT8;

        assert_known(d->seq, i, small ? "int8 []" : "int64 []");
        cast = cast || small;
        not_cast = not_cast || !small;
    }
    assert_true(cast && not_cast);
}

static void cast_is_as_numpy_does_it(void **state)
{
    assert_array(*state, "[{values: [[1.9, -1.9, 300]]}, {array: float64}, {cast: int32}]",
                 "int32 [3]: 1 -1 300");
    assert_array(*state, "[{values: [[300, -1]]}, array, {cast: uint8}]", "uint8 [2]: 44 255");
    assert_array(*state, "[{values: [[0, -1, 7]]}, array, {cast: bool}]",
                 "bool [3]: false true true");
    assert_array(*state, "[{values: [[1, 2]]}, array, {cast: int64}]", "int64 [2]: 1 2");
    assert_promise(*state, "[{values: [[1, 2]]}, array, {cast: complex64}]", "complex64 [2]");
}

static void steps_on_arrays_refuse_what_is_none(void **state)
{
    static const char *const steps[][2] = {{"cast", "{cast: int8}"},
                                           {"reshape", "{reshape: 1}"},
                                           {"transpose", "transpose"},
                                           {"normalize", "{normalize: {mean: 0, std: 1}}"}};

    for (size_t k = 0; k < G_N_ELEMENTS(steps); k++) {
        g_autofree char *number = g_strdup_printf("[{range: 3}, %s]", steps[k][1]);
        g_autofree char *record = g_strdup_printf("[{values: [{a: 1}]}, %s]", steps[k][1]);
        g_autofree char *mixed = g_strdup_printf("[{values: [a, 1]}, %s]", steps[k][1]);
        g_autofree char *said = g_strdup_printf(
            "%s: wanted is an array, but each element is int: put 'array' before it", steps[k][0]);
        g_autofree char *other = g_strdup_printf(
            "%s: wanted is an array, but each element is record: say which of its fields by 'on'",
            steps[k][0]);

        assert_complaint(*state, number, COMPLAINT_SPEC, said);
        assert_complaint(*state, record, COMPLAINT_SPEC, other);
        assert_failure(*state, mixed, "the element is text, wanted is an array");
    }
}

static void reshape_keeps_the_items_in_order(void **state)
{
    assert_array(*state, "[{values: [[1, 2, 3, 4, 5, 6]]}, array, {reshape: [3, 2]}]",
                 "int64 [3, 2]: 1 2 3 4 5 6");
    assert_promise(*state, "[{values: [[1, 2, 3, 4, 5, 6]]}, array, {reshape: [-1, 2, 1]}]",
                   "int64 [3, 2, 1]");
    assert_array(*state, "[{values: [[7]]}, array, {reshape: []}]", "int64 []: 7");
    assert_array(*state, "[{values: [[]]}, array, {reshape: [0, 4]}]", "float64 [0, 4]:");
    assert_array(*state, "[{values: [[]]}, array, {reshape: [-1, 4]}]", "float64 [0, 4]:");
}

static void reshape_refuses_what_does_not_come_out(void **state)
{
    static const char long_shape[] =
        "[{values: [[1, 2]]}, array, {reshape: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
        "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]}]";

    assert_complaint(*state, "[{values: [[1, 2]]}, array, {reshape: 3}]", COMPLAINT_SPEC,
                     "reshape: int64 [2] has 2 items, which do not make [3]");
    assert_complaint(*state, "[{values: [[1, 2]]}, array, {reshape: [0, -1]}]", COMPLAINT_SPEC,
                     "reshape: int64 [2] has 2 items, which do not make [0, -1]");
    assert_complaint(*state, "[{values: [[1, 2]]}, array, {reshape: [4, -1]}]", COMPLAINT_SPEC,
                     "reshape: int64 [2] has 2 items, which do not make [4, -1]");
    assert_complaint(*state, "[{values: [[1, 2]]}, array, {reshape: [4294967296, 4294967296, 2]}]",
                     COMPLAINT_SPEC,
                     "reshape: int64 [2] has 2 items, which do not make [4294967296, 4294967296, "
                     "2]");
    assert_complaint(*state, long_shape, COMPLAINT_SPEC,
                     "reshape: argument 'shape': 33 axes, but an array has at most 32");
    assert_failure(*state, "[{values: [[1, 2.5]]}, array, {reshape: [3]}]",
                   "float64 [2] has 2 items, which do not make [3]");
}

static void reshape_of_nothing_cannot_guess(void **state)
{
    assert_failure(*state, "[{values: [[]]}, array, {reshape: [0, -1]}]",
                   "float64 [0] has 0 items, which do not make [0, -1]");
}

static void transpose_orders_the_axes(void **state)
{
    static const char of[] = "{values: [[[[1, 2], [3, 4], [5, 6]]]]}, array";
    static const struct {
        const char *axes, *want;
    } cases[] = {
        {"transpose", "int64 [2, 3, 1]: 1 3 5 2 4 6"},
        {"{transpose: [0, 2, 1]}", "int64 [1, 2, 3]: 1 3 5 2 4 6"},
        {"{transpose: [1, 0, -1]}", "int64 [3, 1, 2]: 1 2 3 4 5 6"},
        {"{transpose: [-1, -3, -2]}", "int64 [2, 1, 3]: 1 3 5 2 4 6"},
    };

    for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
        g_autofree char *sequence = g_strdup_printf("[%s, %s]", of, cases[k].axes);

        assert_array(*state, sequence, cases[k].want);
    }
    assert_array(*state, "[{values: [7]}, array, transpose]", "int64 []: 7");
    assert_array(*state, "[{values: [[[], []]]}, array, transpose]", "float64 [0, 2]:");
}

/* Every size that an item can have. */
static void transpose_moves_items_of_every_type(void **state)
{
    for (const struct param_choice *c = dtype_choices; c->name; c++) {
        g_autofree char *there = g_strdup_printf(
            "[{values: [[[0, 1, 1, 1], [1, 0, 0, 1]]]}, {array: %s}, transpose, {cast: int8}]",
            c->name);

        assert_array(*state, there, "int8 [4, 2]: 0 1 1 0 1 0 1 1");
    }
}

static void transpose_refuses_what_is_no_order(void **state)
{
    assert_complaint(*state, "[{values: [[1, 2.5]]}, array, {transpose: [0, 0]}]", COMPLAINT_SPEC,
                     "transpose: argument 'axes': [0, 0] is no order of 2 axes");
    assert_complaint(*state, "[{values: [[1, 2.5]]}, array, {transpose: -2}]", COMPLAINT_SPEC,
                     "transpose: argument 'axes': [-2] is no order of 1 axes");
    assert_complaint(*state, "[{values: [[1, 2]]}, array, {transpose: [0, 1]}]", COMPLAINT_SPEC,
                     "transpose: argument 'axes': [0, 1] is no order of the axes of int64 [2]");
    assert_failure(*state, "[{values: [[[1, 2]]]}, array, {transpose: [1, 0, 2]}]",
                   "argument 'axes': [1, 0, 2] is no order of the axes of int64 [1, 2]");
}

static void normalize_goes_by_channel(void **state)
{
    assert_array(*state,
                 "[{values: [[[1, 2], [3, 4]]]}, array, {normalize: {mean: [1, 2], std: [1, 2]}}]",
                 "float32 [2, 2]: 0.0 0.0 2.0 1.0");
    assert_array(*state,
                 "[{values: [[[1, 2], [3, 4]]]}, array, {normalize: {mean: [1, 2], std: [1, 2], "
                 "axis: 0}}]",
                 "float32 [2, 2]: 0.0 1.0 0.5 1.0");
    assert_array(*state,
                 "[{values: [[1, 2, 3, 4, 5, 6, 7, 8]]}, array, {reshape: [2, 4, 1]}, {normalize: "
                 "{mean: 1, std: [1, 2]}}]",
                 "float32 [2, 4, 1]: 0.0 1.0 2.0 3.0 2.0 2.5 3.0 3.5");
    assert_array(*state, "[{values: [[1, 2]]}, array, {normalize: {mean: 1, std: 4}}]",
                 "float32 [2]: 0.0 0.25");
}

/* Longer than what is calculated at a time. */
static void normalize_keeps_count_over_long_arrays(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    OWN(value_unref) struct value *w = NULL;

    folder_seq(d, "[{range: 3900}, {batch: 3900}, array, {reshape: [100, 13, 3]}, {normalize: "
                  "{mean: [0, 1, 2], std: 1}}]");
    v = array_of(d, 0);
    const float *x = g_bytes_get_data(value_bytes(v), NULL);
    for (int i = 0; i < 3900; i++)
        assert_true(x[i] == (float)(i - i % 3));
    folder_seq(d, "[{range: 3900}, {batch: 3900}, array, {reshape: [3, 100, 13]}, {normalize: "
                  "{mean: [0, 1300, 2600], std: 1}}]");
    w = array_of(d, 0);
    x = g_bytes_get_data(value_bytes(w), NULL);
    for (int i = 0; i < 3900; i++)
        assert_true(x[i] == (float)(i % 1300));
}

static void normalize_calculates_as_floats_do(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    folder_seq(d, "[{values: [[0.1, 0.7]]}, {array: float32}, {normalize: {mean: 0.485, std: "
                  "0.229}}]");
    v = array_of(d, 0);
    const float *x = g_bytes_get_data(value_bytes(v), NULL);
    assert_true(x[0] == (0.1f - 0.485f) / 0.229f && x[1] == (0.7f - 0.485f) / 0.229f);
    assert_promise(d, "[{values: [[1, 2]]}, {array: float64}, {normalize: {mean: 0, std: 1}}]",
                   "float64 [2]");
    assert_promise(d, "[{values: [[1, 2]]}, {array: float16}, {normalize: {mean: 0, std: 1}}]",
                   "float16 [2]");
    assert_promise(d, "[{values: [[1, 2]]}, {array: uint8}, {normalize: {mean: 0, std: 1}}]",
                   "float32 [2]");
}

static void normalize_asks_where_channels_are_in_doubt(void **state)
{
    static const char of[] = "{values: [[1, 2, 3, 4, 5, 6, 7, 8, 9]]}, array, {reshape: ";
    static const struct {
        const char *step, *want;
    } cases[] = {
        {"[3, 1, 3]}, {normalize: {mean: [1, 2, 3], std: 1}}",
         "normalize: two axes of int64 [3, 1, 3] may be that of the 3 channels: argument 'axis' "
         "tells it"},
        {"[3, 3]}, {normalize: {mean: [1, 2], std: 1}}",
         "normalize: 2 channels, but no axis of int64 [3, 3] has that many"},
        {"[3, 3]}, {normalize: {mean: [1, 2], std: 1, axis: 1}}",
         "normalize: 2 channels, but axis 1 of int64 [3, 3] has length 3"},
        {"[3, 3]}, {normalize: {mean: 1, std: 1, axis: 2}}",
         "normalize: axis 2, but there is none in int64 [3, 3]"},
        {"[3, 3]}, {normalize: {mean: [1, 2], std: [1, 2, 3]}}",
         "normalize: 2 numbers for 'mean', but 3 for 'std': wanted is one of each, or one for each "
         "channel"},
        {"[3, 3]}, {normalize: {mean: [], std: 1}}", "normalize: argument 'mean': an empty list"},
        {"9}, {cast: complex64}, {normalize: {mean: 0, std: 1}}",
         "normalize: complex64 cannot be normalized: cast before it takes the real part"},
    };

    for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
        g_autofree char *sequence = g_strdup_printf("[%s%s]", of, cases[k].step);

        assert_complaint(*state, sequence, COMPLAINT_SPEC, cases[k].want);
    }
}

static void small_arrays_need_no_worker(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{values: [[1, 2, 3, 4]]}, array, {cast: int8}]");
    assert_false(d->seq->in[0]->trivial);
    folder_seq(d, "[{range: 3}, array, {cast: int8}]");
    assert_true(d->seq->trivial);
    assert_false(d->seq->in[0]->isolate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(lists_of_numbers_are_arrays),
        IN_FOLDER(lists_of_nothing_are_arrays_of_nothing),
        IN_FOLDER(a_number_is_an_array_without_axes),
        IN_FOLDER(uneven_lists_fail),
        IN_FOLDER(long_first_lists_promise_nothing),
        IN_FOLDER(numbers_are_scaled_and_rounded),
        IN_FOLDER(kinds_that_are_no_numbers_are_refused),
        IN_FOLDER(one_field_of_a_record_can_be_meant),
        IN_FOLDER(shapes_of_numbers_are_known_before),
        IN_FOLDER(shapes_that_differ_are_known_one_by_one),
        IN_FOLDER(what_is_only_computed_has_no_shape_before),
        IN_FOLDER(a_step_that_is_left_out_by_chance_promises_no_type),
        IN_FOLDER(cast_is_as_numpy_does_it),
        IN_FOLDER(steps_on_arrays_refuse_what_is_none),
        IN_FOLDER(reshape_keeps_the_items_in_order),
        IN_FOLDER(reshape_refuses_what_does_not_come_out),
        IN_FOLDER(reshape_of_nothing_cannot_guess),
        IN_FOLDER(transpose_orders_the_axes),
        IN_FOLDER(transpose_moves_items_of_every_type),
        IN_FOLDER(transpose_refuses_what_is_no_order),
        IN_FOLDER(normalize_goes_by_channel),
        IN_FOLDER(normalize_keeps_count_over_long_arrays),
        IN_FOLDER(normalize_calculates_as_floats_do),
        IN_FOLDER(normalize_asks_where_channels_are_in_doubt),
        IN_FOLDER(small_arrays_need_no_worker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
