/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter and sort: elements taken and ordered by their attributes. */
#include "tests/unit/folder.h"

static void filter_takes_the_elements_that_fulfil_the_condition(void **state)
{
    assert_elements(*state, "[{range: 10}, {filter: index % 3 == 1}]", "1|4|7");
    assert_elements(*state, "[{range: {start: 20, stop: 30}}, {filter: {where: value > 27}}]",
                    "28|29");
    assert_elements(*state, "[{values: [b, a, b]}, {filter: \"value == 'b'\"}]", "b|b");
}

static void filter_may_take_all_or_none(void **state)
{
    assert_elements(*state, "[{range: 200}, {filter: \"true\"}, {slice: \"198:\"}]", "198|199");
    assert_elements(*state, "[{range: 200}, {filter: \"false\"}]", "");
    assert_elements(*state, "[{range: 0}, {filter: index > 0}]", "");
}

static void filters_follow_one_another(void **state)
{
    assert_elements(*state,
                    "[{range: 20}, {filter: value % 2 == 0}, {filter: value % 3 == 0}, "
                    "{filter: index > 0}]",
                    "6|12|18");
}

static void filter_looks_at_the_attributes_of_files(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "in/a.txt", "1");
    folder_put_text(d, "in/b.md", "2");
    folder_put_text(d, "in/c.txt", "3");
    assert_elements(d, "[{files: \"in/*\"}, {filter: \"ext == 'txt' and stem != 'a'\"}]", "3");
    assert_attr(d, "stem", "c");
    assert_attr(d, "index", "0");
}

static void filter_looks_at_the_fields_of_records(void **state)
{
    assert_elements(*state,
                    "[{collate: {n: {range: 4}, word: {values: [a, b, c, d]}}}, "
                    "{filter: \"n >= 1 and word in ['a', 'b', 'd']\"}]",
                    "[n: 1, word: b]|[n: 3, word: d]");
}

static void filter_keeps_the_type_of_its_input(void **state)
{
    struct type t = seq_type(folder_seq(*state, "[{range: 9}, {filter: index > 4}]"), SEQ_ANY);

    assert_true(t.known);
    assert_int_equal(t.kind, VALUE_INT);
    assert_true(((struct folder *)*state)->seq->trivial);
}

static void a_condition_that_is_wrong_is_refused(void **state)
{
    assert_complaint(*state, "[{range: 4}, {filter: vlaue > 2}]", COMPLAINT_SPEC,
                     "filter: no attribute 'vlaue'; did you mean 'value'?");
    assert_complaint(*state, "[{range: 4}, {filter: \"(1\"}]", COMPLAINT_SPEC,
                     "filter: ')' is missing at character 3");
    assert_complaint(*state, "[{range: 4}, filter]", COMPLAINT_SPEC,
                     "filter: argument 'where' is missing: text");
}

static void a_condition_that_an_element_cannot_answer_names_it(void **state)
{
    assert_complaint(*state, "[{values: [4, 2, x]}, {filter: value / 2 > 1}]", COMPLAINT_SPEC,
                     "filter: element 2: '/' wants numbers, but 'value' is 'x'");
    assert_complaint(*state, "[{range: 4}, {filter: 6 / (value - 1) > 1}]", COMPLAINT_SPEC,
                     "filter: element 1: '/' by zero");
}

static void sort_orders_by_what_attributes_look_like(void **state)
{
    assert_elements(*state, "[{values: [10, b, 9, a, -1, true, null]}, {sort: value}]",
                    "null|true|-1|9|10|a|b");
    assert_elements(*state, "[{values: [10, 9, 100]}, {sort: text(value)}]", "10|100|9");
    assert_elements(*state, "[{range: 5}, {sort: -value}]", "4|3|2|1|0");
    assert_elements(*state, "[{range: 0}, {sort: value}]", "");
}

static void sort_keeps_the_order_of_equals(void **state)
{
    assert_elements(*state, "[{values: [bb, c, aa, d, ee, f]}, {sort: len(value)}]",
                    "c|d|f|bb|aa|ee");
    assert_elements(*state,
                    "[{values: [bb, c, aa, d, ee, f]}, {sort: {by: len(value), reverse: true}}]",
                    "bb|aa|ee|c|d|f");
}

static void sort_keeps_the_order_of_many_equals(void **state)
{
    const struct seq *s = folder_seq(*state, "[{range: 30000}, {sort: value % 7}]");
    g_autoptr(GString) text = g_string_new(NULL);
    int64_t last = -7;

    for (uint64_t i = 0; i < s->len; i++) {
        int64_t n;

        g_string_truncate(text, 0);
        assert_true(seq_attr(s, i, "value", text));
        n = g_ascii_strtoll(text->str, NULL, 10);
        assert_true(n % 7 == last % 7 ? n == last + 7 : n < 7 && n == (last % 7) + 1);
        last = n;
    }
}

static void sort_turns_round(void **state)
{
    assert_elements(*state, "[{values: [b, c, a]}, {sort: {by: value, reverse: true}}]", "c|b|a");
}

static void what_cannot_be_sorted_is_refused(void **state)
{
    assert_complaint(*state, "[{range: 4}, {sort: vlaue}]", COMPLAINT_SPEC,
                     "sort: no attribute 'vlaue'; did you mean 'value'?");
    assert_complaint(*state, "[{values: [1, x]}, {sort: value + 1}]", COMPLAINT_SPEC,
                     "sort: element 1: '+' wants numbers, but 'value' is 'x'");
}

static void a_field_that_some_records_have_not_is_null(void **state)
{
    assert_elements(*state, "[{values: [{a: x, b: 2}, {a: y, c: 3}]}, {filter: \"a == 'y'\"}]",
                    "[a: y, c: 3]");
    assert_elements(*state, "[{values: [{a: x, b: 2}, {a: y}]}, {filter: 'b == null'}]", "[a: y]");
    assert_elements(*state, "[{values: [{a: x, b: 2}, {a: y}]}, {sort: b}, {get: a}]", "y|x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(filter_takes_the_elements_that_fulfil_the_condition),
        IN_FOLDER(a_field_that_some_records_have_not_is_null),
        IN_FOLDER(filter_may_take_all_or_none),
        IN_FOLDER(filters_follow_one_another),
        IN_FOLDER(filter_looks_at_the_attributes_of_files),
        IN_FOLDER(filter_looks_at_the_fields_of_records),
        IN_FOLDER(filter_keeps_the_type_of_its_input),
        IN_FOLDER(a_condition_that_is_wrong_is_refused),
        IN_FOLDER(a_condition_that_an_element_cannot_answer_names_it),
        IN_FOLDER(sort_orders_by_what_attributes_look_like),
        IN_FOLDER(sort_keeps_the_order_of_equals),
        IN_FOLDER(sort_keeps_the_order_of_many_equals),
        IN_FOLDER(sort_turns_round),
        IN_FOLDER(what_cannot_be_sorted_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
