/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing into a vault: aside, sealed, and put in place by renaming. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/seal.h"
#include "fs/vault_parts.h"
#include "ops/base/whole.h"

#define PAUSE (INT64_C(10) * G_USEC_PER_SEC) /* after there was no room, or no right */

struct vault_writing {
    struct vault *v; /* borrowed */
    struct identity id;
    uint64_t left; /* bytes to come */
    uint64_t len;
    int fd;            /* owned */
    int err;           /* negative errno of the first failure */
    char *temporary;   /* owned */
    XXH3_state_t *sum; /* owned */
};

static int not_kept(struct vault *v, int err)
{
    enum vault_trouble t = vault_trouble_of(err);

    vault_count(&v->state->figures.failed, 1);
    vault_note(v, t, err);
    if (t == VAULT_FULL || t == VAULT_DENIED)
        __atomic_store_n(&v->state->pause, g_get_monotonic_time() + PAUSE, __ATOMIC_RELAXED);
    return -err;
}

static int open_temporary(struct vault *v, char **ret_path)
{
    for (bool again = false;; again = true) {
        g_autofree char *path =
            g_build_filename(v->path, BOUND_TEMPORARY, BOUND_TEMPORARY_PREFIX "XXXXXX", NULL);
        int fd = g_mkstemp_full(path, O_WRONLY | O_CLOEXEC, 0666);

        if (fd >= 0) {
            *ret_path = g_steal_pointer(&path);
            return fd;
        }
        if (errno != ENOENT || again)
            return -errno;
        vault_note(v, VAULT_REMOVED, ENOENT);
        int r = vault_make_folder(v);
        if (r < 0)
            return r;
    }
}

/* rename(2), after having made the two folders above it if need be. */
static int put_in_place(const char *from, const char *to)
{
    if (rename(from, to) == 0)
        return 0;
    if (errno != ENOENT)
        return -errno;
    g_autofree char *inner = g_path_get_dirname(to);
    g_autofree char *outer = g_path_get_dirname(inner);
    if ((mkdir(outer, 0777) < 0 && errno != EEXIST) || (mkdir(inner, 0777) < 0 && errno != EEXIST))
        return -errno;
    return rename(from, to) == 0 ? 0 : -errno;
}

/* Where there are no attributes.  In place before its entry is, so that no entry is without. */
static int put_seal_beside(struct vault *v, const char *entry, const struct seal *seal)
{
    g_autofree char *path = g_strconcat(entry, SEAL_BESIDE, NULL);
    g_autofree char *temporary = NULL;
    int fd = open_temporary(v, &temporary), r;

    if (fd < 0)
        return fd;
    r = whole_write(fd, seal, sizeof *seal);
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0)
        r = put_in_place(temporary, path);
    if (r < 0)
        unlink(temporary);
    return r;
}

static int seal_and_close(struct vault_writing *w, const char *entry)
{
    struct seal seal = seal_make(w->id, w->len, XXH3_128bits_digest(w->sum));
    int fd = w->fd, r;

    r = seal_attach(fd, &seal);
    if (r == -ENOTSUP)
        r = put_seal_beside(w->v, entry, &seal);
    w->fd = -1;
    if (close(fd) < 0 && r == 0)
        r = -errno; /* file systems of other hosts tell it here that there is no room */
    return r;
}

struct vault_writing *vault_write(struct vault *v, struct identity id, uint64_t len)
{
    bool pausing = g_get_monotonic_time() < __atomic_load_n(&v->state->pause, __ATOMIC_RELAXED);
    g_autofree char *temporary = NULL;

    if (identity_is_none(id))
        return NULL;
    if (pausing || bound_cost(len) > v->bound.size) {
        vault_count(&v->state->figures.failed, 1);
        return NULL;
    }
    int fd = open_temporary(v, &temporary);
    if (fd < 0) {
        not_kept(v, -fd);
        return NULL;
    }
    struct vault_writing *w = g_new(struct vault_writing, 1);
    *w = (struct vault_writing){.v = v,
                                .id = id,
                                .left = len,
                                .len = len,
                                .fd = fd,
                                .temporary = g_steal_pointer(&temporary),
                                .sum = XXH3_createState()};
    if (w->sum)
        XXH3_128bits_reset(w->sum);
    else
        w->err = -ENOMEM;
    return w;
}

void vault_write_add(struct vault_writing *w, const void *data, size_t len)
{
    if (w->err == 0 && len > w->left)
        w->err = -EIO;
    if (w->err == 0)
        w->err = whole_write(w->fd, data, len);
    if (w->err < 0)
        return;
    XXH3_128bits_update(w->sum, data, len);
    w->left -= len;
}

static int finish_writing(struct vault_writing *w)
{
    g_autofree char *path = vault_path_of(w->v, w->id);
    struct stat old;
    uint64_t cost = bound_cost(w->len);
    int r = w->err;

    if (r == 0 && w->left > 0)
        return -ECANCELED;
    if (r == 0)
        r = seal_and_close(w, path);
    uint64_t before = lstat(path, &old) == 0 ? bound_cost((uint64_t)old.st_size) : 0;
    if (r == 0)
        r = put_in_place(w->temporary, path);
    if (r < 0)
        return not_kept(w->v, -r);
    vault_count(&w->v->state->figures.kept, 1);
    vault_count(&w->v->state->figures.bytes_written, w->len);
    bound_add(&w->v->bound, (int64_t)(cost - before));
    return 0;
}

int vault_write_end(struct vault_writing *own_w)
{
    if (!own_w)
        return -EAGAIN;
    int r = finish_writing(own_w);
    if (own_w->fd >= 0)
        close(own_w->fd);
    if (r < 0)
        unlink(own_w->temporary);
    g_free(own_w->temporary);
    XXH3_freeState(own_w->sum);
    g_free(own_w);
    return r;
}

int vault_put(struct vault *v, struct identity id, const void *data, size_t len)
{
    struct vault_writing *w = vault_write(v, id, len);

    if (w)
        vault_write_add(w, data, len);
    return vault_write_end(w);
}
