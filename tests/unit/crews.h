/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scheduler with its rooms and a crew that a test plays: it takes jobs and ends them when it is
 * told to. */
#pragma once

#include "fs/sched.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "tests/unit/plans.h"

#include <cmocka.h>

/* Lifetime: one test. */
struct crew_play {
    struct plan *plan;
    struct log *log;
    struct sched_rooms rooms;
    struct sched *sched;
    unsigned cap; /* workers */
    unsigned busy;
    GArray *started; /* uint64_t, the indices in the order in which they were handed over */
    void (*meanwhile)(struct crew_play *play); /* called once while a job is refused */
    void *ctx;                                 /* of meanwhile */
};

static inline bool play_offer(void *crew, struct key k)
{
    struct crew_play *play = crew;
    void (*meanwhile)(struct crew_play *) = play->meanwhile;

    if (play->busy < play->cap) {
        play->busy++;
        g_array_append_val(play->started, k.index);
        return true;
    }
    play->meanwhile = NULL;
    if (meanwhile)
        meanwhile(play);
    return false;
}

static inline void play_forgotten(void *ctx, struct key k)
{
    sizes_forget(ctx, k);
}

static inline struct crew_play *play_new(unsigned cap, uint64_t budget)
{
    static const uint64_t lens[] = {100000, 100000};
    struct crew_play *play = g_new0(struct crew_play, 1);

    play->cap = cap;
    play->plan = plan_of("datasets: {a: [{range: 100000}], b: [{range: 100000}]}\n");
    play->log = log_new(false);
    play->started = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    play->rooms = (struct sched_rooms){
        .store = store_new(budget),
        .sizes = sizes_new(2, lens),
        .stats = stats_new(play->plan),
        .log = play->log,
        .plan = play->plan,
        .retry = 2,
    };
    play->rooms.errlog = errlog_new(play_forgotten, play->rooms.sizes);
    play->sched = sched_new(&play->rooms);
    sched_set_crew(play->sched, play_offer, play);
    return play;
}

static inline void play_free(struct crew_play *play)
{
    sched_stop(play->sched, -ESHUTDOWN);
    sched_free(play->sched);
    errlog_free(play->rooms.errlog);
    sizes_free(play->rooms.sizes);
    store_free(play->rooms.store);
    stats_free(play->rooms.stats);
    log_free(play->log);
    plan_free(play->plan);
    g_array_unref(play->started);
    g_free(play);
}
OWN_DEFINE(struct crew_play, play_free)

static inline struct content *play_content(uint64_t index)
{
    return content_new_bytes(g_bytes_new_take(g_strdup_printf("%06" G_GUINT64_FORMAT, index), 6));
}

/* A worker is done with an element of the first output. */
static inline void play_done(struct crew_play *play, uint64_t index)
{
    struct outcome o = {.own_content = play_content(index)};

    play->busy--;
    sched_done(play->sched, (struct key){0, index}, &o);
}

static inline void play_fail(struct crew_play *play, uint64_t index, int err, bool transient)
{
    struct fault f = {0};
    struct outcome o = {.fault = &f, .seconds = 0.5};

    fault_set(&f, err, "it went wrong");
    f.transient = transient;
    play->busy--;
    sched_done(play->sched, (struct key){0, index}, &o);
}

/* Which elements were handed to the crew so far, as "1 2 3". */
static inline void assert_started(const struct crew_play *play, const char *want)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < play->started->len; i++)
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT, i ? " " : "",
                               g_array_index(play->started, uint64_t, i));
    assert_string_equal(text->str, want);
}
