/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run-ahead: the streams of each output that is being read, and how much memory they may fill. */
#include "fs/ahead.h"

#include <assert.h>

#include "fs/step.h"

/* Outputs whose readers are followed at a time; a jump to another forgets the one longest unused.
 */
#define TRACKS 16

/* Opens of others after which an output's readers have no part in the memory any more. */
#define GONE 1024

/* An output that is being read. */
struct track {
    struct streams *streams; /* owned; NULL = unused */
    uint32_t output;
    uint64_t serial; /* tells it from those that had its place before */
    uint64_t used;   /* the clock at its latest open */
    bool dry;        /* has nothing to compute until the next open */
};

struct output {
    struct ahead_window window;
    uint64_t len;
    uint64_t mean; /* bytes an element, of late; 0 = none is known; under lock */
};

struct ahead {
    uint64_t bytes;
    uint32_t n_outputs;
    GMutex lock;
    /* below: under lock */
    uint64_t clock; /* opens seen */
    uint64_t last_serial;
    unsigned turn; /* the track that is asked first */
    struct ahead_figures figures;
    struct track tracks[TRACKS];
    struct output outputs[];
};

/* Steps share inputs, so each is looked at once. */
static void find_prefetch(const struct seq *s, GHashTable *seen, const struct ahead_window *usual,
                          bool *found, struct ahead_window *ret)
{
    uint64_t elements, bytes;

    if (!g_hash_table_add(seen, (gpointer)s))
        return;
    if (step_is(s, "prefetch")) {
        bool given = step_number(s, "ahead", &elements);
        if (!given)
            elements = usual->elements;
        step_number(s, "bytes", &bytes);
        /* The largest of each; no bound on the bytes is the largest. */
        ret->bytes = !*found ? bytes : bytes && ret->bytes ? MAX(bytes, ret->bytes) : 0;
        ret->elements = *found ? MAX(ret->elements, (unsigned)elements) : (unsigned)elements;
        ret->fixed |= given;
        *found = true;
    }
    for (uint32_t i = 0; i < s->n_in; i++)
        find_prefetch(s->in[i], seen, usual, found, ret);
}

struct ahead_window ahead_plan(const struct seq *s, const struct ahead_window *usual)
{
    struct ahead_window window = *usual;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    bool found = false;

    find_prefetch(s, seen, usual, &found, &window);
    return window;
}

struct ahead *ahead_new(const struct ahead_window *windows, const uint64_t *lens,
                        uint32_t n_outputs, uint64_t bytes)
{
    struct ahead *a = g_malloc0(sizeof *a + n_outputs * sizeof a->outputs[0]);

    a->bytes = bytes;
    a->n_outputs = n_outputs;
    g_mutex_init(&a->lock);
    for (uint32_t i = 0; i < n_outputs; i++)
        a->outputs[i] = (struct output){.window = windows[i], .len = lens[i]};
    return a;
}

void ahead_free(struct ahead *a)
{
    if (!a)
        return;
    for (unsigned i = 0; i < TRACKS; i++)
        streams_free(a->tracks[i].streams);
    g_mutex_clear(&a->lock);
    g_free(a);
}

static struct track *find_track_locked(struct ahead *a, uint32_t output)
{
    for (unsigned i = 0; i < TRACKS; i++)
        if (a->tracks[i].streams && a->tracks[i].output == output)
            return &a->tracks[i];
    return NULL;
}

/* A new track, in the place of the one that is longest unused. */
static struct track *add_track_locked(struct ahead *a, uint32_t output)
{
    const struct output *o = &a->outputs[output];
    struct track *oldest = &a->tracks[0];

    for (unsigned i = 1; i < TRACKS; i++)
        if (a->tracks[i].used < oldest->used)
            oldest = &a->tracks[i];
    if (oldest->streams)
        a->figures.used += streams_used(oldest->streams);
    streams_free(oldest->streams);
    *oldest = (struct track){
        .streams = streams_new(o->len, o->window.elements, o->window.fixed),
        .output = output,
        .serial = ++a->last_serial,
    };
    return oldest;
}

void ahead_saw(struct ahead *a, struct key k, bool waited)
{
    struct track *t;

    assert(k.output < a->n_outputs && k.index < a->outputs[k.output].len);
    if (a->outputs[k.output].window.elements == 0)
        return;
    g_mutex_lock(&a->lock);
    t = find_track_locked(a, k.output);
    if (!t)
        t = add_track_locked(a, k.output);
    t->used = ++a->clock;
    t->dry = false;
    streams_saw(t->streams, k.index, waited);
    g_mutex_unlock(&a->lock);
}

void ahead_weigh(struct ahead *a, uint32_t output, uint64_t bytes)
{
    uint64_t *mean;

    assert(output < a->n_outputs);
    g_mutex_lock(&a->lock);
    mean = &a->outputs[output].mean;
    *mean = *mean == 0 ? bytes : *mean - *mean / 8 + bytes / 8;
    g_mutex_unlock(&a->lock);
}

/* The elements of an output that may be ahead of its readers: each output that is being read has an
 * equal part of the memory, and what is computed ahead must still be there when it is opened. */
static uint64_t limit_locked(const struct ahead *a, const struct track *t)
{
    const struct output *o = &a->outputs[t->output];
    uint64_t n = 0, bytes;

    if (o->mean == 0)
        return UINT64_MAX;
    for (unsigned i = 0; i < TRACKS; i++)
        n += a->tracks[i].streams && a->clock - a->tracks[i].used <= GONE;
    bytes = a->bytes / MAX(n, 1);
    return (o->window.bytes ? MIN(bytes, o->window.bytes) : bytes) / o->mean;
}

static bool next_of_track_locked(struct ahead *a, struct track *t, struct key *ret, uint64_t *owner)
{
    uint64_t index, stream;

    if (!t->streams || t->dry)
        return false;
    streams_limit(t->streams, limit_locked(a, t));
    t->dry = !streams_next(t->streams, &index, &stream);
    if (t->dry)
        return false;
    *ret = (struct key){t->output, index};
    *owner = t->serial << 32 | (stream & UINT32_MAX);
    return true;
}

/* A foresight's next: outputs in turn. */
static bool next(void *ctx, struct key *ret, uint64_t *ret_owner)
{
    struct ahead *a = ctx;
    bool found = false;

    g_mutex_lock(&a->lock);
    for (unsigned i = 0; i < TRACKS && !found; i++) {
        unsigned at = (a->turn + i) % TRACKS;
        found = next_of_track_locked(a, &a->tracks[at], ret, ret_owner);
        if (found)
            a->turn = at + 1;
    }
    g_mutex_unlock(&a->lock);
    return found;
}

struct foresight ahead_foresight(struct ahead *a)
{
    return (struct foresight){.next = next, .ctx = a};
}

void ahead_wasted(struct ahead *a, uint64_t owner)
{
    g_mutex_lock(&a->lock);
    a->figures.wasted++;
    for (unsigned i = 0; i < TRACKS; i++)
        if (a->tracks[i].streams && (a->tracks[i].serial & UINT32_MAX) == owner >> 32)
            streams_wasted(a->tracks[i].streams, owner & UINT32_MAX);
    g_mutex_unlock(&a->lock);
}

void ahead_look_figures(struct ahead *a, struct ahead_figures *ret)
{
    g_mutex_lock(&a->lock);
    *ret = a->figures;
    for (unsigned i = 0; i < TRACKS; i++)
        if (a->tracks[i].streams)
            ret->used += streams_used(a->tracks[i].streams);
    g_mutex_unlock(&a->lock);
}

GArray *ahead_look_ways(struct ahead *a)
{
    GArray *ways = g_array_new(FALSE, FALSE, sizeof(struct ahead_way));
    struct streams_way found[STREAMS_MAX];

    g_mutex_lock(&a->lock);
    for (unsigned i = 0; i < TRACKS; i++) {
        const struct track *t = &a->tracks[i];
        unsigned n = t->streams ? streams_look(t->streams, found) : 0;
        for (unsigned j = 0; j < n; j++) {
            struct ahead_way way = {t->output, found[j]};
            g_array_append_val(ways, way);
        }
    }
    g_mutex_unlock(&a->lock);
    return ways;
}
