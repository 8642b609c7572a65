/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running one program: to its end, bytes in and bytes out, or read while it runs; a deadline, its
 * last words kept. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>
#include <stdbool.h>

struct child_run {
    char *const *argv;   /* argv[0] is looked up in PATH; no shell */
    const char *cwd;     /* NULL = as the caller's */
    GBytes *input;       /* its standard input; NULL = empty */
    double timeout;      /* seconds; 0 = none */
    uint64_t max_output; /* bytes; more is a fault */
};

/* Runs the program in a process group of its own and waits until it has ended and closed its
 * output. On success *ret is its standard output (owned by the caller).  Faults: it could not be
 * started, a nonzero exit, a signal, too much output (EFBIG), the deadline (ETIMEDOUT: the whole
 * group is killed); the last of its standard error is the fault's detail.  A program that does not
 * read all of its input is no fault.  The program dies with the calling process.  Any thread. */
int child_run(const struct child_run *run, struct fault *f, GBytes **ret);

/* An argv of n words, to be freed by g_free(), which borrows them.  shell: they are one line for
 * /bin/sh. */
const char **child_argv(const char *const *words, uint32_t n, bool shell);

/* The file of argv[0], as it would be run in that folder; owned; NULL = it is not there. */
char *child_find_program(const char *name, const char *folder);
/* Whether argv[0] is there to be run in that folder, so that a spec can be told before. */
bool child_is_program(const char *name, const char *folder);

/* A program that is read while it runs.  One thread at a time; but the thread that opened it must
 * live as long as the program is needed: it dies with that. */
struct child_stream;

/* Starts it.  run must live until the stream is closed; its timeout and max_output are of no
 * account.  Faults: it could not be started. */
int child_stream_open(const struct child_run *run, struct fault *f, struct child_stream **ret);

/* Waits for output: 0, and *ret_len bytes of it in buf, at most len; *ret_len 0 = it has ended, and
 * well.  deadline: g_get_monotonic_time() to give up at, 0 = none: then -ETIMEDOUT, and the next
 * call goes on waiting.  Faults otherwise: as of child_run(); then there is no more to come. */
int child_stream_read(struct child_stream *s, void *buf, size_t len, int64_t deadline,
                      struct fault *f, size_t *ret_len);

/* Kills what still runs of it. */
void child_stream_close(struct child_stream *s); /* takes NULL */
OWN_DEFINE(struct child_stream, child_stream_close)
