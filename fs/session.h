/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One mount from mount(2) to unmount: the FUSE session, its threads, signals, and the end. */
#pragma once

#include "fs/conf.h"
#include "fs/dataset.h"
#include "fs/names.h"

/* Checks that a spec can be mounted there before anything is started: a folder, empty unless
 * conf->nonempty, not a mount of ours already, /dev/fuse present, spec and sources not below it.  A
 * dead mount of ours
 * ("Transport endpoint is not connected") is removed.  One sentence in f. */
int session_check_mountpoint(const struct conf *conf, const struct plan *p, struct fault *f);

/* Mounts, serves until it is unmounted or SIGINT or SIGTERM comes, and unmounts.  ready(ctx) is
 * called once the mount answers.  Both signals detach the mount at once, give open files two
 * seconds, then end; a second one ends at once. SIGHUP is only logged.  Stops the dataset. */
int session_run(const struct conf *conf, struct dataset *d, const struct names *n,
                void (*ready)(void *ctx), void *ctx, struct fault *f);

/* Unmounts a mount of seqfs: `seqfs umount`. */
int session_unmount(const char *mountpoint, struct fault *f);
