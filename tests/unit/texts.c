/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps from text to text and to values: parse, replace, upper, lower, strip, split_text,
 * join_text, hash. */
#include <math.h>

#include "tests/unit/folder.h"

static void bytes_are_text_without_the_newline_at_their_end(void **state)
{
    folder_put_text(*state, "a", "One\n");
    folder_put_text(*state, "b", "two\r\n");
    folder_put_text(*state, "c", "x\n\n");
    assert_elements(*state, "[{files: '[abc]'}, upper]", "ONE|TWO|X\n");
    assert_text(*state, "[{files: a}, lower]", "one\n");
}

static void bytes_that_are_no_text_fail_where_they_are_not(void **state)
{
    folder_put(*state, "a", "ab\xff", 3);
    folder_put(*state, "b", "a\0b", 3);
    folder_put(*state, "c", "", 0);
    assert_elements(*state, "[{files: '[abc]'}, upper]",
                    "!the bytes are no text: at byte 2 they are not UTF-8|"
                    "!the bytes are no text: at byte 1 they are not UTF-8|");
}

static void what_is_no_text_is_told_at_load(void **state)
{
    assert_complaint(*state, "[{range: 1}, lower]", COMPLAINT_SPEC,
                     "lower: wanted is text, but each element is int");
    assert_complaint(*state, "[{values: [{a: x}]}, strip]", COMPLAINT_SPEC,
                     "strip: wanted is text, but each element is record: say which of its fields "
                     "by 'on'");
    assert_complaint(*state, "[{range: 2}, {batch: 2}, {parse: int}]", COMPLAINT_SPEC,
                     "parse: wanted is text or a number, but each element is list");
    assert_complaint(*state, "[{values: [a]}, {join_text: ','}]", COMPLAINT_SPEC,
                     "join_text: wanted is a list, but each element is text");
    assert_complaint(*state, "[{values: [[[1]]]}, {join_text: ','}]", COMPLAINT_SPEC,
                     "join_text: wanted are lists of text or numbers, but these are of list");
    assert_complaint(*state, "[{range: 2}, {batch: 2}, hash]", COMPLAINT_SPEC,
                     "hash: each element is list, wanted are bytes: put an 'encode' before it");
}

static void what_is_no_text_fails_alone_where_others_are(void **state)
{
    assert_elements(*state, "[{values: [a, 1, [b]]}, upper]",
                    "A|!the element is int, wanted is text|!the element is list, wanted is text");
    assert_elements(*state, "[{values: [[a, 1], x]}, {join_text: ','}]",
                    "a,1|!the element is text, wanted is a list");
}

static void a_step_on_a_field_leaves_the_others(void **state)
{
    assert_elements(*state, "[{values: [{a: x, b: y}]}, {upper: {on: a}}]", "[a: X, b: y]");
    assert_elements(*state, "[{values: [{a: '5', b: y}]}, {parse: {as: int, on: a}}]",
                    "[a: 5, b: y]");
}

static void case_is_changed_as_unicode_has_it(void **state)
{
    assert_elements(*state, "[{values: [straße, ǆ, '']}, upper]", "STRASSE|Ǆ|");
    assert_elements(*state, "[{values: [ÀÉ, ΟΔΟΣ]}, lower]", "àé|οδος");
}

static void strip_takes_off_what_surrounds(void **state)
{
    assert_elements(*state, "[{values: [\"\\u00a0 a b\\t\\n\", '  ', '']}, strip]", "a b||");
    assert_elements(*state, "[{values: [éaé, 'ééé']}, {strip: 'é'}]", "a|");
    assert_elements(*state, "[{values: [' a ']}, {strip: ''}]", " a ");
}

static void whole_numbers_are_parsed_to_the_last_bit(void **state)
{
    assert_elements(*state,
                    "[{values: ['9223372036854775807', '-9223372036854775808', ' +7\t', '3.0', "
                    "'007', '0x1f', 4, 5.0]}, {parse: int}]",
                    "9223372036854775807|-9223372036854775808|7|3|7|31|4|5");
}

static void what_is_no_whole_number_fails_with_its_text(void **state)
{
    assert_elements(*state,
                    "[{values: [nan, '3.5', '', 'x', '1 2', '-', .nan, null, "
                    "'9223372036854775808', '-9223372036854775809']}, {parse: int}]",
                    "!'nan' is no whole number|!'3.5' is no whole number|!'' is no whole number|"
                    "!'x' is no whole number|!'1 2' is no whole number|!'-' is no whole number|"
                    "!'nan' is no whole number|!'null' is no whole number|"
                    "!'9223372036854775808' is more than a whole number of 64 bits can be|"
                    "!'-9223372036854775809' is more than a whole number of 64 bits can be");
}

static void floats_may_be_none_or_infinite(void **state)
{
    assert_elements(*state,
                    "[{values: ['1.5', ' -2e3 ', NaN, -Infinity, inf, 3, '.5']}, {parse: float}]",
                    "1.5|-2000.0|nan|-inf|inf|3.0|0.5");
    assert_elements(*state, "[{values: ['1,5', '', abc, '1e999', '1.5x']}, {parse: float}]",
                    "!'1,5' is no number|!'' is no number|!'abc' is no number|"
                    "!'1e999' is no number|!'1.5x' is no number");
}

static void truth_is_parsed(void **state)
{
    assert_elements(*state, "[{values: ['True', 'no', '1', '0', 'ON']}, {parse: bool}]",
                    "true|false|true|false|true");
    assert_elements(*state, "[{values: ['2', '']}, {parse: bool}]",
                    "!'2' is neither true nor false|!'' is neither true nor false");
}

static void json_becomes_records_and_lists(void **state)
{
    folder_put_text(*state, "a", " {\"a\": [1, 2.5, null, true], \"b\": \"x\"}\n");
    folder_put_text(*state, "b", "{\"a\": ");
    assert_elements(*state, "[{files: a}, {parse: json}]", "[a: [1, 2.5, null, true], b: x]");
    assert_elements(*state, "[{files: a}, {parse: json}, {get: b}]", "x");
    folder_seq(*state, "[{files: b}, {parse: json}]");
    g_autofree char *said = folder_element(*state, 0);
    assert_int_equal(said[0], '!');
}

static void types_are_told_as_far_as_they_are_known(void **state)
{
    const struct seq *s = folder_seq(*state, "[{values: ['1']}, {parse: int}]");

    assert_int_equal(seq_type(s, SEQ_ANY).kind, VALUE_INT);
    s = folder_seq(*state, "[{values: ['1']}, {parse: float}]");
    assert_int_equal(seq_type(s, SEQ_ANY).kind, VALUE_FLOAT);
    s = folder_seq(*state, "[{values: ['1']}, {parse: bool}]");
    assert_int_equal(seq_type(s, SEQ_ANY).kind, VALUE_BOOL);
    s = folder_seq(*state, "[{values: ['1']}, {parse: json}]");
    assert_false(seq_type(s, SEQ_ANY).known);
    s = folder_seq(*state, "[{values: ['1']}, {parse: {as: {choice: [int, float]}}}]");
    assert_false(seq_type(s, SEQ_ANY).known);
    s = folder_seq(*state, "[{values: ['1']}, split_text]");
    assert_int_equal(seq_type(s, SEQ_ANY).kind, VALUE_LIST);
}

static void what_is_had_by_a_look_is_an_attribute(void **state)
{
    folder_seq(*state, "[{values: ['3', '12']}, {parse: int}]");
    assert_attr(*state, "value", "3|12");
    assert_elements(*state, "[{values: ['3', '12']}, {parse: int}, {filter: 'value > 5'}]", "12");
    assert_elements(*state, "[{values: [b, a]}, upper, {sort: value}]", "A|B");
    assert_elements(*state,
                    "[{values: [{n: '3'}, {n: '12'}]}, {parse: {as: int, on: n}}, "
                    "{filter: 'n > 5'}, {get: n}]",
                    "12");
}

static void files_are_not_read_for_attributes(void **state)
{
    folder_put_text(*state, "a", "7\n");
    const struct seq *s = folder_seq(*state, "[{files: a}, {parse: int}]");

    assert_false(s->trivial);
    assert_false(seq_has_attr(s, "value", NULL));
    assert_element(*state, 0, "7");
}

static void replace_takes_up_what_matched(void **state)
{
    assert_elements(*state,
                    "[{values: [IMG_0012.jpg]}, {replace: {pattern: '(\\w+)_0*(?<n>\\d+)', with: "
                    "'\\g<n>-\\1'}}]",
                    "12-IMG.jpg");
    assert_elements(*state, "[{values: [abc]}, {replace: {pattern: b, with: '[\\0]'}}]", "a[b]c");
    assert_elements(*state, "[{values: [abc]}, {replace: {pattern: (b), with: '\\U\\1\\E\\\\'}}]",
                    "aB\\c");
}

static void replace_counts_from_the_first(void **state)
{
    assert_elements(*state, "[{values: [aaaa]}, {replace: {pattern: a, with: b, count: 2}}]",
                    "bbaa");
    assert_elements(*state,
                    "[{values: [aaaa]}, {replace: {pattern: a, with: b, count: 2, literal: true}}]",
                    "bbaa");
    assert_elements(*state, "[{values: [éé]}, {replace: {pattern: 'x*', with: '-'}}]", "-é-é-");
}

static void literal_text_means_nothing_else(void **state)
{
    assert_elements(
        *state, "[{values: ['a.b(c']}, {replace: {pattern: '.b(', with: '\\1', literal: true}}]",
        "a\\1c");
}

static void a_wrong_expression_is_told_with_its_place(void **state)
{
    assert_complaint(*state, "[{values: [a]}, {replace: {pattern: '[a', with: x}}]", COMPLAINT_SPEC,
                     "replace: '[a' is no regular expression: missing terminating ] for character "
                     "class at character 2");
    assert_complaint(*state, "[{values: [a]}, {replace: {pattern: '(a)', with: '\\g<n>'}}]",
                     COMPLAINT_SPEC, "replace: '\\g<n>' is no group of '(a)', which has 1");
    assert_complaint(*state, "[{values: [a]}, {replace: {pattern: 'a', with: 'x\\'}}]",
                     COMPLAINT_SPEC,
                     "replace: 'x\\' is no replacement: stray final “\\” at character 2");
    folder_seq(*state, "[{values: [a]}, {replace: {pattern: 'a', with: '\\\\1'}}]");
    assert_element(*state, 0, "\\1");
}

static void an_expression_that_goes_back_too_often_fails(void **state)
{
    folder_seq(*state, "[{values: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab]}, "
                       "{replace: {pattern: '(a+)+$', with: x}}]");
    assert_element(*state, 0, "!searching for '(a+)+$': backtracking limit reached");
}

static void drawn_patterns_are_compiled_when_they_are_drawn(void **state)
{
    assert_elements(*state,
                    "[{values: [{p: a, t: abab}, {p: 'b$', t: abab}, {p: '(', t: x}, "
                    "{p: '', t: x}]}, "
                    "{replace: {pattern: {field: p}, with: '-', on: t}}, {get: t}]",
                    "-b-b|aba-|!'(' is no regular expression: missing terminating ) at character "
                    "1|!argument 'pattern' is empty");
    assert_elements(*state,
                    "[{values: [{p: '(a)', t: ab}]}, "
                    "{replace: {pattern: {field: p}, with: '<\\1>', on: t}}, {get: t}]",
                    "<a>b");
    assert_elements(*state,
                    "[{values: [{s: b, t: abc}, {s: '', t: x}]}, "
                    "{split_text: {separator: {field: s}, on: t}}, {get: t}]",
                    "[a, c]|!argument 'separator' is empty");
}

static void text_is_split_at_white_space_or_at_what_is_said(void **state)
{
    assert_elements(*state, "[{values: [\" a\\u00a0b \\n\", '']}, split_text]", "[a, b]|[]");
    assert_elements(*state, "[{values: ['a,,b', '', ',']}, {split_text: ','}]", "[a, , b]|[]|[, ]");
    assert_elements(*state,
                    "[{values: ['a1b22c']}, {split_text: {separator: '\\d+', regex: true}}]",
                    "[a, b, c]");
    assert_elements(*state, "[{values: [abc]}, {split_text: {separator: 'x*', regex: true}}]",
                    "[abc]");
}

static void the_last_of_a_maximum_takes_the_rest(void **state)
{
    assert_elements(*state, "[{values: ['a b  c ']}, {split_text: {maximum: 2}}]", "[a, b  c ]");
    assert_elements(*state, "[{values: ['a,b,c']}, {split_text: {separator: ',', maximum: 1}}]",
                    "[a,b,c]");
    assert_elements(
        *state, "[{values: ['a,b,c']}, {split_text: {separator: ',', regex: true, maximum: 2}}]",
        "[a, b,c]");
}

static void what_is_empty_is_refused(void **state)
{
    assert_complaint(*state, "[{values: [abc]}, {replace: {pattern: '', with: x}}]", COMPLAINT_SPEC,
                     "replace: argument 'pattern' is empty");
    assert_complaint(*state, "[{values: [a]}, {split_text: ''}]", COMPLAINT_SPEC,
                     "split_text: argument 'separator' is empty");
    assert_complaint(*state, "[{values: [a]}, {split_text: {regex: true}}]", COMPLAINT_SPEC,
                     "split_text: a regular expression is wanted as 'separator'");
}

static void lists_are_joined_as_their_items_read(void **state)
{
    assert_elements(*state, "[{values: [[a, 1, 2.5, true, null], []]}, {join_text: ', '}]",
                    "a, 1, 2.5, true, null|");
    assert_elements(*state, "[{values: ['a b c']}, split_text, {join_text: '-'}]", "a-b-c");
}

static void hashes_are_those_of_other_programs(void **state)
{
    folder_put_text(*state, "f", "abc");
    assert_elements(*state, "[{files: f}, {hash: md5}]", "900150983cd24fb0d6963f7d28e17f72");
    assert_elements(*state, "[{files: f}, {hash: sha1}]",
                    "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_elements(*state, "[{files: f}, hash]",
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_elements(*state, "[{files: f}, {hash: xxh3}]", "78af5f94892f3950");
    assert_elements(*state, "[{values: [abc, 12, '12']}, {hash: md5}]",
                    "900150983cd24fb0d6963f7d28e17f72|c20ad4d76fe97759aa27a0c99bff6710|"
                    "c20ad4d76fe97759aa27a0c99bff6710");
}

static void hashes_of_what_is_there_can_be_gone_by(void **state)
{
    assert_true(folder_seq(*state, "[{values: [a]}, {hash: md5}]")->trivial);
    assert_elements(*state,
                    "[{range: 4}, {hash: md5}, {filter: \"value < 'd'\"}, {format: '{index}'}]",
                    "0|1|2");
    folder_put_text(*state, "f", "abc");
    assert_false(folder_seq(*state, "[{files: f}, {hash: md5}]")->trivial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(bytes_are_text_without_the_newline_at_their_end),
        IN_FOLDER(bytes_that_are_no_text_fail_where_they_are_not),
        IN_FOLDER(what_is_no_text_is_told_at_load),
        IN_FOLDER(what_is_no_text_fails_alone_where_others_are),
        IN_FOLDER(a_step_on_a_field_leaves_the_others),
        IN_FOLDER(case_is_changed_as_unicode_has_it),
        IN_FOLDER(strip_takes_off_what_surrounds),
        IN_FOLDER(whole_numbers_are_parsed_to_the_last_bit),
        IN_FOLDER(what_is_no_whole_number_fails_with_its_text),
        IN_FOLDER(floats_may_be_none_or_infinite),
        IN_FOLDER(truth_is_parsed),
        IN_FOLDER(json_becomes_records_and_lists),
        IN_FOLDER(types_are_told_as_far_as_they_are_known),
        IN_FOLDER(what_is_had_by_a_look_is_an_attribute),
        IN_FOLDER(files_are_not_read_for_attributes),
        IN_FOLDER(replace_takes_up_what_matched),
        IN_FOLDER(replace_counts_from_the_first),
        IN_FOLDER(literal_text_means_nothing_else),
        IN_FOLDER(a_wrong_expression_is_told_with_its_place),
        IN_FOLDER(an_expression_that_goes_back_too_often_fails),
        IN_FOLDER(drawn_patterns_are_compiled_when_they_are_drawn),
        IN_FOLDER(text_is_split_at_white_space_or_at_what_is_said),
        IN_FOLDER(the_last_of_a_maximum_takes_the_rest),
        IN_FOLDER(what_is_empty_is_refused),
        IN_FOLDER(lists_are_joined_as_their_items_read),
        IN_FOLDER(hashes_are_those_of_other_programs),
        IN_FOLDER(hashes_of_what_is_there_can_be_gone_by),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
