/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exec as a step: what the program is given, what is checked at load, how it fails. */
#include <errno.h>

#include "ops/base/child.h"
#include "ops/core/identity.h"
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
    assert_refused(*state, "[{range: 1}, {exec: [/]}]", "exec: no program '/', which is a folder");
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

static void times_are_told_in_round_numbers(void **state)
{
    assert_true(child_round(2.99998) == 3);
    assert_true(child_round(1.254) == 1.25);
    assert_true(child_round(0.09996) == 0.1);
    assert_true(child_round(0.001) == 0.001);
}

static void its_temporary_folder_is_its_own_and_goes_with_the_element(void **state)
{
    struct folder *d = *state;
    static const char program[] =
        "[{range: 2}, {exec: {argv: 'ls $TMPDIR; touch $TMPDIR/left; printf $TMPDIR', shell: "
        "true}}]";
    g_autofree char *before = NULL;

    for (uint64_t i = 0; i < 2; i++) {
        GBytes *bytes = NULL;
        gsize len;
        assert_int_equal(folder_get(d, program, i, &bytes), 0);
        const char *said = g_bytes_get_data(bytes, &len);
        g_autofree char *folder = g_strndup(said, len);
        g_bytes_unref(bytes);
        assert_true(g_path_is_absolute(folder)); /* and nothing was listed before it */
        assert_false(g_file_test(folder, G_FILE_TEST_EXISTS));
        assert_string_not_equal(folder, before ? before : "");
        g_free(before);
        before = g_steal_pointer(&folder);
    }
    assert_text(d, "[{range: 1}, {exec: {argv: 'echo $TMPDIR', shell: true, env: {TMPDIR: /x}}}]",
                "/x\n");
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

static void fields_are_of_the_element(void **state)
{
    folder_put_text(*state, "a b.txt", "one");
    folder_put_text(*state, "c.txt", "two");
    assert_elements(*state, "[{files: '*.txt'}, {exec: [printf, '%s,%s', '{index}', '{stem}']}]",
                    "0,a b|1,c");
    assert_elements(*state, "[{files: '*.txt'}, {exec: [cat, '{path}']}]", "one|two");
    assert_elements(*state, "[{files: '*.txt'}, {slice: '1:'}, {exec: [echo, '{index}']}]", "0\n");
}

static void what_is_no_field_stays(void **state)
{
    assert_text(*state, "[{values: [a b]}, {exec: [awk, '{print $2}']}]", "b\n");
    assert_text(*state, "[{values: [a]}, {exec: [sh, -c, 'x=1; echo $${x}{{index}}{}']}]",
                "1{index}{}\n");
    assert_refused(*state, "[{values: [a]}, {exec: [awk, '{print}']}]",
                   "exec: no field 'print' for '{print}'; the text itself is written '{{print}}'");
    assert_text(*state, "[{values: [a]}, {exec: [awk, '{{print}}']}]", "a\n");
}

static void the_element_is_on_standard_input_whatever_argv_has(void **state)
{
    folder_put_text(*state, "a.txt", "one");
    assert_text(*state, "[{files: a.txt}, {exec: [cat, '{path}', '-']}]", "oneone");
}

static void names_of_files_are_no_commands_for_a_shell(void **state)
{
    folder_put_text(*state, "$(touch x) `touch y`;touch z '\".txt", "safe");
    assert_text(*state, "[{files: '*.txt'}, {exec: {argv: 'cat {path} # {path}', shell: true}}]",
                "safe");
    assert_refused(*state, "[{files: '*.txt'}, {exec: [sh, -c, 'cat {path}']}]",
                   "exec: 'sh' would take a value in its line for commands");
    assert_refused(*state, "[{files: '*.txt'}, {exec: {argv: 'cat \"{path}\"', shell: true}}]",
                   "exec: '{path}' stands within quotes");
    assert_text(*state, "[{files: '*.txt'}, {exec: [sh, -c, 'cat \"$0\"', '{path}']}]", "safe");
    assert_text(*state, "[{files: '*.txt'}, {exec: [sh, -c, 'echo {index}']}]", "0\n");
    for (const char *name = "xyz"; *name; name++) {
        g_autofree char *path = folder_path(*state, (char[]){*name, '\0'});
        assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    }
}

static void input_and_output_can_be_files(void **state)
{
    folder_put_text(*state, "a.txt", "one");
    assert_text(*state, "[{files: a.txt}, {exec: [cp, '{input}', '{output}']}]", "one");
    assert_text(*state, "[{files: a.txt}, {exec: [tee, '{output}']}]", "one");
    assert_text(*state, "[{files: a.txt}, {exec: [cat, '{input}', '-']}]", "one");
    assert_text(*state,
                "[{files: a.txt}, {exec: {argv: [cp, '{input}', '{output}'], input: file, output: "
                "file}}]",
                "one");
}

static void files_have_the_suffixes_of_what_is_in_them(void **state)
{
    folder_put_text(*state, "a.txt", "one");
    assert_text(*state,
                "[{files: a.txt}, {exec: {argv: 'echo {input} {output} | sed s,/[^[:space:]]*/,,g "
                ">{output}', shell: true, ext: .flac}}]",
                "input.txt output.flac\n");
}

static void names_of_files_can_be_in_the_environment(void **state)
{
    folder_put_text(*state, "a.txt", "one");
    assert_text(*state,
                "[{files: a.txt}, {exec: {argv: 'cat \"$SEQFS_INPUT\" >\"$SEQFS_OUTPUT\"', "
                "shell: true, input: file, output: file}}]",
                "one");
}

static void files_leave_nothing_behind(void **state)
{
    struct folder *d = *state;
    g_autofree char *tmp = folder_path(d, "tmp");
    GBytes *bytes = NULL;

    assert_int_equal(g_mkdir(tmp, 0700), 0);
    g_setenv("TMPDIR", tmp, TRUE);
    assert_text(d, "[{range: 1}, {exec: [cp, '{input}', '{output}']}]", "0\n");
    assert_true(folder_get(d, "[{range: 1}, {exec: ['false', '{output}']}]", 0, &bytes) < 0);
    assert_int_equal(folder_get(d,
                                "[{range: 1}, {exec: {argv: [sleep, 99, '{input}'], timeout: "
                                "100ms, shell: false}}]",
                                0, &bytes),
                     -EIO);
    assert_int_equal(folder_get(d,
                                "[{range: 1}, {exec: {argv: 'sleep 99 <{input}', timeout: 100ms, "
                                "shell: true}}]",
                                0, &bytes),
                     -ETIMEDOUT);
    g_unsetenv("TMPDIR");
    assert_int_equal(g_rmdir(tmp), 0);
}

static void an_output_that_is_not_written_fails(void **state)
{
    struct folder *d = *state;

    assert_fault(d, "[{range: 1}, {exec: {argv: 'echo only this; : {output}', shell: true}}]",
                 "'/bin/sh' ended well, but wrote no file '{output}'");
    assert_fault(d, "[{range: 1}, {exec: {argv: 'echo why; exit 3; : {output}', shell: true}}]",
                 "'/bin/sh' exited with status 3");
    assert_string_equal(d->eval.fault.detail, "why\n");
    assert_fault(d, "[{range: 1}, {exec: {argv: 'mkfifo {output}', shell: true}}]",
                 "'output.bin' is no regular file");
}

static void an_output_file_has_a_limit(void **state)
{
    assert_fault(*state,
                 "[{range: 1}, {exec: {argv: [dd, if=/dev/zero, 'of={output}', bs=1K], "
                 "max_output: 10K}}]",
                 "'dd' wrote more than the 10240 bytes allowed");
}

static void files_and_streams_are_not_mixed_up(void **state)
{
    assert_refused(*state, "[{range: 1}, {exec: {argv: [cat, '{input}'], input: stdin}}]",
                   "exec: '{input}' stands for a file, and 'input' says stdin");
    assert_refused(*state, "[{range: 1}, {exec: {argv: [cp, '{output}'], output: stdout}}]",
                   "exec: '{output}' stands for a file, and 'output' says stdout");
}

static void the_environment_is_the_callers_and_what_env_says(void **state)
{
    g_setenv("SEQFS_TEST_A", "inherited", TRUE);
    g_setenv("SEQFS_TEST_B", "not wanted", TRUE);
    assert_text(*state,
                "[{range: 1}, {exec: {argv: 'echo $SEQFS_TEST_A $${SEQFS_TEST_B-none} $C', shell: "
                "true, env: {SEQFS_TEST_B: null, C: 'n{index:02d}'}}}]",
                "inherited none n00\n");
    g_unsetenv("SEQFS_TEST_A");
    g_unsetenv("SEQFS_TEST_B");
    assert_refused(*state, "[{range: 1}, {exec: {argv: cat, env: {A=B: c}}}]",
                   "exec: argument 'env': 'A=B': that is no name of a variable");
    assert_refused(*state, "[{range: 1}, {exec: {argv: cat, env: {A: [1]}}}]",
                   "exec: argument 'env': 'A': wanted is a text, or null");
    assert_refused(*state, "[{range: 1}, {exec: {argv: cat, env: {A: '{b}'}}}]",
                   "exec: argument 'env': 'A': no field 'b'");
    assert_refused(*state, "[{range: 1}, {exec: {argv: cat, env: x}}]",
                   "exec: argument 'env': wanted is a mapping");
}

static void it_can_run_elsewhere(void **state)
{
    g_autofree char *path = folder_path(*state, "mine.sh");

    folder_put_text(*state, "sub/note.txt", "found\n");
    folder_put_text(*state, "mine.sh", "#!/bin/sh\ncat note.txt\n");
    assert_int_equal(g_chmod(path, 0700), 0);
    assert_text(*state, "[{range: 1}, {exec: {argv: [./mine.sh], cwd: sub}}]", "found\n");
    assert_refused(*state, "[{range: 1}, {exec: {argv: cat, cwd: none}}]",
                   "exec: argument 'cwd': no folder 'none'");
}

static void which_program_can_be_of_the_element(void **state)
{
    g_autofree char *path = folder_path(*state, "0.sh");

    folder_put_text(*state, "0.sh", "#!/bin/sh\necho mine\n");
    assert_int_equal(g_chmod(path, 0700), 0);
    assert_elements(*state, "[{range: 2}, {exec: ['./{index}.sh']}]",
                    "mine\n|!starting './1.sh': no such file or directory");
}

static void a_drawn_word_has_no_fields(void **state)
{
    assert_elements(*state, "[{values: ['{x}']}, {exec: [echo, {field: value}]}]", "{x}\n");
}

static void assert_identities(struct folder *d, const char *sequence, bool same)
{
    folder_files(d, sequence);
    struct identity a = seq_identity(d->seq, 0), b = seq_identity(d->seq, 1);

    assert_false(identity_is_none(a));
    assert_int_equal(identity_equal(a, b), same);
}

static void an_element_is_what_its_command_is(void **state)
{
    assert_identities(*state, "[{values: [a, a]}, {exec: cat}]", true);
    assert_identities(*state, "[{values: [a, a]}, {exec: [cp, '{input}', '{output}']}]", true);
    assert_identities(*state, "[{values: [a, a]}, {exec: [echo, '{index}']}]", false);
    assert_identities(*state, "[{values: [a, a]}, {exec: {argv: 'echo {index}', shell: true}}]",
                      false);
    assert_identities(*state, "[{values: [a, a]}, {exec: {argv: cat, env: {I: '{index}'}}}]",
                      false);
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
        IN_FOLDER(times_are_told_in_round_numbers),
        IN_FOLDER(its_temporary_folder_is_its_own_and_goes_with_the_element),
        IN_FOLDER(its_last_words_are_kept),
        IN_FOLDER(too_much_is_too_much),
        IN_FOLDER(fields_are_of_the_element),
        IN_FOLDER(what_is_no_field_stays),
        IN_FOLDER(the_element_is_on_standard_input_whatever_argv_has),
        IN_FOLDER(names_of_files_are_no_commands_for_a_shell),
        IN_FOLDER(input_and_output_can_be_files),
        IN_FOLDER(files_have_the_suffixes_of_what_is_in_them),
        IN_FOLDER(names_of_files_can_be_in_the_environment),
        IN_FOLDER(files_leave_nothing_behind),
        IN_FOLDER(an_output_that_is_not_written_fails),
        IN_FOLDER(an_output_file_has_a_limit),
        IN_FOLDER(files_and_streams_are_not_mixed_up),
        IN_FOLDER(the_environment_is_the_callers_and_what_env_says),
        IN_FOLDER(it_can_run_elsewhere),
        IN_FOLDER(which_program_can_be_of_the_element),
        IN_FOLDER(a_drawn_word_has_no_fields),
        IN_FOLDER(an_element_is_what_its_command_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
