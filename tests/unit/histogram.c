/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A histogram: its mean is exact, its percentiles are near, at any scale. */
#include "fs/histogram.h"

#include <glib.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_near(double found, double want, double part)
{
    if (fabs(found - want) > want * part)
        fail_msg("%g is not within %g of %g", found, part, want);
}

static void an_empty_one_has_zeros(void **state)
{
    const struct histogram h = {0};

    assert_int_equal(histogram_len(&h), 0);
    assert_true(histogram_mean(&h) == 0);
    assert_true(histogram_percentile(&h, 50) == 0);
}

static void the_mean_is_exact(void **state)
{
    struct histogram h = {0};

    histogram_add(&h, 1000);
    histogram_add(&h, 2000);
    histogram_add(&h, 6000);
    assert_int_equal(histogram_len(&h), 3);
    assert_near(histogram_mean(&h), 3e-6, 1e-12);
}

static void a_percentile_is_within_a_tenth_at_any_time_scale(void **state)
{
    for (double ns = 1; ns < 1e14; ns *= 1.37) {
        struct histogram h = {0};

        histogram_add(&h, (uint64_t)ns);
        assert_near(histogram_percentile(&h, 99), floor(ns) * 1e-9, 0.1);
        assert_near(histogram_percentile(&h, 50), floor(ns) * 1e-9, 0.1);
    }
}

/* Squares of 1 to 1000, the shortest last. */
static void percentiles_split_what_was_counted(void **state)
{
    struct histogram h = {0};

    for (uint64_t i = 1000; i > 0; i--)
        histogram_add(&h, i * i * 1000);
    for (unsigned percent = 1; percent <= 100; percent++)
        assert_near(histogram_percentile(&h, percent), percent * percent * 1e-4, 0.1);
}

static void half_of_two_is_the_shorter(void **state)
{
    struct histogram h = {0};

    histogram_add(&h, 1000000);
    histogram_add(&h, 5000000);
    assert_near(histogram_percentile(&h, 50), 1e-3, 0.1);
    assert_near(histogram_percentile(&h, 51), 5e-3, 0.1);
}

static void what_no_clock_should_say_is_counted_all_the_same(void **state)
{
    struct histogram h = {0};

    histogram_add(&h, UINT64_MAX);
    histogram_add(&h, 0);
    assert_int_equal(histogram_len(&h), 2);
    assert_true(histogram_percentile(&h, 50) == 0);
    assert_true(histogram_percentile(&h, 99) > 1e5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_has_zeros),
        cmocka_unit_test(the_mean_is_exact),
        cmocka_unit_test(a_percentile_is_within_a_tenth_at_any_time_scale),
        cmocka_unit_test(percentiles_split_what_was_counted),
        cmocka_unit_test(half_of_two_is_the_shorter),
        cmocka_unit_test(what_no_clock_should_say_is_counted_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
