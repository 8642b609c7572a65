/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that zygote_spawn() starts: this program anew, which loads the spec by itself.
 *
 * It is called as NAME SPAWNED_WORD SPEC [DEFINE]..., with a socket as descriptor
 * SPAWNED_SOCKET on which its charge lies ready.  It answers with one report. */
#pragma once

#include "fs/crew.h"
#include "fs/fingerprint.h"
#include "ops/base/fault.h"

#include <limits.h>
#include <stdbool.h>

#define SPAWNED_WORD ".zygote" /* in place of a command */
#define SPAWNED_SOCKET 3

/* A message, with the memory of the shelf if there is one. */
struct spawned_charge {
    struct crew_conf conf;     /* plain data, as sender and receiver are one program */
    struct fingerprint digest; /* of the plan that it must come to have */
    bool has_shelf;
};

/* A message: fault.err is 0 if it is ready. */
struct spawned_report {
    struct fault fault;
    char folder[PATH_MAX]; /* of the workers' temporary folders */
};

/* Whether a command line is that of such a process. */
bool spawned_is_wanted(int argc, char *const *argv);

/* Becomes that process, and returns only if the caller is none that a server has started: -EPERM.
 * argv as of main(). */
int spawned_main(int argc, char **argv, struct fault *f);
