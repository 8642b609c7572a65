/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes files as a tar, in memory, by libarchive. */
#include "ops/core/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

#define BLOCK 512
#define NAME_SIZE 100                          /* bytes */
#define CONTENT_SIZE ((UINT64_C(1) << 33) - 1) /* bytes */

/* Lifetime: the tarball's. */
struct member {
    char *name;      /* owned */
    GBytes *content; /* owned */
};

struct tarball {
    GPtrArray *members; /* struct member, owned */
};

static void free_member(void *member)
{
    struct member *m = member;

    g_free(m->name);
    g_bytes_unref(m->content);
    g_free(m);
}

struct tarball *tarball_new(void)
{
    struct tarball *t = g_new(struct tarball, 1);

    t->members = g_ptr_array_new_with_free_func(free_member);
    return t;
}

void tarball_free(struct tarball *t)
{
    if (!t)
        return;
    g_ptr_array_unref(t->members);
    g_free(t);
}

void tarball_add(struct tarball *t, const char *name, GBytes *content)
{
    struct member *m = g_new(struct member, 1);

    *m = (struct member){g_strdup(name), g_bytes_ref(content)};
    g_ptr_array_add(t->members, m);
}

/* No less than the members take: each with the headers of a long name, and the end of the tar. */
static bool bound(const struct tarball *t, size_t *ret)
{
    *ret = 4 * BLOCK;
    for (guint k = 0; k < t->members->len; k++) {
        const struct member *m = t->members->pdata[k];
        size_t headers = 8 * BLOCK + 2 * strlen(m->name);
        if (!g_size_checked_add(ret, *ret, headers) ||
            !g_size_checked_add(ret, *ret, g_bytes_get_size(m->content)))
            return false;
    }
    return true;
}

static int write_member(struct archive *a, const struct member *m)
{
    struct archive_entry *entry = archive_entry_new();
    gsize len;
    const void *data = g_bytes_get_data(m->content, &len);

    archive_entry_set_pathname(entry, m->name);
    archive_entry_set_size(entry, (la_int64_t)len);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 0, 0);
    int r = archive_write_header(a, entry);
    archive_entry_free(entry);
    if (r == ARCHIVE_OK && archive_write_data(a, data, len) != (la_ssize_t)len)
        r = ARCHIVE_FATAL;
    return r;
}

/* What the headers of plain ustar can hold, in which names are the bytes that they are. */
static bool is_plain(const struct tarball *t)
{
    for (guint k = 0; k < t->members->len; k++) {
        const struct member *m = t->members->pdata[k];
        if (strlen(m->name) > NAME_SIZE || g_bytes_get_size(m->content) > CONTENT_SIZE)
            return false;
    }
    return true;
}

static bool is_ascii(const struct tarball *t)
{
    for (guint k = 0; k < t->members->len; k++)
        if (!g_str_is_ascii(((const struct member *)t->members->pdata[k])->name))
            return false;
    return true;
}

/* In pax headers libarchive would have names be of the locale, unless told that they are not: a
 * word that old programs mind. */
static int set_format(const struct tarball *t, struct archive *a)
{
    if (is_plain(t))
        return archive_write_set_format_ustar(a);
    int r = archive_write_set_format_pax_restricted(a);
    return r == ARCHIVE_OK && !is_ascii(t) ? archive_write_set_options(a, "hdrcharset=BINARY") : r;
}

static int write_members(const struct tarball *t, struct archive *a, void *buffer, size_t size,
                         size_t *ret_len)
{
    int r = set_format(t, a);

    if (r == ARCHIVE_OK)
        r = archive_write_open_memory(a, buffer, size, ret_len);
    for (guint k = 0; r == ARCHIVE_OK && k < t->members->len; k++)
        r = write_member(a, t->members->pdata[k]);
    return r == ARCHIVE_OK ? archive_write_close(a) : r;
}

int tarball_write(const struct tarball *t, struct fault *f, GBytes **ret)
{
    size_t size, len = 0;
    g_autofree char *buffer = bound(t, &size) ? g_try_malloc(size) : NULL;
    int r = 0;

    if (!buffer)
        return fault_set_errno(f, ENOMEM, "a tar of %u files", t->members->len);
    struct archive *a = archive_write_new();
    if (write_members(t, a, buffer, size, &len) != ARCHIVE_OK)
        r = fault_set(f, EIO, "the tar cannot be written: %s", archive_error_string(a));
    archive_write_free(a);
    if (r == 0)
        *ret = g_bytes_new_take(g_realloc(g_steal_pointer(&buffer), len), len);
    return r;
}
