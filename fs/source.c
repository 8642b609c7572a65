/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the source files of elements. */
#include "fs/source.h"

#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#define MISSING 1

uint64_t source_stamp(const struct plan *p, struct key k)
{
    g_autofree char *path = seq_origin(plan_output(p, k.output)->seq, k.index);
    struct stat st;

    if (!path)
        return 0;
    if (stat(path, &st) < 0)
        return MISSING;
    const uint64_t identity[] = {
        (uint64_t)st.st_dev,         (uint64_t)st.st_ino,          (uint64_t)st.st_size,
        (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec,
    };
    return XXH3_64bits(identity, sizeof identity) | 2; /* neither 0 nor MISSING */
}
