/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of one element's file: held in memory, or lying ready in a source file. */
#pragma once

#include "ops/base/own.h"

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

/* Lifetime: shared.  Never changes.  Any thread. */
struct content;

struct content *content_new_bytes(GBytes *own);

/* A stretch of an open file, then tail (static, or NULL).  own_fd is closed with the content. */
struct content *content_new_stretch(int own_fd, uint64_t off, uint64_t len, const char *tail);

struct content *content_ref(struct content *c);
void content_unref(struct content *c); /* takes NULL */
OWN_DEFINE(struct content, content_unref)

uint64_t content_len(const struct content *c);  /* bytes of the element's file */
uint64_t content_cost(const struct content *c); /* bytes of our memory that it holds */

/* The bytes, if they are in memory, else NULL.  Borrowed. */
const void *content_memory(const struct content *c);

/* Copies up to len bytes from off into buf, as pread(2): short only at the end; a source file that
 * shrank meanwhile is -EIO, never a short or an empty success. */
ssize_t content_read(const struct content *c, uint64_t off, void *buf, size_t len);
