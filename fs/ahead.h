/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run-ahead: sees which elements are opened and has the next ones computed. */
#pragma once

#include "fs/key.h"
#include "fs/sched.h"

/* Lifetime: mount.  Any thread. */
struct ahead;

/* How far to run ahead of the readers of one output. */
struct ahead_window {
    unsigned elements; /* to keep ahead of a reader; 0 = none at all */
    uint64_t bytes;    /* that they may fill, by the mean size of contents; 0, or more than half of
                          the store's budget: half of that */
};

/* windows, lens: of each output. */
struct ahead *ahead_new(struct sched *s, struct store *store, const struct ahead_window *windows,
                        uint32_t n_outputs, const uint64_t *lens);

/* What the `prefetch` steps below a sequence say; usual where there is none, or it gives no number.
 */
struct ahead_window ahead_plan(const struct seq *s, unsigned usual);
void ahead_free(struct ahead *a);
OWN_DEFINE(struct ahead, ahead_free)

/* An element was opened.  From the second one in order on, the next ones are hinted. */
void ahead_saw(struct ahead *a, struct key k);
