/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that are open, by inode: how long they are, for those whose inode leads nowhere any
 * more, since their source or their spec is another by now; and which of them the kernel reads from
 * a backing file, without us.
 *
 * All open files of an inode are read in the same way: from one backing file, or none.  An inode
 * keeps its backing file when it is closed, for the next who opens it, within bounds. */
#pragma once

#include "ops/base/own.h"

#include <stdbool.h>
#include <stdint.h>

#define OPENED_IDLE_MAX 1024                    /* backing files of what is not open now */
#define OPENED_IDLE_BYTES (UINT64_C(256) << 20) /* in them */

/* Lifetime: mount.  Any thread. */
struct opened;

/* All open files of an inode have the same length and stamp (see sizes_stamp()).  Plain data. */
struct opened_file {
    uint64_t ino, len, stamp;
};

/* A backing file that is to be closed, or one of another version.  ino: 0, or that of an inode that
 * has none any more. */
struct opened_spent {
    int backing;
    uint64_t ino;
};

struct opened *opened_new(void);
void opened_free(struct opened *o);
OWN_DEFINE(struct opened, opened_free)

/* An open file more, or one less.  own_backing: the number of a backing file that the inode may
 * have, 0 = none.  Returns that of the one it is to be read from: the inode's own, else the one
 * that was brought if no file of the inode is open, else 0; or -ESTALE, and it is not open: the
 * kernel has another version open under this inode. */
int opened_add(struct opened *o, const struct opened_file *file, int own_backing);
void opened_remove(struct opened *o, uint64_t ino);

/* Whether opened_add() would take a backing file, now. */
bool opened_may_back(struct opened *o, uint64_t ino);

/* The next backing file that is the caller's to close; false = none. */
bool opened_take_spent(struct opened *o, struct opened_spent *ret);

bool opened_look(struct opened *o, uint64_t ino, uint64_t *ret);
