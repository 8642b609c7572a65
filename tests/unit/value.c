/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values: what they hold, how they read as text, when they go. */
#include "ops/core/value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_prints(struct value *own, const char *want)
{
    OWN(value_unref) struct value *v = own;
    g_autoptr(GString) text = g_string_new(">");

    assert_true(value_print(v, text));
    assert_string_equal(text->str + 1, want);
}

static void floats_print_the_fewest_digits_that_read_back_the_same(void **state)
{
    assert_prints(value_new_float(0.1), "0.1");
    assert_prints(value_new_float(0.1 + 0.2), "0.30000000000000004");
    assert_prints(value_new_float(1.0 / 3), "0.3333333333333333");
    assert_prints(value_new_float(5e-324), "5e-324");
    assert_prints(value_new_float(1e300), "1e+300");
    assert_prints(value_new_float(1.7976931348623157e308), "1.7976931348623157e+308");
}

static void whole_floats_stay_floats_as_text(void **state)
{
    assert_prints(value_new_float(3), "3.0");
    assert_prints(value_new_float(-0.0), "-0.0");
    assert_prints(value_new_float(123456789012345), "123456789012345.0");
}

static void floats_that_are_no_numbers_have_words(void **state)
{
    assert_prints(value_new_float(NAN), "nan");
    assert_prints(value_new_float(-NAN), "nan");
    assert_prints(value_new_float(INFINITY), "inf");
    assert_prints(value_new_float(-INFINITY), "-inf");
}

static void many_floats_read_back_the_same(void **state)
{
    uint64_t bits = 1;

    for (int i = 0; i < 20000; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        double x;

        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(&x, &bits, sizeof x);
        if (isnan(x) || isinf(x))
            continue;
        OWN(value_unref) struct value *v = value_new_float(x);

        assert_true(value_print(v, text));
        assert_true(g_ascii_strtod(text->str, NULL) == x);
    }
}

static void the_other_scalars_print_as_they_read(void **state)
{
    assert_prints(value_new_null(), "null");
    assert_prints(value_new_bool(true), "true");
    assert_prints(value_new_bool(false), "false");
    assert_prints(value_new_int(INT64_MIN), "-9223372036854775808");
    assert_prints(value_new_text("na\xc3\xafve", -1), "na\xc3\xafve");
    assert_prints(value_new_text("three", 2), "th");
    assert_prints(value_new_text_bytes(g_bytes_new("abc", 3)), "abc");
}

static void what_is_no_scalar_prints_nothing(void **state)
{
    OWN(value_unref) struct value *bytes = value_new_bytes(g_bytes_new("abc", 3));
    OWN(value_unref) struct value *list = value_new_list(0, NULL);
    g_autoptr(GString) text = g_string_new("as before");

    assert_false(value_print(bytes, text));
    assert_false(value_print(list, text));
    assert_string_equal(text->str, "as before");
}

static void a_record_keeps_copies_of_its_names_in_order(void **state)
{
    char name[] = "width";
    const char *names[] = {name, "", "height"};
    struct value *items[] = {value_new_int(1), value_new_null(), value_new_int(3)};
    OWN(value_unref) struct value *v = value_new_record(3, names, items);

    name[0] = 'X';
    assert_int_equal(value_len(v), 3);
    assert_string_equal(value_name(v, 0), "width");
    assert_string_equal(value_name(v, 2), "height");
    assert_int_equal(value_int(value_field(v, "height")), 3);
    assert_ptr_equal(value_field(v, "width"), value_item(v, 0));
    assert_null(value_field(v, "depth"));
}

static void count_release(void *counter)
{
    ++*(int *)counter;
}

static void items_go_with_the_last_reference_to_their_list(void **state)
{
    int released = 0;
    struct value *item = value_new_image(&released, count_release);
    struct value *list = value_new_list(1, &item);

    assert_ptr_equal(value_image(value_item(list, 0)), &released);
    value_unref(value_ref(list));
    assert_int_equal(released, 0);
    value_unref(list);
    assert_int_equal(released, 1);
}

static void an_item_outlives_its_list_while_it_is_referenced(void **state)
{
    int released = 0;
    struct value *item = value_new_image(&released, count_release);
    struct value *list = value_new_list(1, &item);

    item = value_ref(value_item(list, 0));
    value_unref(list);
    assert_int_equal(released, 0);
    value_unref(item);
    assert_int_equal(released, 1);
}

static gpointer ref_many_times(gpointer v)
{
    for (int i = 0; i < 100000; i++)
        value_unref(value_ref(v));
    return NULL;
}

static void references_are_counted_across_threads(void **state)
{
    int released = 0;
    struct value *v = value_new_image(&released, count_release);
    GThread *threads[4];

    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("ref", ref_many_times, v);
    for (int i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    assert_int_equal(released, 0);
    value_unref(v);
    assert_int_equal(released, 1);
}

static void an_int_is_also_asked_as_a_float(void **state)
{
    OWN(value_unref) struct value *v = value_new_int(-3);

    assert_true(value_float(v) == -3.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_print_the_fewest_digits_that_read_back_the_same),
        cmocka_unit_test(whole_floats_stay_floats_as_text),
        cmocka_unit_test(floats_that_are_no_numbers_have_words),
        cmocka_unit_test(many_floats_read_back_the_same),
        cmocka_unit_test(the_other_scalars_print_as_they_read),
        cmocka_unit_test(what_is_no_scalar_prints_nothing),
        cmocka_unit_test(a_record_keeps_copies_of_its_names_in_order),
        cmocka_unit_test(items_go_with_the_last_reference_to_their_list),
        cmocka_unit_test(an_item_outlives_its_list_while_it_is_referenced),
        cmocka_unit_test(references_are_counted_across_threads),
        cmocka_unit_test(an_int_is_also_asked_as_a_float),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
