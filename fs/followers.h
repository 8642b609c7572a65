/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who follows a coming order, where, and what is worth computing ahead of them.
 *
 * A reader is known by what is opened: an element near the place where one was seen last is its
 * next, a little disorder and skipping included (a loader's processes share one reading); any other
 * is a new one's, in place of the one longest gone.  Of a number that stands at several places the
 * nearest is meant. */
#pragma once

#include "fs/itinerary.h"

#define FOLLOWERS_MAX 32

/* All zero before its first use.  Positions are those of the order. */
struct follower {
    uint64_t begin;  /* where it was first seen */
    uint64_t at;     /* one behind the furthest it has opened */
    uint64_t ahead;  /* one behind the furthest that was handed out for it; not below at */
    uint64_t used;   /* the clock when it last opened one; 0 = never */
    uint64_t halved; /* the clock when its window last shrank */
    unsigned window; /* positions to keep ahead of it; 0 = none before it is seen once more */
    unsigned limit;  /* of the window; halved where what was handed out was in vain, then growing
                        slowly */
    unsigned credit; /* opens at that limit since it grew */
};

/* Caller's memory.  Pure; one thread at a time. */
struct followers {
    struct follower all[FOLLOWERS_MAX];
    uint64_t clock; /* opens seen, and 1 */
    unsigned trust; /* in newcomers: 0 where those before them did not stay */
    unsigned max;   /* of all windows; 0 = nothing is handed out */
};

/* For an order that was told just now: the first reader is expected at its beginning, and what is
 * there can be handed out at once. */
void followers_init(struct followers *fs, unsigned max);
void followers_set_max(struct followers *fs, unsigned max);

/* An element was opened.  false = it is not in the order. */
bool followers_saw(struct followers *fs, const struct itinerary *t, uint64_t number);

/* The next position to compute ahead, the nearest to a reader, and for whom.  No position is handed
 * out twice to readers that are close to each other. */
bool followers_next(struct followers *fs, const struct itinerary *t, uint64_t *ret_position,
                    unsigned *ret_follower);

/* What was handed out for one was dropped unread. */
void followers_wasted(struct followers *fs, unsigned follower);

/* The one that opened an element last. */
const struct follower *followers_latest(const struct followers *fs);
