/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run-ahead: whose order is seen, how far it goes, where it ends. */
#include "fs/ahead.h"

#include "tests/unit/crews.h"

#define PLENTY (1 << 20)

static struct ahead *make(struct crew_play *play, unsigned window, uint64_t len)
{
    const uint64_t lens[] = {len, len};
    const struct ahead_window windows[] = {{.elements = window}, {.elements = window}};

    return ahead_new(play->sched, play->rooms.store, windows, 2, lens);
}

static void saw(struct ahead *a, uint64_t index)
{
    ahead_saw(a, (struct key){0, index});
}

static void test_the_second_in_order_starts_it_and_each_further_one_adds_one(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 4, 1000);

    saw(a, 10);
    assert_started(play, "");
    saw(a, 11);
    assert_started(play, "12 13 14 15");
    saw(a, 12);
    assert_started(play, "12 13 14 15 16");
    saw(a, 13);
    assert_started(play, "12 13 14 15 16 17");
}

static void test_a_window_of_0_does_nothing(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 0, 1000);

    for (uint64_t i = 0; i < 10; i++)
        saw(a, i);
    assert_started(play, "");
}

static void test_who_jumps_about_starts_nothing(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 4, 1000);

    for (uint64_t i = 0; i < 500; i++)
        saw(a, i * 377 % 1000);
    assert_started(play, "");
}

static void test_the_same_element_again_is_no_order(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 2, 1000);

    saw(a, 100);
    for (unsigned i = 0; i < 20; i++)
        saw(a, 5);
    assert_started(play, "");
    saw(a, 6);
    saw(a, 6);
    assert_started(play, "7 8");
    saw(a, 101); /* whose stream is still there */
    assert_started(play, "7 8 102 103");
}

static void test_it_ends_with_the_output(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 4, 10);

    for (uint64_t i = 4; i < 10; i++)
        saw(a, i);
    assert_started(play, "6 7 8 9");
}

static void test_several_readers_have_a_stream_each(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 1, 1000);

    for (uint64_t i = 0; i < 3; i++)
        for (uint64_t reader = 0; reader < 8; reader++)
            saw(a, reader * 100 + i);
    assert_started(play, "2 102 202 302 402 502 602 702 3 103 203 303 403 503 603 703");
}

static void test_outputs_do_not_mix(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 1, 1000);

    ahead_saw(a, (struct key){0, 1});
    ahead_saw(a, (struct key){1, 2});
    assert_started(play, "");
}

static void test_a_new_reader_takes_the_place_of_the_one_longest_gone(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 1, 10000);

    saw(a, 0);
    saw(a, 100);
    saw(a, 0);
    for (uint64_t i = 2; i <= 8; i++)
        saw(a, i * 100);
    saw(a, 1);
    assert_started(play, "2");
    saw(a, 101);
    assert_started(play, "2");
}

/* As of a loader's processes that share one reading. */
static void test_a_little_disorder_within_the_window_is_one_stream(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    OWN(ahead_free) struct ahead *a = make(play, 4, 1000);
    const uint64_t order[] = {0, 1, 3, 2, 5, 4};

    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++)
        saw(a, order[i]);
    assert_started(play, "2 3 4 5 6 7 8 9");
}

static void test_it_stays_within_half_of_the_budget(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, 40000);
    OWN(ahead_free) struct ahead *a = make(play, 100, 1000);

    store_put(play->rooms.store, (struct key){1, 0},
              content_new_bytes(g_bytes_new_take(g_malloc0(6000), 6000)));
    saw(a, 0);
    saw(a, 1);
    assert_started(play, "2 3 4");
}

static void test_an_element_larger_than_half_of_the_budget_is_not_run_ahead_of(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, 10000);
    OWN(ahead_free) struct ahead *a = make(play, 100, 1000);

    store_put(play->rooms.store, (struct key){1, 0},
              content_new_bytes(g_bytes_new_take(g_malloc0(6000), 6000)));
    saw(a, 0);
    saw(a, 1);
    saw(a, 2);
    assert_started(play, "");
}

static void test_each_output_has_its_own_window(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    const uint64_t lens[] = {1000, 1000};
    const struct ahead_window windows[] = {{.elements = 0}, {.elements = 2}};
    OWN(ahead_free) struct ahead *a = ahead_new(play->sched, play->rooms.store, windows, 2, lens);

    for (uint32_t output = 0; output < 2; output++)
        for (uint64_t i = 0; i < 2; i++)
            ahead_saw(a, (struct key){output, i});
    assert_started(play, "2 3");
}

static void test_a_window_may_be_bounded_by_bytes(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1000, PLENTY);
    const uint64_t lens[] = {1000, 1000};
    const struct ahead_window windows[] = {{.elements = 100, .bytes = 3500}, {0}};
    OWN(ahead_free) struct ahead *a = ahead_new(play->sched, play->rooms.store, windows, 2, lens);

    store_put(play->rooms.store, (struct key){1, 0},
              content_new_bytes(g_bytes_new_take(g_malloc0(1000), 1000)));
    saw(a, 0);
    saw(a, 1);
    assert_started(play, "2 3 4");
}

/* "ELEMENTS/BYTES" as planned for a dataset, where the mount's usual window is 9. */
static void assert_planned(const char *dataset, const char *want)
{
    g_autofree char *text = g_strdup_printf("dataset: %s\n", dataset);
    OWN(plan_free) struct plan *p = plan_of(text);
    struct ahead_window w = ahead_plan(plan_output(p, 0)->seq, 9);
    g_autofree char *got = g_strdup_printf("%u/%" G_GUINT64_FORMAT, w.elements, w.bytes);

    assert_string_equal(got, want);
}

static void test_prefetch_steps_plan_the_window_wherever_they_stand(void **state)
{
    assert_planned("[{range: 5}]", "9/0");
    assert_planned("[{range: 5}, prefetch]", "9/0");
    assert_planned("[{range: 5}, {prefetch: 0}]", "0/0");
    assert_planned("[{range: 5}, {prefetch: 3}, {exec: [cat]}]", "3/0");
    assert_planned("[{range: 5}, {prefetch: {bytes: 1K}}]", "9/1024");
    assert_planned("[{range: 5}, {prefetch: 3}, {slice: \":2\"}, {prefetch: 20}]", "20/0");
    assert_planned("{concatenate: [[{range: 5}, {prefetch: {ahead: 3, bytes: 2K}}],"
                   " [{range: 5}, {prefetch: {ahead: 0, bytes: 5K}}]]}",
                   "3/5120");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_second_in_order_starts_it_and_each_further_one_adds_one),
        cmocka_unit_test(test_a_window_of_0_does_nothing),
        cmocka_unit_test(test_who_jumps_about_starts_nothing),
        cmocka_unit_test(test_the_same_element_again_is_no_order),
        cmocka_unit_test(test_it_ends_with_the_output),
        cmocka_unit_test(test_several_readers_have_a_stream_each),
        cmocka_unit_test(test_outputs_do_not_mix),
        cmocka_unit_test(test_a_new_reader_takes_the_place_of_the_one_longest_gone),
        cmocka_unit_test(test_a_little_disorder_within_the_window_is_one_stream),
        cmocka_unit_test(test_it_stays_within_half_of_the_budget),
        cmocka_unit_test(test_each_output_has_its_own_window),
        cmocka_unit_test(test_a_window_may_be_bounded_by_bytes),
        cmocka_unit_test(test_prefetch_steps_plan_the_window_wherever_they_stand),
        cmocka_unit_test(test_an_element_larger_than_half_of_the_budget_is_not_run_ahead_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
