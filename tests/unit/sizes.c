/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size index: states, notes of guesses, outputs of any length, many threads. */
#include "fs/sizes.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct key at(uint32_t output, uint64_t index)
{
    return (struct key){output, index};
}

static void assert_known(struct sizes *s, struct key k, uint64_t want)
{
    uint64_t size = 0;

    assert_int_equal(sizes_look(s, k, &size), SIZE_KNOWN);
    assert_int_equal(size, want);
}

static void assert_state(struct sizes *s, struct key k, enum size_state want)
{
    uint64_t size = 77;

    assert_int_equal(sizes_look(s, k, &size), want);
    assert_int_equal(size, 77);
}

static void test_a_size_is_unknown_then_known_then_forgotten(void **state)
{
    const uint64_t lens[] = {10, 10};
    OWN(sizes_free) struct sizes *s = sizes_new(2, lens);

    assert_state(s, at(0, 3), SIZE_UNKNOWN);
    sizes_put(s, at(0, 3), 1234);
    assert_known(s, at(0, 3), 1234);
    assert_state(s, at(0, 4), SIZE_UNKNOWN);
    assert_state(s, at(1, 3), SIZE_UNKNOWN);
    sizes_forget(s, at(0, 3));
    assert_state(s, at(0, 3), SIZE_UNKNOWN);
}

static void test_a_failure_is_remembered_until_it_is_forgotten(void **state)
{
    const uint64_t lens[] = {10};
    OWN(sizes_free) struct sizes *s = sizes_new(1, lens);

    sizes_put(s, at(0, 1), 5);
    sizes_fail(s, at(0, 1));
    assert_state(s, at(0, 1), SIZE_FAILED);
    sizes_forget(s, at(0, 1));
    assert_state(s, at(0, 1), SIZE_UNKNOWN);
}

static void test_nothing_and_very_much_are_sizes(void **state)
{
    const uint64_t lens[] = {10};
    OWN(sizes_free) struct sizes *s = sizes_new(1, lens);

    sizes_put(s, at(0, 0), 0);
    assert_known(s, at(0, 0), 0);
    sizes_put(s, at(0, 1), UINT64_C(1) << 51);
    assert_known(s, at(0, 1), UINT64_C(1) << 51);
}

static void test_what_is_told_is_noted_until_the_size_is_known(void **state)
{
    const uint64_t lens[] = {10};
    OWN(sizes_free) struct sizes *s = sizes_new(1, lens);
    uint64_t size = 0;

    assert_false(sizes_has_guess(s, at(0, 2)));
    assert_int_equal(sizes_tell(s, at(0, 2), &size), SIZE_UNKNOWN);
    assert_true(sizes_has_guess(s, at(0, 2)));
    assert_false(sizes_has_guess(s, at(0, 3)));
    sizes_put(s, at(0, 2), 99);
    assert_true(sizes_has_guess(s, at(0, 2)));
    sizes_clear_guess(s, at(0, 2));
    assert_int_equal(sizes_tell(s, at(0, 2), &size), SIZE_KNOWN);
    assert_int_equal(size, 99);
    assert_false(sizes_has_guess(s, at(0, 2)));
}

static void test_a_failed_size_is_told_as_a_guess(void **state)
{
    const uint64_t lens[] = {10};
    OWN(sizes_free) struct sizes *s = sizes_new(1, lens);
    uint64_t size;

    sizes_fail(s, at(0, 2));
    assert_int_equal(sizes_tell(s, at(0, 2), &size), SIZE_FAILED);
    sizes_forget(s, at(0, 2));
    assert_true(sizes_has_guess(s, at(0, 2)));
}

/* Every place where a tree of each height has an edge, and none is mistaken for another. */
static void test_an_output_may_have_any_length(void **state)
{
    const uint64_t lens[] = {
        1, 4096, 4097, 10000000, 1000000000, UINT64_C(1) << 40, UINT64_C(1) << 52, UINT64_MAX};
    OWN(sizes_free) struct sizes *s = sizes_new(G_N_ELEMENTS(lens), lens);

    for (int round = 0; round < 2; round++) {
        for (uint32_t o = 0; o < G_N_ELEMENTS(lens); o++) {
            for (unsigned bit = 0; bit < 64; bit++) {
                uint64_t edge = UINT64_C(1) << bit;

                for (uint64_t i = edge - 1; i <= edge; i++) {
                    if (i >= lens[o])
                        continue;
                    if (round == 0)
                        sizes_put(s, at(o, i), i % 1000003 + o);
                    else
                        assert_known(s, at(o, i), i % 1000003 + o);
                }
            }
            if (round == 0)
                sizes_put(s, at(o, lens[o] - 1), (lens[o] - 1) % 1000003 + o);
            assert_known(s, at(o, lens[o] - 1), (lens[o] - 1) % 1000003 + o);
        }
    }
}

#define RACE_LEN 20000

/* Whoever finds a size unknown must find the note when it is known. */
static gpointer race(gpointer data)
{
    struct sizes *s = data;
    uint64_t size;

    for (uint64_t i = 0; i < RACE_LEN; i++) {
        enum size_state told = sizes_tell(s, at(0, i), &size);

        sizes_put(s, at(0, i), i + 1);
        if (told == SIZE_UNKNOWN)
            assert_true(sizes_has_guess(s, at(0, i)));
    }
    return NULL;
}

static void test_threads_lose_neither_sizes_nor_guesses(void **state)
{
    const uint64_t lens[] = {RACE_LEN};
    OWN(sizes_free) struct sizes *s = sizes_new(1, lens);
    GThread *threads[3];

    for (unsigned i = 0; i < 3; i++)
        threads[i] = g_thread_new("race", race, s);
    for (unsigned i = 0; i < 3; i++)
        g_thread_join(threads[i]);
    for (uint64_t i = 0; i < RACE_LEN; i++)
        assert_known(s, at(0, i), i + 1);
}

static void test_another_version_is_unknown_again_and_counted(void **state)
{
    const uint64_t lens[] = {10};
    OWN(sizes_free) struct sizes *s = sizes_new(1, lens);
    const struct key k = {0, 3};
    uint64_t size;

    assert_int_equal(sizes_look_stamp(s, k), 0);
    sizes_stamp(s, k, 77);
    sizes_put(s, k, 1000);
    sizes_keep(s, k);
    assert_int_equal(sizes_look_stamp(s, k), 77);
    assert_true(sizes_is_kept(s, k));
    assert_int_equal(sizes_version(s, k), 0);
    assert_int_equal(sizes_newest(s), 0);
    assert_true(sizes_renew(s, k));
    assert_int_equal(sizes_version(s, k), 1);
    assert_int_equal(sizes_newest(s), 1);
    assert_int_equal(sizes_look(s, k, &size), SIZE_UNKNOWN);
    assert_int_equal(sizes_look_stamp(s, k), 0);
    sizes_put(s, k, 500);
    assert_false(sizes_is_kept(s, k));
    for (unsigned i = 1; i < SIZES_VERSIONS; i++) {
        sizes_put(s, k, i);
        assert_true(sizes_renew(s, k));
    }
    assert_int_equal(sizes_version(s, k), 0);
    assert_int_equal(sizes_newest(s), SIZES_VERSIONS - 1);
}

static void test_what_nobody_opened_and_whose_size_nobody_knows_stays_the_same_version(void **state)
{
    const uint64_t lens[] = {10};
    OWN(sizes_free) struct sizes *s = sizes_new(1, lens);
    const struct key k = {0, 3};
    uint64_t size;

    sizes_tell(s, k, &size);
    sizes_stamp(s, k, 77);
    assert_false(sizes_renew(s, k));
    assert_int_equal(sizes_version(s, k), 0);
    assert_int_equal(sizes_look_stamp(s, k), 0);
    assert_true(sizes_has_guess(s, k));
    sizes_open(s, k);
    assert_true(sizes_renew(s, k));
    assert_int_equal(sizes_version(s, k), 1);
    assert_false(sizes_has_guess(s, k));
    assert_false(sizes_renew(s, k)); /* nobody has opened that */
    assert_int_equal(sizes_version(s, k), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_version_is_unknown_again_and_counted),
        cmocka_unit_test(
            test_what_nobody_opened_and_whose_size_nobody_knows_stays_the_same_version),
        cmocka_unit_test(test_a_size_is_unknown_then_known_then_forgotten),
        cmocka_unit_test(test_a_failure_is_remembered_until_it_is_forgotten),
        cmocka_unit_test(test_nothing_and_very_much_are_sizes),
        cmocka_unit_test(test_what_is_told_is_noted_until_the_size_is_known),
        cmocka_unit_test(test_a_failed_size_is_told_as_a_guess),
        cmocka_unit_test(test_an_output_may_have_any_length),
        cmocka_unit_test(test_threads_lose_neither_sizes_nor_guesses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
