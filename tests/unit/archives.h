/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Archives that tests write into their folder. */
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "tests/unit/folder.h"

/* Lifetime: one archive's, from archive_begin() to archive_end(). */
struct writing {
    struct archive *archive;
    struct archive_entry *entry; /* of the member that is added next: is cleared after it */
};

static inline struct writing archive_begin(const struct folder *d, const char *name, int format,
                                           int filter)
{
    g_autofree char *path = folder_path(d, name);
    struct writing w = {archive_write_new(), archive_entry_new()};

    assert_int_equal(archive_write_set_format(w.archive, format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(w.archive, filter), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(w.archive, path), ARCHIVE_OK);
    return w;
}

/* A tar; filter: what it is compressed by, after ARCHIVE_FILTER_. */
#define TAR_BEGIN(d, name) \
    archive_begin(d, name, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_NONE)

/* A file; holes and the like may be in w->entry before. */
static inline void archive_add(struct writing *w, const char *name, const void *data, size_t len)
{
    archive_entry_set_pathname(w->entry, name);
    archive_entry_set_filetype(w->entry, AE_IFREG);
    archive_entry_set_perm(w->entry, 0644);
    archive_entry_set_mtime(w->entry, 1700000000, 0);
    archive_entry_set_size(w->entry, (la_int64_t)len);
    assert_int_equal(archive_write_header(w->archive, w->entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(w->archive, data, len), len);
    archive_entry_clear(w->entry);
}

/* Each file holds its own name. */
static inline void archive_add_names(struct writing *w, const char *const *names)
{
    for (; *names; names++)
        archive_add(w, *names, *names, strlen(*names));
}

/* What is no file, of a type after AE_IF; or of type 0 a hard link. */
static inline void archive_add_other(struct writing *w, const char *name, unsigned type,
                                     const char *target)
{
    archive_entry_set_pathname(w->entry, name);
    archive_entry_set_filetype(w->entry, type ? type : AE_IFREG);
    archive_entry_set_perm(w->entry, 0644);
    archive_entry_set_size(w->entry, 0);
    if (target && type)
        archive_entry_set_symlink(w->entry, target);
    else if (target)
        archive_entry_set_hardlink(w->entry, target);
    assert_int_equal(archive_write_header(w->archive, w->entry), ARCHIVE_OK);
    archive_entry_clear(w->entry);
}

static inline void archive_end(struct writing *w)
{
    assert_int_equal(archive_write_close(w->archive), ARCHIVE_OK);
    assert_int_equal(archive_write_free(w->archive), ARCHIVE_OK);
    archive_entry_free(w->entry);
}

/* A tar of files that hold their own names. */
static inline void put_tar(const struct folder *d, const char *name, int filter,
                           const char *const *names)
{
    struct writing w = archive_begin(d, name, ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, filter);

    archive_add_names(&w, names);
    archive_end(&w);
}

#define PUT_TAR(d, name, ...) \
    put_tar(d, name, ARCHIVE_FILTER_NONE, (const char *const[]){__VA_ARGS__, NULL})
#define PUT_TAR_GZ(d, name, ...) \
    put_tar(d, name, ARCHIVE_FILTER_GZIP, (const char *const[]){__VA_ARGS__, NULL})

/* A file's bytes; owned by the caller. */
static inline char *slurp(const struct folder *d, const char *name, gsize *ret_len)
{
    g_autofree char *path = folder_path(d, name);
    char *bytes = NULL;

    assert_true(g_file_get_contents(path, &bytes, ret_len, NULL));
    return bytes;
}

/* That the sequence that was loaded last has all its elements as they are, or failures: never
 * anything that is in none of them. */
static inline void assert_only_own(struct folder *d, const char *const *contents)
{
    for (uint64_t i = 0; i < d->seq->len; i++) {
        g_autofree char *one = folder_element(d, i);

        if (one[0] != '!' && !g_strv_contains(contents, one))
            fail_msg("element %u is '%s'", (unsigned)i, one);
    }
}

/* The extent of an element, as bytes; NULL = it has none.  Owned by the caller. */
static inline char *extent_bytes(const struct seq *s, uint64_t i, gsize *ret_len)
{
    struct extent x = {0};
    char *bytes, *stretch;
    gsize len;

    if (!seq_extent(s, i, &x))
        return NULL;
    assert_true(g_file_get_contents(x.path, &bytes, &len, NULL));
    assert_true(x.off <= len && x.len <= len - x.off);
    stretch = g_malloc(x.len + 1);
    memcpy(stretch, bytes + x.off, x.len);
    stretch[x.len] = '\0';
    *ret_len = x.len;
    g_free(bytes);
    g_free(x.path);
    return stretch;
}
