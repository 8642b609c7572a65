/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tar: the files in tars. */
#include "ops/base/whole.h"
#include "ops/op.h"
#include "ops/source/pass.h"
#include "ops/source/shards.h"
#include "ops/source/tape.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLOCK ((uint64_t)512) /* bytes that all parts of a tar are filled up to */
#define HEADERS_MAX ((uint64_t)1 << 20)
#define TYPE_AT 156 /* the byte of a header that tells what it is of */

/* Flags of members. */
#define IS_ODD ((uint64_t)1 << 0)  /* its bytes do not lie in a row: off is that of its headers */
#define IS_LOST ((uint64_t)1 << 1) /* a hard link to what is not there; off: that one's name */

/* Lifetime: call. */
struct indexing {
    const struct shard *shard;
    int fd;
    struct collected *to;
    struct tape *tape;
    GHashTable *known;      /* trimmed name to number, counted from 1; once there is a hard link */
    bool has_last;          /* the entry before this one is the last member */
    struct tape_entry last; /* the entry before this one; its texts are gone */
};

/* Whether the headers of an entry say, or might say, that it has holes: a type of its own, or a
 * word in a pax header.  To be wrong about that costs no more than another way to read it. */
static bool is_sparse(const struct indexing *x, const struct tape_entry *e)
{
    const uint64_t len = e->data - e->header;
    g_autofree char *headers = len > 0 && len <= HEADERS_MAX ? g_try_malloc(len) : NULL;

    if (!headers || whole_read_at(x->fd, headers, len, e->header) != (ssize_t)len)
        return true;
    for (uint64_t at = 0; at + BLOCK <= len; at += BLOCK)
        if (headers[at + TYPE_AT] == 'S')
            return true;
    return len > BLOCK && memmem(headers, len, "GNU.sparse", strlen("GNU.sparse"));
}

/* The entry before ended where this one begins, or it is not what it seemed. */
static void check_last(struct indexing *x, uint64_t header)
{
    const struct tape_entry *last = &x->last;
    struct member *m = x->has_last ? &x->to->at[x->to->len - 1] : NULL;
    uint64_t end;

    if (!m || m->flags != 0 ||
        (!__builtin_add_overflow(last->data, last->len + BLOCK - 1, &end) &&
         end / BLOCK * BLOCK == header))
        return;
    m->flags |= IS_ODD;
    m->off = last->header;
}

static int check_cut(const struct indexing *x, const struct tape_entry *e, struct fault *f)
{
    const uint64_t size = (uint64_t)x->shard->st.st_size;

    if (e->data <= size && e->len <= size - e->data)
        return 0;
    return fault_set(f, EIO,
                     "'%s' is cut: '%.128s' at offset %" PRIu64 " has %" PRIu64
                     " bytes, but the file ends after %" PRIu64,
                     x->shard->path, e->name, e->data, e->len, size);
}

static void know(struct indexing *x, uint64_t i)
{
    const char *name = members_trim(x->to->names + x->to->at[i].name);

    g_hash_table_replace(x->known, g_strdup(name), GSIZE_TO_POINTER(i + 1));
}

/* A hard link is what the last member of that name is. */
static int add_link(struct indexing *x, const struct tape_entry *e, struct fault *f)
{
    struct member m = {.flags = IS_LOST};
    gsize found;
    int r = 0;

    if (!x->known) {
        x->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (uint64_t i = 0; i < x->to->len; i++)
            know(x, i);
    }
    found = GPOINTER_TO_SIZE(g_hash_table_lookup(x->known, members_trim(e->link)));
    if (found)
        m = x->to->at[found - 1];
    else
        r = members_keep(x->to, e->link, f, &m.off);
    return r < 0 ? r : members_add(x->to, m, e->name, f);
}

static int add_entry(struct indexing *x, const struct tape_entry *e, struct fault *f)
{
    struct member m = {.off = e->data, .len = e->len};
    int r = 0;

    if (e->link) {
        r = add_link(x, e, f);
    } else if (is_sparse(x, e)) {
        m.flags = IS_ODD;
        m.off = e->header;
        r = members_add(x->to, m, e->name, f);
    } else if ((r = check_cut(x, e, f)) == 0) {
        r = members_add(x->to, m, e->name, f);
    }
    if (r == 0 && x->known)
        know(x, x->to->len - 1);
    x->has_last = r == 0 && !e->link;
    return r;
}

/* Some programs leave out what fills up the last block.  What has some of that is cut off, and what
 * lies behind it is of another header. */
static bool is_whole(const struct indexing *x)
{
    const uint64_t size = (uint64_t)x->shard->st.st_size, len = x->last.len;
    const uint64_t filling = (BLOCK - len % BLOCK) % BLOCK, behind = size - x->last.data - len;

    return x->has_last && x->to->at[x->to->len - 1].flags == 0 &&
           (behind == 0 || behind == filling);
}

/* Where some of what fills up the last block is there, and not all. */
static bool is_cut(const struct indexing *x)
{
    const uint64_t end = x->last.data + x->last.len, size = (uint64_t)x->shard->st.st_size;

    return x->has_last && x->to->at[x->to->len - 1].flags == 0 && size > end &&
           size - end < (BLOCK - end % BLOCK) % BLOCK;
}

static int check_end(const struct indexing *x, uint64_t end, struct fault *f)
{
    const uint64_t size = (uint64_t)x->shard->st.st_size;

    if (end <= size || is_whole(x))
        return 0;
    return fault_set(f, EIO,
                     "'%s' is cut: it should go on to offset %" PRIu64 ", but ends after %" PRIu64,
                     x->shard->path, end, size);
}

static int index_entries(struct indexing *x, struct fault *f)
{
    struct tape_entry e;
    int r;

    while ((r = tape_next(x->tape, f, &e)) > 0) {
        check_last(x, e.header);
        x->has_last = false;
        r = e.is_file ? add_entry(x, &e, f) : 0;
        x->last = e;
        if (r < 0)
            return r;
    }
    if (r < 0 && r != -ENOMEM && is_whole(x)) {
        fault_clear(f);
        return 0;
    }
    if (r < 0 && r != -ENOMEM && is_cut(x))
        return fault_set(f, EIO,
                         "'%s' is cut: it ends after %" PRIu64 ", within a block of 512 bytes",
                         x->shard->path, (uint64_t)x->shard->st.st_size);
    if (r < 0)
        return r;
    r = check_end(x, e.header, f);
    if (r == 0 && !is_whole(x))
        check_last(x, e.header);
    return r;
}

static int index_tar(const struct shard *shard, int fd, struct collected *to, struct fault *f)
{
    struct indexing x = {.shard = shard, .fd = fd, .to = to};
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), r;

    if (copy < 0)
        return fault_set_errno(f, errno, "cannot read '%s'", shard->path);
    r = tape_open(copy, shard->path, false, f, &x.tape);
    if (r == 0)
        r = index_entries(&x, f);
    if (x.known)
        g_hash_table_destroy(x.known);
    tape_close(x.tape);
    return r;
}

/* Where the bytes of a member lie in a row. */
static bool tar_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    const struct shards *x = s->self;
    struct shard_member m;

    if (x->forward || shards_is_record(s) || shards_find(s, i, NULL, &m) < 0 || m.at->flags != 0 ||
        !shards_is_unchanged(m.shard))
        return false;
    *ret = (struct extent){.path = g_strdup(m.shard->origin), .off = m.at->off, .len = m.at->len};
    return true;
}

static bool tar_size(const struct seq *s, uint64_t i, uint64_t *ret)
{
    const struct shards *x = s->self;
    struct shard_member m;

    if (i == SEQ_ANY || x->forward || shards_is_record(s) || shards_find(s, i, NULL, &m) < 0 ||
        m.at->flags & IS_LOST)
        return false;
    *ret = m.at->len;
    return true;
}

static int set_short(const struct shard_member *m, struct fault *f)
{
    return fault_set(f, EIO, "'%s' ends within '%s'", m->shard->path, m->name);
}

static int read_row(const struct shard_member *m, int fd, char *buf, struct fault *f)
{
    const ssize_t n = whole_read_at(fd, buf, m->at->len, m->at->off);

    if (n < 0)
        return fault_set_errno(f, (int)-n, "cannot read '%s' in '%s'", m->name, m->shard->path);
    return (uint64_t)n < m->at->len ? set_short(m, f) : 0;
}

/* By libarchive, from its headers on. */
static int read_odd(const struct shard_member *m, int fd, char *buf, struct fault *f)
{
    OWN(tape_close) struct tape *tape = NULL;
    struct tape_entry e = {0};
    uint64_t done = 0;
    size_t n = 1;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), r;

    if (copy < 0 || lseek(copy, (off_t)m->at->off, SEEK_SET) < 0) {
        r = fault_set_errno(f, errno, "cannot read '%s'", m->shard->path);
        if (copy >= 0)
            close(copy);
        return r;
    }
    r = tape_open(copy, m->shard->path, false, f, &tape);
    if (r == 0)
        r = tape_next(tape, f, &e);
    if (r < 0)
        return r;
    if (r == 0 || e.len != m->at->len)
        return set_short(m, f);
    for (r = 0; r == 0 && n > 0 && done < e.len; done += r == 0 ? n : 0)
        r = tape_read(tape, buf + done, e.len - done, f, &n);
    return r == 0 && done < e.len ? set_short(m, f) : r;
}

static int read_member(const struct shard_member *m, struct fault *f, GBytes **ret)
{
    g_autofree char *buf = m->at->len <= PASS_MAX ? g_try_malloc(m->at->len + 1) : NULL;
    int fd, r;

    if (m->at->len > PASS_MAX)
        return fault_set(f, EFBIG, "'%s' in '%s' has more than %" PRIu64 " bytes", m->name,
                         m->shard->path, PASS_MAX);
    if (!buf)
        return fault_set_errno(f, ENOMEM, "the %" PRIu64 " bytes of '%s' in '%s'", m->at->len,
                               m->name, m->shard->path);
    r = shards_reopen(m->shard, f, &fd);
    if (r < 0)
        return r;
    r = m->at->flags & IS_ODD ? read_odd(m, fd, buf, f) : read_row(m, fd, buf, f);
    if (r == 0 || r == -EIO) {
        const int changed = shards_check(m->shard, fd, f);

        r = changed < 0 ? changed : r;
    }
    close(fd);
    if (r == 0)
        *ret = g_bytes_new_take(g_steal_pointer(&buf), m->at->len);
    return r;
}

static int tar_get(const struct call *c, struct value **ret)
{
    struct fault *f = &c->eval->fault;
    struct shard_member m;
    GBytes *bytes = NULL;
    int r;

    if (shards_is_record(c->seq))
        return seq_collect(c->seq, c->eval, c->i, ret);
    r = shards_find(c->seq, c->i, f, &m);
    if (r == 0 && m.at->flags & IS_LOST)
        return fault_set(f, ENOENT, "'%s': '%s' is a hard link to '%s', which is not in it before",
                         m.shard->path, m.name, m.shard->members.names + m.at->off);
    if (r == 0)
        r = read_member(&m, f, &bytes);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

/* One field of what is grouped. */
static const struct op tar_column = {
    .abi = SEQFS_OP_ABI,
    .name = "tar",
    .kind = OP_SOURCE,
    .attrs = ATTRS(SHARDS_ATTRS),
    .type = shards_type,
    .attr = shards_attr,
    .extent = tar_extent,
    .size = tar_size,
    .origin = shards_origin,
    .identify = shards_identify,
    .get = tar_get,
};

static const struct shard_kind tar_kind = {
    .noun = "tar",
    .version = 1,
    .may_be_packed = true,
    .index = index_tar,
    .column = &tar_column,
};

static int tar_open(struct seq *s, struct fault *f)
{
    return shards_open(s, &tar_kind, f);
}

const struct op op_tar = {
    .abi = SEQFS_OP_ABI,
    .name = "tar",
    .brief = "The files in tars, or records of those that belong together.",
    .manual =
        "Paths are patterns as those of `files`; `data-{000000..000127}.tar` are 128 tars, each of "
        "which has to be there. The tars come in the order of the patterns, those of one pattern "
        "in that of their names, each once. In a tar its files come as they are stored; a hard "
        "link is the file that it links to; folders, links and devices are no elements. Beside "
        "those of its path in the tar, a member has the attributes {container}, the tar, and "
        "{key}, its path up to the first dot of its name.\n\n"
        "With `group: stem` an element is a sample of WebDataset's: neighbours with the same key. "
        "What follows that dot is the field, in lower case: `000.jpg` and `000.seg.png` are the "
        "fields jpg and seg.png of the sample 000. The fields are all that there are, in the order "
        "in which they appear first, or `fields`; other members are left out, and so are those "
        "whose name has no dot or begins with one. Where a sample lacks a field, or has it twice, "
        "that field fails; `missing: skip` leaves out samples that lack one.\n\n"
        "A tar is indexed when the spec is loaded; the index of a large one is kept for the next "
        "time. A tar that is cut off is refused; but one that ends where a file in it does, "
        "without the two empty blocks at the end, is taken for whole, as some programs leave "
        "those out. Files are then read from where they lie. Tars compressed by gzip, bzip2, xz or "
        "zstd, whatever they are called, can only be read forward, and with them all that are "
        "named together: a `uniter` step follows, written or implied, and nothing is known of an "
        "element before it is read: no path, no key. With `group: stem` they need `fields`, and a "
        "sample that lacks one fails as a whole. Their hard links fail.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct shards_args),
    .params = shards_params,
    .examples =
        EXAMPLES({"{tar: pets.tar}", "a cat 0 a dog 1"},
                 {"[{tar: {path: pets.tar, group: stem}}, {get: cls}]", "0 1"},
                 {"{tar: {path: pets.tar, group: stem, fields: [cls]}}", "0 1"},
                 {"{tar: {path: pets.tar, group: stem, fields: [cls, txtt]}}",
                  "!1:51: tar: no sample of 'pets.tar' has a field 'txtt'; did you mean 'txt'?"},
                 {"{tar: \"pets-{0..1}.tar\"}",
                  "!1:7: tar: no file matches 'pets-0.tar' of 'pets-{0..1}.tar'"},
                 {"{tar: words.txt}", "!1:7: tar: 'words.txt' is no tar"},
                 {"{tar: {path: pets.tar, fields: [cls]}}",
                  "!1:24: tar: only members that are grouped have fields; add 'group: stem'"}),
    .attrs = ATTRS(SHARDS_ATTRS),
    .open = tar_open,
    .close = shards_close,
    .type = shards_type,
    .n_parts = shards_n_parts,
    .part = shards_part,
    .field = shards_field,
    .part_type = shards_part_type,
    .attr = shards_attr,
    .extent = tar_extent,
    .size = tar_size,
    .origin = shards_origin,
    .identify = shards_identify,
    .get = tar_get,
    .start = pass_start,
    .next = pass_next,
    .stop = pass_stop,
};
