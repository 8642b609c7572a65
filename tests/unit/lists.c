/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operators that make lists and records, choose among them and take them apart. */
#include "tests/unit/folder.h"

/* Lists whose parts are not known before they are computed: to compute the condition needs more
 * than a look, because its lists are long. */
#define COMPUTED_LISTS                                                \
    "{switch: {condition: [{range: 4000}, {batch: 2000}, {get: 0}], " \
    "then: [{range: 4}, {batch: 2}], else: [{range: 5}, {slice: \"1:\"}, {batch: 2}]}}"

static void assert_names(struct folder *d, const char *sequence, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    folder_seq(d, sequence);
    for (uint64_t i = 0; i < d->seq->len; i++) {
        g_string_append(all, i > 0 ? "|" : "");
        if (seq_name(d->seq, i, all) == NAME_NONE)
            g_string_append_c(all, '-');
    }
    assert_string_equal(all->str, want);
}

static void values_of_lists_and_records_are_parted(void **state)
{
    const struct seq *s = folder_seq(*state, "{values: [[1, a], [], [2]]}");

    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), SEQ_ANY);
    assert_int_equal(seq_n_parts(s, 0), 2);
    assert_int_equal(seq_n_parts(s, 1), 0);
    assert_false(seq_part_type(s, SEQ_ANY, 0).known);
    assert_int_equal(seq_part_type(s, 0, 1).kind, VALUE_TEXT);

    s = folder_seq(*state, "{values: [{a: 1, b: x}, {a: 2.5, b: y}]}");
    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), 2);
    assert_string_equal(seq_field(s, 1), "b");
    assert_false(seq_part_type(s, SEQ_ANY, 0).known);
    assert_int_equal(seq_part_type(s, 1, 0).kind, VALUE_FLOAT);
    assert_int_equal(seq_part_type(s, SEQ_ANY, 1).kind, VALUE_TEXT);
}

static void records_of_several_fields_are_not_parted(void **state)
{
    assert_false(seq_type(folder_seq(*state, "{values: [{a: 1}, {b: 2}]}"), SEQ_ANY).parted);
    assert_false(seq_type(folder_seq(*state, "{values: [{a: 1}, {b: 2}]}"), 0).parted);
    assert_false(seq_type(folder_seq(*state, "{values: [{a: 1, b: 2}, {b: 2, a: 1}]}"), 0).parted);
}

static void lists_among_other_values_are_parted_alone(void **state)
{
    const struct seq *s = folder_seq(*state, "{values: [[1], 2]}");

    assert_false(seq_type(s, SEQ_ANY).known);
    assert_true(seq_type(s, 0).parted);
    assert_false(seq_type(s, 1).parted);
}

static void batch_makes_lists_of_its_elements(void **state)
{
    assert_elements(*state, "[{range: 7}, {batch: 3}]", "[0, 1, 2]|[3, 4, 5]|[6]");
    assert_elements(*state, "[{range: 6}, {batch: 3}]", "[0, 1, 2]|[3, 4, 5]");
    assert_elements(*state, "[{range: 2}, {batch: 9223372036854775807}]", "[0, 1]");
    assert_elements(*state, "[{range: 0}, {batch: 3}]", "");
}

static void batch_leaves_out_or_fills_up_a_shorter_last_list(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{range: 7}, {batch: {size: 3, drop_last: true}}]", "[0, 1, 2]|[3, 4, 5]");
    assert_elements(d, "[{range: 2}, {batch: {size: 3, drop_last: true}}]", "");
    assert_elements(d, "[{range: 7}, {batch: {size: 3, pad: x}}]", "[0, 1, 2]|[3, 4, 5]|[6, x, x]");
    assert_elements(d, "[{range: 6}, {batch: {size: 3, pad: x}}]", "[0, 1, 2]|[3, 4, 5]");
    assert_elements(d, "[{range: 1}, {batch: {size: 2, pad: ~}}]", "[0, null]");
    assert_elements(d, "[{range: 1}, {batch: {size: 2, drop_last: false, pad: [1]}}]", "[0, [1]]");
}

static void padding_is_part_of_the_type_only_where_there_is_any(void **state)
{
    const struct seq *s = folder_seq(*state, "[{range: 3}, {batch: {size: 2, pad: x}}]");

    assert_false(seq_part_type(s, SEQ_ANY, 0).known);
    assert_int_equal(seq_part_type(s, 1, 0).kind, VALUE_INT);
    assert_int_equal(seq_part_type(s, 1, 1).kind, VALUE_TEXT);
    assert_int_equal(seq_n_parts(s, 1), 2);
    s = folder_seq(*state, "[{range: 4}, {batch: {size: 2, pad: x}}]");
    assert_int_equal(seq_part_type(s, SEQ_ANY, 0).kind, VALUE_INT);
}

static void padding_computes_none_of_the_elements(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    folder_seq(d, "[{range: 1}, {exec: ['false']}, {batch: {size: 2, pad: 7}}]");
    assert_int_equal(seq_get_part(d->seq, &d->eval, 0, 1, &v), 0);
    assert_int_equal(value_int(v), 7);
    assert_true(seq_get(d->seq, &d->eval, 0, &v) < 0);
}

static void long_lists_are_left_to_a_worker(void **state)
{
    assert_true(folder_seq(*state, "[{range: 5000}, {batch: 1000}]")->trivial);
    assert_false(folder_seq(*state, "[{range: 5000}, {batch: 1001}]")->trivial);
    assert_true(folder_seq(*state, "[{range: 5}, {batch: 1001}]")->trivial);
    assert_false(folder_seq(*state, "[{range: 5}, {batch: {size: 1001, pad: 0}}]")->trivial);
    assert_true(folder_seq(*state, "[{range: 5000}, {split: 10}]")->trivial);
    assert_false(folder_seq(*state, "[{range: 5000}, {split: [4000]}]")->trivial);
}

static void unbatch_undoes_batch_and_split(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{range: 5}, {batch: 2}, unbatch]", "0|1|2|3|4");
    assert_elements(d, "[{range: 5}, {batch: 2}, {unbatch: 2}]", "0|1|2|3|4");
    assert_elements(d, "[{range: 5}, {batch: 2}, {unbatch: {size: 2, last_size: 1}}]", "0|1|2|3|4");
    assert_elements(d, "[{range: 5}, {split: [1, 1, 4]}, unbatch]", "0|1|2|3|4");
    assert_elements(d, "[{range: 0}, {batch: 2}, unbatch]", "");
    assert_int_equal(seq_type(folder_seq(d, "[{range: 5}, {batch: 2}, unbatch]"), SEQ_ANY).kind,
                     VALUE_INT);
}

static void unbatch_checks_sizes_that_it_knows_better(void **state)
{
    struct folder *d = *state;

    assert_complaint(d, "[{range: 5}, {batch: 2}, {unbatch: {size: 2, last_size: 2}}]",
                     COMPLAINT_SPEC,
                     "unbatch: list 2 has length 1, not 2; sizes need not be given, these are "
                     "known");
    assert_complaint(d, "[{range: 4}, {batch: 3}, {unbatch: 2}]", COMPLAINT_SPEC,
                     "unbatch: list 0 has length 3, not 2; sizes need not be given, these are "
                     "known");
    assert_complaint(d, "[{values: [[1], [2, 3], [4]]}, {unbatch: 1}]", COMPLAINT_SPEC,
                     "unbatch: list 1 has length 2, not 1; sizes need not be given, these are "
                     "known");
    assert_complaint(d, "[{range: 4}, unbatch]", COMPLAINT_SPEC,
                     "unbatch: wanted are lists, but each element is int");
}

static void unbatch_of_computed_lists_needs_their_size(void **state)
{
    struct folder *d = *state;

    assert_complaint(d, "[" COMPUTED_LISTS ", unbatch]", COMPLAINT_SPEC,
                     "unbatch: how many elements a list has is not known before it is computed: "
                     "argument 'size' tells it");
    assert_complaint(d, "[" COMPUTED_LISTS ", {unbatch: {size: 1, last_size: 2}}]", COMPLAINT_SPEC,
                     "unbatch: 'last_size' is 2, more than 'size', 1");
    assert_complaint(d, "[" COMPUTED_LISTS ", {unbatch: 9223372036854775807}]", COMPLAINT_SPEC,
                     "unbatch: more than 9223372036854775807 elements");
    assert_elements(d, "[" COMPUTED_LISTS ", {unbatch: 2}]", "1|2|2|3");
}

static void a_computed_list_of_another_length_fails_its_elements(void **state)
{
    assert_elements(*state, "[" COMPUTED_LISTS ", {unbatch: {size: 2, last_size: 1}}]",
                    "1|2|!list 1 has length 2, wanted is 1");
    assert_elements(*state, "[{values: [[1], 2]}, {unbatch: 1}]",
                    "1|!element 1 is int, wanted is a list");
}

static void split_cuts_at_edges(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{range: 6}, {split: [2, 5]}]", "[0, 1]|[2, 3, 4]|[5]");
    assert_elements(d, "[{range: 6}, {split: {edges: [2, -1]}}]", "[0, 1]|[2, 3, 4]|[5]");
    assert_elements(d, "[{range: 6}, {split: {edges: 2}}]", "[0, 1]|[2, 3, 4, 5]");
    assert_elements(d, "[{range: 3}, {split: [0, 0, 3]}]", "[]|[]|[0, 1, 2]|[]");
    assert_elements(d, "[{range: 3}, {split: []}]", "[0, 1, 2]");
    assert_complaint(d, "[{range: 3}, {split: [4]}]", COMPLAINT_SPEC,
                     "split: 4 is outside of the 3 elements");
    assert_complaint(d, "[{range: 3}, {split: {edges: [-4]}}]", COMPLAINT_SPEC,
                     "split: -4 is outside of the 3 elements");
    assert_complaint(d, "[{range: 3}, {split: [2, 1]}]", COMPLAINT_SPEC,
                     "split: edge 1 comes before the one before it; wanted are edges in order");
    assert_complaint(d, "[{range: 3}, {split: [x]}]", COMPLAINT_SPEC,
                     "split: an edge is 'x'; wanted is a whole number");
    assert_complaint(d, "[{range: 3}, {split: [[0, 1]]}]", COMPLAINT_SPEC,
                     "split: an edge is a list; wanted is a whole number, or stretches as "
                     "{ranges: [[0, 2], ...]}");
}

static void split_makes_parts_about_equal(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{range: 8}, {split: 4}]", "[0, 1]|[2, 3]|[4, 5]|[6, 7]");
    assert_elements(d, "[{range: 8}, {split: {parts: 3}}]", "[0, 1]|[2, 3, 4]|[5, 6, 7]");
    assert_elements(d, "[{range: 1}, {split: 3}]", "[]|[]|[0]");
    assert_elements(d,
                    "[{range: 9223372036854775807}, {split: 2147483647}, {get: -1}, "
                    "{slice: \"-1:\"}]",
                    "9223372036854775806");
    assert_int_equal(seq_n_parts(folder_seq(d, "[{range: 8}, {split: 4}]"), SEQ_ANY), 2);
    assert_int_equal(seq_n_parts(folder_seq(d, "[{range: 8}, {split: 3}]"), SEQ_ANY), SEQ_ANY);
    assert_complaint(d, "[{range: 8}, {split: 0}]", COMPLAINT_SPEC,
                     "split: '0' is no number of parts, which are 1..2147483647");
}

static void split_takes_ranges_that_may_overlap(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{range: 5}, {split: {ranges: [[0, 2], [1, -1], \"3:\", \":-4\"]}}]",
                    "[0, 1]|[1, 2, 3]|[3, 4]|[0]");
    assert_complaint(d, "[{range: 5}, {split: {ranges: [[0, 6]]}}]", COMPLAINT_SPEC,
                     "split: 6 is outside of the 5 elements");
    assert_complaint(d, "[{range: 5}, {split: {ranges: [[3, 2]]}}]", COMPLAINT_SPEC,
                     "split: range 0 ends before it begins");
    assert_complaint(d, "[{range: 5}, {split: {ranges: [\"1:2:3\"]}}]", COMPLAINT_SPEC,
                     "split: range 0 is '1:2:3'; wanted is [from, to] or \"from:to\"");
    assert_complaint(d, "[{range: 5}, {split: {ranges: 2}}]", COMPLAINT_SPEC,
                     "split: argument 'ranges' is '2'; wanted is a list such as [[0, 10], [10, "
                     "12]]");
}

static void fractions_are_exact_and_name_the_folders(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{range: 10}, {split: {fractions: {a: 0.7, b: 0.1, c: 0.2}}}]",
                    "[0, 1, 2, 3, 4, 5, 6]|[7]|[8, 9]");
    assert_elements(d, "[{range: 7}, {split: {fractions: [0.5, 0.25]}}]", "[0, 1, 2]|[3, 4]");
    assert_elements(d,
                    "[{range: 3}, {split: {fractions: [0.333333333333, 0.333333333333, "
                    "0.333333333334]}}]",
                    "[]|[0]|[1, 2]");
    assert_elements(d,
                    "[{range: 9223372036854775807}, {split: {fractions: [0.5, 0.5]}}, {get: -1}]",
                    "4611686018427387902|9223372036854775806");
    assert_names(d, "[{range: 3}, {split: {fractions: {train: 0.5, val: 0.5}}}]", "train|val");
    assert_names(d, "[{range: 3}, {split: {fractions: [0.5, 0.5]}}]", "-|-");
}

static void fractions_that_cannot_be_are_refused(void **state)
{
    struct folder *d = *state;

    assert_complaint(d, "[{range: 5}, {split: {fractions: {a: 0.8, b: 0.21}}}]", COMPLAINT_SPEC,
                     "split: the fractions are more than 1 together");
    assert_complaint(d, "[{range: 5}, {split: {fractions: {a: 80%}}}]", COMPLAINT_SPEC,
                     "split: a fraction is '80%'; wanted is a number 0..1");
    assert_complaint(d, "[{range: 5}, {split: {fractions: [-0.1]}}]", COMPLAINT_SPEC,
                     "split: a fraction is '-0.1'; wanted is a number 0..1");
    assert_complaint(d, "[{range: 5}, {split: {fractions: {a/b: 0.1}}}]", COMPLAINT_SPEC,
                     "split: 'a/b' cannot be the name of a folder");
    assert_complaint(d, "[{range: 5}, {split: {fractions: 0.5}}]", COMPLAINT_SPEC,
                     "split: argument 'fractions' is '0.5'; wanted is a mapping such as "
                     "{train: 0.8, val: 0.2}");
    assert_complaint(d, "[{range: 5}, {split: {parts: 2, edges: [1]}}]", COMPLAINT_SPEC,
                     "split: wanted is one of 'parts', 'edges', 'ranges' and 'fractions'");
    assert_complaint(d, "[{range: 5}, {split: {seed: 2}}]", COMPLAINT_SPEC,
                     "split: wanted is one of 'parts', 'edges', 'ranges' and 'fractions'");
}

static void a_seeded_split_has_every_element_once(void **state)
{
    struct folder *d = *state;
    bool seen[100] = {false}, moved = false;

    folder_seq(d, "[{range: 100}, {split: {fractions: {a: 0.6, b: 0.4}, seed: 3}}, unbatch]");
    assert_int_equal(d->seq->len, 100);
    for (uint64_t i = 0; i < 100; i++) {
        OWN(value_unref) struct value *v = NULL;

        assert_int_equal(seq_get(d->seq, &d->eval, i, &v), 0);
        assert_false(seen[value_int(v)]);
        seen[value_int(v)] = true;
        moved = moved || value_int(v) != (int64_t)i;
    }
    assert_true(moved);
    assert_elements(d, "[{range: 0}, {split: {parts: 2, seed: 1}}]", "[]|[]");
}

static void another_seed_is_another_split(void **state)
{
    struct folder *d = *state;
    g_autofree char *one = NULL, *same = NULL, *other = NULL;

    folder_seq(d, "[{range: 50}, {split: {parts: 1, seed: 0}}]");
    one = folder_element(d, 0);
    folder_seq(d, "[{range: 50}, {split: {parts: 1, seed: 0}}]");
    same = folder_element(d, 0);
    folder_seq(d, "[{range: 50}, {split: {parts: 1, seed: 1}}]");
    other = folder_element(d, 0);
    assert_string_equal(one, same);
    assert_string_not_equal(one, other);
}

static void flatten_lays_lists_end_to_end(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{values: [[1, 2], [], 3, [[4]], {a: [5]}]}, flatten]",
                    "1|2|3|[4]|[a: [5]]");
    assert_elements(d, "[{range: 7}, {batch: 2}, {batch: 2}, flatten]", "[0, 1]|[2, 3]|[4, 5]|[6]");
    assert_elements(d, "[{range: 7}, {batch: 2}, {batch: 2}, flatten, flatten]", "0|1|2|3|4|5|6");
    assert_elements(d, "[{collate: {a: {range: 2}, b: {values: [x, y]}}}, {flatten: records}]",
                    "0|x|1|y");
    assert_elements(d, "[{collate: {a: {range: 2}}}, flatten]", "[a: 0]|[a: 1]");
}

static void a_part_is_computed_without_the_others(void **state)
{
    struct folder *d = *state;
    const char *sequence = "[{concatenate: [{values: [a]}, [{range: 1}, {exec: ['false']}]]}, "
                           "{batch: 2}, flatten]";

    assert_elements(d, sequence, "a|!'false' exited with status 1");
}

static void flattened_elements_keep_their_attributes_and_names(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "x.txt", "");
    folder_put_text(d, "y.txt", "");
    folder_put_text(d, "z.txt", "");
    folder_seq(d, "[{files: \"*.txt\"}, {batch: 2}, flatten]");
    assert_attr(d, "stem", "x|y|z");
    assert_names(d, "[{files: \"*.txt\"}, {name: \"n-{stem}\"}, {batch: 2}, unbatch]",
                 "n-x|n-y|n-z");
    folder_seq(d, "[{collate: {t: {files: \"*.txt\"}, n: {range: 3}}}, {get: t}]");
    assert_attr(d, "stem", "x|y|z");
    assert_string_equal(seq_type(d->seq, SEQ_ANY).suffix, "txt");
}

static void records_in_lists_keep_their_fields_when_flattened(void **state)
{
    const struct seq *s = folder_seq(
        *state, "[{collate: {a: {range: 4}, b: {values: [w, x, y, z]}}}, {batch: 3}, flatten]");

    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), 2);
    assert_string_equal(seq_field(s, 1), "b");
    assert_int_equal(seq_part_type(s, SEQ_ANY, 1).kind, VALUE_TEXT);
    assert_elements(
        *state,
        "[{collate: {a: {range: 4}, b: {values: [w, x, y, z]}}}, {batch: 3}, flatten, {get: b}]",
        "w|x|y|z");
}

static void collate_makes_records(void **state)
{
    struct folder *d = *state;
    const struct seq *s =
        folder_seq(d, "{collate: {n: {range: 2}, t: {values: [a, b]}, l: {values: [[1], [2]]}}}");

    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), 3);
    assert_string_equal(seq_field(s, 2), "l");
    assert_int_equal(seq_part_type(s, SEQ_ANY, 2).kind, VALUE_LIST);
    assert_element(d, 1, "[n: 1, t: b, l: [2]]");
    assert_elements(d, "{collate: [{range: 2}, {values: [a, b]}]}", "[0: 0, 1: a]|[0: 1, 1: b]");
}

static void collate_wants_equal_lengths_and_names_for_files(void **state)
{
    struct folder *d = *state;

    assert_complaint(d, "{collate: {image: {range: 4}, label: {range: 3}}}", COMPLAINT_SPEC,
                     "collate: 'label' has 3 elements, but 'image' has 4");
    assert_complaint(d, "{collate: [{range: 4}, {range: 4}, {range: 5}]}", COMPLAINT_SPEC,
                     "collate: '2' has 5 elements, but '0' has 4");
    assert_complaint(d, "{collate: {a/b: {range: 4}}}", COMPLAINT_SPEC,
                     "collate: 'a/b' cannot be the name of a field, which files are named by");
    assert_complaint(d, "{collate: {\"\": {range: 4}}}", COMPLAINT_SPEC,
                     "collate: '' cannot be the name of a field, which files are named by");
    assert_complaint(d, "{collate: []}", COMPLAINT_SPEC,
                     "collate: wanted are sequences, {field: sequence, ...}");
}

static void a_record_is_named_as_its_first_field(void **state)
{
    assert_names(*state,
                 "{collate: {a: [{range: 2}, {name: \"x{index}\"}], "
                 "b: [{range: 2}, {name: \"y{index}\"}]}}",
                 "x0|x1");
}

static void get_computes_only_what_it_gets(void **state)
{
    struct folder *d = *state;

    assert_elements(d,
                    "[{collate: {good: {range: 2}, bad: [{range: 2}, {exec: ['false']}]}}, "
                    "{get: good}]",
                    "0|1");
    assert_elements(d,
                    "[{concatenate: [{range: 1}, [{range: 1}, {exec: ['false']}]]}, {batch: 2}, "
                    "{get: 0}]",
                    "0");
}

static void get_takes_fields_and_items_of_what_must_be_computed(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{values: [{a: 1, b: 2}, {b: 3}, [4], 5]}, {get: b}]",
                    "2|3|!'b' is no index, but the element is a list|"
                    "!the element is int, wanted is a record or a list");
    assert_elements(d, "[{values: [{alpha: 1}, {alphb: 2}]}, {get: alpha}]",
                    "1|!the record has no field 'alpha'; did you mean 'alphb'?");
    assert_elements(d, "[" COMPUTED_LISTS ", {get: -1}]", "2|3");
    assert_elements(d, "[" COMPUTED_LISTS ", {get: 2}]",
                    "!index 2, but the list has length 2|!index 2, but the list has length 2");
}

static void get_of_lists_counts_from_both_ends(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{range: 5}, {batch: 2}, {get: -1}]", "1|3|4");
    assert_elements(d, "[{range: 5}, {batch: 2}, {get: 1}]",
                    "1|3|!index 1, but the list has length 1");
    assert_elements(d, "[{values: [[1], [], [2, 3]]}, {get: -1}]",
                    "1|!index -1, but the list has length 0|3");
    assert_complaint(d, "[{range: 5}, {batch: 2}, {get: 2}]", COMPLAINT_SPEC,
                     "get: index 2, but the lists have length 2");
    assert_complaint(d, "[{range: 5}, {batch: 2}, {get: a}]", COMPLAINT_SPEC,
                     "get: 'a' is no index, but each element is a list");
}

static void get_complains_of_fields_that_are_not_there(void **state)
{
    struct folder *d = *state;

    assert_complaint(d, "[{collate: {image: {range: 1}}}, {get: imgae}]", COMPLAINT_SPEC,
                     "get: the records have no field 'imgae'; did you mean 'image'?");
    assert_complaint(d, "[{range: 1}, {get: a}]", COMPLAINT_SPEC,
                     "get: wanted is a record or a list, but each element is int");
}

static void lists_and_records_that_were_got_are_parted_in_turn(void **state)
{
    struct folder *d = *state;
    const struct seq *s;

    s = folder_seq(d, "[{collate: {l: [{range: 5}, {batch: 2}], n: {range: 3}}}, {get: l}]");
    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, 2), 1);
    assert_elements(d,
                    "[{collate: {l: [{range: 5}, {batch: 2}], n: {range: 3}}}, {get: l}, flatten]",
                    "0|1|2|3|4");
    assert_elements(d, "[{values: [{r: {x: 1, y: 2}}, {r: {x: 3, y: 4}}]}, {get: r}, {get: y}]",
                    "2|4");
    s = folder_seq(d, "[{values: [{r: {x: 1}}, {r: {y: 3}}]}, {get: r}]");
    assert_false(seq_type(s, SEQ_ANY).parted);
}

static void switch_chooses_by_truth(void **state)
{
    struct folder *d = *state;

    assert_elements(d,
                    "{switch: {condition: {values: [true, false, 0, 2, 0.0, -0.5]}, "
                    "then: {range: 6}, else: {values: [a, b, c, d, e, f]}}}",
                    "0|b|c|3|e|5");
    assert_elements(
        d, "{switch: {condition: {values: [~, x]}, then: {range: 2}, else: {range: 2}}}",
        "!the condition is null, wanted is true or false, or a number|!the condition is "
        "text, wanted is true or false, or a number");
    assert_complaint(d, "{switch: {condition: {range: 2}, then: {range: 2}, else: {range: 3}}}",
                     COMPLAINT_SPEC, "switch: 'else' has 3 elements, but 'condition' has 2");
}

static void the_order_of_arguments_does_not_matter(void **state)
{
    assert_elements(*state,
                    "{switch: {else: {values: [a, b]}, then: {range: 2}, "
                    "condition: {values: [true, false]}}}",
                    "0|b");
    assert_elements(*state, "{case: {of: [{range: 2}, {values: [a, b]}], selector: {range: 2}}}",
                    "0|b");
}

static void only_what_is_chosen_is_computed(void **state)
{
    assert_elements(*state,
                    "{switch: {condition: {values: [true, false]}, then: {range: 2}, "
                    "else: [{range: 2}, {exec: ['false']}]}}",
                    "0|!'false' exited with status 1");
}

static void what_is_chosen_by_a_look_keeps_types_names_and_attributes(void **state)
{
    struct folder *d = *state;
    const char *sequence = "{switch: {condition: {range: 2}, then: {files: \"*.txt\"}, "
                           "else: [{values: [a, b]}, {name: \"v{index}\"}]}}";

    folder_put_text(d, "x.txt", "");
    folder_put_text(d, "y.txt", "");
    folder_seq(d, sequence);
    assert_false(seq_type(d->seq, SEQ_ANY).known);
    assert_int_equal(seq_type(d->seq, 0).kind, VALUE_TEXT);
    assert_int_equal(seq_type(d->seq, 1).kind, VALUE_BYTES);
    assert_string_equal(seq_type(d->seq, 1).suffix, "txt");
    assert_names(d, sequence, "v0|-");
    g_autoptr(GString) stem = g_string_new(NULL);
    assert_true(seq_attr(d->seq, 1, "stem", stem));
    assert_string_equal(stem->str, "y");
}

static void attributes_of_all_that_may_be_chosen_can_be_named(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "x.txt", "");
    folder_put_text(d, "y.txt", "");
    assert_names(d,
                 "[{switch: {condition: {range: 2}, then: {files: \"*.txt\"}, "
                 "else: [{files: \"*.txt\"}, {slice: \"::-1\"}]}}, {name: \"{stem}-{index}\"}]",
                 "y-0|y-1");
}

static void lists_that_a_look_chooses_are_parted(void **state)
{
    const char *sequence = "{switch: {condition: {values: [true, false, x]}, "
                           "then: [{range: 6}, {batch: 2}], else: {values: [[1], [2, 3, 4], []]}}}";
    g_autofree char *flat = g_strdup_printf("[%s, flatten]", sequence);
    const struct seq *s = folder_seq(*state, sequence);

    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), SEQ_ANY);
    assert_int_equal(seq_n_parts(s, 0), 2);
    assert_int_equal(seq_n_parts(s, 1), 3);
    assert_elements(*state, flat,
                    "0|1|2|3|4|!the condition is text, wanted is true or false, or a number");
    assert_false(seq_type(folder_seq(*state, COMPUTED_LISTS), SEQ_ANY).parted);
}

static void records_of_the_same_fields_are_parted_whatever_is_chosen(void **state)
{
    const struct seq *s =
        folder_seq(*state, "{case: {selector: [{range: 4000}, {batch: 2000}, {get: 0}], of: "
                           "[{collate: {a: {range: 2}, b: {range: 2}}}, {values: [{a: x, b: 1}, "
                           "{a: y, b: 2}]}]}}");

    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), 2);
    assert_string_equal(seq_field(s, 0), "a");
    assert_false(seq_part_type(s, SEQ_ANY, 0).known);
    assert_int_equal(seq_part_type(s, SEQ_ANY, 1).kind, VALUE_INT);
    s = folder_seq(*state, "{case: {selector: {range: 2}, of: [{values: [{a: 1}, {a: 2}]}, "
                           "{values: [{b: 1}, {b: 2}]}]}}");
    assert_false(seq_type(s, SEQ_ANY).parted);
    assert_true(seq_type(s, 0).parted);
    assert_string_equal(seq_field_of(s, 1, 0), "b");
}

static void bytes_of_records_chosen_late_that_differ_are_refused(void **state)
{
    folder_put_text(*state, "x.txt", "");
    assert_refused(*state,
                   "{case: {selector: [{values: ['0']}, {parse: json}], of: [{collate: {a: {files: "
                   "x.txt}}}, {values: [{b: 1}]}]}}",
                   "the records do not all have the same fields, so each would be one file, and "
                   "bytes cannot be written as json");
}

static void files_that_a_look_chooses_lie_ready(void **state)
{
    struct folder *d = *state;
    struct extent e = {0};

    folder_put_text(d, "x.txt", "");
    folder_seq(d, "{switch: {condition: {values: [true, ~]}, then: {concatenate: [{files: x.txt}, "
                  "{files: x.txt}]}, else: {range: 2}}}");
    assert_true(seq_extent(d->seq, 0, &e));
    assert_true(g_str_has_suffix(e.path, "/x.txt"));
    g_free(e.path);
    assert_false(seq_extent(d->seq, 1, &e));
}

static void a_condition_that_fails_deep_down_is_computed_once(void **state)
{
    g_autoptr(GString) sequence = g_string_new("{values: [x]}");

    for (int depth = 0; depth < 28; depth++) {
        g_string_prepend(sequence, "{switch: {condition: ");
        g_string_append(sequence, ", then: {range: 1}, else: {range: 1}}}");
    }
    assert_elements(*state, sequence->str,
                    "!the condition is text, wanted is true or false, or a number");
}

static void case_selects_by_number(void **state)
{
    struct folder *d = *state;

    assert_elements(d,
                    "{case: {selector: {values: [1, 0, 2]}, of: [{range: 3}, {values: [a, b, c]}, "
                    "{values: [x, y, z]}]}}",
                    "a|1|z");
    assert_elements(d, "{case: {selector: {values: [-1, 1, 0.5, true]}, of: [{range: 4}]}}",
                    "!the selector is -1, wanted is one of 0..0|!the selector is 1, wanted is one "
                    "of 0..0|!the selector is float, wanted is a whole number|!the selector is "
                    "bool, wanted is a whole number");
    assert_complaint(d, "{case: {selector: {range: 2}, of: []}}", COMPLAINT_SPEC,
                     "case: there is nothing to select from");
    assert_complaint(d, "{case: {selector: {range: 2}, of: [{range: 2}, {range: 1}]}}",
                     COMPLAINT_SPEC,
                     "case: sequence 1 of 'of' has 1 elements, but 'selector' has 2");
}

static void layout_leaves_the_elements_as_they_are(void **state)
{
    assert_elements(*state, "[{collate: {a: {range: 2}}}, {layout: dirs}]", "[a: 0]|[a: 1]");
    assert_elements(*state, "[{range: 2}, {layout: tar}]", "0|1");
    assert_complaint(*state, "[{range: 2}, {layout: dir}]", COMPLAINT_SPEC,
                     "layout: argument 'as': no value 'dir', there are siblings, dirs, json, tar; "
                     "did you mean 'dirs'?");
    assert_complaint(*state, "[{range: 2}, layout]", COMPLAINT_SPEC,
                     "layout: argument 'as' is missing: one of siblings, dirs, json, tar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(values_of_lists_and_records_are_parted),
        IN_FOLDER(records_of_several_fields_are_not_parted),
        IN_FOLDER(lists_among_other_values_are_parted_alone),
        IN_FOLDER(batch_makes_lists_of_its_elements),
        IN_FOLDER(batch_leaves_out_or_fills_up_a_shorter_last_list),
        IN_FOLDER(padding_is_part_of_the_type_only_where_there_is_any),
        IN_FOLDER(padding_computes_none_of_the_elements),
        IN_FOLDER(long_lists_are_left_to_a_worker),
        IN_FOLDER(unbatch_undoes_batch_and_split),
        IN_FOLDER(unbatch_checks_sizes_that_it_knows_better),
        IN_FOLDER(unbatch_of_computed_lists_needs_their_size),
        IN_FOLDER(a_computed_list_of_another_length_fails_its_elements),
        IN_FOLDER(split_cuts_at_edges),
        IN_FOLDER(split_makes_parts_about_equal),
        IN_FOLDER(split_takes_ranges_that_may_overlap),
        IN_FOLDER(fractions_are_exact_and_name_the_folders),
        IN_FOLDER(fractions_that_cannot_be_are_refused),
        IN_FOLDER(a_seeded_split_has_every_element_once),
        IN_FOLDER(another_seed_is_another_split),
        IN_FOLDER(flatten_lays_lists_end_to_end),
        IN_FOLDER(a_part_is_computed_without_the_others),
        IN_FOLDER(flattened_elements_keep_their_attributes_and_names),
        IN_FOLDER(records_in_lists_keep_their_fields_when_flattened),
        IN_FOLDER(collate_makes_records),
        IN_FOLDER(collate_wants_equal_lengths_and_names_for_files),
        IN_FOLDER(a_record_is_named_as_its_first_field),
        IN_FOLDER(get_computes_only_what_it_gets),
        IN_FOLDER(get_takes_fields_and_items_of_what_must_be_computed),
        IN_FOLDER(get_of_lists_counts_from_both_ends),
        IN_FOLDER(get_complains_of_fields_that_are_not_there),
        IN_FOLDER(lists_and_records_that_were_got_are_parted_in_turn),
        IN_FOLDER(switch_chooses_by_truth),
        IN_FOLDER(the_order_of_arguments_does_not_matter),
        IN_FOLDER(only_what_is_chosen_is_computed),
        IN_FOLDER(what_is_chosen_by_a_look_keeps_types_names_and_attributes),
        IN_FOLDER(attributes_of_all_that_may_be_chosen_can_be_named),
        IN_FOLDER(lists_that_a_look_chooses_are_parted),
        IN_FOLDER(records_of_the_same_fields_are_parted_whatever_is_chosen),
        IN_FOLDER(bytes_of_records_chosen_late_that_differ_are_refused),
        IN_FOLDER(files_that_a_look_chooses_lie_ready),
        IN_FOLDER(a_condition_that_fails_deep_down_is_computed_once),
        IN_FOLDER(case_selects_by_number),
        IN_FOLDER(layout_leaves_the_elements_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
