/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens, reads and closes files.  An open file holds one content, in fi->fh. */
#include "fs/front_parts.h"

#include <errno.h>
#include <fcntl.h>

#include "fs/control.h"

/* A control file or an error report whose text is being made.  Lifetime: until the reply. */
struct printing {
    fuse_req_t req;
    fuse_ino_t ino;
    struct place place;
    struct fuse_file_info fi;
};

/* The file is closed, or was never opened. */
static void end_handle(struct front *f, struct handle *h)
{
    const uint64_t ino = handle_source(h)->ino;

    if (handle_is_written(h))
        front_end_writing(f, h);
    if (ino != 0)
        opened_remove(f->opened, ino);
    handle_unref(h);
}

void front_reply_handle(fuse_req_t req, struct fuse_file_info fi, struct handle *own)
{
    struct front *f = front_of(req);

    fi.fh = (uintptr_t)own;
    /* A failed reply is an open that was given up: no release will come. */
    if (fuse_reply_open(req, &fi) < 0)
        end_handle(f, own);
}

/* What is opened without the page cache asks for more than every backing file can do. */
static int find_backing(struct front *f, fuse_req_t req, const struct opened_file *file,
                        const struct fuse_file_info *fi, const struct content *c)
{
    if (c == NULL || file->stamp == 0 || (fi->flags & O_DIRECT) != 0 ||
        !opened_may_back(f->opened, file->ino))
        return 0;
    return passthrough_open(&f->passthrough, req, c, dataset_log(f->rooms.dataset));
}

/* Whoever opens it next need not wait for the disk. */
static void note_backing(const struct front *f, const struct handle_source *source)
{
    struct dataset *d = f->rooms.dataset;

    stats_add(dataset_stats(d), STAT_OPENS_PASSTHROUGH, 1);
    if (!sizes_is_kept(dataset_sizes(d), source->key))
        dataset_kernel_has(d, source->key, source->stamp);
}

static void reply_element(struct front *f, fuse_req_t req, fuse_ino_t ino, struct fuse_file_info fi,
                          struct key k, struct content *c)
{
    struct sizes *sizes = dataset_sizes(f->rooms.dataset);
    struct handle_source source = {
        .key = k, .ino = ino, .generation = f->generation, .uncached = (fi.flags & O_DIRECT) != 0};
    struct opened_file file = {.ino = ino};
    int backing;

    /* In this order, the stamp is of this version, or it is no longer the present one. */
    sizes_open(sizes, k);
    source.stamp = file.stamp = sizes_look_stamp(sizes, k);
    if (!front_is_current(f, ino)) {
        fuse_reply_err(req, ESTALE);
        return;
    }
    if (c != NULL)
        file.len = content_len(c);
    else
        sizes_look(sizes, k, &file.len);
    backing = opened_add(f->opened, &file, find_backing(f, req, &file, &fi, c));
    if (backing < 0) {
        fuse_reply_err(req, -backing);
        return;
    }
    if (backing != 0)
        note_backing(f, &source);
    passthrough_set(&fi, backing);
    if (source.stamp ==
        0) /* what it is cannot be told, so nobody knows whether it is still the same */
        fi.keep_cache = 0;
    fi.noflush = 1;
    front_reply_handle(req, fi, handle_new(backing != 0 ? NULL : c, file.len, &source));
}

/* An open whose size the kernel has to be told first.  Lifetime: until the reply. */
struct correction {
    fuse_req_t req;
    fuse_ino_t ino;
    struct key key;
    struct fuse_file_info fi;
    struct content *content; /* owned */
};

/* Splice and mmap trust the size that they find, so one that was told too small is raised by
 * writing the last byte behind it. */
static void raise_size(const struct front *f, fuse_ino_t ino, const struct content *c)
{
    const uint64_t len = content_len(c);
    struct fuse_bufvec buf = FUSE_BUFVEC_INIT(1);
    char last;

    if (content_read(c, len - 1, &last, 1) != 1)
        return;
    buf.buf[0].mem = &last;
    fuse_lowlevel_notify_store(f->session, ino, (off_t)(len - 1), &buf, 0);
}

static bool is_beyond(const struct front *f, const struct content *c)
{
    return c != NULL && content_len(c) > f->rooms.conf->placeholder;
}

/* Marks what the kernel was told as out of date, once: in that, it also forgets answers under way
 * that tell a placeholder.  No open of this version is replied to before, since a mark that comes
 * while a file is read would have the kernel ignore where the file ends, and a store would wait for
 * the read. */
static void correct_size(struct front *f, fuse_ino_t ino, struct key k, const struct content *c)
{
    struct sizes *sizes = dataset_sizes(f->rooms.dataset);
    GMutex *lock = &f->correcting[k.index % FRONT_CORRECTIONS];

    if (!sizes_has_guess(sizes, k))
        return;
    g_mutex_lock(lock);
    if (sizes_has_guess(sizes, k)) {
        if (is_beyond(f, c))
            raise_size(f, ino, c);
        fuse_lowlevel_notify_inval_inode(f->session, ino, -1, 0);
        sizes_clear_guess(sizes, k);
    }
    g_mutex_unlock(lock);
}

void front_correct(void *correction, void *front)
{
    g_autofree struct correction *job = correction;
    OWN(content_unref) struct content *c = job->content;
    struct front *f = front;

    correct_size(f, job->ino, job->key, c);
    reply_element(f, job->req, job->ino, job->fi, job->key, c);
}

/* What is larger than the placeholder is left to another thread: a store may wait for readers of an
 * inode that had this number before, and those are answered by this one. */
static bool needs_store(const struct front *f, struct key k, const struct content *c)
{
    return is_beyond(f, c) && sizes_has_guess(dataset_sizes(f->rooms.dataset), k);
}

/* Whatever went wrong with an element is EIO, and .errors tells more; what passes is told as it is.
 */
static int errno_of(int err)
{
    switch (-err) {
    case EINTR:
    case ESTALE:
    case ENODEV:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return -err;
    default:
        return EIO;
    }
}

static void answer_open(const struct parked *p, struct content *content, int err)
{
    struct front *front = p->ctx;

    if (!front_is_current(front, p->ino))
        err = -ESTALE;
    if (err < 0) {
        fuse_reply_err(p->req, errno_of(err));
        return;
    }
    if (needs_store(front, p->key, content)) {
        struct correction *job = g_new(struct correction, 1);

        *job = (struct correction){p->req, p->ino, p->key, p->fi, content_ref(content)};
        g_thread_pool_push(front->correctors, job, NULL);
        return;
    }
    correct_size(front, p->ino, p->key, content);
    reply_element(front, p->req, p->ino, p->fi, p->key, content);
}

/* NULL = it is not there any more. */
static GBytes *print(const struct front *f, struct place p)
{
    GString *text = g_string_new(NULL);

    if (p.kind != PLACE_CONTROL) {
        OWN(failure_unref)
        struct failure *failure = control_look_failure(f->rooms.dataset, f->rooms.names, p);

        if (failure == NULL) {
            g_string_free(text, TRUE);
            return NULL;
        }
        control_print_error(f->rooms.dataset, f->rooms.conf, failure, text);
    } else {
        control_print(p.index, f->rooms.dataset, f->rooms.names, text);
    }
    return g_string_free_to_bytes(text);
}

void front_print(void *printing, void *front)
{
    g_autofree struct printing *job = printing;
    OWN(content_unref) struct content *c = NULL;
    const struct front *f = front;
    GBytes *text = print(f, job->place);

    if (text == NULL) {
        fuse_reply_err(job->req, ENOENT);
        return;
    }
    job->fi.direct_io = job->place.kind == PLACE_CONTROL;
    job->fi.noflush = 1;
    if (job->place.kind != PLACE_CONTROL)
        fuse_lowlevel_notify_inval_inode(f->session, job->ino, -1, 0);
    c = content_new_bytes(text, f->rooms.stores->budget);
    front_reply_handle(job->req, job->fi, handle_new(c, content_len(c), NULL));
}

static void open_text(struct front *f, fuse_req_t req, fuse_ino_t ino, struct place place,
                      const struct fuse_file_info *fi)
{
    struct printing *job = g_new(struct printing, 1);

    *job = (struct printing){.req = req, .ino = ino, .place = place, .fi = *fi};
    g_thread_pool_push(f->printers, job, NULL);
}

static void open_element(struct front *f, fuse_req_t req, fuse_ino_t ino, struct key k,
                         const struct fuse_file_info *fi)
{
    parking_want(f->parking,
                 &(struct parked){
                     .req = req, .ino = ino, .key = k, .fi = *fi, .ctx = f, .answer = answer_open});
}

void front_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct front *f = front_of(req);
    struct place p;

    if (!front_find(req, ino, &p))
        return;
    if ((fi->flags & O_ACCMODE) != O_RDONLY || (fi->flags & O_TRUNC) != 0)
        front_open_to_write(req, p, fi);
    else if (p.kind == PLACE_ELEMENT)
        open_element(f, req, ino, (struct key){p.output, p.index}, fi);
    else if (p.kind == PLACE_ERROR || p.kind == PLACE_ERROR_ROW || p.kind == PLACE_CONTROL)
        open_text(f, req, ino, p, fi);
    else
        fuse_reply_err(req, EINVAL);
}

/* Scratch of each thread that reads from files, used within one call. */
static GPrivate read_buffer = G_PRIVATE_INIT(g_free);

static void *find_buffer(size_t size)
{
    enum { STEP = 1 << 20 };
    struct buffer {
        size_t cap;
        char bytes[];
    } *b = g_private_get(&read_buffer);
    size_t cap = (size + STEP - 1) / STEP * STEP;

    if (b != NULL && b->cap >= size)
        return b->bytes;
    b = g_try_malloc(sizeof *b + cap);
    if (b == NULL)
        return NULL;
    b->cap = cap;
    g_private_replace(&read_buffer, b);
    return b->bytes;
}

static ssize_t reply_file(fuse_req_t req, const struct content *c, size_t size, uint64_t off)
{
    void *buf = find_buffer(size);
    ssize_t n = buf != NULL ? content_read(c, off, buf, size) : -ENOMEM;

    if (n < 0)
        fuse_reply_err(req, EIO);
    else
        fuse_reply_buf(req, buf, (size_t)n);
    return n;
}

static ssize_t reply_memory(fuse_req_t req, const char *memory, size_t size, uint64_t off,
                            uint64_t len)
{
    const size_t n = off < len ? MIN(size, len - off) : 0;

    fuse_reply_buf(req, n > 0 ? memory + off : NULL, n);
    return (ssize_t)n;
}

static ssize_t reply_read(fuse_req_t req, const struct content *c, size_t size, uint64_t off)
{
    const char *memory = content_memory(c);

    if (memory != NULL)
        return reply_memory(req, memory, size, off, content_len(c));
    return reply_file(req, c, size, off);
}

/* Whoever comes last, the last reply or the release, finds that the kernel has it all. */
static void note_whole(const struct front *f, struct handle *h)
{
    const struct handle_source *source = handle_source(h);

    if (source->stamp != 0 && !source->uncached && source->generation == f->generation &&
        handle_take_whole(h))
        dataset_kernel_has(f->rooms.dataset, source->key, source->stamp);
}

static void answer_part(fuse_req_t req, struct handle *h, size_t size, uint64_t off)
{
    const struct front *f = front_of(req); /* a request that was answered is gone */
    const ssize_t n = reply_read(req, handle_content(h), size, off);

    if (n < 0)
        return;
    handle_told(h, off, (uint64_t)n);
    if (handle_source(h)->ino != 0)
        stats_add(dataset_stats(f->rooms.dataset), STAT_BYTES_READ, (uint64_t)n);
    note_whole(f, h);
}

/* A read of what the kernel had whole once.  Lifetime: until the reply. */
struct reading {
    const struct front *front;
    struct handle *handle; /* counted */
    size_t size;
    uint64_t off;
};

/* Whether what was fetched is what was opened: the stamp changes with the source, and whoever
 * computed this has left his there. */
static bool is_same(const struct front *f, const struct handle *h)
{
    const struct handle_source *source = handle_source(h);

    return front_is_current(f, source->ino) &&
           sizes_look_stamp(dataset_sizes(f->rooms.dataset), source->key) == source->stamp;
}

static void answer_read(const struct parked *p, struct content *content, int err)
{
    g_autofree struct reading *reading = p->ctx;
    OWN(handle_unref) struct handle *h = reading->handle;

    if (err < 0 || content == NULL) {
        fuse_reply_err(p->req, err == -EINTR ? EINTR : EIO);
    } else if (!is_same(reading->front, h) || !handle_fill(h, content)) {
        dataset_note_differs(reading->front->rooms.dataset, p->key);
        fuse_reply_err(p->req, EIO);
    } else {
        answer_part(p->req, h, reading->size, reading->off);
    }
}

static void fetch(fuse_req_t req, struct handle *h, size_t size, uint64_t off)
{
    struct reading *reading;

    if (handle_source(h)->generation != front_of(req)->generation) {
        fuse_reply_err(req, EIO);
        return;
    }
    reading = g_new(struct reading, 1);
    *reading = (struct reading){front_of(req), handle_ref(h), size, off};
    parking_want(front_of(req)->parking, &(struct parked){.req = req,
                                                          .key = handle_source(h)->key,
                                                          .fetch = true,
                                                          .stamp = handle_source(h)->stamp,
                                                          .ctx = reading,
                                                          .answer = answer_read});
}

void front_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
    /* Once its reader has the bytes, the file may be released before the reply returns. */
    OWN(handle_unref) struct handle *h = handle_ref(front_handle(fi));

    if (handle_source(h)->ino != 0)
        stats_add(dataset_stats(front_of(req)->rooms.dataset), STAT_READS, 1);
    if (handle_is_written(h))
        fuse_reply_err(req, EBADF);
    else if (handle_must_refuse(h, (uint64_t)off))
        fuse_reply_err(req, EIO);
    else if (handle_content(h) == NULL)
        fetch(req, h, size, (uint64_t)off);
    else
        answer_part(req, h, size, (uint64_t)off);
}

static void close_reading(const struct front *f, struct handle *h)
{
    handle_close(h);
    note_whole(f, h);
}

static void close_spent(struct front *f, fuse_req_t req)
{
    struct opened_spent spent;
    struct place p;

    while (opened_take_spent(f->opened, &spent)) {
        passthrough_close(req, spent.backing);
        if (spent.ino != 0 && front_look(f, spent.ino, &p) && p.kind == PLACE_ELEMENT)
            sizes_unkeep(dataset_sizes(f->rooms.dataset), (struct key){p.output, p.index});
    }
}

void front_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct handle *h = front_handle(fi);
    struct front *f = front_of(req);

    if (!handle_is_written(h))
        close_reading(f, h);
    end_handle(f, h);
    close_spent(f, req);
    fuse_reply_err(req, 0);
}
