/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of front, for its files alone: front.c answers what places are, opening.c what is in
 * them, listing.c what folders hold. */
#pragma once

#include "fs/front.h"
#include "fs/handle.h"
#include "fs/parked.h"

#define FRONT_CORRECTIONS 64
#define FRONT_YEAR (365.0 * 24 * 3600) /* seconds: names that never change */

struct front {
    struct front_rooms rooms;
    struct fuse_session *session;
    struct parking *parking; /* owned */
    GThreadPool
        *printers; /* owned; struct printing: control files and error reports being opened */
    GThreadPool *correctors;              /* owned; struct correction */
    GMutex correcting[FRONT_CORRECTIONS]; /* each of some elements: the kernel is being told */
};

static inline struct front *front_of(fuse_req_t req)
{
    return fuse_req_userdata(req);
}

/* The place of an inode; false = there is none, or it is that of a version whose source is another
 * by now, and ESTALE was replied, upon which the kernel looks the path up anew. */
bool front_find(fuse_req_t req, fuse_ino_t ino, struct place *ret);

/* The inode of a place in its present version. */
fuse_ino_t front_ino(const struct front *f, struct place p);
bool front_is_current(const struct front *f, fuse_ino_t ino);

static inline struct handle *front_handle(const struct fuse_file_info *fi)
{
    return (struct handle *)(uintptr_t)fi->fh;
}

/* Whether a request for the size of p has to wait for its evaluation. */
bool front_must_wait(const struct front *f, struct place p);

/* What runs in f->correctors. */
void front_correct(void *correction, void *front);

/* What runs in f->printers. */
void front_print(void *printing, void *front);

void front_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void front_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void front_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

void front_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                   struct fuse_file_info *fi);
void front_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                       struct fuse_file_info *fi);
