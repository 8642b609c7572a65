/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Old sizes: the latest at the head of a queue that is looked through, since few ask. */
#include "fs/past.h"

#define VERSIONS_MAX 4096

struct version {
    struct key key;
    unsigned version;
    uint64_t size;
};

struct past {
    GMutex lock;
    /* below: under lock */
    GQueue versions; /* struct version, owned */
};

struct past *past_new(void)
{
    struct past *p = g_new0(struct past, 1);

    g_mutex_init(&p->lock);
    g_queue_init(&p->versions);
    return p;
}

void past_free(struct past *p)
{
    if (!p)
        return;
    g_queue_clear_full(&p->versions, g_free);
    g_mutex_clear(&p->lock);
    g_free(p);
}

void past_put(struct past *p, struct key k, unsigned version, uint64_t size)
{
    struct version *v = g_new(struct version, 1), *oldest = NULL;

    *v = (struct version){k, version, size};
    g_mutex_lock(&p->lock);
    g_queue_push_head(&p->versions, v);
    if (g_queue_get_length(&p->versions) > VERSIONS_MAX)
        oldest = g_queue_pop_tail(&p->versions);
    g_mutex_unlock(&p->lock);
    g_free(oldest);
}

bool past_look(struct past *p, struct key k, unsigned version, uint64_t *ret)
{
    bool found = false;

    g_mutex_lock(&p->lock);
    for (GList *link = p->versions.head; link && !found; link = link->next) {
        const struct version *v = link->data;

        found = v->version == version && key_equal(&v->key, &k);
        if (found)
            *ret = v->size;
    }
    g_mutex_unlock(&p->lock);
    return found;
}
