/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of front, for its files alone: front.c answers what places are, opening.c what is in
 * them, listing.c what folders hold. */
#pragma once

#include "fs/front.h"
#include "fs/handle.h"
#include "fs/opened.h"
#include "fs/parked.h"
#include "fs/passthrough.h"

#define FRONT_CORRECTIONS 64
#define FRONT_YEAR (365.0 * 24 * 3600) /* seconds: names that never change */

struct front {
    struct front_rooms rooms;
    struct fuse_session *session;
    struct parking *parking; /* owned */
    struct opened *opened;   /* owned; elements that are open */
    uint64_t generation;     /* counts swaps */
    uint64_t first_version;  /* of every element since the last one */
    struct passthrough passthrough;
    GThreadPool
        *printers; /* owned; struct printing: control files and error reports being opened */
    GThreadPool *correctors;              /* owned; struct correction */
    GThreadPool *writers;                 /* owned; struct flushing */
    GMutex correcting[FRONT_CORRECTIONS]; /* each of some elements: the kernel is being told */
    GMutex lock;
    /* below: under lock */
    GQueue written; /* struct handle, counted: open files that are written */
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
/* The place of an inode that is one of now. */
bool front_look(const struct front *f, fuse_ino_t ino, struct place *ret);
bool front_is_current(const struct front *f, fuse_ino_t ino);

static inline struct handle *front_handle(const struct fuse_file_info *fi)
{
    return (struct handle *)(uintptr_t)fi->fh;
}

/* Whether a stat of p has to wait for its evaluation. */
bool front_must_wait(const struct front *f, struct place p);

/* What runs in f->correctors. */
void front_correct(void *correction, void *front);

/* What runs in f->writers. */
void front_put_into_force(void *flushing, void *front);

/* Whether a request is of who has mounted, or of root. */
bool front_is_owner(fuse_req_t req);

static inline bool front_is_error(struct place p)
{
    return p.kind == PLACE_ERROR || p.kind == PLACE_ERROR_ROW;
}

/* Replies with the stat of a place. */
void front_reply_attr(fuse_req_t req, struct place p);

/* Replies to an open. */
void front_reply_handle(fuse_req_t req, struct fuse_file_info fi, struct handle *own);

/* What runs in f->printers. */
void front_print(void *printing, void *front);

void front_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void front_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void front_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

void front_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                   struct fuse_file_info *fi);
void front_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                       struct fuse_file_info *fi);

/* In changing.c. */
void front_open_to_write(fuse_req_t req, struct place p, const struct fuse_file_info *fi);
/* The last of its descriptors was closed. */
void front_end_writing(struct front *f, struct handle *h);
void front_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
                 struct fuse_file_info *fi);
void front_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void front_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void front_access(fuse_req_t req, fuse_ino_t ino, int mask);
void front_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int what,
                   struct fuse_file_info *fi);
void front_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev);
void front_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void front_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void front_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name);
void front_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                  const char *new_name, unsigned flags);
void front_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char *new_name);
void front_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                  struct fuse_file_info *fi);
void front_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
                    size_t size, int flags);
void front_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);
void front_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len,
                     struct fuse_file_info *fi);
