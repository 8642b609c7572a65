/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How well streams serve readers of all kinds: what they find ready, and what is computed in vain.
 */
#include "tests/unit/readings.h"

static uint64_t in_order(struct world *w, unsigned reader, uint64_t n)
{
    return reader * 500 + n;
}

static uint64_t every_4th(struct world *w, unsigned reader, uint64_t n)
{
    return reader + 4 * n;
}

static uint64_t every_4th_apart(struct world *w, unsigned reader, uint64_t n)
{
    return reader + 4 * (n + reader * 200);
}

static uint64_t backwards(struct world *w, unsigned reader, uint64_t n)
{
    return LEN - 1 - n;
}

static uint64_t every_3rd(struct world *w, unsigned reader, uint64_t n)
{
    return 3 * n;
}

static uint64_t two_of_3(struct world *w, unsigned reader, uint64_t n)
{
    return n / 2 * 3 + n % 2;
}

/* Whoever is free takes the next. */
static uint64_t shared(struct world *w, unsigned reader, uint64_t n)
{
    uint64_t taken = 0;

    for (unsigned i = 0; i < w->readers; i++)
        taken += w->who[i].at;
    return taken;
}

static uint64_t batches(struct world *w, unsigned reader, uint64_t n)
{
    return (n / 32 * 4 + reader) * 32 + n % 32;
}

static uint64_t anywhere(struct world *w, unsigned reader, uint64_t n)
{
    return (uint64_t)g_rand_int_range(w->random, 0, LEN);
}

static uint64_t anywhere_of_few(struct world *w, unsigned reader, uint64_t n)
{
    return (uint64_t)g_rand_int_range(w->random, 0, 500);
}

static uint64_t bursts(struct world *w, unsigned reader, uint64_t n, unsigned size)
{
    return n % size == 0 ? (uint64_t)g_rand_int_range(w->random, 0, LEN - 100)
                         : w->who[reader].index + 1;
}

static uint64_t bursts_of_2(struct world *w, unsigned reader, uint64_t n)
{
    return bursts(w, reader, n, 2);
}

static uint64_t bursts_of_5(struct world *w, unsigned reader, uint64_t n)
{
    return bursts(w, reader, n, 5);
}

static uint64_t bursts_of_50(struct world *w, unsigned reader, uint64_t n)
{
    return bursts(w, reader, n, 50);
}

/* The second 200 behind the first. */
static uint64_t one_behind(struct world *w, unsigned reader, uint64_t n)
{
    return n;
}

static uint64_t again_and_again(struct world *w, unsigned reader, uint64_t n)
{
    return n % 2000;
}

static uint64_t one_in_order_one_anywhere(struct world *w, unsigned reader, uint64_t n)
{
    return reader == 0 ? n : anywhere(w, reader, n);
}

static void test_one_reader_in_order_finds_all_but_the_first_two(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 1, in_order, 1000);

    w->think = 7;
    world_run(w);
    assert_int_equal(w->ready, 998);
    assert_in_range(w->wasted, 0, 8);
    assert_int_equal(w->most_window, 8);
}

static void test_a_reader_without_a_pause_keeps_all_workers_busy(void **state)
{
    OWN(world_free) struct world *few = world_new(2, 1, in_order, 1000);
    OWN(world_free) struct world *many = world_new(16, 1, in_order, 3000);

    world_run(few);
    assert_in_range(few->ticks, 0, 1000 * COST / 2 * 104 / 100);
    assert_in_range(few->ready + few->under_way, 998, 1000);
    assert_in_range(few->wasted, 0, 32);
    world_run(many);
    assert_in_range(many->ticks, 0, 3100);
    assert_in_range(many->wasted, 0, 64);
}

static void test_eight_readers_in_order_are_served_each(void **state)
{
    OWN(world_free) struct world *even = world_new(2, 8, in_order, 500);
    OWN(world_free) struct world *uneven = world_new(2, 8, in_order, 500);

    even->think = 50;
    world_run(even);
    assert_ready(even, 990);
    assert_in_range(even->wasted, 0, 8 * 8);
    uneven->think = 40;
    uneven->jitter = 20;
    world_run(uneven);
    assert_ready(uneven, 990);
    assert_in_range(uneven->wasted, 0, 8 * 8);
}

static void test_eight_readers_share_a_small_store(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 8, in_order, 500);

    w->think = 50;
    w->room = 40;
    world_run(w);
    assert_ready(w, 990);
    assert_in_range(w->wasted, 0, 40);
    assert_in_range(w->most_ahead, 1, 8);
}

static void test_a_loader_whose_processes_take_every_4th_reads_in_order(void **state)
{
    OWN(world_free) struct world *even = world_new(4, 4, every_4th, 1000);
    OWN(world_free) struct world *uneven = world_new(4, 4, every_4th, 1000);
    OWN(world_free) struct world *wild = world_new(4, 4, every_4th, 1000);

    even->think = 12;
    world_run(even);
    assert_ready(even, 995);
    assert_int_equal(even->wasted, 0);
    uneven->think = 6;
    uneven->jitter = 12;
    world_run(uneven);
    assert_ready(uneven, 990);
    assert_int_equal(uneven->wasted, 0);
    wild->jitter = 40; /* they drift far apart */
    world_run(wild);
    assert_ready(wild, 990);
    assert_int_equal(wild->wasted, 0);
}

static void test_processes_that_take_every_4th_far_apart_have_a_stream_each(void **state)
{
    OWN(world_free) struct world *w = world_new(4, 4, every_4th_apart, 200);

    w->think = 12;
    world_run(w);
    assert_ready(w, 960);
    assert_in_range(w->wasted, 0, 4 * 20);
}

static void test_a_loader_whose_processes_take_batches_misses_their_beginnings(void **state)
{
    OWN(world_free) struct world *even = world_new(4, 4, batches, 1000);
    OWN(world_free) struct world *uneven = world_new(4, 4, batches, 1000);

    even->think = 12;
    world_run(even);
    assert_ready(even, 930);
    assert_in_range(even->wasted, 0, 100);
    uneven->think = 8;
    uneven->jitter = 8;
    world_run(uneven);
    assert_ready(uneven, 930);
    assert_in_range(uneven->wasted, 0, 100);
}

static void test_backwards_and_strides_are_served(void **state)
{
    OWN(world_free) struct world *back = world_new(2, 1, backwards, 1000);
    OWN(world_free) struct world *stride = world_new(2, 1, every_3rd, 1000);

    back->think = stride->think = 7;
    world_run(back);
    assert_int_equal(back->ready, 997);
    assert_in_range(back->wasted, 0, 8);
    world_run(stride);
    assert_int_equal(stride->ready, 997);
    assert_in_range(stride->wasted, 0, 8);
}

/* Of rows of three files, two: what is between them is computed in vain. */
static void test_a_reader_of_some_fields_is_served(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 1, two_of_3, 2000);

    w->think = 12;
    world_run(w);
    assert_ready(w, 990);
    assert_in_range(w->wasted, 0, 1010);
}

static void test_processes_that_share_one_order_read_in_order(void **state)
{
    OWN(world_free) struct world *slow = world_new(4, 4, shared, 1000);
    OWN(world_free) struct world *fast = world_new(4, 4, shared, 1000);

    slow->think = 6;
    slow->jitter = 12;
    world_run(slow);
    assert_ready(slow, 990);
    assert_int_equal(slow->wasted, 0);
    fast->jitter = 5; /* the workers are behind: all are busy all the time */
    world_run(fast);
    assert_in_range(fast->ticks, 0, 4000 * COST / 4 * 102 / 100);
    assert_int_equal(fast->wasted, 0);
}

static void test_a_reader_who_jumps_about_costs_nothing(void **state)
{
    OWN(world_free) struct world *one = world_new(2, 1, anywhere, 3000);
    OWN(world_free) struct world *eight = world_new(2, 8, anywhere, 500);
    OWN(world_free) struct world *dense = world_new(2, 1, anywhere_of_few, 3000);

    one->think = 7;
    world_run(one);
    assert_in_range(one->ahead, 0, 15);
    eight->think = 50;
    world_run(eight);
    assert_in_range(eight->ahead, 0, 20);
    dense->think = 7; /* an eighth of them is within the last 64 opens: neighbours are common */
    dense->room = 100;
    world_run(dense);
    assert_in_range(dense->wasted, 0, 240);
}

static void test_short_bursts_of_order_are_soon_left_alone(void **state)
{
    OWN(world_free) struct world *two = world_new(2, 1, bursts_of_2, 3000);
    OWN(world_free) struct world *five = world_new(2, 1, bursts_of_5, 3000);

    two->think = five->think = 7;
    world_run(two);
    assert_in_range(two->wasted, 0, 90);
    world_run(five);
    assert_in_range(five->wasted, 0, 300);
}

static void test_a_reader_who_jumps_now_and_then_is_served_in_between(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 1, bursts_of_50, 3000);

    w->think = 7;
    world_run(w);
    assert_ready(w, 955);
    assert_in_range(w->wasted, 0, 60 * 8);
}

static void test_who_reads_behind_another_finds_everything(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 2, one_behind, 2000);
    OWN(world_free) struct world *small = world_new(2, 2, one_behind, 1000);

    w->think = small->think = 22;
    w->who[1].think = small->who[1].think = 200 * 23;
    world_run(w);
    assert_ready(w, 998);
    assert_in_range(w->wasted, 0, 8);
    small->room = 100; /* what the first has read is gone when the second comes */
    world_run(small);
    assert_ready(small, 995);
    assert_in_range(small->wasted, 0, 20);
}

static void test_reading_again_starts_again(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 1, again_and_again, 6000);

    w->think = 7;
    world_run(w);
    assert_ready(w, 998);
    assert_in_range(w->wasted, 0, 3 * 8);
}

static void test_who_jumps_about_does_not_hurt_who_reads_in_order(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 2, one_in_order_one_anywhere, 2000);

    w->think = 20;
    world_run(w);
    assert_ready(w, 590); /* the half that is in order, and what was read before */
    assert_in_range(w->wasted, 0, 330);
}

static void test_a_tiny_store_is_enough_for_one_reader(void **state)
{
    OWN(world_free) struct world *w = world_new(2, 1, in_order, 1000);

    w->think = 7;
    w->room = 6;
    world_run(w);
    assert_ready(w, 990);
    assert_in_range(w->most_ahead, 1, 3);
    assert_in_range(w->wasted, 0, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_reader_in_order_finds_all_but_the_first_two),
        cmocka_unit_test(test_a_reader_without_a_pause_keeps_all_workers_busy),
        cmocka_unit_test(test_eight_readers_in_order_are_served_each),
        cmocka_unit_test(test_eight_readers_share_a_small_store),
        cmocka_unit_test(test_a_loader_whose_processes_take_every_4th_reads_in_order),
        cmocka_unit_test(test_processes_that_take_every_4th_far_apart_have_a_stream_each),
        cmocka_unit_test(test_a_loader_whose_processes_take_batches_misses_their_beginnings),
        cmocka_unit_test(test_backwards_and_strides_are_served),
        cmocka_unit_test(test_a_reader_of_some_fields_is_served),
        cmocka_unit_test(test_processes_that_share_one_order_read_in_order),
        cmocka_unit_test(test_a_reader_who_jumps_about_costs_nothing),
        cmocka_unit_test(test_short_bursts_of_order_are_soon_left_alone),
        cmocka_unit_test(test_a_reader_who_jumps_now_and_then_is_served_in_between),
        cmocka_unit_test(test_who_reads_behind_another_finds_everything),
        cmocka_unit_test(test_reading_again_starts_again),
        cmocka_unit_test(test_who_jumps_about_does_not_hurt_who_reads_in_order),
        cmocka_unit_test(test_a_tiny_store_is_enough_for_one_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
