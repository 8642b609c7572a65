/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of jobs: contents are kept, failures remembered, or it is tried again. */
#include <errno.h>

#include "fs/sched_parts.h"
#include "fs/source.h"
#include "ops/core/report.h"

/* How often an element is computed anew because its source changed meanwhile. */
#define RESTARTS 3

static struct job *find_job_locked(struct sched *s, struct key k)
{
    return g_hash_table_lookup(s->jobs, &k);
}

static void learnt(struct sched *s, struct key k, struct identity id, const uint64_t *size)
{
    if (s->rooms.learnt)
        s->rooms.learnt(s->rooms.ctx, k, id, size);
}

/* What is known of an element may be of another version than what has come: then it is another one
 * to the kernel, too, which may have some of its bytes. */
static void note_stamp(struct sched *s, struct key k, uint64_t stamp)
{
    const uint64_t known = sizes_look_stamp(s->rooms.sizes, k);

    if (known != 0 && stamp != 0 && known != stamp)
        sizes_renew(s->rooms.sizes, k);
    sizes_stamp(s->rooms.sizes, k, stamp);
}

/* id: none if it is not to be remembered. */
static void fail(struct sched *s, uint64_t stamp, struct identity id, const struct failure *failure)
{
    const struct incident at = {.output = failure->key.output,
                                .index = failure->key.index,
                                .when = failure->when,
                                .seconds = failure->seconds,
                                .attempt = failure->attempt};
    g_autoptr(GString) line = g_string_new(NULL);

    /* In this order, a failure that is forgotten meanwhile leaves nothing behind. */
    note_stamp(s, failure->key, stamp);
    sizes_fail(s->rooms.sizes, failure->key);
    errlog_put(s->rooms.errlog, failure);
    stats_add(s->rooms.stats, STAT_FAILURES, 1);
    report_headline(s->rooms.plan, &at, &failure->fault, line);
    log_add(s->rooms.log, "%s", line->str);
    learnt(s, failure->key, id, NULL);
}

void sched_fail(struct sched *s, struct key k, struct identity id, const struct fault *f,
                double seconds)
{
    const struct failure failure = {
        .key = k, .when = g_get_real_time(), .seconds = seconds, .attempt = 1, .fault = *f};

    fail(s, id.a, id, &failure);
}

void sched_finish(struct sched *s, struct key k, enum stats_count tier, struct content *c, int err)
{
    GQueue answers = G_QUEUE_INIT;
    struct job *job;

    g_mutex_lock(&s->lock);
    job = find_job_locked(s, k);
    sched_take_wants_locked(s, job, &answers);
    sched_free_job_locked(s, job);
    if (!c && err == 0)
        err = s->stopped ? s->stopped : -ECANCELED;
    g_mutex_unlock(&s->lock);
    sched_dispatch(s); /* before the answers: a worker is waiting */
    sched_answer(s, &answers, tier, c, err);
}

/* What was computed may be of another size than was remembered of it, when programs are not as good
 * as their word: then it is another version to the kernel. */
static void note_size(struct sched *s, struct key k, uint64_t stamp, struct identity id,
                      uint64_t size)
{
    uint64_t before;

    if (sizes_look(s->rooms.sizes, k, &before) == SIZE_KNOWN && before != size)
        sizes_renew(s->rooms.sizes, k);
    note_stamp(s, k, stamp);
    sizes_put(s->rooms.sizes, k, size);
    learnt(s, k, id, &size);
}

/* Another element with the same identity may have been computed, or the size be forgotten. */
void sched_note_found(struct sched *s, struct key k, struct identity id, uint64_t size)
{
    uint64_t known;

    if (sizes_look(s->rooms.sizes, k, &known) != SIZE_KNOWN || known != size)
        note_size(s, k, id.a, id, size);
}

/* The mean forgets slowly. */
static void note_mean(struct sched *s, uint64_t size)
{
    enum { WEIGHT = 16 };

    g_mutex_lock(&s->lock);
    s->mean = s->mean ? s->mean - s->mean / WEIGHT + size / WEIGHT : size;
    g_mutex_unlock(&s->lock);
}

/* What the result of a job may be kept under. */
static struct identity name_of(const struct job *job)
{
    return job->unsure ? (struct identity){0} : job->id;
}

/* Keeps what a job gave, and ends it.  own: counted. */
static void end_well(struct sched *s, struct job *job, enum stats_count tier, struct content *own)
{
    const struct key k = job->key;
    const struct identity id = name_of(job);
    OWN(content_unref) struct content *c = NULL;
    uint64_t owner;
    bool wanted;

    note_mean(s, content_len(own));
    note_size(s, k, job->id.a, id, content_len(own));
    g_mutex_lock(&s->lock);
    wanted = !g_queue_is_empty(&job->wants);
    owner = job->ahead ? job->owner : 0;
    g_mutex_unlock(&s->lock);
    c = store_put(s->rooms.store, id, own, owner, wanted);
    sched_finish(s, k, tier, c, 0);
}

/* Bytes of a file, brought into memory for a reader who has not come yet: reading them was what
 * would have taken him time.  NULL = no memory. */
static struct content *load(struct sched *s, struct content *own)
{
    OWN(content_unref) struct content *file = own;
    const uint64_t len = content_len(file);
    char *bytes = g_try_malloc(len ? len : 1);

    if (!bytes || content_read(file, 0, bytes, len) != (ssize_t)len) {
        g_free(bytes);
        return NULL;
    }
    return content_new_bytes(g_bytes_new_take(bytes, len), s->rooms.budget);
}

/* A worker's job is back: what it held is given back. */
static struct job *take_back(struct sched *s, struct key k)
{
    struct job *job;

    g_mutex_lock(&s->lock);
    job = find_job_locked(s, k);
    s->n_running--;
    g_mutex_unlock(&s->lock);
    budget_give(s->rooms.budget, BUDGET_RESERVED, job->reserved);
    return job;
}

/* Has a job tried once more if its failure may pass. */
static bool retry(struct sched *s, struct job *job, const struct fault *f)
{
    bool again;

    g_mutex_lock(&s->lock);
    again = f->transient && job->attempts <= s->rooms.retry && !s->stopped;
    if (again)
        sched_put_back_locked(s, job, true);
    g_mutex_unlock(&s->lock);
    stats_add(s->rooms.stats, STAT_RETRIES, again);
    return again;
}

/* Whether its sources are still what they were when the job began; if not, it begins again, but not
 * for ever: then its result is good for those who wait, and is not kept. */
static bool restart(struct sched *s, struct job *job)
{
    const uint64_t now = source_stamp(s->rooms.plan, job->key);
    bool again;

    if (now == job->stamp)
        return false;
    g_mutex_lock(&s->lock);
    again = job->restarts++ < RESTARTS && !s->stopped;
    job->attempts -= again; /* it was no failure of its own */
    job->known = job->fetched = false;
    job->unsure = !again;
    if (again)
        sched_put_back_locked(s, job, true);
    g_mutex_unlock(&s->lock);
    return again;
}

/* Forgets what the disk found of another version than there is now. */
static void check_fetched(struct sched *s, struct key k, struct identity id, struct content **c)
{
    const struct seq *seq = plan_output(s->rooms.plan, k.output)->seq;

    if (*c && !identity_equal(seq_identity(seq, k.index), id))
        content_unref(g_steal_pointer(c));
}

static void end_fetch(struct sched *s, struct key k, struct identity id, struct content *own)
{
    OWN(content_unref) struct content *c = own;
    struct content *loaded;
    uint64_t reserved;
    struct job *job;
    bool wanted;

    check_fetched(s, k, id, &c);
    g_mutex_lock(&s->lock);
    job = find_job_locked(s, k);
    s->n_fetching--;
    job->fetched = true;
    reserved = job->reserved;
    job->reserved = 0;
    wanted = !g_queue_is_empty(&job->wants);
    if (!c)
        sched_put_back_locked(s, job, job->ahead);
    g_mutex_unlock(&s->lock);
    budget_give(s->rooms.budget, BUDGET_RESERVED, reserved);
    if (!c) {
        sched_dispatch(s);
    } else if (wanted) {
        note_size(s, k, id.a, id, content_len(c));
        sched_finish(s, k, STAT_OPENS_DISK, c, 0); /* the file is kept by the kernel, not by us */
    } else {
        loaded = load(s, g_steal_pointer(&c));
        if (loaded)
            end_well(s, job, STAT_OPENS_DISK, loaded);
        else
            sched_finish(s, k, STAT_OPENS_DISK, NULL, -ENOMEM);
    }
}

/* A disk_done_fn. */
static void fetched(void *ctx, struct key k, struct identity id, struct content *own)
{
    struct sched *s = ctx;

    end_fetch(s, k, id, own);
    g_mutex_lock(&s->lock);
    if (--s->n_asked == 0)
        g_cond_broadcast(&s->settled);
    g_mutex_unlock(&s->lock);
}

void sched_fetch(struct sched *s, struct key k, struct identity id)
{
    disk_fetch(s->rooms.disk, k, id, fetched, s);
}

static void note_outcome(struct sched *s, const struct outcome *o)
{
    stats_add(s->rooms.stats, STAT_EVALUATIONS, 1);
    stats_add_timings(s->rooms.stats, o->timings, o->n_timings);
    stats_add_busy(s->rooms.stats, o->seconds);
    if (s->rooms.notes && o->notes)
        notes_add(s->rooms.notes, o->notes);
}

void sched_done(void *sched, struct key k, struct outcome *o)
{
    struct sched *s = sched;
    struct job *job = take_back(s, k);
    OWN(content_unref) struct content *c = g_steal_pointer(&o->own_content);

    if (!c && o->fault->err == ECANCELED) {
        sched_finish(s, k, STAT_OPENS_WAITED, NULL, 0);
        return;
    }
    note_outcome(s, o);
    if (restart(s, job) || (!c && retry(s, job, o->fault))) {
        sched_dispatch(s);
    } else if (c) {
        if (s->rooms.disk)
            disk_keep(s->rooms.disk, name_of(job), c);
        end_well(s, job, STAT_OPENS_WAITED, g_steal_pointer(&c));
    } else {
        const struct failure failure = {.key = k,
                                        .when = g_get_real_time(),
                                        .seconds = o->seconds,
                                        .attempt = job->attempts,
                                        .fault = *o->fault};

        fail(s, job->id.a, name_of(job), &failure);
        sched_finish(s, k, STAT_OPENS_WAITED, NULL, -EIO);
    }
}
