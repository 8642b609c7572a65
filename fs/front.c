/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the kernel what places there are, and that none of them can be written. */
#include "fs/front_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fs/control.h"

#define ERROR_XATTR "user.seqfs.error"

static void start_threads(struct front *f)
{
    f->printers = g_thread_pool_new(front_print, f, 2, FALSE, NULL);
    f->correctors = g_thread_pool_new(front_correct, f, 2, FALSE, NULL);
    f->writers = g_thread_pool_new(front_put_into_force, f, 1, FALSE, NULL);
}

/* Waits until all that they were given is done. */
static void stop_threads(struct front *f)
{
    GThreadPool *pools[] = {g_steal_pointer(&f->printers), g_steal_pointer(&f->correctors),
                            g_steal_pointer(&f->writers)};

    for (unsigned i = 0; i < G_N_ELEMENTS(pools); i++)
        if (pools[i] != NULL)
            g_thread_pool_free(pools[i], FALSE, TRUE);
}

struct front *front_new(const struct front_rooms *rooms)
{
    struct front *f = g_new0(struct front, 1);

    f->rooms = *rooms;
    f->parking = parking_new(rooms->dataset);
    f->opened = opened_new();
    g_mutex_init(&f->lock);
    g_queue_init(&f->written);
    for (unsigned i = 0; i < FRONT_CORRECTIONS; i++)
        g_mutex_init(&f->correcting[i]);
    start_threads(f);
    return f;
}

static void end_written(struct front *f)
{
    struct handle *h;

    g_mutex_lock(&f->lock);
    while ((h = g_queue_pop_head(&f->written)) != NULL) {
        handle_close_writing(h);
        handle_unref(h);
    }
    g_mutex_unlock(&f->lock);
}

void front_free(struct front *f)
{
    if (f == NULL)
        return;
    stop_threads(f);
    end_written(f);
    parking_free(f->parking);
    opened_free(f->opened);
    for (unsigned i = 0; i < FRONT_CORRECTIONS; i++)
        g_mutex_clear(&f->correcting[i]);
    g_mutex_clear(&f->lock);
    g_free(f);
}

void front_set_session(struct front *f, struct fuse_session *se)
{
    f->session = se;
}

void front_drain(struct front *f, int err)
{
    parking_drain(f->parking, err);
    stop_threads(f);
}

/* Behind all that there were: who still has a file open has it under one of those.  Only if an
 * element was changed more than a hundred times may one of them come again. */
static void skip_versions(struct front *f)
{
    const unsigned newest = sizes_newest(dataset_sizes(f->rooms.dataset));

    f->first_version += 1 + MIN(newest, SIZES_VERSIONS - 2);
}

void front_swap(struct front *f, const struct front_rooms *rooms, struct front_rooms *ret_old)
{
    dataset_stop(f->rooms.dataset, -ESTALE);
    front_drain(f, -ESTALE);
    end_written(f);
    parking_free(f->parking);
    skip_versions(f);
    *ret_old = f->rooms;
    f->generation++;
    f->rooms.conf = rooms->conf;
    f->rooms.dataset = rooms->dataset;
    f->rooms.names = rooms->names;
    f->parking = parking_new(rooms->dataset);
    start_threads(f);
}

/* What libfuse 3.14 has no name for: the kernel looks up all names anew (Linux 6.17). */
#define NOTIFY_INC_EPOCH 8

/* One message forgets all names; false = the kernel does not know it. */
static bool forget_all_names(const struct front *f)
{
    const struct {
        uint32_t len;
        int32_t code;
        uint64_t unique;
    } message = {sizeof message, NOTIFY_INC_EPOCH, 0}; /* struct fuse_out_header */

    return write(fuse_session_fd(f->session), &message, sizeof message) == sizeof message;
}

/* Of those in the root; folders below are others by now. */
static void forget_names(const struct front *f, const struct names *n)
{
    static const char *const hidden[] = {".errors", ".seqfs"};
    const struct place root = {.kind = PLACE_DIR};
    g_autoptr(GString) name = g_string_new(NULL);
    uint64_t pos = 0;
    struct place p;

    while (!fuse_session_exited(f->session) && names_next(n, root, &pos, &p, name)) {
        fuse_lowlevel_notify_inval_entry(f->session, FUSE_ROOT_ID, name->str, name->len);
        g_string_truncate(name, 0);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(hidden); i++)
        fuse_lowlevel_notify_inval_entry(f->session, FUSE_ROOT_ID, hidden[i], strlen(hidden[i]));
}

void front_tell_swap(struct front *f, const struct front_rooms *old)
{
    fuse_lowlevel_notify_inval_inode(f->session, FUSE_ROOT_ID, -1, 0);
    if (forget_all_names(f))
        return;
    forget_names(f, old->names);
    forget_names(f, f->rooms.names);
}

static struct key key_of(struct place p)
{
    return (struct key){p.output, p.index};
}

/* The number of a place in the kernel has its version above the place's own, where there is room:
 * another version is another inode, with pages of its own.  The root's is given. */
#define VERSION_SHIFT 56
#define PLACE_MASK ((UINT64_C(1) << VERSION_SHIFT) - 1)

static bool has_versions(const struct front *f)
{
    return names_end_of_inos(f->rooms.names) <= PLACE_MASK;
}

static uint64_t version_of(const struct front *f, struct place p)
{
    uint64_t version = f->first_version;

    if (p.kind == PLACE_ELEMENT)
        version += sizes_version(dataset_sizes(f->rooms.dataset), key_of(p));
    return (version % SIZES_VERSIONS) << VERSION_SHIFT;
}

fuse_ino_t front_ino(const struct front *f, struct place p)
{
    const uint64_t ino = names_ino(f->rooms.names, p);

    return ino == FUSE_ROOT_ID || !has_versions(f) ? ino : ino | version_of(f, p);
}

static bool find_place(const struct front *f, fuse_ino_t ino, struct place *ret)
{
    return names_place(f->rooms.names, has_versions(f) ? ino & PLACE_MASK : ino, ret);
}

bool front_look(const struct front *f, fuse_ino_t ino, struct place *ret)
{
    struct place p;

    if (!find_place(f, ino, &p) || front_ino(f, p) != ino)
        return false;
    *ret = p;
    return true;
}

bool front_is_current(const struct front *f, fuse_ino_t ino)
{
    struct place ignored;

    return front_look(f, ino, &ignored);
}

bool front_find(fuse_req_t req, fuse_ino_t ino, struct place *ret)
{
    if (front_look(front_of(req), ino, ret))
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
                              .entry_timeout = front_is_error(p) ? 0 : FRONT_YEAR,
                          });
}

void front_reply_attr(fuse_req_t req, struct place p)
{
    struct attr a;
    int r = get_attr(front_of(req), p, &a);

    if (r < 0)
        fuse_reply_err(req, -r);
    else
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

static void answer_getattr(const struct parked *p, struct content *content, int err)
{
    if (!was_given_up(p, err))
        front_reply_attr(p->req, place_of(p->key));
}

/* Never waits: the kernel keeps all others out of the folder meanwhile.  Where the size is to be
 * exact, what it is told here has no time to live, and it asks for the attributes by themselves. */
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
    reply_entry(f, req, p);
}

/* Of an inode that leads nowhere any more, for who has it open. */
static bool reply_old_attr(fuse_req_t req, fuse_ino_t ino)
{
    const struct front *f = front_of(req);
    struct stat st = {.st_ino = ino & PLACE_MASK,
                      .st_mode = S_IFREG | 0444,
                      .st_nlink = 1,
                      .st_uid = f->rooms.base.uid,
                      .st_gid = f->rooms.base.gid,
                      .st_blksize = 4096,
                      .st_atim = f->rooms.base.start,
                      .st_mtim = f->rooms.base.start,
                      .st_ctim = f->rooms.base.start};
    uint64_t size;

    if (front_is_current(f, ino) || !opened_look(f->opened, ino, &size))
        return false;
    st.st_size = (off_t)size;
    st.st_blocks = (blkcnt_t)((size + 511) / 512);
    fuse_reply_attr(req, &st, FRONT_YEAR);
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
            &(struct parked){
                .req = req, .key = key_of(p), .fetch = true, .ctx = f, .answer = answer_getattr});
    else
        front_reply_attr(req, p);
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
    struct front *f = userdata;

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
    if (f->rooms.stores->disk != NULL)
        passthrough_init(&f->passthrough, conn);
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
    .setattr = front_setattr,
    .mknod = front_mknod,
    .mkdir = front_mkdir,
    .rmdir = front_rmdir,
    .symlink = front_symlink,
    .rename = front_rename,
    .link = front_link,
    .create = front_create,
    .write = front_write,
    .flush = front_flush,
    .setxattr = front_setxattr,
    .removexattr = front_removexattr,
    .fallocate = front_fallocate,
};
