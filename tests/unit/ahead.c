/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run-ahead: what is foreseen in which output, on whose account, and within how much memory. */
#include "fs/ahead.h"

#include "tests/unit/plans.h"

#define PLENTY (UINT64_C(1) << 40)

/* A mount of two outputs of 1000 elements each. */
static struct ahead *make(unsigned window, unsigned other, uint64_t bytes)
{
    const uint64_t lens[] = {1000, 1000};
    const struct ahead_window windows[] = {{.elements = window, .fixed = true},
                                           {.elements = other, .fixed = true}};

    return ahead_new(windows, lens, 2, bytes);
}

static void saw(struct ahead *a, uint32_t output, uint64_t index)
{
    ahead_saw(a, (struct key){output, index}, true);
}

static bool next(struct ahead *a, struct key *ret, uint64_t *ret_owner)
{
    struct foresight f = ahead_foresight(a);

    return f.next(f.ctx, ret, ret_owner);
}

/* Asks until there is nothing more: "OUTPUT:INDEX ...". */
static char *foreseen(struct ahead *a)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct key k;
    uint64_t owner;

    for (unsigned i = 0; i < 100 && next(a, &k, &owner); i++) {
        assert_true(owner != 0);
        g_string_append_printf(text, "%s%" G_GUINT32_FORMAT ":%" G_GUINT64_FORMAT, i ? " " : "",
                               k.output, k.index);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void assert_foreseen(struct ahead *a, const char *want)
{
    g_autofree char *got = foreseen(a);

    assert_string_equal(got, want);
}

static void test_the_second_in_order_starts_it_and_each_further_one_adds_one(void **state)
{
    OWN(ahead_free) struct ahead *a = make(4, 4, PLENTY);

    saw(a, 0, 10);
    assert_foreseen(a, "");
    saw(a, 0, 11);
    assert_foreseen(a, "0:12 0:13 0:14 0:15");
    saw(a, 0, 12);
    assert_foreseen(a, "0:16");
}

static void test_without_an_open_nothing_is_foreseen(void **state)
{
    OWN(ahead_free) struct ahead *a = make(4, 4, PLENTY);

    assert_foreseen(a, "");
    ahead_weigh(a, 0, 100);
    ahead_wasted(a, 1);
    assert_foreseen(a, "");
}

static void test_a_window_of_0_foresees_nothing(void **state)
{
    OWN(ahead_free) struct ahead *a = make(0, 2, PLENTY);

    for (uint64_t i = 0; i < 10; i++)
        saw(a, 0, i);
    assert_foreseen(a, "");
    saw(a, 1, 0);
    saw(a, 1, 1);
    assert_foreseen(a, "1:2 1:3");
}

static void test_outputs_do_not_mix_and_take_turns(void **state)
{
    OWN(ahead_free) struct ahead *a = make(2, 2, PLENTY);

    saw(a, 0, 1);
    saw(a, 1, 2);
    assert_foreseen(a, "");
    saw(a, 0, 2);
    saw(a, 1, 3);
    assert_foreseen(a, "0:3 1:4 0:4 1:5");
}

static void test_all_readers_stay_within_the_memory(void **state)
{
    OWN(ahead_free) struct ahead *a = make(100, 100, 20000);

    ahead_weigh(a, 0, 5000);
    saw(a, 0, 0);
    saw(a, 0, 1);
    assert_foreseen(a, "0:2 0:3 0:4 0:5");
    saw(a, 0, 500);
    saw(a, 0, 501);
    assert_foreseen(a, "0:502 0:503"); /* two readers have two each */
    for (uint64_t i = 2; i < 6; i++)
        saw(a, 0, i);
    assert_foreseen(a, "0:6 0:7");
}

static void test_outputs_share_the_memory(void **state)
{
    OWN(ahead_free) struct ahead *a = make(100, 100, 20000);

    ahead_weigh(a, 0, 5000);
    ahead_weigh(a, 1, 1000);
    for (uint32_t output = 0; output < 2; output++)
        for (uint64_t i = 0; i < 2; i++)
            saw(a, output, i);
    assert_foreseen(a, "0:2 1:2 0:3 1:3 1:4 1:5 1:6 1:7 1:8 1:9 1:10 1:11");
}

static void test_an_element_larger_than_the_memory_is_not_run_ahead_of(void **state)
{
    OWN(ahead_free) struct ahead *a = make(100, 100, 5000);

    ahead_weigh(a, 0, 6000);
    saw(a, 0, 0);
    saw(a, 0, 1);
    saw(a, 0, 2);
    assert_foreseen(a, "");
}

static void test_the_mean_follows_the_sizes(void **state)
{
    OWN(ahead_free) struct ahead *a = make(100, 100, 8000);

    ahead_weigh(a, 0, 8000);
    for (unsigned i = 0; i < 100; i++)
        ahead_weigh(a, 0, 1000);
    saw(a, 0, 0);
    saw(a, 0, 1);
    assert_foreseen(a, "0:2 0:3 0:4 0:5 0:6 0:7 0:8");
}

static void test_a_window_may_be_bounded_by_bytes(void **state)
{
    const uint64_t lens[] = {1000};
    const struct ahead_window windows[] = {{.elements = 100, .bytes = 3500}};
    OWN(ahead_free) struct ahead *a = ahead_new(windows, lens, 1, PLENTY);

    ahead_weigh(a, 0, 1000);
    for (uint64_t i = 0; i < 4; i++)
        saw(a, 0, i);
    assert_foreseen(a, "0:4 0:5 0:6");
}

static void test_waste_is_the_window_s_of_the_reader_whose_it_was(void **state)
{
    OWN(ahead_free) struct ahead *a = make(8, 8, PLENTY);
    struct ahead_figures now;
    uint64_t owner;
    struct key k;

    saw(a, 1, 0);
    saw(a, 1, 1);
    assert_true(next(a, &k, &owner));
    saw(a, 0, 0);
    saw(a, 0, 1);
    ahead_wasted(a, owner);
    assert_foreseen(a, "0:2 1:3 0:3 1:4 0:4 1:5 0:5 0:6 0:7 0:8 0:9");
    ahead_look_figures(a, &now);
    assert_int_equal(now.wasted, 1);
}

static void test_opens_of_what_was_foreseen_are_counted(void **state)
{
    OWN(ahead_free) struct ahead *a = make(4, 4, PLENTY);
    struct ahead_figures now;

    for (uint64_t i = 0; i < 10; i++) {
        saw(a, 0, i);
        g_free(foreseen(a));
    }
    ahead_look_figures(a, &now);
    assert_int_equal(now.used, 8);
}

static void test_the_ways_of_readers_can_be_seen(void **state)
{
    OWN(ahead_free) struct ahead *a = make(4, 4, PLENTY);
    g_autoptr(GArray) ways = NULL;

    saw(a, 0, 10);
    saw(a, 0, 11);
    for (uint64_t i = 900; i > 890; i -= 3)
        saw(a, 1, i);
    g_free(foreseen(a));
    ways = ahead_look_ways(a);
    assert_int_equal(ways->len, 2);
    for (guint i = 0; i < 2; i++) {
        const struct ahead_way *w = &g_array_index(ways, struct ahead_way, i);
        assert_int_equal(w->way.at, w->output == 0 ? 11 : 891);
        assert_int_equal(w->way.stride, w->output == 0 ? 1 : -3);
        assert_int_equal(w->way.window, 4);
        assert_int_equal(w->way.ahead, 4);
    }
}

static void test_of_many_outputs_the_latest_are_followed(void **state)
{
    struct ahead_window windows[100];
    uint64_t lens[100];
    struct ahead_figures now;

    for (unsigned i = 0; i < 100; i++) {
        lens[i] = 1000;
        windows[i] = (struct ahead_window){.elements = 1, .fixed = true};
    }
    OWN(ahead_free) struct ahead *a = ahead_new(windows, lens, 100, PLENTY);
    for (uint32_t output = 0; output < 100; output++)
        for (uint64_t i = 0; i < 3; i++) {
            saw(a, output, i);
            g_free(foreseen(a));
        }
    g_autoptr(GArray) ways = ahead_look_ways(a);
    assert_int_equal(ways->len, 16);
    for (guint i = 0; i < ways->len; i++)
        assert_true(g_array_index(ways, struct ahead_way, i).output >= 84);
    ahead_look_figures(a, &now);
    assert_int_equal(now.used, 100); /* those forgotten, too */
}

static void *read_all(void *ctx)
{
    struct ahead *a = ctx;
    uint64_t owner;
    struct key k;

    for (uint64_t i = 0; i < 3000; i++) {
        ahead_saw(a, (struct key){i & 1, i / 2 % 1000}, i % 3 == 0);
        ahead_weigh(a, i & 1, 100 + i % 50);
        if (next(a, &k, &owner) && i % 16 == 0)
            ahead_wasted(a, owner);
    }
    return NULL;
}

static void test_threads_may_use_it_at_once(void **state)
{
    OWN(ahead_free) struct ahead *a = make(8, 8, PLENTY);
    GThread *threads[4];
    struct ahead_figures now;

    for (unsigned i = 0; i < 4; i++)
        threads[i] = g_thread_new("reader", read_all, a);
    for (unsigned i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    ahead_look_figures(a, &now);
    assert_true(now.used > 0);
}

/* "ELEMENTS/BYTES" as planned for a dataset, and "!" if it is a number that was given, where the
 * mount's usual window is 9. */
static void assert_planned(const char *dataset, const char *want)
{
    const struct ahead_window usual = {.elements = 9};
    g_autofree char *text = g_strdup_printf("dataset: %s\n", dataset);
    OWN(plan_free) struct plan *p = plan_of(text);
    struct ahead_window w = ahead_plan(plan_output(p, 0)->seq, &usual);
    g_autofree char *got =
        g_strdup_printf("%u/%" G_GUINT64_FORMAT "%s", w.elements, w.bytes, w.fixed ? "!" : "");

    assert_string_equal(got, want);
}

static void test_prefetch_steps_plan_the_window_wherever_they_stand(void **state)
{
    assert_planned("[{range: 5}]", "9/0");
    assert_planned("[{range: 5}, prefetch]", "9/0");
    assert_planned("[{range: 5}, {prefetch: 0}]", "0/0!");
    assert_planned("[{range: 5}, {prefetch: 3}, {exec: [cat]}]", "3/0!");
    assert_planned("[{range: 5}, {prefetch: {bytes: 1K}}]", "9/1024");
    assert_planned("[{range: 5}, {prefetch: 3}, {slice: \":2\"}, {prefetch: 20}]", "20/0!");
    assert_planned("{concatenate: [[{range: 5}, {prefetch: {ahead: 3, bytes: 2K}}],"
                   " [{range: 5}, {prefetch: {ahead: 0, bytes: 5K}}]]}",
                   "3/5120!");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_second_in_order_starts_it_and_each_further_one_adds_one),
        cmocka_unit_test(test_without_an_open_nothing_is_foreseen),
        cmocka_unit_test(test_a_window_of_0_foresees_nothing),
        cmocka_unit_test(test_outputs_do_not_mix_and_take_turns),
        cmocka_unit_test(test_all_readers_stay_within_the_memory),
        cmocka_unit_test(test_outputs_share_the_memory),
        cmocka_unit_test(test_an_element_larger_than_the_memory_is_not_run_ahead_of),
        cmocka_unit_test(test_the_mean_follows_the_sizes),
        cmocka_unit_test(test_a_window_may_be_bounded_by_bytes),
        cmocka_unit_test(test_waste_is_the_window_s_of_the_reader_whose_it_was),
        cmocka_unit_test(test_opens_of_what_was_foreseen_are_counted),
        cmocka_unit_test(test_the_ways_of_readers_can_be_seen),
        cmocka_unit_test(test_of_many_outputs_the_latest_are_followed),
        cmocka_unit_test(test_threads_may_use_it_at_once),
        cmocka_unit_test(test_prefetch_steps_plan_the_window_wherever_they_stand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
