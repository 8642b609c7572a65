/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `debug` steps have to say, on its way to the log. */
#pragma once

#include "fs/log.h"
#include "ops/core/plan.h"

/* Lifetime: mount.  Any thread. */
struct notes;

struct notes *notes_new(const struct plan *p, struct log *log);
void notes_free(struct notes *n);
OWN_DEFINE(struct notes, notes_free)

/* Logs each line of an evaluation's notes, but for those beyond the `limit` of their step: they
 * begin with "debug at LINE:COLUMN:", which tells the step. */
void notes_add(struct notes *n, const char *lines);
