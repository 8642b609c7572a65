/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sequences of billions of elements, and of 10^18: they are loaded at once, cost no memory, and
 * each element is at its place. */
#include "tests/unit/folder.h"

#include <malloc.h>
#include <time.h>

#include "ops/base/permutation.h"
#include "ops/core/random.h"

#define MOST_SECONDS \
    1.0 /* of processor time to load a spec: a billion steps of any kind take more */
#define MOST_BYTES (4 << 20)

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static double seconds_used(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef const struct seq *load_fn(struct folder *d, const char *sequence);

/* Loads what has to be there at once, and small. */
static const struct seq *load_lightly(struct folder *d, const char *sequence, load_fn *load)
{
    size_t before;
    double start;

    folder_seq(d, "{range: 1}"); /* what is only made once is not this sequence's */
    folder_unload(d);
    before = bytes_in_use();
    start = seconds_used();
    load(d, sequence);
    if (seconds_used() - start > MOST_SECONDS)
        fail_msg("'%s' took %.1f s to load", sequence, seconds_used() - start);
    if (bytes_in_use() > before + MOST_BYTES)
        fail_msg("'%s' takes %zu bytes", sequence, bytes_in_use() - before);
    return d->seq;
}

static const struct seq *load(struct folder *d, const char *sequence, uint64_t len)
{
    load_lightly(d, sequence, folder_seq);
    assert_int_equal(d->seq->len, len);
    return d->seq;
}

/* Part k of element i. */
static void assert_part(struct folder *d, uint64_t i, uint64_t k, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);
    OWN(value_unref) struct value *v = NULL;

    if (seq_get_part(d->seq, &d->eval, i, k, &v) < 0)
        fail_msg("part %" G_GUINT64_FORMAT ": %s", k, d->eval.fault.text);
    print_element(v, got);
    assert_string_equal(got->str, want);
}

static void cycles_come_round(void **state)
{
    load(*state, "[{range: 1000000000}, {cycle: 1000000000000000000}]", 1000000000000000000);
    assert_element(*state, 999999999, "999999999");
    assert_element(*state, 1000000000, "0");
    assert_element(*state, 999999999999999999, "999999999");
    load(*state, "[{range: 3}, {cycle: 9223372036854775807}]", INT64_MAX);
    assert_element(*state, INT64_MAX - 1, "0");
}

static void repeats_cost_one_value(void **state)
{
    load(*state, "{repeat: {value: x, times: 1000000000000000000}}", 1000000000000000000);
    assert_element(*state, 999999999999999999, "x");
}

static void slices_and_gathers_reach_everything(void **state)
{
    load(*state, "[{range: 1000000000000000000}, {slice: \"::-3\"}]", 333333333333333334);
    assert_element(*state, 999999999, "999999997000000002");
    assert_element(*state, 333333333333333333, "0");
    load(*state, "[{range: 1000000000000000000}, {gather: [-1, 999999999]}]", 2);
    assert_element(*state, 0, "999999999999999999");
    assert_element(*state, 1, "999999999");
}

static void concatenations_go_on_behind_billions(void **state)
{
    load(*state,
         "{concatenate: [{range: 1000000000}, {values: [x]}, {range: 1000000000000000000}]}",
         1000000001000000001);
    assert_element(*state, 999999999, "999999999");
    assert_element(*state, 1000000000, "x");
    assert_element(*state, 1000000001000000000, "999999999999999999");
}

/* Nine elements of three, and then two by two. */
static void interleaving_goes_on_with_those_that_are_left(void **state)
{
    load(*state,
         "{interleave: [{range: 1000000000}, {range: {start: 1000000000, stop: 2000000000}}, "
         "{values: [x, y, z]}]}",
         2000000003);
    assert_element(*state, 8, "z");
    assert_element(*state, 9, "3");
    assert_element(*state, 999999999, "499999998");
    assert_element(*state, 2000000002, "1999999999");
    load(*state, "{interleave: [{range: 1000000000000000000}, {range: 10}]}", 1000000000000000010);
    assert_element(*state, 999999999, "999999989");
    assert_element(*state, 1000000000000000009, "999999999999999999");
}

/* Those among the first and the last that come twice would be here, if any did. */
static void assert_shuffled(struct folder *d, uint64_t n)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct permutation p;

    permutation_init(&p, n, random_key(7, 0, 0));
    for (uint64_t k = 0; k < 4000; k++) {
        uint64_t i = k % 2 == 0 ? k / 2 : n - 1 - k / 2;
        char *one = folder_element(d, i);

        assert_true(g_ascii_strtoull(one, NULL, 10) == permutation_at(&p, i));
        assert_true(g_ascii_strtoull(one, NULL, 10) < n);
        assert_true(g_hash_table_add(seen, one));
    }
}

static void shuffles_are_computed_not_stored(void **state)
{
    load(*state, "[{range: 1000000000}, {shuffle: 7}]", 1000000000);
    assert_shuffled(*state, 1000000000);
    load(*state, "[{range: 1000000000000000000}, {shuffle: 7}]", 1000000000000000000);
    assert_shuffled(*state, 1000000000000000000);
}

static void batches_are_arithmetic(void **state)
{
    const struct seq *s = load(*state, "[{range: 1000000000}, {batch: 7}]", 142857143);

    assert_int_equal(seq_n_parts(s, 0), 7);
    assert_int_equal(seq_n_parts(s, 142857142), 6);
    assert_element(*state, 142857142,
                   "[999999994, 999999995, 999999996, 999999997, 999999998, 999999999]");
    load(*state, "[{range: 1000000000}, {batch: {size: 7, drop_last: true}}]", 142857142);
    load(*state, "[{range: 1000000000}, {batch: {size: 7, pad: x}}]", 142857143);
    assert_part(*state, 142857142, 6, "x");
    load(*state, "[{range: 1000000000000000000}, {batch: 1000000000}]", 1000000000);
    assert_part(*state, 999999999, 999999999, "999999999999999999");
}

static void what_was_batched_is_laid_out_again(void **state)
{
    load(*state, "[{range: 1000000000}, {batch: 7}, unbatch]", 1000000000);
    assert_element(*state, 999999999, "999999999");
    load(*state, "[{range: 1000000000000000000}, {batch: 13}, flatten]", 1000000000000000000);
    assert_element(*state, 999999999, "999999999");
    assert_element(*state, 999999999999999999, "999999999999999999");
}

static void lists_of_lists_are_laid_out_again(void **state)
{
    load(*state, "[{range: 100000000000}, {batch: 10}, {batch: 10}, flatten]", 10000000000);
    assert_part(*state, 9999999999, 9, "99999999999");
    load(*state, "[{range: 100000000000}, {batch: 10}, {batch: 10}, flatten, flatten]",
         100000000000);
    assert_element(*state, 99999999999, "99999999999");
}

static void splits_have_parts_of_billions(void **state)
{
    const struct seq *s = load(*state, "[{range: 1000000000}, {split: 3}]", 3);

    assert_int_equal(seq_n_parts(s, 0), 333333333);
    assert_int_equal(seq_n_parts(s, 2), 333333334);
    assert_part(*state, 2, 333333333, "999999999");
    s = load(*state, "[{range: 1000000000000000000}, {split: {fractions: {a: 0.7, b: 0.3}}}]", 2);
    assert_int_equal(seq_n_parts(s, 0), 700000000000000000);
    assert_part(*state, 1, 0, "700000000000000000");
    load(*state, "[{range: 1000000000}, {split: [999999999]}, flatten]", 1000000000);
    assert_element(*state, 999999999, "999999999");
}

static void shards_are_exact(void **state)
{
    load(*state, "[{range: 1000000000000000000}, {shard: {index: 6, count: 7}}]",
         142857142857142858);
    assert_element(*state, 0, "857142857142857142");
    assert_element(*state, 142857142857142857, "999999999999999999");
    load(*state, "[{range: 1000000000}, {shard: {index: 6, count: 7, mode: strided}}]", 142857142);
    assert_element(*state, 142857141, "999999993");
}

/* Element n of a mix is as far in its sequence as its share of n, but for less than one. */
static void mixes_keep_their_shares_to_the_end(void **state)
{
    static const uint64_t probes[] = {0, 1, 2, 3, 999999999, 1000000000, 1333333331};
    struct folder *d = *state;
    g_autofree char *spec = g_strdup("dataset: {range: 1}\nsequences:\n  a: {range: 1000000000}\n"
                                     "  b: {range: {start: 5000000000, stop: 6000000000}}\n"
                                     "  m: {mix: {of: {a: 0.75, b: 0.25}}}\n");

    assert_int_equal(folder_load(d, spec), 0);
    d->seq = plan_named(d->plan, 2)->seq;
    assert_in_range(d->seq->len, 1333333332, 1333333334);
    for (unsigned k = 0; k < G_N_ELEMENTS(probes); k++) {
        g_autofree char *one = folder_element(d, probes[k]);
        uint64_t x = g_ascii_strtoull(one, NULL, 10), rank = x >= 5000000000 ? x - 5000000000 : x;
        double share = (double)(probes[k] + 1) * (x >= 5000000000 ? 0.25 : 0.75);

        assert_true((double)(rank + 1) - share < 1 && (double)(rank + 1) - share > -1);
    }
    assert_true(bytes_in_use() < 64 << 20);
}

static void records_of_billions_are_not_looked_at(void **state)
{
    load(*state, "{collate: {a: {range: 1000000000}, b: {repeat: {value: x, times: 1000000000}}}}",
         1000000000);
    assert_element(*state, 999999999, "[a: 999999999, b: x]");
    load(*state,
         "[{collate: {a: {range: 1000000000}, b: {repeat: {value: x, times: 1000000000}}}}, "
         "{get: a}]",
         1000000000);
    assert_element(*state, 999999999, "999999999");
    load(*state, "[{collate: {a: [{range: 2000000000}, {batch: 2}]}}, {get: a}]", 1000000000);
    assert_part(*state, 999999999, 1, "1999999999");
}

static void conditions_are_asked_one_by_one(void **state)
{
    load(*state,
         "{switch: {condition: [{values: [true, false]}, {cycle: 1000000000}], "
         "then: {range: 1000000000}, else: {repeat: {value: x, times: 1000000000}}}}",
         1000000000);
    assert_element(*state, 999999998, "999999998");
    assert_element(*state, 999999999, "x");
    load(*state,
         "{case: {selector: [{range: 3}, {cycle: 1000000000}], of: [{range: 1000000000}, "
         "{repeat: {value: x, times: 1000000000}}, {repeat: {value: y, times: 1000000000}}]}}",
         1000000000);
    assert_element(*state, 999999999, "999999999");
    assert_element(*state, 999999998, "y");
}

static void epochs_of_billions_are_shuffled_anew(void **state)
{
    struct permutation p;
    g_autofree char *want = NULL;
    const struct seq *s = load(*state, "[{range: 1000000000}, {shuffle: 7}, {epochs: 1000}]", 1000);

    assert_int_equal(seq_n_parts(s, 999), 1000000000);
    permutation_init(&p, 1000000000, random_key(7, 999, 0));
    want = g_strdup_printf("%" G_GUINT64_FORMAT, permutation_at(&p, 999999999));
    assert_part(*state, 999, 999999999, want);
}

static void names_are_made_when_they_are_asked_for(void **state)
{
    g_autoptr(GString) name = g_string_new(NULL);
    const struct seq *s =
        load(*state, "[{range: 1000000000000000000}, {name: \"n{index}\"}, {slice: \"::-1\"}]",
             1000000000000000000);

    assert_int_equal(seq_name(s, 0, name), NAME_STEM);
    assert_string_equal(name->str, "n999999999999999999");
}

static void watching_steps_keep_no_tables(void **state)
{
    load(*state, "[{range: 1000000000}, {cache: 10}, debug, monitor, prefetch]", 1000000000);
    assert_element(*state, 999999999, "999999999");
    load(*state, "[{range: 1000000000}, {batch: 10}, {cache: 10}, debug, monitor]", 100000000);
    assert_part(*state, 99999999, 9, "999999999");
}

static void all_of_them_stand_on_one_another(void **state)
{
    load(*state,
         "[{interleave: [[{range: 1000000000}, {shuffle: 1}], [{range: 7}, {cycle: 1000000000}]]}, "
         "{shard: {index: 1, count: 2}}, {batch: 100}, unbatch, {split: 4}, flatten, "
         "{slice: \"1::2\"}, {cycle: 1000000000000000000}]",
         1000000000000000000);
    assert_element(*state, 0, "3");
    assert_element(*state, 499999999, "5");
    assert_element(*state, 500000000, "3");
}

static void datasets_of_billions_are_loaded_as_lightly(void **state)
{
    struct folder *d = *state;
    g_autoptr(GBytes) bytes = NULL;

    load_lightly(d, "[{range: 1000000000}, {shuffle: 7}, {batch: 10}, {epochs: 2}]", folder_files);
    assert_int_equal(d->seq->len, 2000000000);
    assert_int_equal(plan_output(d->plan, 0)->n_levels, 3);
    load_lightly(d, "[{range: 1000000000000000000}, {batch: 1000}]", folder_files);
    assert_int_equal(d->seq->len, 1000000000000000000);
    assert_int_equal(plan_eval(d->plan, &d->eval, 0, 999999999999999999, &bytes), 0);
    assert_memory_equal(g_bytes_get_data(bytes, NULL), "999999999999999999\n", 19);
}

static void what_no_index_could_count_is_refused(void **state)
{
    static const char *const too_long[] = {
        "{concatenate: [{range: 9000000000000000000}, {range: 9000000000000000000}]}",
        "{interleave: [{range: 9000000000000000000}, {range: 9000000000000000000}]}",
        "[{range: 9000000000000000000}, {epochs: 2}, flatten]",
        "{repeat: {value: 1, times: 9300000000000000000}}",
        "[{range: 3}, {cycle: 9300000000000000000}]",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(too_long); i++) {
        assert_true(folder_load_seq(*state, too_long[i]) < 0);
        assert_null(((struct folder *)*state)->plan);
    }
}

static void one_short_list_may_stand_anywhere(void **state)
{
    const struct seq *s;
    uint64_t odd;

    load(*state, "[{range: 1000000000}, {batch: 3}, {slice: '::-1'}, flatten]", 1000000000);
    assert_element(*state, 0, "999999999");
    assert_element(*state, 1, "999999996");
    assert_element(*state, 3, "999999998");
    assert_element(*state, 999999999, "2");
    load(*state, "[{range: 1000000000}, {batch: 3}, shuffle, {slice: '5:'}, flatten]", 999999985);
    s = load(*state, "[{range: 1000000000}, {batch: 3}, {shuffle: 7}]", 333333334);
    assert_true(seq_find_odd(s, &odd));
    assert_int_equal(seq_n_parts(s, odd), 1);
    assert_part(*state, odd, 0, "999999999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(cycles_come_round),
        IN_FOLDER(repeats_cost_one_value),
        IN_FOLDER(slices_and_gathers_reach_everything),
        IN_FOLDER(concatenations_go_on_behind_billions),
        IN_FOLDER(interleaving_goes_on_with_those_that_are_left),
        IN_FOLDER(shuffles_are_computed_not_stored),
        IN_FOLDER(batches_are_arithmetic),
        IN_FOLDER(what_was_batched_is_laid_out_again),
        IN_FOLDER(lists_of_lists_are_laid_out_again),
        IN_FOLDER(one_short_list_may_stand_anywhere),
        IN_FOLDER(splits_have_parts_of_billions),
        IN_FOLDER(shards_are_exact),
        IN_FOLDER(mixes_keep_their_shares_to_the_end),
        IN_FOLDER(records_of_billions_are_not_looked_at),
        IN_FOLDER(conditions_are_asked_one_by_one),
        IN_FOLDER(epochs_of_billions_are_shuffled_anew),
        IN_FOLDER(names_are_made_when_they_are_asked_for),
        IN_FOLDER(watching_steps_keep_no_tables),
        IN_FOLDER(all_of_them_stand_on_one_another),
        IN_FOLDER(datasets_of_billions_are_loaded_as_lightly),
        IN_FOLDER(what_no_index_could_count_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
