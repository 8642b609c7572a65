/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents: bytes in memory, or a stretch of an open file with a few bytes after it. */
#include "fs/content.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/base/whole.h"

/* What bytes in memory cost beside themselves: their GBytes, and what malloc adds to three blocks.
 */
#define BYTES_COST 88

struct content {
    gatomicrefcount refs;
    GBytes *bytes;         /* owned; NULL = a stretch */
    struct budget *budget; /* that counts the bytes; NULL = none does */
    int fd;                /* the stretch's file; owned, unless release is there */
    bool is_final;         /* nobody changes the file any more */
    uint64_t off;          /* of the stretch in the file */
    uint64_t len;          /* of the bytes, or of the stretch */
    const char *tail;      /* static; after the stretch; "" = nothing */
    size_t tail_len;
    content_release_fn *release; /* NULL = the file is closed */
    void *release_ctx;
    atomic_uint pins;
    const struct content_keeper *_Atomic keeper; /* NULL = none */
    struct identity id;                          /* for the keeper; set before it */
};

static struct content *make(void)
{
    struct content *c = g_new0(struct content, 1);

    g_atomic_ref_count_init(&c->refs);
    c->fd = -1;
    c->tail = "";
    return c;
}

struct content *content_new_bytes(GBytes *own, struct budget *b)
{
    struct content *c = make();

    c->bytes = own;
    c->len = g_bytes_get_size(own);
    c->budget = b;
    if (b)
        budget_take(b, BUDGET_HELD, content_cost(c));
    return c;
}

struct content *content_new_stretch(int own_fd, uint64_t off, uint64_t len, const char *tail)
{
    struct content *c = make();

    assert(own_fd >= 0 && off <= INT64_MAX && len <= INT64_MAX - off);
    c->fd = own_fd;
    c->off = off;
    c->len = len;
    c->tail = tail ? tail : "";
    c->tail_len = strlen(c->tail);
    return c;
}

struct content *content_new_final(int own_fd, uint64_t len)
{
    struct content *c = content_new_stretch(own_fd, 0, len, NULL);

    c->is_final = true;
    return c;
}

struct content *content_new_lent(int fd, uint64_t off, uint64_t len, content_release_fn *release,
                                 void *ctx)
{
    struct content *c = content_new_stretch(fd, off, len, NULL);

    c->release = release;
    c->release_ctx = ctx;
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
    assert(atomic_load(&c->pins) == 0);
    const uint64_t cost = content_cost(c);
    struct budget *b = c->budget;
    if (c->bytes)
        g_bytes_unref(c->bytes);
    else if (c->release)
        c->release(c->release_ctx, c->off, c->len);
    else
        close(c->fd);
    g_free(c);
    if (b)
        budget_give(b, BUDGET_HELD, cost);
}

static void tell_keeper(const struct content *c)
{
    const struct content_keeper *keeper = atomic_load(&c->keeper);

    if (keeper)
        keeper->pinned(keeper->ctx, c->id, c);
}

/* The first pin has counted before it returns, so the last one to go always finds it counted. */
struct content *content_pin(struct content *c)
{
    content_ref(c);
    if (atomic_fetch_add(&c->pins, 1) > 0)
        return c;
    if (c->budget)
        budget_take(c->budget, BUDGET_PINNED, content_cost(c));
    tell_keeper(c);
    return c;
}

void content_unpin(struct content *c)
{
    unsigned was;

    if (!c)
        return;
    was = atomic_fetch_sub(&c->pins, 1);
    assert(was > 0);
    if (was == 1) {
        if (c->budget)
            budget_give(c->budget, BUDGET_PINNED, content_cost(c));
        tell_keeper(c);
    }
    content_unref(c);
}

bool content_is_pinned(const struct content *c)
{
    return atomic_load(&c->pins) > 0;
}

void content_set_keeper(struct content *c, const struct content_keeper *keeper, struct identity id)
{
    if (keeper) {
        assert(!atomic_load(&c->keeper));
        c->id = id;
    }
    atomic_store(&c->keeper, keeper);
}

uint64_t content_len(const struct content *c)
{
    return c->len + c->tail_len;
}

uint64_t content_cost(const struct content *c)
{
    return sizeof *c + (c->bytes ? BYTES_COST + c->len : 0);
}

const struct budget *content_budget(const struct content *c)
{
    return c->budget;
}

const void *content_memory(const struct content *c)
{
    const void *data;

    if (!c->bytes)
        return NULL;
    data = g_bytes_get_data(c->bytes, NULL);
    return data ? data : ""; /* GLib has NULL for no bytes at all */
}

int content_passthrough_fd(const struct content *c)
{
    struct stat st;

    if (!c->is_final || fstat(c->fd, &st) < 0)
        return -1;
    return S_ISREG(st.st_mode) && (uint64_t)st.st_size == c->len ? c->fd : -1;
}

/* All of the stretch was there when its length was told, so an early end is the file's fault. */
static int read_stretch(const struct content *c, uint64_t off, char *buf, size_t len)
{
    ssize_t n = whole_read_at(c->fd, buf, len, c->off + off);

    if (n < 0)
        return (int)n;
    return (size_t)n == len ? 0 : -EIO;
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
