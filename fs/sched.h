/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who wants which element, and what is done next: demand before foresight, one evaluation however
 * many ask, and never more under way than memory has room for. */
#pragma once

#include "fs/crew.h"
#include "fs/disk.h"
#include "fs/errlog.h"
#include "fs/foresight.h"
#include "fs/notes.h"
#include "fs/sizes.h"
#include "fs/store.h"

/* Called exactly once per want, on any thread, with no lock held: content to borrow and 0, or NULL
 * and -errno. */
typedef void want_done_fn(void *ctx, struct content *content, int err);

/* Lifetime: mount.  Any thread. */
struct sched;
struct want;

/* What became known of an element: its size; or NULL, that it failed, which the errlog tells more
 * of.  On any thread, with no lock held. */
typedef void sched_learnt_fn(void *ctx, struct key k, struct identity id, const uint64_t *size);

struct sched_rooms {
    const struct plan *plan;
    struct budget *budget;
    struct store *store;
    struct sizes *sizes;
    struct errlog *errlog;
    struct stats *stats;
    struct log *log;
    struct notes *notes; /* NULL: they are dropped */
    struct disk *disk;   /* NULL = none */
    sched_learnt_fn *learnt;
    /* A foresight has told of what needs no work: it is known, or has failed.  May be called with
     * the scheduler's lock held: it must not call it. */
    void (*passed)(void *ctx, struct key k, bool failed);
    void *ctx;          /* of both */
    unsigned retry;     /* how often what may pass is tried again */
    unsigned n_workers; /* at most */
};

struct sched *sched_new(const struct sched_rooms *rooms);

/* As crew_offer(): hands a job to a free worker; false = all are busy, until the next sched_done().
 * Never waits, is never called by two threads at once. */
typedef bool sched_offer_fn(void *crew, struct key k);
/* The crew that works for it; set once, before the first want. */
void sched_set_crew(struct sched *s, sched_offer_fn *offer, void *crew);
/* A crew_done_fn with the sched as ctx. */
void sched_done(void *sched, struct key k, struct outcome *o);

/* Whom to ask for what to compute ahead; not URGENCY_DEMAND.  Set before the first want. */
void sched_set_foresight(struct sched *s, enum urgency u, struct foresight f);
/* Has free workers ask, since there may be something new. */
void sched_stir(struct sched *s);

/* Every want has been answered and the disk, too: see sched_stop(), sched_settle().  The crew is
 * gone. */
void sched_free(struct sched *s);
OWN_DEFINE(struct sched, sched_free)

/* Wants an element, whose identity is id now.  If it is in the store, or has failed before, done is
 * called before this returns NULL; otherwise the want joins what is under way, or starts it, and a
 * ticket for it is returned.  done may be called before that.  A ticket is a name and no memory: it
 * may be handed back at any time, also after done. */
struct want *sched_want(struct sched *s, struct key k, struct identity id, want_done_fn *done,
                        void *ctx);

/* The same on behalf of one who has it open already: not counted. */
struct want *sched_want_again(struct sched *s, struct key k, struct identity id, want_done_fn *done,
                              void *ctx);

/* Gives a want up: true = done will not be called; false = done has been, or is being, called by
 * another thread. The evaluation goes on if it is under way; a queued one that nobody else wants is
 * dropped. */
bool sched_unwant(struct sched *s, struct want *w);

/* Records the failure of an element that was found without a worker: from now on it has failed
 * before. */
void sched_fail(struct sched *s, struct key k, struct identity id, const struct fault *f,
                double seconds);

/* Answers every want with err (-errno) from now on, and takes no more jobs. */
void sched_stop(struct sched *s, int err);
/* After that: waits until the disk has answered what it was asked, and the crew is offered nothing
 * on its threads any more. */
void sched_settle(struct sched *s);

struct sched_figures {
    uint64_t queued, running; /* evaluations */
    uint64_t ahead;           /* of those, that nobody waits for */
    uint64_t fetching;        /* elements that the disk is asked for */
    uint64_t waiting;         /* wants */
    uint64_t mean;            /* bytes of a content, of late; 0 = not known yet */
};
void sched_look_figures(struct sched *s, struct sched_figures *ret);
