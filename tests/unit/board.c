/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A board: what is put is there until it is the one least recently used, and the bounds hold. */
#include "fs/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define KIB UINT64_C(1024)

static struct board *make(uint64_t bytes, uint64_t count)
{
    void *memory = mmap(NULL, board_size(bytes, count), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    assert_ptr_not_equal(memory, MAP_FAILED);
    return board_init(memory, bytes, count);
}

static void discard(struct board *b, uint64_t bytes, uint64_t count)
{
    munmap(b, board_size(bytes, count));
}

/* Bytes that tell which they are. */
static GBytes *content(uint64_t index, size_t len)
{
    unsigned char *data = g_malloc(len + 1);

    for (size_t i = 0; i < len; i++)
        data[i] = (unsigned char)(index * 31 + i + i / 256);
    return g_bytes_new_take(data, len);
}

static void put(struct board *b, uint64_t index, size_t len)
{
    g_autoptr(GBytes) bytes = content(index, len);

    board_put(b, (struct board_key){0, index}, bytes);
}

static void assert_kept(struct board *b, uint64_t index, size_t len)
{
    g_autoptr(GBytes) want = content(index, len), got = NULL;

    assert_true(board_get(b, (struct board_key){0, index}, &got));
    assert_true(g_bytes_equal(got, want));
}

static void assert_gone(struct board *b, uint64_t index)
{
    GBytes *got = NULL;

    assert_false(board_get(b, (struct board_key){0, index}, &got));
    assert_null(got);
}

static void assert_figures(const struct board *b, uint64_t n, uint64_t bytes, uint64_t evicted)
{
    struct board_figures now;

    board_look_figures(b, &now);
    assert_int_equal(now.n, n);
    assert_int_equal(now.bytes, bytes);
    assert_int_equal(now.evicted, evicted);
}

static void bytes_of_any_length_come_back(void **state)
{
    static const size_t lens[] = {0, 1, 1023, 1024, 1025, 2048, 70000};
    struct board *b = make(1000 * KIB, 0);

    for (unsigned i = 0; i < G_N_ELEMENTS(lens); i++)
        put(b, i, lens[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(lens); i++)
        assert_kept(b, i, lens[i]);
    assert_gone(b, 77);
    discard(b, 1000 * KIB, 0);
}

static void epochs_have_keys_of_their_own(void **state)
{
    struct board *b = make(10 * KIB, 0);
    g_autoptr(GBytes) bytes = content(1, 5);

    board_put(b, (struct board_key){1, 3}, bytes);
    assert_true(board_has(b, (struct board_key){1, 3}));
    assert_false(board_has(b, (struct board_key){0, 3}));
    assert_false(board_has(b, (struct board_key){3, 1}));
    discard(b, 10 * KIB, 0);
}

static void the_number_is_bounded_and_the_least_recently_used_goes_first(void **state)
{
    struct board *b = make(100 * KIB, 3);

    for (uint64_t i = 0; i < 3; i++)
        put(b, i, 10);
    assert_kept(b, 0, 10); /* used again: 1 is the oldest now */
    put(b, 3, 10);
    assert_gone(b, 1);
    put(b, 4, 10);
    assert_gone(b, 2);
    assert_kept(b, 0, 10);
    assert_kept(b, 3, 10);
    assert_kept(b, 4, 10);
    assert_figures(b, 3, 30, 2);
    discard(b, 100 * KIB, 3);
}

static void the_bytes_are_bounded(void **state)
{
    struct board *b = make(10 * KIB, 0);

    put(b, 0, 4 * KIB);
    put(b, 1, 4 * KIB);
    put(b, 2, 4 * KIB);
    assert_gone(b, 0);
    assert_figures(b, 2, 8 * KIB, 1);
    put(b, 3, 10 * KIB);
    assert_kept(b, 3, 10 * KIB);
    assert_figures(b, 1, 10 * KIB, 3);
    discard(b, 10 * KIB, 0);
}

static void what_is_larger_than_the_board_is_not_kept_and_drives_nothing_out(void **state)
{
    struct board *b = make(10 * KIB, 0);

    put(b, 0, 100);
    put(b, 1, 10 * KIB + 1);
    assert_gone(b, 1);
    assert_kept(b, 0, 100);
    discard(b, 10 * KIB, 0);
}

static void what_is_put_again_takes_the_place_of_what_was_there(void **state)
{
    struct board *b = make(10 * KIB, 0);

    put(b, 0, 5000);
    put(b, 0, 100);
    assert_kept(b, 0, 100);
    assert_figures(b, 1, 100, 0);
    discard(b, 10 * KIB, 0);
}

static void nothing_is_lost_by_long_use(void **state)
{
    const uint64_t bytes = 64 * KIB;
    struct board *b = make(bytes, 40);
    GRand *random = g_rand_new_with_seed(5);
    struct board_figures now;

    for (unsigned i = 0; i < 20000; i++) {
        uint64_t index = (uint64_t)g_rand_int_range(random, 0, 100);
        size_t len = (size_t)index * 97 % 5000;
        if (board_has(b, (struct board_key){0, index}))
            assert_kept(b, index, len);
        else
            put(b, index, len);
    }
    put(b, 1000, bytes); /* every block is still to be had */
    assert_kept(b, 1000, bytes);
    board_look_figures(b, &now);
    assert_int_equal(now.n, 1);
    assert_int_equal(now.bytes, bytes);
    g_rand_free(random);
    discard(b, bytes, 40);
}

static void a_cleared_board_is_as_good_as_new(void **state)
{
    const uint64_t bytes = 32 * KIB;
    struct board *b = make(bytes, 0);

    for (uint64_t i = 0; i < 10; i++)
        put(b, i, 3000);
    board_clear(b);
    assert_figures(b, 0, 0, 0);
    assert_gone(b, 3);
    put(b, 3, bytes);
    assert_kept(b, 3, bytes);
    discard(b, bytes, 0);
}

/* Of a terabyte, a few pages. */
static void a_large_board_costs_only_what_is_used_of_it(void **state)
{
    void *memory = mmap(NULL, board_size(BOARD_MAX, 0), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct board *b;

    if (memory == MAP_FAILED)
        skip(); /* a machine that commits itself to no more than it has */
    b = board_init(memory, BOARD_MAX, 0);
    put(b, 1, 10000);
    assert_kept(b, 1, 10000);
    board_clear(b);
    assert_gone(b, 1);
    put(b, 2, 10000);
    assert_kept(b, 2, 10000);
    discard(b, BOARD_MAX, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_any_length_come_back),
        cmocka_unit_test(epochs_have_keys_of_their_own),
        cmocka_unit_test(the_number_is_bounded_and_the_least_recently_used_goes_first),
        cmocka_unit_test(the_bytes_are_bounded),
        cmocka_unit_test(what_is_larger_than_the_board_is_not_kept_and_drives_nothing_out),
        cmocka_unit_test(what_is_put_again_takes_the_place_of_what_was_there),
        cmocka_unit_test(nothing_is_lost_by_long_use),
        cmocka_unit_test(a_cleared_board_is_as_good_as_new),
        cmocka_unit_test(a_large_board_costs_only_what_is_used_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
