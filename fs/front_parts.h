/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of front, for its files alone: front.c answers what places are, opening.c what is in
 * them, listing.c what folders hold. */
#pragma once

#include "fs/front.h"
#include "fs/parked.h"

#define FRONT_YEAR (365.0 * 24 * 3600) /* seconds: names that never change */

struct front {
    struct front_rooms rooms;
    struct fuse_session *session;
    struct parking *parking; /* owned */
    GThreadPool
        *printers; /* owned; struct printing: control files and error reports being opened */
};

static inline struct front *front_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

/* The place of an inode; false = there is none, and ESTALE was replied. */
bool front_find(fuse_req_t req, fuse_ino_t ino, struct place *ret);

/* Whether a request for the size of p has to wait for its evaluation. */
bool front_must_wait(const struct front *f, struct place p);

/* After a reply that told a placeholder: if the size has come to be known meanwhile, the kernel is
 * told so. */
void front_recheck(const struct front *f, fuse_ino_t ino, struct key k);

/* What runs in f->printers. */
void front_print(void *printing, void *front);

void front_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void front_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void front_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

void front_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                   struct fuse_file_info *fi);
void front_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                       struct fuse_file_info *fi);
