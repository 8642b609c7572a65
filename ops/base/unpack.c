/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gzip by zlib, since libarchive leaves its checksums unchecked and takes one that is cut off in
 * its header for an empty one; the others by libarchive's filters that need no other program. */
#include "ops/base/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#define BLOCK ((size_t)1 << 16) /* bytes that there is room for at first */
#define STEP ((size_t)1 << 20)  /* bytes between two looks at the clock */
#define SEAM 16 /* bytes: more than libarchive looks at to find another file behind the first */

/* empty: how many bytes there are of an empty file, at least and at most. */
static const struct format {
    const char *name;
    int filter; /* libarchive's */
    size_t empty[2];
    const char *magic;
    size_t magic_len;
} formats[] = {
    [PACKING_GZIP] = {"gzip", ARCHIVE_FILTER_GZIP, {18, 18}, "\x1f\x8b", 2},
    [PACKING_BZIP2] = {"bzip2", ARCHIVE_FILTER_BZIP2, {14, 14}, "BZh", 3},
    [PACKING_XZ] = {"xz", ARCHIVE_FILTER_XZ, {32, 32}, "\xfd\x37\x7a\x58\x5a\x00", 6},
    [PACKING_ZSTD] = {"zstd", ARCHIVE_FILTER_ZSTD, {9, 18}, "\x28\xb5\x2f\xfd", 4},
    [PACKING_LZ4] = {"lz4", ARCHIVE_FILTER_LZ4, {11, 19}, "\x04\x22\x4d\x18", 4},
    [PACKING_LZIP] = {"lzip", ARCHIVE_FILTER_LZIP, {36, 36}, "LZIP", 4},
    [PACKING_LZMA] = {"lzma", ARCHIVE_FILTER_LZMA, {18, 23}, NULL, 0},
    [PACKING_COMPRESS] = {"compress", ARCHIVE_FILTER_COMPRESS, {3, 3}, "\x1f\x9d", 2},
};

struct unpack {
    enum packing packing;
    unpack_feed_fn *feed;
    void *ctx;
    struct fault *fault;  /* of the call under way */
    bool feed_failed;     /* and fault says why */
    bool fed_all, ended;  /* nothing more goes in, comes out */
    uint64_t fed, len;    /* bytes so far, packed and unpacked */
    const uint8_t *block; /* what was fed last; borrowed */
    size_t block_len;
    uint8_t seam[SEAM]; /* what went before it; zeros at first */

    /* One of the two. */
    z_stream z;
    bool has_z;
    struct archive *archive; /* owned */
};

const char *unpack_name(enum packing p)
{
    return formats[p].name;
}

enum packing unpack_detect(const void *bytes, size_t len)
{
    for (size_t p = 0; p < G_N_ELEMENTS(formats); p++)
        if (formats[p].magic && len >= formats[p].magic_len &&
            memcmp(bytes, formats[p].magic, formats[p].magic_len) == 0)
            return (enum packing)p;
    return PACKING_NONE;
}

static int refuse(const struct unpack *u, const char *why, struct fault *f)
{
    return fault_set(f, EIO, "the %s is damaged or cut off: after %" PRIu64 " bytes, %s",
                     unpack_name(u->packing), u->len, why);
}

static int no_memory(const struct unpack *u, struct fault *f)
{
    return fault_set_errno(f, ENOMEM, "%" PRIu64 " bytes unpacked, and more to come", u->len);
}

/* The end of the block before this one is kept: what follows a packed file may begin there. */
static void keep_seam(struct unpack *u)
{
    const size_t n = MIN(u->block_len, sizeof u->seam);

    memmove(u->seam, u->seam + n, sizeof u->seam - n);
    if (n > 0)
        memcpy(u->seam + sizeof u->seam - n, u->block + u->block_len - n, n);
}

static int next_block(struct unpack *u, struct fault *f)
{
    const void *at = NULL;
    size_t len = 0;
    int r;

    if (u->fed_all)
        return 0;
    keep_seam(u);
    u->block_len = 0;
    r = u->feed(u->ctx, f, &at, &len);
    if (r < 0)
        return r;
    u->block = at;
    u->block_len = len;
    u->fed += len;
    u->fed_all = len == 0;
    return 0;
}

/* gzip. */

static int open_gzip(struct unpack *u, struct fault *f)
{
    if (inflateInit2(&u->z, 16 + MAX_WBITS) != Z_OK)
        return no_memory(u, f);
    u->has_z = true;
    return 0;
}

/* More for zlib where it has nothing left. */
static int feed_gzip(struct unpack *u, struct fault *f)
{
    int r;

    if (u->z.avail_in > 0)
        return 0;
    r = next_block(u, f);
    if (r < 0 || u->fed_all)
        return r;
    assert(u->block_len <= UINT_MAX);
    u->z.next_in = (Bytef *)u->block;
    u->z.avail_in = (uInt)u->block_len;
    return 0;
}

/* Behind the end of a file: 1 if it is followed by another, whose first two bytes were taken.  What
 * follows the last one and is none is left out, as gzip does. */
static int follow_gzip(struct unpack *u, struct fault *f)
{
    static const uint8_t magic[] = {0x1f, 0x8b};

    for (size_t n = 0; n < sizeof magic; n++) {
        int r = feed_gzip(u, f);
        if (r < 0)
            return r;
        if (u->z.avail_in == 0 && n > 0)
            return refuse(u, "another begins, and ends at once", f);
        if (u->z.avail_in == 0 || *u->z.next_in != magic[n])
            return 0;
        u->z.next_in++;
        u->z.avail_in--;
    }
    return 1;
}

/* Has zlib begin anew, with the two bytes that are gone already. */
static int begin_again(struct unpack *u, struct fault *f)
{
    uint8_t magic[] = {0x1f, 0x8b};
    const Bytef *in = u->z.next_in;
    const uInt len = u->z.avail_in;
    int state;

    inflateReset(&u->z);
    u->z.next_in = magic;
    u->z.avail_in = sizeof magic;
    state = inflate(&u->z, Z_NO_FLUSH);
    u->z.next_in = (Bytef *)in;
    u->z.avail_in = len;
    return state == Z_OK || state == Z_BUF_ERROR ? 0 : refuse(u, "it cannot be read", f);
}

static int end_gzip(struct unpack *u, struct fault *f)
{
    int r = follow_gzip(u, f);

    u->ended = r == 0;
    return r > 0 ? begin_again(u, f) : r;
}

static int read_gzip(struct unpack *u, void *buf, size_t len, struct fault *f, size_t *ret_len)
{
    const uInt room = (uInt)MIN(len, STEP);

    u->z.next_out = buf;
    u->z.avail_out = room;
    while (u->z.avail_out == room && !u->ended) {
        int r = feed_gzip(u, f);
        if (r < 0)
            return r;
        int state = inflate(&u->z, Z_NO_FLUSH);
        if (state == Z_MEM_ERROR)
            return no_memory(u, f);
        if (state == Z_BUF_ERROR && u->fed_all)
            return refuse(u, "where it should go on, it ends", f);
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
            return refuse(u, u->z.msg ? u->z.msg : "it cannot be read", f);
        if (state == Z_STREAM_END && (r = end_gzip(u, f)) < 0)
            return r;
    }
    *ret_len = room - u->z.avail_out;
    return 0;
}

/* The others. */

static int refuse_archive(const struct unpack *u, struct fault *f)
{
    const char *why = archive_error_string(u->archive);

    if (u->feed_failed)
        return -f->err;
    return archive_errno(u->archive) == ENOMEM
               ? no_memory(u, f)
               : refuse(u, why ? why : "where it should go on, it ends", f);
}

/* An archive_read_callback. */
static la_ssize_t feed_archive(struct archive *a, void *ctx, const void **ret)
{
    struct unpack *u = ctx;

    u->feed_failed = next_block(u, u->fault) < 0;
    if (u->feed_failed) {
        archive_set_error(a, EIO, "it cannot be read");
        return -1;
    }
    *ret = u->block;
    return (la_ssize_t)u->block_len;
}

/* Told by what, libarchive unpacks no more than once; but this one it cannot be told. */
static int add_filter(struct archive *a, enum packing p)
{
    return p == PACKING_COMPRESS ? archive_read_support_filter_compress(a)
                                 : archive_read_append_filter(a, formats[p].filter);
}

/* Where the very beginning is damaged, libarchive finds nothing at all, and says so or not. */
static int open_archive(struct unpack *u, struct fault *f)
{
    const struct format *format = &formats[u->packing];
    struct archive_entry *entry;
    struct archive *a = archive_read_new();

    u->archive = a;
    if (!a)
        return no_memory(u, f);
    if (add_filter(a, u->packing) != ARCHIVE_OK)
        return fault_set(f, ENOTSUP, "this libarchive does not unpack %s by itself", format->name);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
    if (archive_read_open(a, u, NULL, feed_archive, NULL) != ARCHIVE_OK ||
        archive_error_string(a) || archive_filter_code(a, 0) != format->filter)
        return refuse_archive(u, f);
    int r = archive_read_next_header(a, &entry);
    u->ended = r == ARCHIVE_EOF && u->fed >= format->empty[0] && u->fed <= format->empty[1];
    return r == ARCHIVE_OK || r == ARCHIVE_WARN || u->ended ? 0 : refuse_archive(u, f);
}

/* Whether what libarchive left unread begins as another file does, or ends within such a beginning.
 * Where that is further back than what is kept of it, it is not. */
static bool has_more(const struct unpack *u)
{
    const struct format *format = &formats[u->packing];
    const la_int64_t taken = archive_filter_bytes(u->archive, -1);
    const uint64_t left = taken >= 0 && (uint64_t)taken < u->fed ? u->fed - (uint64_t)taken : 0;

    if (left == 0 || left > u->block_len + sizeof u->seam)
        return false;
    for (size_t n = 0; n < format->magic_len && n < left; n++) {
        const uint64_t back = left - n;
        const uint8_t byte = back > u->block_len
                                 ? u->seam[sizeof u->seam - (size_t)(back - u->block_len)]
                                 : u->block[u->block_len - back];
        if (byte != (uint8_t)format->magic[n])
            return false;
    }
    return format->magic_len > 0;
}

static int read_archive(struct unpack *u, void *buf, size_t len, struct fault *f, size_t *ret_len)
{
    la_ssize_t n = archive_read_data(u->archive, buf, MIN(len, STEP));

    if (n < 0)
        return refuse_archive(u, f);
    if (n == 0 && has_more(u))
        return refuse(u, "another begins that cannot be read", f);
    u->ended = n == 0;
    *ret_len = (size_t)n;
    return 0;
}

/* Any of them. */

int unpack_open(enum packing p, unpack_feed_fn *feed, void *ctx, struct fault *f,
                struct unpack **ret)
{
    OWN(unpack_close) struct unpack *u = g_new0(struct unpack, 1);
    int r;

    u->packing = p;
    u->feed = feed;
    u->ctx = ctx;
    u->fault = f;
    r = p == PACKING_GZIP ? open_gzip(u, f) : open_archive(u, f);
    if (r == 0)
        *ret = g_steal_pointer(&u);
    return r;
}

int unpack_read(struct unpack *u, void *buf, size_t len, struct fault *f, size_t *ret_len)
{
    size_t n = 0;
    int r = 0;

    assert(len > 0);
    u->fault = f;
    if (!u->ended)
        r = u->has_z ? read_gzip(u, buf, len, f, &n) : read_archive(u, buf, len, f, &n);
    if (r < 0)
        return r;
    u->len += n;
    *ret_len = n;
    return 0;
}

void unpack_close(struct unpack *u)
{
    if (!u)
        return;
    if (u->has_z)
        inflateEnd(&u->z);
    if (u->archive)
        archive_read_free(u->archive);
    g_free(u);
}

/* In memory. */

/* Lifetime: call. */
struct whole {
    const char *in; /* borrowed */
    size_t in_left;
    char *out; /* owned */
    size_t len, cap;
};

/* An unpack_feed_fn. */
static int feed_whole(void *ctx, struct fault *f, const void **ret_at, size_t *ret_len)
{
    struct whole *w = ctx;
    const size_t n = MIN(w->in_left, STEP);

    *ret_at = w->in;
    *ret_len = n;
    w->in += n;
    w->in_left -= n;
    return 0;
}

static int make_room(struct whole *w, struct fault *f)
{
    const size_t cap = w->cap ? w->cap * 2 : BLOCK;
    char *out;

    if (w->len < w->cap)
        return 0;
    out = w->cap <= SIZE_MAX / 2 ? g_try_realloc(w->out, cap) : NULL;
    if (!out)
        return fault_set_errno(f, ENOMEM, "%zu bytes unpacked, and more to come", w->len);
    w->out = out;
    w->cap = cap;
    return 0;
}

static int check_bounds(const struct whole *w, uint64_t limit, int64_t deadline, struct fault *f)
{
    if (w->len > limit)
        return fault_set(f, EFBIG, "more than the limit of %" PRIu64 " bytes comes out", limit);
    if (deadline && g_get_monotonic_time() > deadline)
        return fault_set(f, ETIMEDOUT, "gave up after %zu bytes: the time allowed is over", w->len);
    return 0;
}

static int read_whole(struct unpack *u, struct whole *w, uint64_t limit, int64_t deadline,
                      struct fault *f)
{
    size_t n = 1;
    int r = 0;

    while (r == 0 && n > 0) {
        r = check_bounds(w, limit, deadline, f);
        if (r == 0)
            r = make_room(w, f);
        if (r == 0)
            r = unpack_read(u, w->out + w->len, w->cap - w->len, f, &n);
        if (r == 0)
            w->len += n;
    }
    return r;
}

int unpack_bytes(GBytes *bytes, enum packing p, uint64_t limit, int64_t deadline, struct fault *f,
                 GBytes **ret)
{
    OWN(unpack_close) struct unpack *u = NULL;
    struct whole w = {0};
    int r;

    w.in = g_bytes_get_data(bytes, &w.in_left);
    r = unpack_open(p, feed_whole, &w, f, &u);
    if (r == 0)
        r = read_whole(u, &w, limit, deadline, f);
    if (r < 0) {
        g_free(w.out);
        return r;
    }
    *ret = g_bytes_new_take(g_realloc(w.out, MAX(w.len, 1)), w.len);
    return 0;
}
