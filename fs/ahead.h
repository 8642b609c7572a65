/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run-ahead: sees which elements are opened and knows which ones will be opened next. */
#pragma once

#include "fs/foresight.h"
#include "fs/streams.h"
#include "ops/core/seq.h"

/* Lifetime: mount.  Any thread; its lock is taken last, and nothing is called with it. */
struct ahead;

/* How far to run ahead of the readers of one output. */
struct ahead_window {
    unsigned elements; /* to keep ahead of a reader; 0 = none at all */
    bool fixed;        /* a number that was given: the most; else what it starts with */
    uint64_t bytes;    /* that all may fill, by the mean size of elements; 0 = the mount's alone */
};

/* What the `prefetch` steps below a sequence say; usual where there is none, or it gives no number.
 */
struct ahead_window ahead_plan(const struct seq *s, const struct ahead_window *usual);

/* windows, lens: of each output.  bytes: that everything ahead of readers may fill. */
struct ahead *ahead_new(const struct ahead_window *windows, const uint64_t *lens,
                        uint32_t n_outputs, uint64_t bytes);
void ahead_free(struct ahead *a);
OWN_DEFINE(struct ahead, ahead_free)

/* An element was opened.  waited: it was not there, or was still under way.  There may be something
 * new to compute: the caller stirs the scheduler, without a lock. */
void ahead_saw(struct ahead *a, struct key k, bool waited);

/* An element of an output was computed: what it costs, in bytes, goes into the mean. */
void ahead_weigh(struct ahead *a, uint32_t output, uint64_t bytes);

/* What was computed on an owner's account was dropped before it was opened. */
void ahead_wasted(struct ahead *a, uint64_t owner);

/* What to compute, for URGENCY_STREAM; each owner is one reader's way. */
struct foresight ahead_foresight(struct ahead *a);

struct ahead_figures {
    uint64_t used;   /* opens of what had been foreseen */
    uint64_t wasted; /* elements that were dropped before they were opened */
};
void ahead_look_figures(struct ahead *a, struct ahead_figures *ret);

/* One reader's way through an output. */
struct ahead_way {
    uint32_t output;
    struct streams_way way;
};

/* The ways that are followed now, of struct ahead_way; the caller's. */
GArray *ahead_look_ways(struct ahead *a);
