/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders that are mounted on: what is there, and taking it away.  session.h has more, for the
 * commands. */
#pragma once

#include "ops/base/fault.h"

#define MOUNTPOINT_TYPE "fuse.seqfs"

/* Takes a mount out of the tree; what is open in it lives on.  Any thread. */
int mountpoint_detach(const char *path, struct fault *f);
