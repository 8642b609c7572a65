/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scheduler: who waits for which element; one job for each. */
#include "fs/sched.h"

#include <assert.h>
#include <errno.h>

#include "fs/sched_parts.h"

struct sched *sched_new(const struct sched_rooms *rooms)
{
    struct sched *s = g_new0(struct sched, 1);

    s->rooms = *rooms;
    g_mutex_init(&s->lock);
    g_cond_init(&s->settled);
    s->jobs = g_hash_table_new(key_hash, key_equal);
    s->pending = g_hash_table_new(NULL, NULL);
    g_queue_init(&s->demand);
    g_queue_init(&s->spare);
    return s;
}

void sched_set_crew(struct sched *s, sched_offer_fn *offer, void *crew)
{
    s->offer = offer;
    s->crew = crew;
}

void sched_set_foresight(struct sched *s, enum urgency u, struct foresight f)
{
    assert(u != URGENCY_DEMAND);
    s->foresights[u] = f;
}

void sched_free(struct sched *s)
{
    GHashTableIter iter;
    void *job;

    if (!s)
        return;
    assert(g_hash_table_size(s->pending) == 0 && s->n_asked == 0);
    g_hash_table_iter_init(&iter, s->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &job))
        g_free(job);
    g_hash_table_unref(s->jobs);
    g_hash_table_unref(s->pending);
    g_cond_clear(&s->settled);
    g_mutex_clear(&s->lock);
    g_free(s);
}

/* NULL: a job that has been begun is in none. */
static GQueue *queue_of(struct sched *s, const struct job *job)
{
    switch (job->state) {
    case JOB_QUEUED:
        return &s->demand;
    case JOB_SPARE:
        return &s->spare;
    case JOB_STARTING:
    case JOB_FETCHING:
    case JOB_RUNNING:
        break;
    }
    return NULL;
}

struct job *sched_add_job_locked(struct sched *s, struct key k, enum job_state state)
{
    struct job *job = g_new0(struct job, 1);
    GQueue *queue;

    job->key = k;
    job->state = state;
    job->link.data = job;
    g_queue_init(&job->wants);
    g_hash_table_insert(s->jobs, &job->key, job);
    queue = queue_of(s, job);
    if (queue)
        g_queue_push_tail_link(queue, &job->link);
    return job;
}

void sched_free_job_locked(struct sched *s, struct job *job)
{
    GQueue *queue = queue_of(s, job);

    assert(g_queue_is_empty(&job->wants));
    if (queue)
        g_queue_unlink(queue, &job->link);
    g_hash_table_remove(s->jobs, &job->key);
    g_free(job);
}

void sched_put_back_locked(struct sched *s, struct job *job, bool keep)
{
    bool is_wanted = !g_queue_is_empty(&job->wants);

    if (!is_wanted && (!keep || s->stopped)) {
        sched_free_job_locked(s, job);
        return;
    }
    job->state = is_wanted ? JOB_QUEUED : JOB_SPARE;
    g_queue_push_head_link(queue_of(s, job), &job->link);
}

/* What somebody asks for.  Lifetime: call. */
struct asking {
    struct key key;
    struct identity id;
    want_done_fn *done;
    void *ctx;
    bool quiet;
};

static struct want *add_want_locked(struct sched *s, struct job *job, const struct asking *a)
{
    struct pending *p = g_new0(struct pending, 1);

    p->ticket = (struct want *)++s->last_ticket;
    p->job = job;
    p->done = a->done;
    p->ctx = a->ctx;
    p->quiet = a->quiet;
    p->since = g_get_monotonic_time();
    p->link.data = p;
    g_queue_push_tail_link(&job->wants, &p->link);
    g_hash_table_insert(s->pending, p->ticket, p);
    return p->ticket;
}

void sched_take_wants_locked(struct sched *s, struct job *job, GQueue *answers)
{
    GList *link;

    while ((link = g_queue_pop_head_link(&job->wants))) {
        struct pending *p = link->data;

        g_hash_table_remove(s->pending, p->ticket);
        g_queue_push_tail_link(answers, link);
    }
}

static void count_wait(struct sched *s, const struct pending *p, enum stats_count tier)
{
    if (p->quiet)
        return;
    stats_add(s->rooms.stats, tier, 1);
    stats_add_wait(s->rooms.stats,
                   (double)(g_get_monotonic_time() - p->since) / G_TIME_SPAN_SECOND);
}

void sched_answer(struct sched *s, GQueue *answers, enum stats_count tier, struct content *c,
                  int err)
{
    GList *link;

    while ((link = g_queue_pop_head_link(answers))) {
        struct pending *p = link->data;

        count_wait(s, p, tier);
        p->done(p->ctx, c, err);
        g_free(p);
    }
}

/* What is known of an element without a job: a content, or why there will be none, or neither. */
static void look_locked(struct sched *s, struct key k, struct identity id, struct content **ret,
                        int *ret_err)
{
    uint64_t size;

    *ret = NULL;
    *ret_err = s->stopped;
    if (*ret_err == 0 && sizes_look(s->rooms.sizes, k, &size) == SIZE_FAILED)
        *ret_err = -EIO;
    if (*ret_err == 0)
        *ret = store_look(s->rooms.store, id, true);
}

/* A new job for somebody who waits.  The disk is asked at once, workers in their turn. */
static struct job *demand_locked(struct sched *s, struct key k, struct identity id)
{
    bool fetch = s->rooms.disk && !identity_is_none(id);
    struct job *job = sched_add_job_locked(s, k, fetch ? JOB_FETCHING : JOB_QUEUED);

    job->id = id;
    s->n_fetching += fetch;
    s->n_asked += fetch;
    return job;
}

/* What nobody waited for is waited for now. */
static void promote_locked(struct sched *s, struct job *job)
{
    if (job->state == JOB_SPARE) {
        g_queue_unlink(&s->spare, &job->link);
        job->state = JOB_QUEUED;
        g_queue_push_tail_link(&s->demand, &job->link);
    }
}

/* Joins the job there is for it, or adds one.  *ret_fetch: the disk is to be asked. */
static struct want *wait_locked(struct sched *s, const struct asking *a, bool *ret_fetch)
{
    struct job *job = g_hash_table_lookup(s->jobs, &a->key);

    stats_add(s->rooms.stats, STAT_OPENS_JOINED, job && !a->quiet);
    *ret_fetch = false;
    if (job) {
        promote_locked(s, job);
    } else {
        job = demand_locked(s, a->key, a->id);
        *ret_fetch = job->state == JOB_FETCHING;
    }
    return add_want_locked(s, job, a);
}

/* There was no need to wait. */
static void answer_at_once(struct sched *s, const struct asking *a, struct content *c, int err)
{
    if (c)
        sched_note_found(s, a->key, a->id, content_len(c));
    if (!a->quiet)
        stats_add(s->rooms.stats, c ? STAT_OPENS_MEMORY : STAT_OPENS_FAILED, 1);
    a->done(a->ctx, c, err);
}

static struct want *ask(struct sched *s, const struct asking *a)
{
    OWN(content_unref) struct content *c = NULL;
    struct want *ticket = NULL;
    bool fetch = false;
    int err;

    g_mutex_lock(&s->lock);
    look_locked(s, a->key, a->id, &c, &err);
    if (!c && err == 0)
        ticket = wait_locked(s, a, &fetch);
    g_mutex_unlock(&s->lock);
    if (!ticket)
        answer_at_once(s, a, c, err);
    else if (fetch)
        sched_fetch(s, a->key, a->id);
    else
        sched_dispatch(s);
    return ticket;
}

struct want *sched_want(struct sched *s, struct key k, struct identity id, want_done_fn *done,
                        void *ctx)
{
    return ask(s, &(struct asking){k, id, done, ctx, false});
}

struct want *sched_want_again(struct sched *s, struct key k, struct identity id, want_done_fn *done,
                              void *ctx)
{
    return ask(s, &(struct asking){k, id, done, ctx, true});
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
            sched_free_job_locked(s, p->job);
    }
    g_mutex_unlock(&s->lock);
    if (!p)
        return false;
    count_wait(s, p, STAT_OPENS_WAITED);
    g_free(p);
    return true;
}

void sched_stir(struct sched *s)
{
    sched_dispatch(s);
}

void sched_stop(struct sched *s, int err)
{
    GQueue answers = G_QUEUE_INIT;
    GHashTableIter iter;
    void *at;

    assert(err < 0);
    g_mutex_lock(&s->lock);
    if (!s->stopped)
        s->stopped = err;
    g_hash_table_iter_init(&iter, s->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &at))
        sched_take_wants_locked(s, at, &answers);
    while (!g_queue_is_empty(&s->demand))
        sched_free_job_locked(s, s->demand.head->data);
    while (!g_queue_is_empty(&s->spare))
        sched_free_job_locked(s, s->spare.head->data);
    g_mutex_unlock(&s->lock);
    sched_answer(s, &answers, STAT_OPENS_WAITED, NULL, err);
}

void sched_settle(struct sched *s)
{
    g_mutex_lock(&s->lock);
    assert(s->stopped);
    while (s->n_asked > 0 || s->dispatching)
        g_cond_wait(&s->settled, &s->lock);
    g_mutex_unlock(&s->lock);
}

void sched_look_figures(struct sched *s, struct sched_figures *ret)
{
    GHashTableIter iter;
    void *at;

    g_mutex_lock(&s->lock);
    *ret = (struct sched_figures){
        .queued = g_queue_get_length(&s->demand) + g_queue_get_length(&s->spare),
        .running = s->n_running,
        .fetching = s->n_fetching,
        .waiting = g_hash_table_size(s->pending),
        .mean = s->mean,
    };
    g_hash_table_iter_init(&iter, s->jobs);
    while (g_hash_table_iter_next(&iter, NULL, &at))
        ret->ahead += g_queue_is_empty(&((struct job *)at)->wants);
    g_mutex_unlock(&s->lock);
}
