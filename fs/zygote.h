/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small process that workers are forked from: started before the first thread, it never
 * evaluates.
 *
 * It has the plan as it was when it was started, puts itself out of reach of the terminal's
 * signals, gives each worker a socket to the server, a shared slot for results and a temporary
 * folder, starts the process of the readers (fs/host.h) when one is wanted, tells how each ended,
 * and when the server has gone, however that happened, kills them all
 * and their programs and goes too. */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/plan.h"

#include <stdbool.h>
#include <sys/types.h>

struct crew_conf;
struct shelf;

/* Lifetime: mount.  One thread at a time, but for zygote_ask(): any thread. */
struct zygote;

/* Forks it, after having made the shelf of what `cache` steps keep, which all of its workers share.
 * The caller must have no other thread yet.  Of its descriptors the zygote keeps none,
 * so a plan must not hold open files (mappings are fine). */
int zygote_start(const struct plan *p, const struct crew_conf *conf, struct fault *f,
                 struct zygote **ret);

/* For a process that has threads, or a plan that is new.  Lifetime: call. */
struct zygote_spawn_conf {
    const struct crew_conf *crew;
    char *const *defines; /* as the plan was loaded with */
    int program;          /* of zygote_open_program() */
};

/* This program as it is on disk now, so that it can be started again when it was replaced there:
 * a descriptor, the caller's, or -errno. */
int zygote_open_program(void);

/* The same as zygote_start() in a process with threads: this program is started once more and loads
 * the spec of p again, in the same folder and environment.  Waits until it has; a fault if what it
 * loaded is not p (the spec or a source changed in between) or it did not get that far.  Dies with
 * the server at any time, also while it loads.  Any thread. */
int zygote_spawn(const struct plan *p, const struct zygote_spawn_conf *conf, struct fault *f,
                 struct zygote **ret);

/* Closes the connection, upon which it ends, and waits for that; after ten seconds it is killed. */
void zygote_stop(struct zygote *z); /* takes NULL */

/* What it says.  fds are the receiver's. */
enum zygote_event_kind {
    ZYGOTE_BORN,
    ZYGOTE_NOT_BORN,
    ZYGOTE_DIED,
    ZYGOTE_HOST_DIED, /* the process of the readers; the next that is wanted starts another */
    ZYGOTE_GONE
};
struct zygote_event {
    enum zygote_event_kind kind;
    uint32_t ticket;   /* as given to zygote_ask() */
    pid_t pid;         /* BORN, DIED, HOST_DIED */
    int pidfd, socket; /* BORN: to signal the worker; to talk to it */
    int slot;          /* BORN: the memfd of its results */
    int status;        /* DIED, HOST_DIED: as of waitpid(2); NOT_BORN: an errno */
};

const struct shelf *zygote_shelf(const struct zygote *z);
int zygote_fd(const struct zygote *z);             /* readable when there is an event */
int zygote_ask(struct zygote *z, uint32_t ticket); /* for a new worker; never waits */
bool zygote_next(struct zygote *z,
                 struct zygote_event *ret); /* false = nothing more now; never waits */
