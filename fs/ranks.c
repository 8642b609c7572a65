/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queues of contents that can go, one a rank, each in the order of use. */
#include "fs/ranks.h"

/* Uses of the store for each unread entry, after which the oldest of them is taken to have no
 * reader any more. */
#define STALE 8

#define FILES_MAX 64

void ranks_init(struct ranks *r)
{
    *r = (struct ranks){0};
    for (int i = 0; i < RANK_N; i++)
        g_queue_init(&r->queues[i].entries);
}

static enum rank rank(const struct entry *e)
{
    if (!content_memory(e->content))
        return RANK_FILE;
    if (e->kernel || e->excess)
        return RANK_FIRST;
    return e->unread ? RANK_UNREAD : RANK_READ;
}

static uint64_t weight(const struct entry *e)
{
    return rank(e) == RANK_FILE ? content_len(e->content) : e->cost;
}

void ranks_enter(struct ranks *r, struct entry *e)
{
    const enum rank at = rank(e);

    e->used = ++r->clock;
    e->link.data = e;
    if (content_is_pinned(e->content))
        return;
    g_queue_push_head_link(&r->queues[at].entries, &e->link);
    r->queues[at].bytes += weight(e);
    e->queued = true;
}

void ranks_leave(struct ranks *r, struct entry *e)
{
    const enum rank at = rank(e);

    if (!e->queued)
        return;
    g_queue_unlink(&r->queues[at].entries, &e->link);
    r->queues[at].bytes -= weight(e);
    e->queued = false;
}

uint64_t ranks_loose(const struct ranks *r, enum rank last)
{
    uint64_t bytes = 0;

    for (enum rank i = RANK_FIRST; i <= last; i++)
        bytes += r->queues[i].bytes;
    return bytes;
}

static struct entry *next_of(struct ranks *r, enum rank at)
{
    GList *link;

    while ((link = g_queue_peek_tail_link(&r->queues[at].entries))) {
        struct entry *e = link->data;

        if (!content_is_pinned(e->content))
            return e;
        ranks_leave(r, e);
    }
    return NULL;
}

struct entry *ranks_next(struct ranks *r, enum rank last)
{
    struct entry *first = next_of(r, RANK_FIRST), *read, *unread;

    if (first || last == RANK_FIRST)
        return first;
    read = next_of(r, RANK_READ);
    unread = last == RANK_UNREAD ? next_of(r, RANK_UNREAD) : NULL;
    if (!read || !unread)
        return read ? read : unread;
    return unread->used < read->used ? unread : read;
}

struct entry *ranks_stale(struct ranks *r)
{
    struct entry *oldest = next_of(r, RANK_UNREAD);
    const uint64_t patience = STALE * r->queues[RANK_UNREAD].entries.length;

    return oldest && r->clock - oldest->used > patience ? oldest : NULL;
}

struct entry *ranks_next_file(struct ranks *r, uint64_t bytes_max)
{
    if (r->queues[RANK_FILE].entries.length <= FILES_MAX && r->queues[RANK_FILE].bytes <= bytes_max)
        return NULL;
    return next_of(r, RANK_FILE);
}
