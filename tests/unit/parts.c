/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of lists and records, numbered through. */
#include "ops/core/parts.h"

#include <errno.h>

#include "tests/unit/folder.h"

static struct parts *parts_of(struct folder *d, const char *sequence, enum value_kind kind)
{
    const struct seq *s = folder_seq(d, sequence);
    struct parts *p = NULL;
    struct fault f = {0};

    if (parts_new(s, kind, &f, &p) < 0)
        fail_msg("%s: %s", sequence, f.text);
    return p;
}

/* "0.0 0.1 1" for parts 0 and 1 of element 0, and element 1 itself. */
static void assert_found(const struct parts *p, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (uint64_t at = 0; at < parts_len(p); at++) {
        uint64_t i, k;
        bool has = parts_find(p, at, &i, &k);

        g_string_append_printf(all, "%s%d", at > 0 ? " " : "", (int)i);
        if (has)
            g_string_append_printf(all, ".%d", (int)k);
    }
    assert_string_equal(all->str, want);
}

static void assert_firsts(const struct parts *p, uint64_t n, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (uint64_t i = 0; i <= n; i++)
        g_string_append_printf(all, "%s%d", i > 0 ? " " : "", (int)parts_first(p, i));
    assert_string_equal(all->str, want);
}

static void the_last_of_equal_lists_may_be_shorter(void **state)
{
    OWN(parts_free) struct parts *p = parts_of(*state, "[{range: 7}, {batch: 3}]", VALUE_LIST);

    assert_found(p, "0.0 0.1 0.2 1.0 1.1 1.2 2.0");
    assert_firsts(p, 3, "0 3 6 7");
}

static void a_list_alone_may_be_shorter_than_it_should(void **state)
{
    OWN(parts_free) struct parts *p = parts_of(*state, "[{range: 2}, {batch: 9}]", VALUE_LIST);

    assert_found(p, "0.0 0.1");
    assert_firsts(p, 1, "0 2");
}

static void lists_may_be_of_any_length(void **state)
{
    OWN(parts_free)
    struct parts *p = parts_of(*state, "{values: [[], [1, 2], [], [], [3], []]}", VALUE_LIST);

    assert_found(p, "1.0 1.1 4.0");
    assert_firsts(p, 6, "0 0 2 2 2 3 3");
    for (uint64_t i = 0; i < 6; i++)
        assert_true(parts_has(p, i));
}

static void what_is_no_list_counts_as_one_part(void **state)
{
    OWN(parts_free)
    struct parts *p = parts_of(*state, "{values: [[1, 2], 3, [], {a: 4}, [5]]}", VALUE_LIST);

    assert_found(p, "0.0 0.1 1 3 4.0");
    assert_firsts(p, 5, "0 2 3 3 4 5");
    assert_true(parts_has(p, 2));
    assert_false(parts_has(p, 3));
}

static void where_there_are_no_lists_at_all_nothing_is_taken_apart(void **state)
{
    OWN(parts_free) struct parts *p = parts_of(*state, "{range: 3}", VALUE_LIST);

    assert_found(p, "0 1 2");
    assert_firsts(p, 3, "0 1 2 3");
    assert_int_equal(parts_type(p, SEQ_ANY).kind, VALUE_INT);
}

static void of_no_elements_there_are_no_parts(void **state)
{
    OWN(parts_free) struct parts *none = parts_of(*state, "{values: []}", VALUE_LIST);
    assert_int_equal(parts_len(none), 0);
    assert_int_equal(parts_first(none, 0), 0);

    OWN(parts_free) struct parts *empty = parts_of(*state, "{values: [[], []]}", VALUE_LIST);
    assert_int_equal(parts_len(empty), 0);
    assert_firsts(empty, 2, "0 0 0");
}

static void records_have_as_many_parts_as_fields(void **state)
{
    OWN(parts_free)
    struct parts *p = parts_of(*state, "{collate: {a: {range: 2}, b: {range: 2}}}", VALUE_RECORD);

    assert_found(p, "0.0 0.1 1.0 1.1");
    assert_firsts(p, 2, "0 2 4");
}

static void records_are_whole_where_lists_are_taken_apart(void **state)
{
    OWN(parts_free)
    struct parts *p = parts_of(*state, "{collate: {a: {range: 2}, b: {range: 2}}}", VALUE_LIST);

    assert_found(p, "0 1");
    assert_true(parts_type(p, SEQ_ANY).parted);
    assert_string_equal(parts_field(p, 1), "b");
}

static void equal_lists_need_no_memory_however_many_there_are(void **state)
{
    OWN(parts_free)
    struct parts *p = parts_of(*state, "[{range: 9223372036854775807}, {batch: 1000}]", VALUE_LIST);
    uint64_t i, k;

    assert_true(parts_len(p) == INT64_MAX);
    assert_true(parts_find(p, INT64_MAX - 1, &i, &k));
    assert_true(i == 9223372036854775);
    assert_int_equal(k, 806);
}

static void more_parts_than_can_be_counted_are_a_fault(void **state)
{
    static const char *const sequences[] = {
        "[{range: 9223372036854775807}, {batch: {size: 5000000000000000000, pad: 0}}]",
        "[{range: 9223372036854775807}, {split: {ranges: [\":\", \":1\"]}}]"};

    for (size_t n = 0; n < G_N_ELEMENTS(sequences); n++) {
        const struct seq *s = folder_seq(*state, sequences[n]);
        struct parts *p = NULL;
        struct fault f = {0};

        assert_int_equal(parts_new(s, VALUE_LIST, &f, &p), -EOVERFLOW);
        assert_null(p);
        assert_string_equal(f.text, "more than 9223372036854775807 parts");
    }
}

static void parts_have_the_type_that_all_have(void **state)
{
    OWN(parts_free) struct parts *ints = parts_of(*state, "{values: [[1], [], [2]]}", VALUE_LIST);
    assert_true(parts_type(ints, SEQ_ANY).known);
    assert_int_equal(parts_type(ints, SEQ_ANY).kind, VALUE_INT);

    OWN(parts_free) struct parts *both = parts_of(*state, "{values: [[1], [a]]}", VALUE_LIST);
    assert_false(parts_type(both, SEQ_ANY).known);
    assert_int_equal(parts_type(both, 0).kind, VALUE_INT);
    assert_int_equal(parts_type(both, 1).kind, VALUE_TEXT);
}

static void parts_lead_to_where_they_come_from(void **state)
{
    struct folder *d = *state;
    OWN(parts_free)
    struct parts *p = parts_of(d, "[{range: 9}, {slice: \"::-1\"}, {batch: 2}]", VALUE_LIST);
    const struct seq *in;
    uint64_t i;

    assert_true(parts_reach(p, 3, &in, &i));
    assert_string_equal(in->op->name, "slice");
    assert_int_equal(i, 3);
}

static void lists_within_lists_are_parted_in_turn(void **state)
{
    OWN(parts_free)
    struct parts *p = parts_of(*state, "{values: [[[1, 2], [3]], [[], [4, 5, 6]]]}", VALUE_LIST);

    assert_int_equal(parts_len(p), 4);
    assert_true(parts_type(p, SEQ_ANY).parted);
    assert_int_equal(parts_n_parts(p, SEQ_ANY), SEQ_ANY);
    assert_int_equal(parts_n_parts(p, 0), 2);
    assert_int_equal(parts_n_parts(p, 2), 0);
    assert_int_equal(parts_n_parts(p, 3), 3);
    assert_int_equal(parts_part_type(p, SEQ_ANY, 0).kind, VALUE_INT);
}

static void records_of_the_same_fields_keep_them(void **state)
{
    OWN(parts_free)
    struct parts *p =
        parts_of(*state, "{values: [[{a: 1, b: x}], [{a: 2, b: y}, {a: 3, b: 4}]]}", VALUE_LIST);

    assert_true(parts_type(p, SEQ_ANY).parted);
    assert_int_equal(parts_n_parts(p, SEQ_ANY), 2);
    assert_string_equal(parts_field(p, 0), "a");
    assert_string_equal(parts_field(p, 1), "b");
    assert_int_equal(parts_part_type(p, SEQ_ANY, 0).kind, VALUE_INT);
    assert_false(parts_part_type(p, SEQ_ANY, 1).known);
    assert_int_equal(parts_part_type(p, 1, 1).kind, VALUE_TEXT);
}

static void records_of_different_fields_have_as_many_parts_as_each(void **state)
{
    OWN(parts_free)
    struct parts *p = parts_of(*state,
                               "{concatenate: [{collate: {a: {range: 2}, b: {range: 2}}}, "
                               "{collate: {a: {range: 1}, c: {range: 1}, b: {range: 1}}}]}",
                               VALUE_RECORD);
    uint64_t i, k;

    assert_int_equal(parts_len(p), 7);
    assert_int_equal(parts_first(p, 2), 4);
    assert_true(parts_find(p, 5, &i, &k));
    assert_int_equal(i, 2);
    assert_int_equal(k, 1);
}

static void records_of_different_fields_are_parted_each_but_not_in_common(void **state)
{
    OWN(parts_free)
    struct parts *in_lists = parts_of(*state, "{values: [[{a: 1}], [{b: 2}]]}", VALUE_LIST);
    assert_true(parts_type(in_lists, SEQ_ANY).known);
    assert_false(parts_type(in_lists, SEQ_ANY).parted);
    assert_true(parts_type(in_lists, 0).parted);
    assert_int_equal(parts_n_parts(in_lists, 1), 1);

    OWN(parts_free)
    struct parts *in_fields = parts_of(
        *state, "{collate: {x: {values: [{a: 1}]}, y: {values: [{a: 1, b: 2}]}}}", VALUE_RECORD);
    assert_false(parts_type(in_fields, SEQ_ANY).parted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_last_of_equal_lists_may_be_shorter),
        IN_FOLDER(a_list_alone_may_be_shorter_than_it_should),
        IN_FOLDER(lists_may_be_of_any_length),
        IN_FOLDER(what_is_no_list_counts_as_one_part),
        IN_FOLDER(where_there_are_no_lists_at_all_nothing_is_taken_apart),
        IN_FOLDER(of_no_elements_there_are_no_parts),
        IN_FOLDER(records_have_as_many_parts_as_fields),
        IN_FOLDER(records_are_whole_where_lists_are_taken_apart),
        IN_FOLDER(equal_lists_need_no_memory_however_many_there_are),
        IN_FOLDER(more_parts_than_can_be_counted_are_a_fault),
        IN_FOLDER(parts_have_the_type_that_all_have),
        IN_FOLDER(parts_lead_to_where_they_come_from),
        IN_FOLDER(lists_within_lists_are_parted_in_turn),
        IN_FOLDER(records_of_the_same_fields_keep_them),
        IN_FOLDER(records_of_different_fields_have_as_many_parts_as_each),
        IN_FOLDER(records_of_different_fields_are_parted_each_but_not_in_common),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
