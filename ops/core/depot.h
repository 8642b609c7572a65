/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where values are kept on disk, as a spec tells it: `disk: true`, `disk: {path, size}`. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"
#include "ops/spec/node.h"

#define DEPOT_SIZE "10G" /* if not given */
#define DEPOT_SIZE_MIN 1048576.0
#define DEPOT_SIZE_MAX 1e15

/* Lifetime: call.  All-zero: nowhere. */
struct depot {
    bool wanted;
    bool sized;    /* the size is given */
    char *path;    /* owned; absolute; NULL = the user's own folder for that */
    uint64_t size; /* bytes that they may take up together */
};

/* n: NULL = nothing is told.  folder: where relative paths start.  A fault is a sentence without
 * its subject: "no key 'paht'...". */
int depot_parse(const struct node *n, const char *folder, struct fault *f, struct depot *ret);
void depot_finish(struct depot *d);
static inline void depot_finish_owned(struct depot *d)
{
    depot_finish(d);
}
