/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libarchive's filters without an archive: its `raw` format is one member, the contents. */
#include "ops/source/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 65536 /* bytes read at once */

struct stream {
    int fd; /* owned */
    const char *path;
    struct archive *archive; /* owned */
    bool empty;
};

bool stream_is_packed(int fd)
{
    static const struct {
        const char *bytes;
        size_t len;
    } magic[] = {{"\x1f\x8b", 2},
                 {"BZh", 3},
                 {"\xfd"
                  "7zXZ\0",
                  6},
                 {"\x28\xb5\x2f\xfd", 4}};
    char head[6] = "";
    ssize_t n = TEMP_FAILURE_RETRY(pread(fd, head, sizeof head, 0));

    for (size_t i = 0; i < G_N_ELEMENTS(magic); i++)
        if (n >= (ssize_t)magic[i].len && memcmp(head, magic[i].bytes, magic[i].len) == 0)
            return true;
    return false;
}

static int refuse(const struct stream *s, struct fault *f)
{
    const char *why = archive_error_string(s->archive);

    if (archive_errno(s->archive) == ENOMEM) {
        fault_set(f, ENOMEM, "no memory to unpack '%s'", s->path);
        f->transient = true;
        return -ENOMEM;
    }
    return fault_set(f, EIO, "cannot unpack '%s': %s", s->path, why ? why : "it is damaged");
}

/* The filters that need no other program. */
static int open_archive(struct stream *s, struct fault *f)
{
    struct archive_entry *entry;

    s->archive = archive_read_new();
    if (!s->archive)
        return fault_set(f, ENOMEM, "no memory to unpack '%s'", s->path);
    archive_read_support_filter_gzip(s->archive);
    archive_read_support_filter_bzip2(s->archive);
    archive_read_support_filter_xz(s->archive);
    archive_read_support_filter_zstd(s->archive);
    archive_read_support_format_raw(s->archive);
    archive_read_support_format_empty(s->archive);
    if (archive_read_open_fd(s->archive, s->fd, BLOCK) != ARCHIVE_OK)
        return refuse(s, f);
    int r = archive_read_next_header(s->archive, &entry);
    s->empty = r == ARCHIVE_EOF;
    return r == ARCHIVE_OK || r == ARCHIVE_WARN || s->empty ? 0 : refuse(s, f);
}

int stream_open(int own_fd, const char *path, struct fault *f, struct stream **ret)
{
    struct stream *s = g_new0(struct stream, 1);

    s->fd = own_fd;
    s->path = path;
    int r = open_archive(s, f);
    if (r < 0) {
        stream_close(s);
        return r;
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
    la_ssize_t n = s->empty ? 0 : archive_read_data(s->archive, buf, len);
    if (n < 0)
        return refuse(s, f);
    *ret_len = (size_t)n;
    return 0;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    if (s->archive)
        archive_read_free(s->archive);
    close(s->fd);
    g_free(s);
}
