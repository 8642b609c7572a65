/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unpacks what is compressed: read forward or in memory, checked as far as the format has something
 * to check by.  What is cut off is never taken for all there is. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>

enum packing {
    PACKING_GZIP, /* also several in a row, as of the next four */
    PACKING_BZIP2,
    PACKING_XZ,
    PACKING_ZSTD,
    PACKING_LZ4,
    PACKING_LZIP,
    PACKING_LZMA, /* nothing in it tells that it is this */
    PACKING_COMPRESS,
    PACKING_NONE,
};

#define UNPACK_MAGIC 6 /* first bytes that are enough to tell */

const char *unpack_name(enum packing p);

/* How it is packed, by what it begins with. */
enum packing unpack_detect(const void *bytes, size_t len);

/* The next packed bytes, borrowed until the next call; *ret_len 0 = the end. */
typedef int unpack_feed_fn(void *ctx, struct fault *f, const void **ret_at, size_t *ret_len);

/* Lifetime: its owner's.  One thread at a time. */
struct unpack;

/* Faults: those of feed(); EIO where it is damaged or cut off; ENOMEM; ENOTSUP where libarchive
 * knows no such packing.  Behind one, there is only unpack_close(). */
int unpack_open(enum packing p, unpack_feed_fn *feed, void *ctx, struct fault *f,
                struct unpack **ret);

/* Up to len > 0 bytes; *ret_len 0 = the end, and all that could be checked is right. */
int unpack_read(struct unpack *u, void *buf, size_t len, struct fault *f, size_t *ret_len);

void unpack_close(struct unpack *u); /* takes NULL */
OWN_DEFINE(struct unpack, unpack_close)

/* All that is packed in `bytes`.  limit: the most that may come out, bytes; deadline: as of struct
 * eval.  Faults: also EFBIG and ETIMEDOUT. */
int unpack_bytes(GBytes *bytes, enum packing p, uint64_t limit, int64_t deadline, struct fault *f,
                 GBytes **ret);
