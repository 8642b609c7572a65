/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vaults in the folder of a test: with values of their own, aged, and on file systems that do less.
 */
#pragma once

#include "fs/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/folder.h"

#define MB (UINT64_C(1) << 20)

/* What attaching an attribute is answered with; 0 = it is done. */
static int no_attributes;

/* In place of the C library's. */
int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    if (no_attributes == 0)
        return (int)syscall(SYS_fsetxattr, fd, name, value, size, flags);
    errno = no_attributes;
    return -1;
}

static inline int close_folder(void **state)
{
    no_attributes = 0;
    return folder_close(state);
}

/* Beside others in the folder of the test. */
static inline struct vault *open_at(const struct folder *d, const char *name, uint64_t size)
{
    g_autofree char *path = folder_path(d, name);
    struct vault *v = NULL;
    struct fault f = {0};

    if (vault_new(path, size, &f, &v) < 0)
        fail_msg("%s", f.text);
    return v;
}

static inline struct vault *open_vault(const struct folder *d)
{
    return open_at(d, "vault", 100 * MB);
}

static inline struct identity id_of(uint64_t n)
{
    return (struct identity){n * UINT64_C(0x9e3779b97f4a7c15), n};
}

static inline char *entry_path(const struct folder *d, struct identity id)
{
    char name[33];

    snprintf(name, sizeof name, "%016" PRIx64 "%016" PRIx64, id.a, id.b);
    return g_strdup_printf("%s/vault/%c/%c/%s", d->path, name[0], name[1], name + 2);
}

static inline void put(struct vault *v, uint64_t n, const char *text)
{
    assert_int_equal(vault_put(v, id_of(n), text, strlen(text)), 0);
}

static inline bool has(struct vault *v, uint64_t n, const char *text)
{
    g_autoptr(GBytes) bytes = NULL;

    if (vault_get_bytes(v, id_of(n), &bytes) < 0)
        return false;
    g_autoptr(GBytes) wanted = g_bytes_new_static(text, strlen(text));
    return g_bytes_equal(bytes, wanted);
}

static inline bool has_not(struct vault *v, uint64_t n)
{
    GBytes *bytes = NULL;
    int fd = -1;
    uint64_t len;

    return vault_get_bytes(v, id_of(n), &bytes) == -ENOENT && !bytes &&
           vault_get(v, id_of(n), &fd, &len) == -ENOENT && fd == -1;
}

static inline void assert_told(struct vault *v, const char *want)
{
    struct fault f = {0};

    assert_true(vault_take_trouble(v, &f));
    if (!strstr(f.text, want))
        fail_msg("wanted '%s', got '%s'", want, f.text);
}

static inline void assert_nothing_told(struct vault *v)
{
    struct fault f = {0};

    if (vault_take_trouble(v, &f))
        fail_msg("%s", f.text);
}

/* All that lies below a folder of the test. */
static inline unsigned count_files(const struct folder *d, const char *name)
{
    g_autofree char *path = folder_path(d, name);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *at;
    unsigned n = 0;

    if (!dir)
        return g_file_test(path, G_FILE_TEST_EXISTS) ? 1 : 0;
    while ((at = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(name, at, NULL);
        n += count_files(d, below);
    }
    g_dir_close(dir);
    return n;
}

static inline void age(const char *path, time_t seconds)
{
    const struct timespec then = {.tv_sec = time(NULL) - seconds};

    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[2]){then, then}, 0), 0);
}

static inline void age_entry(const struct folder *d, uint64_t n, time_t seconds)
{
    g_autofree char *path = entry_path(d, id_of(n));

    age(path, seconds);
}

#define IN_VAULT(test) cmocka_unit_test_setup_teardown(test, folder_open, close_folder)
