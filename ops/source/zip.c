/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zip: the files in zips. */
#include "ops/base/same.h"
#include "ops/op.h"
#include "ops/source/shards.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#define MAX_BYTES ((uint64_t)1 << 31) /* of a member */
#define CHUNK ((uint64_t)1 << 20)     /* bytes that there is room for at first */
#define OPEN_MAX 4                    /* zips that an evaluator keeps open */

/* Of a member, off is its number in the central directory. */

static int refuse_zip(const char *path, const zip_error_t *error, struct fault *f)
{
    zip_error_t *e = (zip_error_t *)error;

    if (zip_error_code_zip(e) == ZIP_ER_NOZIP)
        return fault_set(f, EIO,
                         "'%s' is no zip, or its end is missing: there is no central "
                         "directory in it",
                         path);
    if (zip_error_code_zip(e) == ZIP_ER_MEMORY)
        return fault_set_errno(f, ENOMEM, "'%s' cannot be read", path);
    return fault_set(f, EIO, "'%s' is damaged: %s", path, zip_error_strerror(e));
}

/* The file is libzip's from here on, also where that fails. */
static int open_zip(int own_fd, const char *path, struct fault *f, zip_t **ret)
{
    FILE *file = fdopen(own_fd, "rbe");
    zip_source_t *source;
    zip_error_t error;
    zip_t *z;
    int r;

    if (!file) {
        close(own_fd);
        return fault_set_errno(f, ENOMEM, "'%s' cannot be read", path);
    }
    zip_error_init(&error);
    source = zip_source_filep_create(file, 0, 0, &error);
    z = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    r = z ? 0 : refuse_zip(path, &error, f);
    zip_error_fini(&error);
    if (z)
        *ret = z;
    else if (source)
        zip_source_free(source);
    else
        fclose(file);
    return r;
}

/* A folder, or a symbolic link that a Unix wrote. */
static bool is_file(zip_t *z, zip_uint64_t i, const char *name)
{
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    const bool told = zip_file_get_external_attributes(z, i, 0, &system, &attributes) == 0;
    const mode_t mode = (mode_t)(attributes >> 16);

    if (g_str_has_suffix(name, "/"))
        return false;
    return !told || system != ZIP_OPSYS_UNIX || (mode & S_IFMT) == 0 || S_ISREG(mode);
}

static int index_members(zip_t *z, const struct shard *shard, struct collected *to, struct fault *f)
{
    const zip_int64_t len = zip_get_num_entries(z, 0);
    int r = 0;

    for (zip_uint64_t i = 0; r == 0 && len > 0 && i < (zip_uint64_t)len; i++) {
        zip_stat_t st;

        if (zip_stat_index(z, i, 0, &st) < 0 || !(st.valid & ZIP_STAT_SIZE) ||
            !(st.valid & ZIP_STAT_NAME))
            return fault_set(f, EIO, "'%s' is damaged: nothing is known of member %" PRIu64,
                             shard->path, (uint64_t)i);
        if (is_file(z, i, st.name))
            r = members_add(to, (struct member){.off = i, .len = st.size}, st.name, f);
    }
    return r;
}

static int index_zip(const struct shard *shard, int fd, struct collected *to, struct fault *f)
{
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    zip_t *z;
    int r;

    if (copy < 0)
        return fault_set_errno(f, errno, "cannot read '%s'", shard->path);
    r = open_zip(copy, shard->path, f, &z);
    if (r < 0)
        return r;
    r = index_members(z, shard, to, f);
    zip_discard(z);
    return r;
}

/* The zips that an evaluator has open, the one used last first.  Lifetime: evaluator. */
struct opened {
    struct {
        const struct shard *shard; /* NULL = none */
        zip_t *zip;                /* owned */
    } at[OPEN_MAX];
};

static void free_opened(void *data)
{
    struct opened *o = data;

    for (size_t n = 0; n < OPEN_MAX; n++)
        if (o->at[n].zip)
            zip_discard(o->at[n].zip);
    g_free(o);
}

static void move_to_front(struct opened *o, size_t n)
{
    const typeof(o->at[0]) one = o->at[n];

    memmove(&o->at[1], &o->at[0], n * sizeof o->at[0]);
    o->at[0] = one;
}

/* The zip of a container, open; borrowed. */
static int find_zip(const struct call *c, const struct shard *shard, zip_t **ret)
{
    void **place = eval_place(c->eval, c->seq->self, free_opened);
    struct fault *f = &c->eval->fault;
    struct opened *o = *place;
    size_t n = 0;
    zip_t *z;
    int fd, r;

    if (!o)
        o = *place = g_new0(struct opened, 1);
    while (n < OPEN_MAX - 1 && o->at[n].shard && o->at[n].shard != shard)
        n++;
    if (o->at[n].shard != shard) {
        r = shards_reopen(shard, f, &fd);
        if (r == 0)
            r = open_zip(fd, shard->path, f, &z);
        if (r < 0)
            return r;
        if (o->at[n].zip)
            zip_discard(o->at[n].zip);
        o->at[n].shard = shard;
        o->at[n].zip = z;
    }
    move_to_front(o, n);
    *ret = o->at[0].zip;
    return 0;
}

static bool zip_size(const struct seq *s, uint64_t i, uint64_t *ret)
{
    struct shard_member m;

    if (i == SEQ_ANY || shards_is_record(s) || shards_find(s, i, NULL, &m) < 0)
        return false;
    *ret = m.at->len;
    return true;
}

static int refuse(const struct shard_member *m, zip_t *z, const zip_error_t *error, struct fault *f)
{
    zip_error_t *e = (zip_error_t *)error;
    zip_stat_t st;

    switch (zip_error_code_zip(e)) {
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_WRONGPASSWD:
    case ZIP_ER_ENCRNOTSUPP:
        return fault_set(f, EACCES, "'%s': '%s' is encrypted, which cannot be read", m->shard->path,
                         m->name);
    case ZIP_ER_COMPNOTSUPP:
        if (zip_stat_index(z, m->at->off, 0, &st) < 0)
            st.comp_method = 0;
        return fault_set(f, ENOTSUP,
                         "'%s': '%s' is compressed by method %u, which libzip was built without",
                         m->shard->path, m->name, st.comp_method);
    case ZIP_ER_MEMORY:
        return fault_set_errno(f, ENOMEM, "'%s': '%s'", m->shard->path, m->name);
    default:
        return fault_set(f, EIO, "'%s': '%s', member %" PRIu64 ", is damaged: %s", m->shard->path,
                         m->name, m->at->off, zip_error_strerror(e));
    }
}

/* What a member was read into.  Lifetime: call. */
struct content {
    char *bytes; /* owned */
    uint64_t len, cap;
};

/* Room for more, but for no more than one byte beyond what it should have. */
static int grow(const struct shard_member *m, struct content *to, struct fault *f)
{
    const uint64_t cap = MIN(m->at->len + 1, to->cap * 2 + CHUNK);
    char *bytes;

    if (to->len < to->cap)
        return 0;
    bytes = g_try_realloc(to->bytes, cap);
    if (!bytes)
        return fault_set_errno(f, ENOMEM, "the %" PRIu64 " bytes of '%s' in '%s'", cap, m->name,
                               m->shard->path);
    to->bytes = bytes;
    to->cap = cap;
    return 0;
}

/* Up to its end, where libzip compares the checksum. */
static int read_file(const struct shard_member *m, zip_t *z, zip_file_t *file, struct content *to,
                     struct fault *f)
{
    zip_int64_t n = 1;
    int r = 0;

    while (n > 0 && to->len <= m->at->len) {
        r = grow(m, to, f);
        if (r < 0)
            return r;
        n = zip_fread(file, to->bytes + to->len, to->cap - to->len);
        if (n < 0)
            return refuse(m, z, zip_file_get_error(file), f);
        to->len += (uint64_t)n;
    }
    if (to->len == m->at->len)
        return 0;
    return fault_set(f, EIO, "'%s': '%s' has %s than the %" PRIu64 " bytes that it should have",
                     m->shard->path, m->name, to->len > m->at->len ? "more" : "less", m->at->len);
}

static int read_member(const struct call *c, const struct shard_member *m, struct content *to)
{
    struct fault *f = &c->eval->fault;
    zip_file_t *file;
    zip_t *z;
    int r;

    if (m->at->len > MAX_BYTES)
        return fault_set(f, EFBIG, "'%s': '%s' has more than %" PRIu64 " bytes", m->shard->path,
                         m->name, MAX_BYTES);
    if (!shards_is_unchanged(m->shard))
        return same_refuse(m->shard->path, f);
    r = find_zip(c, m->shard, &z);
    if (r < 0)
        return r;
    file = zip_fopen_index(z, m->at->off, 0);
    if (!file)
        return refuse(m, z, zip_get_error(z), f);
    r = read_file(m, z, file, to, f);
    zip_fclose(file);
    return r;
}

static int zip_get(const struct call *c, struct value **ret)
{
    struct content content = {0};
    struct shard_member m;
    int r;

    if (shards_is_record(c->seq))
        return seq_collect(c->seq, c->eval, c->i, ret);
    r = shards_find(c->seq, c->i, &c->eval->fault, &m);
    if (r == 0)
        r = read_member(c, &m, &content);
    if (r == 0 && !shards_is_unchanged(m.shard))
        r = same_refuse(m.shard->path, &c->eval->fault);
    if (r == 0)
        *ret = value_new_bytes(g_bytes_new_take(content.bytes, content.len));
    else
        g_free(content.bytes);
    return r;
}

/* One field of what is grouped. */
static const struct op zip_column = {
    .abi = SEQFS_OP_ABI,
    .name = "zip",
    .kind = OP_SOURCE,
    .attrs = ATTRS(SHARDS_ATTRS),
    .type = shards_type,
    .attr = shards_attr,
    .size = zip_size,
    .origin = shards_origin,
    .identify = shards_identify,
    .get = zip_get,
};

static const struct shard_kind zip_kind = {
    .noun = "zip",
    .version = 1,
    .index = index_zip,
    .column = &zip_column,
};

static int zip_open_source(struct seq *s, struct fault *f)
{
    return shards_open(s, &zip_kind, f);
}

const struct op op_zip = {
    .abi = SEQFS_OP_ABI,
    .name = "zip",
    .brief = "The files in zips, or records of those that belong together.",
    .manual =
        "Paths, attributes and groups are as those of `tar`: `photos-{00..15}.zip` are 16 zips, "
        "`group: stem` makes records of neighbours that differ in what follows the first dot of "
        "their names. Members come in the order of the zip's central directory; folders and "
        "symbolic links are no elements. Names are UTF-8: those that are neither marked so nor "
        "valid are read as code page 437, as zips of old have them. Members that are encrypted, or "
        "compressed in a way that libzip does not know, are elements that fail.",
    .kind = OP_SOURCE,
    .version = zip_libzip_version,
    .params_size = sizeof(struct shards_args),
    .params = shards_params,
    .examples = EXAMPLES({"{zip: pets.zip}", "a cat 0 a dog 1"},
                         {"[{zip: {path: pets.zip, group: stem}}, {get: txt}]", "a cat a dog"},
                         {"{zip: words.txt}",
                          "!1:7: zip: 'words.txt' is no zip, or its end is missing: there is no "
                          "central directory in it"}),
    .attrs = ATTRS(SHARDS_ATTRS),
    .open = zip_open_source,
    .close = shards_close,
    .type = shards_type,
    .n_parts = shards_n_parts,
    .part = shards_part,
    .field = shards_field,
    .part_type = shards_part_type,
    .attr = shards_attr,
    .size = zip_size,
    .origin = shards_origin,
    .identify = shards_identify,
    .get = zip_get,
};
