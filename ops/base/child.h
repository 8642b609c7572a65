/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running one program: to its end, bytes in and bytes out, or read and written to while it runs; a
 * deadline, its last words kept. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>
#include <stdbool.h>

struct child_run {
    char *const *argv;   /* argv[0] is looked up in PATH; no shell */
    const char *cwd;     /* NULL = as the caller's */
    const char *program; /* its file, absolute; NULL = argv[0] tells */
    char *const *env;    /* its whole environment; NULL = as the caller's */
    GBytes *input;       /* its standard input; NULL = empty */
    bool talks;          /* a stream: its standard input is child_stream_swap()'s */
    bool mute;           /* what it writes is none of its output, but kept with its last words */
    double timeout;      /* seconds; 0 = none */
    uint64_t max_output; /* bytes; more is a fault */
    uint64_t max_file;   /* bytes of any file that it writes; 0 = as many as the caller */
};

/* Runs the program in a process group of its own and waits until it has ended and closed its
 * output. On success *ret is its standard output (owned by the caller).  Faults: it could not be
 * started, a nonzero exit, a signal, too much output (EFBIG), the deadline (ETIMEDOUT: the whole
 * group is killed); the last of its standard error is the fault's detail.  A program that does not
 * read all of its input is no fault.  The program dies with the calling process.  Any thread. */
int child_run(const struct child_run *run, struct fault *f, GBytes **ret);

/* Seconds as a message tells them: what a clock has left of a limit is no round number. */
double child_round(double seconds);

/* An argv of n words, to be freed by g_free(), which borrows them.  shell: they are one line for
 * /bin/sh. */
const char **child_argv(const char *const *words, uint32_t n, bool shell);

/* The file of argv[0], as it would be run in that folder; owned; NULL = it is not there, or is a
 * folder. */
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

/* What is to be written to a program and to be read from it; both begin where the last call ended.
 * Lifetime: call. */
struct child_swap {
    const char *out;
    size_t out_len;
    char *in;
    size_t in_len; /* room; at least 1 */
};

/* Of a program that talks: waits until something can be written or read, and does it, so that
 * neither waits for the other; perhaps nothing.  out_len is 0 where it reads no more.  deadline: as
 * of child_stream_read().  Faults: the deadline; its output ended, however: then the program is
 * over, and the last that it said is their detail. */
int child_stream_swap(struct child_stream *s, struct child_swap *io, int64_t deadline,
                      struct fault *f);

/* Forgets what it said so far, and tells how it is. */
enum child_state {
    CHILD_SILENT, /* it runs, and has written nothing that is not read */
    CHILD_TALKED, /* it has written something, or closed its output */
    CHILD_ENDED,
} child_stream_check(struct child_stream *s);

/* What it said since then, as the detail of a fault.  Returns -f->err. */
int child_stream_tell_said(struct child_stream *s, struct fault *f);

/* Kills what still runs of it. */
void child_stream_close(struct child_stream *s); /* takes NULL */
OWN_DEFINE(struct child_stream, child_stream_close)
