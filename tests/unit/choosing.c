/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fields: which fields of records stay, in which order, under which names. */
#include "ops/core/identity.h"

#include "tests/unit/folder.h"

/* Records with a field that fails when it is computed. */
#define RECORDS                                                                              \
    "{collate: {image: [{values: [x, y]}, {exec: ['false']}], label: {values: [cat, dog]}, " \
    "n: {range: 2}}}"

static void fields_are_chosen_ordered_and_renamed(void **state)
{
    assert_elements(*state, "[{values: [{a: 1, b: 2, c: 3}]}, {fields: [c, a]}]", "[c: 3, a: 1]");
    assert_elements(*state, "[{values: [{a: 1, b: 2}]}, {fields: {x: b, y: a}}]", "[x: 2, y: 1]");
    assert_elements(*state, "[{values: [{a: 1, b: 2}]}, {fields: [b, {a2: a, a3: a}]}]",
                    "[b: 2, a2: 1, a3: 1]");
    assert_elements(*state, "[{values: [{a: 1, b: 2}]}, {fields: b}]", "[b: 2]");
}

static void what_is_left_out_is_not_computed(void **state)
{
    assert_elements(*state, "[" RECORDS ", {fields: {class: label, n: n}}]",
                    "[class: cat, n: 0]|[class: dog, n: 1]");
}

static void one_field_is_had_without_the_others(void **state)
{
    assert_elements(*state, "[" RECORDS ", {fields: [image, label]}, {get: label}]", "cat|dog");
    folder_seq(*state, "[" RECORDS ", {fields: [image, label]}]");
    assert_element(*state, 0, "!'false' exited with status 1");
}

static void fields_and_types_are_known_at_load(void **state)
{
    const struct seq *s = folder_seq(*state, "[" RECORDS ", {fields: {i: image, m: n}}]");
    const struct seq *part;
    uint64_t k, j;

    assert_true(seq_type(s, SEQ_ANY).parted);
    assert_int_equal(seq_n_parts(s, SEQ_ANY), 2);
    assert_string_equal(seq_field(s, 0), "i");
    assert_null(seq_field(s, 2));
    assert_int_equal(seq_part_type(s, SEQ_ANY, 0).kind, VALUE_BYTES);
    assert_int_equal(seq_part_type(s, 1, 1).kind, VALUE_INT);
    assert_true(seq_find_field(s, "m", &k));
    assert_true(seq_part(s, 1, k, &part, &j));
    assert_string_equal(part->name, "range");
    assert_int_equal(j, 1);
}

static void attributes_are_those_of_the_fields_that_stay(void **state)
{
    folder_seq(*state, "[" RECORDS ", {fields: {class: label, image: image}}]");
    assert_attr(*state, "class", "cat|dog");
    assert_false(seq_has_attr(((struct folder *)*state)->seq, "n", NULL));
    assert_false(seq_has_attr(((struct folder *)*state)->seq, "label", NULL));
    assert_elements(*state, "[" RECORDS ", {fields: {class: label}}, {filter: \"class == 'dog'\"}]",
                    "[class: dog]");
}

static void names_stay(void **state)
{
    g_autoptr(GString) name = g_string_new(NULL);
    const struct seq *s =
        folder_seq(*state, "[" RECORDS ", {name: '{label}-{n}'}, {fields: [label]}]");

    assert_int_equal(seq_name(s, 1, name), NAME_STEM);
    assert_string_equal(name->str, "dog-1");
}

static void unknown_fields_are_told_at_load(void **state)
{
    assert_complaint(*state, "[" RECORDS ", {fields: [lable]}]", COMPLAINT_SPEC,
                     "fields: the records have no field 'lable'; did you mean 'label'?");
    assert_complaint(*state, "[" RECORDS ", {fields: {x: imag}}]", COMPLAINT_SPEC,
                     "fields: the records have no field 'imag'; did you mean 'image'?");
}

static void wrong_lists_are_told_at_load(void **state)
{
    assert_complaint(*state, "[" RECORDS ", {fields: [n, n]}]", COMPLAINT_SPEC,
                     "fields: 'n' is there twice");
    assert_complaint(*state, "[" RECORDS ", {fields: []}]", COMPLAINT_SPEC,
                     "fields: there is no name of a field");
    assert_complaint(*state, "[" RECORDS ", fields]", COMPLAINT_SPEC,
                     "fields: wanted are names of fields, [a, b] or {new: old}");
    assert_complaint(*state, "[" RECORDS ", {fields: [[n]]}]", COMPLAINT_SPEC,
                     "fields: a list where the name of a field is wanted, or {new: old}");
    assert_complaint(*state, "[" RECORDS ", {fields: {a/b: n}}]", COMPLAINT_SPEC,
                     "fields: 'a/b' cannot be the name of a field");
    assert_complaint(*state, "[{range: 3}, {fields: [a]}]", COMPLAINT_SPEC,
                     "fields: wanted are records, but each element is int");
}

static void records_that_differ_fail_one_by_one(void **state)
{
    assert_elements(*state, "[{values: [{a: 1}, {a: 2, label: x}, 3]}, {fields: {l: label}}]",
                    "!the record has no field 'label'|[l: x]|"
                    "!the element is int, wanted is a record");
    assert_elements(*state, "[{values: ['{\"a\": 1, \"b\": [2]}']}, {parse: json}, {fields: [b]}]",
                    "[b: [2]]");
}

static void the_same_fields_are_the_same_element(void **state)
{
    struct folder *d = *state;
    struct identity a, b, c;

    a = seq_identity(folder_files(d, "[{values: [{a: 1, b: 2}]}, {fields: [b]}]"), 0);
    b = seq_identity(folder_files(d, "[{values: [{a: 5, b: 2}]}, {fields: [b]}]"), 0);
    c = seq_identity(folder_files(d, "[{values: [{a: 1, b: 2}]}, {fields: {x: b}}]"), 0);
    assert_false(identity_is_none(a));
    assert_true(identity_equal(a, b));
    assert_false(identity_equal(a, c));
}

static void parsed_records_have_an_identity_that_knows_the_fields(void **state)
{
    static const char first[] =
        "[{values: ['{\"a\": 1, \"b\": 2}']}, {parse: json}, {fields: [a]}]";
    static const char other[] =
        "[{values: ['{\"a\": 1, \"b\": 2}']}, {parse: json}, {fields: [b]}]";
    struct identity a = seq_identity(folder_files(*state, first), 0);
    struct identity b = seq_identity(folder_files(*state, other), 0);

    assert_false(identity_is_none(a));
    assert_false(identity_equal(a, b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(fields_are_chosen_ordered_and_renamed),
        IN_FOLDER(what_is_left_out_is_not_computed),
        IN_FOLDER(one_field_is_had_without_the_others),
        IN_FOLDER(fields_and_types_are_known_at_load),
        IN_FOLDER(attributes_are_those_of_the_fields_that_stay),
        IN_FOLDER(names_stay),
        IN_FOLDER(unknown_fields_are_told_at_load),
        IN_FOLDER(wrong_lists_are_told_at_load),
        IN_FOLDER(records_that_differ_fail_one_by_one),
        IN_FOLDER(the_same_fields_are_the_same_element),
        IN_FOLDER(parsed_records_have_an_identity_that_knows_the_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
