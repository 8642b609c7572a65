/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells names of files from paths. */
#include "ops/base/filename.h"

#include <string.h>

bool filename_is_one(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}
