/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store: what it keeps, what it drops first, and that the budget holds. */
#include "fs/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/stores.h"

/* Keeping and dropping. */

static void test_what_was_put_is_found(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *c = make(p, 1, KB), *put_back, *found;

    put_back = store_put(p->store, at(1), c, 0, true);
    assert_ptr_equal(put_back, c);
    content_unref(put_back);
    found = store_look(p->store, at(1), true);
    assert_ptr_equal(found, c);
    content_unref(found);
    assert_null(store_look(p->store, at(2), true));
    assert_null(store_look(p->store, (struct identity){1, 1}, true));
}

static void test_the_least_recently_used_goes_first(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    for (uint64_t i = 0; i < 4; i++)
        put(p, i, KB);
    read_element(p, 0);
    put(p, 4, KB);
    assert_true(has(p, 0));
    assert_false(has(p, 1));
    assert_true(has(p, 2));
}

static void test_what_is_unread_and_older_goes_before_what_was_read(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    put(p, 0, KB);
    put_ahead(p, 1, KB, 7);
    put(p, 2, KB);
    put(p, 3, KB);
    read_element(p, 0);
    put(p, 4, KB);
    assert_true(has(p, 0));
    assert_false(has(p, 1));
    assert_wasted(p, 1, 7);
}

static void test_the_budget_holds_whatever_is_put(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    for (uint64_t i = 0; i < 1000; i++) {
        put(p, i * 7 % 50, i * 13 % 3000 + 1);
        assert_true(budget_used(p->budget, BUDGET_HELD) <= ROOM);
        assert_int_equal(figures(p).bytes, budget_used(p->budget, BUDGET_HELD));
    }
    assert_true(figures(p).n > 0);
}

static void test_small_contents_cost_more_than_their_bytes(void **state)
{
    OWN(play_free) struct play *p = play_new(10 * KB, false);

    for (uint64_t i = 0; i < 1000; i++)
        put(p, i, 1);
    assert_in_range(figures(p).n, 10, 60);
}

static void test_what_jobs_under_way_need_is_made_room_for(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    for (uint64_t i = 0; i < 4; i++)
        put(p, i, KB);
    budget_take(p->budget, BUDGET_RESERVED, 2 * KB);
    put(p, 4, KB);
    assert_true(budget_total(p->budget) <= ROOM);
    assert_true(has(p, 4));
    budget_give(p->budget, BUDGET_RESERVED, 2 * KB);
}

static void test_what_is_larger_than_the_budget_is_handed_out_and_drops_nothing(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *c;

    put(p, 1, KB);
    c = open_element(p, 2, 10 * KB);
    assert_true(has(p, 1));
    content_unpin(c);
    assert_false(has(p, 2));
    assert_true(has(p, 1));
    assert_int_equal(figures(p).n, 1);
    assert_int_equal(figures(p).unspilled, 1);
}

static void test_what_was_never_opened_past_the_budget_goes_with_the_next(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    for (uint64_t i = 0; i < 100; i++)
        put(p, i, 10 * KB);
    assert_true(figures(p).n <= 2);
}

static void test_a_reader_keeps_what_was_dropped(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *c;

    put(p, 1, KB);
    c = open_element(p, 1, KB);
    store_drop(p->store, at(1));
    assert_false(has(p, 1));
    assert_true(is_content_of(c, 1, KB));
    assert_true(budget_used(p->budget, BUDGET_PINNED) > KB);
    content_unpin(c);
}

static void test_a_value_that_is_kept_already_is_handed_out_instead(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    OWN(content_unref) struct content *first = NULL;
    OWN(content_unref) struct content *second = NULL;

    first = store_put(p->store, at(1), make(p, 1, KB), 0, true);
    second = store_put(p->store, at(1), make(p, 1, KB), 0, true);
    assert_ptr_equal(first, second);
    assert_int_equal(figures(p).n, 1);
}

static void test_a_value_of_another_length_replaces(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    OWN(content_unref) struct content *found = NULL;

    put_ahead(p, 1, KB, 7);
    put(p, 1, 2 * KB);
    found = store_look(p->store, at(1), false);
    assert_int_equal(content_len(found), 2 * KB);
    assert_int_equal(figures(p).n, 1);
    assert_in_range(figures(p).bytes, 2 * KB, 3 * KB);
    assert_int_equal(store_unread(p->store), 0);
    assert_wasted(p, 0, 7);
}

static void test_without_an_identity_nothing_is_kept(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    const struct identity none = {0};
    struct content *c = make(p, 1, KB), *handed = store_put(p->store, none, c, 0, true);

    assert_ptr_equal(handed, c);
    content_unref(handed);
    assert_null(store_look(p->store, none, true));
    assert_int_equal(figures(p).n, 0);
}

static void test_a_content_that_is_not_counted_is_counted_by_the_store(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    for (uint64_t i = 0; i < 20; i++) {
        struct content *c = content_new_bytes(g_bytes_new_take(g_malloc0(KB), KB), NULL);

        content_unref(store_put(p->store, at(i), c, 0, true));
        assert_in_range(budget_used(p->budget, BUDGET_HELD), KB, ROOM);
    }
    assert_int_equal(figures(p).n, 4);
}

static void test_contents_may_outlive_the_store(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *c = open_element(p, 1, KB);

    store_free(g_steal_pointer(&p->store));
    assert_true(is_content_of(c, 1, KB));
    content_unpin(c);
}

/* The kernel. */

static void test_what_the_kernel_has_goes_first(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    for (uint64_t i = 0; i < 4; i++)
        put(p, i, KB);
    store_kernel_has(p->store, at(3));
    put(p, 4, KB);
    assert_false(has(p, 3));
    assert_true(has(p, 0));
    assert_int_equal(figures(p).evicted_kernel, 1);
    store_kernel_has(p->store, at(99));
}

static void test_what_the_kernel_has_and_a_reader_too_goes_once_it_is_closed(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *c;

    for (uint64_t i = 0; i < 4; i++)
        put(p, i, KB);
    c = open_element(p, 3, KB);
    store_kernel_has(p->store, at(3));
    put(p, 4, KB);
    assert_true(has(p, 3));
    assert_false(has(p, 0));
    content_unpin(c);
    put(p, 5, KB);
    assert_false(has(p, 3));
    assert_true(has(p, 1));
}

/* Running ahead. */

static void test_unread_bytes_are_those_computed_ahead_until_they_are_read(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    uint64_t two;

    put_ahead(p, 1, KB, 7);
    put_ahead(p, 2, KB, 7);
    put(p, 3, KB);
    two = store_unread(p->store);
    assert_in_range(two, 2 * KB, 3 * KB);
    assert_true(has(p, 1));
    assert_int_equal(store_unread(p->store), two);
    read_element(p, 1);
    assert_int_equal(store_unread(p->store), two / 2);
    store_drop(p->store, at(2));
    assert_int_equal(store_unread(p->store), 0);
    assert_wasted(p, 0, 7);
}

static void test_what_a_reader_came_to_wait_for_is_not_unread(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    content_unref(store_put(p->store, at(1), make(p, 1, KB), 7, true));
    assert_int_equal(store_unread(p->store), 0);
}

static void test_run_ahead_drops_what_was_read_but_nothing_unread(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    put_ahead(p, 0, KB, 7);
    put_ahead(p, 1, KB, 7);
    put(p, 2, KB);
    put(p, 3, KB);
    put_ahead(p, 4, KB, 8);
    put_ahead(p, 5, KB, 8);
    assert_false(has(p, 2));
    assert_false(has(p, 3));
    assert_wasted(p, 0, 0);
    put_ahead(p, 6, KB, 9);
    assert_wasted(p, 1, 9);
    assert_false(has(p, 6));
    for (uint64_t i = 0; i < 6; i++)
        assert_true(has(p, i) == (i != 2 && i != 3));
    assert_int_equal(figures(p).refused, 1);
}

static void test_run_ahead_that_finds_no_room_drops_nothing(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    put(p, 0, KB);
    put_ahead(p, 1, 3 * KB, 7);
    put_ahead(p, 2, 3 * KB, 8);
    put_ahead(p, 3, 50 * KB, 8);
    assert_wasted(p, 2, 8);
    assert_true(has(p, 0) && has(p, 1));
    assert_int_equal(figures(p).evicted, 0);
}

static void test_owners_are_told_once_of_each_that_went_unread(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    for (uint64_t i = 0; i < 4; i++)
        put_ahead(p, i, KB, 7);
    read_element(p, 0);
    for (uint64_t i = 10; i < 14; i++)
        put(p, i, KB);
    assert_wasted(p, 3, 7);
    assert_int_equal(figures(p).evicted, 4);
    assert_int_equal(figures(p).evicted_unread, 3);
}

static void test_room_is_made_for_jobs_from_what_may_go(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    put_ahead(p, 0, KB, 7);
    put_ahead(p, 1, KB, 7);
    put(p, 2, KB);
    put(p, 3, KB);
    assert_true(store_make_room(p->store, 2 * KB, false));
    assert_true(budget_room(p->budget) >= 2 * KB);
    assert_int_equal(figures(p).n, 2);
    assert_false(store_make_room(p->store, 4 * KB, false));
    assert_int_equal(figures(p).n, 2);
    assert_true(store_make_room(p->store, 4 * KB, true));
    assert_wasted(p, 1, 7);
    assert_false(store_make_room(p->store, 40 * KB, true));
    assert_int_equal(figures(p).n, 1);
}

static void test_only_readers_count_as_hits_and_misses(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);

    put(p, 1, KB);
    has(p, 1);
    has(p, 2);
    read_element(p, 1);
    assert_null(store_look(p->store, at(2), true));
    assert_null(store_look(p->store, at(3), true));
    assert_int_equal(figures(p).hits, 1);
    assert_int_equal(figures(p).misses, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_put_is_found),
        cmocka_unit_test(test_the_least_recently_used_goes_first),
        cmocka_unit_test(test_what_is_unread_and_older_goes_before_what_was_read),
        cmocka_unit_test(test_the_budget_holds_whatever_is_put),
        cmocka_unit_test(test_small_contents_cost_more_than_their_bytes),
        cmocka_unit_test(test_what_jobs_under_way_need_is_made_room_for),
        cmocka_unit_test(test_what_is_larger_than_the_budget_is_handed_out_and_drops_nothing),
        cmocka_unit_test(test_what_was_never_opened_past_the_budget_goes_with_the_next),
        cmocka_unit_test(test_a_reader_keeps_what_was_dropped),
        cmocka_unit_test(test_a_value_that_is_kept_already_is_handed_out_instead),
        cmocka_unit_test(test_a_value_of_another_length_replaces),
        cmocka_unit_test(test_without_an_identity_nothing_is_kept),
        cmocka_unit_test(test_a_content_that_is_not_counted_is_counted_by_the_store),
        cmocka_unit_test(test_contents_may_outlive_the_store),
        cmocka_unit_test(test_what_the_kernel_has_goes_first),
        cmocka_unit_test(test_what_the_kernel_has_and_a_reader_too_goes_once_it_is_closed),
        cmocka_unit_test(test_unread_bytes_are_those_computed_ahead_until_they_are_read),
        cmocka_unit_test(test_what_a_reader_came_to_wait_for_is_not_unread),
        cmocka_unit_test(test_run_ahead_drops_what_was_read_but_nothing_unread),
        cmocka_unit_test(test_run_ahead_that_finds_no_room_drops_nothing),
        cmocka_unit_test(test_owners_are_told_once_of_each_that_went_unread),
        cmocka_unit_test(test_room_is_made_for_jobs_from_what_may_go),
        cmocka_unit_test(test_only_readers_count_as_hits_and_misses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
