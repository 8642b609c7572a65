/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes arrays as an npz, in memory, by libarchive. */
#include "ops/core/npzfile.h"

#include "ops/core/npy.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <string.h>

#define HEADERS 512 /* bytes that are written about a member, beside its name, at most */
#define NAMES 2     /* times that a name is written */
#define STAND_IN 1  /* bytes that are written in place of what is only announced */
#define SIZED_MAX (UINT64_C(1) << 31) /* bytes; long before headers become other ones */

/* Lifetime: the npzfile's. */
struct member {
    char *name;          /* with its suffix; owned */
    struct value *array; /* owned; NULL = only announced */
    uint64_t len;        /* bytes, if it is only announced */
};

struct npzfile {
    GPtrArray *members; /* struct member, owned */
};

static void free_member(void *member)
{
    struct member *m = member;

    g_free(m->name);
    value_unref(m->array);
    g_free(m);
}

struct npzfile *npzfile_new(void)
{
    struct npzfile *z = g_new(struct npzfile, 1);

    z->members = g_ptr_array_new_with_free_func(free_member);
    return z;
}

void npzfile_free(struct npzfile *z)
{
    if (!z)
        return;
    g_ptr_array_unref(z->members);
    g_free(z);
}

void npzfile_add(struct npzfile *z, const char *name, struct value *array)
{
    struct member *m = g_new(struct member, 1);

    *m = (struct member){.name = g_strconcat(name, ".npy", NULL), .array = value_ref(array)};
    g_ptr_array_add(z->members, m);
}

void npzfile_announce(struct npzfile *z, const char *name, uint64_t len)
{
    struct member *m = g_new(struct member, 1);

    *m = (struct member){.name = g_strconcat(name, ".npy", NULL), .len = len};
    g_ptr_array_add(z->members, m);
}

/* No less than all takes, and the end of the zip. */
static bool bound(const struct npzfile *z, size_t *ret)
{
    *ret = HEADERS;
    for (guint k = 0; k < z->members->len; k++) {
        const struct member *m = z->members->pdata[k];
        size_t headers = HEADERS + NAMES * strlen(m->name);
        if (!g_size_checked_add(ret, *ret, headers) ||
            !g_size_checked_add(ret, *ret, npy_header_len(value_array_type(m->array))) ||
            !g_size_checked_add(ret, *ret, g_bytes_get_size(value_bytes(m->array))))
            return false;
    }
    return true;
}

static int write_data(struct archive *a, const void *data, size_t len)
{
    return archive_write_data(a, data, len) == (la_ssize_t)len ? ARCHIVE_OK : ARCHIVE_FATAL;
}

static int write_header(struct archive *a, const struct member *m, uint64_t len)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, m->name);
    archive_entry_set_size(entry, (la_int64_t)len);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 0, 0);
    int r = archive_write_header(a, entry);
    archive_entry_free(entry);
    return r;
}

/* What is only announced is as short as content can be. */
static int write_member(struct archive *a, const struct member *m)
{
    g_autoptr(GString) header = g_string_new(NULL);
    gsize len;

    if (!m->array) {
        int r = write_header(a, m, STAND_IN);
        return r == ARCHIVE_OK ? write_data(a, "", STAND_IN) : r;
    }
    const void *items = g_bytes_get_data(value_bytes(m->array), &len);
    npy_print(value_array_type(m->array), header);
    int r = write_header(a, m, header->len + len);
    if (r == ARCHIVE_OK)
        r = write_data(a, header->str, header->len);
    return r == ARCHIVE_OK && len > 0 ? write_data(a, items, len) : r;
}

/* Where it is written to; without a buffer it is only counted.  Lifetime: call. */
struct target {
    void *buffer;
    size_t size; /* of the buffer */
    size_t len;  /* written */
};

static la_ssize_t count(struct archive *a, void *ctx, const void *data, size_t len)
{
    ((struct target *)ctx)->len += len;
    return (la_ssize_t)len;
}

static int open_target(struct archive *a, struct target *t)
{
    if (t->buffer)
        return archive_write_open_memory(a, t->buffer, t->size, &t->len);
    int r = archive_write_set_bytes_per_block(a, 0);
    return r == ARCHIVE_OK ? archive_write_open2(a, t, NULL, count, NULL, NULL) : r;
}

static int write_members(const struct npzfile *z, struct archive *a, struct target *t)
{
    int r = archive_write_set_format_zip(a);

    if (r == ARCHIVE_OK)
        r = archive_write_zip_set_compression_store(a);
    if (r == ARCHIVE_OK)
        r = open_target(a, t);
    for (guint k = 0; r == ARCHIVE_OK && k < z->members->len; k++)
        r = write_member(a, z->members->pdata[k]);
    return r == ARCHIVE_OK ? archive_write_close(a) : r;
}

/* libarchive says of a name that it is UTF-8, which readers want to know, if the locale is.  Where
 * there is no such locale, names beyond ASCII are read as something else, but found. */
static int write_in_utf8(const struct npzfile *z, struct archive *a, struct target *t)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    int r = write_members(z, a, t);

    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    return r;
}

int npzfile_write(const struct npzfile *z, struct fault *f, GBytes **ret)
{
    struct target t = {0};
    size_t size;
    g_autofree char *buffer = bound(z, &size) ? g_try_malloc(size) : NULL;
    int r = 0;

    if (!buffer)
        return fault_set_errno(f, ENOMEM, "an npz of %u arrays", z->members->len);
    struct archive *a = archive_write_new();
    t = (struct target){.buffer = buffer, .size = size};
    if (write_in_utf8(z, a, &t) != ARCHIVE_OK)
        r = fault_set(f, EIO, "the npz cannot be written: %s", archive_error_string(a));
    archive_write_free(a);
    if (r == 0)
        *ret = g_bytes_new_take(g_realloc(g_steal_pointer(&buffer), t.len), t.len);
    return r;
}

bool npzfile_size(const struct npzfile *z, uint64_t *ret)
{
    struct archive *a = archive_write_new();
    struct target t = {0};
    bool known = write_in_utf8(z, a, &t) == ARCHIVE_OK;
    uint64_t size = t.len;

    archive_write_free(a);
    for (guint k = 0; k < z->members->len && known; k++) {
        const struct member *m = z->members->pdata[k];
        known = !m->array && m->len > 0 && m->len < SIZED_MAX && size < SIZED_MAX;
        size += m->len - STAND_IN;
    }
    if (!known || size >= SIZED_MAX)
        return false;
    *ret = size;
    return true;
}
