/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All the bytes of a file at once. */
#pragma once

#include "ops/base/fault.h"

#include <glib.h>

#define SLURP_MAX ((uint64_t)1 << 31) /* bytes of a file */

/* Reads all there is, also where the file grows meanwhile.  path: as written, for messages.  *ret
 * is owned. */
int slurp_file(const char *origin, const char *path, struct fault *f, GBytes **ret);
