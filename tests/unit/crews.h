/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scheduler with its rooms and a crew that a test plays: it takes jobs and ends them when it is
 * told to.  What an element is, who foresees it and what the disk has are the test's to say, too.
 */
#pragma once

#include "fs/sched.h"
#include "fs/source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include "tests/unit/plans.h"

#include <cmocka.h>

#define PLENTY ((uint64_t)64 << 20) /* a budget */

/* Which version of itself an element is, modulo their number. */
#define PLAY_ELEMENTS 256
#define PLAY_NAMELESS UINT_MAX /* it has no identity */
static atomic_uint play_versions[PLAY_ELEMENTS];

/* In place of the one that looks at sources: an element has the same in both outputs. */
struct identity seq_identity(const struct seq *s, uint64_t i)
{
    const unsigned version = atomic_load(&play_versions[i % PLAY_ELEMENTS]);

    (void)s;
    if (version == PLAY_NAMELESS)
        return (struct identity){0};
    return (struct identity){(i + 1) * UINT64_C(0x9e3779b97f4a7c15) + version, version + 1};
}

/* The same of the room that tells whether sources have changed. */
uint64_t source_stamp(const struct plan *p, struct key k)
{
    (void)p;
    return (uint64_t)atomic_load(&play_versions[k.index % PLAY_ELEMENTS]) + 1;
}

static inline struct identity play_identity(uint64_t index)
{
    return seq_identity(NULL, index);
}

static inline void play_change(uint64_t index, unsigned version)
{
    atomic_store(&play_versions[index % PLAY_ELEMENTS], version);
}

/* Who foresees what it was given, in that order. */
struct play_foresight {
    GQueue keys;    /* struct key, owned */
    unsigned asked; /* how often */
    uint64_t owner;
};

/* What became known of an element. */
struct play_news {
    struct key key;
    struct identity id;
    bool failed;
    uint64_t size; /* of what was learnt */
};

struct play_conf {
    unsigned cap;       /* jobs that the crew takes */
    unsigned n_workers; /* that the scheduler believes it to have; 0 = cap */
    uint64_t budget;
    const char *vault; /* a folder; NULL = no disk */
};

/* Lifetime: one test. */
struct crew_play {
    struct plan *plan;
    struct log *log;
    struct sched_rooms rooms;
    struct sched *sched;
    unsigned cap;                              /* workers */
    void (*meanwhile)(struct crew_play *play); /* called once while a job is refused */
    void *ctx;                                 /* of meanwhile */
    struct play_foresight foresights[URGENCY_N];
    GMutex lock;
    /* below: under lock */
    GCond changed;
    GArray *started;         /* uint64_t, the indices in the order in which they were handed over */
    GArray *running;         /* struct key, of those the ones not ended */
    GArray *learnt, *passed; /* struct play_news */
    GArray *wasted;          /* uint64_t, owners */
    unsigned n_held;         /* threads of the disk that wait */
    bool disk_held;
};

static inline bool play_offer(void *crew, struct key k)
{
    struct crew_play *play = crew;
    void (*meanwhile)(struct crew_play *) = NULL;
    bool taken;

    g_mutex_lock(&play->lock);
    taken = play->running->len < play->cap;
    if (taken) {
        g_array_append_val(play->started, k.index);
        g_array_append_val(play->running, k);
        g_cond_broadcast(&play->changed);
    } else {
        meanwhile = play->meanwhile;
        play->meanwhile = NULL;
    }
    g_mutex_unlock(&play->lock);
    if (meanwhile)
        meanwhile(play);
    return taken;
}

static inline bool play_foresee(void *ctx, struct key *ret, uint64_t *ret_owner)
{
    struct play_foresight *f = ctx;
    g_autofree struct key *k = g_queue_pop_head(&f->keys);

    f->asked++;
    if (!k)
        return false;
    *ret = *k;
    *ret_owner = f->owner;
    return true;
}

static inline void play_forgotten(void *ctx, struct key k)
{
    sizes_forget(ctx, k);
}

static inline void play_learn(void *ctx, struct key k, struct identity id, const uint64_t *size)
{
    const struct play_news news = {k, id, !size, size ? *size : 0};
    struct crew_play *play = ctx;

    g_mutex_lock(&play->lock);
    g_array_append_val(play->learnt, news);
    g_mutex_unlock(&play->lock);
}

static inline void play_pass(void *ctx, struct key k, bool failed)
{
    const struct play_news news = {.key = k, .failed = failed};
    struct crew_play *play = ctx;

    g_mutex_lock(&play->lock);
    g_array_append_val(play->passed, news);
    g_mutex_unlock(&play->lock);
}

static inline void play_waste(void *ctx, uint64_t owner)
{
    struct crew_play *play = ctx;

    g_mutex_lock(&play->lock);
    g_array_append_val(play->wasted, owner);
    g_mutex_unlock(&play->lock);
}

static inline struct vault *play_vault(const char *path)
{
    struct vault *v = NULL;
    struct fault f = {0};

    if (vault_new(path, PLENTY, &f, &v) < 0)
        fail_msg("%s", f.text);
    return v;
}

static inline void play_furnish(struct crew_play *play, const struct play_conf *conf)
{
    static const uint64_t lens[] = {100000, 100000};
    struct sched_rooms *r = &play->rooms;

    *r = (struct sched_rooms){
        .plan = play->plan,
        .log = play->log,
        .budget = budget_new(conf->budget),
        .sizes = sizes_new(2, lens),
        .stats = stats_new(play->plan),
        .learnt = play_learn,
        .passed = play_pass,
        .ctx = play,
        .retry = 2,
        .n_workers = conf->n_workers ? conf->n_workers : conf->cap,
    };
    r->store = store_new(r->budget, NULL, play_waste, play);
    r->errlog = errlog_new(play_forgotten, r->sizes);
    if (conf->vault)
        r->disk = disk_new(play_vault(conf->vault), play->log);
}

static inline struct crew_play *play_open(const struct play_conf *conf)
{
    struct crew_play *play = g_new0(struct crew_play, 1);

    for (unsigned i = 0; i < PLAY_ELEMENTS; i++)
        play_change(i, 0);
    g_mutex_init(&play->lock);
    g_cond_init(&play->changed);
    play->cap = conf->cap;
    play->plan = plan_of("datasets: {a: [{range: 100000}], b: [{range: 100000}]}\n");
    play->log = log_new(false);
    play->started = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    play->running = g_array_new(FALSE, FALSE, sizeof(struct key));
    play->learnt = g_array_new(FALSE, FALSE, sizeof(struct play_news));
    play->passed = g_array_new(FALSE, FALSE, sizeof(struct play_news));
    play->wasted = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    play_furnish(play, conf);
    play->sched = sched_new(&play->rooms);
    sched_set_crew(play->sched, play_offer, play);
    for (unsigned u = URGENCY_DEMAND + 1; u < URGENCY_N; u++) {
        play->foresights[u].owner = 100 + u;
        sched_set_foresight(play->sched, u, (struct foresight){play_foresee, &play->foresights[u]});
    }
    return play;
}

static inline struct crew_play *play_new(unsigned cap, uint64_t budget)
{
    return play_open(&(struct play_conf){.cap = cap, .budget = budget});
}

/* The worker that an element is at is free; the outcome tells how that ended. */
static inline void play_end(struct crew_play *play, struct key k, struct outcome *o)
{
    bool found = false;

    g_mutex_lock(&play->lock);
    for (guint i = 0; !found && i < play->running->len; i++) {
        found = key_equal(&g_array_index(play->running, struct key, i), &k);
        if (found)
            g_array_remove_index(play->running, i);
    }
    g_mutex_unlock(&play->lock);
    assert_true(found);
    sched_done(play->sched, k, o);
}

static inline struct content *play_text(struct crew_play *play, const char *text)
{
    return content_new_bytes(g_bytes_new(text, strlen(text)), play->rooms.budget);
}

static inline struct content *play_content(struct crew_play *play, uint64_t index)
{
    g_autofree char *text = g_strdup_printf("%06" G_GUINT64_FORMAT, index);

    return play_text(play, text);
}

/* A worker is done with an element of the first output. */
static inline void play_done(struct crew_play *play, uint64_t index)
{
    struct outcome o = {.own_content = play_content(play, index)};

    play_end(play, (struct key){0, index}, &o);
}

/* The same, with that result. */
static inline void play_give(struct crew_play *play, uint64_t index, const char *text)
{
    struct outcome o = {.own_content = play_text(play, text)};

    play_end(play, (struct key){0, index}, &o);
}

/* The same, with so many bytes. */
static inline void play_give_bytes(struct crew_play *play, uint64_t index, size_t len)
{
    GBytes *bytes = g_bytes_new_take(g_malloc0(len), len);
    struct outcome o = {.own_content = content_new_bytes(bytes, play->rooms.budget)};

    play_end(play, (struct key){0, index}, &o);
}

static inline void play_fail_key(struct crew_play *play, struct key k, int err, bool transient)
{
    struct fault f = {0};
    struct outcome o = {.fault = &f, .seconds = 0.5};

    fault_set(&f, err, "it went wrong");
    f.transient = transient;
    play_end(play, k, &o);
}

static inline void play_fail(struct crew_play *play, uint64_t index, int err, bool transient)
{
    play_fail_key(play, (struct key){0, index}, err, transient);
}

/* Stops it as a mount does; then nothing may be counted any more. */
static inline void play_free(struct crew_play *play)
{
    sched_stop(play->sched, -ESHUTDOWN);
    sched_settle(play->sched);
    while (play->running->len > 0)
        play_fail_key(play, g_array_index(play->running, struct key, 0), ECANCELED, false);
    assert_int_equal(budget_used(play->rooms.budget, BUDGET_RESERVED), 0);
    sched_free(play->sched);
    disk_free(play->rooms.disk);
    errlog_free(play->rooms.errlog);
    sizes_free(play->rooms.sizes);
    store_free(play->rooms.store);
    assert_int_equal(budget_total(play->rooms.budget), 0);
    budget_free(play->rooms.budget);
    stats_free(play->rooms.stats);
    log_free(play->log);
    plan_free(play->plan);
    for (unsigned u = 0; u < URGENCY_N; u++)
        g_queue_clear_full(&play->foresights[u].keys, g_free);
    g_array_unref(play->started);
    g_array_unref(play->running);
    g_array_unref(play->learnt);
    g_array_unref(play->passed);
    g_array_unref(play->wasted);
    g_cond_clear(&play->changed);
    g_mutex_clear(&play->lock);
    g_free(play);
}
OWN_DEFINE(struct crew_play, play_free)

/* Somebody foresees an element of the first output; free workers look. */
static inline void play_hint(struct crew_play *play, enum urgency u, uint64_t index)
{
    const struct key k = {0, index};

    g_queue_push_tail(&play->foresights[u].keys, g_memdup2(&k, sizeof k));
}

static inline void play_stir(struct crew_play *play, enum urgency u, uint64_t index)
{
    play_hint(play, u, index);
    sched_stir(play->sched);
}

static inline struct key at(uint64_t index)
{
    return (struct key){0, index};
}

/* What one want was told. */
struct told {
    GMutex lock;
    GCond news;
    unsigned n;
    int err;
    char text[8];
};

static inline void tell(void *ctx, struct content *content, int err)
{
    struct told *t = ctx;

    g_mutex_lock(&t->lock);
    t->n++;
    t->err = err;
    if (content)
        assert_true(content_read(content, 0, t->text, sizeof t->text - 1) >= 0);
    g_cond_signal(&t->news);
    g_mutex_unlock(&t->lock);
}

static inline void wait_for(struct told *t)
{
    g_mutex_lock(&t->lock);
    while (t->n == 0)
        g_cond_wait(&t->news, &t->lock);
    g_mutex_unlock(&t->lock);
}

static inline struct want *want(struct crew_play *play, uint64_t index, struct told *t)
{
    return sched_want(play->sched, at(index), play_identity(index), tell, t);
}

static inline void assert_told(const struct told *t, const char *text)
{
    assert_int_equal(t->n, 1);
    assert_int_equal(t->err, 0);
    assert_string_equal(t->text, text);
}

static inline void assert_answered(const struct told *t, int err)
{
    assert_int_equal(t->n, 1);
    assert_int_equal(t->err, err);
}

static inline bool is_kept(struct crew_play *play, uint64_t index)
{
    OWN(content_unref)
    struct content *c = store_look(play->rooms.store, play_identity(index), false);

    return c;
}

static inline uint64_t reserved(const struct crew_play *play)
{
    return budget_used(play->rooms.budget, BUDGET_RESERVED);
}

/* Which elements were handed to the crew so far, as "1 2 3". */
static inline void assert_started(struct crew_play *play, const char *wanted)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_mutex_lock(&play->lock);
    for (guint i = 0; i < play->started->len; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i ? " " : "",
                               g_array_index(play->started, uint64_t, i));
    g_mutex_unlock(&play->lock);
    assert_string_equal(text->str, wanted);
}

/* Ends the next so many evaluations well, in the order in which they began. */
static inline void play_done_in_order(struct crew_play *play, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        assert_true(play->running->len > 0);
        play_done(play, g_array_index(play->running, struct key, 0).index);
    }
}
