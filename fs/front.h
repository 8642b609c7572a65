/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requests of the kernel: each is decoded, one room is asked, the answer is sent.  No policy,
 * and no waiting: an open that needs an evaluation is parked and answered by whoever completes it.
 */
#pragma once

#include "fs/attr.h"
#include "fs/conf.h"
#include "fs/dataset.h"
#include "fs/names.h"

struct fuse_lowlevel_ops;
struct fuse_session;

/* Lifetime: mount.  The userdata of the FUSE session. */
struct front;

struct front_rooms {
    const struct conf *conf;
    struct dataset *dataset;
    struct stores *stores;
    const struct names *names;
    struct attr_base base;
    void (*ready)(void *ctx); /* called by a FUSE thread when the kernel says hello */
    void *ready_ctx;
};

struct front *front_new(const struct front_rooms *rooms);
/* No request may be parked any more: see front_drain(). */
void front_free(struct front *f);
OWN_DEFINE(struct front, front_free)

/* The session that sizes are corrected through; set before the first request. */
void front_set_session(struct front *f, struct fuse_session *se);

/* Serves something else from now on: whatever waits is told to look anew, and every inode is
 * another.  No request may be processed meanwhile.  ret_old: the rooms before, which nobody uses
 * any more but front_tell_swap(). */
void front_swap(struct front *f, const struct front_rooms *rooms, struct front_rooms *ret_old);

/* Has the kernel forget the names of what was served before, and that names of now were not there.
 * May wait for requests that are being processed. */
void front_tell_swap(struct front *f, const struct front_rooms *old);

/* Answers all parked requests with err (-errno) and waits until no reply is under way.  No request
 * may come after it. */
void front_drain(struct front *f, int err);

extern const struct fuse_lowlevel_ops front_ops;
