/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store: what it keeps, what it drops first, and what it counts. */
#include "fs/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KB 1000
#define ROOM (UINT64_C(4) * KB + 9 * KB / 10) /* for four contents of 1000 bytes */

static struct key at(uint64_t index)
{
    return (struct key){0, index};
}

static struct content *make(size_t len)
{
    return content_new_bytes(g_bytes_new_take(g_malloc0(len), len));
}

static bool has(struct store *s, uint64_t index)
{
    OWN(content_unref) struct content *c = store_look(s, at(index), false);

    return c;
}

static void test_what_was_put_is_found(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);
    struct content *c = make(KB), *found;

    store_put(s, at(1), c);
    found = store_look(s, at(1), true);
    assert_ptr_equal(found, c);
    content_unref(found);
    assert_null(store_look(s, at(2), true));
    assert_null(store_look(s, (struct key){1, 1}, true));
}

static void test_the_least_recently_used_goes_first(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);

    for (uint64_t i = 0; i < 4; i++)
        store_put(s, at(i), make(KB));
    assert_true(has(s, 0));
    store_put(s, at(4), make(KB));
    assert_true(has(s, 0));
    assert_false(has(s, 1));
    assert_true(has(s, 2));
}

static void test_the_budget_holds_whatever_is_put(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);
    struct store_figures now;

    for (uint64_t i = 0; i < 1000; i++) {
        store_put(s, at(i * 7 % 50), make(i * 13 % 3000));
        store_look_figures(s, &now);
        assert_true(now.bytes <= now.budget);
        assert_int_equal(now.budget, ROOM);
    }
    assert_true(now.n > 0);
}

static void test_small_contents_cost_more_than_their_bytes(void **state)
{
    OWN(store_free) struct store *s = store_new(10 * KB);
    struct store_figures now;

    for (uint64_t i = 0; i < 1000; i++)
        store_put(s, at(i), make(0));
    store_look_figures(s, &now);
    assert_in_range(now.n, 10, 150);
}

static void test_what_is_larger_than_the_budget_is_not_kept_and_drops_nothing(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);
    struct store_figures now;

    store_put(s, at(1), make(KB));
    store_put(s, at(2), make(10 * KB));
    assert_false(has(s, 2));
    assert_true(has(s, 1));
    store_look_figures(s, &now);
    assert_int_equal(now.n, 1);
    assert_int_equal(now.evicted, 0);
}

static void test_a_reader_keeps_what_was_dropped(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);
    struct content *c;
    char byte;

    store_put(s, at(1), make(KB));
    c = store_look(s, at(1), true);
    for (uint64_t i = 2; i < 7; i++)
        store_put(s, at(i), make(KB));
    assert_false(has(s, 1));
    assert_int_equal(content_read(c, KB - 1, &byte, 1), 1);
    content_unref(c);
}

static void test_putting_again_replaces(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);
    OWN(content_unref) struct content *found = NULL;
    struct store_figures now;

    store_put(s, at(1), make(KB));
    store_put(s, at(1), make(2 * KB));
    found = store_look(s, at(1), false);
    assert_int_equal(content_len(found), 2 * KB);
    store_look_figures(s, &now);
    assert_int_equal(now.n, 1);
    assert_in_range(now.bytes, 2 * KB, 3 * KB);
}

static void test_only_readers_count_as_hits_and_misses(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);
    struct store_figures now;

    store_put(s, at(1), make(KB));
    has(s, 1);
    has(s, 2);
    content_unref(store_look(s, at(1), true));
    content_unref(store_look(s, at(2), true));
    content_unref(store_look(s, at(3), true));
    store_look_figures(s, &now);
    assert_int_equal(now.hits, 1);
    assert_int_equal(now.misses, 2);
}

static void test_what_was_dropped_unread_is_told_apart(void **state)
{
    OWN(store_free) struct store *s = store_new(ROOM);
    struct store_figures now;

    store_put(s, at(0), make(KB));
    content_unref(store_look(s, at(0), true));
    for (uint64_t i = 1; i < 6; i++)
        store_put(s, at(i), make(KB));
    store_look_figures(s, &now);
    assert_int_equal(now.evicted, 2);
    assert_int_equal(now.evicted_unread, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_put_is_found),
        cmocka_unit_test(test_the_least_recently_used_goes_first),
        cmocka_unit_test(test_the_budget_holds_whatever_is_put),
        cmocka_unit_test(test_small_contents_cost_more_than_their_bytes),
        cmocka_unit_test(test_what_is_larger_than_the_budget_is_not_kept_and_drops_nothing),
        cmocka_unit_test(test_a_reader_keeps_what_was_dropped),
        cmocka_unit_test(test_putting_again_replaces),
        cmocka_unit_test(test_only_readers_count_as_hits_and_misses),
        cmocka_unit_test(test_what_was_dropped_unread_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
