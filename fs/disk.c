/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two queues, of what is to be read and of what is to be written, and the threads that empty them.
 */
#include "fs/disk.h"

#define QUEUE_MAX (UINT64_C(64) << 20)         /* bytes that wait to be written */
#define PATIENCE (INT64_C(2) * G_USEC_PER_SEC) /* at the end, for those */
#define CHUNK (64 * 1024)

/* A content to be read. */
struct fetch {
    struct key key;
    struct identity id;
    disk_done_fn *done;
    void *ctx;
};

/* A content to be written. */
struct keep {
    struct identity id;
    struct content *content; /* a reference */
};

struct disk {
    struct vault *vault; /* owned */
    struct log *log;     /* borrowed */
    GThread *reader, *writer;
    GMutex lock;
    /* below: under lock */
    GCond come;      /* something was put into a queue, or closing was set */
    GQueue fetches;  /* struct fetch, owned */
    GQueue keeps;    /* struct keep, owned */
    uint64_t queued; /* bytes of keeps, and of the one being written */
    uint64_t skipped;
    int64_t closing; /* g_get_monotonic_time() of the end; 0 = not yet */
};

static void tell_troubles(struct disk *d)
{
    struct fault f;

    while (vault_take_trouble(d->vault, &f))
        log_add(d->log, "%s", f.text);
}

static void do_fetch(struct disk *d, struct fetch *own_f, bool closing)
{
    struct content *c = NULL;
    uint64_t len;
    int fd;

    if (!closing && vault_get(d->vault, own_f->id, &fd, &len) == 0)
        c = content_new_final(fd, len);
    tell_troubles(d);
    own_f->done(own_f->ctx, own_f->key, own_f->id, c);
    g_free(own_f);
}

/* A content that lies in a file itself: what was spilled. */
static void copy(struct vault_writing *w, const struct content *c)
{
    unsigned char chunk[CHUNK];
    uint64_t off = 0;
    ssize_t n;

    while ((n = content_read(c, off, chunk, sizeof chunk)) > 0) {
        vault_write_add(w, chunk, (size_t)n);
        off += (uint64_t)n;
    }
}

static void do_keep(struct disk *d, const struct keep *k)
{
    const struct content *c = k->content;
    const void *memory = content_memory(c);
    struct vault_writing *w = vault_write(d->vault, k->id, content_len(c));

    if (w && memory)
        vault_write_add(w, memory, content_len(c));
    else if (w)
        copy(w, c);
    vault_write_end(w);
    tell_troubles(d);
}

static void free_keep(struct keep *k)
{
    content_unref(k->content);
    g_free(k);
}

/* The next of either queue, of which one is NULL; both are: it is the end.  Waits. */
static void take(struct disk *d, bool writes, struct fetch **ret_fetch, struct keep **ret_keep)
{
    *ret_fetch = NULL;
    *ret_keep = NULL;
    g_mutex_lock(&d->lock);
    while (d->fetches.length == 0 && !(writes && d->keeps.length > 0) && !d->closing)
        g_cond_wait(&d->come, &d->lock);
    *ret_fetch = g_queue_pop_head(&d->fetches);
    if (!*ret_fetch && writes)
        *ret_keep = g_queue_pop_head(&d->keeps);
    g_mutex_unlock(&d->lock);
}

/* Until when the end may take; 0 = it is not the end. */
static int64_t end_of(struct disk *d)
{
    g_mutex_lock(&d->lock);
    int64_t end = d->closing ? d->closing + PATIENCE : 0;
    g_mutex_unlock(&d->lock);
    return end;
}

static void finish_keep(struct disk *d, struct keep *own_k)
{
    g_mutex_lock(&d->lock);
    d->queued -= content_len(own_k->content);
    g_mutex_unlock(&d->lock);
    free_keep(own_k);
}

static void run(struct disk *d, bool writes)
{
    struct fetch *fetch;
    struct keep *keep;

    for (;;) {
        take(d, writes, &fetch, &keep);
        if (!fetch && !keep)
            return;
        int64_t end = end_of(d);
        if (fetch)
            do_fetch(d, fetch, end > 0);
        if (keep && (end == 0 || g_get_monotonic_time() < end))
            do_keep(d, keep);
        if (keep)
            finish_keep(d, keep);
    }
}

static void *run_reader(void *d)
{
    run(d, false);
    return NULL;
}

static void *run_writer(void *d)
{
    run(d, true);
    return NULL;
}

struct disk *disk_new(struct vault *own, struct log *log)
{
    struct disk *d = g_new0(struct disk, 1);

    d->vault = own;
    d->log = log;
    g_mutex_init(&d->lock);
    g_cond_init(&d->come);
    g_queue_init(&d->fetches);
    g_queue_init(&d->keeps);
    d->reader = g_thread_new("disk-read", run_reader, d);
    d->writer = g_thread_new("disk-write", run_writer, d);
    return d;
}

void disk_free(struct disk *d)
{
    if (!d)
        return;
    g_mutex_lock(&d->lock);
    d->closing = g_get_monotonic_time();
    g_cond_broadcast(&d->come);
    g_mutex_unlock(&d->lock);
    g_thread_join(d->reader);
    g_thread_join(d->writer);
    vault_free(d->vault);
    g_cond_clear(&d->come);
    g_mutex_clear(&d->lock);
    g_free(d);
}

void disk_fetch(struct disk *d, struct key k, struct identity id, disk_done_fn *done, void *ctx)
{
    struct fetch *f = g_new(struct fetch, 1);

    *f = (struct fetch){.key = k, .id = id, .done = done, .ctx = ctx};
    g_mutex_lock(&d->lock);
    g_queue_push_tail(&d->fetches, f);
    g_cond_broadcast(&d->come);
    g_mutex_unlock(&d->lock);
}

void disk_keep(struct disk *d, struct identity id, struct content *c)
{
    uint64_t len = content_len(c);

    if (identity_is_none(id))
        return;
    g_mutex_lock(&d->lock);
    if (d->queued > 0 && len > QUEUE_MAX - MIN(d->queued, QUEUE_MAX)) {
        d->skipped++;
    } else {
        struct keep *k = g_new(struct keep, 1);
        *k = (struct keep){.id = id, .content = content_ref(c)};
        g_queue_push_tail(&d->keeps, k);
        d->queued += len;
        g_cond_broadcast(&d->come);
    }
    g_mutex_unlock(&d->lock);
}

void disk_look_figures(struct disk *d, struct disk_figures *ret)
{
    vault_look_figures(d->vault, &ret->vault);
    g_mutex_lock(&d->lock);
    ret->skipped = d->skipped;
    ret->queued = d->queued;
    g_mutex_unlock(&d->lock);
}
