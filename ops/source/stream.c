/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file's bytes for ops/base/unpack, and messages that name the file. */
#include "ops/source/stream.h"

#include "ops/base/unpack.h"

#include <errno.h>
#include <unistd.h>

#define BLOCK 65536 /* bytes read at once */

struct stream {
    int fd; /* owned */
    const char *path;
    struct unpack *unpack; /* owned */
    char block[BLOCK];
};

/* PACKING_NONE: neither of the four.  What begins as another packing does is too often no such
 * file. */
static enum packing detect(int fd)
{
    char head[UNPACK_MAGIC];
    ssize_t n = TEMP_FAILURE_RETRY(pread(fd, head, sizeof head, 0));
    enum packing p = n > 0 ? unpack_detect(head, (size_t)n) : PACKING_NONE;

    return p <= PACKING_ZSTD ? p : PACKING_NONE;
}

bool stream_is_packed(int fd)
{
    return detect(fd) != PACKING_NONE;
}

/* An unpack_feed_fn. */
static int feed(void *ctx, struct fault *f, const void **ret_at, size_t *ret_len)
{
    struct stream *s = ctx;
    ssize_t n = TEMP_FAILURE_RETRY(read(s->fd, s->block, sizeof s->block));

    if (n < 0)
        return fault_set_errno(f, errno, "it cannot be read");
    *ret_at = s->block;
    *ret_len = (size_t)n;
    return 0;
}

/* Names the file in front of what f says. */
static int blame(const struct stream *s, struct fault *f)
{
    const bool transient = f->transient;

    fault_set(f, f->err, "cannot unpack '%s': %s", s->path, f->text);
    f->transient = transient;
    return -f->err;
}

int stream_open(int own_fd, const char *path, struct fault *f, struct stream **ret)
{
    struct stream *s = g_new(struct stream, 1);
    const enum packing packing = detect(own_fd);
    int r;

    s->fd = own_fd;
    s->path = path;
    s->unpack = NULL;
    r = packing == PACKING_NONE ? fault_set(f, EIO, "it is not compressed")
                                : unpack_open(packing, feed, s, f, &s->unpack);
    if (r < 0) {
        blame(s, f);
        stream_close(s);
        return -f->err;
    }
    *ret = s;
    return 0;
}

int stream_read(void *ctx, void *buf, size_t len, int64_t deadline, struct fault *f,
                size_t *ret_len)
{
    struct stream *s = ctx;

    if (deadline && g_get_monotonic_time() > deadline)
        return fault_set(f, ETIMEDOUT, "'%s' could not be read far enough in the time allowed",
                         s->path);
    return unpack_read(s->unpack, buf, len, f, ret_len) < 0 ? blame(s, f) : 0;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    unpack_close(s->unpack);
    close(s->fd);
    g_free(s);
}
