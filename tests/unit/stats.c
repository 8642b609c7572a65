/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counters and the figures of steps. */
#include "fs/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "tests/unit/plans.h"

#include <cmocka.h>

static void assert_near(double found, double want, double part)
{
    if (fabs(found - want) > want * part)
        fail_msg("%g is not within %g of %g", found, part, want);
}

static void add(struct stats *s, uint32_t step, uint64_t ns, bool failed)
{
    const struct eval_timing t = {.step = step, .failed = failed, .ns = ns};

    stats_add_timings(s, &t, 1);
}

static void test_counters_count(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);

    stats_add(s, STAT_READS, 1);
    stats_add(s, STAT_READS, 2);
    stats_add(s, STAT_BYTES_READ, UINT64_C(1) << 40);
    assert_int_equal(stats_look(s, STAT_READS), 3);
    assert_int_equal(stats_look(s, STAT_BYTES_READ), UINT64_C(1) << 40);
    assert_int_equal(stats_look(s, STAT_OPENS), 0);
}

static void test_every_counter_has_a_name_of_its_own(void **state)
{
    for (unsigned i = 0; i < STAT_N; i++) {
        assert_non_null(stats_name(i));
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(stats_name(i), stats_name(j));
    }
    assert_string_equal(stats_name(STAT_OPENS_WAITED), "opens_waited");
}

static void test_a_step_that_never_ran_has_zeros(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct step_figures now;

    stats_look_step(s, 0, &now);
    assert_int_equal(now.calls, 0);
    assert_int_equal(now.failures, 0);
    assert_true(now.mean == 0 && now.p99 == 0);
}

static void test_a_step_has_calls_failures_and_mean(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct step_figures now;

    add(s, 0, 1000, false);
    add(s, 0, 3000, true);
    stats_look_step(s, 0, &now);
    assert_int_equal(now.calls, 2);
    assert_int_equal(now.failures, 1);
    assert_near(now.mean, 2e-6, 1e-9);
    stats_look_step(s, 1, &now);
    assert_int_equal(now.calls, 0);
}

static void test_p99_is_within_a_tenth_at_any_time_scale(void **state)
{
    for (double ns = 1; ns < 1e14; ns *= 1.37) {
        OWN(stats_free) struct stats *s = stats_new(*state);
        struct step_figures now;

        add(s, 0, (uint64_t)ns, false);
        stats_look_step(s, 0, &now);
        assert_near(now.p99, floor(ns) * 1e-9, 0.1);
    }
}

static void test_p99_leaves_one_call_in_a_hundred_out(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct step_figures now;

    for (unsigned i = 0; i < 990; i++)
        add(s, 0, 1000000 + i, false);
    for (unsigned i = 0; i < 10; i++)
        add(s, 0, 900000000, false);
    stats_look_step(s, 0, &now);
    assert_near(now.p99, 1e-3, 0.1);
    add(s, 0, 900000000, false);
    add(s, 0, 900000000, false);
    stats_look_step(s, 0, &now);
    assert_near(now.p99, 0.9, 0.1);
}

static void test_what_no_clock_should_say_is_counted_all_the_same(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct step_figures now;

    add(s, 0, UINT64_MAX, false);
    add(s, 0, 0, false);
    add(s, UINT32_MAX, 5, false);
    stats_look_step(s, 0, &now);
    assert_int_equal(now.calls, 2);
    assert_true(now.p99 > 1e5);
}

static void test_waits_have_mean_and_percentiles(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct wait_figures now;

    stats_look_waits(s, &now);
    assert_true(now.n == 0 && now.mean == 0 && now.p50 == 0 && now.p99 == 0);
    for (unsigned i = 1; i <= 100; i++)
        stats_add_wait(s, i * 1e-3);
    stats_add_wait(s, 60);
    stats_look_waits(s, &now);
    assert_int_equal(now.n, 101);
    assert_near(now.mean, (5.05 + 60) / 101, 1e-6);
    assert_near(now.p50, 0.051, 0.1);
    assert_near(now.p99, 0.1, 0.1);
}

static void test_a_wait_that_no_clock_should_say_is_counted_as_none(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct wait_figures now;

    stats_add_wait(s, -3);
    stats_add_wait(s, NAN);
    stats_look_waits(s, &now);
    assert_int_equal(now.n, 2);
    assert_true(now.mean == 0);
    stats_add_wait(s, INFINITY);
    stats_look_waits(s, &now);
    assert_true(now.p99 > 1e5);
}

static void test_work_is_summed_and_no_recent_work_is_older_than_the_mount(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct busy_figures now;

    stats_add_busy(s, 0.25);
    stats_add_busy(s, 1.5);
    stats_look_busy(s, &now);
    assert_near(now.busy, 1.75, 1e-9);
    assert_true(now.uptime >= 0 && now.uptime < 60);
    assert_true(now.recent <= now.uptime);
    assert_true(now.recent_busy <= 2 * now.uptime);
}

#define RACE_LEN 20000

static gpointer race(gpointer data)
{
    for (unsigned i = 0; i < RACE_LEN; i++) {
        stats_add(data, STAT_READS, 2);
        add(data, 0, i, false);
    }
    return NULL;
}

static void test_threads_lose_no_count(void **state)
{
    OWN(stats_free) struct stats *s = stats_new(*state);
    struct step_figures now;
    GThread *threads[3];

    for (unsigned i = 0; i < 3; i++)
        threads[i] = g_thread_new("race", race, s);
    for (unsigned i = 0; i < 3; i++)
        g_thread_join(threads[i]);
    stats_look_step(s, 0, &now);
    assert_int_equal(now.calls, 3 * RACE_LEN);
    assert_int_equal(stats_look(s, STAT_READS), 6 * RACE_LEN);
}

static int set_up(void **state)
{
    *state = plan_of("dataset: [{range: 5}]\n");
    return 0;
}

static int tear_down(void **state)
{
    plan_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counters_count),
        cmocka_unit_test(test_every_counter_has_a_name_of_its_own),
        cmocka_unit_test(test_a_step_that_never_ran_has_zeros),
        cmocka_unit_test(test_a_step_has_calls_failures_and_mean),
        cmocka_unit_test(test_p99_is_within_a_tenth_at_any_time_scale),
        cmocka_unit_test(test_p99_leaves_one_call_in_a_hundred_out),
        cmocka_unit_test(test_what_no_clock_should_say_is_counted_all_the_same),
        cmocka_unit_test(test_waits_have_mean_and_percentiles),
        cmocka_unit_test(test_a_wait_that_no_clock_should_say_is_counted_as_none),
        cmocka_unit_test(test_work_is_summed_and_no_recent_work_is_older_than_the_mount),
        cmocka_unit_test(test_threads_lose_no_count),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
