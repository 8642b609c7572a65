/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a private folder, and removes it with whatever is in it by then. */
#include "ops/base/scratch.h"

#include "ops/base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char *path; /* owned */
};

/* Not g_get_tmp_dir(), which remembers what TMPDIR was before a worker had one of its own. */
int scratch_new(struct fault *f, struct scratch **ret)
{
    const char *given = g_getenv("TMPDIR"), *tmp = given && *given ? given : "/tmp";
    g_autofree char *beside = g_canonicalize_filename(tmp, NULL);
    g_autofree char *path = g_build_filename(beside, "seqfs-step-XXXXXX", NULL);

    if (!g_mkdtemp_full(path, 0700)) {
        fault_set_errno(f, errno, "making a temporary folder in '%s'", tmp);
        f->transient = f->err == ENOSPC || f->err == EMFILE || f->err == ENFILE;
        return -f->err;
    }
    *ret = g_new0(struct scratch, 1);
    (*ret)->path = g_steal_pointer(&path);
    return 0;
}

/* A folder without rights keeps what is in it from being removed. */
static int open_up(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    return kind == FTW_D || kind == FTW_DNR ? chmod(path, 0700), 0 : 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    remove(path);
    return 0;
}

void scratch_free(struct scratch *s)
{
    if (!s)
        return;
    nftw(s->path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    if (rmdir(s->path) < 0 && errno != ENOENT) {
        nftw(s->path, open_up, 16, FTW_PHYS | FTW_MOUNT);
        nftw(s->path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    }
    g_free(s->path);
    g_free(s);
}

char *scratch_path(const struct scratch *s, const char *name)
{
    return g_build_filename(s->path, name, NULL);
}

int scratch_put(const struct scratch *s, const char *name, GBytes *bytes, struct fault *f)
{
    g_autofree char *path = scratch_path(s, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    gsize len;
    const void *data = g_bytes_get_data(bytes, &len);
    int r = fd < 0 ? -errno : whole_write(fd, data, len);

    if (fd >= 0 && close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0)
        return 0;
    fault_set_errno(f, -r, "writing the temporary file '%s'", path);
    f->transient = f->transient || r == -ENOSPC || r == -EMFILE || r == -ENFILE;
    return r;
}

/* As many bytes as it had when it was opened, should it still grow. */
static int read_all(int fd, const struct stat *st, const char *name, struct fault *f, GBytes **ret)
{
    const size_t len = (size_t)st->st_size;
    g_autofree char *buf = g_try_malloc(len + 1);
    ssize_t n;

    if (!buf)
        return fault_set_errno(f, ENOMEM, "reading the %zu bytes of '%s'", len, name);
    n = whole_read_at(fd, buf, len, 0);
    if (n < 0)
        return fault_set_errno(f, (int)-n, "reading '%s'", name);
    *ret = g_bytes_new_take(g_steal_pointer(&buf), (gsize)n);
    return 0;
}

int scratch_get(const struct scratch *s, const char *name, uint64_t max, struct fault *f,
                GBytes **ret)
{
    g_autofree char *path = scratch_path(s, name);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    int r;

    if (fd < 0)
        return fault_set_errno(f, errno, "opening '%s'", name);
    if (fstat(fd, &st) < 0)
        r = fault_set_errno(f, errno, "opening '%s'", name);
    else if (!S_ISREG(st.st_mode))
        r = fault_set(f, EINVAL, "'%s' is no regular file", name);
    else if ((uint64_t)st.st_size > max)
        r = fault_set(f, EFBIG, "'%s' has %" PRIu64 " bytes, more than the %" PRIu64 " allowed",
                      name, (uint64_t)st.st_size, max);
    else
        r = read_all(fd, &st, name, f, ret);
    close(fd);
    return r;
}
