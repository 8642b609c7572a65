/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libarchive, in a locale in which it leaves names as they are; what is compressed comes to it
 * unpacked, and is read to its end, where what is cut off or damaged shows. */
#include "ops/source/tape.h"

#include "ops/source/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 32768 /* bytes read at once */
/* Bytes behind the end of a compressed tar; more of them are no matter of the tar. */
#define REST ((uint64_t)1 << 26)

struct tape {
    int fd; /* owned; -1 = it is the stream's */
    const char *path;
    struct stream *stream;   /* owned; NULL = it is not compressed */
    char *block;             /* of the stream's; owned */
    struct fault fault;      /* of the stream; err 0 = it has none */
    struct archive *archive; /* owned */
    locale_t locale;         /* owned; 0 = there is none */
    bool begun;
};

/* The locale of libarchive's callers decides into what it converts names: in this one nothing but
 * ASCII can be converted, and what cannot stays the bytes that it is. */
static locale_t enter(const struct tape *t)
{
    return t->locale ? uselocale(t->locale) : (locale_t)0;
}

static void leave(locale_t before)
{
    if (before)
        uselocale(before);
}

/* libarchive's own words. */
static const char *why(const struct tape *t)
{
    const char *said = archive_error_string(t->archive);

    return said ? said : "it is damaged";
}

static int refuse(const struct tape *t, uint64_t off, struct fault *f)
{
    if (t->fault.err != 0) {
        *f = t->fault;
        return -f->err;
    }
    if (archive_errno(t->archive) == ENOMEM) {
        fault_set(f, ENOMEM, "no memory to read '%s'", t->path);
        f->transient = true;
        return -ENOMEM;
    }
    if (!t->begun && archive_errno(t->archive) == EILSEQ)
        return fault_set(f, EIO, "'%s' is no tar", t->path);
    return fault_set(f, EIO, "'%s' is damaged at offset %" PRIu64 ": %s", t->path, off, why(t));
}

/* An archive_read_callback. */
static la_ssize_t feed(struct archive *a, void *ctx, const void **ret)
{
    struct tape *t = ctx;
    size_t n;

    if (stream_read(t->stream, t->block, BLOCK, 0, &t->fault, &n) < 0) {
        archive_set_error(a, EIO, "it cannot be unpacked");
        return -1;
    }
    *ret = t->block;
    return (la_ssize_t)n;
}

static int open_archive(struct tape *t, struct fault *f)
{
    int r;

    t->archive = archive_read_new();
    if (!t->archive)
        return fault_set_errno(f, ENOMEM, "'%s' cannot be read", t->path);
    archive_read_support_format_tar(t->archive);
    r = t->stream ? archive_read_open(t->archive, t, NULL, feed, NULL)
                  : archive_read_open_fd(t->archive, t->fd, BLOCK);
    return r == ARCHIVE_OK ? 0 : refuse(t, 0, f);
}

/* The stream takes the file over. */
static int open_stream(struct tape *t, struct fault *f)
{
    const int fd = t->fd;

    t->fd = -1;
    t->block = g_malloc(BLOCK);
    return stream_open(fd, t->path, f, &t->stream);
}

int tape_open(int own_fd, const char *path, bool packed, struct fault *f, struct tape **ret)
{
    struct tape *t = g_new0(struct tape, 1);
    locale_t before;
    int r;

    t->fd = own_fd;
    t->path = path;
    t->locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    before = enter(t);
    r = packed ? open_stream(t, f) : 0;
    if (r == 0)
        r = open_archive(t, f);
    leave(before);
    if (r < 0)
        tape_close(t);
    else
        *ret = t;
    return r;
}

/* Whether the bytes of a hard link stand with it: some programs write them there. */
static bool has_content(struct archive_entry *entry)
{
    return archive_entry_size_is_set(entry) && archive_entry_size(entry) > 0;
}

static int describe(const struct tape *t, struct archive_entry *entry, struct fault *f,
                    struct tape_entry *ret)
{
    const char *name = archive_entry_pathname(entry);
    const la_int64_t header = archive_read_header_position(t->archive);
    const la_int64_t data = archive_filter_bytes(t->archive, 0), len = archive_entry_size(entry);
    const char *link = archive_entry_hardlink(entry);

    if (!name || header < 0 || data < header || len < 0)
        return fault_set(f, EIO, "'%s' is damaged: the header at offset %" PRId64 " makes no sense",
                         t->path, (int64_t)header);
    *ret = (struct tape_entry){
        .name = name,
        .link = link && !has_content(entry) ? link : NULL,
        .is_file = link || archive_entry_filetype(entry) == AE_IFREG,
        .len = (uint64_t)len,
        .header = (uint64_t)header,
        .data = (uint64_t)data,
    };
    return 0;
}

/* Of the headers that were looked for last.  libarchive does not tell where those are that it
 * cannot go on behind; it has read up to them. */
static uint64_t header_offset(const struct tape *t)
{
    const la_int64_t header = archive_read_header_position(t->archive);

    return (uint64_t)(header >= 0 ? header : archive_filter_bytes(t->archive, 0));
}

/* Behind the last entry of a compressed tar there is its padding, and sums of all. */
static int read_rest(struct tape *t, struct fault *f)
{
    uint64_t total = 0;
    size_t n = 1;
    int r = 0;

    while (r == 0 && n > 0 && total < REST) {
        r = stream_read(t->stream, t->block, BLOCK, 0, f, &n);
        total += n;
    }
    return r;
}

static int next(struct tape *t, struct fault *f, struct tape_entry *ret)
{
    struct archive_entry *entry;
    int r = archive_read_next_header(t->archive, &entry);
    uint64_t header = header_offset(t);

    if (r == ARCHIVE_EOF) {
        r = t->stream ? read_rest(t, f) : 0;
        if (r == 0)
            *ret = (struct tape_entry){.header = header};
        return r;
    }
    if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
        return refuse(t, header, f);
    r = describe(t, entry, f, ret);
    t->begun = true;
    return r < 0 ? r : 1;
}

int tape_next(struct tape *t, struct fault *f, struct tape_entry *ret)
{
    locale_t before = enter(t);
    int r = next(t, f, ret);

    leave(before);
    return r;
}

int tape_read(struct tape *t, void *buf, size_t len, struct fault *f, size_t *ret_len)
{
    la_ssize_t n = archive_read_data(t->archive, buf, len);

    if (n < 0)
        return refuse(t, (uint64_t)archive_filter_bytes(t->archive, 0), f);
    *ret_len = (size_t)n;
    return 0;
}

void tape_close(struct tape *t)
{
    if (!t)
        return;
    if (t->archive)
        archive_read_free(t->archive);
    if (t->locale)
        freelocale(t->locale);
    stream_close(t->stream);
    g_free(t->block);
    if (t->fd >= 0)
        close(t->fd);
    g_free(t);
}
