/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who asks does the reading himself, without the lock; the others that it helps wait for him. */
#include "fs/iteration.h"

#include "ops/core/forward.h"

#define KEPT_BYTES ((size_t)64 << 20)
#define MOST_TOLD 100000 /* elements that an ended reader remembers to have told */

/* A reader's place.  All-zero is free. */
struct place {
    void *reader;      /* owned; NULL = none, or it has ended */
    bool busy;         /* somebody reads with it, without the lock: no one else touches it */
    uint64_t pos;      /* the element that it gives next */
    uint64_t turn;     /* when it was last asked */
    struct fault *end; /* owned; it has ended at pos, and why */
    GHashTable *told;  /* owned; of uint64_t, owned: elements that were told of the end */
};

/* An element that went by: a value or a fault. */
struct kept {
    uint64_t i;
    struct value *value; /* owned */
    struct fault *fault; /* owned; told once */
    size_t bytes;
    GList link; /* in recent */
};

/* Somebody who waits for a reader on its way.  Lifetime: his call. */
struct wait {
    uint64_t i;
    bool met;
    struct value *value; /* owned */
    struct fault fault;  /* if there is no value */
    struct wait *next;
};

struct iteration {
    const struct seq *uniter;
    const struct seq *in;
    uint64_t n_places, max_kept;
    GMutex lock;
    /* under lock: */
    GCond news;           /* an element that is waited for, a reader that is free again */
    struct place *places; /* owned */
    uint64_t turn;
    GHashTable *kept; /* of struct kept by i, owned */
    GQueue recent;    /* of struct kept, the last used first */
    size_t bytes;
    struct wait *waits;
    bool stopping;
};

static void free_kept(void *kept)
{
    struct kept *k = kept;

    value_unref(k->value);
    g_free(k->fault);
    g_free(k);
}

struct iteration *iteration_new(const struct seq *uniter)
{
    const struct forward *p = uniter->params;
    struct iteration *t = g_new0(struct iteration, 1);

    t->uniter = uniter;
    t->in = uniter->in[0];
    t->n_places = (uint64_t)p->parallel;
    t->max_kept = (uint64_t)p->cache;
    g_mutex_init(&t->lock);
    g_cond_init(&t->news);
    t->places = g_new0(struct place, t->n_places);
    t->kept = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_kept);
    g_queue_init(&t->recent);
    return t;
}

/* Free again, as far as memory goes; the reader itself is the caller's to stop. */
static void *clear_place(struct place *p)
{
    void *reader = p->reader;

    g_free(p->end);
    if (p->told)
        g_hash_table_unref(p->told);
    *p = (struct place){0};
    return reader;
}

void iteration_free(struct iteration *t)
{
    if (!t)
        return;
    for (uint64_t n = 0; n < t->n_places; n++) {
        void *reader = clear_place(&t->places[n]);
        if (reader)
            t->in->op->stop(reader);
    }
    g_hash_table_unref(t->kept);
    g_free(t->places);
    g_cond_clear(&t->news);
    g_mutex_clear(&t->lock);
    g_free(t);
}

void iteration_stop(struct iteration *t)
{
    g_mutex_lock(&t->lock);
    t->stopping = true;
    g_cond_broadcast(&t->news);
    g_mutex_unlock(&t->lock);
}

/* Bytes that a value holds, roughly. */
static size_t weigh(const struct value *v)
{
    enum value_kind kind = value_kind(v);
    size_t sum = 64;

    if (kind == VALUE_BYTES || kind == VALUE_TEXT)
        sum += g_bytes_get_size(value_bytes(v));
    if (kind == VALUE_RECORD || kind == VALUE_LIST)
        for (uint32_t i = 0; i < value_len(v); i++)
            sum += weigh(value_item(v, i));
    return sum;
}

static void drop_locked(struct iteration *t, struct kept *k)
{
    g_queue_unlink(&t->recent, &k->link);
    t->bytes -= k->bytes;
    g_hash_table_remove(t->kept, &k->i);
}

/* The last one is kept however large it is. */
static void keep_locked(struct iteration *t, uint64_t i, struct value *v, const struct fault *f)
{
    struct kept *k = g_hash_table_lookup(t->kept, &i);

    if (k)
        drop_locked(t, k);
    k = g_new0(struct kept, 1);
    k->i = i;
    k->value = v ? value_ref(v) : NULL;
    k->fault = v ? NULL : g_memdup2(f, sizeof *f);
    k->bytes = v ? weigh(v) : sizeof *f;
    k->link.data = k;
    g_hash_table_insert(t->kept, &k->i, k);
    g_queue_push_head_link(&t->recent, &k->link);
    t->bytes += k->bytes;
    while (t->recent.length > 1 && (t->recent.length > t->max_kept || t->bytes > KEPT_BYTES))
        drop_locked(t, t->recent.tail->data);
}

/* An element goes by.  v: NULL = f tells why it cannot be had.  Who waits for it gets it at once:
 * it may be dropped before he wakes.  A fault that somebody is told is not kept. */
static void pass_locked(struct iteration *t, uint64_t i, struct value *v, const struct fault *f,
                        bool told)
{
    bool waited = false;

    for (struct wait *w = t->waits; w; w = w->next) {
        if (w->i != i || w->met)
            continue;
        w->met = waited = true;
        if (v)
            w->value = value_ref(v);
        else
            w->fault = *f;
    }
    if (v || !(told || waited))
        keep_locked(t, i, v, f);
    if (waited)
        g_cond_broadcast(&t->news);
}

/* false = it is not there. */
static bool look_locked(struct iteration *t, uint64_t i, struct fault *f, struct value **ret)
{
    struct kept *k = g_hash_table_lookup(t->kept, &i);

    if (!k)
        return false;
    if (!k->value) {
        *f = *k->fault;
        drop_locked(t, k);
        return true;
    }
    *ret = value_ref(k->value);
    g_queue_unlink(&t->recent, &k->link);
    g_queue_push_head_link(&t->recent, &k->link);
    return true;
}

/* The reader nearest before i, or a free place, or the one that was asked longest ago; NULL = all
 * are busy elsewhere. */
static struct place *choose_locked(struct iteration *t, uint64_t i)
{
    struct place *near = NULL, *empty = NULL, *oldest = NULL;

    for (uint64_t n = 0; n < t->n_places; n++) {
        struct place *p = &t->places[n];
        bool taken = p->reader || p->end || p->busy;
        if (!taken)
            empty = p;
        else if (p->pos <= i && (!near || p->pos > near->pos))
            near = p;
        if (taken && !p->busy && (!oldest || p->turn < oldest->turn))
            oldest = p;
    }
    if (near)
        return near;
    return empty ? empty : oldest;
}

/* Waits for news.  false = none came in time. */
static bool wait_locked(struct iteration *t, int64_t deadline)
{
    if (deadline)
        return g_cond_wait_until(&t->news, &t->lock, deadline);
    g_cond_wait(&t->news, &t->lock);
    return true;
}

/* Waits until a reader brings the element, or may be chosen anew.  1 = *ret or f; 0 = choose. */
static int await_locked(struct iteration *t, uint64_t i, int64_t deadline, struct fault *f,
                        struct value **ret)
{
    struct wait w = {.i = i, .next = t->waits}, **at = &t->waits;

    t->waits = &w;
    bool in_time = wait_locked(t, deadline);
    while (*at != &w)
        at = &(*at)->next;
    *at = w.next;
    if (!w.met && !in_time)
        return fault_set(
            f, ETIMEDOUT,
            "the source was not read up to element %" PRIu64 " within the time allowed", i);
    if (!w.met)
        return 0;
    if (w.value)
        *ret = w.value;
    else
        *f = w.fault;
    return w.value ? 1 : -f->err;
}

/* A reader at the beginning.  The place is busy already. */
static int start_unlocked(struct iteration *t, struct place *p, void *old, struct fault *f)
{
    void *reader = NULL;

    g_mutex_unlock(&t->lock);
    if (old)
        t->in->op->stop(old);
    int r = t->in->op->start(t->in, f, &reader);
    g_mutex_lock(&t->lock);
    p->reader = r < 0 ? NULL : reader;
    return r;
}

/* The place's reader has come to its end; what may pass is not remembered. */
static void end_locked(struct place *p, const struct fault *f)
{
    if (f->transient)
        return;
    p->end = g_memdup2(f, sizeof *f);
    p->told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

static bool is_over(const struct place *p, int64_t deadline, struct fault *f)
{
    if (!deadline || g_get_monotonic_time() <= deadline)
        return false;
    fault_set(f, ETIMEDOUT,
              "the source was only read up to element %" PRIu64 " within the time allowed", p->pos);
    return true;
}

/* Reads on up to element i.  1 = *ret; or the fault of element i. */
static int read_locked(struct iteration *t, struct place *p, uint64_t i, int64_t deadline,
                       struct fault *f, struct value **ret)
{
    for (;;) {
        OWN(value_unref) struct value *v = NULL;

        if (is_over(p, deadline, f))
            return -ETIMEDOUT;
        g_mutex_unlock(&t->lock);
        int r = t->in->op->next(p->reader, deadline, f, &v);
        g_mutex_lock(&t->lock);
        if (r == 0)
            r = forward_set_short(f, p->pos, t->uniter->len);
        if (r < 0 && r != -EILSEQ)
            return r;
        pass_locked(t, p->pos, r > 0 ? v : NULL, f, p->pos == i);
        if (p->pos++ < i)
            continue;
        if (r > 0)
            *ret = g_steal_pointer(&v);
        return r;
    }
}

static int tell_end_locked(struct place *p, uint64_t i, struct fault *f)
{
    *f = *p->end;
    g_hash_table_add(p->told, g_memdup2(&i, sizeof i));
    return -f->err;
}

static bool is_told(const struct place *p, uint64_t i)
{
    return p->told &&
           (g_hash_table_contains(p->told, &i) || g_hash_table_size(p->told) >= MOST_TOLD);
}

/* Reads with a place that is free to be used, having started anew where it is not before i. */
static int use_locked(struct iteration *t, struct place *p, uint64_t i, int64_t deadline,
                      struct fault *f, struct value **ret)
{
    bool anew = p->pos > i || is_told(p, i) || (!p->reader && !p->end);
    void *old = anew ? clear_place(p) : NULL;
    int r = 0;

    p->turn = ++t->turn;
    if (p->end)
        return tell_end_locked(p, i, f);
    p->busy = true;
    if (anew)
        r = start_unlocked(t, p, old, f);
    if (r == 0)
        r = read_locked(t, p, i, deadline, f, ret);
    old = NULL;
    if (r < 0 && r != -EILSEQ && r != -ETIMEDOUT) {
        old = g_steal_pointer(&p->reader);
        end_locked(p, f);
        if (p->end)
            tell_end_locked(p, i, f);
    } else if (p->pos >= t->uniter->len) {
        old = g_steal_pointer(&p->reader);
    }
    p->busy = false;
    g_cond_broadcast(&t->news);
    if (old) {
        g_mutex_unlock(&t->lock);
        t->in->op->stop(old);
        g_mutex_lock(&t->lock);
    }
    return r;
}

static int get_locked(struct iteration *t, uint64_t i, int64_t deadline, struct fault *f,
                      struct value **ret)
{
    struct value *found = NULL;
    int r = 0;

    while (r == 0) {
        if (t->stopping)
            return fault_set(f, ECANCELED, "the mount is being stopped");
        if (look_locked(t, i, f, &found)) {
            r = found ? 1 : -f->err;
            break;
        }
        struct place *p = choose_locked(t, i);
        if (p && !p->busy)
            r = use_locked(t, p, i, deadline, f, &found);
        else
            r = await_locked(t, i, deadline, f, &found);
    }
    if (r > 0)
        *ret = found;
    return r;
}

int iteration_get(struct iteration *t, uint64_t i, int64_t deadline, struct fault *f,
                  struct value **ret)
{
    g_mutex_lock(&t->lock);
    int r = get_locked(t, i, deadline, f, ret);
    g_mutex_unlock(&t->lock);
    return r < 0 ? r : 0;
}
