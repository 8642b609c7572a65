/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One mount from mount(2) to unmount: the FUSE session, its threads, signals, and the end. */
#pragma once

#include "fs/service.h"

/* Checks that a spec can be mounted there before anything is started: a folder, empty unless
 * conf->nonempty, not a mount of ours already, /dev/fuse present, spec and sources not below it.  A
 * dead mount of ours
 * ("Transport endpoint is not connected") is removed.  One sentence in f. */
int session_check_mountpoint(const struct conf *conf, const struct plan *p, struct fault *f);

/* What a session serves, and what it needs to serve it anew.  Lifetime: mount. */
struct session_rooms {
    struct service *service; /* owned by the session from session_run() on */
    struct stores *stores;
    struct log *log;
    int program; /* of zygote_open_program(); negative = the spec cannot be read again */
    void (*ready)(void *ctx);
    void *ctx; /* of ready */
};

/* Mounts, serves until it is unmounted or SIGINT or SIGTERM comes, and unmounts.  ready(ctx) is
 * called once the mount answers.  Both signals detach the mount at once, give open files two
 * seconds, then end; a second one ends at once.  SIGHUP reads the spec again: a faulty one is told
 * in the log, and nothing changes. */
int session_run(const struct session_rooms *rooms, struct fault *f);

/* Unmounts a mount of seqfs: `seqfs umount`. */
int session_unmount(const char *mountpoint, struct fault *f);
