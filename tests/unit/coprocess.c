/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that stay: what they are asked, and what happens when they do not answer as they should.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>

#include "ops/core/identity.h"
#include "tests/unit/folder.h"

/* A program that answers by what the shell line makes of "$text", the element. */
#define ANSWERING(line)                                 \
    "echo $$ >>pids\n"                                  \
    "while read -r kind number length attributes; do\n" \
    "    text=$(head -c \"$length\")\n"                 \
    "    " line "\n"                                    \
    "done\n"
/* Each in one piece, so that another answer can only be before or behind it. */
#define OK "printf 'ok %s %s\\n%s' \"$number\" \"${#text}\" \"$text\""

/* The numbers 0, 1... through a program. */
static const struct seq *load(struct folder *d, const char *program, unsigned n, const char *more)
{
    g_autofree char *sequence = g_strdup_printf(
        "[{range: %u}, {coprocess: {argv: [sh, program.sh], ext: txt%s}}]", n, more);

    folder_put_text(d, "program.sh", program);
    return folder_seq(d, sequence);
}

/* How many programs were started. */
static unsigned n_started(const struct folder *d)
{
    g_autofree char *path = folder_path(d, "pids");
    g_autofree char *text = NULL;
    unsigned n = 0;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        n++;
    return n;
}

static void assert_files(struct folder *d, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        g_autofree char *want = g_strdup_printf("%" PRIu64, i);

        assert_element(d, i, want);
    }
}

static void one_program_answers_200_elements(void **state)
{
    load(*state, ANSWERING(OK), 200, "");
    assert_files(*state, 0, 200);
    assert_int_equal(n_started(*state), 1);
}

static void it_is_told_the_attributes(void **state)
{
    folder_put_text(*state, "s/a b.txt", "xyz");
    folder_put_text(*state, "p.sh", "read -r line; echo ok 1 ${#line}; printf %s \"$line\"\n");
    assert_elements(*state,
                    "[{files: s/*.txt}, {coprocess: {argv: [sh, p.sh], attributes: [stem, "
                    "index]}}]",
                    "bytes 1 3 {\"stem\": \"a b\", \"index\": 0}");
    assert_elements(*state, "[{files: s/*.txt}, {coprocess: {argv: [sh, p.sh], attributes: []}}]",
                    "bytes 1 3 {}");
    assert_elements(
        *state, "[{files: s/*.txt}, {coprocess: [sh, p.sh]}]",
        "bytes 1 3 {\"index\": 0, \"path\": \"s/a b.txt\", \"dir\": \"s\", \"parent\": "
        "\"s\", \"name\": \"a b.txt\", \"stem\": \"a b\", \"ext\": \"txt\", \"subdir\": \"\"}");
}

static void it_is_told_an_empty_attribute(void **state)
{
    folder_put_text(*state, "a.txt", "x");
    folder_put_text(*state, "p.sh", "read -r line; echo ok 1 ${#line}; printf %s \"$line\"\n");
    assert_elements(*state, "[{files: a.txt}, {coprocess: {argv: [sh, p.sh], attributes: parent}}]",
                    "bytes 1 1 {\"parent\": \"\"}");
}

static void an_unknown_attribute_is_told_at_load(void **state)
{
    assert_refused(*state, "[{range: 1}, {coprocess: {argv: cat, attributes: [indx]}}]",
                   "coprocess: no attribute 'indx'; did you mean 'index'?");
}

static void what_cannot_be_right_is_told_at_load(void **state)
{
    assert_refused(*state, "[{range: 1}, {coprocess: no-such-program}]",
                   "coprocess: no program 'no-such-program' in PATH");
    assert_refused(*state, "[{range: 1}, {coprocess: []}]", "coprocess: argument 'argv' is empty");
    assert_refused(*state, "[{range: 1}, {coprocess: {argv: cat, ext: a/b}}]",
                   "coprocess: argument 'ext'");
    assert_refused(*state, "[{range: 1}, {coprocess: {argv: [cat, {choice: [a, b]}]}}]",
                   "coprocess: its arguments cannot be drawn for each element");
}

static void an_error_is_one_elements(void **state)
{
    struct folder *d = *state;
    static const char program[] =
        ANSWERING("echo noise >&2; if [ $text = 1 ]; then echo error $number 13; "
                  "printf 'a bad\\nbecause'; else " OK "; fi");

    load(d, program, 3, "");
    assert_element(d, 0, "0");
    OWN(value_unref) struct value *v = NULL;
    assert_int_equal(seq_get(d->seq, &d->eval, 1, &v), -EIO);
    assert_string_equal(d->eval.fault.text, "'sh' says: a bad");
    assert_string_equal(d->eval.fault.detail, "because\nits standard error:\nnoise\n");
    assert_element(d, 2, "2");
    assert_int_equal(n_started(d), 1);
}

static void an_error_of_one_line_has_the_last_words_beside_it(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    load(d, ANSWERING("echo of $text >&2; echo error $number 3; printf bad"), 2, "");
    assert_element(d, 0, "!'sh' says: bad");
    assert_int_equal(seq_get(d->seq, &d->eval, 1, &v), -EIO);
    assert_string_equal(d->eval.fault.detail, "of 1\n");
}

static void a_death_is_one_elements(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    load(d, ANSWERING("if [ $text = 1 ]; then echo oh no >&2; exit 3; fi; " OK), 3, "");
    assert_element(d, 0, "0");
    assert_int_equal(seq_get(d->seq, &d->eval, 1, &v), -EIO);
    assert_string_equal(d->eval.fault.text, "'sh' exited with status 3");
    assert_string_equal(d->eval.fault.detail, "oh no\n");
    assert_element(d, 2, "2");
}

static void a_signal_is_one_elements(void **state)
{
    load(*state, ANSWERING("[ $text != 0 ] || kill -SEGV $$; " OK), 2, "");
    assert_element(*state, 0, "!'sh' was ended by signal 11 (Segmentation fault)");
    assert_element(*state, 1, "1");
}

static void an_end_without_an_answer_is_told(void **state)
{
    load(*state, "exit 0\n", 1, "");
    assert_element(*state, 0, "!'sh' ended without an answer");
}

static void an_output_that_is_closed_is_told(void **state)
{
    load(*state, "exec >&-; sleep 100\n", 1, "");
    assert_element(*state, 0, "!'sh' closed its output");
}

static void what_ends_after_each_answer_is_started_for_each(void **state)
{
    load(*state, ANSWERING(OK "; exit"), 5, "");
    assert_files(*state, 0, 5);
    assert_int_equal(n_started(*state), 5);
}

static void no_element_fails_for_those_before_it(void **state)
{
    /* It dies of its third element, whichever that is. */
    load(*state, ANSWERING("n=$((n + 1)); [ $n -lt 3 ] || exit 9; " OK), 8, "");
    assert_files(*state, 0, 8);
}

static void garbage_is_one_elements(void **state)
{
    load(*state, ANSWERING("[ $text != 1 ] || echo Loading...; " OK), 3, "");
    assert_element(*state, 0, "0");
    assert_element(*state, 1,
                   "!'sh' answered 'Loading...', wanted: ok, array or error, 1, and a length; "
                   "is its standard output used for something else?");
    assert_element(*state, 2, "2");
}

static void an_answer_that_ends_early_is_none(void **state)
{
    load(*state, ANSWERING("echo ok $number 100; printf %s $text; exit 0"), 1, "");
    assert_element(*state, 0, "!'sh' ended without an answer");
}

static void a_second_answer_is_never_anothers(void **state)
{
    load(*state, ANSWERING(OK "; " OK), 6, "");
    assert_files(*state, 0, 6);
    load(*state, ANSWERING("(sleep 0.01; printf 'ok %s 5\\nlate.' $number) & " OK), 20, "");
    assert_files(*state, 0, 20);
}

static void what_does_not_answer_in_time_is_killed(void **state)
{
    struct folder *d = *state;

    load(d, ANSWERING("if [ $text = 1 ]; then echo slow >&2; sleep 100; fi; " OK), 3,
         ", timeout: 500ms");
    assert_element(d, 0, "0");
    assert_element(d, 1, "!'sh' gave no answer within 0.5 s");
    assert_element(d, 2, "2");
    assert_int_equal(n_started(d), 2);
}

static void a_trickle_does_not_put_off_the_end(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    load(d, ANSWERING("echo ok $number 1000000; while :; do printf x; sleep 0.01; done"), 1,
         ", timeout: 300ms");
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), -ETIMEDOUT);
}

static void the_time_of_the_element_limits_it_too(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    load(d, "sleep 100\n", 1, "");
    d->eval.deadline = g_get_monotonic_time() + G_USEC_PER_SEC / 5;
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), -ETIMEDOUT);
}

static void what_is_large_does_not_block(void **state)
{
    const size_t len = (size_t)40 << 20;
    g_autofree char *data = g_malloc(len);
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    memset(data, 'x', len);
    folder_put(d, "large.bin", data, len);
    /* It answers while it reads, so that both pipes are full at once. */
    folder_put_text(d, "p.sh",
                    "read -r kind number length rest\n"
                    "echo filling the pipe >&2; head -c 1000000 /dev/zero >&2\n"
                    "echo ok $number $length; head -c $length\n");
    folder_seq(d, "[{files: large.bin}, {coprocess: [sh, p.sh]}]");
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), 0);
    assert_int_equal(g_bytes_get_size(value_bytes(v)), len);
    assert_memory_equal(g_bytes_get_data(value_bytes(v), NULL), data, len);
}

static void what_is_not_read_to_its_end_may_be_answered(void **state)
{
    g_autofree char *data = g_malloc0((size_t)4 << 20);
    struct folder *d = *state;

    folder_put(d, "0.bin", data, (size_t)4 << 20);
    folder_put(d, "1.bin", data, (size_t)4 << 20);
    folder_put_text(d, "p.sh", "read -r kind number rest; echo ok $number 1; echo a\n");
    assert_elements(d, "[{files: '*.bin'}, {coprocess: [sh, p.sh]}]", "a|a");
}

static void too_much_is_not_waited_for(void **state)
{
    load(*state, ANSWERING("echo ok $number 10000000000; sleep 100"), 1, ", max_output: 1M");
    assert_element(*state, 0,
                   "!'sh' answered with 10000000000 bytes, more than the 1048576 allowed");
}

static void an_empty_element_has_an_empty_answer(void **state)
{
    folder_put_text(*state, "empty.txt", "");
    folder_put_text(*state, "program.sh", ANSWERING(OK));
    assert_elements(*state, "[{files: empty.txt}, {coprocess: [sh, program.sh]}]", "");
}

static void text_is_a_text(void **state)
{
    struct folder *d = *state;

    load(d, ANSWERING(OK), 1, ", returns: text");
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_TEXT);
    assert_element(d, 0, "0");
    load(d, ANSWERING("echo ok $number 1; printf '\\377'"), 1, ", returns: text");
    assert_element(d, 0, "!'sh' answered with what is no UTF-8 text");
}

static void an_array_is_an_array(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    load(d, ANSWERING("echo \"array $number 6 uint8 [2,3]\"; printf abcdef"), 1,
         ", returns: array");
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_ARRAY);
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), 0);
    assert_int_equal(value_kind(v), VALUE_ARRAY);
    assert_int_equal(value_array_type(v)->dtype, DTYPE_UINT8);
    assert_int_equal(value_array_type(v)->dims[1], 3);
    assert_memory_equal(g_bytes_get_data(value_bytes(v), NULL), "abcdef", 6);
}

static void what_is_not_returned_as_said_is_told(void **state)
{
    load(*state, ANSWERING(OK), 1, ", returns: array");
    assert_element(*state, 0, "!'sh' answered with bytes, and 'returns' says array");
    load(*state, ANSWERING("echo \"array $number 1 uint8 [1]\"; printf a"), 1, "");
    assert_element(*state, 0, "!'sh' answered with an array, and 'returns' says bytes");
}

static void an_array_is_asked_as_one(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "array.sh",
                    ANSWERING("echo \"array $number 6 uint8 [2,3]\"; printf abcdef"));
    folder_put_text(d, "line.sh", "read -r line; echo ok 1 ${#line}; printf %s \"$line\"\n");
    assert_elements(d,
                    "[{range: 1}, {coprocess: {argv: [sh, array.sh], returns: array}}, {coprocess: "
                    "{argv: [sh, line.sh]}}]",
                    "array 1 6 uint8 [2,3] {\"index\": 0}");
}

static void a_program_that_has_changed_is_started_anew(void **state)
{
    struct folder *d = *state;

    load(d, ANSWERING(OK), 3, "");
    assert_element(d, 0, "0");
    folder_put_text(d, "program.sh", ANSWERING("echo ok $number 3; printf new"));
    assert_element(d, 1, "new");
    assert_int_equal(n_started(d), 2);
}

static pid_t last_started(const struct folder *d)
{
    g_autofree char *path = folder_path(d, "pids");
    g_autofree char *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_strchomp(text);
    const char *newline = strrchr(text, '\n');
    return (pid_t)strtol(newline ? newline + 1 : text, NULL, 10);
}

static void it_ends_with_its_evaluator(void **state)
{
    struct folder *d = *state;

    load(d, ANSWERING(OK), 1, "");
    assert_element(d, 0, "0");
    const pid_t pid = last_started(d);
    assert_int_equal(kill(pid, 0), 0);
    eval_finish(&d->eval);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void what_it_died_of_before_does_not_count(void **state)
{
    struct folder *d = *state;

    load(d, ANSWERING(OK), 2, "");
    assert_element(d, 0, "0");
    assert_int_equal(kill(last_started(d), SIGKILL), 0);
    assert_element(d, 1, "1");
    assert_int_equal(n_started(d), 2);
}

static void sigpipe_of_the_caller_stays_as_it_is(void **state)
{
    struct sigaction before, after;

    assert_int_equal(sigaction(SIGPIPE, NULL, &before), 0);
    g_autofree char *data = g_malloc0(1 << 20);
    folder_put(*state, "large.bin", data, 1 << 20);
    folder_put_text(*state, "p.sh", "exec <&-; echo ok 1 2; echo a\n");
    assert_elements(*state, "[{files: large.bin}, {coprocess: [sh, p.sh]}]", "a\n");
    assert_int_equal(sigaction(SIGPIPE, NULL, &after), 0);
    assert_true(before.sa_handler == after.sa_handler);
}

static void env_and_cwd_are_of_the_program(void **state)
{
    folder_put_text(*state, "sub/p.sh", "read -r k; echo ok 1 ${#A}; printf %s \"$A\"\n");
    assert_elements(*state, "[{range: 1}, {coprocess: {argv: [sh, p.sh], cwd: sub, env: {A: b}}}]",
                    "b");
    assert_refused(*state, "[{range: 1}, {coprocess: {argv: cat, env: {A: '{index}'}}}]",
                   "'{index}' is not known when the program starts");
}

static bool have_one_identity(struct folder *d, const char *sequence)
{
    folder_files(d, sequence);
    struct identity a = seq_identity(d->seq, 0), b = seq_identity(d->seq, 1);

    assert_false(identity_is_none(a));
    return identity_equal(a, b);
}

static void an_element_is_what_the_program_is_told(void **state)
{
    assert_false(have_one_identity(*state, "[{values: [a, a]}, {coprocess: cat}]"));
    assert_true(
        have_one_identity(*state, "[{values: [a, a]}, {coprocess: {argv: cat, attributes: []}}]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(one_program_answers_200_elements),
        IN_FOLDER(it_is_told_the_attributes),
        IN_FOLDER(it_is_told_an_empty_attribute),
        IN_FOLDER(an_unknown_attribute_is_told_at_load),
        IN_FOLDER(what_cannot_be_right_is_told_at_load),
        IN_FOLDER(an_error_is_one_elements),
        IN_FOLDER(an_error_of_one_line_has_the_last_words_beside_it),
        IN_FOLDER(a_death_is_one_elements),
        IN_FOLDER(a_signal_is_one_elements),
        IN_FOLDER(an_end_without_an_answer_is_told),
        IN_FOLDER(an_output_that_is_closed_is_told),
        IN_FOLDER(what_ends_after_each_answer_is_started_for_each),
        IN_FOLDER(no_element_fails_for_those_before_it),
        IN_FOLDER(garbage_is_one_elements),
        IN_FOLDER(an_answer_that_ends_early_is_none),
        IN_FOLDER(a_second_answer_is_never_anothers),
        IN_FOLDER(what_does_not_answer_in_time_is_killed),
        IN_FOLDER(a_trickle_does_not_put_off_the_end),
        IN_FOLDER(the_time_of_the_element_limits_it_too),
        IN_FOLDER(what_is_large_does_not_block),
        IN_FOLDER(what_is_not_read_to_its_end_may_be_answered),
        IN_FOLDER(too_much_is_not_waited_for),
        IN_FOLDER(an_empty_element_has_an_empty_answer),
        IN_FOLDER(text_is_a_text),
        IN_FOLDER(an_array_is_an_array),
        IN_FOLDER(what_is_not_returned_as_said_is_told),
        IN_FOLDER(an_array_is_asked_as_one),
        IN_FOLDER(a_program_that_has_changed_is_started_anew),
        IN_FOLDER(it_ends_with_its_evaluator),
        IN_FOLDER(what_it_died_of_before_does_not_count),
        IN_FOLDER(sigpipe_of_the_caller_stays_as_it_is),
        IN_FOLDER(env_and_cwd_are_of_the_program),
        IN_FOLDER(an_element_is_what_the_program_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
