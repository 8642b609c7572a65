/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams: whose order is seen and how soon, how windows grow and shrink. */
#include "fs/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

/* What is given now, as "1 2 3"; at most 100. */
static char *given(struct streams *s)
{
    g_autoptr(GString) text = g_string_new(NULL);
    uint64_t index, stream;

    for (unsigned i = 0; i < 100 && streams_next(s, &index, &stream); i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i ? " " : "", index);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

#define assert_given(s, want)                         \
    do {                                              \
        g_autofree char *assert_given_got = given(s); \
        assert_string_equal(assert_given_got, want);  \
    } while (0)

static void saw_all(struct streams *s, const uint64_t *indices, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        streams_saw(s, indices[i], true);
}

#define SAW(s, ...) \
    saw_all(s, (const uint64_t[]){__VA_ARGS__}, sizeof((uint64_t[]){__VA_ARGS__}) / 8)

static unsigned n_ways(const struct streams *s)
{
    struct streams_way ways[STREAMS_MAX];

    return streams_look(s, ways);
}

/* The way that was used last. */
static struct streams_way latest_way(const struct streams *s)
{
    struct streams_way ways[STREAMS_MAX];

    assert_true(streams_look(s, ways) > 0);
    return ways[0];
}

static void test_the_second_in_order_starts_a_stream_and_each_further_one_adds_one(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 4, true);

    SAW(s, 10);
    assert_given(s, "");
    SAW(s, 11);
    assert_given(s, "12 13 14 15");
    SAW(s, 12);
    assert_given(s, "16");
    SAW(s, 13);
    assert_given(s, "17");
}

static void test_a_window_of_0_gives_nothing(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 0, true);

    SAW(s, 0, 1, 2, 3, 4);
    assert_given(s, "");
}

static void test_a_window_that_is_not_given_opens_in_three_steps(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 8, false);

    streams_saw(s, 0, true);
    streams_saw(s, 1, false);
    assert_given(s, "2 3");
    streams_saw(s, 2, false);
    assert_given(s, "4 5 6");
    streams_saw(s, 3, false);
    assert_given(s, "7 8 9 10 11");
}

static void test_the_third_of_a_stride_starts_it(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(100000, 3, true);

    SAW(s, 10, 17);
    assert_given(s, "");
    SAW(s, 24);
    assert_given(s, "31 38 45");
    SAW(s, 5000, 6000, 7000);
    assert_given(s, "8000 9000 10000");
}

static void test_backwards_is_an_order_too(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 4, true);

    SAW(s, 999, 998, 997);
    assert_given(s, "996 995 994 993");
    assert_int_equal(latest_way(s).stride, -1);
    SAW(s, 500, 480, 460);
    assert_given(s, "440 420 400 380");
}

static void test_it_ends_with_the_output(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(10, 4, true);

    SAW(s, 6, 7);
    assert_given(s, "8 9");
    SAW(s, 8, 9);
    assert_given(s, "");
    SAW(s, 4, 3, 2, 1);
    assert_given(s, "0");
}

static void test_the_same_again_is_no_order(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 2, true);

    SAW(s, 100, 5, 5, 5, 5, 5, 5);
    assert_given(s, "");
    SAW(s, 6, 6);
    assert_given(s, "7 8");
    SAW(s, 101);
    assert_given(s, "102 103");
}

static void test_a_little_disorder_is_one_stream(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 4, true);

    SAW(s, 0, 2, 1, 3, 6, 4, 5, 7, 9, 8);
    assert_int_equal(n_ways(s), 1);
    assert_given(s, "10 11 12 13");
}

static void test_what_was_opened_before_its_turn_is_not_given(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 4, true);

    SAW(s, 0, 2, 1);
    assert_given(s, "3 4 5 6");
}

static void test_sixty_four_readers_have_a_stream_each(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000000, 1, true);

    for (uint64_t i = 0; i < 10; i++)
        for (uint64_t reader = 0; reader < 64; reader++)
            streams_saw(s, reader * reader * 200 + i, true);
    assert_int_equal(n_ways(s), 64);
}

static void test_who_has_the_least_ahead_is_served_first(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 4, true);
    uint64_t index, stream;

    SAW(s, 10, 11);
    for (unsigned i = 0; i < 2; i++)
        assert_true(streams_next(s, &index, &stream));
    SAW(s, 500, 501);
    assert_given(s, "502 503 14 504 15 505");
}

static void test_all_together_stay_within_the_limit(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 8, true);
    struct streams_way ways[STREAMS_MAX];

    streams_limit(s, 6);
    SAW(s, 10, 11, 300, 301, 700, 701);
    assert_given(s, "12 302 702 13 303 703");
    assert_int_equal(streams_look(s, ways), 3);
    streams_limit(s, 2);
    SAW(s, 12, 13, 302, 303, 702, 703);
    assert_given(s, "14 304 704"); /* one at least */
    streams_limit(s, 0);
    SAW(s, 14, 304, 704);
    assert_given(s, "");
}

static void test_a_wait_doubles_a_window_that_was_filled(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(100000, 8, false);
    uint64_t index = 0;

    for (unsigned i = 0; i < 20; i++) { /* never filled: the workers are behind */
        streams_saw(s, index++, true);
        if (i > 0)
            assert_true(latest_way(s).window <= 32);
    }
    assert_int_equal(latest_way(s).window, 32);
    for (unsigned i = 0; i < 20; i++) {
        g_free(given(s));
        streams_saw(s, index++, i % 2 == 0);
    }
    assert_int_equal(latest_way(s).window, 1024);
}

static void test_no_wait_no_growth(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 8, false);

    streams_saw(s, 0, true);
    for (uint64_t i = 1; i < 200; i++) {
        streams_saw(s, i, false);
        g_free(given(s));
    }
    assert_int_equal(latest_way(s).window, 8);
}

static void test_a_window_that_was_given_is_the_most(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(100000, 100, true);

    SAW(s, 0, 1);
    assert_int_equal(latest_way(s).window, 32);
    for (uint64_t i = 2; i < 100; i++) {
        g_free(given(s));
        streams_saw(s, i, true);
        assert_true(latest_way(s).window <= 100);
    }
    assert_int_equal(latest_way(s).window, 100);
}

static void test_waste_halves_the_window_once_for_all_that_was_given_before(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 16, true);
    uint64_t index, stream = 0;

    SAW(s, 0, 1);
    while (streams_next(s, &index, &stream))
        continue;
    for (unsigned i = 0; i < 17; i++)
        streams_wasted(s, stream);
    assert_int_equal(latest_way(s).window, 8);
    streams_wasted(s, stream);
    assert_int_equal(latest_way(s).window, 4);
    streams_wasted(s, stream + 1); /* of one that is gone */
    assert_int_equal(latest_way(s).window, 4);
}

static void test_waste_ends_run_ahead_and_waits_begin_it_again(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000, 4, true);
    uint64_t index, stream;

    SAW(s, 0, 1);
    assert_true(streams_next(s, &index, &stream));
    for (unsigned i = 0; i < 20; i++)
        streams_wasted(s, stream);
    assert_given(s, "");
    for (uint64_t i = 2; i < 40; i++)
        streams_saw(s, i, true);
    assert_int_equal(latest_way(s).window, 4);
}

static void test_a_reader_who_has_gone_gets_nothing_while_others_read(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(1000000, 8, true);
    uint64_t index, stream;

    SAW(s, 10, 11);
    for (uint64_t i = 500; i < 530; i++) {
        streams_saw(s, i, false);
        assert_true(streams_next(s, &index, &stream));
    }
    while (streams_next(s, &index, &stream))
        assert_true(index > 500);
    SAW(s, 12);
    assert_true(streams_next(s, &index, &stream)); /* and he is back */
    assert_in_range(index, 13, 30);
}

static void test_opens_beyond_the_end_and_huge_indices_are_harmless(void **state)
{
    OWN(streams_free) struct streams *s = streams_new(UINT64_MAX, 4, true);
    const uint64_t far = (UINT64_C(1) << 62) - 1;

    SAW(s, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, 1, far - 1, far);
    assert_given(s, "");
    SAW(s, 0, far / 2, far - 1);
    assert_given(s, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_second_in_order_starts_a_stream_and_each_further_one_adds_one),
        cmocka_unit_test(test_a_window_of_0_gives_nothing),
        cmocka_unit_test(test_a_window_that_is_not_given_opens_in_three_steps),
        cmocka_unit_test(test_the_third_of_a_stride_starts_it),
        cmocka_unit_test(test_backwards_is_an_order_too),
        cmocka_unit_test(test_it_ends_with_the_output),
        cmocka_unit_test(test_the_same_again_is_no_order),
        cmocka_unit_test(test_a_little_disorder_is_one_stream),
        cmocka_unit_test(test_what_was_opened_before_its_turn_is_not_given),
        cmocka_unit_test(test_sixty_four_readers_have_a_stream_each),
        cmocka_unit_test(test_who_has_the_least_ahead_is_served_first),
        cmocka_unit_test(test_all_together_stay_within_the_limit),
        cmocka_unit_test(test_a_wait_doubles_a_window_that_was_filled),
        cmocka_unit_test(test_no_wait_no_growth),
        cmocka_unit_test(test_a_window_that_was_given_is_the_most),
        cmocka_unit_test(test_waste_halves_the_window_once_for_all_that_was_given_before),
        cmocka_unit_test(test_waste_ends_run_ahead_and_waits_begin_it_again),
        cmocka_unit_test(test_a_reader_who_has_gone_gets_nothing_while_others_read),
        cmocka_unit_test(test_opens_beyond_the_end_and_huge_indices_are_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
