/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any order over one source that can only be read forward: a few readers, each at a place of its
 * own, and the elements that went by last.
 *
 * An element is answered from those kept, or by the reader nearest before it, which goes on to it,
 * or by one that starts anew.  While a reader is on its way to one element, those who want others
 * that it has before it wait for it. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/seq.h"

/* Lifetime: mount.  Any thread.  Programs that readers have started die with the thread that asked
 * first: it must live as long as this. */
struct iteration;

/* uniter: a step of which forward_is_read() is true. */
struct iteration *iteration_new(const struct seq *uniter);
void iteration_free(struct iteration *t); /* takes NULL */
OWN_DEFINE(struct iteration, iteration_free)

/* Element i (less than the step's length), owned by the caller.  Waits, at most to the deadline
 * (g_get_monotonic_time(); 0 = for ever): -ETIMEDOUT, and what was read by then is not lost.
 *
 * What ends a reader is the fault of every element that it has not given, told once for each: an
 * element that is asked for again is tried again, from the beginning. */
int iteration_get(struct iteration *t, uint64_t i, int64_t deadline, struct fault *f,
                  struct value **ret);

/* From now on -ECANCELED for all who wait or ask, but for those who are reading. */
void iteration_stop(struct iteration *t);
