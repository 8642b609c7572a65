/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents: bytes in memory, or a stretch of an open file with a few bytes after it. */
#include "fs/content.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

struct content {
    gatomicrefcount refs;
    GBytes *bytes;    /* owned; NULL = a stretch */
    int fd;           /* owned; the stretch's file */
    uint64_t off;     /* of the stretch in the file */
    uint64_t len;     /* of the bytes, or of the stretch */
    const char *tail; /* static; after the stretch; "" = nothing */
    size_t tail_len;
};

struct content *content_new_bytes(GBytes *own)
{
    struct content *c = g_new0(struct content, 1);

    g_atomic_ref_count_init(&c->refs);
    c->bytes = own;
    c->len = g_bytes_get_size(own);
    c->fd = -1;
    c->tail = "";
    return c;
}

struct content *content_new_stretch(int own_fd, uint64_t off, uint64_t len, const char *tail)
{
    struct content *c = g_new0(struct content, 1);

    assert(own_fd >= 0 && off <= INT64_MAX && len <= INT64_MAX - off);
    g_atomic_ref_count_init(&c->refs);
    c->fd = own_fd;
    c->off = off;
    c->len = len;
    c->tail = tail ? tail : "";
    c->tail_len = strlen(c->tail);
    return c;
}

struct content *content_ref(struct content *c)
{
    g_atomic_ref_count_inc(&c->refs);
    return c;
}

void content_unref(struct content *c)
{
    if (!c || !g_atomic_ref_count_dec(&c->refs))
        return;
    if (c->bytes)
        g_bytes_unref(c->bytes);
    else
        close(c->fd);
    g_free(c);
}

uint64_t content_len(const struct content *c)
{
    return c->len + c->tail_len;
}

uint64_t content_cost(const struct content *c)
{
    return sizeof *c + (c->bytes ? c->len : 0);
}

const void *content_memory(const struct content *c)
{
    const void *data;

    if (!c->bytes)
        return NULL;
    data = g_bytes_get_data(c->bytes, NULL);
    return data ? data : ""; /* GLib has NULL for no bytes at all */
}

/* All of the stretch was there when its length was told, so an early end is the file's fault. */
static int read_stretch(const struct content *c, uint64_t off, char *buf, size_t len)
{
    while (len > 0) {
        ssize_t n = pread(c->fd, buf, len, (off_t)(c->off + off));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EIO;
        buf += n;
        off += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

ssize_t content_read(const struct content *c, uint64_t off, void *buf, size_t len)
{
    uint64_t whole = content_len(c);
    size_t first;
    int r;

    if (off >= whole)
        return 0;
    len = MIN(len, MIN(whole - off, (uint64_t)SSIZE_MAX));
    first = off < c->len ? MIN(len, c->len - off) : 0;
    if (c->bytes) {
        memcpy(buf, (const char *)content_memory(c) + off, first);
        return (ssize_t)first;
    }
    r = read_stretch(c, off, buf, first);
    if (r < 0)
        return r;
    if (first < len)
        memcpy((char *)buf + first, c->tail + (off + first - c->len), len - first);
    return (ssize_t)len;
}
