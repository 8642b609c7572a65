/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be worth computing before anybody waits for it. */
#pragma once

#include "fs/key.h"

#include <stdbool.h>

/* The more urgent first; within one urgency, in order. */
enum urgency {
    URGENCY_DEMAND, /* a reader waits */
    URGENCY_ORDER,  /* what readers have said they will open */
    URGENCY_STREAM, /* what their way so far leads to */
    URGENCY_WARM,   /* what they have asked to have ready */
    URGENCY_N,
};

/* Somebody who knows what to compute ahead.  Nothing is queued: the scheduler asks when a worker is
 * free and nobody waits.  Lifetime: mount. */
struct foresight {
    /* The next element, once each; false = none now.  *ret_owner, not 0, names on whose account it
     * is.  Called with the scheduler's lock held, which is taken before any of the callee's. */
    bool (*next)(void *ctx, struct key *ret, uint64_t *ret_owner);
    void *ctx;
};
