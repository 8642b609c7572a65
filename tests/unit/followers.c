/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Followers: readers who follow an order from wherever they are, skip, repeat and jump. */
#include "fs/followers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ops/base/permutation.h"

#define LEN 20000

/* A shuffled order, readers of it, and everything that is handed out at once. */
struct game {
    struct followers followers;
    struct itinerary *order;
    GHashTable *computed; /* positions */
    uint64_t opens, in_vain;
    uint64_t waits; /* opens of what was not computed */
};

static struct itinerary *shuffled(uint64_t len)
{
    struct itinerary *t = itinerary_new(len);
    struct permutation p;
    struct fault f;

    permutation_init(&p, len, 42);
    for (uint64_t i = 0; i < len; i++)
        assert_int_equal(itinerary_add(t, permutation_at(&p, i), permutation_at(&p, i) + 1, &f), 0);
    assert_int_equal(itinerary_seal(t, &f), 0);
    return t;
}

static void compute(struct game *g)
{
    uint64_t position;
    unsigned follower;

    while (followers_next(&g->followers, g->order, &position, &follower))
        if (!g_hash_table_add(g->computed, GSIZE_TO_POINTER(position)))
            g->in_vain++;
}

static void begin(struct game *g, struct itinerary *own_order, unsigned window)
{
    *g = (struct game){.order = own_order, .computed = g_hash_table_new(NULL, NULL)};
    followers_init(&g->followers, window);
}

static void end(struct game *g)
{
    itinerary_unref(g->order);
    g_hash_table_unref(g->computed);
}

static void read_at(struct game *g, uint64_t position)
{
    const bool there = g_hash_table_contains(g->computed, GSIZE_TO_POINTER(position));

    assert_true(followers_saw(&g->followers, g->order, itinerary_at(g->order, position)));
    g->opens++;
    g->waits += !there;
    g_hash_table_add(g->computed, GSIZE_TO_POINTER(position));
    compute(g);
}

static guint n_computed(const struct game *g)
{
    return g_hash_table_size(g->computed);
}

static void the_beginning_is_handed_out_before_anybody_reads(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 8);
    compute(&g);
    assert_int_equal(n_computed(&g), 8);
    for (uint64_t i = 0; i < 8; i++)
        assert_true(g_hash_table_contains(g.computed, GSIZE_TO_POINTER(i)));
    end(&g);
}

static void a_reader_from_the_beginning_never_waits_and_nothing_is_handed_out_twice(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 8);
    compute(&g);
    for (uint64_t i = 0; i < LEN; i++) {
        read_at(&g, i);
        assert_int_equal(n_computed(&g), MIN(i + 1 + 8, LEN));
    }
    assert_int_equal(g.waits, 0);
    assert_int_equal(g.in_vain, 0);
    end(&g);
}

static void readers_at_several_places_wait_for_their_first_element_alone(void **state)
{
    const uint64_t readers = 12;
    struct game g;

    begin(&g, shuffled(LEN), 8);
    for (uint64_t i = 0; i < 500; i++)
        for (uint64_t reader = 0; reader < readers; reader++)
            read_at(&g, reader * 1500 + 700 + i);
    assert_int_equal(g.waits, readers);
    assert_int_equal(g.in_vain, 0);
    end(&g);
}

static void who_skips_and_repeats_is_still_followed(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 32);
    compute(&g);
    for (uint64_t i = 0; i + 8 < LEN; i += i % 7 == 0 ? 5 : 1) {
        read_at(&g, i);
        if (i % 3 == 0)
            read_at(&g, i);
    }
    assert_int_equal(g.waits, 0);
    end(&g);
}

static void a_little_disorder_is_one_reading(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 32);
    compute(&g);
    for (uint64_t i = 0; i < LEN; i += 16)
        for (uint64_t k = 0; k < 16; k++)
            read_at(&g, i + k * 7 % 16);
    assert_int_equal(g.waits, 0);
    assert_int_equal(g.in_vain, 0);
    assert_int_equal(g.followers.all[1].used, 0);
    end(&g);
}

/* Eight processes of a loader, each with every eighth batch. */
static void processes_with_a_batch_each_wait_at_the_begin_of_batches_at_most(void **state)
{
    const uint64_t batch = 64, processes = 8, rounds = 20;
    struct game g;

    begin(&g, shuffled(LEN), 32);
    compute(&g);
    for (uint64_t round = 0; round < rounds; round++)
        for (uint64_t i = 0; i < batch; i++)
            for (uint64_t process = 0; process < processes; process++)
                read_at(&g, (round * processes + process) * batch + i);
    assert_in_range(g.waits, 0, 2 * rounds * processes);
    assert_in_range(g.in_vain, 0, g.opens / 20);
    end(&g);
}

static void after_a_jump_the_window_opens_from_there(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 64);
    for (uint64_t i = 0; i < 100; i++)
        read_at(&g, i);
    g.waits = 0;
    read_at(&g, 15000);
    assert_int_equal(g.waits, 1);
    for (uint64_t i = 15001; i < 15400; i++)
        read_at(&g, i);
    assert_int_equal(g.waits, 1);
    assert_true(g_hash_table_contains(g.computed, GSIZE_TO_POINTER(15399 + 64)));
    read_at(&g, 100); /* the place left is remembered */
    read_at(&g, 101);
    assert_int_equal(g.waits, 1);
    end(&g);
}

static void who_jumps_about_gets_next_to_nothing(void **state)
{
    struct game g;
    struct permutation p;

    begin(&g, shuffled(1000000), 8);
    permutation_init(&p, 1000000, 3);
    for (uint64_t i = 0; i < 2000; i++)
        read_at(&g, permutation_at(&p, i));
    assert_in_range(n_computed(&g), 2000, 2000 + 2000 / 10);
    end(&g);
}

static void nothing_more_is_computed_for_a_reader_who_has_gone(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 8);
    for (uint64_t i = 0; i < 50; i++)
        read_at(&g, i);
    for (uint64_t i = 0; i < 1000; i++)
        read_at(&g, 10000 + i);
    followers_set_max(&g.followers, 16);
    compute(&g);
    assert_false(g_hash_table_contains(g.computed, GSIZE_TO_POINTER(50 + 8)));
    assert_true(g_hash_table_contains(g.computed, GSIZE_TO_POINTER(11000 + 15)));
    end(&g);
}

static void a_second_reader_gets_what_the_first_one_had_long_ago(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 8);
    for (uint64_t i = 0; i < 3000; i++)
        read_at(&g, i);
    g_hash_table_remove_all(g.computed);
    g.waits = 0;
    for (uint64_t i = 0; i < 2000; i++)
        read_at(&g, i);
    assert_int_equal(g.waits, 1);
    end(&g);
}

static void the_window_shrinks_by_waste_and_grows_again_slowly(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 32);
    for (uint64_t i = 0; i < 100; i++)
        read_at(&g, i);
    assert_int_equal(n_computed(&g), 100 + 32);
    followers_wasted(&g.followers, 0);
    followers_wasted(&g.followers, 0); /* of the same bunch */
    for (uint64_t i = 100; i < 116; i++)
        read_at(&g, i);
    assert_int_equal(n_computed(&g), 132);
    read_at(&g, 116);
    assert_int_equal(n_computed(&g), 117 + 17);
    for (uint64_t i = 117; i < 1000; i++)
        read_at(&g, i);
    assert_int_equal(n_computed(&g), 1000 + 32);
    end(&g);
}

static void a_window_of_0_follows_and_hands_out_nothing(void **state)
{
    struct game g;

    begin(&g, shuffled(LEN), 0);
    for (uint64_t i = 0; i < 100; i++)
        read_at(&g, i);
    assert_int_equal(n_computed(&g), 100);
    assert_int_equal(followers_latest(&g.followers)->at, 100);
    end(&g);
}

/* As drawn with replacement: every number stands at many places. */
static void in_an_order_with_repeats_the_place_is_not_lost(void **state)
{
    struct itinerary *t = itinerary_new(50);
    struct fault f;
    struct game g;

    for (uint64_t i = 0; i < LEN; i++) {
        const uint64_t number = (i * 2654435761u >> 8) % 50;

        assert_int_equal(itinerary_add(t, number, number + 1, &f), 0);
    }
    assert_int_equal(itinerary_seal(t, &f), 0);
    begin(&g, t, 8);
    compute(&g);
    for (uint64_t i = 0; i < LEN; i++) {
        read_at(&g, i);
        assert_int_equal(followers_latest(&g.followers)->at, i + 1);
    }
    assert_int_equal(g.waits, 0);
    assert_int_equal(g.in_vain, 0);
    end(&g);
}

static void what_is_not_in_the_order_is_left_alone(void **state)
{
    struct itinerary *t = itinerary_new(100);
    struct fault f;
    struct game g;

    assert_int_equal(itinerary_add(t, 10, 20, &f), 0);
    assert_int_equal(itinerary_seal(t, &f), 0);
    begin(&g, t, 4);
    assert_false(followers_saw(&g.followers, g.order, 9));
    assert_false(followers_saw(&g.followers, g.order, 20));
    assert_int_equal(g.followers.clock, 1);
    compute(&g);
    for (uint64_t i = 0; i < 10; i++)
        read_at(&g, i);
    assert_int_equal(n_computed(&g), 10);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning_is_handed_out_before_anybody_reads),
        cmocka_unit_test(a_reader_from_the_beginning_never_waits_and_nothing_is_handed_out_twice),
        cmocka_unit_test(readers_at_several_places_wait_for_their_first_element_alone),
        cmocka_unit_test(who_skips_and_repeats_is_still_followed),
        cmocka_unit_test(a_little_disorder_is_one_reading),
        cmocka_unit_test(processes_with_a_batch_each_wait_at_the_begin_of_batches_at_most),
        cmocka_unit_test(after_a_jump_the_window_opens_from_there),
        cmocka_unit_test(who_jumps_about_gets_next_to_nothing),
        cmocka_unit_test(nothing_more_is_computed_for_a_reader_who_has_gone),
        cmocka_unit_test(a_second_reader_gets_what_the_first_one_had_long_ago),
        cmocka_unit_test(the_window_shrinks_by_waste_and_grows_again_slowly),
        cmocka_unit_test(a_window_of_0_follows_and_hands_out_nothing),
        cmocka_unit_test(in_an_order_with_repeats_the_place_is_not_lost),
        cmocka_unit_test(what_is_not_in_the_order_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
