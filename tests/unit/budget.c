/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The budget: what counts against the limit, and that threads lose nothing. */
#include "fs/budget.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_what_is_given_back_is_gone(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(1000);

    budget_take(b, BUDGET_HELD, 300);
    budget_take(b, BUDGET_HELD, 200);
    budget_give(b, BUDGET_HELD, 300);
    assert_int_equal(budget_used(b, BUDGET_HELD), 200);
    assert_int_equal(budget_total(b), 200);
    assert_int_equal(budget_room(b), 800);
    assert_int_equal(budget_limit(b), 1000);
}

static void test_held_reserved_and_transfer_take_room_and_pins_take_none(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(1000);

    budget_take(b, BUDGET_HELD, 100);
    budget_take(b, BUDGET_RESERVED, 20);
    budget_take(b, BUDGET_TRANSFER, 3);
    budget_take(b, BUDGET_PINNED, 100);
    assert_int_equal(budget_total(b), 123);
    assert_int_equal(budget_room(b), 877);
}

static void test_beyond_the_limit_there_is_no_room_and_no_refusal(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(10);

    budget_take(b, BUDGET_HELD, UINT64_C(1) << 40);
    assert_int_equal(budget_room(b), 0);
    assert_int_equal(budget_total(b), UINT64_C(1) << 40);
}

static void test_the_figures_tell_each_kind_and_the_most_there_ever_was(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(1000);
    struct budget_figures now;

    budget_take(b, BUDGET_HELD, 100);
    budget_take(b, BUDGET_RESERVED, 50);
    budget_give(b, BUDGET_RESERVED, 45);
    budget_take(b, BUDGET_TRANSFER, 7);
    budget_take(b, BUDGET_PINNED, 60);
    budget_look(b, &now);
    assert_int_equal(now.limit, 1000);
    assert_int_equal(now.held, 100);
    assert_int_equal(now.pinned, 60);
    assert_int_equal(now.reserved, 5);
    assert_int_equal(now.transfer, 7);
    assert_int_equal(now.peak, 150);
}

static void *take_and_give(void *budget)
{
    for (uint64_t i = 1; i <= 20000; i++) {
        budget_take(budget, i % BUDGET_N, i);
        budget_give(budget, i % BUDGET_N, i - 1);
    }
    return NULL;
}

static void test_threads_lose_nothing(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(1000);
    GThread *threads[4];
    uint64_t sum = 0;

    for (int i = 0; i < 4; i++)
        threads[i] = g_thread_new("take", take_and_give, b);
    for (int i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    for (int i = 0; i < BUDGET_N; i++)
        sum += budget_used(b, i);
    assert_int_equal(sum, 4 * 20000);
    assert_int_equal(budget_total(b), sum - budget_used(b, BUDGET_PINNED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_given_back_is_gone),
        cmocka_unit_test(test_held_reserved_and_transfer_take_room_and_pins_take_none),
        cmocka_unit_test(test_beyond_the_limit_there_is_no_room_and_no_refusal),
        cmocka_unit_test(test_the_figures_tell_each_kind_and_the_most_there_ever_was),
        cmocka_unit_test(test_threads_lose_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
