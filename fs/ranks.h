/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the contents that the store keeps go first. */
#pragma once

#include "fs/content.h"

/* The earlier go sooner; within one, what was used longest ago.  What readers had and what is
 * unread go in one order, if both may. */
enum rank {
    RANK_FIRST,  /* the kernel has it, or there never was room for it */
    RANK_READ,   /* readers had it */
    RANK_UNREAD, /* computed ahead */
    RANK_FILE,   /* costs no memory: goes by ranks_next_file() */
    RANK_N,
};

/* What the store keeps.  The fields that tell the rank change only outside of the ranks. */
struct entry {
    struct identity id;      /* first: entries are their own keys */
    struct content *content; /* a reference */
    uint64_t cost;           /* bytes of memory */
    uint64_t taken;          /* of them: counted in the budget by the store, not by the content */
    uint64_t owner;          /* 0 = nobody */
    bool unread;             /* computed ahead for the owner, and no reader has asked for it */
    bool kernel;             /* the kernel has it whole */
    bool excess;             /* was past the budget when it came */
    /* below: the ranks' */
    bool queued;
    uint64_t used; /* clock */
    GList link;
};

/* Embedded in the store, under its lock. */
struct ranks {
    struct {
        GQueue entries; /* the last used first */
        uint64_t bytes; /* their cost; of files, their length */
    } queues[RANK_N];
    uint64_t clock; /* uses so far */
};

void ranks_init(struct ranks *r);

/* The entry is the one used last; it can go, unless it is pinned. */
void ranks_enter(struct ranks *r, struct entry *e);
/* Nothing if it is not there. */
void ranks_leave(struct ranks *r, struct entry *e);

/* Bytes of memory that can go, of what ranks no later than last (RANK_FILE excepted). */
uint64_t ranks_loose(const struct ranks *r, enum rank last);

/* The next to go of those; NULL = none.  Constant time: what turns out to be pinned leaves on the
 * way, and is entered again by whoever hears of its last pin. */
struct entry *ranks_next(struct ranks *r, enum rank last);

/* The one that is unread for longest, if that is many uses for each that is unread; NULL = none. */
struct entry *ranks_stale(struct ranks *r);

/* The next to go of the files, if they are many (they may hold descriptors), or are of more than so
 * many bytes. */
struct entry *ranks_next_file(struct ranks *r, uint64_t bytes_max);
