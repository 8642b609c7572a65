/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two halves of the room share: a program that runs, and how it is started and ended. */
#pragma once

#include "ops/base/child.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct child_buffer {
    char *at;
    size_t len, cap;
};

/* Lifetime: call, or that of its stream.  A descriptor of -1 is closed already, or was never made.
 */
struct child {
    const struct child_run *run;
    char *program;                         /* owned; where argv[0] was found */
    int in[2], out[2], err[2], started[2]; /* [0] is read from, [1] written to */
    int pidfd;
    pid_t pid;        /* 0 = none, or reaped */
    bool ended;       /* its exit was seen; a zombie until it is reaped */
    int64_t deadline; /* monotonic microseconds; 0 = none */
    struct child_buffer output;
    struct child_buffer said; /* the last of its standard error */
};

/* Without processes and descriptors. */
void child_init(struct child *c, const struct child_run *run);

/* Starts it: `in` is a pipe if run->talks.  Faults: it could not be started. */
int child_launch(struct child *c, struct fault *f);

/* Also ends whatever the program left running in its group. */
void child_finish(struct child *c);

/* Milliseconds for poll(): -1 = no deadline, 0 = it has passed. */
int child_time_left(const struct child *c);

/* Reads what it says on its standard error.  1 = more may come, 0 = it ended, or -errno. */
int child_take_said(struct child *c);

/* What it said last may still be on its way. */
void child_hear_last_words(struct child *c);

/* Ends its group, and reaps it: how it ended, where that was not well, is the fault. */
int child_judge(struct child *c, struct fault *f);

/* As the detail of a fault.  Returns -f->err. */
int child_tell_said(const struct child *c, struct fault *f);

void child_shut(int *fd);
