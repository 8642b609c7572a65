/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ranges: a set of numbers, however it was told. */
#include "fs/ranges.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ranges *make(const struct span *spans, unsigned n)
{
    struct ranges *r = ranges_new();
    struct fault f;

    for (unsigned i = 0; i < n; i++)
        assert_int_equal(ranges_add(r, spans[i], &f), 0);
    ranges_settle(r);
    return r;
}

static void join(struct ranges *r, struct span s)
{
    OWN(ranges_free) struct ranges *more = make(&s, 1);
    struct fault f;

    assert_int_equal(ranges_join(r, more, &f), 0);
}

static void assert_list(const struct ranges *r, const char *want)
{
    g_autoptr(GArray) list = ranges_list(r);
    g_autoptr(GString) got = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(got, "%" PRIu64 "-%" PRIu64 " ",
                               g_array_index(list, struct span, i).first,
                               g_array_index(list, struct span, i).end);
    assert_string_equal(got->str, want);
}

static uint64_t take(struct ranges *r)
{
    uint64_t number;

    return ranges_take(r, &number) ? number : UINT64_MAX;
}

static void what_overlaps_or_touches_is_one_range(void **state)
{
    const struct span spans[] = {{5, 9}, {20, 30}, {0, 2}, {7, 12}, {2, 3}, {4, 4}, {21, 22}};
    OWN(ranges_free) struct ranges *r = make(spans, G_N_ELEMENTS(spans));

    assert_list(r, "0-3 5-12 20-30 ");
    assert_int_equal(ranges_len(r), 20);
}

static void each_number_is_taken_once(void **state)
{
    const struct span spans[] = {{2, 4}, {3, 5}, {8, 9}};
    OWN(ranges_free) struct ranges *r = make(spans, G_N_ELEMENTS(spans));
    const uint64_t wants[] = {2, 3, 4, 8, UINT64_MAX, UINT64_MAX};

    for (unsigned i = 0; i < G_N_ELEMENTS(wants); i++)
        assert_int_equal(take(r), wants[i]);
    assert_int_equal(ranges_len(r), 0);
}

static void what_is_added_below_waits_for_what_is_above(void **state)
{
    const struct span first = {100, 103};
    OWN(ranges_free) struct ranges *r = make(&first, 1);
    const uint64_t wants[] = {101, 102, 200, 5, 6, UINT64_MAX};

    assert_int_equal(take(r), 100);
    join(r, (struct span){5, 7});
    join(r, (struct span){200, 201});
    assert_list(r, "5-7 101-103 200-201 ");
    for (unsigned i = 0; i < G_N_ELEMENTS(wants); i++)
        assert_int_equal(take(r), wants[i]);
}

static void what_was_taken_may_be_added_again(void **state)
{
    const struct span first = {0, 3};
    OWN(ranges_free) struct ranges *r = make(&first, 1);

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(take(r), i);
    join(r, (struct span){1, 2});
    assert_int_equal(ranges_len(r), 1);
    assert_int_equal(take(r), 1);
    assert_int_equal(take(r), UINT64_MAX);
}

static void a_cleared_set_is_empty_and_starts_anew(void **state)
{
    const struct span first = {10, 20};
    OWN(ranges_free) struct ranges *r = make(&first, 1);

    take(r);
    ranges_clear(r);
    assert_int_equal(take(r), UINT64_MAX);
    join(r, (struct span){3, 30});
    assert_int_equal(take(r), 3);
}

static void more_ranges_than_the_bound_are_refused_and_change_nothing(void **state)
{
    OWN(ranges_free) struct ranges *r = ranges_new(), *odd = ranges_new();
    struct fault f;

    for (uint64_t i = 0; i < RANGES_MAX; i++)
        assert_int_equal(ranges_add(r, (struct span){4 * i, 4 * i + 1}, &f), 0);
    assert_int_equal(ranges_add(r, (struct span){9, 10}, &f), -EFBIG);
    ranges_settle(r);
    assert_int_equal(ranges_add(odd, (struct span){2, 3}, &f), 0);
    ranges_settle(odd);
    assert_int_equal(ranges_join(r, odd, &f), -EFBIG);
    assert_int_equal(ranges_len(r), RANGES_MAX);
    assert_int_equal(take(r), 0);
    assert_int_equal(ranges_join(r, odd, &f), 0); /* in place of the one taken */
    assert_int_equal(ranges_len(r), RANGES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_overlaps_or_touches_is_one_range),
        cmocka_unit_test(each_number_is_taken_once),
        cmocka_unit_test(what_is_added_below_waits_for_what_is_above),
        cmocka_unit_test(what_was_taken_may_be_added_again),
        cmocka_unit_test(a_cleared_set_is_empty_and_starts_anew),
        cmocka_unit_test(more_ranges_than_the_bound_are_refused_and_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
