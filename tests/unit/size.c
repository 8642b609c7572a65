/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes that are known without computing: they are those of the bytes. */
#include "tests/unit/folder.h"

/* What is told of element i is the length of what is computed then. */
static void assert_size(struct folder *d, const char *sequence, uint64_t i, uint64_t want)
{
    const struct seq *s = folder_files(d, sequence);
    OWN(value_unref) struct value *v = NULL;
    uint64_t size = UINT64_MAX;

    assert_true(seq_size(s, i, &size));
    assert_int_equal(size, want);
    assert_int_equal(seq_get(s, &d->eval, i, &v), 0);
    assert_int_equal(g_bytes_get_size(value_bytes(v)), want);
}

static void assert_unknown(struct folder *d, const char *sequence, uint64_t i)
{
    uint64_t size;

    assert_false(seq_size(folder_files(d, sequence), i, &size));
}

static void put_two(struct folder *d)
{
    folder_put_text(d, "a.txt", "alpha");
    folder_put_text(d, "b.txt", "be");
}

static void a_file_has_the_size_of_its_source(void **state)
{
    struct folder *d = *state;

    put_two(d);
    assert_size(d, "{files: '*.txt'}", 0, 5);
    assert_size(d, "{files: '*.txt'}", 1, 2);
}

static void steps_that_move_elements_move_their_sizes(void **state)
{
    struct folder *d = *state;

    put_two(d);
    assert_size(d, "[{files: '*.txt'}, {gather: [1, 0]}]", 0, 2);
    assert_size(d, "[{files: '*.txt'}, {gather: [1, 0]}, {cache: {count: 5}}]", 1, 5);
    assert_size(d, "[{files: '*.txt'}, {batch: 2}]", 1, 2);
}

static void a_line_counts_with_its_newline(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "l", "one\nfour\n");
    assert_size(d, "{lines: l}", 1, 5);
}

static void of_a_file_that_is_gone_nothing_is_known(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "b.txt");
    uint64_t size;

    put_two(d);
    const struct seq *s = folder_files(d, "{files: '*.txt'}");
    assert_int_equal(g_remove(path), 0);
    assert_false(seq_size(s, 1, &size));
    assert_true(seq_size(s, 0, &size));
}

static void what_has_to_be_computed_has_no_size_before(void **state)
{
    struct folder *d = *state;

    put_two(d);
    assert_unknown(d, "[{files: '*.txt'}, {exec: cat}]", 0);
    assert_unknown(d, "{range: 3}", 0);
}

static void what_may_be_applied_or_not_has_no_size_before(void **state)
{
    struct folder *d = *state;

    put_two(d);
    assert_unknown(d, "[{files: '*.txt'}, {exec: {argv: cat, p: 0.5}}]", 0);
    assert_unknown(d, "[{files: '*.txt'}, {exec: {argv: cat, p: 0.5}}]", 1);
}

static void of_files_that_differ_no_size_is_that_of_any(void **state)
{
    struct folder *d = *state;

    put_two(d);
    assert_unknown(d, "{files: '*.txt'}", SEQ_ANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_has_the_size_of_its_source),
        IN_FOLDER(steps_that_move_elements_move_their_sizes),
        IN_FOLDER(a_line_counts_with_its_newline),
        IN_FOLDER(of_a_file_that_is_gone_nothing_is_known),
        IN_FOLDER(what_has_to_be_computed_has_no_size_before),
        IN_FOLDER(what_may_be_applied_or_not_has_no_size_before),
        IN_FOLDER(of_files_that_differ_no_size_is_that_of_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
