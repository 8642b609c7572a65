/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sorting many names: against qsort(), and what natural order is. */
#include "ops/source/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts both ways; each item has to keep what belongs to it. */
static void assert_sorts(GPtrArray *names)
{
    g_autofree struct order_item *items = g_new0(struct order_item, names->len);

    for (guint i = 0; i < names->len; i++)
        items[i] = (struct order_item){.key = names->pdata[i], .data = names->pdata[i]};
    order_sort(items, names->len);
    if (names->len > 0)
        qsort(names->pdata, names->len, sizeof names->pdata[0], compare);
    for (guint i = 0; i < names->len; i++) {
        assert_string_equal(items[i].key, names->pdata[i]);
        assert_ptr_equal(items[i].key, items[i].data);
    }
}

static uint32_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void names_with_long_common_beginnings_are_sorted(void **state)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    uint64_t seed = 1;

    for (int i = 0; i < 5000; i++)
        g_ptr_array_add(names,
                        g_strdup_printf("a_rather_long_beginning_%08u.jpg", draw(&seed) % 4000));
    assert_sorts(names);
}

static void names_of_any_bytes_and_lengths_are_sorted(void **state)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    uint64_t seed = 2;

    for (int i = 0; i < 5000; i++) {
        char name[40] = "";

        for (uint32_t len = draw(&seed) % sizeof name, k = 0; k < len; k++)
            name[k] = (char)(draw(&seed) % 2 ? 0xff : 1 + draw(&seed) % 255);
        g_ptr_array_add(names, g_strdup(name));
    }
    assert_sorts(names);
}

static void sorted_reversed_and_equal_names_are_sorted(void **state)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (int i = 0; i < 3000; i++)
        g_ptr_array_add(names, g_strdup_printf("%06d", i));
    assert_sorts(names);
    for (int i = 0; i < 3000; i++)
        g_ptr_array_add(names, g_strdup_printf("%06d", 5000 - i));
    for (int i = 0; i < 3000; i++)
        g_ptr_array_add(names, g_strdup("always the same"));
    assert_sorts(names);
}

static void nothing_and_one_name_are_sorted(void **state)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    assert_sorts(names);
    g_ptr_array_add(names, g_strdup(""));
    assert_sorts(names);
}

static int compare_natural(const char *a, const char *b)
{
    g_autoptr(GString) ka = g_string_new(NULL);
    g_autoptr(GString) kb = g_string_new(NULL);

    order_natural(a, ka);
    order_natural(b, kb);
    assert_int_equal(strlen(ka->str), ka->len);
    return strcmp(ka->str, kb->str);
}

/* Each is before the next. */
static void assert_natural(const char *const *names)
{
    for (; names[1]; names++) {
        if (compare_natural(names[0], names[1]) >= 0 || compare_natural(names[1], names[0]) <= 0)
            fail_msg("'%s' is not before '%s'", names[0], names[1]);
    }
}

static void numbers_are_ordered_by_their_value(void **state)
{
    assert_natural((const char *const[]){"img", "img0", "img2", "img10", "img10a2", "img10a10",
                                         "img100", "imgs", NULL});
    assert_natural(
        (const char *const[]){"9", "10", "99999999999999999999", "100000000000000000000", NULL});
    assert_natural((const char *const[]){"a/2/x", "a/10/x", "a/10/y", NULL});
}

static void numbers_stand_where_digits_do(void **state)
{
    assert_natural((const char *const[]){"a.b", "a/b", "a0b", "a7b", "a77b", "a:b", "ab", NULL});
}

static void zeros_before_a_number_decide_last(void **state)
{
    assert_natural((const char *const[]){"1a", "01a", "001a", "2", "02", "10", NULL});
    assert_natural((const char *const[]){"0", "00", "000", "1", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_with_long_common_beginnings_are_sorted),
        cmocka_unit_test(names_of_any_bytes_and_lengths_are_sorted),
        cmocka_unit_test(sorted_reversed_and_equal_names_are_sorted),
        cmocka_unit_test(nothing_and_one_name_are_sorted),
        cmocka_unit_test(numbers_are_ordered_by_their_value),
        cmocka_unit_test(numbers_stand_where_digits_do),
        cmocka_unit_test(zeros_before_a_number_decide_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
