/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What arrays are: their types, their sizes, and that they are packed as they are. */
#include "ops/core/array.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ops/core/pack.h"

static void every_dtype_is_found_by_its_name(void **state)
{
    enum dtype found;

    for (enum dtype t = DTYPE_BOOL; t <= DTYPE_COMPLEX128; t++) {
        assert_true(dtype_find(dtype_name(t), &found));
        assert_int_equal(found, t);
        assert_int_equal(dtype_size(t) % dtype_alignment(t), 0);
    }
    assert_null(dtype_choices[DTYPE_COMPLEX128 + 1].name);
    assert_false(dtype_find("float", &found));
    assert_int_equal(dtype_size(DTYPE_COMPLEX64), 8);
    assert_int_equal(dtype_alignment(DTYPE_COMPLEX64), 4);
    assert_int_equal(dtype_class(DTYPE_FLOAT16), DTYPE_IS_FLOAT);
}

static void bytes_are_items_times_their_size(void **state)
{
    struct array_type t = {DTYPE_FLOAT32, 3, {3, 224, 224}};
    uint64_t n;

    assert_true(array_n_items(&t, &n));
    assert_int_equal(n, 3 * 224 * 224);
    assert_true(array_n_bytes(&t, &n));
    assert_int_equal(n, 4 * 3 * 224 * 224);
}

static void no_axes_are_one_item(void **state)
{
    struct array_type t = {.dtype = DTYPE_INT16};
    uint64_t n;

    assert_true(array_n_items(&t, &n));
    assert_int_equal(n, 1);
    assert_true(array_n_bytes(&t, &n));
    assert_int_equal(n, 2);
}

static void too_many_items_are_seen(void **state)
{
    struct array_type most = {DTYPE_UINT8, 1, {INT64_MAX}}, two = {DTYPE_UINT16, 1, {INT64_MAX}},
                      square = {DTYPE_UINT8, 2, {UINT64_C(1) << 32, UINT64_C(1) << 31}};
    uint64_t n;

    assert_true(array_n_bytes(&most, &n));
    assert_int_equal(n, INT64_MAX);
    assert_true(array_n_items(&two, &n));
    assert_false(array_n_bytes(&two, &n));
    assert_false(array_n_items(&square, &n));
}

static void an_axis_of_nothing_makes_all_nothing(void **state)
{
    struct array_type t = {DTYPE_FLOAT64, 3, {UINT64_MAX, UINT64_MAX, 0}};
    uint64_t n;

    assert_true(array_n_bytes(&t, &n));
    assert_int_equal(n, 0);
}

static void an_array_prints_as_its_type_and_shape(void **state)
{
    struct array_type t = {DTYPE_UINT8, 2, {28, 28}}, one = {.dtype = DTYPE_INT64};
    g_autoptr(GString) text = g_string_new(NULL);

    array_print(&t, text);
    g_string_append_c(text, ' ');
    array_print(&one, text);
    assert_string_equal(text->str, "uint8 [28, 28] int64 []");
}

/* A list of arrays of all types and sizes, so that none but the first is aligned when packed. */
static struct value *all_arrays(void)
{
    struct value *items[2 * (DTYPE_COMPLEX128 + 1)];
    uint32_t n = 0;

    for (enum dtype d = DTYPE_BOOL; d <= DTYPE_COMPLEX128; d++) {
        for (uint64_t len = 1; len < 20000; len += 16384) {
            struct array_type t = {d, 1, {len}};
            unsigned char *at = g_malloc(len * dtype_size(d));

            memset(at, (int)(d + len), len * dtype_size(d));
            items[n++] = value_new_array(&t, g_bytes_new_take(at, len * dtype_size(d)));
        }
    }
    return value_new_list(n, items);
}

static void arrays_come_back_from_packing_aligned(void **state)
{
    OWN(value_unref) struct value *all = all_arrays();
    OWN(value_unref) struct value *back = NULL;
    g_autofree struct eval *e = g_new(struct eval, 1);
    g_autoptr(GBytes) packed = NULL;

    eval_init(e, NULL);
    assert_int_equal(pack_value(all, e, &packed), 0);
    assert_int_equal(pack_unpack(packed, e, &back), 0);
    assert_int_equal(value_len(back), value_len(all));
    for (uint32_t k = 0; k < value_len(all); k++) {
        const struct value *a = value_item(all, k), *b = value_item(back, k);

        assert_int_equal(value_kind(b), VALUE_ARRAY);
        assert_true(array_is_same(value_array_type(a), value_array_type(b)));
        assert_true(g_bytes_equal(value_bytes(a), value_bytes(b)));
        assert_int_equal((uintptr_t)g_bytes_get_data(value_bytes(b), NULL) % 8, 0);
    }
}

/* What else may stand in the place of an array's type. */
static void assert_damaged(GBytes *packed, void (*damage)(struct array_type *t))
{
    gsize len;
    const unsigned char *data = g_bytes_get_data(packed, &len);
    g_autofree unsigned char *copy = g_memdup2(data, len);
    g_autofree struct eval *e = g_new(struct eval, 1);
    struct value *back = NULL;
    struct array_type t;

    memcpy(&t, copy + 9, sizeof t);
    damage(&t);
    memcpy(copy + 9, &t, sizeof t);
    g_autoptr(GBytes) damaged = g_bytes_new(copy, len);
    eval_init(e, NULL);
    assert_int_equal(pack_unpack(damaged, e, &back), -EPROTO);
}

static void with_other_dtype(struct array_type *t)
{
    t->dtype = 99;
}

static void with_more_axes(struct array_type *t)
{
    t->n_dims = ARRAY_DIMS + 1;
}

static void with_longer_axis(struct array_type *t)
{
    t->dims[0]++;
}

static void with_endless_axis(struct array_type *t)
{
    t->dims[0] = UINT64_MAX;
}

static void an_array_that_lies_about_itself_is_damaged(void **state)
{
    struct array_type t = {DTYPE_INT32, 1, {3}};
    OWN(value_unref) struct value *v = value_new_array(&t, g_bytes_new_take(g_malloc0(12), 12));
    g_autofree struct eval *e = g_new(struct eval, 1);
    g_autoptr(GBytes) packed = NULL;

    eval_init(e, NULL);
    assert_int_equal(pack_value(v, e, &packed), 0);
    assert_damaged(packed, with_other_dtype);
    assert_damaged(packed, with_more_axes);
    assert_damaged(packed, with_longer_axis);
    assert_damaged(packed, with_endless_axis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dtype_is_found_by_its_name),
        cmocka_unit_test(bytes_are_items_times_their_size),
        cmocka_unit_test(no_axes_are_one_item),
        cmocka_unit_test(too_many_items_are_seen),
        cmocka_unit_test(an_axis_of_nothing_makes_all_nothing),
        cmocka_unit_test(an_array_prints_as_its_type_and_shape),
        cmocka_unit_test(arrays_come_back_from_packing_aligned),
        cmocka_unit_test(an_array_that_lies_about_itself_is_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
