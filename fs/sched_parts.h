/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of sched, for its files alone: sched.c knows who waits, sched_run.c what is done next,
 * sched_end.c what becomes of it. */
#pragma once

#include "fs/sched.h"

/* state     in the queue  next
 * QUEUED    demand        STARTING; gone when its last want is given up
 * SPARE     spare         STARTING; QUEUED when it is wanted
 * STARTING  none          FETCHING; RUNNING; QUEUED or SPARE again when there is no worker or no
 * room FETCHING  none          gone, its wants answered; QUEUED or SPARE when the disk does not
 * have it RUNNING   none          gone, its wants answered; QUEUED or SPARE again when it is worth
 * another attempt */
enum job_state { JOB_QUEUED, JOB_SPARE, JOB_STARTING, JOB_FETCHING, JOB_RUNNING };

/* Lifetime: job.  Under the scheduler's lock, but that nobody else changes it while it is STARTING.
 */
struct job {
    struct key key;
    enum job_state state;
    struct identity id; /* that its result will be kept under; while FETCHING, that was asked for */
    uint64_t stamp;     /* of its sources, then (source_stamp()) */
    bool known;         /* both are set */
    bool ahead;         /* nobody had asked for it when it was begun */
    uint64_t owner;     /* on whose account, then */
    bool fetched;       /* the disk does not have it */
    bool unsure;        /* its source did not keep still: nothing is kept of the result */
    unsigned attempts, restarts;
    uint64_t reserved; /* bytes, in the budget, while RUNNING or FETCHING */
    GList link;        /* in demand or spare */
    GQueue wants;      /* struct pending, owned */
};

/* The scheduler's side of a ticket.  Lifetime: job. */
struct pending {
    struct want *ticket;
    struct job *job;
    want_done_fn *done;
    void *ctx;
    bool quiet;    /* not counted */
    int64_t since; /* g_get_monotonic_time() */
    GList link;    /* in the job's wants, or among those to answer */
};

struct sched {
    struct sched_rooms rooms;
    sched_offer_fn *offer;
    void *crew;
    struct foresight foresights[URGENCY_N];
    GMutex lock;
    /* below: under lock */
    GHashTable *jobs;    /* &job->key to job; the jobs are ours */
    GHashTable *pending; /* ticket to pending, of those that wait */
    GQueue demand, spare;
    unsigned n_running, n_fetching; /* jobs */
    unsigned n_asked;               /* questions to the disk: each until the answer is dealt with */
    GCond settled;                  /* there are none of these any more */
    uint64_t mean;                  /* bytes of a content, of late */
    uintptr_t last_ticket;
    int stopped;      /* -errno; 0 = not */
    bool dispatching; /* a thread is starting jobs */
    bool again;       /* it is to look once more before it stops */
    bool is_full;     /* it has found no room for what nobody waits for */
};

/* The order of locks: sched, then those of foresights, then store, then errlog. */

struct job *sched_add_job_locked(struct sched *s, struct key k, enum job_state state);
void sched_free_job_locked(struct sched *s, struct job *job);

/* Puts a job that was begun back in front of its queue; one that nobody wants, only with keep. */
void sched_put_back_locked(struct sched *s, struct job *job, bool keep);

/* Moves a job's wants to answers: from here on they can no longer be given up. */
void sched_take_wants_locked(struct sched *s, struct job *job, GQueue *answers);
/* Answers them, without the lock.  tier: where what they waited for came from. */
void sched_answer(struct sched *s, GQueue *answers, enum stats_count tier, struct content *c,
                  int err);

/* Starts what can be started, without the lock. */
void sched_dispatch(struct sched *s);

/* Asks the disk for a job that is FETCHING and counted so, without the lock. */
void sched_fetch(struct sched *s, struct key k, struct identity id);

/* Notes the size of what was found without a job, if it was not known, without the lock. */
void sched_note_found(struct sched *s, struct key k, struct identity id, uint64_t size);

/* Ends a job and answers its wants, without the lock.  err 0: with c, or if there is none, with why
 * the scheduler was stopped. */
void sched_finish(struct sched *s, struct key k, enum stats_count tier, struct content *c, int err);
