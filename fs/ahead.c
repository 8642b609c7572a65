/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run-ahead: remembers where the latest readers of each output are, and hints what those in order
 * need next. */
#include "fs/ahead.h"

#include <assert.h>

#include "fs/step.h"

#define STREAMS 8 /* readers of one output that are told apart */

/* One reader's way through an output; all zero before its first use. */
struct stream {
    uint64_t next; /* one behind the furthest element it has opened */
    uint64_t
        hinted; /* one behind the furthest element hinted for it; 0 until it has shown an order */
    uint64_t used; /* the clock at its latest open; 0 = never */
};

struct track {
    uint64_t len;
    struct ahead_window window;
    struct stream streams[STREAMS];
};

struct ahead {
    struct sched *sched;
    struct store *store;
    uint32_t n_tracks;
    GMutex lock;
    /* below: under lock */
    uint64_t clock; /* opens seen */
    struct track tracks[];
};

/* Steps share inputs, so each is looked at once. */
static void find_prefetch(const struct seq *s, GHashTable *seen, unsigned usual, bool *found,
                          struct ahead_window *ret)
{
    uint64_t elements, bytes;

    if (!g_hash_table_add(seen, (gpointer)s))
        return;
    if (step_is(s, "prefetch")) {
        if (!step_number(s, "ahead", &elements))
            elements = usual;
        step_number(s, "bytes", &bytes);
        /* The largest of each; no bound on the bytes is the largest. */
        ret->bytes = !*found ? bytes : bytes && ret->bytes ? MAX(bytes, ret->bytes) : 0;
        ret->elements = *found ? MAX(ret->elements, (unsigned)elements) : (unsigned)elements;
        *found = true;
    }
    for (uint32_t i = 0; i < s->n_in; i++)
        find_prefetch(s->in[i], seen, usual, found, ret);
}

struct ahead_window ahead_plan(const struct seq *s, unsigned usual)
{
    struct ahead_window window = {.elements = usual};
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    bool found = false;

    find_prefetch(s, seen, usual, &found, &window);
    return window;
}

struct ahead *ahead_new(struct sched *s, struct store *store, const struct ahead_window *windows,
                        uint32_t n_outputs, const uint64_t *lens)
{
    struct ahead *a = g_malloc0(sizeof *a + n_outputs * sizeof *a->tracks);

    a->sched = s;
    a->store = store;
    a->n_tracks = n_outputs;
    g_mutex_init(&a->lock);
    for (uint32_t i = 0; i < n_outputs; i++) {
        a->tracks[i].len = lens[i];
        a->tracks[i].window = windows[i];
    }
    return a;
}

void ahead_free(struct ahead *a)
{
    if (!a)
        return;
    g_mutex_clear(&a->lock);
    g_free(a);
}

/* Several programs that share one reading (xargs -P, a loader's processes) open a little out of
 * order: what a stream has hinted, or has just passed, is its own. */
static bool is_of(const struct stream *st, uint64_t index, unsigned window)
{
    if (st->used == 0)
        return false;
    if (index == st->next || index + 1 == st->next)
        return true;
    return index < st->hinted && index + window >= st->next;
}

/* The stream that an element belongs to; a jump starts a new one in place of the least recently
 * used. */
static struct stream *find_stream(struct track *t, uint64_t index, unsigned window)
{
    struct stream *oldest = &t->streams[0];

    for (unsigned i = 0; i < STREAMS; i++) {
        if (is_of(&t->streams[i], index, window))
            return &t->streams[i];
        if (t->streams[i].used < oldest->used)
            oldest = &t->streams[i];
    }
    *oldest = (struct stream){.next = index + 1};
    return oldest;
}

/* Moves a reader on.  [*ret_from, *ret_to): the elements to hint, none of them twice for one
 * stream. */
static void advance_locked(struct ahead *a, struct key k, unsigned window, uint64_t *ret_from,
                           uint64_t *ret_to)
{
    struct track *t = &a->tracks[k.output];
    struct stream *st = find_stream(t, k.index, window);

    *ret_from = *ret_to = 0;
    st->used = ++a->clock;
    if (k.index < st->next)
        return;
    st->next = k.index + 1;
    *ret_from = MAX(st->hinted, st->next);
    *ret_to = t->len - st->next > window ? st->next + window : t->len;
    st->hinted = MAX(st->hinted, *ret_to);
}

/* The window that the store has room for: what is computed ahead must still be there when it is
 * read. */
static unsigned window_now(struct ahead *a, struct ahead_window w)
{
    struct store_figures held;

    store_look_figures(a->store, &held);
    if (held.n == 0 || held.bytes == 0)
        return w.elements;
    uint64_t bytes = held.budget / 2;
    if (w.bytes)
        bytes = MIN(bytes, w.bytes);
    return (unsigned)MIN(w.elements, bytes / (held.bytes / held.n));
}

void ahead_saw(struct ahead *a, struct key k)
{
    uint64_t from, to;
    unsigned window;

    assert(k.output < a->n_tracks && k.index < a->tracks[k.output].len);
    const struct ahead_window planned = a->tracks[k.output].window;
    if (planned.elements == 0)
        return;
    window = window_now(a, planned);
    g_mutex_lock(&a->lock);
    advance_locked(a, k, window, &from, &to);
    g_mutex_unlock(&a->lock);
    for (uint64_t i = from; i < to; i++)
        sched_hint(a->sched, (struct key){k.output, i});
}
