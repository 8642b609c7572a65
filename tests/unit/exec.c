/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exec as a step: what the program is given, what is checked at load, how it fails. */
#include <errno.h>

#include "tests/unit/folder.h"

static void a_program_gets_what_the_file_would_hold(void **state)
{
    assert_text(*state, "[{values: [abc]}, {exec: [tr, a-z, A-Z]}]", "ABC\n");
    assert_text(*state, "[{range: 100}, {exec: {argv: [wc, -c], ext: txt}}]", "2\n");
}

static void it_runs_in_the_folder_of_the_spec(void **state)
{
    folder_put_text(*state, "note.txt", "found\n");
    assert_text(*state, "[{range: 1}, {exec: [cat, note.txt]}]", "found\n");
}

static void a_program_beside_the_spec_is_found(void **state)
{
    g_autofree char *path = folder_path(*state, "mine.sh");

    folder_put_text(*state, "mine.sh", "#!/bin/sh\necho mine\n");
    assert_refused(*state, "[{range: 1}, {exec: ./mine.sh}]", "exec: no program './mine.sh'");
    assert_int_equal(g_chmod(path, 0700), 0);
    assert_text(*state, "[{range: 1}, {exec: ./mine.sh}]", "mine\n");
}

static void nothing_written_is_an_empty_file(void **state)
{
    assert_text(*state, "[{range: 1}, {exec: ['true']}]", "");
}

static void no_shell_takes_part_unless_asked_for(void **state)
{
    assert_text(*state, "[{range: 1}, {exec: [echo, '$HOME;', '*']}]", "$HOME; *\n");
    assert_text(*state, "[{range: 1}, {exec: {argv: 'echo a | tr a b', shell: true}}]", "b\n");
    assert_refused(*state, "[{range: 1}, {exec: 'tr a b'}]",
                   "exec: no program 'tr a b' in PATH; write a list, or shell: true");
    assert_refused(*state, "[{range: 1}, {exec: {argv: [tr, a, b], shell: true}}]",
                   "exec: a shell takes one string");
}

static void a_missing_program_is_told_at_load(void **state)
{
    assert_refused(*state, "[{range: 1}, {exec: no-such-program}]",
                   "exec: no program 'no-such-program' in PATH");
    assert_refused(*state, "[{range: 1}, {exec: []}]", "exec: argument 'argv' is empty");
    assert_refused(*state, "[{range: 1}, {exec: {argv: cat, ext: a/b}}]", "exec: argument 'ext'");
}

static void the_suffix_is_what_ext_says(void **state)
{
    const struct seq *s = folder_files(*state, "[{range: 1}, {exec: {argv: cat, ext: .flac}}]");

    assert_string_equal(seq_type(s, 0).suffix, "flac");
    s = folder_files(*state, "[{range: 1}, {exec: cat}]");
    assert_string_equal(seq_type(s, 0).suffix, "bin");
}

static void its_own_time_is_limited(void **state)
{
    static const char sequence[] = "[{range: 1}, {exec: {argv: [sleep, 100], timeout: 100ms}}]";
    struct folder *d = *state;
    GBytes *bytes = NULL;

    assert_int_equal(folder_get(d, sequence, 0, &bytes), -ETIMEDOUT);
    assert_null(bytes);
    assert_int_equal(d->eval.fault.err, ETIMEDOUT);
    assert_string_equal(d->eval.fault.text, "'sleep' was still running after 0.1 s");
}

static void the_time_of_the_element_limits_it_too(void **state)
{
    struct folder *d = *state;
    GBytes *bytes = NULL;

    folder_files(d, "[{range: 1}, {exec: [sleep, 100]}]");
    d->eval.deadline = g_get_monotonic_time() + G_USEC_PER_SEC / 5;
    assert_int_equal(plan_eval(d->plan, &d->eval, 0, 0, &bytes), -ETIMEDOUT);
}

static void its_last_words_are_kept(void **state)
{
    static const char sequence[] =
        "[{range: 1}, {exec: {argv: 'echo why >&2; exit 7', shell: true}}]";
    struct folder *d = *state;
    GBytes *bytes = NULL;

    assert_true(folder_get(d, sequence, 0, &bytes) < 0);
    assert_null(bytes);
    assert_string_equal(d->eval.fault.text, "'/bin/sh' exited with status 7");
    assert_string_equal(d->eval.fault.detail, "why\n");
}

static void too_much_is_too_much(void **state)
{
    assert_fault(*state, "[{range: 1}, {exec: {argv: ['yes'], max_output: 10K}}]",
                 "'yes' wrote more than the 10240 bytes allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_program_gets_what_the_file_would_hold),
        IN_FOLDER(it_runs_in_the_folder_of_the_spec),
        IN_FOLDER(a_program_beside_the_spec_is_found),
        IN_FOLDER(nothing_written_is_an_empty_file),
        IN_FOLDER(no_shell_takes_part_unless_asked_for),
        IN_FOLDER(a_missing_program_is_told_at_load),
        IN_FOLDER(the_suffix_is_what_ext_says),
        IN_FOLDER(its_own_time_is_limited),
        IN_FOLDER(the_time_of_the_element_limits_it_too),
        IN_FOLDER(its_last_words_are_kept),
        IN_FOLDER(too_much_is_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
