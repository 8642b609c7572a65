/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plain files are opened anew for each read, since descriptors of a plan are not those of a worker,
 * and so that one that was put in its place is seen.  Unpacked copies are mapped, too: the mapping
 * is what a worker has of them. */
#include "ops/source/plain.h"

#include "ops/base/same.h"
#include "ops/base/whole.h"
#include "ops/source/kept.h"
#include "ops/source/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK 65536 /* bytes that are unpacked at once */
#define KIND_VERSION 1

static int cannot_read(const char *path, int err, struct fault *f)
{
    return fault_set_errno(f, err, "'%s' cannot be read", path);
}

static int copy(struct stream *from, int to, const char *path, struct fault *f)
{
    g_autofree char *buf = g_malloc(CHUNK);
    uint64_t total = 0;
    size_t n = 1;
    int r = 0;

    while (r == 0 && n > 0) {
        r = stream_read(from, buf, CHUNK, 0, f, &n);
        if (r == 0 && n > PLAIN_MAX - total)
            r = fault_set(f, EFBIG, "'%s' has more than %" PRIu64 " bytes when it is unpacked",
                          path, PLAIN_MAX);
        if (r == 0 && (r = whole_write(to, buf, n)) < 0)
            r = fault_set_errno(f, -r, "'%s' cannot be unpacked", path);
        total += n;
    }
    return r;
}

/* A kept_make_fn. */
static int unpack(void *ctx, int fd, struct fault *f)
{
    const struct plain *p = ctx;
    OWN(stream_close) struct stream *stream = NULL;
    int in = open(p->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int r;

    if (in < 0)
        return cannot_read(p->path, errno, f);
    r = stream_open(in, p->path, f, &stream);
    if (r == 0)
        r = copy(stream, fd, p->path, f);
    if (r == 0 && !plain_is_unchanged(p))
        r = fault_set(f, ESTALE, "'%s' changed while it was unpacked", p->path);
    return r;
}

int plain_take_copy(struct plain *p, int own_fd, struct fault *f)
{
    void *map = NULL;
    struct stat st;
    int r = 0;

    if (fstat(own_fd, &st) < 0)
        r = cannot_read(p->path, errno, f);
    else if (st.st_size > 0)
        map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, own_fd, 0);
    if (map == MAP_FAILED)
        r = cannot_read(p->path, errno, f);
    if (r < 0) {
        close(own_fd);
        return r;
    }
    if (p->fd > 0)
        close(p->fd);
    p->fd = own_fd;
    p->len = (uint64_t)st.st_size;
    p->packed = true;
    p->copy = map;
    p->copy_dev = st.st_dev;
    p->copy_ino = st.st_ino;
    return 0;
}

static int open_packed(struct plain *p, struct fault *f)
{
    const struct kept_key key = {
        .kind = "plain", .version = KIND_VERSION, .path = p->origin, .st = &p->st};
    int fd, r = kept_open(&key, unpack, p, f, &fd);

    return r < 0 ? r : plain_take_copy(p, fd, f);
}

static int open_file(struct plain *p, struct fault *f)
{
    p->fd = open(p->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (p->fd < 0 || fstat(p->fd, &p->st) < 0)
        return cannot_read(p->path, errno, f);
    if (!S_ISREG(p->st.st_mode))
        return fault_set(f, EINVAL, "'%s' is %s; wanted is a file", p->path,
                         S_ISDIR(p->st.st_mode) ? "a folder" : "no regular file");
    p->len = (uint64_t)p->st.st_size;
    return stream_is_packed(p->fd) ? open_packed(p, f) : 0;
}

int plain_open(const char *path, const char *folder, struct fault *f, struct plain *ret)
{
    struct plain p = {.path = path, .origin = g_canonicalize_filename(path, folder)};
    int r = open_file(&p, f);

    if (r < 0) {
        plain_close(&p);
        f->source = true;
        return r;
    }
    *ret = p;
    return 0;
}

void plain_close(struct plain *p)
{
    if (p->copy)
        munmap((void *)p->copy, p->len);
    if (p->fd > 0)
        close(p->fd);
    g_free(p->origin);
    *p = (struct plain){0};
}

bool plain_is_unchanged(const struct plain *p)
{
    return p->origin && same_at(p->origin, &p->st);
}

static int read_fd(const struct plain *p, int fd, char *buf, uint64_t off, uint64_t len,
                   struct fault *f)
{
    const ssize_t n = whole_read_at(fd, buf, len, off);

    if (n < 0)
        return cannot_read(p->path, (int)-n, f);
    if ((uint64_t)n < len)
        return fault_set(f, EIO, "'%s' ends at byte %" PRIu64 ", before %" PRIu64, p->path,
                         off + (uint64_t)n, off + len);
    return 0;
}

/* Where the descriptor is not what it was, this is another process.  The mapping does as well, but
 * is not used without need: where the copy is on a disk that fails, that would be a signal. */
static int read_copy(const struct plain *p, char *buf, uint64_t off, uint64_t len, struct fault *f)
{
    struct stat st;

    if (fstat(p->fd, &st) == 0 && st.st_dev == p->copy_dev && st.st_ino == p->copy_ino)
        return read_fd(p, p->fd, buf, off, len, f);
    if (len > 0)
        memcpy(buf, p->copy + off, len);
    return 0;
}

/* Most often it is this process, and opening the file costs more than reading a row. */
static int read_file(const struct plain *p, char *buf, uint64_t off, uint64_t len, struct fault *f)
{
    struct stat st;
    int fd, r;

    if (fstat(p->fd, &st) == 0 && same_file(&st, &p->st))
        return read_fd(p, p->fd, buf, off, len, f);
    fd = open(p->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cannot_read(p->path, errno, f);
    r = read_fd(p, fd, buf, off, len, f);
    close(fd);
    return r;
}

int plain_read(const struct plain *p, uint64_t off, uint64_t len, struct fault *f, GBytes **ret)
{
    g_autofree char *buf = NULL;
    int r;

    if (off > p->len || len > p->len - off)
        return fault_set(f, EIO, "'%s' has %" PRIu64 " bytes, but not the %" PRIu64 " at %" PRIu64,
                         p->path, p->len, len, off);
    buf = g_try_malloc(MAX(len, 1));
    if (!buf) {
        fault_set(f, ENOMEM, "no memory for %" PRIu64 " bytes of '%s'", len, p->path);
        f->transient = true;
        return -ENOMEM;
    }
    r = p->packed ? read_copy(p, buf, off, len, f) : read_file(p, buf, off, len, f);
    if (!plain_is_unchanged(p))
        r = same_refuse(p->path, f);
    if (r == 0)
        *ret = g_bytes_new_take(g_steal_pointer(&buf), len);
    return r;
}
