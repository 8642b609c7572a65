/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table is a head, the members, and their names one after the other. */
#include "ops/source/members.h"

#include "ops/base/whole.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAPPED_MIN ((uint64_t)1 << 20) /* bytes: maps are not for many small tables */

/* Where the bytes of the head come first in the file. */
struct head {
    uint64_t len;       /* members */
    uint64_t names_len; /* bytes */
};

static int no_memory(const struct collected *c, struct fault *f)
{
    fault_set(f, ENOMEM, "no memory for the names of more than %" PRIu64 " members", c->len);
    f->transient = true;
    return -ENOMEM;
}

int members_keep(struct collected *c, const char *text, struct fault *f, uint64_t *ret)
{
    const uint64_t len = strlen(text) + 1;

    if (len > c->names_cap - c->names_len) {
        uint64_t cap = c->names_cap + c->names_cap / 2 + len + 4096;
        char *names = g_try_realloc(c->names, cap);

        if (!names)
            return no_memory(c, f);
        c->names = names;
        c->names_cap = cap;
    }
    memcpy(c->names + c->names_len, text, len);
    *ret = c->names_len;
    c->names_len += len;
    return 0;
}

int members_add(struct collected *c, struct member m, const char *name, struct fault *f)
{
    if (c->len == c->cap) {
        uint64_t cap = c->cap + c->cap / 2 + 64;
        struct member *at = g_try_realloc_n(c->at, cap, sizeof *at);

        if (!at)
            return no_memory(c, f);
        c->at = at;
        c->cap = cap;
    }
    int r = members_keep(c, name, f, &m.name);
    if (r == 0)
        c->at[c->len++] = m;
    return r;
}

int members_write(const struct collected *c, int fd, struct fault *f)
{
    const struct head head = {c->len, c->names_len};
    int r = whole_write(fd, &head, sizeof head);

    if (r == 0)
        r = whole_write(fd, c->at, c->len * sizeof *c->at);
    if (r == 0)
        r = whole_write(fd, c->names, c->names_len);
    return r < 0 ? fault_set_errno(f, -r, "the index cannot be written") : 0;
}

void members_drop(struct collected *c)
{
    g_free(c->at);
    g_free(c->names);
    *c = (struct collected){0};
}

static int read_all(int fd, uint64_t len, struct fault *f, GBytes **ret)
{
    g_autofree char *buf = g_try_malloc(len + 1);
    ssize_t n;

    if (!buf)
        return fault_set_errno(f, ENOMEM, "an index of %" PRIu64 " bytes", len);
    n = whole_read_at(fd, buf, len, 0);
    if (n < 0 || (uint64_t)n < len)
        return fault_set_errno(f, n < 0 ? (int)-n : EIO, "the index cannot be read");
    *ret = g_bytes_new_take(g_steal_pointer(&buf), len);
    return 0;
}

static int map(int fd, uint64_t len, struct fault *f, GBytes **ret)
{
    GMappedFile *file;

    if (len < MAPPED_MIN)
        return read_all(fd, len, f, ret);
    file = g_mapped_file_new_from_fd(fd, FALSE, NULL);
    if (!file)
        return fault_set_errno(f, ENOMEM, "an index of %" PRIu64 " bytes", len);
    *ret = g_mapped_file_get_bytes(file);
    g_mapped_file_unref(file);
    return 0;
}

/* Whether every name is one, so that nothing else has to be asked again. */
static bool is_sound(const struct members *m)
{
    if (m->len > 0 && (m->names_len == 0 || m->names[m->names_len - 1] != '\0'))
        return false;
    for (uint64_t i = 0; i < m->len; i++)
        if (m->at[i].name >= m->names_len)
            return false;
    return true;
}

static bool take(struct members *m)
{
    gsize size;
    const char *data = g_bytes_get_data(m->bytes, &size);
    const struct head *head = (const struct head *)(const void *)data;

    if (size < sizeof *head || head->len > (size - sizeof *head) / sizeof *m->at)
        return false;
    m->len = head->len;
    m->at = (const struct member *)(const void *)(data + sizeof *head);
    m->names = (const char *)(m->at + m->len);
    m->names_len = size - (uint64_t)(m->names - data);
    return m->names_len == head->names_len && is_sound(m);
}

int members_load(int fd, struct fault *f, struct members *ret)
{
    struct members m = {0};
    struct stat st;
    int r;

    if (fstat(fd, &st) < 0)
        return fault_set_errno(f, errno, "the index cannot be read");
    r = map(fd, (uint64_t)st.st_size, f, &m.bytes);
    if (r == 0 && !take(&m))
        r = fault_set(f, EIO, "the index that was kept is damaged");
    if (r < 0)
        members_finish(&m);
    else
        *ret = m;
    return r;
}

void members_finish(struct members *m)
{
    if (m->bytes)
        g_bytes_unref(m->bytes);
    *m = (struct members){0};
}

const char *members_trim(const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2 + strspn(path + 2, "/");
    return path;
}
