/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints the figures of a mount, a section for each room. */
#include "fs/figures.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "fs/step.h"

static void put_number(json_t *object, const char *key, uint64_t n)
{
    json_object_set_new(object, key, json_integer((json_int_t)n));
}

/* To six decimals: nanoseconds of what is in ms, microseconds of what is in seconds. */
static void put_real(json_t *object, const char *key, double x)
{
    json_object_set_new(object, key, json_real(round(x * 1e6) / 1e6));
}

/* What a spec calls its things is UTF-8, but for what came through the environment. */
static void put_text(json_t *object, const char *key, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    json_object_set_new(object, key, json_string(valid));
}

static double part(double of, double whole)
{
    return whole > 0 ? of / whole : 0;
}

/* Counts that have an object of their own. */
static bool is_tier(enum stats_count which)
{
    return which >= STAT_OPENS_MEMORY && which <= STAT_OPENS_PASSTHROUGH &&
           which != STAT_OPENS_WAITED;
}

static json_t *counts(const struct figures *f)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < STAT_N; i++)
        if (!is_tier(i))
            put_number(object, stats_name(i), stats_look(f->stats, i));
    put_number(object, "failures_kept", f->failures_kept);
    return object;
}

static json_t *waits(const struct figures *f)
{
    json_t *object = json_object();
    struct wait_figures now;

    stats_look_waits(f->stats, &now);
    put_number(object, "n", now.n);
    put_real(object, "mean_ms", now.mean * 1e3);
    put_real(object, "p50_ms", now.p50 * 1e3);
    put_real(object, "p99_ms", now.p99 * 1e3);
    return object;
}

static json_t *opens(const struct figures *f)
{
    static const struct {
        const char *key;
        enum stats_count count;
    } tiers[] = {
        {"memory", STAT_OPENS_MEMORY}, {"kernel", STAT_OPENS_KERNEL},
        {"disk", STAT_OPENS_DISK},     {"direct", STAT_OPENS_DIRECT},
        {"waited", STAT_OPENS_WAITED}, {"failed", STAT_OPENS_FAILED},
        {"joined", STAT_OPENS_JOINED}, {"passthrough", STAT_OPENS_PASSTHROUGH},
    };
    json_t *object = json_object();

    for (unsigned i = 0; i < G_N_ELEMENTS(tiers); i++)
        put_number(object, tiers[i].key, stats_look(f->stats, tiers[i].count));
    json_object_set_new(object, "wait", waits(f));
    return object;
}

static json_t *queues(const struct figures_queues *q)
{
    json_t *object = json_object();

    put_number(object, "demand", q->demand);
    put_number(object, "ahead", q->ahead);
    put_number(object, "running", q->running);
    put_number(object, "opens_waiting", q->waiting);
    return object;
}

/* What is under way is counted when it ends, with the time before, too: a share may come out a
 * little above 1. */
static json_t *workers(const struct figures *f, const struct busy_figures *busy)
{
    json_t *object = json_object();
    const double n = f->workers.count;

    put_number(object, "count", f->workers.count);
    put_number(object, "alive", f->workers.alive);
    put_number(object, "busy", f->workers.busy);
    put_real(object, "busy_s", busy->busy);
    put_real(object, "utilisation", MIN(1, part(busy->busy, n * busy->uptime)));
    put_real(object, "utilisation_10s", MIN(1, part(busy->recent_busy, n * busy->recent)));
    return object;
}

static json_t *budget(const struct figures_budget *b)
{
    json_t *object = json_object();

    put_number(object, "limit", b->limit);
    put_number(object, "held", b->held);
    put_number(object, "pinned", b->pinned);
    put_number(object, "reserved", b->reserved);
    put_number(object, "transfer", b->transfer);
    put_number(object, "spilled", b->spilled);
    return object;
}

static json_t *cache(const struct figures *f)
{
    const struct figures_cache *c = &f->cache;
    json_t *object = json_object();

    put_number(object, "elements", c->elements);
    put_number(object, "bytes", c->bytes);
    put_number(object, "budget", f->budget.limit);
    put_number(object, "unread", c->unread);
    put_number(object, "hits", c->hits);
    put_number(object, "misses", c->misses);
    put_number(object, "evicted", c->evicted);
    put_number(object, "evicted_unread", c->evicted_unread);
    put_number(object, "evicted_kernel", c->evicted_kernel);
    return object;
}

/* The folder of an output, below the mountpoint or .seqfs; that of `dataset` is "". */
static char *folder(const struct plan *p, const struct output *o)
{
    const char *dataset;

    if (o->kind == OUTPUT_DATASET)
        return g_strdup(o->name);
    if (o->kind == OUTPUT_SEQUENCE)
        return g_strdup_printf("sequences/%s", o->name);
    dataset = plan_output(p, o->dataset)->name;
    if (o->kind == OUTPUT_MANIFEST)
        return g_build_filename(dataset, MANIFEST_NAME, NULL);
    return g_build_filename(o->kind == OUTPUT_STAGE ? "stages" : "contact", dataset,
                            o->kind == OUTPUT_STAGE ? o->name : NULL, NULL);
}

static json_t *stream(const struct figures *f, const struct figures_stream *s)
{
    json_t *object = json_object();
    g_autofree char *dataset = folder(f->plan, plan_output(f->plan, s->output));

    put_text(object, "dataset", dataset);
    put_number(object, "at", s->at);
    json_object_set_new(object, "stride", json_integer(s->stride));
    put_number(object, "window", s->window);
    put_number(object, "ahead", s->ahead);
    return object;
}

static json_t *ahead(const struct figures *f)
{
    json_t *object = json_object();
    json_t *streams = json_array();

    put_number(object, "started", stats_look(f->stats, STAT_AHEAD));
    put_number(object, "used", f->ahead.used);
    put_number(object, "wasted", f->ahead.wasted);
    for (uint64_t i = 0; i < f->ahead.n_streams; i++)
        json_array_append_new(streams, stream(f, &f->ahead.streams[i]));
    json_object_set_new(object, "streams", streams);
    return object;
}

static json_t *order(const struct figures_order *o)
{
    json_t *object = json_object();

    put_number(object, "len", o->len);
    put_number(object, "readers", o->readers);
    put_number(object, "at", o->at);
    return object;
}

static json_t *warm(const struct figures_warm *w)
{
    json_t *object = json_object();

    put_number(object, "asked", w->asked);
    put_number(object, "done", w->done);
    put_number(object, "failed", w->failed);
    return object;
}

static json_t *hints(const struct figures *f)
{
    json_t *object = json_object();

    json_object_set_new(object, "order", order(&f->order));
    json_object_set_new(object, "warm", warm(&f->warm));
    return object;
}

static json_t *disk(const struct figures_disk *d)
{
    json_t *object;

    if (!d->is_on)
        return json_null();
    object = json_object();
    put_number(object, "hits", d->hits);
    put_number(object, "misses", d->misses);
    put_number(object, "kept", d->kept);
    put_number(object, "skipped", d->skipped);
    put_number(object, "bytes", d->bytes);
    put_number(object, "limit", d->limit);
    return object;
}

static json_t *size_index(const struct figures_size_index *x)
{
    json_t *object;

    if (!x->is_on)
        return json_null();
    object = json_object();
    put_number(object, "hits", x->hits);
    put_number(object, "misses", x->misses);
    put_number(object, "kept", x->kept);
    put_number(object, "failures", x->failures);
    return object;
}

/* What a `cache` step keeps, NULL for the others. */
static json_t *kept(const struct figures *f, const struct seq *s)
{
    struct shelf_figures now;
    json_t *object;

    if (!f->shelf || !shelf_look_figures(f->shelf, s->id, &now))
        return NULL;
    object = json_object();
    put_number(object, "elements", now.kept.n);
    put_number(object, "bytes", now.kept.bytes);
    put_number(object, "hits", now.hits);
    put_number(object, "misses", now.misses);
    put_number(object, "evicted", now.kept.evicted);
    return object;
}

static json_t *step(const struct figures *f, const struct seq *s)
{
    json_t *object = json_object();
    g_autofree char *at = g_strdup_printf("%" PRIu32 ":%" PRIu32, s->mark.line, s->mark.column);
    struct step_figures now;
    json_t *cached;

    stats_look_step(f->stats, s->id, &now);
    put_text(object, "name", s->name);
    put_text(object, "at", at);
    put_number(object, "calls", now.calls);
    put_real(object, "mean_ms", now.mean * 1e3);
    put_real(object, "p99_ms", now.p99 * 1e3);
    put_number(object, "failures", now.failures);
    if (step_is(s, "monitor") && step_text(s, "name"))
        put_text(object, "monitor", step_text(s, "name"));
    cached = kept(f, s);
    if (cached)
        json_object_set_new(object, "kept", cached);
    return object;
}

static json_t *steps(const struct figures *f)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < plan_n_steps(f->plan); i++)
        json_array_append_new(array, step(f, plan_step(f->plan, i)));
    return array;
}

static json_t *all(const struct figures *f)
{
    json_t *object = json_object();
    struct busy_figures busy;

    stats_look_busy(f->stats, &busy);
    put_real(object, "uptime_s", busy.uptime);
    json_object_set_new(object, "counts", counts(f));
    json_object_set_new(object, "opens", opens(f));
    json_object_set_new(object, "queues", queues(&f->queues));
    json_object_set_new(object, "workers", workers(f, &busy));
    json_object_set_new(object, "budget", budget(&f->budget));
    json_object_set_new(object, "cache", cache(f));
    json_object_set_new(object, "ahead", ahead(f));
    json_object_set_new(object, "hints", hints(f));
    json_object_set_new(object, "disk", disk(&f->disk));
    json_object_set_new(object, "size_index", size_index(&f->size_index));
    json_object_set_new(object, "steps", steps(f));
    return object;
}

void figures_print(const struct figures *f, GString *ret)
{
    json_t *object = all(f);
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(15));

    json_decref(object);
    if (!text)
        return;
    g_string_append(ret, text);
    g_string_append_c(ret, '\n');
    free(text);
}
