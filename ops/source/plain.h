/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file whose bytes can be read at any offset: as it is, or unpacked once where it is compressed.
 */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

#define PLAIN_MAX ((uint64_t)4 << 30) /* bytes that are unpacked at most */

/* Lifetime: the sequence's.  All-zero is valid and closed.  Reading: any thread. */
struct plain {
    const char *path; /* as written; for messages; borrowed */
    char *origin;     /* absolute; owned */
    int fd;           /* owned; < 0 or 0 = none.  Of the process that opened it: see plain_read() */
    uint64_t len;     /* bytes, unpacked */
    bool packed;      /* fd is a copy, unpacked */
    struct stat st;   /* of origin, when it was opened */
    const char *copy; /* packed: the copy, mapped; owned; NULL = it is empty */
    dev_t copy_dev;   /* packed: which file the copy is */
    ino_t copy_ino;
};

/* Opens a regular file; one compressed by gzip, bzip2, xz or zstd, whatever it is called, is
 * unpacked and kept (ops/source/kept.h).  path must live as long as *ret.  Faults are the source's;
 * messages name the file and no operator. */
int plain_open(const char *path, const char *folder, struct fault *f, struct plain *ret);
void plain_close(struct plain *p);

/* For files of which a part was unpacked: makes the copy in own_fd, which is consumed, what is read
 * of p.  origin, path and st are set. */
int plain_take_copy(struct plain *p, int own_fd, struct fault *f);

/* Exactly len bytes at off, owned; also in processes forked from the one that opened it, which have
 * its descriptors no more.  Faults: ESTALE where the file is another by now, ENOMEM, EIO where it
 * ends before. */
int plain_read(const struct plain *p, uint64_t off, uint64_t len, struct fault *f, GBytes **ret);

/* Whether the file still is the one that was opened. */
bool plain_is_unchanged(const struct plain *p);
