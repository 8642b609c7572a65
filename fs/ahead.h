/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run-ahead: sees which elements are opened and has the next ones computed. */
#pragma once

#include "fs/key.h"
#include "fs/sched.h"

/* Lifetime: mount.  Any thread. */
struct ahead;

/* window: elements to keep ahead of a reader, 0 = none at all, and never more than fill half of the
 * store's budget with contents of the mean size; lens: of each output. */
struct ahead *ahead_new(struct sched *s, struct store *store, unsigned window, uint32_t n_outputs,
                        const uint64_t *lens);
void ahead_free(struct ahead *a);
OWN_DEFINE(struct ahead, ahead_free)

/* An element was opened.  From the second one in order on, the next ones are hinted. */
void ahead_saw(struct ahead *a, struct key k);
