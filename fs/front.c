/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the kernel what places there are, and that none of them can be written. */
#include "fs/front_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fs/control.h"

#define ERROR_XATTR "user.seqfs.error"

struct front *front_new(const struct front_rooms *rooms)
{
    struct front *f = g_new0(struct front, 1);

    f->rooms = *rooms;
    f->parking = parking_new(rooms->dataset);
    f->printers = g_thread_pool_new(front_print, f, 2, FALSE, NULL);
    f->correctors = g_thread_pool_new(front_correct, f, 2, FALSE, NULL);
    for (unsigned i = 0; i < FRONT_CORRECTIONS; i++)
        g_mutex_init(&f->correcting[i]);
    return f;
}

void front_free(struct front *f)
{
    if (f == NULL)
        return;
    if (f->printers != NULL)
        g_thread_pool_free(f->printers, FALSE, TRUE);
    if (f->correctors != NULL)
        g_thread_pool_free(f->correctors, FALSE, TRUE);
    parking_free(f->parking);
    for (unsigned i = 0; i < FRONT_CORRECTIONS; i++)
        g_mutex_clear(&f->correcting[i]);
    g_free(f);
}

void front_set_session(struct front *f, struct fuse_session *se)
{
    f->session = se;
}

void front_drain(struct front *f, int err)
{
    parking_drain(f->parking, err);
    g_thread_pool_free(g_steal_pointer(&f->printers), FALSE, TRUE);
    g_thread_pool_free(g_steal_pointer(&f->correctors), FALSE, TRUE);
}

static struct key key_of(struct place p)
{
    return (struct key){p.output, p.index};
}

/* The number of a place in the kernel has the version of its element above the place's own, where
 * there is room: another version is another inode, with pages of its own. */
#define VERSION_SHIFT 56
#define PLACE_MASK ((UINT64_C(1) << VERSION_SHIFT) - 1)

static uint64_t version_of(const struct front *f, struct place p)
{
    if (p.kind != PLACE_ELEMENT || names_end_of_inos(f->rooms.names) > PLACE_MASK)
        return 0;
    return (uint64_t)sizes_version(dataset_sizes(f->rooms.dataset), key_of(p)) << VERSION_SHIFT;
}

fuse_ino_t front_ino(const struct front *f, struct place p)
{
    return names_ino(f->rooms.names, p) | version_of(f, p);
}

static bool find_place(const struct front *f, fuse_ino_t ino, struct place *ret)
{
    const bool has_versions = names_end_of_inos(f->rooms.names) <= PLACE_MASK;

    return names_place(f->rooms.names, has_versions ? ino & PLACE_MASK : ino, ret);
}

bool front_is_current(const struct front *f, fuse_ino_t ino)
{
    struct place p;

    return find_place(f, ino, &p) && front_ino(f, p) == ino;
}

bool front_find(fuse_req_t req, fuse_ino_t ino, struct place *ret)
{
    const struct front *f = front_of(req);

    if (find_place(f, ino, ret) && front_ino(f, *ret) == ino)
        return true;
    fuse_reply_err(req, ESTALE);
    return false;
}

bool front_must_wait(const struct front *f, struct place p)
{
    uint64_t size;

    return f->rooms.conf->size == SIZE_MODE_EXACT && p.kind == PLACE_ELEMENT &&
           dataset_look_size(f->rooms.dataset, (struct key){p.output, p.index}, &size) ==
               SIZE_UNKNOWN;
}

static int get_attr(const struct front *f, struct place p, struct attr *ret)
{
    return attr_get(&f->rooms.base, f->rooms.conf, f->rooms.dataset, f->rooms.names, p, ret);
}

static bool is_error(struct place p)
{
    return p.kind == PLACE_ERROR || p.kind == PLACE_ERROR_ROW;
}

static void reply_entry(const struct front *f, fuse_req_t req, struct place p)
{
    struct attr a;
    int r = get_attr(f, p, &a);

    if (r < 0) {
        fuse_reply_err(req, -r);
        return;
    }
    fuse_reply_entry(req, &(struct fuse_entry_param){
                              .ino = front_ino(f, p),
                              .attr = a.st,
                              .attr_timeout = a.timeout,
                              .entry_timeout = is_error(p) ? 0 : FRONT_YEAR,
                          });
}

static void reply_attr(const struct front *f, fuse_req_t req, struct place p)
{
    struct attr a;
    int r = get_attr(f, p, &a);

    if (r < 0) {
        fuse_reply_err(req, -r);
        return;
    }
    fuse_reply_attr(req, &a.st, a.timeout);
}

/* Those who asked for the exact size have waited for it; of what failed a placeholder is told after
 * all. */
static bool was_given_up(const struct parked *p, int err)
{
    const struct front *f = p->ctx;
    uint64_t size;

    if (err == 0 || dataset_look_size(f->rooms.dataset, p->key, &size) == SIZE_FAILED)
        return false;
    fuse_reply_err(p->req, -err);
    return true;
}

static struct place place_of(struct key k)
{
    return (struct place){.kind = PLACE_ELEMENT, .output = k.output, .index = k.index};
}

static void answer_lookup(const struct parked *p, struct content *content, int err)
{
    if (!was_given_up(p, err))
        reply_entry(p->ctx, p->req, place_of(p->key));
}

static void answer_getattr(const struct parked *p, struct content *content, int err)
{
    if (!was_given_up(p, err))
        reply_attr(p->ctx, p->req, place_of(p->key));
}

static void lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct front *f = front_of(req);
    struct place dir, p;

    if (!front_find(req, parent, &dir))
        return;
    if (!names_find(f->rooms.names, dir, name, &p)) {
        if (dir.kind == PLACE_ERRORS)
            fuse_reply_err(req, ENOENT);
        else if (names_is_full(f->rooms.names, dir))
            fuse_reply_err(req, ENOSPC);
        else
            fuse_reply_entry(req, &(struct fuse_entry_param){.entry_timeout = FRONT_YEAR});
        return;
    }
    if (p.kind == PLACE_ELEMENT)
        dataset_refresh(f->rooms.dataset, key_of(p));
    if (front_must_wait(f, p)) {
        parking_want(
            f->parking,
            &(struct parked){.req = req, .key = key_of(p), .ctx = f, .answer = answer_lookup});
    } else {
        reply_entry(f, req, p);
    }
}

/* Of a version that is not the present one, for who has it open. */
static bool reply_old_attr(fuse_req_t req, fuse_ino_t ino)
{
    const struct front *f = front_of(req);
    struct place p;
    struct attr a;
    uint64_t size;

    if (front_is_current(f, ino) || !find_place(f, ino, &p) || p.kind != PLACE_ELEMENT ||
        !dataset_look_past(f->rooms.dataset, key_of(p), (unsigned)(ino >> VERSION_SHIFT), &size) ||
        get_attr(f, p, &a) < 0)
        return false;
    a.st.st_size = (off_t)size;
    a.st.st_blocks = (blkcnt_t)((size + 511) / 512);
    fuse_reply_attr(req, &a.st, FRONT_YEAR);
    return true;
}

static void getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct front *f = front_of(req);
    struct place p;

    if (reply_old_attr(req, ino) || !front_find(req, ino, &p))
        return;
    if (front_must_wait(f, p))
        parking_want(
            f->parking,
            &(struct parked){.req = req, .key = key_of(p), .ctx = f, .answer = answer_getattr});
    else
        reply_attr(f, req, p);
}

static void front_readlink(fuse_req_t req, fuse_ino_t ino)
{
    g_autoptr(GString) link = NULL;
    struct place p;

    if (!front_find(req, ino, &p))
        return;
    if (!names_is_link(p)) {
        fuse_reply_err(req, EINVAL);
        return;
    }
    link = g_string_new(NULL);
    names_print_link(front_of(req)->rooms.names, p, link);
    fuse_reply_readlink(req, link->str);
}

/* Inode numbers are arithmetic: nothing was remembered. */
static void forget(fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
    fuse_reply_none(req);
}

static void forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    fuse_reply_none(req);
}

static void front_statfs(fuse_req_t req, fuse_ino_t ino)
{
    const struct plan *plan = dataset_plan(front_of(req)->rooms.dataset);
    struct statvfs st = {.f_bsize = 4096, .f_frsize = 4096, .f_namemax = 255};

    for (uint32_t n = 0; n < plan_n_datasets(plan); n++)
        st.f_files += plan_output(plan, n)->seq->len;
    fuse_reply_statfs(req, &st);
}

/* Removing an error's report forgets the failure. */
static bool may_forget(fuse_req_t req)
{
    const struct fuse_ctx *ctx = fuse_req_ctx(req);

    return ctx->uid == 0 || ctx->uid == front_of(req)->rooms.base.uid;
}

static void front_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct front *f = front_of(req);
    struct place dir, p;

    if (!front_find(req, parent, &dir))
        return;
    if (dir.kind != PLACE_ERRORS || !names_find(f->rooms.names, dir, name, &p) || !is_error(p))
        fuse_reply_err(req, EROFS);
    else if (!may_forget(req))
        fuse_reply_err(req, EPERM);
    else
        fuse_reply_err(req, control_forget(f->rooms.dataset, f->rooms.names, p) ? 0 : ENOENT);
}

static void front_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
    bool forgettable;
    struct place p;
    int err = 0;

    if (!front_find(req, ino, &p))
        return;
    forgettable = (is_error(p) || p.kind == PLACE_ERRORS) && may_forget(req);
    if ((mask & W_OK) != 0 && !forgettable)
        err = EROFS;
    else if ((mask & X_OK) != 0 && !names_is_dir(p))
        err = EACCES;
    fuse_reply_err(req, err);
}

static void reply_text(fuse_req_t req, const char *text, size_t len, size_t size)
{
    if (size == 0)
        fuse_reply_xattr(req, len);
    else if (size < len)
        fuse_reply_err(req, ERANGE);
    else
        fuse_reply_buf(req, text, len);
}

static struct failure *find_failure(const struct front *f, fuse_ino_t ino)
{
    struct place p;

    if (!find_place(f, ino, &p) || p.kind != PLACE_ELEMENT)
        return NULL;
    return dataset_look_failure(f->rooms.dataset, key_of(p));
}

/* What is not of "user." is not supported rather than absent: `ls -l` then asks once, not for every
 * file. */
static void front_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
    const struct front *f = front_of(req);
    OWN(failure_unref) struct failure *failure = NULL;
    g_autoptr(GString) text = NULL;

    if (strcmp(name, ERROR_XATTR) == 0)
        failure = find_failure(f, ino);
    if (failure == NULL) {
        fuse_reply_err(req, g_str_has_prefix(name, "user.") ? ENODATA : EOPNOTSUPP);
        return;
    }
    text = g_string_new(NULL);
    control_print_headline(f->rooms.dataset, f->rooms.conf, failure, text);
    reply_text(req, text->str, text->len, size);
}

static void front_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
    OWN(failure_unref) struct failure *failure = find_failure(front_of(req), ino);

    reply_text(req, ERROR_XATTR, failure != NULL ? sizeof ERROR_XATTR : 0, size);
}

/* Whoever wants to write is told that the file system is read-only, whatever the permissions. */

static void refuse_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int what,
                           struct fuse_file_info *fi)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                         dev_t dev)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
                          fuse_ino_t new_parent, const char *new_name, unsigned flags)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t new_parent, const char *new_name)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
                          struct fuse_file_info *fi)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
                         struct fuse_file_info *fi)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
                            size_t size, int flags)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    fuse_reply_err(req, EROFS);
}

static void refuse_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len,
                             struct fuse_file_info *fi)
{
    fuse_reply_err(req, EROFS);
}

static void want(struct fuse_conn_info *conn, unsigned cap)
{
    if ((conn->capable & cap) == 0)
        return;
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
    fuse_set_feature_flag(conn, cap);
#else
    conn->want |= cap;
#endif
}

static void unwant(struct fuse_conn_info *conn, unsigned cap)
{
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17)
    fuse_unset_feature_flag(conn, cap);
#else
    conn->want &= ~cap;
#endif
}

static void front_init(void *userdata, struct fuse_conn_info *conn)
{
    const struct front *f = userdata;

    /* Nearly every read is a background request to the kernel; its default of 12 makes readers
     * queue. */
    conn->max_background = 1024;
    conn->congestion_threshold = 768;
    want(conn, FUSE_CAP_ASYNC_READ);
    want(conn, FUSE_CAP_PARALLEL_DIROPS);
    want(conn, FUSE_CAP_READDIRPLUS);
    want(conn, FUSE_CAP_READDIRPLUS_AUTO);
    want(conn, FUSE_CAP_AUTO_INVAL_DATA); /* what shrinks a placeholder before the first read */
    want(conn, FUSE_CAP_CACHE_SYMLINKS);
    unwant(conn, FUSE_CAP_SPLICE_READ);
    unwant(conn, FUSE_CAP_SPLICE_WRITE);
    unwant(conn, FUSE_CAP_SPLICE_MOVE);
    unwant(conn, FUSE_CAP_WRITEBACK_CACHE);
    if (f->rooms.ready != NULL)
        f->rooms.ready(f->rooms.ready_ctx);
}

const struct fuse_lowlevel_ops front_ops = {
    .init = front_init,
    .lookup = lookup,
    .forget = forget,
    .forget_multi = forget_multi,
    .getattr = getattr,
    .readlink = front_readlink,
    .open = front_open,
    .read = front_read,
    .release = front_release,
    .readdir = front_readdir,
    .readdirplus = front_readdirplus,
    .statfs = front_statfs,
    .unlink = front_unlink,
    .access = front_access,
    .getxattr = front_getxattr,
    .listxattr = front_listxattr,
    .setattr = refuse_setattr,
    .mknod = refuse_mknod,
    .mkdir = refuse_mkdir,
    .rmdir = refuse_rmdir,
    .symlink = refuse_symlink,
    .rename = refuse_rename,
    .link = refuse_link,
    .create = refuse_create,
    .write = refuse_write,
    .setxattr = refuse_setxattr,
    .removexattr = refuse_removexattr,
    .fallocate = refuse_fallocate,
};
