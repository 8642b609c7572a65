/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A meter: all work is in the total, and what is recent is what fell into the last ten seconds. */
#include "fs/meter.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)

static void assert_recent(const struct meter *m, uint64_t now, uint64_t work, uint64_t span)
{
    uint64_t found;

    assert_int_equal(meter_recent(m, now, &found), work);
    assert_int_equal(found, span);
}

static void a_new_one_has_seen_no_work(void **state)
{
    const struct meter m = {0};

    assert_int_equal(meter_total(&m), 0);
    assert_recent(&m, 0, 0, 0);
    assert_recent(&m, 500 * SECOND, 0, 9 * SECOND);
}

static void short_work_is_summed(void **state)
{
    struct meter m = {0};

    meter_add(&m, SECOND / 2, 1000);
    meter_add(&m, SECOND / 2, 200);
    meter_add(&m, SECOND * 3 / 2, 30);
    assert_int_equal(meter_total(&m), 1230);
    assert_recent(&m, 2 * SECOND, 1230, 2 * SECOND);
}

static void work_is_recent_for_ten_seconds(void **state)
{
    struct meter m = {0};

    meter_add(&m, 5 * SECOND + 1000, 1000);
    assert_recent(&m, 14 * SECOND, 1000, 9 * SECOND);
    assert_recent(&m, 14 * SECOND + 999999, 1000, 9 * SECOND + 999999);
    assert_recent(&m, 15 * SECOND, 0, 9 * SECOND);
    assert_int_equal(meter_total(&m), 1000);
}

static void long_work_is_spread_over_the_seconds_that_it_took(void **state)
{
    struct meter m = {0};

    meter_add(&m, 7 * SECOND + 250000, 4 * SECOND);
    assert_recent(&m, 7 * SECOND + 250000, 4 * SECOND, 7 * SECOND + 250000);
    /* 0.75 of second 3, 1 of 4 to 6, 0.25 of 7: ten seconds on, one after the other goes */
    assert_recent(&m, 13 * SECOND, 3 * SECOND + 250000, 9 * SECOND);
    assert_recent(&m, 14 * SECOND, 2 * SECOND + 250000, 9 * SECOND);
    assert_recent(&m, 16 * SECOND, 250000, 9 * SECOND);
    assert_recent(&m, 17 * SECOND, 0, 9 * SECOND);
}

static void of_very_long_work_what_is_recent_counts(void **state)
{
    struct meter m = {0};

    meter_add(&m, 1000 * SECOND, 900 * SECOND);
    assert_recent(&m, 1000 * SECOND, 9 * SECOND, 9 * SECOND);
    assert_int_equal(meter_total(&m), 900 * SECOND);
}

static void work_that_seems_to_have_begun_before_the_meter_is_cut_off(void **state)
{
    struct meter m = {0};

    meter_add(&m, 2 * SECOND, 60 * SECOND);
    assert_recent(&m, 2 * SECOND, 2 * SECOND, 2 * SECOND);
    assert_int_equal(meter_total(&m), 60 * SECOND);
}

static void workers_that_are_all_busy_fill_the_span_as_often_as_they_are(void **state)
{
    struct meter m = {0};

    for (uint64_t now = SECOND / 4; now <= 60 * SECOND; now += SECOND / 4)
        for (unsigned worker = 0; worker < 3; worker++)
            meter_add(&m, now, SECOND / 4);
    assert_recent(&m, 60 * SECOND, 3 * 9 * SECOND, 9 * SECOND);
    assert_int_equal(meter_total(&m), 3 * 60 * SECOND);
}

/* A thread that was late must not bring a second back whose place another one has by now. */
static void what_comes_late_does_no_harm(void **state)
{
    struct meter m = {0};

    meter_add(&m, 20 * SECOND + 500, 500);
    meter_add(&m, 4 * SECOND + 70, 70); /* 16 seconds before: the same place */
    assert_recent(&m, 21 * SECOND, 500, 9 * SECOND);
    assert_int_equal(meter_total(&m), 570);
}

#define RACE_LEN 20000

static gpointer race(gpointer meter)
{
    for (uint64_t i = 1; i <= RACE_LEN; i++)
        meter_add(meter, i * 100, 100);
    return NULL;
}

static void threads_lose_no_work(void **state)
{
    struct meter m = {0};
    GThread *threads[3];

    for (unsigned i = 0; i < 3; i++)
        threads[i] = g_thread_new("race", race, &m);
    for (unsigned i = 0; i < 3; i++)
        g_thread_join(threads[i]);
    assert_int_equal(meter_total(&m), 3 * RACE_LEN * 100);
    assert_recent(&m, RACE_LEN * 100, 3 * RACE_LEN * 100, RACE_LEN * 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_one_has_seen_no_work),
        cmocka_unit_test(short_work_is_summed),
        cmocka_unit_test(work_is_recent_for_ten_seconds),
        cmocka_unit_test(long_work_is_spread_over_the_seconds_that_it_took),
        cmocka_unit_test(of_very_long_work_what_is_recent_counts),
        cmocka_unit_test(work_that_seems_to_have_begun_before_the_meter_is_cut_off),
        cmocka_unit_test(workers_that_are_all_busy_fill_the_span_as_often_as_they_are),
        cmocka_unit_test(what_comes_late_does_no_harm),
        cmocka_unit_test(threads_lose_no_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
