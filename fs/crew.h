/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pool of workers: each evaluates one element at a time, in a process of its own or in a thread.
 */
#pragma once

#include "fs/content.h"
#include "fs/key.h"
#include "fs/log.h"
#include "fs/stats.h"
#include "ops/core/plan.h"

#include <stdbool.h>

enum isolation { ISOLATION_PROCESS, ISOLATION_THREAD };

struct crew_conf {
    unsigned count; /* workers at most; at least 1 */
    enum isolation isolation;
    double timeout;  /* seconds an evaluation may take; 0 = no limit */
    uint64_t memory; /* bytes of data a worker process may have (RLIMIT_DATA); 0 = no limit */
    int nice;        /* added to the workers' niceness */
    bool pin;        /* keep each worker process on a CPU of its own, while it has it to itself */
    bool debug;      /* worker processes keep the server's standard error */
};

/* How one evaluation ended.  Lifetime: call. */
struct outcome {
    struct content *own_content; /* NULL = it failed; the callback takes it over */
    const struct fault *fault;   /* if it failed */
    double seconds;
    const struct eval_timing *timings;
    uint32_t n_timings;
    const char *notes; /* lines of `debug` steps, or NULL */
};

/* Called once per accepted job, on a thread of the crew, with no lock held.  The worker is free
 * again when it is called, so it may hand in the next job.  It must not free the crew. */
typedef void crew_done_fn(void *ctx, struct key k, struct outcome *o);

/* Lifetime: mount. */
struct crew;
struct shelf;
struct zygote;

/* Starts no worker process yet (threads at once, idle).  z: from zygote_start(), taken over; NULL
 * with ISOLATION_THREAD. */
int crew_new(const struct crew_conf *conf, const struct plan *p, struct zygote *own_z,
             struct stats *stats, struct log *log, crew_done_fn *done, void *ctx, struct fault *f,
             struct crew **ret);

/* Where results are counted; before the first job.  Borrowed. */
void crew_set_budget(struct crew *c, struct budget *b);

/* Stops: kills what runs (done is called for it, with ECANCELED), waits until every worker has
 * gone.  A thread cannot be killed: it is waited for, and its job ends as it may; only what was
 * still queued is ECANCELED. */
void crew_free(struct crew *c);
OWN_DEFINE(struct crew, crew_free)

/* Hands a job to a free worker, starting one if there are fewer than count.  false = all are busy
 * (the caller keeps the job until the next done, which is sure to come), or the crew is being
 * freed.  Never waits, never calls done.  Any thread. */
bool crew_offer(struct crew *c, struct key k);

unsigned crew_busy(const struct crew *c);  /* jobs under way */
unsigned crew_alive(const struct crew *c); /* workers */

/* What the workers' `cache` steps keep.  As long as the crew. */
const struct shelf *crew_shelf(const struct crew *c);

/* ISOLATION_THREAD: the first step that must not run in a thread of the server, or NULL.  Contact
 * sheets do not count: every dataset has them; they fail there. */
const struct seq *crew_unsafe_step(const struct plan *p);
