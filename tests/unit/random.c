/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers: known answers, what tells streams apart, and how they are spread. */
#include "ops/core/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct op op_some = {.name = "some"}, op_other = {.name = "other"};

static uint32_t first_bits(const struct seq *s, uint64_t i, uint32_t stream)
{
    struct random r;

    random_init(&r, s, i, stream);
    return random_bits(&r);
}

/* The known answers that are published with the Random123 library, for ten rounds. */
static void philox_gives_the_published_answers(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        uint32_t got[4];

        random_philox(known[i].counter, known[i].key, got);
        assert_memory_equal(got, known[i].want, sizeof got);
    }
}

static void every_part_of_the_key_makes_another_stream(void **state)
{
    const struct seq s = {.op = &op_some, .seed = 1, .epoch = 2, .use = 3};
    struct seq other[] = {s, s, s, s, s};
    uint32_t bits[8];

    other[0].op = &op_other;
    other[1].seed = 2;
    other[2].epoch = 1;
    other[3].epoch = s.epoch | UINT64_C(1) << 32;
    other[4].use = 2;
    for (unsigned i = 0; i < 5; i++)
        bits[i] = first_bits(&other[i], 7, RANDOM_OWN);
    bits[5] = first_bits(&s, 7, RANDOM_OWN);
    bits[6] = first_bits(&s, 7 | UINT64_C(1) << 32, RANDOM_OWN);
    bits[7] = first_bits(&s, 7, RANDOM_CHANCE);
    for (unsigned i = 0; i < 8; i++)
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(bits[i], bits[j]);
}

/* These numbers are a promise: an element that was drawn for stays as it is. */
static void the_same_element_draws_the_same_for_ever(void **state)
{
    const struct seq s = {.op = &op_some, .seed = 1, .epoch = 2, .use = 3};
    static const uint32_t wanted[6] = {0xbbe041a4, 0x24ba87a7, 0xc4aa4955,
                                       0x12752fad, 0x1e931dba, 0x03dc6059};
    struct random r;

    random_init(&r, &s, 1000, RANDOM_OWN);
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(random_bits(&r), wanted[i]);
    assert_int_equal(random_key(1, 2, 3), UINT64_C(0xd0734750fde362b3));
    random_init(&r, &s, 0, RANDOM_OWN);
    assert_true(random_normal(&r) == 0x1.24f1a28bd3597p+1);
    assert_true(random_uniform(&r) == 0x1.8c24df3a8e204p-2);
}

static void numbers_of_one_element_go_on_without_repeating(void **state)
{
    const struct seq s = {.op = &op_some};
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    struct random r;

    random_init(&r, &s, 0, RANDOM_OWN);
    for (unsigned i = 0; i < 1000; i++)
        g_hash_table_add(seen, GUINT_TO_POINTER(random_bits(&r)));
    assert_int_equal(g_hash_table_size(seen), 1000);
}

static void uniform_numbers_fill_the_unit_evenly(void **state)
{
    enum { N = 100000, BINS = 20 };
    const struct seq s = {.op = &op_some};
    unsigned bins[BINS] = {0};
    double sum = 0;

    for (uint64_t i = 0; i < N; i++) {
        struct random r;
        double x;

        random_init(&r, &s, i, RANDOM_OWN);
        x = random_uniform(&r);
        assert_true(x >= 0 && x < 1);
        bins[(int)(x * BINS)]++;
    }
    for (unsigned i = 0; i < BINS; i++)
        sum += (bins[i] - (double)N / BINS) * (bins[i] - (double)N / BINS) / ((double)N / BINS);
    assert_true(sum < 19 + 4 * 6.2); /* 19 degrees of freedom */
}

static void uniform_numbers_have_53_bits(void **state)
{
    const struct seq s = {.op = &op_some};
    struct random r;
    uint64_t all = 0;

    random_init(&r, &s, 0, RANDOM_OWN);
    for (unsigned i = 0; i < 200; i++)
        all |= (uint64_t)(random_uniform(&r) * 0x1p53);
    assert_true(all == (UINT64_C(1) << 53) - 1);
}

static void numbers_below_a_limit_are_each_as_likely(void **state)
{
    enum { PER = 5000 };
    const struct seq s = {.op = &op_some};

    for (uint64_t n = 1; n <= 13; n++) {
        unsigned counts[13] = {0};
        double sum = 0;
        struct random r;

        random_init(&r, &s, n, RANDOM_OWN);
        for (uint64_t i = 0; i < n * PER; i++) {
            uint64_t x = random_below(&r, n);

            assert_true(x < n);
            counts[x]++;
        }
        for (uint64_t i = 0; i < n; i++)
            sum += (counts[i] - (double)PER) * (counts[i] - (double)PER) / PER;
        assert_true(sum <= (double)(n - 1) + 4 * sqrt(2.0 * (double)(n - 1)) + 4);
    }
}

/* Of three quarters of 2^64, a remainder would make the lowest third twice as likely. */
static void limits_near_64_bits_have_no_bias(void **state)
{
    const uint64_t n = UINT64_C(3) << 62;
    const struct seq s = {.op = &op_some};
    unsigned thirds[3] = {0};
    struct random r;

    random_init(&r, &s, 0, RANDOM_OWN);
    for (unsigned i = 0; i < 30000; i++) {
        uint64_t x = random_below(&r, n);

        assert_true(x < n);
        thirds[x >> 62]++;
    }
    for (unsigned i = 0; i < 3; i++)
        assert_in_range(thirds[i], 9600, 10400);
}

static void normal_numbers_follow_the_bell(void **state)
{
    enum { N = 200000 };
    const struct seq s = {.op = &op_some};
    unsigned bins[10] = {0}; /* from -2.5, half a deviation each; the outer ones take the tails */
    double mean = 0, square = 0, sum = 0;

    for (uint64_t i = 0; i < N; i++) {
        struct random r;
        double x;

        random_init(&r, &s, i, RANDOM_OWN);
        x = random_normal(&r);
        mean += x / N;
        square += x * x / N;
        bins[CLAMP((int)floor(x * 2) + 5, 0, 9)]++;
    }
    assert_true(fabs(mean) < 0.01);
    assert_true(fabs(square - 1) < 0.015);
    for (int i = 0; i < 10; i++) {
        double low = i == 0 ? 0 : erfc(-(i - 5) / 2.0 / sqrt(2)) / 2;
        double high = i == 9 ? 1 : erfc(-(i - 4) / 2.0 / sqrt(2)) / 2;
        double expected = N * (high - low);

        sum += (bins[i] - expected) * (bins[i] - expected) / expected;
    }
    assert_true(sum < 9 + 4 * 4.3); /* 9 degrees of freedom */
}

static void keys_of_sequences_differ_by_each_of_their_parts(void **state)
{
    const uint64_t keys[] = {random_key(1, 2, 3), random_key(2, 1, 3), random_key(1, 3, 2),
                             random_key(0, 2, 3), random_key(1, 2, 0), random_key(0, 0, 0)};

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        for (unsigned j = 0; j < i; j++)
            assert_true(keys[i] != keys[j]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(every_part_of_the_key_makes_another_stream),
        cmocka_unit_test(the_same_element_draws_the_same_for_ever),
        cmocka_unit_test(numbers_of_one_element_go_on_without_repeating),
        cmocka_unit_test(uniform_numbers_fill_the_unit_evenly),
        cmocka_unit_test(uniform_numbers_have_53_bits),
        cmocka_unit_test(numbers_below_a_limit_are_each_as_likely),
        cmocka_unit_test(limits_near_64_bits_have_no_bias),
        cmocka_unit_test(normal_numbers_follow_the_bell),
        cmocka_unit_test(keys_of_sequences_differ_by_each_of_their_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
