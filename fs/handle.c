/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open files. */
#include "fs/handle.h"

#include <stdatomic.h>

struct handle {
    gatomicrefcount refs;
    struct content *content;     /* owned */
    atomic_bool settled;         /* the end has been told */
    atomic_uint_fast64_t beyond; /* where the last refused read began */
};

struct handle *handle_new(struct content *own)
{
    struct handle *h = g_new0(struct handle, 1);

    g_atomic_ref_count_init(&h->refs);
    h->content = own;
    return h;
}

struct handle *handle_ref(struct handle *h)
{
    g_atomic_ref_count_inc(&h->refs);
    return h;
}

void handle_unref(struct handle *h)
{
    if (h == NULL || !g_atomic_ref_count_dec(&h->refs))
        return;
    content_unref(h->content);
    g_free(h);
}

struct content *handle_content(const struct handle *h)
{
    return h->content;
}

/* A read that starts right at the end tells it, too. */
bool handle_must_refuse(struct handle *h, uint64_t off)
{
    if (off <= content_len(h->content) || atomic_load(&h->settled))
        return false;
    return atomic_exchange(&h->beyond, off) != off;
}

void handle_told(struct handle *h, uint64_t end)
{
    if (end == content_len(h->content))
        atomic_store(&h->settled, true);
}
