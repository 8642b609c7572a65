/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The failures, packed: a tree in the order of elements, and a queue in the order of their age. */
#include "fs/errlog.h"

#include <string.h>

#define ERRLOG_MAX 10000

/* A failure without the unused ends of its texts: most are a few hundred bytes of the 6 KB.  Behind
 * the struct stand the trail, the text with its NUL, the detail with its NUL. */
struct entry {
    struct key key;
    GList link; /* in by_age */
    int64_t when;
    double seconds;
    unsigned attempt;
    int err;
    bool transient, late, source;
    uint32_t trail_len;
    size_t text_size, detail_size; /* with their NULs */
    struct fault_step trail[];
};

struct errlog {
    void (*forgotten)(void *ctx, struct key k);
    void *ctx;
    GMutex lock;
    /* below: under lock */
    GTree *by_key; /* &entry->key to entry; the entries are ours */
    GQueue by_age; /* the oldest first */
};

static int compare(gconstpointer a, gconstpointer b)
{
    const struct key *x = a, *y = b;

    return key_compare(*x, *y);
}

struct errlog *errlog_new(void (*forgotten)(void *ctx, struct key k), void *ctx)
{
    struct errlog *l = g_new0(struct errlog, 1);

    l->forgotten = forgotten;
    l->ctx = ctx;
    g_mutex_init(&l->lock);
    l->by_key = g_tree_new(compare);
    g_queue_init(&l->by_age);
    return l;
}

void errlog_free(struct errlog *l)
{
    GList *link;

    if (!l)
        return;
    g_tree_unref(l->by_key);
    while ((link = g_queue_pop_head_link(&l->by_age)))
        g_free(link->data);
    g_mutex_clear(&l->lock);
    g_free(l);
}

static struct entry *pack(const struct failure *f)
{
    size_t text_size = strnlen(f->fault.text, FAULT_TEXT - 1) + 1;
    size_t detail_size = strnlen(f->fault.detail, FAULT_DETAIL - 1) + 1;
    uint32_t trail_len = MIN(f->fault.trail_len, FAULT_TRAIL);
    size_t trail_size = trail_len * sizeof *f->fault.trail;
    struct entry *e = g_malloc0(sizeof *e + trail_size + text_size + detail_size);
    char *text = (char *)&e->trail[trail_len];

    e->key = f->key;
    e->link.data = e;
    e->when = f->when;
    e->seconds = f->seconds;
    e->attempt = f->attempt;
    e->err = f->fault.err;
    e->transient = f->fault.transient;
    e->late = f->fault.late;
    e->source = f->fault.source;
    e->trail_len = trail_len;
    e->text_size = text_size;
    e->detail_size = detail_size;
    memcpy(e->trail, f->fault.trail, trail_size);
    memcpy(text, f->fault.text, text_size - 1); /* the NULs are there already */
    memcpy(text + text_size, f->fault.detail, detail_size - 1);
    return e;
}

static struct failure *unpack(const struct entry *e)
{
    struct failure *f = g_new0(struct failure, 1);
    const char *text = (const char *)&e->trail[e->trail_len];

    f->key = e->key;
    f->when = e->when;
    f->seconds = e->seconds;
    f->attempt = e->attempt;
    fault_clear(&f->fault);
    f->fault.err = e->err;
    f->fault.transient = e->transient;
    f->fault.late = e->late;
    f->fault.source = e->source;
    f->fault.trail_len = e->trail_len;
    memcpy(f->fault.trail, e->trail, e->trail_len * sizeof *e->trail);
    memcpy(f->fault.text, text, e->text_size);
    memcpy(f->fault.detail, text + e->text_size, e->detail_size);
    return f;
}

static void take_out_locked(struct errlog *l, struct entry *e)
{
    g_tree_remove(l->by_key, &e->key);
    g_queue_unlink(&l->by_age, &e->link);
}

void errlog_put(struct errlog *l, const struct failure *f)
{
    struct entry *e = pack(f), *old, *oldest = NULL;

    g_mutex_lock(&l->lock);
    old = g_tree_lookup(l->by_key, &e->key);
    if (old)
        take_out_locked(l, old);
    g_tree_insert(l->by_key, &e->key, e);
    g_queue_push_tail_link(&l->by_age, &e->link);
    if (g_queue_get_length(&l->by_age) > ERRLOG_MAX) {
        oldest = l->by_age.head->data;
        take_out_locked(l, oldest);
    }
    g_mutex_unlock(&l->lock);
    g_free(old);
    if (oldest && l->forgotten)
        l->forgotten(l->ctx, oldest->key);
    g_free(oldest);
}

bool errlog_forget(struct errlog *l, struct key k)
{
    struct entry *e;

    g_mutex_lock(&l->lock);
    e = g_tree_lookup(l->by_key, &k);
    if (e)
        take_out_locked(l, e);
    g_mutex_unlock(&l->lock);
    if (!e)
        return false;
    g_free(e);
    return true;
}

struct failure *errlog_look(struct errlog *l, struct key k)
{
    const struct entry *e;
    struct failure *f;

    g_mutex_lock(&l->lock);
    e = g_tree_lookup(l->by_key, &k);
    f = e ? unpack(e) : NULL;
    g_mutex_unlock(&l->lock);
    return f;
}

void failure_unref(struct failure *f)
{
    g_free(f); /* each look made its own */
}

bool errlog_next(struct errlog *l, uint32_t output, uint64_t from, uint64_t *ret)
{
    const struct key wanted = {output, from};
    const struct key *found;
    GTreeNode *node;
    bool is_there;

    g_mutex_lock(&l->lock);
    node = g_tree_lower_bound(l->by_key, &wanted);
    found = node ? g_tree_node_key(node) : NULL;
    is_there = found && found->output == output;
    if (is_there)
        *ret = found->index;
    g_mutex_unlock(&l->lock);
    return is_there;
}

uint64_t errlog_len(struct errlog *l)
{
    uint64_t len;

    g_mutex_lock(&l->lock);
    len = g_queue_get_length(&l->by_age);
    g_mutex_unlock(&l->lock);
    return len;
}
