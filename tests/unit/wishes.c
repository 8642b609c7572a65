/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wishes: what is handed out of an order and of what is to be warm, and what is told of them. */
#include "tests/unit/wished.h"

static void saw(struct wished *t, uint64_t index)
{
    assert_true(wishes_saw(t->wishes, (struct key){0, index}));
}

static void done(struct wished *t, uint64_t index, bool failed)
{
    wishes_done(t->wishes, (struct key){0, index}, failed);
}

static void nothing_is_handed_out_before_something_was_said(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 10}");
    assert_false(wishes_saw(t.wishes, (struct key){0, 3}));
    assert_next(&t, WISH_ORDER, 10, "");
    assert_next(&t, WISH_WARM, 10, "");
    assert_progress(&t, "{\"order\": {\"len\": 0, \"at\": 0, \"readers\": []}, "
                        "\"warm\": {\"asked\": 0, \"done\": 0, \"failed\": 0}}\n");
    wished_finish(&t);
}

static void an_order_is_handed_out_as_far_as_the_window_goes(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 10}");
    assert_written(&t, WISH_ORDER, "9 3 5 1 7 0 2 4 6 8");
    assert_next(&t, WISH_ORDER, 10, "9 3 5 1");
    saw(&t, 9);
    assert_next(&t, WISH_ORDER, 10, "7");
    saw(&t, 3);
    saw(&t, 5);
    assert_next(&t, WISH_ORDER, 1, "0");
    assert_progress(&t, "{\"order\": {\"len\": 10, \"at\": 3, \"readers\": "
                        "[{\"at\": 3, \"ahead\": 3, \"window\": 4}]}, "
                        "\"warm\": {\"asked\": 0, \"done\": 0, \"failed\": 0}}\n");
    wished_finish(&t);
}

static void the_order_is_followed_from_wherever_the_reader_is(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_ORDER, "0-99");
    assert_next(&t, WISH_ORDER, 10, "0 1 2 3");
    saw(&t, 50);
    assert_next(&t, WISH_ORDER, 10, "51 52 53 54");
    saw(&t, 51);
    assert_next(&t, WISH_ORDER, 10, "55");
    wished_finish(&t);
}

static void an_order_goes_across_datasets(void **state)
{
    struct wished t;

    wished_start(&t, "datasets: {a: {range: 10}, b: {range: 10}}");
    assert_written(&t, WISH_ORDER, "b/7\na/3.txt\nb/0\na/9\nb/1\n");
    assert_next(&t, WISH_ORDER, 10, "1/7 3 1/0 9");
    assert_true(wishes_saw(t.wishes, (struct key){1, 7}));
    assert_next(&t, WISH_ORDER, 10, "1/1");
    assert_reads(&t, WISH_ORDER, "b/7\na/3\nb/0\na/9\nb/1\n");
    assert_false(wishes_saw(t.wishes, (struct key){1, 9}));
    wished_finish(&t);
}

static void a_view_s_element_follows_nothing(void **state)
{
    struct wished t;

    wished_start(&t, "sequences: {s: {range: 5}}\ndataset: [s, {slice: '1:'}]");
    assert_written(&t, WISH_ORDER, "all");
    assert_false(wishes_saw(t.wishes, (struct key){1, 0}));
    wished_finish(&t);
}

static void another_order_takes_the_place_of_the_one_before(void **state)
{
    struct wished t;
    uint64_t owner;
    struct key k;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_ORDER, "0-99");
    assert_true(wishes_next_order(t.wishes, &k, &owner));
    assert_written(&t, WISH_ORDER, "[99, 98, 97, 96, 95, 94, 93]");
    wishes_wasted(t.wishes, owner); /* which is not held against the new one */
    assert_next(&t, WISH_ORDER, 10, "99 98 97 96");
    assert_written(&t, WISH_ORDER, "");
    assert_next(&t, WISH_ORDER, 10, "");
    assert_reads(&t, WISH_ORDER, "");
    assert_false(wishes_saw(t.wishes, (struct key){0, 99}));
    wished_finish(&t);
}

static void what_was_dropped_unread_makes_the_window_smaller(void **state)
{
    struct wished t;
    uint64_t owner;
    struct key k;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_ORDER, "all");
    assert_true(wishes_next_order(t.wishes, &k, &owner));
    assert_next(&t, WISH_ORDER, 10, "1 2 3");
    wishes_wasted(t.wishes, owner);
    wishes_wasted(t.wishes, 1);                 /* a stream's */
    wishes_wasted(t.wishes, WISHES_OWNER);      /* of what is warm */
    wishes_wasted(t.wishes, WISHES_OWNER | 99); /* nobody's */
    saw(&t, 0);
    assert_next(&t, WISH_ORDER, 10, "");
    saw(&t, 1);
    saw(&t, 2);
    assert_next(&t, WISH_ORDER, 10, "4 5");
    wished_finish(&t);
}

static void a_window_of_0_concerns_the_order_alone(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    wishes_set_window(t.wishes, 0);
    assert_written(&t, WISH_ORDER, "all");
    assert_written(&t, WISH_WARM, "3-4");
    saw(&t, 0);
    assert_next(&t, WISH_ORDER, 10, "");
    assert_next(&t, WISH_WARM, 10, "3 4");
    wishes_set_window(t.wishes, 2);
    assert_next(&t, WISH_ORDER, 10, "1 2");
    wished_finish(&t);
}

static void what_is_to_be_warm_is_handed_out_once_and_counted_when_it_is_done(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_WARM, "10-12, 50\n11-13");
    assert_reads(&t, WISH_WARM, "10-13\n50\n");
    assert_next(&t, WISH_WARM, 2, "10 11");
    assert_reads(&t, WISH_WARM, "12-13\n50\n");
    done(&t, 10, false);
    done(&t, 10, false); /* by a reader, once more */
    done(&t, 12, false); /* by a reader; to be handed out, and found done */
    done(&t, 11, true);
    assert_progress(&t, "{\"order\": {\"len\": 0, \"at\": 0, \"readers\": []}, "
                        "\"warm\": {\"asked\": 5, \"done\": 1, \"failed\": 1}}\n");
    assert_next(&t, WISH_WARM, 9, "12 13 50");
    assert_next(&t, WISH_WARM, 9, "");
    wished_finish(&t);
}

static void writing_more_adds_and_starts_anew_once_all_is_done(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_WARM, "1-2");
    assert_next(&t, WISH_WARM, 1, "1");
    assert_written(&t, WISH_WARM, "2-3");
    assert_next(&t, WISH_WARM, 9, "2 3");
    for (uint64_t i = 1; i <= 3; i++)
        done(&t, i, false);
    assert_progress(&t, "{\"order\": {\"len\": 0, \"at\": 0, \"readers\": []}, "
                        "\"warm\": {\"asked\": 3, \"done\": 3, \"failed\": 0}}\n");
    assert_written(&t, WISH_WARM, "7");
    assert_progress(&t, "{\"order\": {\"len\": 0, \"at\": 0, \"readers\": []}, "
                        "\"warm\": {\"asked\": 1, \"done\": 0, \"failed\": 0}}\n");
    wished_finish(&t);
}

static void none_cancels_what_was_to_be_warm(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_WARM, "all");
    assert_next(&t, WISH_WARM, 1, "0");
    assert_written(&t, WISH_WARM, "5, none, 8-9");
    done(&t, 0, false); /* was under way, and is nobody's wish any more */
    assert_progress(&t, "{\"order\": {\"len\": 0, \"at\": 0, \"readers\": []}, "
                        "\"warm\": {\"asked\": 2, \"done\": 0, \"failed\": 0}}\n");
    assert_next(&t, WISH_WARM, 9, "8 9");
    wished_finish(&t);
}

static void an_order_of_any_length_is_read_back_in_part(void **state)
{
    g_autoptr(GString) got = g_string_new(NULL);
    struct wished t;
    uint64_t lines = 0;

    wished_start(&t, "dataset: {range: 3000000}");
    assert_written(&t, WISH_ORDER, "all");
    wishes_print(t.wishes, WISH_ORDER, got);
    for (const char *at = got->str; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, WISHES_LINES);
    wished_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_handed_out_before_something_was_said),
        cmocka_unit_test(an_order_is_handed_out_as_far_as_the_window_goes),
        cmocka_unit_test(the_order_is_followed_from_wherever_the_reader_is),
        cmocka_unit_test(an_order_goes_across_datasets),
        cmocka_unit_test(a_view_s_element_follows_nothing),
        cmocka_unit_test(another_order_takes_the_place_of_the_one_before),
        cmocka_unit_test(what_was_dropped_unread_makes_the_window_smaller),
        cmocka_unit_test(a_window_of_0_concerns_the_order_alone),
        cmocka_unit_test(what_is_to_be_warm_is_handed_out_once_and_counted_when_it_is_done),
        cmocka_unit_test(writing_more_adds_and_starts_anew_once_all_is_done),
        cmocka_unit_test(none_cancels_what_was_to_be_warm),
        cmocka_unit_test(an_order_of_any_length_is_read_back_in_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
