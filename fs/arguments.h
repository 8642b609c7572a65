/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lines: GLib's option parser with our complaints. */
#pragma once

#include "ops/base/fault.h"

#include <glib.h>

/* Takes the options described by entries out of argv; what is left are argv[0] and the positional
 * arguments, a number such as -1 and all that follows `--` among them.  ctx is handed to entries
 * that are callbacks.  An unknown option is answered with the nearest known one; returns -EINVAL
 * with a sentence in f. */
int arguments_parse(const GOptionEntry *entries, void *ctx, int *argc, char ***argv,
                    struct fault *f);
