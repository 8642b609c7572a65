/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the process that workers are forked from (fs/zygote.h). */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/plan.h"

struct crew_conf;

#define NURSERY_NAME "seqfs-zygote" /* of the process, in ps(1) */

/* What it starts with.  Lifetime: process. */
struct nursery_start {
    const struct plan *plan;
    const struct crew_conf *conf;
    const struct keeper *keeper; /* what `cache` steps keep */
    const char *folder;          /* of the workers' temporary folders; removed at the end */
    int control;                 /* its end of the line to the server */
};

/* Makes a folder for `folder`. */
int nursery_make_folder(struct fault *f, char **ret);

/* Serves until the server has gone.  For a process with one thread; keeps none of its other
 * descriptors. */
G_NORETURN void nursery_main(const struct nursery_start *start);
