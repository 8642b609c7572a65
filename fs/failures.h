/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The failures of elements across mounts: a file for each spec, which several mounts may share.
 *
 * A failure names steps of the plan by their number, so it is kept under the text of the spec and
 * the steps that were made of it; and it holds only for the identity that the element had.  What
 * depends on the moment is not kept: a lack of memory, a killed worker, a time limit. */
#pragma once

#include "fs/errlog.h"
#include "fs/log.h"
#include "ops/core/identity.h"

#define FAILURES_MAX 10000 /* of a spec; beyond, the oldest are forgotten */

/* Lifetime: mount.  Any thread. */
struct failures;

/* Opens, or makes, the file of a plan in a folder, which is made as well.  Damaged lines are
 * dropped.  What cannot be written later on is told once in the log. */
int failures_new(const char *folder, const struct plan *p, struct log *log, struct fault *f,
                 struct failures **ret);
void failures_free(struct failures *x);
OWN_DEFINE(struct failures, failures_free)

/* Visits what was in the file when it was opened or has been put since, the oldest first; but only
 * failures of elements whose identity is still the same. */
typedef void failures_visit_fn(void *ctx, const struct failure *f, struct identity id);
void failures_each(struct failures *x, failures_visit_fn *visit, void *ctx);

/* Appends a line to the file.  Not kept: failures that may pass, and those of an identity that is
 * none.  A later failure of an element replaces the former. */
void failures_put(struct failures *x, const struct failure *f, struct identity id);

/* Nothing, if there is none. */
void failures_forget(struct failures *x, struct key k);
