/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* format: text from attributes, and from fields that are computed for it. */
#include "ops/core/identity.h"

#include "tests/unit/folder.h"

/* Records with a field that fails when it is computed, and one that only computing tells. */
#define RECORDS                                                                                   \
    "{collate: {image: [{values: [x, y]}, {exec: ['false']}], label: [{files: '*.cls'}, strip], " \
    "n: {range: 2}}}"

static void put_labels(struct folder *d)
{
    folder_put_text(d, "a.cls", "cat\n");
    folder_put_text(d, "b.cls", "dog\n");
}

static void attributes_stand_as_they_are(void **state)
{
    put_labels(*state);
    assert_elements(*state, "[{files: '*.cls'}, {format: '{stem}-{index:03d}{{}}'}]",
                    "a-000{}|b-001{}");
    assert_elements(*state, "[{values: [{a: x, n: 5}]}, {format: '{a}{n:3d}'}]", "x  5");
}

static void other_fields_are_computed_and_no_more(void **state)
{
    put_labels(*state);
    assert_elements(*state, "[" RECORDS ", {format: '{label} {n} {label}'}]",
                    "cat 0 cat|dog 1 dog");
    folder_seq(*state, "[" RECORDS ", {format: '{image}'}]");
    assert_element(*state, 0, "!'false' exited with status 1");
}

static void value_is_the_element_itself(void **state)
{
    assert_elements(
        *state, "[{values: [abc]}, {replace: {pattern: b, with: x}}, {format: '{value}'}]", "axc");
    put_labels(*state);
    assert_elements(*state, "[{files: '*.cls'}, {format: '{stem}={value}'}]", "a=cat|b=dog");
    assert_elements(*state, "[{range: 2}, {format: '<{value:02d}>'}]", "<00>|<01>");
}

static void computed_numbers_are_padded_too(void **state)
{
    folder_put_text(*state, "a.cls", "7\n");
    assert_elements(*state, "[{files: a.cls}, {parse: int}, {format: '{value:04d}'}]", "0007");
}

static void fields_of_parsed_records_are_found_when_they_are_there(void **state)
{
    assert_elements(*state,
                    "[{values: ['{\"a\": 5, \"b\": [1]}', '{\"ab\": 1}', '3']}, {parse: json}, "
                    "{format: '{index} {a}'}]",
                    "0 5|!the record has no field 'a'|"
                    "!no 'a': the element is int, no record");
    assert_elements(*state, "[{values: ['{\"b\": [1]}']}, {parse: json}, {format: '{b}'}]",
                    "!'b' is list, which does not stand in a text");
}

static void unknown_fields_are_told_at_load(void **state)
{
    put_labels(*state);
    assert_complaint(*state, "[" RECORDS ", {format: '{lable}'}]", COMPLAINT_SPEC,
                     "format: no field 'lable' for '{lable}'; did you mean 'label'?");
    assert_complaint(*state, "[{files: '*.cls'}, {format: '{sten}'}]", COMPLAINT_SPEC,
                     "format: no field 'sten' for '{sten}'; did you mean 'stem'?");
    assert_complaint(*state, "[{files: '*.cls'}, {format: '{valu}'}]", COMPLAINT_SPEC,
                     "format: no field 'valu' for '{valu}'; did you mean 'value'?");
    assert_complaint(*state, "[{files: '*.cls'}, decode, {format: '{value}'}]", COMPLAINT_SPEC,
                     "format: 'value' is image, which does not stand in a text");
    assert_complaint(*state, "[{values: [{a: [1]}]}, {format: '{a}'}]", COMPLAINT_SPEC,
                     "format: 'a' is list, which does not stand in a text");
}

static void what_is_no_text_fails_alone(void **state)
{
    folder_put(*state, "a.cls", "\xff", 1);
    folder_put_text(*state, "b.cls", "ok");
    assert_elements(*state, "[{files: '*.cls'}, {format: '{value}'}]",
                    "!the bytes are no text: at byte 0 they are not UTF-8|ok");
    folder_put_text(*state, "a\xff.dat", "ok");
    folder_seq(*state, "[{files: '*.dat'}, {format: '{stem}'}]");
    g_autofree char *said = folder_element(*state, 0);
    assert_true(g_str_has_suffix(said, "is no text: at byte 1 it is not UTF-8"));
}

static void texts_of_what_is_there_are_attributes(void **state)
{
    folder_seq(*state, "[{values: [{a: x, n: 5}]}, {format: '{a}{n}'}]");
    assert_attr(*state, "value", "x5");
    assert_elements(*state, "[{range: 12}, {format: 'n{value}'}, {filter: \"value == 'n11'\"}]",
                    "n11");
}

static void the_identity_is_of_what_stands_there(void **state)
{
    struct identity a, b, c, e;

    put_labels(*state);
    a = seq_identity(folder_files(*state, "[{files: '*.cls'}, {format: '{stem} {value}'}]"), 1);
    b = seq_identity(folder_files(*state, "[{files: b.cls}, {format: '{stem} {value}'}]"), 0);
    c = seq_identity(folder_files(*state, "[{files: '*.cls'}, {format: '{index} {value}'}]"), 1);
    e = seq_identity(folder_files(*state, "[{files: b.cls}, {format: '{index} {value}'}]"), 0);
    assert_false(identity_is_none(a));
    assert_true(identity_equal(a, b));
    assert_false(identity_is_none(c));
    assert_false(identity_equal(c, e));
    assert_false(identity_equal(a, c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(attributes_stand_as_they_are),
        IN_FOLDER(other_fields_are_computed_and_no_more),
        IN_FOLDER(value_is_the_element_itself),
        IN_FOLDER(computed_numbers_are_padded_too),
        IN_FOLDER(fields_of_parsed_records_are_found_when_they_are_there),
        IN_FOLDER(unknown_fields_are_told_at_load),
        IN_FOLDER(what_is_no_text_fails_alone),
        IN_FOLDER(texts_of_what_is_there_are_attributes),
        IN_FOLDER(the_identity_is_of_what_stands_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
