/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The figures of a mount for a person: what .seqfs/stats says, as lines and tables. */
#pragma once

#include "ops/base/fault.h"

#include <glib.h>
#include <jansson.h>

#define DASHBOARD_COLUMNS 100 /* no line is longer */

/* Takes the text of .seqfs/stats.  -EINVAL and one sentence in f if it is none.  *ret is owned by
 * the caller: json_decref(). */
int dashboard_parse(const char *text, size_t len, struct fault *f, json_t **ret);

/* Appends the figures now, and what they come to in a second: since an earlier look at the same
 * mount, or if before is NULL (or of a mount that was there before this one), since the mount.
 * Whatever is missing in them is taken for 0. */
void dashboard_print(const char *title, const json_t *now, const json_t *before, GString *ret);
