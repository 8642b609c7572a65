/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters, filled into the scalars of a tree; for the other files of this folder. */
#pragma once

#include "ops/spec/read.h"

#define PARAMS_MAX 256               /* parameters of a spec */
#define PARAMS_MAX_BYTES (16u << 20) /* of all texts that parameters were filled into, together */

/* Fills ${name}, ${env:NAME} and ${env:NAME:-default} into every scalar, keys included, but not
 * into the names of parameters.  Inserted text is not looked at again.  Faults are added to c; less
 * than 0 means that it was given up.  The tree may keep no part of defines, a NULL-terminated list
 * of "name=value" or NULL. */
int params_fill(struct tree *t, char *const *defines, struct complaints *c);
