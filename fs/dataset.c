/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the rooms that make and keep contents together, and tells which of them answers. */
#include "fs/dataset.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "fs/ahead.h"
#include "fs/direct.h"
#include "fs/machine.h"
#include "fs/notes.h"
#include "fs/past.h"
#include "fs/shelf.h"
#include "fs/source.h"
#include "fs/step.h"
#include "fs/store.h"
#include "fs/zygote.h"
#include "ops/core/report.h"

struct dataset {
    const struct plan *plan;
    struct log *log;
    struct stats *stats; /* owned, as all below */
    struct store *store;
    struct sizes *sizes;
    struct past *past;
    struct errlog *errlog;
    struct direct *direct;
    struct notes *notes;
    struct sched *sched;
    struct ahead *ahead;
    struct crew *crew;
};

static void forgotten(void *ctx, struct key k)
{
    struct dataset *d = ctx;

    sizes_forget(d->sizes, k);
}

static bool offer(void *crew, struct key k)
{
    return crew_offer(crew, k);
}

static uint64_t *plan_lens(const struct plan *p)
{
    uint32_t n = plan_n_outputs(p);
    uint64_t *lens = g_new0(uint64_t, n ? n : 1);

    for (uint32_t i = 0; i < n; i++)
        lens[i] = plan_output(p, i)->seq->len;
    return lens;
}

static unsigned window(const struct conf *conf, unsigned n_workers)
{
    if (conf->prefetch.ahead >= 0)
        return (unsigned)conf->prefetch.ahead;
    return MAX(8, 4 * n_workers);
}

static struct ahead_window *plan_windows(const struct plan *p, unsigned usual)
{
    uint32_t n = plan_n_outputs(p);
    struct ahead_window *windows = g_new0(struct ahead_window, n ? n : 1);

    for (uint32_t i = 0; i < n; i++)
        windows[i] = ahead_plan(plan_output(p, i)->seq, usual);
    return windows;
}

/* All rooms but the crew; none of them starts anything. */
static struct dataset *furnish(const struct conf *conf, const struct plan *p, struct log *log,
                               unsigned n_workers)
{
    struct dataset *d = g_new0(struct dataset, 1);
    g_autofree uint64_t *lens = plan_lens(p);
    g_autofree struct ahead_window *windows = plan_windows(p, window(conf, n_workers));
    uint32_t n = plan_n_outputs(p);
    struct sched_rooms rooms;

    d->plan = p;
    d->log = log;
    d->stats = stats_new(p);
    d->store = store_new(conf->cache.memory ? conf->cache.memory : machine_memory("") / 4);
    d->sizes = sizes_new(n, lens);
    d->past = past_new();
    d->errlog = errlog_new(forgotten, d);
    d->direct = direct_new(p);
    d->notes = notes_new(p, log);
    rooms = (struct sched_rooms){
        .store = d->store,
        .sizes = d->sizes,
        .errlog = d->errlog,
        .stats = d->stats,
        .log = log,
        .notes = d->notes,
        .plan = p,
        .retry = (unsigned)conf->errors.retry,
    };
    d->sched = sched_new(&rooms);
    d->ahead = ahead_new(d->sched, d->store, windows, n, lens);
    return d;
}

static int check_isolation(const struct crew_conf *crew, const struct plan *p, struct fault *f)
{
    const struct seq *s = crew->isolation == ISOLATION_THREAD ? crew_unsafe_step(p) : NULL;

    if (!s)
        return 0;
    return fault_set(f, EINVAL,
                     "isolation: 'thread' is not for '%s' (line %" PRIu32 ", column %" PRIu32
                     "), which may harm the whole mount in a thread; use isolation: process",
                     s->name, s->mark.line, s->mark.column);
}

int dataset_new(const struct conf *conf, const struct plan *p, struct zygote *own_z,
                struct log *log, struct fault *f, struct dataset **ret)
{
    OWN(dataset_free) struct dataset *d = NULL;
    struct crew_conf crew;
    int r;

    conf_crew(conf, &crew);
    r = check_isolation(&crew, p, f);
    if (r < 0) {
        zygote_stop(own_z);
        return r;
    }
    d = furnish(conf, p, log, crew.count);
    r = crew_new(&crew, p, own_z, d->stats, log, sched_done, d->sched, f, &d->crew);
    if (r < 0)
        return r;
    sched_set_crew(d->sched, offer, d->crew);
    *ret = g_steal_pointer(&d);
    return 0;
}

void dataset_free(struct dataset *d)
{
    if (!d)
        return;
    sched_stop(d->sched, -ESHUTDOWN);
    if (d->crew)
        crew_free(d->crew);
    ahead_free(d->ahead);
    sched_free(d->sched);
    notes_free(d->notes);
    direct_free(d->direct);
    errlog_free(d->errlog);
    past_free(d->past);
    sizes_free(d->sizes);
    store_free(d->store);
    stats_free(d->stats);
    g_free(d);
}

/* A failure that may pass is the reader's alone; the next open tries again. */
static int fail_direct(struct dataset *d, struct key k, const struct fault *f)
{
    const struct incident at = {.output = k.output, .index = k.index, .attempt = 1};
    g_autoptr(GString) line = NULL;

    if (!f->transient) {
        sched_fail(d->sched, k, f, 0);
        return -EIO;
    }
    line = g_string_new(NULL);
    report_headline(d->plan, &at, f, line);
    log_add(d->log, "%s", line->str);
    return -f->err;
}

/* Forgets what is known of an element if its source is another by now. */
static void notice_change(struct dataset *d, struct key k, uint64_t stamp)
{
    uint64_t known = sizes_look_stamp(d->sizes, k), size;

    if (known == 0 || known == stamp)
        return;
    if (sizes_look(d->sizes, k, &size) == SIZE_KNOWN)
        past_put(d->past, k, sizes_version(d->sizes, k), size);
    errlog_forget(d->errlog, k);
    store_drop(d->store, k);
    sizes_renew(d->sizes, k);
}

void dataset_refresh(struct dataset *d, struct key k)
{
    if (sizes_look_stamp(d->sizes, k) != 0)
        notice_change(d, k, source_stamp(d->plan, k));
}

/* Answers what has failed before, and what needs no worker.  false = it needs one. */
static bool open_at_once(struct dataset *d, struct key k, uint64_t stamp, want_done_fn *done,
                         void *ctx)
{
    OWN(content_unref) struct content *c = NULL;
    struct fault f = {0};
    uint64_t size;
    int r = -EIO;

    if (sizes_look(d->sizes, k, &size) != SIZE_FAILED) {
        r = direct_open(d->direct, k, &f, &c);
        if (r == DIRECT_NOT)
            return false;
        sizes_stamp(d->sizes, k, stamp);
        if (r < 0)
            r = fail_direct(d, k, &f);
        else
            sizes_put(d->sizes, k, content_len(c));
    }
    done(ctx, c, r);
    return true;
}

struct want *dataset_want(struct dataset *d, struct key k, want_done_fn *done, void *ctx)
{
    uint64_t stamp = source_stamp(d->plan, k);
    struct want *w;

    stats_add(d->stats, STAT_OPENS, 1);
    notice_change(d, k, stamp);
    if (open_at_once(d, k, stamp, done, ctx))
        return NULL;
    w = sched_want(d->sched, k, done, ctx);
    if (w)
        stats_add(d->stats, STAT_OPENS_WAITED, 1);
    ahead_saw(d->ahead, k); /* only now, so that what is wanted has the first free worker */
    return w;
}

bool dataset_unwant(struct dataset *d, struct want *w)
{
    return sched_unwant(d->sched, w);
}

/* What is told of an element that is measured on the spot is true of this version of its source. */
static void note_told(struct dataset *d, struct key k)
{
    if (sizes_look_stamp(d->sizes, k) == 0)
        sizes_stamp(d->sizes, k, source_stamp(d->plan, k));
}

enum size_state dataset_look_size(struct dataset *d, struct key k, uint64_t *ret)
{
    enum size_state state = sizes_look(d->sizes, k, ret);
    struct fault f;
    int r;

    if (state != SIZE_UNKNOWN)
        return state;
    r = direct_size(d->direct, k, &f, ret);
    if (r == DIRECT_NOT)
        return SIZE_UNKNOWN;
    note_told(d, k);
    return r < 0 ? SIZE_FAILED : SIZE_KNOWN;
}

enum size_state dataset_tell_size(struct dataset *d, struct key k, uint64_t *ret)
{
    enum size_state state = dataset_look_size(d, k, ret);

    return state == SIZE_KNOWN ? state : sizes_tell(d->sizes, k, ret);
}

bool dataset_look_past(struct dataset *d, struct key k, unsigned version, uint64_t *ret)
{
    return past_look(d->past, k, version, ret);
}

struct failure *dataset_look_failure(struct dataset *d, struct key k)
{
    return errlog_look(d->errlog, k);
}

bool dataset_forget(struct dataset *d, struct key k)
{
    if (!errlog_forget(d->errlog, k))
        return false;
    sizes_forget(d->sizes, k);
    return true;
}

void dataset_stop(struct dataset *d, int err)
{
    sched_stop(d->sched, err);
}

const struct plan *dataset_plan(const struct dataset *d)
{
    return d->plan;
}

struct sizes *dataset_sizes(struct dataset *d)
{
    return d->sizes;
}

struct errlog *dataset_errlog(struct dataset *d)
{
    return d->errlog;
}

struct stats *dataset_stats(struct dataset *d)
{
    return d->stats;
}

struct log *dataset_log(struct dataset *d)
{
    return d->log;
}

static void put_number(json_t *object, const char *name, uint64_t n)
{
    json_object_set_new(object, name, json_integer((json_int_t)n));
}

static json_t *counts(const struct dataset *d)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < STAT_N; i++)
        put_number(object, stats_name(i), stats_look(d->stats, i));
    put_number(object, "failures_kept", errlog_len(d->errlog));
    return object;
}

static json_t *queues(const struct dataset *d)
{
    json_t *object = json_object();
    struct sched_figures now;

    sched_look_figures(d->sched, &now);
    put_number(object, "demand", now.queued);
    put_number(object, "ahead", now.hinted);
    put_number(object, "running", now.running);
    put_number(object, "opens_waiting", now.waiting);
    return object;
}

static json_t *workers(const struct dataset *d)
{
    json_t *object = json_object();

    put_number(object, "alive", crew_alive(d->crew));
    put_number(object, "busy", crew_busy(d->crew));
    return object;
}

static json_t *cache(const struct dataset *d)
{
    json_t *object = json_object();
    struct store_figures now;

    store_look_figures(d->store, &now);
    put_number(object, "elements", now.n);
    put_number(object, "bytes", now.bytes);
    put_number(object, "budget", now.budget);
    put_number(object, "hits", now.hits);
    put_number(object, "misses", now.misses);
    put_number(object, "evicted", now.evicted);
    put_number(object, "evicted_unread", now.evicted_unread);
    return object;
}

/* What a `cache` step keeps, NULL for the others. */
static json_t *kept(const struct dataset *d, const struct seq *s)
{
    struct shelf_figures now;

    if (!shelf_look_figures(crew_shelf(d->crew), s->id, &now))
        return NULL;
    json_t *object = json_object();
    put_number(object, "elements", now.kept.n);
    put_number(object, "bytes", now.kept.bytes);
    put_number(object, "hits", now.hits);
    put_number(object, "misses", now.misses);
    put_number(object, "evicted", now.kept.evicted);
    return object;
}

static json_t *step(const struct dataset *d, const struct seq *s)
{
    json_t *object = json_object();
    g_autofree char *at = g_strdup_printf("%" PRIu32 ":%" PRIu32, s->mark.line, s->mark.column);
    struct step_figures now;

    stats_look_step(d->stats, s->id, &now);
    json_object_set_new(object, "name", json_string(s->name));
    json_object_set_new(object, "at", json_string(at));
    put_number(object, "calls", now.calls);
    json_object_set_new(object, "mean_ms", json_real(now.mean * 1e3));
    json_object_set_new(object, "p99_ms", json_real(now.p99 * 1e3));
    put_number(object, "failures", now.failures);
    if (step_is(s, "monitor") && step_text(s, "name"))
        json_object_set_new(object, "monitor", json_string(step_text(s, "name")));
    json_t *cached = kept(d, s);
    if (cached)
        json_object_set_new(object, "kept", cached);
    return object;
}

static json_t *steps(const struct dataset *d)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < plan_n_steps(d->plan); i++)
        json_array_append_new(array, step(d, plan_step(d->plan, i)));
    return array;
}

void dataset_print_stats(struct dataset *d, GString *ret)
{
    json_t *all = json_object();
    char *text;

    json_object_set_new(all, "counts", counts(d));
    json_object_set_new(all, "queues", queues(d));
    json_object_set_new(all, "workers", workers(d));
    json_object_set_new(all, "cache", cache(d));
    json_object_set_new(all, "steps", steps(d));
    text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(all);
    if (!text)
        return;
    g_string_append(ret, text);
    g_string_append_c(ret, '\n');
    free(text);
}
