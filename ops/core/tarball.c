/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes files as a tar, in memory, by libarchive. */
#include "ops/core/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define BLOCK 512
#define END (2 * BLOCK)                        /* bytes of nothing behind the last file */
#define NAME_SIZE 100                          /* bytes */
#define CONTENT_SIZE ((UINT64_C(1) << 33) - 1) /* bytes */

/* Lifetime: the tarball's. */
struct member {
    char *name;      /* owned */
    GBytes *head;    /* owned; NULL = none */
    GBytes *content; /* owned; NULL = only announced, or written already */
    uint64_t len;    /* bytes of both */
};

struct tarball {
    GPtrArray *members; /* struct member, owned */
};

static void clear_contents(struct member *m)
{
    g_clear_pointer(&m->head, g_bytes_unref);
    g_clear_pointer(&m->content, g_bytes_unref);
}

static void free_member(void *member)
{
    struct member *m = member;

    clear_contents(m);
    g_free(m->name);
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

static void add(struct tarball *t, struct member m)
{
    g_ptr_array_add(t->members, g_memdup2(&m, sizeof m));
}

void tarball_add(struct tarball *t, const char *name, GBytes *head, GBytes *content)
{
    add(t, (struct member){
               .name = g_strdup(name),
               .head = head ? g_bytes_ref(head) : NULL,
               .content = g_bytes_ref(content),
               .len = (head ? g_bytes_get_size(head) : 0) + g_bytes_get_size(content),
           });
}

void tarball_announce(struct tarball *t, const char *name, uint64_t len)
{
    add(t, (struct member){.name = g_strdup(name), .len = len});
}

/* What the headers of plain ustar can hold, in which names are the bytes that they are. */
static bool is_plain(const struct member *m)
{
    return strlen(m->name) <= NAME_SIZE && m->len <= CONTENT_SIZE;
}

static bool are_all(const struct tarball *t, bool (*is)(const struct member *m))
{
    for (guint k = 0; k < t->members->len; k++)
        if (!is(t->members->pdata[k]))
            return false;
    return true;
}

static bool is_ascii(const struct member *m)
{
    return g_str_is_ascii(m->name);
}

/* How the members of one tar are written.  In pax headers libarchive would have names be of the
 * locale, unless told that they are not: a word that old programs mind. */
enum style { STYLE_USTAR, STYLE_PAX, STYLE_PAX_BINARY };

static enum style style_of(const struct tarball *t)
{
    if (are_all(t, is_plain))
        return STYLE_USTAR;
    return are_all(t, is_ascii) ? STYLE_PAX : STYLE_PAX_BINARY;
}

static int set_style(struct archive *a, enum style style)
{
    if (style == STYLE_USTAR)
        return archive_write_set_format_ustar(a);
    int r = archive_write_set_format_pax_restricted(a);
    return r == ARCHIVE_OK && style == STYLE_PAX_BINARY
               ? archive_write_set_options(a, "hdrcharset=BINARY")
               : r;
}

static int write_header(struct archive *a, const struct member *m)
{
    struct archive_entry *entry = archive_entry_new();

    archive_entry_set_pathname(entry, m->name);
    archive_entry_set_size(entry, (la_int64_t)m->len);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 0, 0);
    int r = archive_write_header(a, entry);
    archive_entry_free(entry);
    return r;
}

/* Sizes. */

/* Lifetime: call. */
struct counting {
    uint64_t len;
    bool over; /* what comes now is no header */
};

static la_ssize_t count(struct archive *a, void *ctx, const void *data, size_t len)
{
    struct counting *c = ctx;

    if (c->over)
        return -1;
    c->len += len;
    return (la_ssize_t)len;
}

/* What libarchive writes before the content, by having it done: of nothing but the header.  Its end
 * is refused, which would fill up the content. */
static uint64_t measure_header(const struct member *m, enum style style)
{
    struct archive *a = archive_write_new();
    struct counting c = {0};

    if (set_style(a, style) == ARCHIVE_OK &&
        archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK &&
        archive_write_open2(a, &c, NULL, count, NULL, NULL) == ARCHIVE_OK)
        write_header(a, m);
    c.over = true;
    archive_write_free(a);
    return c.len;
}

/* Where names are told to be binary, they are so of every file. */
static uint64_t header_size(const struct member *m, enum style style)
{
    return is_plain(m) && style != STYLE_PAX_BINARY ? BLOCK : measure_header(m, style);
}

bool tarball_size(const struct tarball *t, uint64_t *ret)
{
    const enum style style = style_of(t);
    uint64_t size = END;

    for (guint k = 0; k < t->members->len; k++) {
        const struct member *m = t->members->pdata[k];
        if (m->len > INT64_MAX - BLOCK || size > INT64_MAX - BLOCK)
            return false;
        size += header_size(m, style);
        if (__builtin_add_overflow(size, (m->len + BLOCK - 1) / BLOCK * BLOCK, &size) ||
            size > INT64_MAX)
            return false;
    }
    *ret = size;
    return true;
}

/* Writing. */

static int write_data(struct archive *a, GBytes *bytes)
{
    gsize len;
    const void *data = bytes ? g_bytes_get_data(bytes, &len) : NULL;

    if (!data || len == 0)
        return ARCHIVE_OK;
    return archive_write_data(a, data, len) == (la_ssize_t)len ? ARCHIVE_OK : ARCHIVE_FATAL;
}

static int write_member(struct archive *a, struct member *m)
{
    assert(m->content);
    int r = write_header(a, m);
    if (r == ARCHIVE_OK)
        r = write_data(a, m->head);
    if (r == ARCHIVE_OK)
        r = write_data(a, m->content);
    clear_contents(m);
    return r;
}

static int write_members(struct tarball *t, struct archive *a, void *buffer, size_t size,
                         size_t *ret_len)
{
    int r = set_style(a, style_of(t));

    if (r == ARCHIVE_OK)
        r = archive_write_open_memory(a, buffer, size, ret_len);
    for (guint k = 0; r == ARCHIVE_OK && k < t->members->len; k++)
        r = write_member(a, t->members->pdata[k]);
    return r == ARCHIVE_OK ? archive_write_close(a) : r;
}

int tarball_write(struct tarball *t, struct fault *f, GBytes **ret)
{
    uint64_t size;
    size_t len = 0;
    g_autofree char *buffer =
        tarball_size(t, &size) && size <= SIZE_MAX ? g_try_malloc(size) : NULL;
    int r = 0;

    if (!buffer)
        return fault_set_errno(f, ENOMEM, "a tar of %u files", t->members->len);
    struct archive *a = archive_write_new();
    if (write_members(t, a, buffer, size, &len) != ARCHIVE_OK)
        r = fault_set(f, EIO, "the tar cannot be written: %s", archive_error_string(a));
    archive_write_free(a);
    if (r == 0 && len != size)
        r = fault_set(f, EIO, "the tar has %zu bytes and was to have %" PRIu64, len, size);
    if (r == 0)
        *ret = g_bytes_new_take(g_steal_pointer(&buffer), len);
    return r;
}
