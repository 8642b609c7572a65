/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder of one call's own, for programs that want files with names. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>

/* Lifetime: call. */
struct scratch;

/* Made in $TMPDIR, else in /tmp, for this user alone.  Who is killed leaves it behind; but a
 * worker's $TMPDIR is removed after it. */
int scratch_new(struct fault *f, struct scratch **ret);
void scratch_free(struct scratch *s); /* takes NULL; removes all that is in it */
OWN_DEFINE(struct scratch, scratch_free)

/* The absolute path of a name in it.  Owned by the caller. */
char *scratch_path(const struct scratch *s, const char *name);

/* Writes a file of that name. */
int scratch_put(const struct scratch *s, const char *name, GBytes *bytes, struct fault *f);

/* Reads one.  Faults: there is none (ENOENT), it is no regular file, it has more than max bytes
 * (EFBIG). */
int scratch_get(const struct scratch *s, const char *name, uint64_t max, struct fault *f,
                GBytes **ret);
