/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* npz: the rows of arrays that NumPy has saved in one archive. */
#include "ops/base/same.h"
#include "ops/base/whole.h"
#include "ops/op.h"
#include "ops/source/bundle.h"
#include "ops/source/kept.h"
#include "ops/source/tensor.h"

#include <string.h>
#include <unistd.h>
#include <zip.h>

#define KIND_VERSION 1
#define CHUNK 65536 /* bytes that are unpacked at once */
/* Stored members of more bytes are read where they lie; others are unpacked, so that reading an
 * element needs no worker. */
#define COPIED_MAX ((uint64_t)16 << 20)

struct npz {
    const char *path;
    struct strings member;
};

/* What an evaluator keeps: the archive, and the member that was read last. */
struct reading {
    zip_t *zip;       /* owned */
    zip_file_t *file; /* owned */
    uint64_t member;  /* that file is */
};

static void free_reading(void *data)
{
    struct reading *reading = data;

    if (reading->file)
        zip_fclose(reading->file);
    zip_discard(reading->zip);
    g_free(reading);
}

static int start_reading(const struct tensor *t, struct eval *e, struct reading **ret)
{
    struct fault *f = &e->fault;
    void **place = eval_place(e, t->owner, free_reading);
    struct reading *reading = *place;

    if (!reading) {
        zip_t *zip;
        int r = bundle_open_zip(t->plain.path, t->plain.origin, f, &zip);

        if (r < 0)
            return r;
        *place = reading = g_new0(struct reading, 1);
        reading->zip = zip;
    }
    if (!reading->file || reading->member != t->member) {
        if (reading->file)
            zip_fclose(reading->file);
        reading->member = t->member;
        reading->file = zip_fopen_index(reading->zip, t->member, 0);
    }
    if (!reading->file)
        return bundle_blame(t->what, zip_strerror(reading->zip), f);
    *ret = reading;
    return 0;
}

/* A tensor_read_fn of a stored member. */
static int read_stored(const struct tensor *t, struct eval *e, uint64_t off, uint64_t len,
                       GBytes **ret)
{
    struct fault *f = &e->fault;
    g_autofree char *buf = g_try_malloc(MAX(len, 1));
    struct reading *reading = NULL;
    int r;

    if (!buf) {
        fault_set(f, ENOMEM, "no memory for %" PRIu64 " bytes of %s", len, t->what);
        f->transient = true;
        return -ENOMEM;
    }
    r = start_reading(t, e, &reading);
    if (r == 0 && zip_fseek(reading->file, (zip_int64_t)off, SEEK_SET) < 0)
        r = bundle_blame(t->what, zip_file_strerror(reading->file), f);
    if (r == 0)
        r = bundle_read(reading->file, t->what, buf, len, f);
    if (!plain_is_unchanged(&t->plain))
        r = same_refuse(t->plain.path, f);
    if (r == 0)
        *ret = g_bytes_new_take(g_steal_pointer(&buf), len);
    return r;
}

/* For unpacking.  Lifetime: call. */
struct unpacking {
    const struct bundle *bundle;
    const struct bundle_member *member;
    const char *what;
};

/* A kept_make_fn.  What the archive says of the size is checked. */
static int unpack(void *ctx, int fd, struct fault *f)
{
    const struct unpacking *u = ctx;
    const uint64_t len = u->member->st.size;
    zip_file_t *file = zip_fopen_index(u->bundle->zip, u->member->index, 0);
    g_autofree char *buf = g_malloc(CHUNK);
    int r = 0;

    if (!file)
        return bundle_blame(u->what, zip_strerror(u->bundle->zip), f);
    for (uint64_t done = 0, n; r == 0 && done < len; done += n) {
        n = MIN(CHUNK, len - done);
        r = bundle_read(file, u->what, buf, n, f);
        if (r == 0 && (r = whole_write_at(fd, buf, n, done)) < 0)
            r = fault_set_errno(f, -r, "%s cannot be unpacked", u->what);
    }
    /* This read finds more, or that the checksum is wrong. */
    zip_int64_t more = r == 0 ? zip_fread(file, buf, 1) : 0;
    if (more > 0)
        r = fault_set(f, EINVAL, "%s has more than the %" PRIu64 " bytes that it is said to have",
                      u->what, len);
    else if (more < 0)
        r = bundle_blame(u->what, zip_file_strerror(file), f);
    zip_fclose(file);
    return r;
}

static int lay_copy(const struct bundle *b, const struct bundle_member *m, struct tensor *t,
                    struct fault *f)
{
    const struct kept_key key = {.kind = "npz",
                                 .version = KIND_VERSION,
                                 .path = t->plain.origin,
                                 .st = &t->plain.st,
                                 .more = m->name,
                                 .more_len = strlen(m->name)};
    struct unpacking u = {b, m, t->what};
    g_autoptr(GBytes) head = NULL;
    int fd, r = 0;

    if (m->st.size > PLAIN_MAX)
        r = fault_set(f, EFBIG,
                      "%s has %" PRIu64 " bytes, and at most %" PRIu64
                      " are unpacked; save it by numpy.savez, which does not compress",
                      t->what, m->st.size, PLAIN_MAX);
    if (r == 0)
        r = kept_open(&key, unpack, &u, f, &fd);
    if (r == 0)
        r = plain_take_copy(&t->plain, fd, f);
    if (r == 0)
        r = plain_read(&t->plain, 0, MIN(t->plain.len, NPY_HEADER_MAX), f, &head);
    return r < 0 ? r
                 : tensor_lay_npy(t, g_bytes_get_data(head, NULL), g_bytes_get_size(head),
                                  t->plain.len, f);
}

static int lay_stored(const struct bundle *b, const struct bundle_member *m, struct tensor *t,
                      struct fault *f)
{
    zip_file_t *file = zip_fopen_index(b->zip, m->index, 0);
    const size_t len = MIN(m->st.size, NPY_HEADER_MAX);
    g_autofree char *head = g_malloc(NPY_HEADER_MAX);
    int r;

    if (!file)
        return bundle_blame(t->what, zip_strerror(b->zip), f);
    r = bundle_read(file, t->what, head, len, f);
    zip_fclose(file);
    t->read = read_stored;
    t->member = m->index;
    return r < 0 ? r : tensor_lay_npy(t, head, len, m->st.size, f);
}

static int lay(const struct bundle *b, const struct bundle_member *m, const void *owner,
               struct tensor *t, struct fault *f)
{
    g_autofree char *name = bundle_name(m);
    int r = bundle_check(b, m, f);

    if (r < 0)
        return r;
    tensor_name(t, b->path, name);
    t->owner = owner;
    t->plain.origin = g_strdup(b->plain.origin);
    t->plain.st = b->plain.st;
    return m->st.comp_method == ZIP_CM_STORE && m->st.size > COPIED_MAX ? lay_stored(b, m, t, f)
                                                                        : lay_copy(b, m, t, f);
}

static int refuse_lengths(const struct bundle *b, const struct tensors *all, struct fault *f)
{
    g_autoptr(GString) list = g_string_new(NULL);

    for (uint32_t k = 0; k < all->len; k++)
        g_string_append_printf(list, "%s'%s' %" PRIu64, k > 0 ? ", " : "", all->at[k].field,
                               all->at[k].len);
    return fault_set(f, EINVAL,
                     "the arrays of '%s' have different lengths, so that they make no records; "
                     "name one, or those of one length, by 'member': %s",
                     b->path, list->str);
}

/* All were wanted, since none was named. */
static int suggest_names(const struct bundle *b, struct fault *f)
{
    return fault_set(f, f->err, "%s; or name others of the %u arrays by 'member'", f->text,
                     b->members->len);
}

static int lay_all(struct seq *s, const struct bundle *b, struct fault *f)
{
    struct tensors *all = tensor_new(s, b->members->len);
    bool same = true;
    int r = 0;

    for (uint32_t k = 0; r == 0 && k < all->len; k++) {
        r = lay(b, bundle_at(b, k), all, &all->at[k], f);
        same = same && all->at[k].len == all->at[0].len;
    }
    if (r < 0 && all->len > 1 && ((const struct npz *)s->params)->member.len == 0)
        return suggest_names(b, f);
    return r < 0 || same ? r : refuse_lengths(b, all, f);
}

/* Whether elements are those of one array, rather than records. */
static bool is_single(const struct seq *s)
{
    return ((const struct npz *)s->params)->member.len == 1;
}

static const struct op op_column = {
    .abi = SEQFS_OP_ABI,
    .name = "npz",
    .kind = OP_SOURCE,
    .attrs = ATTRS(TENSOR_ATTRS),
    .type = tensor_type,
    .attr = tensor_attr,
    .origin = tensor_origin,
    .identify = tensor_identify,
    .get = tensor_get,
};

static void make_columns(const struct seq *s)
{
    struct tensors *all = s->self;
    g_autofree const struct op **ops = g_new(const struct op *, all->len);

    for (uint32_t k = 0; k < all->len; k++)
        ops[k] = &op_column;
    columns_init(&all->columns, s, ops, all->len);
    for (uint32_t k = 0; k < all->len; k++)
        all->columns.at[k].trivial = tensor_is_quick(&all->at[k]);
}

static int lay_all_of(struct seq *s, struct bundle *b, struct fault *f)
{
    int r = is_single(s) ? 0 : bundle_check_fields(b, f);

    if (r == 0)
        r = lay_all(s, b, f);
    if (r == 0 && !plain_is_unchanged(&b->plain))
        r = fault_set(f, ESTALE, "'%s' changed while it was indexed", b->path);
    return r < 0 ? tensor_refuse(s, f) : 0;
}

static int npz_open(struct seq *s, struct fault *f)
{
    const struct npz *p = s->params;
    struct bundle b = {0};
    int r;

    if (bundle_open(p->path, s->folder, f, &b) < 0)
        return tensor_refuse(s, f);
    r = p->member.len > 0 ? bundle_pick(&b, &p->member, f) : 0;
    if (r == 0)
        r = lay_all_of(s, &b, f);
    bundle_close(&b);
    if (r < 0)
        return r;
    tensor_settle(s);
    if (!is_single(s))
        make_columns(s);
    return 0;
}

static struct type npz_type(const struct seq *s, uint64_t i)
{
    if (is_single(s))
        return tensor_type(s, i);
    return (struct type){.known = true, .kind = VALUE_RECORD, .parted = true};
}

static uint64_t npz_n_parts(const struct seq *s, uint64_t i)
{
    return ((const struct tensors *)s->self)->columns.len;
}

static const char *npz_field(const struct seq *s, uint64_t k)
{
    return ((const struct tensors *)s->self)->at[k].field;
}

static bool npz_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                     uint64_t *ret_i)
{
    if (is_single(s))
        return false;
    *ret_s = &((const struct tensors *)s->self)->columns.at[k];
    *ret_i = i;
    return true;
}

static void npz_identify(const struct call *c, struct digest *d)
{
    if (is_single(c->seq))
        tensor_identify(c, d);
    else if (!digest_parts(d, c->seq, c->i))
        digest_cannot_tell(d);
}

static int npz_get(const struct call *c, struct value **ret)
{
    return is_single(c->seq) ? tensor_get(c, ret) : seq_collect(c->seq, c->eval, c->i, ret);
}

const struct op op_npz = {
    .abi = SEQFS_OP_ABI,
    .name = "npz",
    .brief = "The rows of arrays that NumPy has saved in one archive.",
    .manual =
        "Elements are records with a field for each array of the archive, which is the array at "
        "one index of the first axis: all need to have the same length there. Of one array that is "
        "named by `member` it is that itself, as of `npy`; of several, records of these. Arrays of "
        "a single axis have numbers as elements, of which uint64 beyond 2^63 - 1 fail.\n\n"
        "Arrays that numpy.savez has stored are read at their place if they are large; others, and "
        "those of numpy.savez_compressed, are unpacked once. Members that are no arrays are not "
        "looked at.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct npz),
    .params = PARAMS(PARAM(STRING, struct npz, path, .required = true, .main = true,
                           .brief = "the file; relative to the spec's folder"),
                     PARAM(STRINGS, struct npz, member,
                           .brief = "the name of an array, or of several; by default all")),
    .examples = EXAMPLES(
        {"{npz: {path: arrays.npz, member: y}}", "5 6"}, {"[{npz: arrays.npz}, {get: y}]", "5 6"},
        {"{npz: arrays.npz}", "{\"x\": 1, \"y\": 5} {\"x\": 2, \"y\": 6}"},
        {"{npz: {path: arrays.npz, member: z}}", "!1:34: npz: 'arrays.npz' has no array 'z'"},
        {"{npz: a.txt}",
         "!1:7: npz: 'a.txt' is no zip archive, as npz files are, or its end is missing"}),
    .attrs = ATTRS(TENSOR_ATTRS),
    .open = npz_open,
    .close = tensor_close,
    .type = npz_type,
    .n_parts = npz_n_parts,
    .part = npz_part,
    .field = npz_field,
    .attr = tensor_attr,
    .origin = tensor_origin,
    .identify = npz_identify,
    .get = npz_get,
};
