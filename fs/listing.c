/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists folders.  An entry's offset is the position behind it and 2 ("." and ".." come first), so
 * nothing is kept between requests and any of them may begin anywhere. */
#include "fs/front_parts.h"

#include <errno.h>

#define HIDDEN (UINT64_C(1) << 62) /* position of the first entry of those that are hidden */
#define BUFFER_MAX \
    (1u << 20) /* the kernel asks for as much as its caller; short answers are allowed */

/* Of each thread, used within one request. */
struct scratch {
    size_t cap;
    char *buf;     /* owned */
    GString *name; /* owned */
};

/* One request.  Lifetime: call. */
struct listing {
    const struct front *front;
    fuse_req_t req;
    struct place dir;
    bool plus;
    struct scratch *scratch;
    size_t size, len;              /* of the reply: at most, so far */
    struct fuse_entry_param plain; /* to be told to the kernel without attributes: kept, since
                                      clearing one for each entry is what listings spent most on */
};

static void free_scratch(void *scratch)
{
    struct scratch *s = scratch;

    g_free(s->buf);
    g_string_free(s->name, TRUE);
    g_free(s);
}

static GPrivate scratches = G_PRIVATE_INIT(free_scratch);

/* NULL = no memory. */
static struct scratch *find_scratch(size_t size)
{
    struct scratch *s = g_private_get(&scratches);

    if (s == NULL) {
        s = g_new0(struct scratch, 1);
        s->name = g_string_new(NULL);
        g_private_set(&scratches, s);
    }
    if (s->cap < size) {
        char *grown = g_try_realloc(s->buf, size);

        if (grown == NULL)
            return NULL;
        s->buf = grown;
        s->cap = size;
    }
    return s;
}

static mode_t type_of(struct place p)
{
    if (names_is_dir(p))
        return S_IFDIR;
    return names_is_link(p) ? S_IFLNK : S_IFREG;
}

/* Whether the attributes of an entry go along: where they cost little, and need no evaluation. */
static bool tells_attr(const struct listing *l, struct place p)
{
    return p.kind != PLACE_ERROR && p.kind != PLACE_ERROR_ROW && p.kind != PLACE_CONTROL &&
           !front_must_wait(l->front, p);
}

/* false = the reply is full. */
static bool append(struct listing *l, const char *name, const struct fuse_entry_param *e,
                   uint64_t next)
{
    char *at = l->scratch->buf + l->len;
    size_t room = l->size - l->len;
    size_t need = l->plus ? fuse_add_direntry_plus(l->req, at, room, name, e, (off_t)next)
                          : fuse_add_direntry(l->req, at, room, name, &e->attr, (off_t)next);

    if (need > room)
        return false;
    l->len += need;
    return true;
}

/* An entry of which the kernel learns its number and its type alone. */
static bool append_plain(struct listing *l, const char *name, struct place p, uint64_t next)
{
    l->plain.attr.st_ino = names_ino(l->front->rooms.names, p);
    l->plain.attr.st_mode = type_of(p);
    return append(l, name, &l->plain, next);
}

static bool append_attr(struct listing *l, const char *name, struct place p, uint64_t next)
{
    const struct front_rooms *rooms = &l->front->rooms;
    struct fuse_entry_param e = {.entry_timeout = FRONT_YEAR};
    struct attr a;

    if (attr_get(&rooms->base, rooms->conf, rooms->dataset, rooms->names, p, &a) < 0)
        return true;
    e.ino = front_ino(l->front, p);
    e.attr = a.st;
    e.attr_timeout = a.timeout;
    return append(l, name, &e, next);
}

static bool append_entry(struct listing *l, const char *name, struct place p, uint64_t next)
{
    return l->plus && tells_attr(l, p) ? append_attr(l, name, p, next)
                                       : append_plain(l, name, p, next);
}

/* Positions are those of files: an entry that leads to several of them ends behind its last. */
static void list_errors(struct listing *l, uint64_t from)
{
    const struct front_rooms *rooms = &l->front->rooms;
    GString *name = l->scratch->name;
    uint64_t first, end, at;
    struct place p;

    names_span(rooms->names, l->dir, &first, &end);
    from += first;
    while (errlog_next(dataset_errlog(rooms->dataset), l->dir.output, from, &at) && at < end) {
        uint64_t ignored;

        g_string_truncate(name, 0);
        names_error_entry(rooms->names, l->dir, at, &p, name);
        names_span(rooms->names, p, &ignored, &from);
        if (!append_entry(l, name->str, p, from - first + 2))
            return;
    }
}

/* .errors and .seqfs, at the end of the root where they are to be seen. */
static void list_hidden(struct listing *l, uint64_t from)
{
    static const char *const hidden[] = {".errors", ".seqfs"};
    struct place p;

    for (uint64_t i = from > HIDDEN ? from - HIDDEN : 0; i < G_N_ELEMENTS(hidden); i++) {
        if (names_find(l->front->rooms.names, l->dir, hidden[i], &p) &&
            !append_entry(l, hidden[i], p, HIDDEN + i + 3))
            return;
    }
}

static void list_entries(struct listing *l, uint64_t from)
{
    const struct names *names = l->front->rooms.names;
    GString *name = l->scratch->name;
    struct place p;

    g_string_truncate(name, 0);
    while (from < HIDDEN && names_next(names, l->dir, &from, &p, name)) {
        if (!append_entry(l, name->str, p, from + 2))
            return;
        g_string_truncate(name, 0);
    }
    if (l->front->rooms.conf->control_visible && l->dir.kind == PLACE_DIR && l->dir.output == 0)
        list_hidden(l, from);
}

static void list(struct listing *l, uint64_t off)
{
    const uint64_t from = off > 2 ? off - 2 : 0;

    if (off < 1 && !append_plain(l, ".", l->dir, 1))
        return;
    if (off < 2 && !append_plain(l, "..", names_parent(l->front->rooms.names, l->dir), 2))
        return;
    if (l->dir.kind == PLACE_ERRORS && l->dir.output != PLACE_ALL)
        list_errors(l, from);
    else
        list_entries(l, from);
}

static void reply_listing(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
    struct listing l = {
        .front = front_of(req), .req = req, .plus = plus, .size = MIN(size, BUFFER_MAX)};

    if (!front_find(req, ino, &l.dir))
        return;
    l.scratch = find_scratch(l.size);
    if (l.scratch == NULL || !names_is_dir(l.dir)) {
        fuse_reply_err(req, l.scratch == NULL ? ENOMEM : ENOTDIR);
        return;
    }
    list(&l, (uint64_t)off);
    fuse_reply_buf(req, l.scratch->buf, l.len);
}

void front_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                   struct fuse_file_info *fi)
{
    reply_listing(req, ino, size, off, false);
}

void front_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                       struct fuse_file_info *fi)
{
    reply_listing(req, ino, size, off, true);
}
