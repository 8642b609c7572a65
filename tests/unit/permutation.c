/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Permutations: that they are some, evenly, and always the same. */
#include "ops/base/permutation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static void every_number_comes_once_whatever_n_is(void **state)
{
    for (uint64_t n = 0; n <= 600; n++) {
        g_autofree uint8_t *seen = g_new0(uint8_t, n + 1);
        struct permutation p;

        permutation_init(&p, n, n * 31 + 7);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t at = permutation_at(&p, i);

            assert_true(at < n);
            assert_int_equal(seen[at]++, 0);
        }
    }
}

static void one_element_stays_where_it_is(void **state)
{
    struct permutation p;

    permutation_init(&p, 1, 5);
    assert_int_equal(permutation_at(&p, 0), 0);
}

/* Each pair of places against n * keys / n, for the keys 0...; the chance of a sum this large is
 * below one in ten thousand where all are as likely. */
static void check_places(uint64_t n, uint64_t n_keys, double limit)
{
    g_autofree uint64_t *counts = g_new0(uint64_t, n * n);
    double expected = (double)n_keys / (double)n, sum = 0;

    for (uint64_t key = 0; key < n_keys; key++) {
        struct permutation p;

        permutation_init(&p, n, key);
        for (uint64_t i = 0; i < n; i++)
            counts[i * n + permutation_at(&p, i)]++;
    }
    for (uint64_t i = 0; i < n * n; i++)
        sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    assert_true(sum < limit);
}

static void each_element_is_as_likely_at_each_place(void **state)
{
    /* (n - 1)^2 degrees of freedom, their mean, and four deviations */
    check_places(2, 4000, 1 + 4 * 3.8);
    check_places(5, 4000, 16 + 4 * 5.7);
    check_places(17, 4000, 256 + 4 * 22.7);
    check_places(64, 4000, 3969 + 4 * 89.1);
    check_places(100, 4000, 9801 + 4 * 140.1);
}

/* The orders of four elements: 24, each from as many keys. */
static void all_orders_of_a_few_elements_come_up(void **state)
{
    enum { N_KEYS = 24 * 500 };
    unsigned counts[256] = {0}, n_orders = 0;
    double sum = 0;

    for (uint64_t key = 0; key < N_KEYS; key++) {
        struct permutation p;
        unsigned order = 0;

        permutation_init(&p, 4, key);
        for (uint64_t i = 0; i < 4; i++)
            order = order << 2 | (unsigned)permutation_at(&p, i);
        counts[order]++;
    }
    for (unsigned i = 0; i < 256; i++) {
        n_orders += counts[i] > 0;
        sum += counts[i] > 0 ? (counts[i] - 500.0) * (counts[i] - 500.0) / 500 : 0;
    }
    assert_int_equal(n_orders, 24);
    assert_true(sum < 23 + 4 * 6.8);
}

static void neighbours_are_torn_apart(void **state)
{
    const uint64_t n = 1000000;
    struct permutation p;
    unsigned n_near = 0;

    permutation_init(&p, n, 42);
    for (uint64_t i = 0; i + 1 < n; i++) {
        uint64_t a = permutation_at(&p, i), b = permutation_at(&p, i + 1);

        n_near += (a > b ? a - b : b - a) <= 5;
    }
    /* 2 * 5 of a million places are near: ten of a million pairs on average */
    assert_in_range(n_near, 1, 30);
}

static void the_longest_sequence_can_be_permuted(void **state)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    struct permutation p;
    unsigned n_high = 0;

    permutation_init(&p, INT64_MAX, 3);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t at = permutation_at(&p, i < 500 ? i : INT64_MAX - 1 - i);

        assert_true(at < INT64_MAX);
        assert_true(g_hash_table_add(seen, g_memdup2(&at, sizeof at)));
        n_high += at > INT64_MAX / 2;
    }
    assert_in_range(n_high, 400, 600);
}

/* These numbers are a promise: a dataset that was shuffled stays as it is. */
static void the_same_key_is_the_same_order_for_ever(void **state)
{
    static const uint64_t wanted[10] = {5, 0, 7, 2, 3, 1, 4, 6, 8, 9};
    static const uint64_t large[3] = {UINT64_C(719439854322822058), UINT64_C(644075670320569062),
                                      UINT64_C(735777387119277537)};
    struct permutation p;

    permutation_init(&p, 10, 2024);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(permutation_at(&p, i), wanted[i]);
    permutation_init(&p, UINT64_C(1000000000000000000), 2024);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(permutation_at(&p, i), large[i]);
}

static void a_permutation_can_be_undone(void **state)
{
    static const uint64_t sizes[] = {1, 2, 7, 64, 65, 1000000007, INT64_MAX};

    for (size_t n = 0; n < G_N_ELEMENTS(sizes); n++) {
        struct permutation p;

        permutation_init(&p, sizes[n], 42);
        for (uint64_t i = 0; i < MIN(sizes[n], 500); i++)
            assert_int_equal(permutation_find(&p, permutation_at(&p, i)), i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_comes_once_whatever_n_is),
        cmocka_unit_test(a_permutation_can_be_undone),
        cmocka_unit_test(one_element_stays_where_it_is),
        cmocka_unit_test(each_element_is_as_likely_at_each_place),
        cmocka_unit_test(all_orders_of_a_few_elements_come_up),
        cmocka_unit_test(neighbours_are_torn_apart),
        cmocka_unit_test(the_longest_sequence_can_be_permuted),
        cmocka_unit_test(the_same_key_is_the_same_order_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
