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
