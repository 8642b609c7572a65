/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares files by what stat(2) tells. */
#include "ops/base/same.h"

#include <errno.h>

bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool same_at(const char *path, const struct stat *was)
{
    struct stat st;

    return stat(path, &st) == 0 && same_file(&st, was);
}

int same_refuse(const char *path, struct fault *f)
{
    return fault_set(
        f, ESTALE,
        "'%s' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew", path);
}
