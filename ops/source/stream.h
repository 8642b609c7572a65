/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A compressed file, read forward: gzip, bzip2, xz or zstd, told by its first bytes. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <stdbool.h>

/* Whether the file is one of these.  Does not move the file's position. */
bool stream_is_packed(int fd);

/* Lifetime: its owner's.  One thread at a time. */
struct stream;

/* path: for messages; must live as long.  own_fd at its beginning. */
int stream_open(int own_fd, const char *path, struct fault *f, struct stream **ret);

/* As a pieces_read_fn; ctx is the stream. */
int stream_read(void *ctx, void *buf, size_t len, int64_t deadline, struct fault *f,
                size_t *ret_len);

void stream_close(struct stream *s); /* takes NULL */
OWN_DEFINE(struct stream, stream_close)
