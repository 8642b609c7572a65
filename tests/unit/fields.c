/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps on parts of elements: `on`, `map`, `p`, drawn arguments, copies for epochs, and the
 * structure and attributes of what comes out. */
#include "tests/unit/folder.h"

#define RECORDS "{collate: {a: {values: [x, y, z]}, n: {range: 3}}}"

static void a_step_on_a_field_leaves_the_others_alone(void **state)
{
    assert_elements(*state, "[" RECORDS ", {exec: {argv: [tr, xyz, XYZ], on: a}}, {get: n}]",
                    "0|1|2");
    assert_elements(*state, "[" RECORDS ", {exec: {argv: [tr, xyz, XYZ], on: a}}, {get: a}]",
                    "X\n|Y\n|Z\n");
}

static void a_field_that_nothing_was_done_to_is_had_without_the_others(void **state)
{
    assert_elements(*state, "[" RECORDS ", {exec: {argv: ['false'], on: a}}, {get: n}]", "0|1|2");
    assert_elements(*state,
                    "[{values: [{a: 1, b: x}]}, {exec: {argv: ['false'], on: a}}, {get: b}]", "x");
}

static void a_step_may_work_on_several_fields(void **state)
{
    assert_elements(*state,
                    "[{collate: {a: {range: 2}, b: {range: 2}, c: {range: 2}}},"
                    " {exec: {argv: [wc, -c], on: [a, c]}}, {get: c}]",
                    "2\n|2\n");
}

static void map_does_its_steps_on_a_field(void **state)
{
    assert_elements(*state,
                    "[" RECORDS ", {map: {on: n, do: [{encode: json}, {exec: [tr, 012, abc]}]}},"
                    " {get: n}]",
                    "a\n|b\n|c\n");
}

static void map_that_would_part_the_fields_is_refused(void **state)
{
    assert_complaint(*state, "[" RECORDS ", {map: {on: n, do: [{slice: ':2'}]}}]", COMPLAINT_SPEC,
                     "map: its steps change the number of elements, so the fields would not go "
                     "together");
}

static void a_field_that_is_not_there_is_told_with_the_nearest(void **state)
{
    assert_complaint(*state, "[{collate: {image: {range: 1}}}, {exec: {argv: cat, on: imgae}}]",
                     COMPLAINT_SPEC,
                     "exec: on 'imgae': the records have no such field; did you mean 'image'?");
    assert_complaint(*state, "[{range: 1}, {exec: {argv: cat, on: image}}]", COMPLAINT_SPEC,
                     "exec: on 'image': the elements are int, only records have fields");
}

static void a_chance_of_none_and_of_one_are_certain(void **state)
{
    assert_elements(*state, "[{range: 3}, {encode: text}, {exec: {argv: ['false'], p: 0}}]",
                    "0\n|1\n|2\n");
    assert_elements(*state, "[{range: 2}, {exec: {argv: [echo, x], p: 1}}]", "x\n|x\n");
}

static void a_chance_is_about_what_it_says_and_always_the_same(void **state)
{
    struct folder *d = *state;
    const struct seq *s = folder_seq(
        d, "[{range: 4000}, {encode: {format: text, newline: {choice: [true]}, p: 0.25}}]");
    unsigned n = 0;

    for (uint64_t i = 0; i < s->len; i++) {
        OWN(value_unref) struct value *v = NULL, *again = NULL;

        assert_int_equal(seq_get(s, &d->eval, i, &v), 0);
        assert_int_equal(seq_get(s, &d->eval, i, &again), 0);
        assert_int_equal(value_kind(v), value_kind(again));
        assert_int_equal(value_kind(v), seq_type(s, i).kind);
        n += value_kind(v) == VALUE_BYTES;
    }
    assert_in_range(n, 850, 1150);
    assert_false(seq_type(s, SEQ_ANY).known);
}

static void bytes_of_a_step_with_a_chance_lie_nowhere(void **state)
{
    struct folder *d = *state;
    struct extent extent;

    folder_put_text(d, "l.txt", "one\ntwo\n");
    folder_seq(d, "[{lines: l.txt}, {encode: {format: text, p: 0}}, {slice: '::-1'}]");
    assert_false(seq_extent(d->seq, 0, &extent));
    assert_elements(d, "[{lines: l.txt}, {encode: {format: text, p: 0}}, {slice: '::-1'}]",
                    "two|one");
}

static void a_chance_that_is_none_is_refused(void **state)
{
    assert_complaint(*state, "[{range: 1}, {exec: {argv: cat, p: 1.5}}]", COMPLAINT_SPEC,
                     "exec: argument 'p': 1.5 is outside of 0..1");
    assert_complaint(*state, "[{range: 1}, {exec: {argv: cat, p: [1]}}]", COMPLAINT_SPEC,
                     "exec: argument 'p' is a list, wanted: number 0..1");
}

static void drawn_arguments_are_of_the_element(void **state)
{
    assert_elements(*state, "[{range: 3}, {exec: {argv: [echo, {field: index}]}}]", "0\n|1\n|2\n");
    assert_elements(*state, "[" RECORDS ", {exec: {argv: [echo, {field: a}], on: n}}, {get: n}]",
                    "x\n|y\n|z\n");
}

static void a_drawn_argument_is_checked_at_load(void **state)
{
    assert_complaint(*state, "[{range: 1}, {exec: {argv: cat, timeout: {uniform: [5, 1]}}}]",
                     COMPLAINT_SPEC,
                     "exec: argument 'timeout': 'uniform' goes from 5 to 1; write [1, 5]");
    assert_complaint(*state, "[{range: 1}, {exec: {argv: cat, timeout: {unifrom: [1, 2]}}}]",
                     COMPLAINT_SPEC,
                     "exec: argument 'timeout': 'unifrom' is no way to draw; did you mean "
                     "'uniform'?");
    assert_refused(*state, "[{range: 1}, {exec: {argv: [echo, {field: indx}]}}]",
                   "did you mean 'index'?");
}

static void epochs_are_reseeded_copies_and_the_first_is_the_plain_sequence(void **state)
{
    struct folder *d = *state;
    g_autofree char *plain = NULL, *first = NULL, *second = NULL, *third = NULL;
    g_autofree char *by_number = NULL;

    folder_seq(d, "[{range: 50}, shuffle, {batch: 50}]");
    plain = folder_element(d, 0);
    folder_seq(d, "[{range: 50}, {shuffle: {epoch: 2}}, {batch: 50}]");
    by_number = folder_element(d, 0);
    folder_seq(d, "[{range: 50}, shuffle, {epochs: 3}]");
    first = folder_element(d, 0);
    second = folder_element(d, 1);
    third = folder_element(d, 2);
    assert_string_equal(plain, first);
    assert_string_equal(by_number, third);
    assert_string_not_equal(first, second);
    assert_string_not_equal(second, third);
}

static void epochs_within_epochs_differ_all(void **state)
{
    struct folder *d = *state;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    folder_seq(d, "[{range: 50}, shuffle, {epochs: 3}, {epochs: 2}, flatten]");
    for (uint64_t i = 0; i < 6; i++)
        assert_true(g_hash_table_add(seen, folder_element(d, i)));
}

static void what_is_not_random_is_not_copied(void **state)
{
    const struct seq *s = folder_seq(*state, "[{range: 5}, {epochs: 1000}]");

    assert_int_equal(s->n_in, 1000);
    assert_ptr_equal(s->in[0], s->in[999]);
}

static void copies_for_epochs_are_bounded(void **state)
{
    assert_complaint(*state, "[{range: 3}, shuffle, {epochs: 2000}, {epochs: 2000}]",
                     COMPLAINT_SPEC,
                     "epochs: more than 1000000 copies of random steps; have fewer epochs");
}

static void parts_are_counted_of_so_many_elements_only(void **state)
{
    assert_complaint(*state, "[{range: 9000000001}, {batch: 2}, {batch: 3}, flatten, flatten]",
                     COMPLAINT_SPEC,
                     "flatten: the parts of 4500000001 elements that differ in length would have "
                     "to be counted; at most 268435456 can be");
}

static void steps_by_part_leave_the_other_parts_alone(void **state)
{
    struct folder *d = *state;

    assert_elements(d,
                    "[{collate: {a: [{range: 2}, {exec: ['false']}], b: {range: 2}}}, {cache: 5},"
                    " {get: b}]",
                    "0|1");
    assert_elements(d, "[{range: 5}, {batch: 2}, debug, {unbatch: 2}]", "0|1|2|3|4");
}

static void attributes_of_records_are_those_of_their_fields(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "cat.txt", "x");
    folder_seq(d, "{collate: {file: {files: '*.txt'}, label: {values: [tabby]}}}");
    assert_attr(d, "label", "tabby");
    assert_attr(d, "stem", "cat");
    assert_attr(d, "file.name", "cat.txt");
    assert_attr(d, "label.value", "tabby");
    folder_seq(d, "[{collate: {file: {files: '*.txt'}, label: {values: [tabby]}}}, {get: file},"
                  " {exec: cat}]");
    assert_attr(d, "stem", "cat");
    assert_false(seq_has_attr(d->seq, "label", NULL));
}

static void a_field_has_the_name_of_its_record(void **state)
{
    struct folder *d = *state;
    g_autoptr(GString) name = g_string_new(NULL);

    folder_seq(d, "[" RECORDS ", {name: 'row-{a}'}, {get: n}]");
    assert_int_equal(seq_name(d->seq, 1, name), NAME_STEM);
    assert_string_equal(name->str, "row-y");
    folder_seq(d, "[{collate: {n: {range: 2}, a: [{values: [x, y]}, {name: 'only-{value}'}]}},"
                  " {get: a}]");
    g_string_truncate(name, 0);
    assert_int_equal(seq_name(d->seq, 1, name), NAME_STEM);
    assert_string_equal(name->str, "only-y");
}

static void the_value_of_a_scalar_is_an_attribute(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{range: 3}, {slice: '::-1'}]");
    assert_attr(d, "value", "2|1|0");
    assert_true(seq_has_attr(d->seq, "value", NULL));
    folder_seq(d, "{values: [{a: 1, b: x}, {a: 2, b: y}]}");
    assert_attr(d, "b", "x|y");
    assert_false(seq_has_attr(d->seq, "c", NULL));
}

static void what_records_share_is_searched_once(void **state)
{
    g_autoptr(GString) spec = g_string_new("{range: 2}\n  s0: {range: 2}");

    for (int level = 1; level <= 30; level++)
        g_string_append_printf(spec, "\n  s%d: {collate: {a: s%d, b: s%d}}", level, level - 1,
                               level - 1);
    g_string_append(spec, "\n  t: [s30, {filter: \"stem == 'x'\"}]");
    assert_true(folder_load_seq(*state, spec->str) < 0);
}

static void records_of_other_fields_have_none_in_common(void **state)
{
    const struct seq *s =
        folder_seq(*state, "{concatenate: [{values: [{a: 1}]}, {values: [{b: 1}]}]}");

    assert_true(s->any.known);
    assert_false(s->any.parted);
}

static void records_of_other_fields_may_be_fields_themselves(void **state)
{
    assert_elements(*state,
                    "[{collate: {x: {concatenate: [{collate: {a: {range: 1}, b: {range: 1}}},"
                    " {collate: {a: {range: 1}}}]}}}, {get: x}, {get: a}]",
                    "0|0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_step_on_a_field_leaves_the_others_alone),
        IN_FOLDER(a_field_that_nothing_was_done_to_is_had_without_the_others),
        IN_FOLDER(a_step_may_work_on_several_fields),
        IN_FOLDER(map_does_its_steps_on_a_field),
        IN_FOLDER(map_that_would_part_the_fields_is_refused),
        IN_FOLDER(a_field_that_is_not_there_is_told_with_the_nearest),
        IN_FOLDER(a_chance_of_none_and_of_one_are_certain),
        IN_FOLDER(a_chance_is_about_what_it_says_and_always_the_same),
        IN_FOLDER(bytes_of_a_step_with_a_chance_lie_nowhere),
        IN_FOLDER(a_chance_that_is_none_is_refused),
        IN_FOLDER(drawn_arguments_are_of_the_element),
        IN_FOLDER(a_drawn_argument_is_checked_at_load),
        IN_FOLDER(epochs_are_reseeded_copies_and_the_first_is_the_plain_sequence),
        IN_FOLDER(epochs_within_epochs_differ_all),
        IN_FOLDER(what_is_not_random_is_not_copied),
        IN_FOLDER(copies_for_epochs_are_bounded),
        IN_FOLDER(parts_are_counted_of_so_many_elements_only),
        IN_FOLDER(steps_by_part_leave_the_other_parts_alone),
        IN_FOLDER(attributes_of_records_are_those_of_their_fields),
        IN_FOLDER(a_field_has_the_name_of_its_record),
        IN_FOLDER(the_value_of_a_scalar_is_an_attribute),
        IN_FOLDER(records_of_other_fields_have_none_in_common),
        IN_FOLDER(what_records_share_is_searched_once),
        IN_FOLDER(records_of_other_fields_may_be_fields_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
