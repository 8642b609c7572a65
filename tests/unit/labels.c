/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* label_index: where the classes come from, what is wrong with them, what becomes of labels. */
#include "ops/core/identity.h"

#include <sys/stat.h>

#include "tests/unit/folder.h"

static void labels_become_numbers(void **state)
{
    assert_elements(*state, "[{values: [dog, cat, dog]}, {label_index: [cat, dog]}]", "1|0|1");
    assert_elements(*state, "[{values: [7, '8']}, {label_index: [7, 8]}]", "0|1");
    assert_elements(*state, "[{values: [é]}, {label_index: {classes: [e, é]}}]", "1");
}

static void classes_are_read_from_a_file(void **state)
{
    folder_put_text(*state, "classes.txt",
                    "\xef\xbb\xbf"
                    "cat\r\nbig dog\n bird");
    assert_elements(*state, "[{values: [big dog, cat, ' bird']}, {label_index: classes.txt}]",
                    "1|0|2");
}

static void a_label_in_a_file_is_taken(void **state)
{
    folder_put_text(*state, "a.cls", "dog\n");
    assert_elements(*state, "[{files: a.cls}, {label_index: [cat, dog]}]", "1");
}

static void an_unknown_label_fails_alone(void **state)
{
    assert_elements(*state, "[{values: [cat, dgo, '', Cat]}, {label_index: [cat, dog]}]",
                    "0|!'dgo' is none of the 2 classes; did you mean 'dog'?|"
                    "!'' is none of the 2 classes|"
                    "!'Cat' is none of the 2 classes; did you mean 'cat'?");
}

static void the_number_of_a_column_can_be_gone_by(void **state)
{
    static const char sequence[] =
        "[{values: [{l: dog, n: 1}, {l: cat, n: 2}]}, "
        "{label_index: {classes: [cat, dog], on: l}}, {filter: 'l == 1'}]";

    assert_elements(*state, sequence, "[l: 1, n: 1]");
    assert_int_equal(seq_part_type(folder_seq(*state, sequence), SEQ_ANY, 0).kind, VALUE_INT);
}

static void wrong_classes_are_told_at_load(void **state)
{
    assert_complaint(*state, "[{values: [a]}, {label_index: [a, b, a]}]", COMPLAINT_SPEC,
                     "label_index: class 'a' is there twice, as 0 and 2");
    assert_complaint(*state, "[{values: [a]}, {label_index: []}]", COMPLAINT_SPEC,
                     "label_index: there are no classes");
    assert_complaint(*state, "[{values: [a]}, {label_index: [a, [b]]}]", COMPLAINT_SPEC,
                     "label_index: a class is a list, wanted is its label");
    assert_complaint(*state, "[{values: [a]}, {label_index: {classes: {a: 1}}}]", COMPLAINT_SPEC,
                     "label_index: argument 'classes' is a mapping, wanted: a list of labels, or a "
                     "file with one on each line");
    assert_complaint(*state, "[{values: [[a]]}, {label_index: [a]}]", COMPLAINT_SPEC,
                     "label_index: wanted is text or a number, but each element is list");
}

static void a_wrong_file_is_the_source_s_fault(void **state)
{
    static const char sequence[] = "[{values: [a]}, {label_index: c}]";
    g_autofree char *pipe = folder_path(*state, "c");

    assert_complaint(*state, sequence, COMPLAINT_SOURCE,
                     "label_index: cannot read 'c': no such file or directory");
    folder_put_text(*state, "c", "a\n\nb\n");
    assert_complaint(*state, sequence, COMPLAINT_SOURCE,
                     "label_index: 'c' line 2 is empty, wanted is a class");
    folder_put_text(*state, "c", "a\nb\na\n");
    assert_complaint(*state, sequence, COMPLAINT_SOURCE,
                     "label_index: 'c' line 3: class 'a' is in line 1, too");
    folder_put(*state, "c", "a\n\xff\n", 4);
    assert_complaint(*state, sequence, COMPLAINT_SOURCE, "label_index: 'c' line 2 is not UTF-8");
    folder_put(*state, "c", "a\0b\n", 4);
    assert_complaint(*state, sequence, COMPLAINT_SOURCE, "label_index: 'c' line 1 is not UTF-8");
    folder_put_text(*state, "c", "");
    assert_complaint(*state, sequence, COMPLAINT_SPEC, "label_index: there are no classes");
    assert_int_equal(remove(pipe), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_complaint(*state, sequence, COMPLAINT_SOURCE,
                     "label_index: 'c' is no file with a class on each line, of at most 67108864 "
                     "bytes");
}

static void other_classes_are_another_value(void **state)
{
    static const char sequence[] = "[{files: x}, {label_index: c}]";
    struct identity before, after, again;

    folder_put_text(*state, "x", "a");
    folder_put_text(*state, "c", "a\nb\n");
    before = seq_identity(folder_files(*state, sequence), 0);
    folder_put_text(*state, "c", "b\na\n");
    after = seq_identity(folder_files(*state, sequence), 0);
    folder_put_text(*state, "c", "a\nb\n");
    again = seq_identity(folder_files(*state, sequence), 0);
    assert_false(identity_is_none(before));
    assert_false(identity_equal(before, after));
    assert_true(identity_equal(before, again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(labels_become_numbers),
        IN_FOLDER(classes_are_read_from_a_file),
        IN_FOLDER(a_label_in_a_file_is_taken),
        IN_FOLDER(an_unknown_label_fails_alone),
        IN_FOLDER(the_number_of_a_column_can_be_gone_by),
        IN_FOLDER(wrong_classes_are_told_at_load),
        IN_FOLDER(a_wrong_file_is_the_source_s_fault),
        IN_FOLDER(other_classes_are_another_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
