/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lays contents one behind the other into temporary files, and punches holes where they were. */
#include "fs/spill.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ops/base/whole.h"

#define VOLUME_MAX (UINT64_C(128) << 20) /* bytes; a larger content has a file of its own */
#define BLOCK UINT64_C(4096)             /* contents begin with one, so that holes are whole */

/* A file without a name.  Lifetime: while contents lie in it. */
struct volume {
    struct spill *spill;
    int fd; /* owned */
    /* below: under the spill's lock */
    uint64_t end; /* where the next content goes */
    uint64_t n;   /* contents in it */
};

struct spill {
    char *folder; /* owned; NULL = none */
    GMutex lock;
    /* below: under lock */
    struct volume *current; /* that is being filled; NULL = none */
    struct spill_figures figures;
};

struct spill *spill_new(const char *folder)
{
    struct spill *sp = g_new0(struct spill, 1);

    sp->folder = g_strdup(folder);
    g_mutex_init(&sp->lock);
    return sp;
}

void spill_free(struct spill *sp)
{
    if (!sp)
        return;
    assert(!sp->current && sp->figures.n == 0);
    g_mutex_clear(&sp->lock);
    g_free(sp->folder);
    g_free(sp);
}

static bool is_memory(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* A new file without a name; -errno. */
static int open_in(const char *folder)
{
    g_autofree char *path = NULL;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
        path = g_build_filename(folder, "seqfs-spill-XXXXXX", NULL);
        fd = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        return -errno;
    if (is_memory(fd)) {
        close(fd);
        return -ENODEV;
    }
    return fd;
}

static int open_file(const struct spill *sp)
{
    const char *folders[] = {"/var/tmp", g_get_tmp_dir()};
    int fd = -ENOENT;

    if (sp->folder && g_mkdir_with_parents(sp->folder, 0700) == 0)
        fd = open_in(sp->folder);
    for (size_t i = 0; fd < 0 && i < G_N_ELEMENTS(folders); i++)
        fd = open_in(folders[i]);
    return fd;
}

static uint64_t whole_blocks(uint64_t len)
{
    return (len + BLOCK - 1) / BLOCK * BLOCK;
}

/* A place in the file that is being filled, if it has one. */
static struct volume *place_locked(struct spill *sp, uint64_t len, uint64_t *ret_off)
{
    struct volume *v = sp->current;

    if (!v || (v->end > 0 && len > VOLUME_MAX - MIN(v->end, VOLUME_MAX)))
        return NULL;
    *ret_off = v->end;
    v->end += whole_blocks(len);
    v->n++;
    sp->figures.n++;
    sp->figures.bytes += len;
    return v;
}

/* A place for len bytes, in a new file if need be.  Opening one takes no lock: of threads that do
 * it at once, each fills its own, and the last one's goes on being filled. */
static int find_place(struct spill *sp, uint64_t len, struct volume **ret, uint64_t *ret_off)
{
    struct volume *v;
    int fd;

    g_mutex_lock(&sp->lock);
    v = place_locked(sp, len, ret_off);
    g_mutex_unlock(&sp->lock);
    if (!v) {
        fd = open_file(sp);
        if (fd < 0)
            return fd;
        v = g_new0(struct volume, 1);
        v->spill = sp;
        v->fd = fd;
        g_mutex_lock(&sp->lock);
        sp->current = v;
        place_locked(sp, len, ret_off);
        g_mutex_unlock(&sp->lock);
    }
    *ret = v;
    return 0;
}

/* A content_release_fn.  The hole comes before the count: a file that counts contents is open. */
static void give_back(void *volume, uint64_t off, uint64_t len)
{
    struct volume *v = volume;
    struct spill *sp = v->spill;
    bool is_last;

    if (len > 0)
        fallocate(v->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off,
                  (off_t)whole_blocks(len)); /* where it cannot be, room comes back with the file */
    g_mutex_lock(&sp->lock);
    sp->figures.n--;
    sp->figures.bytes -= len;
    is_last = --v->n == 0;
    if (is_last && sp->current == v)
        sp->current = NULL;
    g_mutex_unlock(&sp->lock);
    if (!is_last)
        return;
    close(v->fd);
    g_free(v);
}

static void count(struct spill *sp, uint64_t len, int err)
{
    g_mutex_lock(&sp->lock);
    if (err < 0)
        sp->figures.failed++;
    else
        sp->figures.total += len;
    g_mutex_unlock(&sp->lock);
}

int spill_content(struct spill *sp, const struct content *memory, struct content **ret)
{
    const uint64_t len = content_len(memory);
    struct volume *v;
    uint64_t off;
    int r = find_place(sp, len, &v, &off);

    assert(content_memory(memory));
    if (r == 0) {
        r = whole_write_at(v->fd, content_memory(memory), len, off);
        if (r == 0)
            *ret = content_new_lent(v->fd, off, len, give_back, v);
        else
            give_back(v, off, len);
    }
    count(sp, len, r);
    return r;
}

void spill_look_figures(struct spill *sp, struct spill_figures *ret)
{
    g_mutex_lock(&sp->lock);
    *ret = sp->figures;
    g_mutex_unlock(&sp->lock);
}
