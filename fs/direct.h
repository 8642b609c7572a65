/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements that need no worker: their bytes lie ready in a file, or are quicker made than handed
 * over; and sizes that are known without computing. */
#pragma once

#include "fs/content.h"
#include "fs/key.h"
#include "ops/core/plan.h"

#include <stdbool.h>

/* Lifetime: mount.  Immutable; any thread. */
struct direct;

/* p must outlive it. */
struct direct *direct_new(const struct plan *p);
void direct_free(struct direct *d);
OWN_DEFINE(struct direct, direct_free)

#define DIRECT_NOT 1 /* the element needs a worker */

/* The bytes of an element that needs no worker, at once: a file is opened, or a trivial step is
 * evaluated. Returns 0, DIRECT_NOT (which may change: a source that was changed is for a worker to
 * judge), or -errno with a fault that has its trail; it is transient where the server lacks
 * something (memory, open files). */
int direct_open(const struct direct *d, struct key k, struct fault *f, struct content **ret);

/* How many bytes an element has: likewise, and also of those that need a worker where that is known
 * without computing them.  Opens nothing. */
int direct_size(const struct direct *d, struct key k, struct fault *f, uint64_t *ret);
