/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who wants which element, and what the workers do next: demand before run-ahead, one evaluation
 * however many ask. */
#pragma once

#include "fs/crew.h"
#include "fs/errlog.h"
#include "fs/notes.h"
#include "fs/sizes.h"
#include "fs/store.h"

/* Called exactly once per want, on any thread, with no lock held: content to borrow and 0, or NULL
 * and -errno. */
typedef void want_done_fn(void *ctx, struct content *content, int err);

/* Lifetime: mount.  Any thread. */
struct sched;
struct want;

struct sched_rooms {
    struct store *store;
    struct sizes *sizes;
    struct errlog *errlog;
    struct stats *stats;
    struct log *log;
    struct notes *notes; /* NULL: they are dropped */
    const struct plan *plan;
    unsigned retry; /* how often what may pass is tried again */
};

struct sched *sched_new(const struct sched_rooms *rooms);

/* As crew_offer(): hands a job to a free worker; false = all are busy, until the next sched_done().
 * Never waits, is never called by two threads at once. */
typedef bool sched_offer_fn(void *crew, struct key k);
/* The crew that works for it; set once, before the first want. */
void sched_set_crew(struct sched *s, sched_offer_fn *offer, void *crew);
/* A crew_done_fn with the sched as ctx. */
void sched_done(void *sched, struct key k, struct outcome *o);
/* Every want has been answered before: see sched_stop(). */
void sched_free(struct sched *s);
OWN_DEFINE(struct sched, sched_free)

/* Wants an element.  If it is in the store, or has failed before, done is called before this
 * returns NULL; otherwise the want joins the evaluation under way, or starts one, and a ticket for
 * it is returned.  done may be called before that.  A ticket is a name and no memory: it may be
 * handed back at any time, also after done. */
struct want *sched_want(struct sched *s, struct key k, want_done_fn *done, void *ctx);

/* Gives a want up: true = done will not be called; false = done has been, or is being, called by
 * another thread. The evaluation goes on if it is under way; a queued one that nobody else wants is
 * dropped. */
bool sched_unwant(struct sched *s, struct want *w);

/* Records the failure of an element that was found without a worker: from now on it has failed
 * before. */
void sched_fail(struct sched *s, struct key k, const struct fault *f, double seconds);

/* Run-ahead: computes k when a worker has nothing better to do; nothing if it is known already.
 * At most 4096 such jobs are queued: the oldest are dropped. */
void sched_hint(struct sched *s, struct key k);

/* Answers every want with err (-errno) from now on, and takes no more jobs. */
void sched_stop(struct sched *s, int err);

struct sched_figures {
    uint64_t queued, hinted, running; /* evaluations */
    uint64_t waiting;                 /* wants */
};
void sched_look_figures(struct sched *s, struct sched_figures *ret);
