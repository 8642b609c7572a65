/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A crew of threads: for transforms that are trusted and safe together. */
#include <errno.h>

#include "fs/crew_internal.h"
#include "fs/readers.h"
#include "fs/shelf.h"

/* Lifetime: crew. */
struct gang {
    const struct crew_common *common;
    struct readers_kept *readers; /* owned */
    GMutex lock;
    /* under lock: */
    GCond news;      /* a job, or the end */
    GQueue *jobs;    /* of struct key, owned; not begun */
    unsigned n_busy; /* jobs accepted and not done */
    bool stopping;
    GPtrArray *threads; /* of GThread, owned; of the thread that makes and frees the crew */
};

static int64_t deadline(const struct crew_conf *conf)
{
    return conf->timeout > 0 ? g_get_monotonic_time() + (int64_t)(conf->timeout * 1e6) : 0;
}

/* The thread is free before done is called. */
static void answer(struct gang *g, struct key k, struct outcome *o)
{
    g_mutex_lock(&g->lock);
    g->n_busy--;
    g_mutex_unlock(&g->lock);
    g->common->done(g->common->ctx, k, o);
}

static int evaluate(const struct gang *g, struct eval *e, struct key k, GBytes **ret)
{
    const struct plan *p = g->common->plan;

    if (plan_output(p, k.output)->kind == OUTPUT_CONTACT)
        return fault_set(&e->fault, ENOTSUP,
                         "a contact sheet needs a worker process: not with 'isolation: thread'");
    return plan_eval(p, e, k.output, k.index, ret);
}

static void do_job(struct gang *g, struct eval *e, struct key k)
{
    int64_t start = g_get_monotonic_time();
    struct outcome o = {0};
    GBytes *bytes = NULL;

    e->deadline = deadline(&g->common->conf);
    if (evaluate(g, e, k, &bytes) < 0)
        o.fault = &e->fault;
    else
        o.own_content = content_new_bytes(bytes, g->common->budget);
    o.seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    o.timings = e->timings;
    o.n_timings = e->n_timings;
    o.notes = e->notes;
    answer(g, k, &o);
}

static void cancel(struct gang *g, struct key k)
{
    struct fault f;

    fault_set(&f, ECANCELED, "the mount is being stopped");
    answer(g, k, &(struct outcome){.fault = &f});
}

/* The next job; NULL = go home.  *ret_stopping: it is only to be cancelled. */
static struct key *next_job(struct gang *g, bool *ret_stopping)
{
    g_mutex_lock(&g->lock);
    while (g_queue_is_empty(g->jobs) && !g->stopping)
        g_cond_wait(&g->news, &g->lock);
    struct key *k = g_queue_pop_head(g->jobs);
    *ret_stopping = g->stopping;
    g_mutex_unlock(&g->lock);
    return k;
}

static void *run(void *arg)
{
    struct gang *g = arg;
    g_autofree struct eval *e = g_new(struct eval, 1);
    struct key *k;
    bool stopping;

    eval_init(e, NULL);
    e->readers = readers_door(g->readers);
    e->keeper = shelf_keeper(g->common->shelf);
    while ((k = next_job(g, &stopping))) {
        if (stopping)
            cancel(g, *k);
        else
            do_job(g, e, *k);
        g_free(k);
    }
    eval_finish(e);
    return NULL;
}

static void gang_free(void *self)
{
    struct gang *g = self;

    g_mutex_lock(&g->lock);
    g->stopping = true;
    g_cond_broadcast(&g->news);
    g_mutex_unlock(&g->lock);
    readers_stop(g->readers);
    for (unsigned i = 0; i < g->threads->len; i++)
        g_thread_join(g->threads->pdata[i]);
    g_ptr_array_free(g->threads, TRUE);
    g_queue_free_full(g->jobs, g_free);
    readers_free(g->readers);
    g_cond_clear(&g->news);
    g_mutex_clear(&g->lock);
    g_free(g);
}

static bool gang_offer(void *self, struct key k)
{
    struct gang *g = self;

    g_mutex_lock(&g->lock);
    bool accepted = !g->stopping && g->n_busy < g->common->conf.count;
    if (accepted) {
        g->n_busy++;
        g_queue_push_tail(g->jobs, g_memdup2(&k, sizeof k));
        g_cond_signal(&g->news);
    }
    g_mutex_unlock(&g->lock);
    return accepted;
}

static unsigned gang_busy(void *self)
{
    struct gang *g = self;

    g_mutex_lock(&g->lock);
    unsigned n = g->n_busy;
    g_mutex_unlock(&g->lock);
    return n;
}

static unsigned gang_alive(void *self)
{
    const struct gang *g = self;

    return g->threads->len;
}

const struct crew_kind crew_threads = {
    .free = gang_free,
    .offer = gang_offer,
    .busy = gang_busy,
    .alive = gang_alive,
};

int crew_thread_new(const struct crew_common *common, struct fault *f, void **ret)
{
    struct gang *g = g_new0(struct gang, 1);

    g->common = common;
    g->readers = readers_new(common->plan);
    g_mutex_init(&g->lock);
    g_cond_init(&g->news);
    g->jobs = g_queue_new();
    g->threads = g_ptr_array_new();
    for (unsigned i = 0; i < common->conf.count; i++) {
        GThread *thread = crew_start_thread("worker", run, g, f);
        if (!thread) {
            gang_free(g);
            return -f->err;
        }
        g_ptr_array_add(g->threads, thread);
        stats_add(common->stats, STAT_WORKERS_STARTED, 1);
    }
    *ret = g;
    return 0;
}
