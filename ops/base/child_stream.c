/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that is read, and perhaps written to, while it runs. */
#include "ops/base/child_parts.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAREWELL 1000 /* milliseconds for a program to end that has closed its output */

struct child_stream {
    struct child child;
};

int child_stream_open(const struct child_run *run, struct fault *f, struct child_stream **ret)
{
    struct child_stream *s = g_new(struct child_stream, 1);

    child_init(&s->child, run);
    int r = child_launch(&s->child, f);
    if (r < 0) {
        child_stream_close(s);
        return r;
    }
    *ret = s;
    return 0;
}

void child_stream_close(struct child_stream *s)
{
    if (!s)
        return;
    child_finish(&s->child);
    g_free(s);
}

/* Waits for news, notes what was said, and reads: 1 = so many bytes, or nothing yet; 0 = the output
 * has ended. */
static int wait_for_output(struct child *c, void *buf, size_t len, size_t *ret_len)
{
    struct pollfd fds[] = {
        {.fd = c->out[0], .events = POLLIN},
        {.fd = c->err[0], .events = POLLIN},
        {.fd = c->out[0] < 0 && !c->ended ? c->pidfd : -1, .events = POLLIN},
    };
    int r = poll(fds, G_N_ELEMENTS(fds), child_time_left(c));

    *ret_len = 0;
    if (r <= 0)
        return r < 0 && errno != EINTR ? -errno : 1;
    c->ended = c->ended || fds[2].revents;
    r = fds[1].revents ? child_take_said(c) : 0;
    if (r < 0 || !fds[0].revents)
        return r < 0 ? r : 1;
    ssize_t n = read(c->out[0], buf, len);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -errno;
    if (n == 0)
        child_shut(&c->out[0]);
    *ret_len = (size_t)n;
    return 1;
}

int child_stream_read(struct child_stream *s, void *buf, size_t len, int64_t deadline,
                      struct fault *f, size_t *ret_len)
{
    struct child *c = &s->child;
    size_t n = 0;

    c->deadline = deadline;
    while (c->out[0] >= 0 || !c->ended) {
        bool over = child_time_left(c) == 0;
        int r = wait_for_output(c, buf, len, &n);
        if (r < 0)
            return fault_set_errno(f, -r, "reading from '%s'", c->run->argv[0]);
        if (n > 0)
            break;
        if (over)
            return fault_set(f, ETIMEDOUT, "'%s' wrote nothing more within the time allowed",
                             c->run->argv[0]);
    }
    if (n == 0 && c->pid != 0) {
        child_hear_last_words(c);
        if (child_judge(c, f) < 0)
            return child_tell_said(c, f);
    }
    *ret_len = n;
    return 0;
}

enum child_state child_stream_check(struct child_stream *s)
{
    struct child *c = &s->child;
    struct pollfd fds[] = {
        {.fd = c->out[0], .events = POLLIN},
        {.fd = c->ended ? -1 : c->pidfd, .events = POLLIN},
    };

    child_hear_last_words(c);
    c->said.len = 0;
    if (TEMP_FAILURE_RETRY(poll(fds, G_N_ELEMENTS(fds), 0)) < 0 || c->pid == 0 || c->ended ||
        fds[1].revents)
        return CHILD_ENDED;
    return c->out[0] < 0 || fds[0].revents ? CHILD_TALKED : CHILD_SILENT;
}

/* A pipe that nobody reads sends a signal, which is taken back. */
static ssize_t write_quietly(int fd, const void *data, size_t len)
{
    const struct timespec now = {0};
    sigset_t pipe, pending, before;

    sigpending(&pending);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe, &before);
    ssize_t n = write(fd, data, len);
    int err = errno;
    if (n < 0 && err == EPIPE && !sigismember(&pending, SIGPIPE))
        while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR)
            continue;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = err;
    return n;
}

/* What it does not want to read may still be answered. */
static int give(struct child *c, struct child_swap *io)
{
    ssize_t n = write_quietly(c->in[1], io->out, io->out_len);

    if (n < 0 && errno == EPIPE) {
        child_shut(&c->in[1]);
        io->out_len = 0;
        return 0;
    }
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    io->out += n;
    io->out_len -= (size_t)n;
    return 0;
}

static int receive(struct child *c, struct child_swap *io)
{
    ssize_t n = read(c->out[0], io->in, io->in_len);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    if (n == 0)
        child_shut(&c->out[0]);
    io->in += n;
    io->in_len -= (size_t)n;
    return 0;
}

/* Its output has ended: how it ends itself, if it does. */
static int part(struct child *c, struct fault *f)
{
    const int left = child_time_left(c);
    struct pollfd end = {.fd = c->pidfd, .events = POLLIN};

    if (!c->ended)
        c->ended = TEMP_FAILURE_RETRY(poll(&end, 1, left < 0 ? FAREWELL : MIN(left, FAREWELL))) > 0;
    child_hear_last_words(c);
    if (!c->ended)
        fault_set(f, EIO, "'%s' closed its output", c->run->argv[0]);
    else if (child_judge(c, f) == 0)
        fault_set(f, EIO, "'%s' ended without an answer", c->run->argv[0]);
    return child_tell_said(c, f);
}

int child_stream_swap(struct child_stream *s, struct child_swap *io, int64_t deadline,
                      struct fault *f)
{
    struct child *c = &s->child;
    struct pollfd fds[] = {
        {.fd = io->out_len > 0 ? c->in[1] : -1, .events = POLLOUT},
        {.fd = io->in_len > 0 ? c->out[0] : -1, .events = POLLIN},
        {.fd = c->err[0], .events = POLLIN},
    };
    int r = 0;

    c->deadline = deadline;
    const int left = child_time_left(c);
    if (poll(fds, G_N_ELEMENTS(fds), left) < 0 && errno != EINTR)
        r = -errno;
    if (r == 0 && fds[2].revents)
        r = child_take_said(c);
    if (r >= 0 && fds[0].revents)
        r = give(c, io);
    if (r >= 0 && fds[1].revents)
        r = receive(c, io);
    if (r < 0)
        return fault_set_errno(f, -r, "talking to '%s'", c->run->argv[0]);
    if (c->out[0] < 0)
        return part(c, f);
    if (left == 0) {
        fault_set(f, ETIMEDOUT, "'%s' gave no answer in time", c->run->argv[0]);
        return child_tell_said(c, f);
    }
    return 0;
}

int child_stream_tell_said(struct child_stream *s, struct fault *f)
{
    child_hear_last_words(&s->child);
    return child_tell_said(&s->child, f);
}
