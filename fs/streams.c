/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams: finds arithmetic progressions in the opens of an output and keeps a window ahead of
 * each.
 *
 * An open is looked for near the places where streams are expected to go on; several processes that
 * share one order open a little out of order, so what a stream has just passed or leapt over is its
 * own.  Other opens are remembered for a while, and the second one of a row (the third, if its
 * steps are not 1) starts a stream.  How many it takes grows with regret: with what was computed
 * for nobody, and with opens in no order. */
#include "fs/streams.h"

#include <glib.h>
#include <stdlib.h>

#define RECENT 64        /* opens of no stream that are remembered */
#define FAR 16           /* the longest stride that is seen among other opens */
#define NEAR 16          /* how far processes that share an order leap, or stay behind */
#define SKIPPED_MAX 24   /* elements that a stream may have leapt over */
#define SKIPPED_MUCH 8   /* so many again halve what is computed ahead */
#define RUN_FULL 2       /* opens after its second until a stream has its whole window */
#define RUN_KNOWN 8      /* until it is remembered while its reader pauses */
#define WINDOW_MAX 1024  /* elements; of windows that are not fixed */
#define START_MAX 32     /* elements; of those that are */
#define STARVED 4        /* times its first size: windows grow so far though workers are behind */
#define REGRET_ELEMENT 4 /* for an element computed for nobody; an open in no order counts 1 */
#define REGRET_OPENS 512 /* such opens alone add up to this */
#define REGRET_MAX 8192
#define INDEX_END (UINT64_C(1) << 62) /* what lies beyond is not followed */
#define STRIDE_END (INT64_C(1) << 32) /* longer strides are not seen */

/* Lifetime: the streams'.  All zero before its first use. */
struct stream {
    uint64_t id;  /* 0 = none */
    int64_t next; /* one stride behind the furthest element opened */
    int64_t stride;
    unsigned ahead;    /* elements given, from next on */
    unsigned window;   /* elements */
    unsigned run;      /* opens after the start, up to RUN_KNOWN */
    unsigned skipped;  /* elements it has leapt over and that were not opened since, roughly */
    unsigned patience; /* opens until the window may grow again */
    unsigned forgiven; /* elements whose waste has been answered for by halving the window */
    bool full;         /* the whole window was ahead at some time since it has grown */
    uint64_t used;     /* the clock at its latest open */
    uint64_t interval; /* 4 times the mean time between its opens */
};

struct recent {
    int64_t index;
    uint64_t clock;
};

struct streams {
    int64_t len;
    unsigned start, max; /* of windows */
    bool fixed;
    uint64_t limit;
    uint64_t clock; /* opens so far */
    uint64_t last_id;
    uint64_t n_used;
    unsigned regret;
    unsigned turn;     /* the stream that is asked first */
    unsigned n_recent; /* in all; the latest RECENT are there */
    struct recent recent[RECENT];
    struct stream streams[STREAMS_MAX];
};

struct streams *streams_new(uint64_t len, unsigned window, bool fixed)
{
    struct streams *s = g_new0(struct streams, 1);

    s->len = (int64_t)MIN(len, INDEX_END);
    s->start = fixed ? MIN(window, START_MAX) : MIN(window, WINDOW_MAX);
    s->max = fixed || window == 0 ? window : WINDOW_MAX;
    s->fixed = fixed;
    s->limit = UINT64_MAX;
    return s;
}

void streams_free(struct streams *s)
{
    g_free(s);
}

void streams_limit(struct streams *s, uint64_t n)
{
    s->limit = n;
}

static void regret(struct streams *s, unsigned n)
{
    s->regret = MIN(s->regret + n, REGRET_MAX);
}

static void forget_regret(struct streams *s, unsigned n)
{
    s->regret -= MIN(s->regret, n);
}

/* How many more opens than usual it takes to believe in an order. */
static unsigned doubt(const struct streams *s)
{
    static const struct {
        unsigned regret, opens;
    } levels[] = {{4096, 16}, {2048, 8}, {1024, 4}, {256, 2}, {96, 1}};

    for (unsigned i = 0; i < G_N_ELEMENTS(levels); i++)
        if (s->regret >= levels[i].regret)
            return levels[i].opens;
    return 0;
}

/* Whether its reader seems to have gone: he is left out for much longer than he used to be. */
static bool is_paused(const struct streams *s, const struct stream *st)
{
    return s->clock - st->used > st->interval + 16;
}

/* What it has ahead is for nobody. */
static void drop(struct streams *s, struct stream *st)
{
    regret(s, REGRET_ELEMENT * (st->ahead + st->skipped));
    *st = (struct stream){0};
}

/* How many strides an element is from where the stream is expected to go on; false = it is not of
 * that stream.  One whose reader has gone takes nothing but the next element. */
static bool is_of(const struct streams *s, const struct stream *st, int64_t index, int64_t *ret)
{
    int64_t delta = index - st->next, steps;

    if (st->id == 0 || llabs(delta) > NEAR * llabs(st->stride) || delta % st->stride != 0)
        return false;
    steps = delta / st->stride;
    *ret = steps;
    if (steps == 0 || is_paused(s, st))
        return steps == 0;
    return steps <= NEAR && st->skipped + MAX(steps, 0) <= SKIPPED_MAX;
}

/* The stream that an open belongs to, or NULL: the one that expects it most. */
static struct stream *find_stream(struct streams *s, int64_t index, int64_t *ret)
{
    struct stream *found = NULL;
    int64_t steps;

    for (unsigned i = 0; i < STREAMS_MAX; i++) {
        struct stream *st = &s->streams[i];
        if (st->id && st->run < RUN_KNOWN && is_paused(s, st))
            drop(s, st);
        if (!is_of(s, st, index, &steps) || (found && llabs(steps) >= llabs(*ret)))
            continue;
        found = st;
        *ret = steps;
    }
    return found;
}

/* A wait that a larger window would have spared: the workers had filled this one.  Where they never
 * do they are the bottleneck, and a larger one only costs more when the reader leaves. */
static void grow(const struct streams *s, struct stream *st, bool waited)
{
    if (st->patience > 0) {
        st->patience--;
        return;
    }
    if (!waited || (!st->full && st->window >= STARVED * s->start))
        return;
    st->window = MIN(MAX(2 * st->window, 1), s->max);
    st->full = false;
}

static void move_on(struct streams *s, struct stream *st, int64_t steps)
{
    unsigned leapt = (unsigned)steps;

    if (leapt < st->ahead) {
        s->n_used++;
        forget_regret(s, REGRET_ELEMENT);
    }
    st->forgiven += MIN(st->ahead, leapt);
    st->ahead -= MIN(st->ahead, leapt + 1);
    st->skipped = leapt ? st->skipped + leapt : st->skipped - (st->skipped + 7) / 8;
    st->next += (steps + 1) * st->stride;
}

static void follow(struct streams *s, struct stream *st, int64_t steps, bool waited)
{
    if (steps < 0 && st->skipped == 0)
        return; /* once more */
    if (is_paused(s, st))
        st->run = 0;
    else
        st->interval += s->clock - st->used - st->interval / 4;
    st->used = s->clock;
    if (st->run < RUN_KNOWN)
        st->run++;
    if (steps < 0) {
        st->skipped--;
        st->forgiven -= st->forgiven > 0;
        return;
    }
    move_on(s, st, steps);
    grow(s, st, waited);
}

/* The n-th latest open of no stream. */
static const struct recent *latest(const struct streams *s, unsigned n)
{
    return &s->recent[(s->n_recent - 1 - n) % RECENT];
}

static unsigned n_remembered(const struct streams *s)
{
    return MIN(s->n_recent, RECENT);
}

static const struct recent *find_recent(const struct streams *s, int64_t index)
{
    for (unsigned i = 0; i < n_remembered(s); i++)
        if (s->recent[i].index == index)
            return &s->recent[i];
    return NULL;
}

/* Whether the n elements before this one were opened. */
static bool is_row(const struct streams *s, int64_t index, int64_t stride, unsigned n)
{
    for (unsigned i = 1; i <= n; i++)
        if (!find_recent(s, index - i * stride))
            return false;
    return true;
}

/* Long strides are those of a reader who is alone with those in order. */
static bool is_row_of_latest(const struct streams *s, int64_t index, int64_t stride, unsigned n)
{
    if (n_remembered(s) < n || llabs(stride) >= STRIDE_END)
        return false;
    for (unsigned i = 1; i <= n; i++)
        if (latest(s, i - 1)->index != index - i * stride)
            return false;
    return true;
}

/* Which opens are how far from an element: bit i for i + 1. */
struct vicinity {
    uint64_t below, above;
};

static struct vicinity look_around(const struct streams *s, int64_t index)
{
    struct vicinity v = {0};

    for (unsigned i = 0; i < n_remembered(s); i++) {
        int64_t delta = index - s->recent[i].index;
        v.below |= delta > 0 && delta <= 64 ? UINT64_C(1) << (delta - 1) : 0;
        v.above |= delta < 0 && delta >= -64 ? UINT64_C(1) << (-delta - 1) : 0;
    }
    return v;
}

/* Whether the three elements before one are there. */
static bool can_be_row(uint64_t before, int64_t stride)
{
    return before >> (stride - 1) & before >> (2 * stride - 1) & before >> (3 * stride - 1) & 1;
}

/* The stride of the row that ends with this element; 0 = there is none.  Among the opens of many
 * readers rows come about by chance, the more easily the longer the stride. */
static int64_t find_stride(const struct streams *s, int64_t index, unsigned before)
{
    struct vicinity v = look_around(s, index);
    int64_t stride = n_remembered(s) > 0 ? index - latest(s, 0)->index : 0;

    if ((v.below & 1) && is_row(s, index, 1, before))
        return 1;
    if (stride && is_row_of_latest(s, index, stride, before + 1))
        return stride;
    for (stride = 1; stride <= FAR; stride++) {
        if (can_be_row(v.below, stride) && is_row(s, index, stride, before + 2))
            return stride;
        if (can_be_row(v.above, stride) && is_row(s, index, -stride, before + 2))
            return -stride;
    }
    return 0;
}

/* The place of the stream that is longest unused. */
static struct stream *make_place(struct streams *s)
{
    struct stream *oldest = &s->streams[0];

    for (unsigned i = 1; i < STREAMS_MAX; i++)
        if (s->streams[i].used < oldest->used)
            oldest = &s->streams[i];
    drop(s, oldest);
    return oldest;
}

static void start(struct streams *s, int64_t index, int64_t stride)
{
    const struct recent *before = find_recent(s, index - stride);
    uint64_t since = before ? s->clock - before->clock : 1;

    while (find_recent(s, index + stride))
        index += stride; /* has come before its turn */
    *make_place(s) = (struct stream){
        .id = ++s->last_id,
        .next = index + stride,
        .stride = stride,
        .window = s->start,
        .run = s->fixed && doubt(s) == 0 ? RUN_FULL : 0, /* a number that was given holds at once */
        .used = s->clock,
        .interval = 4 * since,
    };
}

static void remember(struct streams *s, int64_t index)
{
    s->recent[s->n_recent % RECENT] = (struct recent){index, s->clock};
    s->n_recent = s->n_recent + 1 < 2 * RECENT ? s->n_recent + 1 : RECENT;
}

/* An open that no stream had foreseen. */
static void look_for_row(struct streams *s, int64_t index, unsigned before)
{
    int64_t stride;

    if (find_recent(s, index))
        return; /* the same again is no order */
    stride = find_stride(s, index, before);
    if (stride)
        start(s, index, stride);
    else if (s->regret < REGRET_OPENS)
        regret(s, 1);
    remember(s, index);
}

void streams_saw(struct streams *s, uint64_t index, bool waited)
{
    int64_t at = (int64_t)index, steps;
    struct stream *st;

    if (s->max == 0 || index >= (uint64_t)s->len)
        return;
    s->clock++;
    st = find_stream(s, at, &steps);
    if (st)
        follow(s, st, steps, waited);
    else
        look_for_row(s, at, 1 + doubt(s));
    if (st && steps < 0 && waited) /* a straggler, or another reader */
        look_for_row(s, at, 2 + doubt(s));
}

/* How many may be ahead in a stream now: few while it is young, or leaps much. */
static unsigned allowed(const struct stream *st, uint64_t share)
{
    unsigned doubts = RUN_FULL - MIN(st->run, RUN_FULL) + st->skipped / SKIPPED_MUCH;

    return st->window > 0 ? (unsigned)MIN(MAX(st->window >> doubts, 1), share) : 0;
}

static uint64_t share_of_each(const struct streams *s)
{
    uint64_t n = 0;

    if (s->limit == 0)
        return 0;
    for (unsigned i = 0; i < STREAMS_MAX; i++)
        n += s->streams[i].id && !is_paused(s, &s->streams[i]);
    return MAX(s->limit / MAX(n, 1), 1);
}

static int64_t front(const struct stream *st)
{
    return st->next + st->ahead * st->stride;
}

static bool has_more(const struct streams *s, const struct stream *st, uint64_t share)
{
    return st->id && !is_paused(s, st) && st->ahead < allowed(st, share) && front(st) >= 0 &&
           front(st) < s->len;
}

bool streams_next(struct streams *s, uint64_t *ret_index, uint64_t *ret_stream)
{
    uint64_t share = share_of_each(s);
    struct stream *found = NULL;

    for (unsigned i = 0; i < STREAMS_MAX; i++) {
        struct stream *st = &s->streams[(s->turn + i) % STREAMS_MAX];
        if (has_more(s, st, share) && (!found || st->ahead < found->ahead))
            found = st;
    }
    if (!found)
        return false;
    s->turn = (unsigned)(found - s->streams) + 1;
    *ret_index = (uint64_t)front(found);
    *ret_stream = found->id;
    found->ahead++;
    found->full |= found->ahead >= found->window;
    return true;
}

void streams_wasted(struct streams *s, uint64_t stream)
{
    for (unsigned i = 0; i < STREAMS_MAX; i++) {
        struct stream *st = &s->streams[i];
        if (st->id != stream || stream == 0)
            continue;
        if (st->forgiven > 0) {
            st->forgiven--;
            return;
        }
        st->window /= 2;
        st->forgiven = st->ahead; /* these were given before */
        st->patience = 8 * MAX(st->window, 1);
        regret(s, REGRET_ELEMENT);
        return;
    }
}

static int compare_used(const void *a, const void *b)
{
    const struct stream *x = *(const struct stream *const *)a;
    const struct stream *y = *(const struct stream *const *)b;

    return (x->used < y->used) - (x->used > y->used);
}

unsigned streams_look(const struct streams *s, struct streams_way *ret)
{
    const struct stream *found[STREAMS_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < STREAMS_MAX; i++)
        if (s->streams[i].id && !is_paused(s, &s->streams[i]))
            found[n++] = &s->streams[i];
    qsort(found, n, sizeof found[0], compare_used);
    for (unsigned i = 0; i < n; i++)
        ret[i] = (struct streams_way){
            .at = (uint64_t)(found[i]->next - found[i]->stride),
            .stride = found[i]->stride,
            .window = found[i]->window,
            .ahead = found[i]->ahead,
        };
    return n;
}

uint64_t streams_used(const struct streams *s)
{
    return s->n_used;
}
