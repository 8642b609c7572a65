/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The readers of all `uniter` steps of a plan, in one process. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/plan.h"

/* Lifetime: mount.  Any thread. */
struct readers_kept;

/* Whether the plan has a step that needs readers. */
bool readers_are_needed(const struct plan *p);

/* Starts none yet. */
struct readers_kept *readers_new(const struct plan *p);
void readers_free(struct readers_kept *r); /* takes NULL */
OWN_DEFINE(struct readers_kept, readers_free)

/* For struct eval; as long as the readers.  The threads that use it must live as long as they. */
const struct readers *readers_door(const struct readers_kept *r);

/* Whoever waits for a reader gives up. */
void readers_stop(struct readers_kept *r);
