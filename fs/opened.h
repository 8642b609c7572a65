/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lengths of the files that are open, by inode: for those whose inode leads nowhere any more,
 * since their source or their spec is another by now. */
#pragma once

#include "ops/base/own.h"

#include <stdbool.h>
#include <stdint.h>

/* Lifetime: mount.  Any thread. */
struct opened;

struct opened *opened_new(void);
void opened_free(struct opened *o);
OWN_DEFINE(struct opened, opened_free)

/* An open file more, or one less, of an inode, all of whose open files have the same length. */
void opened_add(struct opened *o, uint64_t ino, uint64_t len);
void opened_remove(struct opened *o, uint64_t ino);

bool opened_look(struct opened *o, uint64_t ino, uint64_t *ret);
