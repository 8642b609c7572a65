/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operators that move indices, and the two sources that read nothing: range and values. */
#include "tests/unit/folder.h"

static void range_counts_as_python_does(void **state)
{
    assert_elements(*state, "{range: 3}", "0|1|2");
    assert_elements(*state, "{range: {start: 2, stop: 9, step: 3}}", "2|5|8");
    assert_elements(*state, "{range: {start: 5, stop: 0, step: -2}}", "5|3|1");
    assert_elements(*state, "{range: -3}", "");
    assert_elements(*state, "{range: {start: 1, stop: 5, step: -1}}", "");
}

static void range_reaches_both_ends_of_its_numbers(void **state)
{
    assert_elements(*state,
                    "{range: {start: 9223372036854775805, stop: 9223372036854775807, "
                    "step: 9223372036854775807}}",
                    "9223372036854775805");
    assert_elements(*state,
                    "{range: {start: 9223372036854775807, stop: -9223372036854775808, "
                    "step: -9223372036854775808}}",
                    "9223372036854775807|-1");
}

static void a_range_that_no_index_could_count_is_refused(void **state)
{
    assert_complaint(*state, "{range: {start: -9223372036854775808, stop: 9223372036854775807}}",
                     COMPLAINT_SPEC, "range: 18446744073709551615 elements are too many");
}

static void range_knows_its_type_and_needs_no_worker(void **state)
{
    const struct seq *s = folder_seq(*state, "{range: 3}");
    struct type t = seq_type(s, SEQ_ANY);

    assert_true(t.known);
    assert_int_equal(t.kind, VALUE_INT);
    assert_true(s->trivial);
}

static void values_are_what_yaml_takes_them_for(void **state)
{
    static const enum value_kind kinds[] = {VALUE_INT,   VALUE_INT,   VALUE_FLOAT, VALUE_FLOAT,
                                            VALUE_FLOAT, VALUE_FLOAT, VALUE_BOOL,  VALUE_NULL,
                                            VALUE_TEXT,  VALUE_TEXT,  VALUE_TEXT,  VALUE_TEXT};

    assert_elements(*state,
                    "{values: [1, 0x10, 1.0, 1e3, .nan, -.inf, true, ~, inf, no, '7', \"\"]}",
                    "1|16|1.0|1000.0|nan|-inf|true|null|inf|no|7|");
    for (uint64_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct type t = seq_type(((struct folder *)*state)->seq, i);

        assert_true(t.known);
        assert_int_equal(t.kind, kinds[i]);
    }
}

static void values_nest(void **state)
{
    assert_elements(*state, "{values: [{a: 1, b: [x, {c: ~}]}, []]}",
                    "[a: 1, b: [x, [c: null]]]|[]");
}

static void values_of_one_kind_have_a_type(void **state)
{
    struct type t = seq_type(folder_seq(*state, "{values: [1, 2]}"), SEQ_ANY);

    assert_true(t.known);
    assert_int_equal(t.kind, VALUE_INT);
    assert_false(seq_type(folder_seq(*state, "{values: [1, a]}"), SEQ_ANY).known);
    assert_int_equal(folder_seq(*state, "{values: []}")->len, 0);
}

/* What Python answers for a list of n elements, from the rules of its manual by another way:
 * walking. */
static void python_slice(int n, int start, int stop, int step, GString *ret)
{
    int low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n;

    start = CLAMP(start < 0 ? start + n : start, low, high);
    stop = CLAMP(stop < 0 ? stop + n : stop, low, high);
    for (int i = start; step > 0 ? i < stop : i > stop; i += step)
        g_string_append_printf(ret, "%s%d", ret->len > 0 ? "|" : "", i);
}

static void slices_are_those_of_python(void **state)
{
    static const int steps[] = {-3, -1, 1, 2};

    for (int start = -5; start <= 5; start++) {
        for (int stop = -5; stop <= 5; stop++) {
            int step = steps[(start + stop + 10) % 4];
            g_autofree char *yaml =
                g_strdup_printf("[{range: 4}, {slice: \"%d:%d:%d\"}]", start, stop, step);
            g_autoptr(GString) want = g_string_new(NULL);

            python_slice(4, start, stop, step, want);
            assert_elements(*state, yaml, want->str);
        }
    }
}

static void parts_of_a_slice_may_be_left_out(void **state)
{
    assert_elements(*state, "[{range: 4}, {slice: \":\"}]", "0|1|2|3");
    assert_elements(*state, "[{range: 4}, {slice: \"::-1\"}]", "3|2|1|0");
    assert_elements(*state, "[{range: 4}, {slice: \"-1:\"}]", "3");
    assert_elements(*state, "[{range: 4}, {slice: \"1::-1\"}]", "1|0");
    assert_elements(*state, "[{range: 4}, {slice: 1:3}]", "1|2");
    assert_elements(*state, "[{range: 0}, {slice: \"::-1\"}]", "");
}

static void a_slice_may_name_any_number(void **state)
{
    assert_elements(
        *state,
        "[{range: 4}, {slice: \"-9223372036854775808:9223372036854775807:9223372036854775807\"}]",
        "0");
    assert_elements(
        *state,
        "[{range: 4}, {slice: \"9223372036854775807:-9223372036854775808:-9223372036854775808\"}]",
        "3");
}

static void what_is_no_slice_is_refused(void **state)
{
    assert_complaint(
        *state, "[{range: 4}, {slice: \"2\"}]", COMPLAINT_SPEC,
        "slice: '2' is no stretch; wanted is \"from:to\" or \"from:to:step\", or gather "
        "for one element");
    assert_complaint(*state, "[{range: 4}, {slice: \"1:2:3:4\"}]", COMPLAINT_SPEC,
                     "slice: '1:2:3:4' is no stretch; wanted is \"from:to\" or \"from:to:step\"");
    assert_complaint(*state, "[{range: 4}, {slice: \"a:\"}]", COMPLAINT_SPEC,
                     "slice: 'a:' is no stretch; wanted is \"from:to\" or \"from:to:step\"");
    assert_complaint(*state, "[{range: 4}, {slice: \"::0\"}]", COMPLAINT_SPEC,
                     "slice: the step in '::0' is 0");
}

static void gather_takes_elements_in_any_order(void **state)
{
    assert_elements(*state, "[{range: 5}, {gather: [4, 0, 0, -1, -5]}]", "4|0|0|4|0");
    assert_elements(*state, "[{range: 5}, {take: 2}]", "2");
    assert_elements(*state, "[{range: 5}, {gather: []}]", "");
}

static void gather_reaches_what_only_64_bits_can_count(void **state)
{
    assert_elements(*state, "[{range: 9223372036854775807}, {gather: [-1, 9007199254740993]}]",
                    "9223372036854775806|9007199254740993");
}

static void an_index_that_is_not_there_is_refused(void **state)
{
    assert_complaint(*state, "[{range: 5}, {gather: [1, 5]}]", COMPLAINT_SPEC,
                     "gather: index 5, but there are only 5 elements");
    assert_complaint(*state, "[{range: 1}, {gather: -2}]", COMPLAINT_SPEC,
                     "gather: index -2, but there is only 1 element");
    assert_complaint(*state, "[{range: 0}, {gather: 0}]", COMPLAINT_SPEC,
                     "gather: index 0, but there are no elements");
    assert_complaint(*state, "[{range: 5}, {gather: -9223372036854775808}]", COMPLAINT_SPEC,
                     "gather: index -9223372036854775808, but there are only 5 elements");
}

static void gather_reads_indices_from_a_file(void **state)
{
    folder_put_text(*state, "picks.txt", "# the best\n3\n\n  1 \r\n-1");
    assert_elements(*state, "[{range: 5}, {gather: {file: picks.txt}}]", "3|1|4");
}

static void a_fault_in_the_file_names_the_line(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "picks.txt");
    g_autofree char *no_index = g_strdup_printf("gather: '%s' line 2: 'x' is no index", path);
    g_autofree char *beyond =
        g_strdup_printf("gather: '%s' line 3: index 5, but there are only 5 elements", path);

    folder_put_text(d, "picks.txt", "3\nx\n");
    assert_complaint(d, "[{range: 5}, {gather: {file: picks.txt}}]", COMPLAINT_SOURCE, no_index);
    folder_put_text(d, "picks.txt", "3\n\n5\n");
    assert_complaint(d, "[{range: 5}, {gather: {file: picks.txt}}]", COMPLAINT_SOURCE, beyond);
}

static void a_file_of_indices_that_is_missing_is_the_sources_fault(void **state)
{
    struct folder *d = *state;
    g_autofree char *want =
        g_strdup_printf("gather: cannot read '%s/none': no such file or directory", d->path);

    assert_complaint(d, "[{range: 5}, {gather: {file: none}}]", COMPLAINT_SOURCE, want);
}

static void gather_wants_either_indices_or_a_file(void **state)
{
    assert_complaint(*state, "[{range: 5}, {gather: {}}]", COMPLAINT_SPEC,
                     "gather: wanted is one of 'indices' and 'file'");
    assert_complaint(*state, "[{range: 5}, {gather: {indices: 1, file: x}}]", COMPLAINT_SPEC,
                     "gather: wanted is one of 'indices' and 'file'");
}

static void concatenate_goes_through_its_inputs_in_turn(void **state)
{
    assert_elements(*state,
                    "{concatenate: [{range: 0}, {range: 2}, {range: 0}, {values: [a]}, "
                    "[{range: 9}, {slice: \"7:\"}], {range: 0}]}",
                    "0|1|a|7|8");
}

static void concatenate_knows_what_all_its_inputs_are(void **state)
{
    struct type t = seq_type(
        folder_seq(*state, "{concatenate: [{range: 1}, {values: []}, {values: [7]}]}"), SEQ_ANY);

    assert_true(t.known);
    assert_int_equal(t.kind, VALUE_INT);
    folder_seq(*state, "{concatenate: [{range: 1}, {values: [a]}]}");
    assert_false(seq_type(((struct folder *)*state)->seq, SEQ_ANY).known);
    assert_int_equal(seq_type(((struct folder *)*state)->seq, 1).kind, VALUE_TEXT);
}

static void concatenate_keeps_a_suffix_that_all_have(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "a.txt", "");
    folder_put_text(d, "b.txt", "");
    folder_put_text(d, "c.md", "");
    folder_seq(d, "{concatenate: [{files: a.txt}, {files: b.txt}]}");
    assert_string_equal(seq_type(d->seq, SEQ_ANY).suffix, "txt");
    folder_seq(d, "{concatenate: [{files: a.txt}, {files: c.md}]}");
    assert_true(seq_type(d->seq, SEQ_ANY).known);
    assert_null(seq_type(d->seq, SEQ_ANY).suffix);
    assert_string_equal(seq_type(d->seq, 1).suffix, "md");
}

static void too_many_elements_are_refused(void **state)
{
    assert_complaint(*state, "{concatenate: [{range: 9223372036854775807}, {range: 1}]}",
                     COMPLAINT_SPEC, "concatenate: more than 9223372036854775807 elements");
}

static void assert_names(struct folder *d, const char *yaml, enum name_part part, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    folder_seq(d, yaml);
    for (uint64_t i = 0; i < d->seq->len; i++) {
        g_string_append(all, i > 0 ? "|" : "");
        assert_int_equal(seq_name(d->seq, i, all), part);
    }
    assert_string_equal(all->str, want);
}

static void name_names_the_elements_of_its_input(void **state)
{
    struct folder *d = *state;

    assert_names(d, "[{range: 3}, {name: \"n{index}\"}]", NAME_STEM, "n0|n1|n2");
    assert_names(d, "[{range: 3}, {slice: \"1:\"}, {name: \"n{index}\"}]", NAME_STEM, "n0|n1");
    assert_names(d, "[{range: 3}, {name: \"n{index}\"}, {slice: \"1:\"}]", NAME_STEM, "n1|n2");
    assert_names(d, "[{range: 3}, {name: \"n{index}.txt\"}]", NAME_WHOLE, "n0.txt|n1.txt|n2.txt");
    assert_elements(d, "[{range: 2}, {name: \"{index}\"}]", "0|1");
}

static void a_dot_for_a_folder_is_left_out_of_names(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "cat.jpg", "");
    folder_put_text(d, "x.y/dog.jpg", "");
    assert_names(d, "[{files: \"**/*.jpg\"}, {name: \"{dir}/{stem}\"}]", NAME_STEM, "cat|x.y/dog");
    assert_names(d, "[{files: cat.jpg}, {name: \"a/{dir}/{stem}.\"}]", NAME_STEM, "a/cat.");
}

static void names_that_cannot_be_are_refused(void **state)
{
    assert_complaint(*state, "[{range: 1}, {name: \"\"}]", COMPLAINT_SPEC,
                     "name: an empty name; wanted is a template such as '{stem}'");
    assert_complaint(*state, "[{range: 1}, {name: /a}]", COMPLAINT_SPEC,
                     "name: a name that begins with '/'; names start at the dataset's folder");
    assert_complaint(*state, "[{range: 1}, {name: \"a/../{index}\"}]", COMPLAINT_SPEC,
                     "name: a name with '..' as a part, which would leave the dataset's folder");
    assert_complaint(*state, "[{range: 1}, {name: \"a//b\"}]", COMPLAINT_SPEC,
                     "name: a name with an empty part between or behind slashes");
    assert_complaint(*state, "[{range: 1}, {name: \"{index}/\"}]", COMPLAINT_SPEC,
                     "name: a name with an empty part between or behind slashes");
    assert_complaint(*state, "[{range: 1}, {name: \"{stem}\"}]", COMPLAINT_SPEC,
                     "name: no field 'stem' for '{stem}'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(range_counts_as_python_does),
        IN_FOLDER(range_reaches_both_ends_of_its_numbers),
        IN_FOLDER(a_range_that_no_index_could_count_is_refused),
        IN_FOLDER(range_knows_its_type_and_needs_no_worker),
        IN_FOLDER(values_are_what_yaml_takes_them_for),
        IN_FOLDER(values_nest),
        IN_FOLDER(values_of_one_kind_have_a_type),
        IN_FOLDER(slices_are_those_of_python),
        IN_FOLDER(parts_of_a_slice_may_be_left_out),
        IN_FOLDER(a_slice_may_name_any_number),
        IN_FOLDER(what_is_no_slice_is_refused),
        IN_FOLDER(gather_takes_elements_in_any_order),
        IN_FOLDER(gather_reaches_what_only_64_bits_can_count),
        IN_FOLDER(an_index_that_is_not_there_is_refused),
        IN_FOLDER(gather_reads_indices_from_a_file),
        IN_FOLDER(a_fault_in_the_file_names_the_line),
        IN_FOLDER(a_file_of_indices_that_is_missing_is_the_sources_fault),
        IN_FOLDER(gather_wants_either_indices_or_a_file),
        IN_FOLDER(concatenate_goes_through_its_inputs_in_turn),
        IN_FOLDER(concatenate_knows_what_all_its_inputs_are),
        IN_FOLDER(concatenate_keeps_a_suffix_that_all_have),
        IN_FOLDER(too_many_elements_are_refused),
        IN_FOLDER(name_names_the_elements_of_its_input),
        IN_FOLDER(a_dot_for_a_folder_is_left_out_of_names),
        IN_FOLDER(names_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
