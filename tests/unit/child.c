/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs run to their end: what goes in, what comes out, and what is left behind. */
#include "ops/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/folder.h"

#define ARGV(...) ((char *const[]){__VA_ARGS__, NULL})
#define SHELL(line) ARGV((char *)"/bin/sh", (char *)"-c", (char *)(line))
#define MIB ((size_t)1 << 20)

static void assert_output(const struct child_run *run, const char *want)
{
    struct fault f;
    GBytes *out = NULL;

    if (child_run(run, &f, &out) < 0)
        fail_msg("%s", f.text);
    assert_int_equal(g_bytes_get_size(out), strlen(want));
    assert_memory_equal(g_bytes_get_data(out, NULL), want, strlen(want));
    g_bytes_unref(out);
}

static void assert_failure(const struct child_run *run, int err, const char *text,
                           struct fault *ret)
{
    GBytes *out = NULL;

    assert_int_equal(child_run(run, ret, &out), -err);
    assert_null(out);
    assert_string_equal(ret->text, text);
}

static void what_goes_in_comes_out(void **state)
{
    char *data = g_malloc(4 * MIB);
    memset(data, 'x', 4 * MIB);
    g_autoptr(GBytes) input = g_bytes_new_take(data, 4 * MIB);
    struct fault f;
    g_autoptr(GBytes) out = NULL;
    struct child_run run = {.argv = ARGV((char *)"cat"), .input = input, .max_output = 8 * MIB};

    assert_int_equal(child_run(&run, &f, &out), 0);
    assert_true(g_bytes_equal(input, out));
}

static void input_that_is_not_read_is_no_fault(void **state)
{
    g_autoptr(GBytes) input = g_bytes_new_take(g_malloc0(2 * MIB), 2 * MIB);

    assert_output(
        &(struct child_run){.argv = ARGV((char *)"true"), .input = input, .max_output = 1}, "");
}

static void no_input_is_an_empty_one(void **state)
{
    assert_output(&(struct child_run){.argv = ARGV((char *)"wc", (char *)"-c"), .max_output = 99},
                  "0\n");
}

static void much_standard_error_does_not_block(void **state)
{
    assert_output(&(struct child_run){.argv = SHELL("head -c 1000000 /dev/zero >&2; echo done"),
                                      .max_output = 99},
                  "done\n");
}

static void it_runs_in_the_given_folder(void **state)
{
    const struct folder *d = *state;
    g_autofree char *real = realpath(d->path, NULL);
    g_autofree char *want = g_strconcat(real, "\n", NULL);

    assert_output(&(struct child_run){.argv = SHELL("pwd -P"), .cwd = d->path, .max_output = 9999},
                  want);
}

static void a_nonzero_exit_fails_with_the_last_words(void **state)
{
    struct fault f;

    assert_failure(
        &(struct child_run){.argv = SHELL("echo no such luck >&2; exit 3"), .max_output = 9}, EIO,
        "'/bin/sh' exited with status 3", &f);
    assert_string_equal(f.detail, "no such luck\n");
}

static void only_the_end_of_long_last_words_is_kept(void **state)
{
    struct fault f;

    assert_failure(&(struct child_run){.argv = SHELL("seq 100000 >&2; exit 1"), .max_output = 9},
                   EIO, "'/bin/sh' exited with status 1", &f);
    assert_true(strlen(f.detail) < FAULT_DETAIL);
    assert_true(g_str_has_suffix(f.detail, "\n99999\n100000\n"));
}

static void a_signal_fails(void **state)
{
    struct fault f;

    assert_failure(&(struct child_run){.argv = SHELL("kill -SEGV $$"), .max_output = 9}, EIO,
                   "'/bin/sh' was ended by signal 11 (Segmentation fault)", &f);
}

static void a_missing_program_fails(void **state)
{
    struct fault f;

    assert_failure(&(struct child_run){.argv = ARGV((char *)"no-such-program"), .max_output = 9},
                   ENOENT, "no program 'no-such-program' in PATH", &f);
    assert_failure(&(struct child_run){.argv = ARGV((char *)"./none"), .max_output = 9}, ENOENT,
                   "starting './none': no such file or directory", &f);
}

static void too_much_output_fails(void **state)
{
    struct fault f;

    assert_failure(&(struct child_run){.argv = ARGV((char *)"yes"), .max_output = 5000}, EFBIG,
                   "'yes' wrote more than the 5000 bytes allowed", &f);
}

static void signals_are_as_in_a_shell(void **state)
{
    /* A server ignores SIGPIPE and its threads block signals; programs must not inherit that. */
    signal(SIGPIPE, SIG_IGN);
    assert_output(
        &(struct child_run){.argv =
                                SHELL("grep -E '^Sig(Ign|Blk)' /proc/self/status | tr -d '\\t'"),
                            .max_output = 999},
        "SigBlk:0000000000000000\nSigIgn:0000000000000000\n");
    signal(SIGPIPE, SIG_DFL);
}

/* Runs a line that leaves a program behind which holds a fifo, and asserts that it is gone after.
 */
static void assert_nothing_left(struct folder *d, const char *line, double timeout, int want)
{
    g_autofree char *fifo = folder_path(d, "fifo");
    struct fault f;
    g_autoptr(GBytes) out = NULL;

    assert_int_equal(mkfifo(fifo, 0600), 0);
    struct pollfd held = {.fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC), .events = POLLIN};
    assert_true(held.fd >= 0);
    struct child_run run = {
        .argv = SHELL(line), .cwd = d->path, .timeout = timeout, .max_output = 99};
    assert_int_equal(child_run(&run, &f, &out), want);
    /* Hung up once the last writer has closed it, which only its end makes it do. */
    assert_int_equal(poll(&held, 1, 10000), 1);
    assert_true(held.revents & POLLHUP);
    close(held.fd);
}

static void the_deadline_ends_the_whole_group(void **state)
{
    assert_nothing_left(*state, "sleep 1000 > fifo & sleep 1000", 0.3, -ETIMEDOUT);
}

static void what_is_left_running_is_ended(void **state)
{
    assert_nothing_left(*state, "exec 3> fifo; sleep 1000 > /dev/null 2>&1 & exit 0", 0, 0);
}

static void an_output_that_stays_open_is_told_apart(void **state)
{
    struct fault f;

    assert_failure(
        &(struct child_run){.argv = SHELL("sleep 1000 & exit 0"), .timeout = 0.3, .max_output = 9},
        ETIMEDOUT, "'/bin/sh' has ended, but what it started held its output for 0.3 s", &f);
}

static void what_is_left_talking_is_not_listened_to(void **state)
{
    assert_output(
        &(struct child_run){.argv = SHELL("yes >&2 & echo done"), .timeout = 30, .max_output = 99},
        "done\n");
}

static void what_a_mute_program_writes_is_its_last_words(void **state)
{
    struct fault f;

    assert_output(&(struct child_run){.argv = SHELL("echo lost"), .mute = true, .max_output = 1},
                  "");
    assert_failure(&(struct child_run){.argv = SHELL("echo why; exit 2"), .mute = true}, EIO,
                   "'/bin/sh' exited with status 2", &f);
    assert_string_equal(f.detail, "why\n");
}

static void it_has_the_given_environment(void **state)
{
    assert_output(&(struct child_run){.argv = ARGV((char *)"/usr/bin/env"),
                                      .env = ARGV((char *)"A=b"),
                                      .max_output = 99},
                  "A=b\n");
}

static void a_given_file_is_run_whatever_it_is_called(void **state)
{
    assert_output(&(struct child_run){.argv = ARGV((char *)"name", (char *)"-c", (char *)"echo $0"),
                                      .program = "/bin/sh",
                                      .max_output = 99},
                  "name\n");
}

static void no_file_that_it_writes_is_too_long(void **state)
{
    const struct folder *d = *state;
    g_autofree char *path = folder_path(d, "file");
    struct stat st;
    struct fault f;

    assert_failure(&(struct child_run){.argv = SHELL("exec dd if=/dev/zero of=file bs=1K"),
                                       .cwd = d->path,
                                       .max_output = 99,
                                       .max_file = 10240},
                   EIO, "'/bin/sh' was ended by signal 25 (File size limit exceeded)", &f);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 10240);
}

static unsigned open_files(void)
{
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(dir))
        n++;
    g_dir_close(dir);
    return n;
}

static void no_descriptor_leaks(void **state)
{
    unsigned before = open_files();
    struct fault f;
    GBytes *out = NULL;

    assert_output(&(struct child_run){.argv = ARGV((char *)"true"), .max_output = 9}, "");
    child_run(&(struct child_run){.argv = ARGV((char *)"false"), .max_output = 9}, &f, &out);
    child_run(&(struct child_run){.argv = ARGV((char *)"/none"), .max_output = 9}, &f, &out);
    assert_int_equal(open_files(), before);
}

static void the_program_gets_no_descriptor_but_three(void **state)
{
    unsigned meant = 1; /* the one that ls lists with */

    for (int fd = 0; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (fd <= STDERR_FILENO || (flags >= 0 && !(flags & FD_CLOEXEC)))
            meant++;
    }
    g_autofree char *want = g_strdup_printf("%u\n", meant);
    assert_output(&(struct child_run){.argv = SHELL("ls /proc/self/fd | wc -l"), .max_output = 9},
                  want);
}

/* All that a stream gives until its end, or until it fails. */
static int read_stream(const struct child_run *run, GString *ret, struct fault *f)
{
    OWN(child_stream_close) struct child_stream *s = NULL;
    char buf[3];
    size_t n = 1;
    int r = child_stream_open(run, f, &s);

    while (r == 0 && n > 0) {
        r = child_stream_read(s, buf, sizeof buf, 0, f, &n);
        if (r == 0)
            g_string_append_len(ret, buf, (gssize)n);
    }
    return r;
}

static void a_stream_gives_all_that_is_written(void **state)
{
    g_autoptr(GString) all = g_string_new(NULL);
    struct fault f;

    assert_int_equal(
        read_stream(&(struct child_run){.argv = SHELL("printf abcd; printf efgh")}, all, &f), 0);
    assert_string_equal(all->str, "abcdefgh");
}

static void a_stream_tells_a_failing_end_behind_what_was_written(void **state)
{
    g_autoptr(GString) all = g_string_new(NULL);
    struct fault f;

    assert_int_equal(
        read_stream(&(struct child_run){.argv = SHELL("echo abc; echo oh no >&2; exit 3")}, all,
                    &f),
        -EIO);
    assert_string_equal(all->str, "abc\n");
    assert_string_equal(f.text, "'/bin/sh' exited with status 3");
    assert_string_equal(f.detail, "oh no\n");
}

static void a_stream_that_fails_returns_no_length(void **state)
{
    OWN(child_stream_close) struct child_stream *s = NULL;
    const struct child_run run = {.argv = SHELL("exit 3")};
    struct fault f;
    char buf[3];
    size_t n = 7;

    assert_int_equal(child_stream_open(&run, &f, &s), 0);
    assert_int_equal(child_stream_read(s, buf, sizeof buf, 0, &f, &n), -EIO);
    assert_int_equal(n, 7);
}

static void a_stream_is_not_blocked_by_much_standard_error(void **state)
{
    g_autoptr(GString) all = g_string_new(NULL);
    struct fault f;

    assert_int_equal(
        read_stream(&(struct child_run){.argv = SHELL("head -c 1000000 /dev/zero >&2; echo done")},
                    all, &f),
        0);
    assert_string_equal(all->str, "done\n");
}

static void reading_a_stream_goes_on_after_its_deadline(void **state)
{
    struct folder *d = *state;
    struct child_run run = {.argv = SHELL("while [ ! -e go ]; do sleep 0.02; done; echo went"),
                            .cwd = d->path};
    OWN(child_stream_close) struct child_stream *s = NULL;
    int64_t deadline = g_get_monotonic_time() + G_USEC_PER_SEC / 10;
    struct fault f;
    char buf[64];
    size_t n = 0;

    assert_int_equal(child_stream_open(&run, &f, &s), 0);
    assert_int_equal(child_stream_read(s, buf, sizeof buf, deadline, &f, &n), -ETIMEDOUT);
    folder_put_text(d, "go", "");
    assert_int_equal(child_stream_read(s, buf, sizeof buf, 0, &f, &n), 0);
    assert_int_equal(n, 5);
    assert_memory_equal(buf, "went\n", 5);
}

static void closing_a_stream_kills_its_program(void **state)
{
    struct folder *d = *state;
    struct child_run run = {.argv = SHELL("echo $$; exec sleep 1000"), .cwd = d->path};
    struct child_stream *s = NULL;
    struct fault f;
    char buf[64] = "";
    size_t n = 0;

    assert_int_equal(child_stream_open(&run, &f, &s), 0);
    assert_int_equal(child_stream_read(s, buf, sizeof buf - 1, 0, &f, &n), 0);
    child_stream_close(s);
    assert_int_equal(kill((pid_t)strtol(buf, NULL, 10), 0), -1);
    assert_int_equal(errno, ESRCH);
}

/* Writes, and reads as many bytes. */
static void swap(struct child_stream *s, const char *out, size_t len, char *ret)
{
    struct child_swap io = {out, len, ret, len};
    struct fault f;

    while (io.in_len > 0)
        if (child_stream_swap(s, &io, 0, &f) < 0)
            fail_msg("%s", f.text);
}

static void a_program_that_talks_answers_what_it_is_told(void **state)
{
    const struct child_run run = {.argv = ARGV((char *)"cat"), .talks = true};
    OWN(child_stream_close) struct child_stream *s = NULL;
    g_autofree char *out = g_strnfill(4 * MIB, 'x'), *in = g_malloc(4 * MIB);
    struct fault f;

    assert_int_equal(child_stream_open(&run, &f, &s), 0);
    swap(s, "abc", 3, in);
    assert_memory_equal(in, "abc", 3);
    swap(s, out, 4 * MIB, in);
    assert_memory_equal(in, out, 4 * MIB);
    assert_int_equal(child_stream_check(s), CHILD_SILENT);
}

/* Waits until a program that talks has done something. */
static void await(struct child_stream *s, enum child_state want)
{
    while (child_stream_check(s) == CHILD_SILENT)
        poll(NULL, 0, 1);
    assert_int_equal(child_stream_check(s), want);
}

static void talking_unasked_is_noticed(void **state)
{
    const struct child_run run = {.argv = SHELL("echo x; sleep 100"), .talks = true};
    OWN(child_stream_close) struct child_stream *s = NULL;
    struct fault f;

    assert_int_equal(child_stream_open(&run, &f, &s), 0);
    await(s, CHILD_TALKED);
}

static void the_end_of_a_program_that_talks_is_noticed(void **state)
{
    const struct child_run run = {.argv = SHELL("exec >&2; read x; exit 4"), .talks = true};
    OWN(child_stream_close) struct child_stream *s = NULL;
    struct child_swap io = {"x\n", 2, (char[1]){0}, 1};
    struct fault f;
    int r = 0;

    assert_int_equal(child_stream_open(&run, &f, &s), 0);
    while (r == 0)
        r = child_stream_swap(s, &io, 0, &f);
    assert_int_equal(r, -EIO);
    assert_int_equal(child_stream_check(s), CHILD_ENDED);
}

static void a_program_is_looked_for_in_its_folder_or_in_path(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "run");

    folder_put_text(d, "run", "#!/bin/sh\n");
    assert_false(child_is_program("./run", d->path));
    assert_int_equal(g_chmod(path, 0700), 0);
    assert_true(child_is_program("./run", d->path));
    assert_false(child_is_program("run", d->path));
    assert_true(child_is_program("sh", d->path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(input_that_is_not_read_is_no_fault),
        cmocka_unit_test(no_input_is_an_empty_one),
        cmocka_unit_test(much_standard_error_does_not_block),
        IN_FOLDER(it_runs_in_the_given_folder),
        cmocka_unit_test(a_nonzero_exit_fails_with_the_last_words),
        cmocka_unit_test(only_the_end_of_long_last_words_is_kept),
        cmocka_unit_test(a_signal_fails),
        cmocka_unit_test(a_missing_program_fails),
        cmocka_unit_test(too_much_output_fails),
        cmocka_unit_test(signals_are_as_in_a_shell),
        IN_FOLDER(the_deadline_ends_the_whole_group),
        IN_FOLDER(what_is_left_running_is_ended),
        cmocka_unit_test(an_output_that_stays_open_is_told_apart),
        cmocka_unit_test(what_is_left_talking_is_not_listened_to),
        cmocka_unit_test(what_a_mute_program_writes_is_its_last_words),
        cmocka_unit_test(it_has_the_given_environment),
        cmocka_unit_test(a_given_file_is_run_whatever_it_is_called),
        IN_FOLDER(no_file_that_it_writes_is_too_long),
        cmocka_unit_test(no_descriptor_leaks),
        cmocka_unit_test(the_program_gets_no_descriptor_but_three),
        IN_FOLDER(a_stream_gives_all_that_is_written),
        IN_FOLDER(a_stream_tells_a_failing_end_behind_what_was_written),
        IN_FOLDER(a_stream_that_fails_returns_no_length),
        IN_FOLDER(a_stream_is_not_blocked_by_much_standard_error),
        IN_FOLDER(reading_a_stream_goes_on_after_its_deadline),
        IN_FOLDER(closing_a_stream_kills_its_program),
        cmocka_unit_test(a_program_that_talks_answers_what_it_is_told),
        cmocka_unit_test(talking_unasked_is_noticed),
        cmocka_unit_test(the_end_of_a_program_that_talks_is_noticed),
        IN_FOLDER(a_program_is_looked_for_in_its_folder_or_in_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
