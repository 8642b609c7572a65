/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a file still is the one that was looked at: by device, inode, size and time of the last
 * change.  Any thread. */
#pragma once

#include "ops/base/fault.h"

#include <stdbool.h>
#include <sys/stat.h>

bool same_file(const struct stat *a, const struct stat *b);

/* By a look at what is at path now; false, too, where nothing is. */
bool same_at(const char *path, const struct stat *was);

/* ESTALE: the file, path as written, is another than when it was indexed. */
int same_refuse(const char *path, struct fault *f);
