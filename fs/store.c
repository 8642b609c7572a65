/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store: a hash table of contents and the order in which they were last used. */
#include "fs/store.h"

/* What an entry costs beside its content: itself and its place in the table. */
#define ENTRY_COST (sizeof(struct entry) + 3 * sizeof(void *))

struct entry {
    struct key key;
    struct content *content; /* a reference */
    uint64_t cost;           /* bytes */
    bool read;               /* a reader has asked for it */
    GList link;              /* in used */
};

struct store {
    GMutex lock;
    /* below: under lock */
    GHashTable *entries; /* &entry->key to entry; the entries are ours */
    GQueue used;         /* entries, the most recently used first */
    struct store_figures figures;
};

struct store *store_new(uint64_t budget)
{
    struct store *s = g_new0(struct store, 1);

    g_mutex_init(&s->lock);
    s->entries = g_hash_table_new(key_hash, key_equal);
    g_queue_init(&s->used);
    s->figures.budget = budget;
    return s;
}

/* Takes an entry out; it goes to gone, which is to be freed once the lock is not held any more. */
static void take_out_locked(struct store *s, struct entry *e, GQueue *gone)
{
    g_hash_table_remove(s->entries, &e->key);
    g_queue_unlink(&s->used, &e->link);
    g_queue_push_tail_link(gone, &e->link);
    s->figures.n--;
    s->figures.bytes -= e->cost;
}

static void free_entries(GQueue *gone)
{
    GList *link;

    while ((link = g_queue_pop_head_link(gone))) {
        struct entry *e = link->data;

        content_unref(e->content);
        g_free(e);
    }
}

void store_free(struct store *s)
{
    if (!s)
        return;
    g_hash_table_unref(s->entries);
    free_entries(&s->used);
    g_mutex_clear(&s->lock);
    g_free(s);
}

struct content *store_look(struct store *s, struct key k, bool read)
{
    struct content *c = NULL;
    struct entry *e;

    g_mutex_lock(&s->lock);
    e = g_hash_table_lookup(s->entries, &k);
    if (e) {
        c = content_ref(e->content);
        e->read |= read;
        g_queue_unlink(&s->used, &e->link);
        g_queue_push_head_link(&s->used, &e->link);
    }
    if (read && e)
        s->figures.hits++;
    else if (read)
        s->figures.misses++;
    g_mutex_unlock(&s->lock);
    return c;
}

static void evict_locked(struct store *s, GQueue *gone)
{
    while (s->figures.bytes > s->figures.budget) {
        struct entry *e = s->used.tail->data;

        s->figures.evicted++;
        s->figures.evicted_unread += !e->read;
        take_out_locked(s, e, gone);
    }
}

void store_put(struct store *s, struct key k, struct content *own)
{
    struct entry *e = g_new0(struct entry, 1), *old;
    GQueue gone = G_QUEUE_INIT;

    e->key = k;
    e->content = own;
    e->cost = content_cost(own) + ENTRY_COST;
    e->link.data = e;
    g_mutex_lock(&s->lock);
    old = g_hash_table_lookup(s->entries, &k);
    if (old)
        take_out_locked(s, old, &gone);
    if (e->cost > s->figures.budget) {
        g_queue_push_tail_link(&gone, &e->link);
    } else {
        g_hash_table_insert(s->entries, &e->key, e);
        g_queue_push_head_link(&s->used, &e->link);
        s->figures.n++;
        s->figures.bytes += e->cost;
        evict_locked(s, &gone);
    }
    g_mutex_unlock(&s->lock);
    free_entries(&gone);
}

void store_drop(struct store *s, struct key k)
{
    GQueue gone = G_QUEUE_INIT;
    struct entry *e;

    g_mutex_lock(&s->lock);
    e = g_hash_table_lookup(s->entries, &k);
    if (e)
        take_out_locked(s, e, &gone);
    g_mutex_unlock(&s->lock);
    free_entries(&gone);
}

void store_look_figures(struct store *s, struct store_figures *ret)
{
    g_mutex_lock(&s->lock);
    *ret = s->figures;
    g_mutex_unlock(&s->lock);
}
