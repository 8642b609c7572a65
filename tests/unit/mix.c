/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mixes: their proportions at every element, and where they end. */
#include "tests/unit/folder.h"

#define MIX_MAX 64

/* A mix of named sequences, each a range of its own length.  Borrowed. */
static const struct seq *mixed(struct folder *d, const char *const *weights, const int *lens, int n,
                               const char *more)
{
    g_autoptr(GString) yaml = g_string_new("{mix: {of: {");

    for (int k = 0; k < n; k++)
        g_string_append_printf(yaml, "%ss%d: %s", k > 0 ? ", " : "", k, weights[k]);
    g_string_append_printf(yaml, "}%s}}", more);
    for (int k = 0; k < n; k++)
        g_string_append_printf(yaml, "\n  s%d: {range: %d}", k, lens[k]);
    return folder_seq(d, yaml->str);
}

/* Counts along the mix: each sequence in order, and less than one element from its share. */
static void check_proportions(const struct seq *s, const double *shares, int n)
{
    uint64_t counts[MIX_MAX] = {0};
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += shares[k];
    for (uint64_t i = 0; i < s->len; i++) {
        const struct seq *in;
        uint64_t j;
        int k = 0;

        seq_route(s, i, &in, &j);
        while (s->in[k] != in)
            k++;
        assert_int_equal(j, counts[k]++);
        for (k = 0; k < n; k++) {
            double off = (double)counts[k] * sum - (double)(i + 1) * shares[k];

            assert_true(off < sum && -off < sum);
        }
    }
}

static void a_mix_keeps_its_proportions_from_the_first_element_on(void **state)
{
    uint32_t seed = 7;

    for (int try = 0; try < 60; try++) {
        char texts[MIX_MAX][16];
        const char *weights[MIX_MAX];
        double shares[MIX_MAX];
        int lens[MIX_MAX], n = 1 + try % 12 + (try == 59) * 40;

        for (int k = 0; k < n; k++) {
            seed = seed * 1664525 + 1013904223;
            lens[k] = 1000000;
            shares[k] = 1 + (seed >> 16) % (try % 3 == 0 ? 5 : try % 3 == 1 ? 100 : 1000);
            g_snprintf(texts[k], sizeof texts[k], "%.0f", shares[k]);
            weights[k] = texts[k];
        }
        check_proportions(mixed(*state, weights, lens, n, ", until: all, length: 3000"), shares, n);
    }
}

static void a_mix_spreads_what_is_rare(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "{mix: {of: {a: 2, b: 1}}}\n  a: {range: 4}\n  b: {values: [x, y, z]}",
                    "0|x|1|2|y|3");
    assert_elements(d, "{mix: {of: {b: 1, a: 3}}}\n  a: {range: 6}\n  b: {values: [x, y, z]}",
                    "0|1|x|2|3|4|y|5");
}

static void weights_are_proportions(void **state)
{
    struct folder *d = *state;
    static const struct {
        const char *weights[3];
        double shares[3];
    } same[] = {{{"0.5", "0.3", "0.2"}, {5, 3, 2}},
                {{"0.333333", "0.333333", "0.333334"}, {333333, 333333, 333334}},
                {{"1000000000", "2500000000", "1.5e9"}, {2, 5, 3}},
                {{"0.0001", "0.0002", "0.99"}, {1, 2, 9900}},
                {{"7", "0.7", "0.07"}, {100, 10, 1}}};
    const int lens[] = {100000, 100000, 100000};

    for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
        check_proportions(mixed(d, same[i].weights, lens, 3, ", length: 20000"), same[i].shares, 3);
}

static void a_mix_ends_where_the_first_has_no_more(void **state)
{
    struct folder *d = *state;
    const char *const weights[] = {"2", "1"};

    assert_int_equal(mixed(d, weights, (const int[]){100, 2}, 2, "")->len, 7);
    assert_int_equal(mixed(d, weights, (const int[]){4, 100}, 2, "")->len, 6);
    assert_int_equal(mixed(d, weights, (const int[]){0, 100}, 2, "")->len, 0);
    check_proportions(mixed(d, weights, (const int[]){33, 100}, 2, ""), (const double[]){2, 1}, 2);
}

/* By counting: it ends with the element that completes the last sequence. */
static void a_mix_until_all_goes_through_every_one(void **state)
{
    struct folder *d = *state;
    const int lens[] = {7, 2, 11};
    const struct seq *s = mixed(d, (const char *[]){"3", "1", "2"}, lens, 3, ", until: all");
    uint64_t counts[3] = {0};

    for (uint64_t i = 0; i < s->len; i++) {
        const struct seq *in;
        uint64_t j;
        int k = 0;

        assert_false(counts[0] >= 7 && counts[1] >= 2 && counts[2] >= 11);
        seq_route(s, i, &in, &j);
        while (s->in[k] != in)
            k++;
        assert_int_equal(j, counts[k]++ % (uint64_t)lens[k]);
    }
    assert_true(counts[0] >= 7 && counts[1] >= 2 && counts[2] >= 11);
}

static void a_weight_of_nothing_leaves_a_sequence_out(void **state)
{
    struct folder *d = *state;
    const struct seq *s =
        mixed(d, (const char *[]){"0", "1"}, (const int[]){0, 3}, 2, ", until: all");

    assert_int_equal(s->len, 3);
    assert_element(d, 2, "2");
    assert_int_equal(seq_type(s, SEQ_ANY).kind, VALUE_INT);
}

static void a_mix_reaches_what_only_64_bits_can_count(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "{mix: {of: {a: 3, b: 1}}}\n  a: {range: 3000000000000000000}\n"
                  "  b: {range: 9000000000000000000}");
    assert_true(d->seq->len == UINT64_C(4000000000000000000));
    folder_seq(d, "{mix: {of: {a: 3, b: 1}, length: 9223372036854775807}}\n  a: {range: 10}\n"
                  "  b: {range: 9000000000000000000}");
    assert_element(d, UINT64_C(9223372036854775804), "3");
    assert_true(d->seq->len == INT64_MAX);
    assert_complaint(d,
                     "{mix: {of: {a: 1000, b: 1}, until: all}}\n  a: {range: 1}\n"
                     "  b: {range: 9223372036854775807}",
                     COMPLAINT_SPEC, "mix: more than 9223372036854775807 elements");
}

static void weights_that_give_no_proportions_are_refused(void **state)
{
    struct folder *d = *state;
    static const char *const long_period =
        "mix: with these weights the proportions only come out after more than 1048576 elements; "
        "wanted are weights of fewer digits, such as 3 and 0.25";

    assert_complaint(d, "{mix: {of: {a: 1, b: -2}}}\n  a: {range: 1}\n  b: {range: 1}",
                     COMPLAINT_SPEC, "mix: the weight of 'b' is -2; wanted is 0 or more");
    assert_complaint(d, "{mix: {of: {a: 0}}}\n  a: {range: 1}", COMPLAINT_SPEC,
                     "mix: there is no weight above 0");
    assert_complaint(d, "{mix: {of: {a: inf}}}\n  a: {range: 1}", COMPLAINT_SPEC,
                     "mix: the weight of 'a' is inf; wanted is 0 or more");
    assert_complaint(d, "{mix: {of: {a: 1, b: 3.14159265358}}}\n  a: {range: 1}\n  b: {range: 1}",
                     COMPLAINT_SPEC, long_period);
    assert_complaint(d, "{mix: {of: {a: 1e-300, b: 1e300}}}\n  a: {range: 1}\n  b: {range: 1}",
                     COMPLAINT_SPEC, long_period);
}

static void what_is_empty_cannot_start_again(void **state)
{
    static const char *const why = "mix: 's1' has no elements to start again with";
    const char *const weights[] = {"1", "1"};
    struct folder *d = *state;

    assert_complaint(d, "{mix: {of: {a: 1, s1: 1}, until: all}}\n  a: {range: 1}\n  s1: {range: 0}",
                     COMPLAINT_SPEC, why);
    assert_complaint(d, "{mix: {of: {a: 1, s1: 1}, length: 9}}\n  a: {range: 1}\n  s1: {range: 0}",
                     COMPLAINT_SPEC, why);
    assert_int_equal(mixed(d, weights, (const int[]){1, 0}, 2, ", length: 0")->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_mix_keeps_its_proportions_from_the_first_element_on),
        IN_FOLDER(a_mix_spreads_what_is_rare),
        IN_FOLDER(weights_are_proportions),
        IN_FOLDER(a_mix_ends_where_the_first_has_no_more),
        IN_FOLDER(a_mix_until_all_goes_through_every_one),
        IN_FOLDER(a_weight_of_nothing_leaves_a_sequence_out),
        IN_FOLDER(a_mix_reaches_what_only_64_bits_can_count),
        IN_FOLDER(weights_that_give_no_proportions_are_refused),
        IN_FOLDER(what_is_empty_cannot_start_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
