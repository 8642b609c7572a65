/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scheduler: one job for each element that is wanted or hinted, two queues, and a crew to feed.
 */
#include "fs/sched.h"

#include "fs/source.h"
#include "ops/core/report.h"

#include <assert.h>
#include <errno.h>

#define HINTS_MAX 4096

/* state    in the queue  next
 * QUEUED   demand        RUNNING; gone when its last want is given up
 * HINTED   hints         QUEUED when it is wanted; RUNNING; gone when it is dropped
 * RUNNING  none          gone, its wants answered; QUEUED or HINTED again when it is worth another
 * attempt */
enum job_state { JOB_QUEUED, JOB_HINTED, JOB_RUNNING };

/* Lifetime: job.  Under the scheduler's lock. */
struct job {
    struct key key;
    enum job_state state;
    bool ahead; /* no reader had asked for it when it was started */
    unsigned attempts;
    uint64_t stamp; /* source_stamp() from before its first attempt; 0 = not taken, or no source */
    GList link;     /* in demand or hints */
    GQueue wants;   /* struct want, owned */
};

/* The scheduler's side of a ticket.  Lifetime: job. */
struct pending {
    struct want *ticket;
    struct job *job;
    want_done_fn *done;
    void *ctx;
    GList link; /* in the job's wants, or among those to answer */
};

struct sched {
    struct sched_rooms rooms;
    sched_offer_fn *offer;
    void *crew;
    GMutex lock;
    /* below: under lock */
    GHashTable *jobs;    /* &job->key to job; the jobs are ours */
    GHashTable *pending; /* ticket to pending, of those that wait */
    GQueue demand, hints;
    uintptr_t last_ticket;
    int stopped;      /* -errno; 0 = not */
    bool dispatching; /* a thread is handing jobs to the crew */
    bool again;       /* it is to look once more before it stops */
};

/* The order of locks: sched, then store, then errlog. */

struct sched *sched_new(const struct sched_rooms *rooms)
{
    struct sched *s = g_new0(struct sched, 1);

    s->rooms = *rooms;
    g_mutex_init(&s->lock);
    s->jobs = g_hash_table_new(key_hash, key_equal);
    s->pending = g_hash_table_new(NULL, NULL);
    g_queue_init(&s->demand);
    g_queue_init(&s->hints);
    return s;
}

void sched_set_crew(struct sched *s, sched_offer_fn *offer, void *crew)
{
    s->offer = offer;
    s->crew = crew;
}

void sched_free(struct sched *s)
{
    GHashTableIter iter;
    void *job;

    if (!s)
        return;
    assert(g_hash_table_size(s->pending) == 0);
    g_hash_table_iter_init(&iter, s->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &job))
        g_free(job);
    g_hash_table_unref(s->jobs);
    g_hash_table_unref(s->pending);
    g_mutex_clear(&s->lock);
    g_free(s);
}

static GQueue *queue_of(struct sched *s, const struct job *job)
{
    return job->state == JOB_HINTED ? &s->hints : &s->demand;
}

/* A new job at the end of a queue. */
static struct job *add_job_locked(struct sched *s, struct key k, enum job_state state)
{
    struct job *job = g_new0(struct job, 1);

    job->key = k;
    job->state = state;
    job->link.data = job;
    g_queue_init(&job->wants);
    g_hash_table_insert(s->jobs, &job->key, job);
    g_queue_push_tail_link(queue_of(s, job), &job->link);
    return job;
}

static void free_job_locked(struct sched *s, struct job *job)
{
    assert(g_queue_is_empty(&job->wants));
    if (job->state != JOB_RUNNING)
        g_queue_unlink(queue_of(s, job), &job->link);
    g_hash_table_remove(s->jobs, &job->key);
    g_free(job);
}

/* Takes the next job out of its queue: hints have a worker only while nobody waits for one. */
static struct job *start_locked(struct sched *s)
{
    GList *link = g_queue_pop_head_link(&s->demand);
    struct job *job;

    if (!link)
        link = g_queue_pop_head_link(&s->hints);
    if (!link)
        return NULL;
    job = link->data;
    job->ahead = job->state == JOB_HINTED;
    job->state = JOB_RUNNING;
    return job;
}

/* Puts a job back in front; one that nobody wants, only to keep it as a hint. */
static void put_back_locked(struct sched *s, struct job *job, bool keep)
{
    bool is_wanted = !g_queue_is_empty(&job->wants);

    if (!is_wanted && (!keep || s->stopped)) {
        free_job_locked(s, job);
        return;
    }
    job->state = is_wanted ? JOB_QUEUED : JOB_HINTED;
    g_queue_push_head_link(queue_of(s, job), &job->link);
}

/* Hands the next job over, without the lock.  false = there is none, or no worker for it. */
static bool offer_locked(struct sched *s)
{
    struct job *job = start_locked(s);
    struct key k;
    uint64_t stamp;
    bool ahead;

    if (!job)
        return false;
    k = job->key;
    stamp = job->stamp;
    ahead = job->ahead;
    job->attempts++;
    g_mutex_unlock(&s->lock);
    if (stamp == 0) {
        stamp = source_stamp(s->rooms.plan, k);
        g_mutex_lock(&s->lock);
        job->stamp = stamp; /* running as it is, it can only end once it was offered */
        g_mutex_unlock(&s->lock);
    }
    if (s->offer(s->crew, k)) {
        stats_add(s->rooms.stats, STAT_AHEAD, ahead);
        g_mutex_lock(&s->lock);
        return true; /* and the job may be over already */
    }
    g_mutex_lock(&s->lock);
    job->attempts--;
    put_back_locked(s, job, ahead);
    return false;
}

/* Feeds the crew.  One thread at a time does it, so that jobs start in their order; whoever comes
 * meanwhile has it look again, so that no worker stays idle beside a job. */
static void dispatch(struct sched *s)
{
    g_mutex_lock(&s->lock);
    s->again = true;
    while (s->again && !s->dispatching) {
        s->again = false;
        s->dispatching = true;
        while (offer_locked(s))
            continue;
        s->dispatching = false;
    }
    g_mutex_unlock(&s->lock);
}

static struct want *add_want_locked(struct sched *s, struct job *job, want_done_fn *done, void *ctx)
{
    struct pending *p = g_new0(struct pending, 1);

    p->ticket = (struct want *)++s->last_ticket;
    p->job = job;
    p->done = done;
    p->ctx = ctx;
    p->link.data = p;
    g_queue_push_tail_link(&job->wants, &p->link);
    g_hash_table_insert(s->pending, p->ticket, p);
    return p->ticket;
}

/* Moves a job's wants to answers: from here on they can no longer be given up. */
static void take_wants_locked(struct sched *s, struct job *job, GQueue *answers)
{
    GList *link;

    while ((link = g_queue_pop_head_link(&job->wants))) {
        struct pending *p = link->data;

        g_hash_table_remove(s->pending, p->ticket);
        g_queue_push_tail_link(answers, link);
    }
}

static void answer(GQueue *answers, struct content *c, int err)
{
    GList *link;

    while ((link = g_queue_pop_head_link(answers))) {
        struct pending *p = link->data;

        p->done(p->ctx, c, err);
        g_free(p);
    }
}

/* What is known of an element without a job: a content, or why there will be none, or neither. */
static void look_locked(struct sched *s, struct key k, bool read, struct content **ret,
                        int *ret_err)
{
    uint64_t size;

    *ret = NULL;
    *ret_err = s->stopped;
    if (*ret_err == 0 && sizes_look(s->rooms.sizes, k, &size) == SIZE_FAILED)
        *ret_err = -EIO;
    if (*ret_err == 0)
        *ret = store_look(s->rooms.store, k, read);
}

static void promote_locked(struct sched *s, struct job *job)
{
    g_queue_unlink(&s->hints, &job->link);
    job->state = JOB_QUEUED;
    g_queue_push_tail_link(&s->demand, &job->link);
}

struct want *sched_want(struct sched *s, struct key k, want_done_fn *done, void *ctx)
{
    OWN(content_unref) struct content *c = NULL;
    struct want *ticket;
    struct job *job;
    int err;

    g_mutex_lock(&s->lock);
    look_locked(s, k, true, &c, &err);
    if (c || err < 0) {
        g_mutex_unlock(&s->lock);
        done(ctx, c, err);
        return NULL;
    }
    job = g_hash_table_lookup(s->jobs, &k);
    if (!job)
        job = add_job_locked(s, k, JOB_QUEUED);
    else if (job->state == JOB_HINTED)
        promote_locked(s, job);
    ticket = add_want_locked(s, job, done, ctx);
    g_mutex_unlock(&s->lock);
    dispatch(s);
    return ticket;
}

bool sched_unwant(struct sched *s, struct want *w)
{
    struct pending *p;

    g_mutex_lock(&s->lock);
    p = g_hash_table_lookup(s->pending, w);
    if (p) {
        g_hash_table_remove(s->pending, w);
        g_queue_unlink(&p->job->wants, &p->link);
        if (p->job->state == JOB_QUEUED && g_queue_is_empty(&p->job->wants))
            free_job_locked(s, p->job);
    }
    g_mutex_unlock(&s->lock);
    if (!p)
        return false;
    g_free(p);
    return true;
}

void sched_hint(struct sched *s, struct key k)
{
    OWN(content_unref) struct content *c = NULL;
    bool is_new;
    int err;

    g_mutex_lock(&s->lock);
    look_locked(s, k, false, &c, &err);
    is_new = !c && err == 0 && !g_hash_table_contains(s->jobs, &k);
    if (is_new)
        add_job_locked(s, k, JOB_HINTED);
    if (g_queue_get_length(&s->hints) > HINTS_MAX)
        free_job_locked(s, s->hints.head->data);
    g_mutex_unlock(&s->lock);
    if (is_new)
        dispatch(s);
}

static void fail(struct sched *s, struct key k, const struct fault *f, double seconds,
                 unsigned attempt)
{
    const int64_t now = g_get_real_time();
    const struct failure failure = {
        .key = k, .when = now, .seconds = seconds, .attempt = attempt, .fault = *f};
    const struct incident at = {
        .output = k.output, .index = k.index, .when = now, .seconds = seconds, .attempt = attempt};
    g_autoptr(GString) line = g_string_new(NULL);

    /* In this order, a failure that is forgotten meanwhile leaves nothing behind. */
    sizes_fail(s->rooms.sizes, k);
    errlog_put(s->rooms.errlog, &failure);
    stats_add(s->rooms.stats, STAT_FAILURES, 1);
    report_headline(s->rooms.plan, &at, f, line);
    log_add(s->rooms.log, "%s", line->str);
}

void sched_fail(struct sched *s, struct key k, const struct fault *f, double seconds)
{
    fail(s, k, f, seconds, 1);
}

/* Has a job tried once more if its failure may pass.  *ret_attempts: how often it has been tried.
 */
static bool retry(struct sched *s, struct key k, const struct fault *f, unsigned *ret_attempts)
{
    struct job *job;
    bool again;

    g_mutex_lock(&s->lock);
    job = g_hash_table_lookup(s->jobs, &k);
    *ret_attempts = job->attempts;
    again = f->transient && job->attempts <= s->rooms.retry && !s->stopped;
    if (again)
        put_back_locked(s, job, true);
    g_mutex_unlock(&s->lock);
    stats_add(s->rooms.stats, STAT_RETRIES, again);
    return again;
}

/* Ends a job and answers its wants.  err 0: with c, or if there is none, with why the scheduler was
 * stopped. */
static void finish(struct sched *s, struct key k, struct content *c, int err)
{
    GQueue answers = G_QUEUE_INIT;
    struct job *job;

    g_mutex_lock(&s->lock);
    job = g_hash_table_lookup(s->jobs, &k);
    take_wants_locked(s, job, &answers);
    free_job_locked(s, job);
    if (!c && err == 0)
        err = s->stopped ? s->stopped : -ECANCELED;
    g_mutex_unlock(&s->lock);
    dispatch(s); /* before the answers: a worker is waiting */
    answer(&answers, c, err);
}

/* What was computed is true of that version of its source. */
static void note_source(struct sched *s, struct key k)
{
    const struct job *job;
    uint64_t stamp;

    g_mutex_lock(&s->lock);
    job = g_hash_table_lookup(s->jobs, &k);
    stamp = job->stamp;
    g_mutex_unlock(&s->lock);
    sizes_stamp(s->rooms.sizes, k, stamp);
}

void sched_done(void *sched, struct key k, struct outcome *o)
{
    struct sched *s = sched;
    OWN(content_unref) struct content *c = g_steal_pointer(&o->own_content);
    unsigned attempts;

    if (!c && o->fault->err == ECANCELED) {
        finish(s, k, NULL, 0);
        return;
    }
    stats_add(s->rooms.stats, STAT_EVALUATIONS, 1);
    stats_add_timings(s->rooms.stats, o->timings, o->n_timings);
    if (s->rooms.notes && o->notes)
        notes_add(s->rooms.notes, o->notes);
    if (c) {
        note_source(s, k);
        sizes_put(s->rooms.sizes, k, content_len(c));
        store_put(s->rooms.store, k, content_ref(c));
        finish(s, k, c, 0);
    } else if (retry(s, k, o->fault, &attempts)) {
        dispatch(s);
    } else {
        note_source(s, k);
        fail(s, k, o->fault, o->seconds, attempts);
        finish(s, k, NULL, -EIO);
    }
}

void sched_stop(struct sched *s, int err)
{
    GQueue answers = G_QUEUE_INIT;
    GHashTableIter iter;
    void *job;

    assert(err < 0);
    g_mutex_lock(&s->lock);
    if (!s->stopped)
        s->stopped = err;
    g_hash_table_iter_init(&iter, s->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &job))
        take_wants_locked(s, job, &answers);
    while (!g_queue_is_empty(&s->demand))
        free_job_locked(s, s->demand.head->data);
    while (!g_queue_is_empty(&s->hints))
        free_job_locked(s, s->hints.head->data);
    g_mutex_unlock(&s->lock);
    answer(&answers, NULL, err);
}

void sched_look_figures(struct sched *s, struct sched_figures *ret)
{
    g_mutex_lock(&s->lock);
    ret->queued = g_queue_get_length(&s->demand);
    ret->hinted = g_queue_get_length(&s->hints);
    ret->running = g_hash_table_size(s->jobs) - ret->queued - ret->hinted;
    ret->waiting = g_hash_table_size(s->pending);
    g_mutex_unlock(&s->lock);
}
