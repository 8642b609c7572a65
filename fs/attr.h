/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stat of a place; alone knows what is told of sizes that are not known yet. */
#pragma once

#include "fs/conf.h"
#include "fs/dataset.h"
#include "fs/names.h"

#include <sys/stat.h>

struct attr {
    struct stat st;
    double timeout; /* seconds that the kernel may keep it; 0 while a placeholder is told */
    bool guessed;   /* st_size is a placeholder (and was noted so by sizes_tell()) */
};

/* What does not change while mounted.  Lifetime: mount. */
struct attr_base {
    uid_t uid;
    gid_t gid;
    struct timespec start; /* of the mount: times of what has none of its own */
};

/* The stat of a place.  An element's mtime is the later of its source's and the spec's; modes are
 * 0444 and 0555; st_blocks is never 0 where st_size is not.  Starts no evaluation.  Returns -ENOENT
 * for a place that is not there (an element's error that has been forgotten). */
int attr_get(const struct attr_base *base, const struct conf *conf, struct dataset *d,
             const struct names *n, struct place p, struct attr *ret);
