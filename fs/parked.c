/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps waiting requests, and watches those that were interrupted. */
#include "fs/parked.h"

#include <errno.h>

#include "fs/interrupt.h"

#define LOOK_AGAIN (250 * G_TIME_SPAN_MILLISECOND)

/* state     answered by
 * STARTING  nobody: the thread that parks it is still at it
 * ARRIVED   that thread, since the element came first
 * WAITING   whoever takes it: the element's thread, the watcher, or the drain
 * TAKEN     who took it
 * An interrupt only ever adds it to the watched: libfuse calls back with the request locked, which
 * an answer frees. */
enum state { STARTING, ARRIVED, WAITING, TAKEN };

struct car {
    struct parked p;
    struct parking *lot;
    pid_t tid; /* of the caller; 0 = unknown */
    /* below: under the lot's lock */
    enum state state;
    bool interrupted;
    unsigned refs;
    struct want *want;       /* WAITING */
    struct content *content; /* ARRIVED: owned, or NULL and err */
    int err;
    GList link;    /* in all */
    GList watched; /* in watched, if interrupted and not STARTING */
};

struct parking {
    struct dataset *dataset;
    GThread *watcher;
    GMutex lock;
    /* below: under lock */
    GCond stirred;   /* something is to be watched, or ending */
    GCond left;      /* a request has been answered */
    GQueue all;      /* WAITING */
    GQueue watched;  /* of those, the interrupted ones */
    uint64_t n_cars; /* not answered yet */
    bool ending;
};

/* Locks: a request's own (libfuse's), then the lot's. */

static void unref_locked(struct car *c)
{
    if (--c->refs == 0)
        g_free(c);
}

/* WAITING to TAKEN: true = the caller answers. */
static bool take_locked(struct car *c)
{
    if (c->state != WAITING)
        return false;
    c->state = TAKEN;
    g_queue_unlink(&c->lot->all, &c->link);
    if (c->interrupted)
        g_queue_unlink(&c->lot->watched, &c->watched);
    return true;
}

/* The caller has taken it and holds a reference, which goes. */
static void answer(struct car *c, struct content *content, int err)
{
    struct parking *lot = c->lot;

    /* Also waits for a callback under way, which is the last to know of c. */
    if (c->want != NULL)
        fuse_req_interrupt_func(c->p.req, NULL, NULL);
    c->p.answer(&c->p, content, err);
    g_mutex_lock(&lot->lock);
    unref_locked(c);
    lot->n_cars--;
    g_cond_broadcast(&lot->left);
    g_mutex_unlock(&lot->lock);
}

/* A want_done_fn. */
static void arrived(void *ctx, struct content *content, int err)
{
    struct car *c = ctx;
    struct parking *lot = c->lot;
    bool taken;

    g_mutex_lock(&lot->lock);
    if (c->state == STARTING) {
        c->state = ARRIVED;
        c->content = content != NULL ? content_ref(content) : NULL;
        c->err = err;
    }
    taken = take_locked(c);
    g_mutex_unlock(&lot->lock);
    if (taken)
        answer(c, content, err);
}

/* The kernel tells of an interrupt; the watcher finds out what it is worth. */
static void interrupted(fuse_req_t req, void *ctx)
{
    struct car *c = ctx;
    struct parking *lot = c->lot;

    g_mutex_lock(&lot->lock);
    if (!c->interrupted && (c->state == STARTING || c->state == WAITING)) {
        c->interrupted = true;
        if (c->state == WAITING)
            g_queue_push_tail_link(&lot->watched, &c->watched);
        g_cond_broadcast(&lot->stirred);
    }
    g_mutex_unlock(&lot->lock);
}

/* From STARTING to WAITING; false = it has arrived meanwhile. */
static bool park(struct car *c, struct want *want)
{
    struct parking *lot = c->lot;
    bool parked;

    c->want = want;
    fuse_req_interrupt_func(c->p.req, interrupted, c);
    g_mutex_lock(&lot->lock);
    parked = c->state == STARTING;
    if (parked) {
        c->state = WAITING;
        g_queue_push_tail_link(&lot->all, &c->link);
        if (c->interrupted)
            g_queue_push_tail_link(&lot->watched, &c->watched);
    }
    g_mutex_unlock(&lot->lock);
    return parked;
}

/* *ret_opened: it is an open of what may have to be computed. */
static struct want *want_it(struct car *c, bool *ret_opened)
{
    struct dataset *d = c->lot->dataset;
    bool direct = true;
    struct want *want = c->p.fetch ? dataset_fetch(d, c->p.key, c->p.stamp, arrived, c)
                                   : dataset_want(d, c->p.key, arrived, c, &direct);

    *ret_opened = !direct;
    return want;
}

void parking_want(struct parking *lot, const struct parked *p)
{
    struct car *c = g_new0(struct car, 1);
    struct want *want;
    bool opened;

    c->p = *p;
    c->lot = lot;
    c->tid = fuse_req_ctx(p->req)->pid;
    c->refs = 1;
    c->link.data = c->watched.data = c;
    g_mutex_lock(&lot->lock);
    lot->n_cars++;
    g_mutex_unlock(&lot->lock);
    want = want_it(c, &opened);
    if (want == NULL || !park(c, want)) {
        OWN(content_unref) struct content *content = c->content;

        answer(c, content, c->err);
    }
    if (opened) /* when the reader has his answer, or a worker is at it */
        dataset_saw(lot->dataset, p->key, want != NULL);
}

/* Gives a waiting request up, of which the caller holds a reference.  With the lock held, which it
 * drops meanwhile.  false = its element has come, and it is being answered. */
static bool give_up_locked(struct parking *lot, struct car *c, int err)
{
    struct want *want = c->want;
    bool unwanted;

    g_mutex_unlock(&lot->lock);
    unwanted = dataset_unwant(lot->dataset, want);
    g_mutex_lock(&lot->lock);
    if (!unwanted || !take_locked(c))
        return false;
    g_mutex_unlock(&lot->lock);
    answer(c, NULL, err);
    g_mutex_lock(&lot->lock);
    return true;
}

/* Looks at one interrupted request.  With the lock held, which it drops meanwhile. */
static void look_locked(struct parking *lot, struct car *c)
{
    bool real;

    c->refs++;
    g_mutex_unlock(&lot->lock);
    real = interrupt_is_real(c->tid);
    g_mutex_lock(&lot->lock);
    if (real && c->state == WAITING && give_up_locked(lot, c, -EINTR))
        stats_add(dataset_stats(lot->dataset), STAT_INTERRUPTED, 1);
    unref_locked(c);
}

/* Each of the watched once; those that come meanwhile have their turn too. */
static void look_at_all_locked(struct parking *lot)
{
    for (guint n = g_queue_get_length(&lot->watched); n > 0 && !g_queue_is_empty(&lot->watched);
         n--) {
        GList *link = g_queue_pop_head_link(&lot->watched);

        g_queue_push_tail_link(&lot->watched, link);
        look_locked(lot, link->data);
    }
}

static void *watch(void *ctx)
{
    struct parking *lot = ctx;

    g_mutex_lock(&lot->lock);
    while (!lot->ending) {
        if (g_queue_is_empty(&lot->watched)) {
            g_cond_wait(&lot->stirred, &lot->lock);
            continue;
        }
        look_at_all_locked(lot);
        /* The kernel tells of an interrupt once, so a second signal is only found by looking again.
         */
        if (!lot->ending && !g_queue_is_empty(&lot->watched))
            g_cond_wait_until(&lot->stirred, &lot->lock, g_get_monotonic_time() + LOOK_AGAIN);
    }
    g_mutex_unlock(&lot->lock);
    return NULL;
}

struct parking *parking_new(struct dataset *d)
{
    struct parking *lot = g_new0(struct parking, 1);

    lot->dataset = d;
    g_mutex_init(&lot->lock);
    g_cond_init(&lot->stirred);
    g_cond_init(&lot->left);
    g_queue_init(&lot->all);
    g_queue_init(&lot->watched);
    lot->watcher = g_thread_new("interrupts", watch, lot);
    return lot;
}

void parking_free(struct parking *lot)
{
    if (lot == NULL)
        return;
    g_mutex_lock(&lot->lock);
    lot->ending = true;
    g_cond_broadcast(&lot->stirred);
    g_mutex_unlock(&lot->lock);
    g_thread_join(lot->watcher);
    g_cond_clear(&lot->stirred);
    g_cond_clear(&lot->left);
    g_mutex_clear(&lot->lock);
    g_free(lot);
}

void parking_drain(struct parking *lot, int err)
{
    g_mutex_lock(&lot->lock);
    while (lot->n_cars > 0) {
        struct car *c = g_queue_peek_head(&lot->all);
        bool moved_on = false;

        if (c != NULL) {
            c->refs++;
            moved_on = give_up_locked(lot, c, err) || c->state != WAITING;
            unref_locked(c);
        }
        /* What still waits is about to be answered by another thread, which tells. */
        if (!moved_on && lot->n_cars > 0)
            g_cond_wait(&lot->left, &lot->lock);
    }
    g_mutex_unlock(&lot->lock);
}
