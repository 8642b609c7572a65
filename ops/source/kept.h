/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What it took long to find out about a big file, kept on disk for the next time: the index of a
 * container, the content of a compressed file.  They lie in $XDG_CACHE_HOME/seqfs/index;
 * SEQFS_INDEX names another folder, or is "off". */
#pragma once

#include "ops/base/fault.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define KEPT_MIN ((uint64_t)1 << 20) /* bytes of a source file: of smaller ones nothing is kept */
#define KEPT_TOTAL \
    ((uint64_t)8 << 30) /* bytes of all that is kept; what was used longest ago goes */

/* What is kept is of one file as it is now, for one purpose. */
struct kept_key {
    const char *kind;      /* "tar", "csv"...: a short word */
    uint32_t version;      /* counts up when what is written for this kind changes */
    const char *path;      /* of the source file, absolute */
    const struct stat *st; /* as it was before it was read */
    const void *more;      /* arguments that it depends on, too; or NULL */
    size_t more_len;
};

/* Writes what is to be kept to fd, from its beginning. */
typedef int kept_make_fn(void *ctx, int fd, struct fault *f);

/* A file, open for reading, with what make() wrote: now, or an earlier time, which a checksum
 * vouches for.  Where it cannot be kept, or need not be, it is in memory.  Faults: those of make(),
 * and of no memory or no room. */
int kept_open(const struct kept_key *key, kept_make_fn *make, void *ctx, struct fault *f,
              int *ret_fd);
