/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the source files of elements. */
#include "fs/source.h"

#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

/* Mixes the identity of one more file into a stamp; one that is missing has that of no file. */
static void add_file(void *stamp, const char *path)
{
    uint64_t *sum = stamp, identity[5] = {0};
    struct stat st;

    if (stat(path, &st) == 0) {
        identity[0] = (uint64_t)st.st_dev;
        identity[1] = (uint64_t)st.st_ino;
        identity[2] = (uint64_t)st.st_size;
        identity[3] = (uint64_t)st.st_mtim.tv_sec;
        identity[4] = (uint64_t)st.st_mtim.tv_nsec;
    }
    *sum = XXH3_64bits_withSeed(identity, sizeof identity, *sum) | 1; /* not 0 */
}

uint64_t source_stamp(const struct plan *p, struct key k)
{
    uint64_t stamp = 0;

    seq_each_origin(plan_output(p, k.output)->seq, k.index, add_file, &stamp);
    return stamp;
}

/* Keeps the later of two times. */
static void look_at_time(void *time, const char *path)
{
    struct timespec *latest = time;
    struct stat st;

    if (stat(path, &st) < 0)
        return;
    if (st.st_mtim.tv_sec > latest->tv_sec ||
        (st.st_mtim.tv_sec == latest->tv_sec && st.st_mtim.tv_nsec > latest->tv_nsec))
        *latest = st.st_mtim;
}

void source_look_time(const struct plan *p, struct key k, struct timespec *latest)
{
    seq_each_origin(plan_output(p, k.output)->seq, k.index, look_at_time, latest);
}
