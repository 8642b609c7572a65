/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the scheduler starts next: what somebody waits for, then what foresights tell. */
#include "fs/sched_parts.h"
#include "fs/source.h"

/* Of a content before there was any. */
#define MEAN_AT_FIRST (UINT64_C(256) << 10)

/* What comes from the disk ahead of its reader at a time. */
#define FETCH_AHEAD 2

/* Nothing speculative is begun that could not have a worker at once: so it never delays a demand by
 * more than what the workers are at. */
static bool may_look_ahead_locked(const struct sched *s)
{
    unsigned most = s->rooms.n_workers + (s->rooms.disk ? FETCH_AHEAD : 0);

    return !s->stopped && s->n_running < s->rooms.n_workers && s->n_running + s->n_fetching < most;
}

static void pass(const struct sched *s, struct key k, bool failed)
{
    if (s->rooms.passed)
        s->rooms.passed(s->rooms.ctx, k, failed);
}

/* Needs no work, whatever its identity. */
static bool is_settled_locked(struct sched *s, struct key k)
{
    uint64_t size;
    bool failed = sizes_look(s->rooms.sizes, k, &size) == SIZE_FAILED;

    if (g_hash_table_contains(s->jobs, &k))
        return true;
    if (!failed && !sizes_is_kept(s->rooms.sizes, k))
        return false;
    pass(s, k, failed);
    return true;
}

/* The next that needs work of one foresight; after many that need none, those who wait for the lock
 * have their turn. */
static struct job *ask_locked(struct sched *s, const struct foresight *f)
{
    enum { PATIENCE = 256 };
    struct key k;
    uint64_t owner;

    for (unsigned n = 0; f->next && n < PATIENCE; n++) {
        if (!f->next(f->ctx, &k, &owner))
            return NULL;
        if (is_settled_locked(s, k))
            continue;
        struct job *job = sched_add_job_locked(s, k, JOB_STARTING);
        job->ahead = true;
        job->owner = owner;
        return job;
    }
    s->again |= f->next != NULL;
    return NULL;
}

/* A new job from who is asked first, or NULL.  What goes to the disk is of use also when memory has
 * no room to keep it for its reader. */
static struct job *foresee_locked(struct sched *s)
{
    const bool deep = s->rooms.disk;
    struct job *job = NULL;

    for (unsigned u = URGENCY_DEMAND + 1; u < URGENCY_N && !job; u++) {
        if (s->is_full && !(deep && u == URGENCY_WARM))
            continue;
        job = ask_locked(s, &s->foresights[u]);
        if (job && deep && u == URGENCY_WARM)
            job->owner = 0;
    }
    return job;
}

/* The next job to begin, now STARTING. */
static struct job *take_locked(struct sched *s)
{
    GList *link = NULL;
    struct job *job;

    if (s->n_running < s->rooms.n_workers)
        link = g_queue_pop_head_link(&s->demand);
    if (!link && may_look_ahead_locked(s) && !s->is_full)
        link = g_queue_pop_head_link(&s->spare);
    if (!link)
        return may_look_ahead_locked(s) ? foresee_locked(s) : NULL;
    job = link->data;
    job->ahead = job->state == JOB_SPARE;
    job->state = JOB_STARTING;
    return job;
}

/* In this order, what is computed from here on is of that identity if the stamp is the same at the
 * end. */
static void identify(const struct sched *s, struct job *job)
{
    job->stamp = source_stamp(s->rooms.plan, job->key);
    job->id = seq_identity(plan_output(s->rooms.plan, job->key.output)->seq, job->key.index);
    job->known = true;
}

/* Whether what a job will give has room: what readers wait for always has, one at a time. */
static bool make_room(struct sched *s, const struct job *job, uint64_t bytes, bool is_alone)
{
    if (!job->ahead)
        return store_make_room(s->rooms.store, bytes, true) || is_alone;
    return job->owner ? store_make_room_ahead(s->rooms.store, bytes)
                      : store_make_room(s->rooms.store, bytes, false);
}

/* Bytes that a job will give, as far as can be told. */
static uint64_t expect_locked(const struct sched *s)
{
    return s->mean ? s->mean : MEAN_AT_FIRST;
}

/* Puts a job back that could not be begun.  full: for want of room, upon which there may still be
 * others that want none: true = they can be looked for. */
static bool refuse(struct sched *s, struct job *job, bool full)
{
    bool more;

    g_mutex_lock(&s->lock);
    s->n_running--;
    job->attempts--;
    sched_put_back_locked(s, job, job->ahead);
    more = full && !s->is_full;
    s->is_full |= full;
    g_mutex_unlock(&s->lock);
    return more;
}

/* Hands a job to a worker.  false = there is none, or no room. */
static bool run(struct sched *s, struct job *job)
{
    struct key k = job->key;
    bool is_alone, has_room, ahead = job->ahead;
    uint64_t bytes, owner = job->owner;

    g_mutex_lock(&s->lock);
    is_alone = s->n_running == 0;
    bytes = expect_locked(s);
    s->n_running++;
    job->state = JOB_RUNNING; /* and it may be over before offer() returns */
    job->attempts++;
    job->reserved = bytes;
    g_mutex_unlock(&s->lock);
    has_room = make_room(s, job, bytes, is_alone);
    if (has_room) {
        budget_take(s->rooms.budget, BUDGET_RESERVED, bytes);
        if (s->offer(s->crew, k)) {
            stats_add(s->rooms.stats, STAT_AHEAD, ahead);
            return true;
        }
        budget_give(s->rooms.budget, BUDGET_RESERVED, bytes);
    }
    return refuse(s, job, ahead && owner && !has_room);
}

/* Whether a job that nobody waited for is superfluous: it is ended then.  What has no identity
 * could not be kept for its reader. */
static bool is_there(struct sched *s, struct job *job)
{
    OWN(content_unref) struct content *c = NULL;

    if (!job->ahead || job->attempts > 0)
        return false;
    if (identity_is_none(job->id)) {
        pass(s, job->key, false);
        g_mutex_lock(&s->lock);
        sched_put_back_locked(s, job, false);
        g_mutex_unlock(&s->lock);
        return true;
    }
    c = store_look(s->rooms.store, job->id, false);
    if (!c)
        return false;
    sched_note_found(s, job->key, job->id, content_len(c));
    pass(s, job->key, false);
    sched_finish(s, job->key, STAT_OPENS_MEMORY, c, 0);
    return true;
}

/* From STARTING to FETCHING, if the disk may have it.  What nobody waits for will come to memory,
 * and needs room there; where there is none, there is none for a worker's result either. */
static bool fetch(struct sched *s, struct job *job)
{
    struct key k = job->key;
    struct identity id = job->id;
    uint64_t bytes = 0;

    if (!s->rooms.disk || job->fetched || identity_is_none(id))
        return false;
    g_mutex_lock(&s->lock);
    if (job->ahead)
        bytes = expect_locked(s);
    g_mutex_unlock(&s->lock);
    if (job->ahead && !make_room(s, job, bytes, false))
        return false;
    budget_take(s->rooms.budget, BUDGET_RESERVED, bytes);
    g_mutex_lock(&s->lock);
    job->state = JOB_FETCHING;
    job->reserved = bytes;
    s->n_fetching++;
    s->n_asked++;
    g_mutex_unlock(&s->lock);
    sched_fetch(s, k, id);
    return true;
}

/* Begins one job, without the lock meanwhile.  false = there is none to begin now. */
static bool begin_locked(struct sched *s)
{
    struct job *job = take_locked(s);
    bool more;

    if (!job)
        return false;
    g_mutex_unlock(&s->lock);
    if (!job->known)
        identify(s, job);
    more = is_there(s, job) || fetch(s, job) || run(s, job);
    g_mutex_lock(&s->lock);
    return more;
}

/* One thread at a time does it, so that jobs start in their order; whoever comes meanwhile has it
 * look again, so that no worker stays idle beside a job. */
void sched_dispatch(struct sched *s)
{
    g_mutex_lock(&s->lock);
    s->again = true;
    while (s->again && !s->dispatching) {
        s->again = s->is_full = false;
        s->dispatching = true;
        while (begin_locked(s))
            continue;
        s->dispatching = false;
        g_cond_broadcast(&s->settled);
        g_mutex_unlock(&s->lock); /* for those who wait for it */
        g_mutex_lock(&s->lock);
    }
    g_mutex_unlock(&s->lock);
}
