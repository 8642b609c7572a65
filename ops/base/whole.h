/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads and writes of files that are not left half done: what read(2) and write(2) leave is asked
 * for again. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All of it, where the file stands.  0, or -errno. */
int whole_write(int fd, const void *data, size_t len);
/* The same from off on; where the file stands does not matter. */
int whole_write_at(int fd, const void *data, size_t len, uint64_t off);

/* What there is from off on, up to len: how many bytes, fewer only at the end of the file; or
 * -errno. */
ssize_t whole_read_at(int fd, void *ret, size_t len, uint64_t off);
