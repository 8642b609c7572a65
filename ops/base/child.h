/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running one program to its end: bytes in, bytes out, a deadline, its last words kept. */
#pragma once

#include "ops/base/fault.h"

#include <glib.h>

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
