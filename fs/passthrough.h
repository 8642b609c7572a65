/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the disk cache that the kernel reads itself: an open is answered with a backing file,
 * and no read of it comes to us.
 *
 * Only where libfuse is new enough (3.17), the kernel has it (6.9), and the mount is root's and has
 * a disk cache on a filesystem that is not stacked.  Where anything of that is missing, or fails
 * once, files are opened the normal way.  The rules of the kernel, fs/fuse/iomode.c: all open files
 * of an inode have one backing file, or none has (struct opened sees to it); none of them may keep
 * the cache. */
#pragma once

#define FUSE_USE_VERSION 314

#include "fs/content.h"
#include "fs/log.h"

#include <fuse_lowlevel.h>
#include <stdatomic.h>

/* All-zero is off.  Any thread. */
struct passthrough {
    atomic_bool is_on;
};

/* Asks the kernel for it, when that says hello.  Has to be wanted only where there is a disk cache:
 * other filesystems then cannot be stacked upon this one as high as else. */
void passthrough_init(struct passthrough *p, struct fuse_conn_info *conn);

/* The number of a backing file with the bytes of a content; 0 = it is to be opened the normal way.
 * Told in the log if it should have worked. */
int passthrough_open(struct passthrough *p, fuse_req_t req, const struct content *c,
                     struct log *log);
/* Gives a number back that no open file has.  req: any. */
void passthrough_close(fuse_req_t req, int backing);

/* How an open is to be answered; 0 = the normal way: the kernel keeps what it reads. */
void passthrough_set(struct fuse_file_info *fi, int backing);
