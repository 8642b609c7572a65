/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What users may change: reports are removed, wishes written.  All else is refused. */
#include "fs/front_parts.h"

#include <errno.h>

#include "fs/control.h"

bool front_is_owner(fuse_req_t req)
{
    const struct fuse_ctx *ctx = fuse_req_ctx(req);

    return ctx->uid == 0 || ctx->uid == front_of(req)->rooms.base.uid;
}

/* Removing an error's report forgets the failure. */
void front_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct front *f = front_of(req);
    struct place dir, p;

    if (!front_find(req, parent, &dir))
        return;
    if (dir.kind != PLACE_ERRORS || !names_find(f->rooms.names, dir, name, &p) ||
        !front_is_error(p))
        fuse_reply_err(req, EROFS);
    else if (!front_is_owner(req))
        fuse_reply_err(req, EPERM);
    else
        fuse_reply_err(req, control_forget(f->rooms.dataset, f->rooms.names, p) ? 0 : ENOENT);
}

/* Errors can be removed, some control files written. */
static bool may_change(struct place p)
{
    enum wish ignored;

    return front_is_error(p) || p.kind == PLACE_ERRORS ||
           (p.kind == PLACE_CONTROL && control_is_written(p.index, &ignored));
}

void front_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
    struct place p;
    int err = 0;

    if (!front_find(req, ino, &p))
        return;
    if ((mask & W_OK) != 0 && !(may_change(p) && front_is_owner(req)))
        err = may_change(p) ? EACCES : EROFS;
    else if ((mask & X_OK) != 0 && !names_is_dir(p))
        err = EACCES;
    fuse_reply_err(req, err);
}

/* Remembered, so that it can be ended before what it writes to. */
static struct handle *new_written(struct front *f, enum wish which)
{
    struct handle *h = handle_new_writing(wishing_new(dataset_wishes(f->rooms.dataset), which));

    g_mutex_lock(&f->lock);
    g_queue_push_tail(&f->written, handle_ref(h));
    g_mutex_unlock(&f->lock);
    return h;
}

void front_end_writing(struct front *f, struct handle *h)
{
    struct fault fault = {0};
    bool found;

    handle_end(h, &fault); /* what is wrong is in the log */
    g_mutex_lock(&f->lock);
    found = g_queue_remove(&f->written, h);
    g_mutex_unlock(&f->lock);
    if (found)
        handle_unref(h);
    dataset_stir(f->rooms.dataset);
}

/* What readers have to say is written by who has mounted. */
void front_open_to_write(fuse_req_t req, struct place p, const struct fuse_file_info *fi)
{
    struct front *f = front_of(req);
    struct fuse_file_info info = *fi;
    enum wish which;

    if (p.kind != PLACE_CONTROL || !control_is_written(p.index, &which)) {
        fuse_reply_err(req, EROFS);
    } else if (!front_is_owner(req)) {
        fuse_reply_err(req, EACCES);
    } else {
        info.direct_io = 1;
        front_reply_handle(req, info, new_written(f, which));
    }
}

void front_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
                 struct fuse_file_info *fi)
{
    struct handle *h = front_handle(fi);
    struct fault f = {0};

    if (!handle_is_written(h))
        fuse_reply_err(req, EBADF);
    else if (handle_write(h, buf, size, &f) < 0)
        fuse_reply_err(req, f.err);
    else
        fuse_reply_write(req, size);
}

/* What was written is put into force by another thread: it may be long. */
struct flushing {
    fuse_req_t req;
    struct handle *handle; /* counted */
};

void front_put_into_force(void *flushing, void *front)
{
    g_autofree struct flushing *job = flushing;
    const struct front *f = front;
    OWN(handle_unref) struct handle *h = job->handle;
    struct fault fault = {0};
    const int r = handle_flush(h, &fault);

    fuse_reply_err(job->req, r < 0 ? fault.err : 0);
    dataset_stir(f->rooms.dataset);
}

void front_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct front *f = front_of(req);
    struct flushing *job;

    if (!handle_is_written(front_handle(fi))) {
        fuse_reply_err(req, 0);
        return;
    }
    job = g_new(struct flushing, 1);
    *job = (struct flushing){req, handle_ref(front_handle(fi))};
    g_thread_pool_push(f->writers, job, NULL);
}

/* Whoever wants to write is told that the file system is read-only, whatever the permissions. */

/* What is written is not kept as it was: it may be cut to nothing, and have any time. */
void front_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int what,
                   struct fuse_file_info *fi)
{
    const int harmless = FUSE_SET_ATTR_SIZE | FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME |
                         FUSE_SET_ATTR_CTIME | FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME_NOW;
    enum wish ignored;
    struct place p;

    if (!front_find(req, ino, &p))
        return;
    if (p.kind != PLACE_CONTROL || !control_is_written(p.index, &ignored) ||
        (what & ~harmless) != 0)
        fuse_reply_err(req, EROFS);
    else if (!front_is_owner(req))
        fuse_reply_err(req, EACCES);
    else if ((what & FUSE_SET_ATTR_SIZE) != 0 && st->st_size != 0)
        fuse_reply_err(req, EINVAL);
    else
        front_reply_attr(req, p);
}

void front_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
    fuse_reply_err(req, EROFS);
}

void front_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    fuse_reply_err(req, EROFS);
}

void front_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    fuse_reply_err(req, EROFS);
}

void front_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name)
{
    fuse_reply_err(req, EROFS);
}

void front_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                  const char *new_name, unsigned flags)
{
    fuse_reply_err(req, EROFS);
}

void front_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char *new_name)
{
    fuse_reply_err(req, EROFS);
}

void front_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                  struct fuse_file_info *fi)
{
    fuse_reply_err(req, EROFS);
}

void front_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
                    size_t size, int flags)
{
    fuse_reply_err(req, EROFS);
}

void front_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    fuse_reply_err(req, EROFS);
}

void front_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len,
                     struct fuse_file_info *fi)
{
    fuse_reply_err(req, EROFS);
}
