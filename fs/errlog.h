/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The failures that are remembered, by element. */
#pragma once

#include "fs/key.h"
#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <stdbool.h>

/* One element's failure.  Lifetime: shared.  Immutable. */
struct failure {
    struct key key;
    int64_t when;     /* microseconds since 1970 */
    double seconds;   /* of the last attempt */
    unsigned attempt; /* the number of attempts */
    struct fault fault;
};

/* Lifetime: mount.  Any thread.  Bounded: beyond 10,000 failures the oldest is forgotten. */
struct errlog;

/* forgotten(ctx, key) is called, without a lock held, for each failure dropped for its age. */
struct errlog *errlog_new(void (*forgotten)(void *ctx, struct key k), void *ctx);
void errlog_free(struct errlog *l);
OWN_DEFINE(struct errlog, errlog_free)

void errlog_put(struct errlog *l, const struct failure *f); /* copies */
bool errlog_forget(struct errlog *l, struct key k);         /* false: there was none */

/* The failure of k, or NULL; release it with failure_unref(). */
struct failure *errlog_look(struct errlog *l, struct key k);
void failure_unref(struct failure *f);
OWN_DEFINE(struct failure, failure_unref)

/* The smallest failed index of an output that is >= from; false = none. */
bool errlog_next(struct errlog *l, uint32_t output, uint64_t from, uint64_t *ret);
uint64_t errlog_len(struct errlog *l);
