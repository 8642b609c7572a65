/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small world of workers, a store and readers, in which streams are measured: time goes in ticks,
 * an evaluation takes COST of them, the store drops what was used least recently. */
#pragma once

#include "fs/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib.h>

#define LEN 4000 /* elements */
#define COST 10  /* ticks */
#define MOST_READERS 64

enum element_state { NONE, WANTED, RUNNING, READY };

struct element {
    enum element_state state;
    uint64_t owner; /* stream that it was computed for, until it is opened */
    unsigned left;  /* ticks until it is computed */
    GList link;     /* in what is wanted, running, or stored */
};

struct reader {
    uint64_t at;    /* opens so far */
    uint64_t index; /* of the latest */
    unsigned think; /* ticks until the next */
    bool waits;
};

struct world;
/* The n-th element that a reader opens; LEN or more = none, he has done. */
typedef uint64_t way_fn(struct world *w, unsigned reader, uint64_t n);

/* Lifetime: one test. */
struct world {
    /* what is simulated */
    unsigned workers, readers;
    way_fn *way;
    uint64_t n;             /* opens of each reader, at most */
    unsigned think, jitter; /* ticks between his opens: at least, and at random more */
    unsigned room;          /* elements that the store keeps */
    /* what happens */
    struct streams *streams;
    GRand *random;
    struct element elements[LEN];
    struct reader who[MOST_READERS];
    GQueue wanted, running, stored; /* struct element */
    /* what is measured */
    uint64_t ticks, opens, ready, evaluations, ahead, wasted;
    uint64_t under_way; /* opens that found their element running */
    unsigned most_window, most_ahead;
};

static inline void world_drop_old(struct world *w)
{
    while (w->stored.length > w->room) {
        struct element *old = g_queue_pop_tail_link(&w->stored)->data;
        old->state = NONE;
        if (old->owner) {
            w->wasted++;
            streams_wasted(w->streams, old->owner);
        }
        old->owner = 0;
    }
}

static inline void world_compute(struct world *w)
{
    for (GList *l = w->running.head, *next; l; l = next) {
        struct element *e = l->data;
        next = l->next;
        if (--e->left > 0)
            continue;
        g_queue_unlink(&w->running, l);
        e->state = READY;
        g_queue_push_head_link(&w->stored, l);
    }
    world_drop_old(w);
}

static inline void world_begin(struct world *w, struct element *e, uint64_t owner)
{
    e->state = RUNNING;
    e->left = COST;
    e->owner = owner;
    g_queue_push_tail_link(&w->running, &e->link);
    w->evaluations++;
    w->ahead += owner != 0;
}

/* Demand first, then what the streams lead to. */
static inline void world_assign(struct world *w)
{
    uint64_t index, stream;

    while (w->running.length < w->workers && w->wanted.length > 0)
        world_begin(w, g_queue_pop_head_link(&w->wanted)->data, 0);
    while (w->running.length < w->workers && streams_next(w->streams, &index, &stream)) {
        assert_true(index < LEN);
        if (w->elements[index].state == NONE)
            world_begin(w, &w->elements[index], stream);
    }
}

static inline void world_open(struct world *w, struct reader *r)
{
    struct element *e = &w->elements[r->index];

    w->opens++;
    w->ready += e->state == READY;
    w->under_way += e->state == RUNNING;
    e->owner = 0;
    r->waits = e->state != READY;
    if (e->state == READY) {
        g_queue_unlink(&w->stored, &e->link);
        g_queue_push_head_link(&w->stored, &e->link);
    } else if (e->state == NONE) {
        e->state = WANTED;
        g_queue_push_tail_link(&w->wanted, &e->link);
    }
    streams_saw(w->streams, r->index, r->waits);
}

/* false = he has done. */
static inline bool world_live(struct world *w, unsigned reader)
{
    struct reader *r = &w->who[reader];

    if (r->waits && w->elements[r->index].state != READY)
        return true;
    r->waits = false;
    if (r->think > 0) {
        r->think--;
        return true;
    }
    uint64_t index = r->at < w->n ? w->way(w, reader, r->at) : LEN;
    if (index >= LEN)
        return false;
    r->index = index;
    r->at++;
    r->think = w->think;
    if (w->jitter)
        r->think += (unsigned)g_rand_int_range(w->random, 0, (int)w->jitter);
    world_open(w, r);
    return true;
}

static inline void world_look(struct world *w)
{
    struct streams_way ways[STREAMS_MAX];
    unsigned n = streams_look(w->streams, ways);

    for (unsigned i = 0; i < n; i++) {
        w->most_window = MAX(w->most_window, ways[i].window);
        w->most_ahead = MAX(w->most_ahead, ways[i].ahead);
    }
}

static inline struct world *world_new(unsigned workers, unsigned readers, way_fn *way, uint64_t n)
{
    struct world *w = g_new0(struct world, 1);

    w->workers = workers;
    w->readers = readers;
    w->way = way;
    w->n = n;
    w->room = 1000;
    w->streams = streams_new(LEN, MAX(8, 4 * workers), false);
    w->random = g_rand_new_with_seed(7);
    for (unsigned i = 0; i < LEN; i++)
        w->elements[i].link.data = &w->elements[i];
    return w;
}

static inline void world_free(struct world *w)
{
    streams_free(w->streams);
    g_rand_free(w->random);
    g_free(w);
}
OWN_DEFINE(struct world, world_free)

/* Until every reader has done and nothing is left to compute. */
static inline void world_run(struct world *w)
{
    bool goes_on = true;

    streams_limit(w->streams, w->room / 2);
    for (w->ticks = 0; goes_on; w->ticks++) {
        goes_on = false;
        world_compute(w);
        for (unsigned i = 0; i < w->readers; i++)
            goes_on |= world_live(w, i);
        world_assign(w);
        world_look(w);
        goes_on |= w->running.length > 0;
    }
    for (unsigned i = 0; i < LEN; i++)
        w->wasted += w->elements[i].owner != 0;
}

/* Of 1000 opens, at least so many found their element ready. */
#define assert_ready(w, least) assert_in_range((w)->ready * 1000 / (w)->opens, (least), 1000)
