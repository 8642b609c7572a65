/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shares files by locks on them, and removes those that nobody uses. */
#include "fs/tidy.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ops/base/whole.h"

#define ATTEMPTS 8      /* at a file that others remove or replace at the same time */
#define UNFINISHED 3600 /* seconds after which a new file will not be finished any more */

static const char new_mark[] = ".new-";

/* Whoever uses a file holds a shared lock on it; whoever removes it, or rewrites it, has it alone.
 * Locks end with the process, however that ends. */
static bool is_in_place(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

bool tidy_claim(int fd)
{
    /* A lock that cannot be changed may be lost by the attempt. */
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    tidy_share(fd);
    return false;
}

void tidy_share(int fd)
{
    while (flock(fd, LOCK_SH) < 0 && errno == EINTR)
        continue; /* whoever has it alone waits for nothing */
}

/* A new file beside the one that it is to be. */
static int make(const char *path, const void *head, size_t len, char **ret_path)
{
    g_autofree char *aside = g_strdup_printf("%s%s%08x", path, new_mark, g_random_int());
    int fd = open(aside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666), r;

    if (fd < 0)
        return -errno;
    tidy_share(fd);
    r = whole_write(fd, head, len);
    if (r < 0) {
        unlink(aside);
        close(fd);
        return r;
    }
    *ret_path = g_steal_pointer(&aside);
    return fd;
}

/* Several may make it at once: the first one's is taken by all.  -EAGAIN: there is one now. */
static int create(const char *path, const void *head, size_t len)
{
    g_autofree char *aside = NULL;
    int fd = make(path, head, len, &aside), r = 0;

    if (fd < 0)
        return fd;
    if (link(aside, path) == 0)
        unlink(aside);
    else if (errno == EEXIST)
        r = -EAGAIN;
    else if (rename(aside, path) < 0) /* there are file systems without links */
        r = -errno;
    if (r == 0)
        return fd;
    unlink(aside);
    close(fd);
    return r;
}

int tidy_replace(const char *folder, const char *name, const void *head, size_t len)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *aside = NULL;
    int fd = make(path, head, len, &aside), err;

    if (fd < 0 || rename(aside, path) == 0)
        return fd;
    err = errno;
    unlink(aside);
    close(fd);
    return -err;
}

/* -EAGAIN: it was removed meanwhile. */
static int open_shared(const char *path)
{
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = open(path, flags | O_RDWR);

    if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM))
        fd = open(path, flags | O_RDONLY);
    if (fd < 0)
        return -errno;
    tidy_share(fd);
    if (is_in_place(fd)) {
        futimens(fd, NULL);
        return fd;
    }
    close(fd);
    return -EAGAIN;
}

int tidy_open(const char *folder, const char *name, const void *head, size_t len,
              bool (*is_ours)(const void *ctx, int fd), const void *ctx)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    int fd = -EAGAIN;

    for (unsigned i = 0; fd == -EAGAIN && i < ATTEMPTS; i++) {
        fd = open_shared(path);
        if (fd == -ENOENT)
            fd = create(path, head, len);
    }
    if (fd < 0 || is_ours(ctx, fd))
        return fd;
    close(fd);
    return tidy_replace(folder, name, head, len);
}

/* One file that may be removed.  Lifetime: call. */
struct old {
    char *name; /* owned */
    struct timespec used;
    uint64_t bytes;
};

static void free_old(gpointer data)
{
    struct old *o = data;

    g_free(o->name);
    g_free(o);
}

/* The latest first. */
static gint compare(gconstpointer a, gconstpointer b)
{
    const struct old *x = *(struct old *const *)a, *y = *(struct old *const *)b;

    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec > y->used.tv_sec ? -1 : 1;
    return (x->used.tv_nsec < y->used.tv_nsec) - (x->used.tv_nsec > y->used.tv_nsec);
}

/* Also of a file that was never finished. */
static bool is_name_of_ours(const char *name)
{
    static const char digits[] = "0123456789abcdef";

    return strspn(name, digits) == TIDY_NAME && name[TIDY_NAME] == '.';
}

static bool is_unfinished(const struct old *o)
{
    return strstr(o->name, new_mark) != NULL && o->used.tv_sec + UNFINISHED < time(NULL);
}

static GPtrArray *list(int folder, const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GPtrArray *all = g_ptr_array_new_with_free_func(free_old);
    const char *name;
    struct stat st;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (!is_name_of_ours(name) || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(st.st_mode))
            continue;
        struct old *o = g_new0(struct old, 1);
        *o = (struct old){g_strdup(name), st.st_mtim, (uint64_t)st.st_blocks * 512};
        g_ptr_array_add(all, o);
    }
    g_ptr_array_sort(all, compare);
    return all;
}

/* Unless it is in use. */
static void remove_old(int folder, const struct old *o)
{
    int fd = openat(folder, o->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, o->name, 0);
    close(fd);
}

void tidy_folder(const char *path, uint64_t max_bytes, unsigned max_files)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(GPtrArray) all = NULL;
    uint64_t bytes = 0;

    if (folder < 0)
        return;
    all = list(folder, path);
    for (guint i = 0; i < all->len; i++) {
        const struct old *o = all->pdata[i];

        bytes += o->bytes;
        if (i >= max_files || bytes > max_bytes || is_unfinished(o))
            remove_old(folder, o);
    }
    close(folder);
}
