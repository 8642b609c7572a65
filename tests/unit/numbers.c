/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers as arrays, and arrays as text. */
#include "ops/core/numbers.h"

#include <errno.h>
#include <math.h>

#include "ops/core/items.h"
#include "tests/unit/folder.h"

/* The array of a listed value, as "DTYPE [SHAPE] ITEMS", or "!" and why there is none. */
static void assert_array(void **state, const char *listed, const char *want)
{
    g_autofree char *sequence = g_strdup_printf("{values: [%s]}", listed);
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    OWN(value_unref) struct value *array = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    struct fault f;

    folder_seq(d, sequence);
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), 0);
    if (numbers_array(v, &f, &array) < 0) {
        g_string_printf(text, "!%s", f.text);
    } else {
        array_print(value_array_type(array), text);
        g_string_append_c(text, ' ');
        assert_int_equal(items_print(array, false, text, &f), 0);
    }
    assert_string_equal(text->str, want);
}

static void a_number_has_no_axes(void **state)
{
    assert_array(state, "-7", "int64 [] -7");
    assert_array(state, "0.1", "float64 [] 0.1");
    assert_array(state, "true", "bool [] true");
}

static void lists_become_axes(void **state)
{
    assert_array(state, "[1, 2, 3]", "int64 [3] [1, 2, 3]");
    assert_array(state, "[[1, 2], [3, 4], [5, 6]]", "int64 [3, 2] [[1, 2], [3, 4], [5, 6]]");
    assert_array(state, "[[[1]], [[2]]]", "int64 [2, 1, 1] [[[1]], [[2]]]");
}

static void items_become_what_all_can_be(void **state)
{
    assert_array(state, "[true, false]", "bool [2] [true, false]");
    assert_array(state, "[true, 7]", "int64 [2] [1, 7]");
    assert_array(state, "[[true, 7], [2.5, .nan]]", "float64 [2, 2] [[1.0, 7.0], [2.5, nan]]");
}

static void lists_of_none_are_floats(void **state)
{
    assert_array(state, "[]", "float64 [0] []");
    assert_array(state, "[[], []]", "float64 [2, 0] [[], []]");
}

static void what_is_no_array_is_told(void **state)
{
    assert_array(state, "one", "!text is no array");
    assert_array(state, "[1, one]", "!text in a list, where numbers are wanted for an array");
    assert_array(state, "[[1, 2], [3]]",
                 "!lists of 2 and of 1 items beside each other are no array");
    assert_array(state, "[1, [2]]", "!numbers and lists beside each other are no array");
    assert_array(state, "[[1], 2]", "!numbers and lists beside each other are no array");
    assert_array(state, "[[], [1]]", "!lists of 0 and of 1 items beside each other are no array");
    assert_array(state, "[{a: 1}]", "!record in a list, where numbers are wanted for an array");
}

/* Of 33 lists within lists. */
static void there_are_as_many_axes_as_arrays_can_have(void **state)
{
    struct value *v = value_new_int(1);
    struct value *array = NULL;
    struct fault f;

    for (int n = 0; n < ARRAY_DIMS; n++)
        v = value_new_list(1, &v);
    assert_int_equal(numbers_array(v, &f, &array), 0);
    assert_int_equal(value_array_type(array)->n_dims, ARRAY_DIMS);
    value_unref(array);
    array = NULL;
    v = value_new_list(1, &v);
    assert_int_equal(numbers_array(v, &f, &array), -EINVAL);
    assert_null(array);
    value_unref(v);
}

/* Text. */

static struct value *array_of(enum dtype dtype, uint32_t n_dims, const uint64_t *dims,
                              const void *items)
{
    struct array_type t = {.dtype = dtype, .n_dims = n_dims};
    uint64_t size = 0;

    if (n_dims > 0)
        memcpy(t.dims, dims, n_dims * sizeof *dims);
    assert_true(array_n_bytes(&t, &size));
    return value_new_array(&t, g_bytes_new(items, size));
}

static void assert_items(struct value *own_array, bool strict, const char *want)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct fault f;

    if (items_print(own_array, strict, text, &f) < 0)
        g_string_printf(text, "!%s", f.text);
    assert_string_equal(text->str, want);
    value_unref(own_array);
}

static void every_type_of_items_is_printed(void **state)
{
    const uint64_t two[] = {2};

    assert_items(array_of(DTYPE_BOOL, 1, two, "\0\1"), true, "[false, true]");
    assert_items(array_of(DTYPE_INT8, 1, two, "\x80\1"), true, "[-128, 1]");
    assert_items(array_of(DTYPE_UINT8, 1, two, "\x80\1"), true, "[128, 1]");
    assert_items(array_of(DTYPE_INT16, 1, two, (int16_t[]){-2, 3}), true, "[-2, 3]");
    assert_items(array_of(DTYPE_UINT32, 1, two, (uint32_t[]){UINT32_MAX, 3}), true,
                 "[4294967295, 3]");
    assert_items(array_of(DTYPE_INT64, 1, two, (int64_t[]){INT64_MIN, INT64_MAX}), true,
                 "[-9223372036854775808, 9223372036854775807]");
    assert_items(array_of(DTYPE_UINT64, 1, two, (uint64_t[]){UINT64_MAX, 0}), true,
                 "[18446744073709551615, 0]");
    assert_items(array_of(DTYPE_FLOAT16, 1, two, (uint16_t[]){0x3c00, 0xc100}), true,
                 "[1.0, -2.5]");
    assert_items(array_of(DTYPE_FLOAT32, 1, two, (float[]){0.5f, 1e10f}), true,
                 "[0.5, 10000000000.0]");
    assert_items(array_of(DTYPE_FLOAT64, 1, two, (double[]){0.1, -0.0}), true, "[0.1, -0.0]");
}

static void json_has_no_words_for_some_floats(void **state)
{
    const uint64_t one[] = {1};

    assert_items(array_of(DTYPE_FLOAT64, 1, one, (double[]){NAN}), true,
                 "!json has no word for the number nan");
    assert_items(array_of(DTYPE_FLOAT32, 1, one, (float[]){-INFINITY}), true,
                 "!json has no word for the number -inf");
    assert_items(array_of(DTYPE_FLOAT32, 1, one, (float[]){-INFINITY}), false, "[-inf]");
}

static void many_items_are_printed_in_order(void **state)
{
    const uint64_t dims[] = {3, 1000};
    g_autofree uint16_t *items = g_new(uint16_t, 3000);
    g_autoptr(GString) want = g_string_new("[[");

    for (uint16_t n = 0; n < 3000; n++) {
        items[n] = n;
        g_string_append(want, n == 0 ? "" : n % 1000 == 0 ? "], [" : ", ");
        g_string_append_printf(want, "%u", n);
    }
    g_string_append(want, "]]");
    assert_items(array_of(DTYPE_UINT16, 2, dims, items), true, want->str);
}

static void arrays_of_nothing_are_empty_lists(void **state)
{
    assert_items(array_of(DTYPE_FLOAT32, 2, (uint64_t[]){2, 0}, ""), true, "[[], []]");
    assert_items(array_of(DTYPE_FLOAT32, 2, (uint64_t[]){0, UINT64_MAX}, ""), true, "[]");
}

static void too_much_is_not_printed(void **state)
{
    static const char too_much[] =
        "!an array of more than 4194304 items is not written as text or json: npy is the format "
        "for it";
    const uint64_t n = 4194305;
    g_autofree char *items = g_malloc0(n);

    assert_items(array_of(DTYPE_UINT8, 1, &n, items), true, too_much);
    assert_items(array_of(DTYPE_UINT8, 2, (uint64_t[]){UINT64_C(1) << 60, 0}, ""), true, too_much);
    assert_items(
        array_of(DTYPE_UINT8, 3, (uint64_t[]){UINT64_C(1) << 40, UINT64_C(1) << 40, 0}, ""), true,
        too_much);
    assert_items(array_of(DTYPE_COMPLEX64, 1, (uint64_t[]){1}, "\0\0\0\0\0\0\0"), true,
                 "!complex numbers cannot be written as text or json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_number_has_no_axes),
        IN_FOLDER(lists_become_axes),
        IN_FOLDER(items_become_what_all_can_be),
        IN_FOLDER(lists_of_none_are_floats),
        IN_FOLDER(what_is_no_array_is_told),
        cmocka_unit_test(there_are_as_many_axes_as_arrays_can_have),
        cmocka_unit_test(every_type_of_items_is_printed),
        cmocka_unit_test(json_has_no_words_for_some_floats),
        cmocka_unit_test(many_items_are_printed_in_order),
        cmocka_unit_test(arrays_of_nothing_are_empty_lists),
        cmocka_unit_test(too_much_is_not_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
