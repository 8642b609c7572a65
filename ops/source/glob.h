/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding the files that a pattern means. */
#pragma once

#include "ops/source/paths.h"
#include "ops/source/pattern.h"

/* Adds every regular file that matches, in the given order of one walk, each once.  Paths are
 * relative to folder unless the pattern is absolute.  "**" does not follow links to folders and
 * leaves out hidden ones.  A folder that cannot be read is a fault of the source.  Blocks; takes as
 * long as find(1). */
int glob_add(struct paths *paths, const char *folder, const struct pattern *pattern,
             enum order order, struct fault *f);
