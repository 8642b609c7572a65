/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open files. */
#include "fs/handle.h"

#include <errno.h>
#include <stdatomic.h>

#define GAPS 4 /* reads ahead of the first one that is not answered yet */

struct stretch_told {
    uint64_t from, end;
};

struct handle {
    gatomicrefcount refs;
    _Atomic(struct content *) content; /* pinned */
    struct wishing *wishing;           /* owned; used under lock */
    bool written;
    struct handle_source source;
    uint64_t len;
    atomic_bool settled;         /* the end has been told */
    atomic_uint_fast64_t beyond; /* where the last refused read began */
    GMutex lock;
    /* below: under lock */
    bool closed;                     /* and nobody was told that it is whole */
    uint64_t told;                   /* from the beginning, without a gap */
    struct stretch_told apart[GAPS]; /* behind a gap; end 0 = none */
};

struct handle *handle_new(struct content *c, uint64_t len, const struct handle_source *source)
{
    struct handle *h = g_new0(struct handle, 1);

    g_atomic_ref_count_init(&h->refs);
    h->content = c ? content_pin(c) : NULL;
    if (source)
        h->source = *source;
    h->len = len;
    g_mutex_init(&h->lock);
    return h;
}

struct handle *handle_new_writing(struct wishing *own)
{
    struct handle *h = handle_new(NULL, 0, NULL);

    h->written = true;
    h->wishing = own;
    return h;
}

struct handle *handle_ref(struct handle *h)
{
    g_atomic_ref_count_inc(&h->refs);
    return h;
}

void handle_unref(struct handle *h)
{
    if (!h || !g_atomic_ref_count_dec(&h->refs))
        return;
    content_unpin(h->content);
    wishing_free(h->wishing);
    g_mutex_clear(&h->lock);
    g_free(h);
}

struct content *handle_content(const struct handle *h)
{
    return h->content;
}

const struct handle_source *handle_source(const struct handle *h)
{
    return &h->source;
}

bool handle_is_written(const struct handle *h)
{
    return h->written;
}

static int gone(struct fault *f)
{
    return fault_set(f, ESTALE, "the spec was read again meanwhile");
}

int handle_write(struct handle *h, const char *text, size_t len, struct fault *f)
{
    int r;

    g_mutex_lock(&h->lock);
    r = h->wishing ? wishing_write(h->wishing, text, len, f) : gone(f);
    g_mutex_unlock(&h->lock);
    return r;
}

int handle_flush(struct handle *h, struct fault *f)
{
    int r;

    g_mutex_lock(&h->lock);
    r = h->wishing ? wishing_flush(h->wishing, f) : gone(f);
    g_mutex_unlock(&h->lock);
    return r;
}

int handle_end(struct handle *h, struct fault *f)
{
    int r;

    g_mutex_lock(&h->lock);
    r = h->wishing ? wishing_end(h->wishing, f) : gone(f);
    g_mutex_unlock(&h->lock);
    return r;
}

void handle_close_writing(struct handle *h)
{
    g_mutex_lock(&h->lock);
    wishing_free(g_steal_pointer(&h->wishing));
    g_mutex_unlock(&h->lock);
}

bool handle_fill(struct handle *h, struct content *c)
{
    struct content *none = NULL;

    if (content_len(c) != h->len)
        return false;
    content_pin(c);
    if (!atomic_compare_exchange_strong(&h->content, &none, c))
        content_unpin(c);
    return true;
}

/* A read that starts right at the end tells it, too. */
bool handle_must_refuse(struct handle *h, uint64_t off)
{
    if (off <= h->len || atomic_load(&h->settled))
        return false;
    return atomic_exchange(&h->beyond, off) != off;
}

/* Joins what lies apart to what has been told from the beginning, as far as it reaches. */
static bool join_locked(struct handle *h)
{
    for (unsigned i = 0; i < GAPS; i++) {
        struct stretch_told *a = &h->apart[i];

        if (a->end != 0 && a->from <= h->told) {
            h->told = MAX(h->told, a->end);
            a->end = 0;
            return true;
        }
    }
    return false;
}

/* What there is no place for is forgotten: the kernel is taken to have less than it has. */
static void note_locked(struct handle *h, uint64_t from, uint64_t end)
{
    if (from <= h->told) {
        h->told = MAX(h->told, end);
        while (join_locked(h))
            continue;
        return;
    }
    for (unsigned i = 0; i < GAPS; i++) {
        if (h->apart[i].end == 0) {
            h->apart[i] = (struct stretch_told){from, end};
            return;
        }
    }
}

void handle_told(struct handle *h, uint64_t off, uint64_t len)
{
    const uint64_t end = off + len;

    if (end == h->len)
        atomic_store(&h->settled, true);
    g_mutex_lock(&h->lock);
    note_locked(h, off, end);
    g_mutex_unlock(&h->lock);
}

void handle_close(struct handle *h)
{
    g_mutex_lock(&h->lock);
    h->closed = true;
    g_mutex_unlock(&h->lock);
}

bool handle_take_whole(struct handle *h)
{
    bool whole;

    g_mutex_lock(&h->lock);
    whole = h->closed && h->len > 0 && h->told >= h->len;
    h->closed &= !whole;
    g_mutex_unlock(&h->lock);
    return whole;
}
