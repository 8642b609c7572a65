/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages arrive whole or not at all, and so do the descriptors that come with them. */
#include "fs/message.h"

#include <errno.h>
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int begin(void **state)
{
    int *ends = g_new(int, 2);

    *state = ends;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int finish(void **state)
{
    int *ends = *state;

    close(ends[0]);
    close(ends[1]);
    g_free(ends);
    return 0;
}

static void a_message_is_what_was_sent(void **state)
{
    const int *ends = *state;
    char got[16];

    assert_int_equal(message_send(ends[0], "one", 3, NULL, 0), 0);
    assert_int_equal(message_send(ends[0], "four", 4, NULL, 0), 0);
    assert_int_equal(message_receive(ends[1], got, sizeof got, 0, NULL, 0), 3);
    assert_memory_equal(got, "one", 3);
    assert_int_equal(message_receive(ends[1], got, sizeof got, 0, NULL, 0), 4);
    assert_int_equal(message_receive(ends[1], got, sizeof got, MSG_DONTWAIT, NULL, 0), -EAGAIN);
}

static void descriptors_are_the_same_files_and_the_receivers_own(void **state)
{
    const int *ends = *state;
    int pipe_ends[2], fds[2];
    char got;

    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(message_send(ends[0], "x", 1, pipe_ends, 2), 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    assert_int_equal(message_receive(ends[1], &got, 1, 0, fds, 2), 1);
    assert_int_equal(write(fds[1], "y", 1), 1);
    assert_int_equal(read(fds[0], &got, 1), 1);
    assert_int_equal(got, 'y');
    close(fds[0]);
    close(fds[1]);
}

/* The lowest descriptor that is free. */
static int lowest(void)
{
    int fd = dup(STDIN_FILENO);

    close(fd);
    return fd;
}

static void other_numbers_of_descriptors_than_wanted_are_none(void **state)
{
    const int *ends = *state;
    const int three[] = {ends[0], ends[0], ends[0]};
    int fds[MESSAGE_FDS], free_before = lowest();
    char got;

    for (unsigned sent = 0; sent <= 3; sent += 1) {
        assert_int_equal(message_send(ends[0], "x", 1, three, sent), 0);
        unsigned wanted = (sent + 1) % 4;
        assert_int_equal(message_receive(ends[1], &got, 1, 0, fds, wanted), 1);
        for (unsigned i = 0; i < wanted; i++)
            assert_int_equal(fds[i], -1);
        assert_int_equal(lowest(), free_before);
    }
}

static void without_room_for_all_descriptors_there_is_none(void **state)
{
    const int *ends = *state;
    const int three[] = {ends[0], ends[0], ends[0]};
    int fds[3], free_before = lowest();
    struct rlimit enough, few;
    char got;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &enough), 0);
    few = enough;
    few.rlim_cur = (rlim_t)free_before + 2;
    assert_int_equal(message_send(ends[0], "x", 1, three, 3), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    ssize_t n = message_receive(ends[1], &got, 1, 0, fds, 3);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &enough), 0);
    assert_int_equal(n, 1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(fds[i], -1);
    assert_int_equal(lowest(), free_before);
}

static void a_message_that_is_too_long_is_refused_with_its_descriptors(void **state)
{
    const int *ends = *state;
    int fd, free_before = lowest();
    char got[4];

    assert_int_equal(message_send(ends[0], "12345", 5, ends, 1), 0);
    assert_int_equal(message_receive(ends[1], got, sizeof got, 0, &fd, 1), -EMSGSIZE);
    assert_int_equal(fd, -1);
    assert_int_equal(lowest(), free_before);
}

static void the_end_of_the_other_side_is_seen(void **state)
{
    int *ends = *state;
    char got;

    close(ends[0]);
    assert_int_equal(message_receive(ends[1], &got, 1, 0, NULL, 0), 0);
    assert_int_equal(message_send(ends[1], "x", 1, NULL, 0), -EPIPE); /* and no SIGPIPE */
    ends[0] = dup(ends[1]);
}

#define WITH_A_LINE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_A_LINE(a_message_is_what_was_sent),
        WITH_A_LINE(descriptors_are_the_same_files_and_the_receivers_own),
        WITH_A_LINE(other_numbers_of_descriptors_than_wanted_are_none),
        WITH_A_LINE(without_room_for_all_descriptors_there_is_none),
        WITH_A_LINE(a_message_that_is_too_long_is_refused_with_its_descriptors),
        WITH_A_LINE(the_end_of_the_other_side_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
