/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operators that bring elements into another order: interleave, cycle, repeat, shuffle, shard
 * and epochs. */
#include <inttypes.h>

#include "tests/unit/folder.h"

/* Interleave. */

/* Against walking as the words of the manual do: in turn, over those that are left. */
static void check_interleaved(struct folder *d, const int *lens, int n)
{
    g_autoptr(GString) yaml = g_string_new("{interleave: [");
    g_autoptr(GString) want = g_string_new(NULL);
    bool more = true;

    for (int k = 0; k < n; k++)
        g_string_append_printf(yaml, "%s{range: {start: %d, stop: %d}}", k > 0 ? ", " : "",
                               k * 1000, k * 1000 + lens[k]);
    g_string_append(yaml, "]}");
    for (int round = 0; more; round++) {
        more = false;
        for (int k = 0; k < n; k++) {
            if (round >= lens[k])
                continue;
            g_string_append_printf(want, "%s%d", want->len > 0 ? "|" : "", k * 1000 + round);
            more = true;
        }
    }
    assert_elements(d, yaml->str, want->str);
}

static void interleave_goes_on_with_those_that_are_left(void **state)
{
    assert_elements(*state,
                    "{interleave: [{values: [1, 2, 3, 4, 5]}, {values: [a, b, c]}, "
                    "{values: [.1, .2, .3, .4]}]}",
                    "1|a|0.1|2|b|0.2|3|c|0.3|4|0.4|5");
}

static void interleave_takes_turns_whatever_the_lengths(void **state)
{
    uint32_t seed = 1;

    for (int n = 0; n <= 17; n++) {
        for (int try = 0; try < 6; try++) {
            int lens[17];

            for (int k = 0; k < n; k++) {
                seed = seed * 1664525 + 1013904223;
                lens[k] = (int)(seed >> 24) % (try % 2 == 0 ? 4 : 12);
            }
            check_interleaved(*state, lens, n);
        }
    }
}

static void interleave_reaches_what_only_64_bits_can_count(void **state)
{
    folder_seq(*state, "{interleave: [{range: 1000000000000000000}, {range: {start: -1, stop: "
                       "-3000000000000000001, step: -1}}, {range: 5}]}");
    assert_true(((struct folder *)*state)->seq->len == UINT64_C(4000000000000000005));
    assert_element(*state, 14, "4");
    assert_element(*state, 15, "5");
    assert_element(*state, 16, "-6");
    assert_element(*state, UINT64_C(2000000000000000003), "999999999999999999");
    assert_element(*state, UINT64_C(2000000000000000004), "-1000000000000000000");
    assert_element(*state, UINT64_C(2000000000000000005), "-1000000000000000001");
    assert_element(*state, UINT64_C(4000000000000000004), "-3000000000000000000");
}

static void interleave_refuses_more_than_an_index_counts(void **state)
{
    assert_complaint(*state, "{interleave: [{range: 1}, {range: 9223372036854775807}]}",
                     COMPLAINT_SPEC, "interleave: more than 9223372036854775807 elements");
    assert_complaint(*state,
                     "{interleave: [{range: 9223372036854775807}, {range: 9223372036854775807}, "
                     "{range: 9223372036854775807}]}",
                     COMPLAINT_SPEC, "interleave: more than 9223372036854775807 elements");
}

static void interleave_knows_what_its_inputs_are(void **state)
{
    struct folder *d = *state;
    struct type t =
        seq_type(folder_seq(d, "{interleave: [{range: 1}, {values: []}, {values: [7]}]}"), SEQ_ANY);

    assert_true(t.known);
    assert_int_equal(t.kind, VALUE_INT);
    folder_seq(d, "{interleave: [{range: 1}, {values: [a]}]}");
    assert_false(seq_type(d->seq, SEQ_ANY).known);
    assert_int_equal(seq_type(d->seq, 1).kind, VALUE_TEXT);
}

/* Cycle and repeat. */

static void cycle_comes_round_as_often_as_needed(void **state)
{
    assert_elements(*state, "[{values: [a, b, c]}, {cycle: 7}]", "a|b|c|a|b|c|a");
    assert_elements(*state, "[{values: [a, b, c]}, {cycle: 2}]", "a|b");
    assert_elements(*state, "[{values: [a, b, c]}, {cycle: 0}]", "");
    assert_elements(*state, "[{range: 0}, {cycle: 0}]", "");
    folder_seq(*state, "[{range: 1000}, {cycle: 9223372036854775807}]");
    assert_element(*state, UINT64_C(9223372036854775806), "806");
}

static void nothing_cannot_be_cycled(void **state)
{
    assert_complaint(*state, "[{range: 0}, {cycle: 1}]", COMPLAINT_SPEC,
                     "cycle: there are no elements to repeat");
}

static void repeat_says_it_as_often_as_told(void **state)
{
    assert_elements(*state, "{repeat: {value: 3, times: 4}}", "3|3|3|3");
    assert_elements(*state, "{repeat: {value: ~, times: 1}}", "null");
    assert_elements(*state, "{repeat: {value: x, times: 0}}", "");
    assert_elements(*state, "{repeat: {value: {a: [1, '2']}, times: 2}}",
                    "[a: [1, 2]]|[a: [1, 2]]");
    folder_seq(*state, "{repeat: {value: 0x10, times: 9223372036854775807}}");
    assert_element(*state, UINT64_C(9223372036854775806), "16");
    assert_true(((struct folder *)*state)->seq->trivial);
}

static void repeat_knows_the_parts_of_its_value(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *part = NULL;
    struct type t;
    uint64_t k;

    folder_seq(d, "{repeat: {value: {n: 1, word: two}, times: 3}}");
    t = seq_type(d->seq, SEQ_ANY);
    assert_true(t.known && t.parted);
    assert_int_equal(t.kind, VALUE_RECORD);
    assert_int_equal(seq_n_parts(d->seq, SEQ_ANY), 2);
    assert_true(seq_find_field(d->seq, "word", &k));
    assert_int_equal(k, 1);
    assert_int_equal(seq_part_type(d->seq, SEQ_ANY, 1).kind, VALUE_TEXT);
    assert_int_equal(seq_get_part(d->seq, &d->eval, 2, 0, &part), 0);
    assert_int_equal(value_int(part), 1);
    folder_seq(d, "{repeat: {value: [1, two], times: 3}}");
    assert_int_equal(seq_n_parts(d->seq, 1), 2);
    assert_false(seq_part_type(d->seq, SEQ_ANY, SEQ_ANY).known);
    folder_seq(d, "{repeat: {value: [1, 2], times: 3}}");
    assert_int_equal(seq_part_type(d->seq, SEQ_ANY, SEQ_ANY).kind, VALUE_INT);
    assert_false(seq_type(folder_seq(d, "{repeat: {value: 1, times: 3}}"), SEQ_ANY).parted);
}

/* Shuffle. */

/* Where each element of a sequence over one range comes from, as text. */
static char *order_of(const struct seq *s)
{
    GString *ret = g_string_new(NULL);

    for (uint64_t i = 0; i < s->len; i++) {
        const struct seq *in;
        uint64_t j;

        seq_route(s, i, &in, &j);
        g_string_append_printf(ret, "%" PRIu64 " ", j);
    }
    return g_string_free(ret, FALSE);
}

static char *shuffled(struct folder *d, const char *step)
{
    g_autofree char *yaml = g_strdup_printf("[{range: 40}, %s]", step);

    return order_of(folder_seq(d, yaml));
}

static void a_shuffle_has_every_element_once(void **state)
{
    const struct seq *s = folder_seq(*state, "[{range: 1000}, shuffle]");
    bool seen[1000] = {false};
    unsigned n_moved = 0;

    for (uint64_t i = 0; i < 1000; i++) {
        const struct seq *in;
        uint64_t j;

        seq_route(s, i, &in, &j);
        assert_true(j < 1000);
        assert_false(seen[j]);
        seen[j] = true;
        n_moved += i != j;
    }
    assert_in_range(n_moved, 980, 1000);
}

static void a_shuffle_follows_from_seed_and_epoch(void **state)
{
    struct folder *d = *state;
    g_autofree char *bare = shuffled(d, "shuffle"), *again = shuffled(d, "{shuffle: 0}");
    g_autofree char *zero = shuffled(d, "{shuffle: {epoch: 0}}");
    g_autofree char *seed = shuffled(d, "{shuffle: 1}");
    g_autofree char *epoch = shuffled(d, "{shuffle: {epoch: 1}}");
    g_autofree char *both = shuffled(d, "{shuffle: {seed: 1, epoch: 1}}");

    assert_string_equal(bare, again);
    assert_string_equal(bare, zero);
    assert_string_not_equal(bare, seed);
    assert_string_not_equal(bare, epoch);
    assert_string_not_equal(seed, epoch);
    assert_string_not_equal(seed, both);
    assert_string_not_equal(epoch, both);
}

static void the_seed_of_the_spec_is_that_of_its_shuffles(void **state)
{
    struct folder *d = *state;
    g_autofree char *given = shuffled(d, "{shuffle: 5}"), *found = NULL;

    assert_int_equal(
        folder_load(d, "seed: 5\ndataset: {range: 1}\nsequences: {s: [{range: 40}, shuffle]}\n"),
        0);
    found = order_of(plan_named(d->plan, 0)->seq);
    assert_string_equal(given, found);
}

static void what_is_shuffled_apart_by_one_seed_stays_together(void **state)
{
    struct folder *d = *state;
    g_autofree char *first = NULL, *second = NULL, *third = NULL;

    folder_seq(d, "[{range: 40}, shuffle]\n  t: [{range: 40}, shuffle]\n"
                  "  u: [{range: 40}, {shuffle: 1}]");
    first = order_of(plan_named(d->plan, 0)->seq);
    second = order_of(plan_named(d->plan, 1)->seq);
    third = order_of(plan_named(d->plan, 2)->seq);
    assert_string_equal(first, second);
    assert_string_not_equal(first, third);
}

static void a_shuffle_needs_no_table(void **state)
{
    const struct seq *s = folder_seq(*state, "[{range: 1000000000000000000}, {shuffle: 3}]");
    const struct seq *in;
    uint64_t a, b;

    seq_route(s, 0, &in, &a);
    seq_route(s, 999999999999999999, &in, &b);
    assert_true(a < s->len && b < s->len && a != b);
    folder_seq(*state, "[{range: 0}, shuffle]");
    assert_int_equal(((struct folder *)*state)->seq->len, 0);
    assert_elements(*state, "[{range: 1}, shuffle]", "0");
}

static void a_shuffle_is_random_unless_its_epoch_is_given(void **state)
{
    assert_true(folder_seq(*state, "[{range: 4}, shuffle]")->random);
    assert_true(folder_seq(*state, "[{range: 4}, {shuffle: 7}]")->random);
    assert_false(folder_seq(*state, "[{range: 4}, {shuffle: {epoch: 0}}]")->random);
    assert_true(folder_seq(*state, "[{range: 4}, shuffle, {shuffle: {epoch: 0}}]")->random);
}

/* Shard. */

static void check_shards(struct folder *d, int len, int count, const char *mode)
{
    g_autofree bool *seen = g_new0(bool, len + 1);
    uint64_t n = 0;

    for (int k = 0; k < count; k++) {
        g_autofree char *yaml = g_strdup_printf(
            "[{range: %d}, {shard: {index: %d, count: %d, mode: %s}}]", len, k, count, mode);
        const struct seq *s = folder_seq(d, yaml);

        assert_in_range(s->len, len / count, (len + count - 1) / count);
        for (uint64_t i = 0; i < s->len; i++) {
            const struct seq *in;
            uint64_t j;

            seq_route(s, i, &in, &j);
            assert_true(j < (uint64_t)len && !seen[j]);
            seen[j] = true;
            n++;
        }
    }
    assert_int_equal(n, len);
}

static void shards_have_every_element_once(void **state)
{
    for (int len = 0; len <= 12; len++) {
        for (int count = 1; count <= 5; count++) {
            check_shards(*state, len, count, "contiguous");
            check_shards(*state, len, count, "strided");
        }
    }
}

static void shards_are_stretches_or_strides(void **state)
{
    assert_elements(*state, "[{range: 10}, {shard: {index: 1, count: 3}}]", "3|4|5");
    assert_elements(*state, "[{range: 10}, {shard: {index: 0, count: 3, mode: strided}}]",
                    "0|3|6|9");
    assert_elements(*state, "[{range: 2}, {shard: {index: 2, count: 3, mode: strided}}]", "");
}

static void shards_of_what_only_64_bits_can_count(void **state)
{
    folder_seq(*state, "[{range: 9223372036854775807}, {shard: {index: 2147483646, "
                       "count: 2147483647}}]");
    assert_true(((struct folder *)*state)->seq->len == UINT64_C(4294967299));
    assert_element(*state, UINT64_C(4294967298), "9223372036854775806");
    folder_seq(*state, "[{range: 9223372036854775807}, {shard: {index: 2, count: 3, "
                       "mode: strided}}]");
    assert_true(((struct folder *)*state)->seq->len == UINT64_C(3074457345618258602));
    assert_element(*state, UINT64_C(3074457345618258601), "9223372036854775805");
}

static void a_shard_that_is_not_there_is_refused(void **state)
{
    assert_complaint(*state, "[{range: 10}, {shard: {index: 3, count: 3}}]", COMPLAINT_SPEC,
                     "shard: index 3, but of 3 shards the last is 2, as they count from 0");
    assert_complaint(*state, "[{range: 10}, {shard: {index: 0, count: 0}}]", COMPLAINT_SPEC,
                     "shard: argument 'count': 0 is outside of 1..2147483647");
}

/* Epochs. */

static char *order_of_part(const struct seq *s, uint64_t i)
{
    GString *ret = g_string_new(NULL);

    for (uint64_t k = 0; k < seq_n_parts(s, i); k++) {
        const struct seq *part, *in;
        uint64_t j;

        assert_true(seq_part(s, i, k, &part, &j));
        assert_int_equal(j, k);
        seq_route(part, j, &in, &j);
        g_string_append_printf(ret, "%" PRIu64 " ", j);
    }
    return g_string_free(ret, FALSE);
}

static void epochs_shuffle_anew(void **state)
{
    struct folder *d = *state;
    g_autofree char *plain = shuffled(d, "shuffle");
    const struct seq *s = folder_seq(d, "[{range: 40}, shuffle, {epochs: 3}]");
    g_autofree char *first = order_of_part(s, 0), *second = order_of_part(s, 1);
    g_autofree char *third = order_of_part(s, 2);

    assert_int_equal(s->len, 3);
    assert_string_equal(first, plain);
    assert_string_not_equal(first, second);
    assert_string_not_equal(first, third);
    assert_string_not_equal(second, third);
}

static void an_epoch_is_that_of_a_shuffle(void **state)
{
    struct folder *d = *state;
    g_autofree char *given = shuffled(d, "{shuffle: {epoch: 2}}");
    g_autofree char *third = order_of_part(folder_seq(d, "[{range: 40}, shuffle, {epochs: 3}]"), 2);

    assert_string_equal(given, third);
}

static void what_is_not_random_is_the_same_in_each_epoch(void **state)
{
    assert_elements(*state, "[{range: 3}, {epochs: 2}]", "[0, 1, 2]|[0, 1, 2]");
    assert_elements(*state, "[{range: 0}, {epochs: 2}]", "[]|[]");
}

static void epochs_are_lists_whose_parts_are_known(void **state)
{
    struct folder *d = *state;
    const struct seq *s = folder_seq(d, "[{range: 1000}, shuffle, {epochs: 2}]");
    struct type t = seq_type(s, SEQ_ANY);

    assert_true(t.known && t.parted);
    assert_int_equal(t.kind, VALUE_LIST);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), 1000);
    assert_int_equal(seq_part_type(s, SEQ_ANY, SEQ_ANY).kind, VALUE_INT);
    assert_true(s->trivial);
    assert_false(folder_seq(d, "[{range: 1001}, shuffle, {epochs: 2}]")->trivial);
}

static void epochs_of_what_only_64_bits_can_count(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *part = NULL;
    const struct seq *s = folder_seq(d, "[{range: 1000000000000000000}, shuffle, {epochs: 3}]");

    assert_true(seq_n_parts(s, 1) == UINT64_C(1000000000000000000));
    assert_int_equal(seq_get_part(s, &d->eval, 2, UINT64_C(999999999999999999), &part), 0);
    assert_int_equal(value_kind(part), VALUE_INT);
    assert_element(d, 0, "!a list of 1000000000000000000 items is too long for memory");
}

static void epochs_have_an_upper_limit(void **state)
{
    assert_int_equal(folder_seq(*state, "[{range: 1}, {epochs: 65536}]")->len, 65536);
    assert_complaint(*state, "[{range: 1}, {epochs: 65537}]", COMPLAINT_SPEC,
                     "epochs: argument 'n': 65537 is outside of 1..65536");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(interleave_goes_on_with_those_that_are_left),
        IN_FOLDER(interleave_takes_turns_whatever_the_lengths),
        IN_FOLDER(interleave_reaches_what_only_64_bits_can_count),
        IN_FOLDER(interleave_refuses_more_than_an_index_counts),
        IN_FOLDER(interleave_knows_what_its_inputs_are),
        IN_FOLDER(cycle_comes_round_as_often_as_needed),
        IN_FOLDER(nothing_cannot_be_cycled),
        IN_FOLDER(repeat_says_it_as_often_as_told),
        IN_FOLDER(repeat_knows_the_parts_of_its_value),
        IN_FOLDER(a_shuffle_has_every_element_once),
        IN_FOLDER(a_shuffle_follows_from_seed_and_epoch),
        IN_FOLDER(the_seed_of_the_spec_is_that_of_its_shuffles),
        IN_FOLDER(what_is_shuffled_apart_by_one_seed_stays_together),
        IN_FOLDER(a_shuffle_needs_no_table),
        IN_FOLDER(a_shuffle_is_random_unless_its_epoch_is_given),
        IN_FOLDER(shards_have_every_element_once),
        IN_FOLDER(shards_are_stretches_or_strides),
        IN_FOLDER(shards_of_what_only_64_bits_can_count),
        IN_FOLDER(a_shard_that_is_not_there_is_refused),
        IN_FOLDER(epochs_shuffle_anew),
        IN_FOLDER(an_epoch_is_that_of_a_shuffle),
        IN_FOLDER(what_is_not_random_is_the_same_in_each_epoch),
        IN_FOLDER(epochs_are_lists_whose_parts_are_known),
        IN_FOLDER(epochs_of_what_only_64_bits_can_count),
        IN_FOLDER(epochs_have_an_upper_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
