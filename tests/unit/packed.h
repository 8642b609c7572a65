/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressed files and zip archives, made by the tests themselves; and numbers as bytes. */
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <glib.h>

#include "tests/unit/folder.h"

/* Compressed by one of libarchive's filters.  Owned by the caller. */
static inline GBytes *packed_by(int filter, const void *data, size_t len)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    const size_t room = len + 4096;
    char *buf = g_malloc(room);
    size_t used = 0;

    archive_write_add_filter(a, filter);
    archive_write_set_format_raw(a);
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_open_memory(a, buf, room, &used), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, data, len), len);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(a);
    return g_bytes_new_take(buf, used);
}

static inline GBytes *packed_gzip(const void *data, size_t len)
{
    return packed_by(ARCHIVE_FILTER_GZIP, data, len);
}

static inline void folder_put_gzip(const struct folder *d, const char *name, const void *data,
                                   size_t len)
{
    g_autoptr(GBytes) packed = packed_gzip(data, len);

    folder_put(d, name, g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
}

/* A zip archive under way. */
struct packed_zip {
    struct archive *archive;
    char *path; /* owned */
};

static inline struct packed_zip packed_zip_open(const struct folder *d, const char *name,
                                                const char *method)
{
    struct packed_zip z = {archive_write_new(), folder_path(d, name)};

    archive_write_set_format_zip(z.archive);
    assert_int_equal(archive_write_set_format_option(z.archive, "zip", "compression", method),
                     ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(z.archive, z.path), ARCHIVE_OK);
    return z;
}

static inline void packed_zip_add(struct packed_zip *z, const char *name, const void *data,
                                  size_t len)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, (la_int64_t)len);
    archive_entry_set_perm(entry, 0644);
    assert_int_equal(archive_write_header(z->archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(z->archive, data, len), len);
    archive_entry_free(entry);
}

static inline void packed_zip_close(struct packed_zip *z)
{
    assert_int_equal(archive_write_close(z->archive), ARCHIVE_OK);
    archive_write_free(z->archive);
    g_free(z->path);
}
