/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one process that keeps readers for all workers, seen from both ends.
 *
 * Workers share a socket to it, made before they are forked.  By that each sends one end of a line
 * of its own when it first needs an element; on the line a request and its answer are one message
 * each.  Values come packed, large ones as a memory file.  Lines that are sent while there is no
 * such process wait in the socket for the next one. */
#pragma once

#include "fs/readers.h"

#include <sys/types.h>

/* What the process starts with.  Lifetime: call. */
struct host_start {
    const struct plan *plan;
    pid_t parent;       /* it dies with this process */
    const char *folder; /* its temporary folder, which it makes */
    int shared;         /* its end of the socket */
    int line;           /* the first that was sent */
    int nice;
};

/* Makes the shared socket: workers send to ends[0]. */
int host_connect(int ends[2]);

/* A line that a worker has sent, or -EAGAIN and the like.  Never waits. */
int host_take_line(int shared);

/* Serves until it is killed.  For a process just forked, with one thread; the descriptors are all
 * that it has. */
G_NORETURN void host_main(const struct host_start *start);

/* A worker's end.  Lifetime: process. */
struct host_line {
    struct readers door; /* for struct eval */
    int shared;          /* of the zygote */
    int line;            /* owned; -1 = none yet, or it was cut */
    int64_t deadline;    /* of the job under way; 0 = none */
};

void host_line_init(struct host_line *l, int shared);
