/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hdf5: a dataset of an HDF5 file, along its first axis. */
#include <string.h>
#include <unistd.h>

#include "ops/base/same.h"
#include "ops/op.h"
#include "ops/source/datatype.h"

#define KEPT_MAX ((uint64_t)64 << 20) /* bytes of numbers that are read with the spec */

struct where {
    const char *path; /* as written */
    const char *dataset;
};

/* What is in a dataset, as it was when the spec was read.  Lifetime: the sequence's. */
struct contents {
    uint64_t len;
    struct array_type type; /* of one element */
    char *origin;           /* the path, absolute; owned */
    GBytes *numbers;        /* all of them, where there are no other axes; owned; NULL = too many */
    struct stat st;         /* of the file, just before it was opened */
};

/* A dataset of an open file.  Lifetime: call, or a worker's evaluator's. */
struct opened {
    hid_t file, dataset, space; /* owned; negative = none */
    hid_t memory;               /* owned: the type of items in memory */
    struct contents contents;   /* without numbers and origin */
};

static void close_opened(void *opened)
{
    struct opened *o = opened;

    if (!o)
        return;
    if (o->memory >= 0)
        H5Tclose(o->memory);
    if (o->space >= 0)
        H5Sclose(o->space);
    if (o->dataset >= 0)
        H5Dclose(o->dataset);
    if (o->file >= 0)
        H5Fclose(o->file);
    g_free(o);
}
OWN_DEFINE(struct opened, close_opened)

/* Faults.  The library prints its own unless it is told not to; its innermost line is the detail.
 */

static void be_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

static herr_t take_line(unsigned n, const H5E_error2_t *error, void *line)
{
    if (n == 0 && error->desc)
        g_string_assign(line, error->desc);
    return 0;
}

/* as: "hdf5: " while loading, else nothing. */
static int complain(struct fault *f, const char *as, const struct where *w, const char *what)
{
    g_autoptr(GString) line = g_string_new(NULL);

    fault_set(f, EIO, "%s'%s': %s", as, w->path, what);
    if (H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_line, line) >= 0)
        fault_detail(f, line->str, (gssize)line->len);
    f->source = true;
    f->arg = "path";
    return -f->err;
}

/* A dataset that cannot be an array. */
static int refuse(struct fault *f, const char *as, const struct where *w, const char *what)
{
    return fault_set_arg(f, EINVAL, "dataset", -1, "%s'%s': '%.128s' %s", as, w->path, w->dataset,
                         what);
}

static herr_t offer(hid_t object, const char *name, const H5O_info_t *info, void *near)
{
    if (info->type == H5O_TYPE_DATASET)
        nearest_offer(near, name);
    return 0;
}

static int complain_missing(struct fault *f, const char *as, const struct where *w, hid_t file)
{
    const char *name = w->dataset + (*w->dataset == '/');
    struct nearest near;
    char hint[128];

    nearest_init(&near, name);
    H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, offer, &near);
    fault_set_arg(f, ENOENT, "dataset", -1, "%s'%s' has no dataset '%.128s'%s", as, w->path, name,
                  nearest_hint(&near, hint, sizeof hint));
    return -f->err;
}

static int look_at_type(struct opened *o, const struct where *w, const char *as, struct fault *f)
{
    const hid_t type = H5Dget_type(o->dataset);
    g_autofree char *what = NULL;
    const char *wrong;

    if (type < 0)
        return complain(f, as, w, "the type of its items cannot be read");
    wrong = datatype_find(type, &o->contents.type.dtype);
    if (!wrong)
        o->memory = datatype_in_memory(type, o->contents.type.dtype);
    H5Tclose(type);
    if (wrong) {
        what = g_strdup_printf("has %s; wanted are numbers of 1, 2, 4 or 8 bytes", wrong);
        return refuse(f, as, w, what);
    }
    return o->memory < 0 ? complain(f, as, w, "the type of its items cannot be read") : 0;
}

static int look_at_shape(struct opened *o, const struct where *w, const char *as, struct fault *f)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    uint64_t bytes;
    int rank;

    o->space = H5Dget_space(o->dataset);
    if (o->space < 0)
        return complain(f, as, w, "the shape cannot be read");
    rank = H5Sget_simple_extent_dims(o->space, dims, NULL);
    if (rank < 1 || rank - 1 > ARRAY_DIMS)
        return refuse(f, as, w, "is no array: it has no first axis to go along");
    o->contents.len = dims[0];
    o->contents.type.n_dims = (uint32_t)rank - 1;
    for (int n = 1; n < rank; n++)
        o->contents.type.dims[n - 1] = dims[n];
    if (!array_n_bytes(&o->contents.type, &bytes) || bytes > SIZE_MAX / 2)
        return refuse(f, as, w, "has a shape that no memory holds");
    return 0;
}

/* The library would wait for who writes into a pipe. */
static int check_file(const struct where *w, const char *origin, const char *as, struct fault *f,
                      struct stat *ret)
{
    if (stat(origin, ret) < 0)
        fault_set_errno(f, errno, "%s'%s'", as, w->path);
    else if (!S_ISREG(ret->st_mode))
        fault_set(f, EINVAL, "%s'%s' is %s; wanted is a file", as, w->path,
                  S_ISDIR(ret->st_mode) ? "a folder" : "no regular file");
    else if (access(origin, R_OK) < 0)
        fault_set_errno(f, errno, "%s'%s'", as, w->path);
    else
        return 0;
    f->source = true;
    f->arg = "path";
    return -f->err;
}

static int open_dataset(const struct where *w, const char *origin, const char *as, struct fault *f,
                        struct opened **ret)
{
    OWN(close_opened) struct opened *o = g_new0(struct opened, 1);
    H5O_info_t info;
    int r;

    o->file = o->dataset = o->space = o->memory = -1;
    be_quiet();
    if (check_file(w, origin, as, f, &o->contents.st) < 0)
        return -f->err;
    o->file = H5Fopen(origin, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (o->file < 0)
        return complain(f, as, w, "it cannot be opened as HDF5");
    if (H5Oget_info_by_name(o->file, w->dataset, &info, H5P_DEFAULT) < 0)
        return complain_missing(f, as, w, o->file);
    if (info.type != H5O_TYPE_DATASET)
        return refuse(f, as, w, "is a group; wanted is a dataset in it");
    o->dataset = H5Dopen2(o->file, w->dataset, H5P_DEFAULT);
    if (o->dataset < 0)
        return complain(f, as, w, "the dataset cannot be opened");
    r = look_at_type(o, w, as, f);
    if (r == 0)
        r = look_at_shape(o, w, as, f);
    if (r == 0)
        *ret = g_steal_pointer(&o);
    return r;
}

static bool is_number(const struct contents *c)
{
    return c->type.n_dims == 0;
}

/* Numbers are had by a look where there are not too many.  What cannot be read now is left to fail
 * when it is asked for. */
static GBytes *read_numbers(const struct opened *o)
{
    const uint64_t size = dtype_size(o->contents.type.dtype), len = o->contents.len * size;
    g_autofree void *items = NULL;

    if (!is_number(&o->contents) || o->contents.len > KEPT_MAX / size ||
        !(items = g_try_malloc0(len + 1)))
        return NULL;
    if (len > 0 && H5Dread(o->dataset, o->memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, items) < 0)
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&items), len);
}

/* The file is closed again: it would not survive the fork of a worker. */
static int hdf5_open(struct seq *s, struct fault *f)
{
    const struct where *w = s->params;
    g_autofree char *origin = g_canonicalize_filename(w->path, s->folder);
    OWN(close_opened) struct opened *o = NULL;
    struct contents *c;
    int r = open_dataset(w, origin, "hdf5: ", f, &o);

    if (r < 0)
        return r;
    s->self = c = g_memdup2(&o->contents, sizeof o->contents);
    c->origin = g_steal_pointer(&origin);
    c->numbers = read_numbers(o);
    s->len = c->len;
    if (c->numbers) {
        s->trivial = true;
        s->isolate = false;
    }
    return 0;
}

static void hdf5_close(struct seq *s)
{
    struct contents *c = s->self;

    if (!c)
        return;
    g_free(c->origin);
    if (c->numbers)
        g_bytes_unref(c->numbers);
    g_free(c);
}

static struct type hdf5_type(const struct seq *s, uint64_t i)
{
    static const enum value_kind kinds[] = {[DTYPE_IS_BOOL] = VALUE_BOOL,
                                            [DTYPE_IS_SIGNED] = VALUE_INT,
                                            [DTYPE_IS_UNSIGNED] = VALUE_INT,
                                            [DTYPE_IS_FLOAT] = VALUE_FLOAT};
    const struct contents *c = s->self;

    if (is_number(c))
        return (struct type){.known = true, .kind = kinds[dtype_class(c->type.dtype)]};
    return (struct type){.known = true, .kind = VALUE_ARRAY, .array = &c->type};
}

/* What this worker keeps open. */
static int find_opened(const struct call *c, struct opened **ret)
{
    const struct where *w = c->seq->params;
    const struct contents *known = c->seq->self;
    void **place = eval_place(c->eval, known, close_opened);
    OWN(close_opened) struct opened *o = NULL;

    if (*place && !same_at(known->origin, &((const struct opened *)*place)->contents.st))
        g_clear_pointer(place, close_opened);
    if (!*place) {
        int r = open_dataset(w, known->origin, "", &c->eval->fault, &o);
        if (r < 0)
            return r;
        if (o->contents.len != known->len || !array_is_same(&o->contents.type, &known->type)) {
            fault_set(&c->eval->fault, EIO, "'%s': '%.128s' has another shape or type by now",
                      w->path, w->dataset);
            c->eval->fault.source = true;
            return -EIO;
        }
        *place = g_steal_pointer(&o);
    }
    *ret = *place;
    return 0;
}

/* One index of the first axis, all of the others. */
static bool read_element(const struct opened *o, uint64_t i, void *items)
{
    const struct array_type *t = &o->contents.type;
    hsize_t from[H5S_MAX_RANK] = {i}, count[H5S_MAX_RANK] = {1};
    hid_t memory;
    bool done;

    for (uint32_t n = 0; n < t->n_dims; n++)
        count[n + 1] = t->dims[n];
    if (H5Sselect_hyperslab(o->space, H5S_SELECT_SET, from, NULL, count, NULL) < 0)
        return false;
    memory = H5Screate_simple((int)t->n_dims + 1, count, NULL);
    done = memory >= 0 && H5Dread(o->dataset, o->memory, memory, o->space, H5P_DEFAULT, items) >= 0;
    if (memory >= 0)
        H5Sclose(memory);
    return done;
}

/* The items of an element, from memory or from the file. */
static int get_items(const struct call *c, GBytes **ret)
{
    const struct where *w = c->seq->params;
    const struct contents *known = c->seq->self;
    g_autofree void *items = NULL;
    struct opened *o;
    uint64_t len = 0;
    int r;

    if (known->numbers && !same_at(known->origin, &known->st))
        return same_refuse(w->path, &c->eval->fault);
    if (known->numbers) {
        len = dtype_size(known->type.dtype);
        *ret = g_bytes_new_from_bytes(known->numbers, c->i * len, len);
        return 0;
    }
    r = find_opened(c, &o);
    if (r < 0)
        return r;
    if (!array_n_bytes(&known->type, &len) || !(items = g_try_malloc0(len + 1)))
        return fault_set_errno(&c->eval->fault, ENOMEM, "an element of %" PRIu64 " bytes", len);
    if (len > 0 && !read_element(o, c->i, items))
        return complain(&c->eval->fault, "", w, "the element cannot be read");
    *ret = g_bytes_new_take(g_steal_pointer(&items), len);
    return 0;
}

static int hdf5_get(const struct call *c, struct value **ret)
{
    const struct where *w = c->seq->params;
    const struct contents *known = c->seq->self;
    OWN(value_unref) struct value *array = NULL;
    struct value *number;
    GBytes *items = NULL;
    int r = get_items(c, &items);

    if (r < 0)
        return r;
    array = value_new_array(&known->type, items);
    number = is_number(known) ? convert_item(array, 0) : NULL;
    if (is_number(known) && !number)
        return fault_set(&c->eval->fault, ERANGE,
                         "item %" PRIu64 " of '%.128s' in '%s' is beyond 2^63 - 1, the largest "
                         "number there is",
                         c->i, w->dataset, w->path);
    *ret = number ? number : g_steal_pointer(&array);
    return 0;
}

static void hdf5_identify(const struct call *c, struct digest *d)
{
    digest_step(d, c);
    digest_file(d, ((const struct contents *)c->seq->self)->origin);
    digest_number(d, c->i);
}

static char *hdf5_origin(const struct seq *s, uint64_t i)
{
    return g_strdup(((const struct contents *)s->self)->origin);
}

const struct op op_hdf5 = {
    .abi = SEQFS_OP_ABI,
    .name = "hdf5",
    .brief = "The arrays along the first axis of a dataset, from an HDF5 file.",
    .manual =
        "An array an index of the first axis, of the shape of the other axes and the type of "
        "the items: integers of 8 to 64 bits, floats of 16, 32 and 64, and truth values as "
        "h5py writes them. Elements of a dataset with one axis are numbers; up to 64 MiB of them "
        "are read with the spec, and {value} stands for one. Filters are undone as far as the HDF5 "
        "library knows them. The "
        "dataset is called by its path in the file, such as `images` or `train/x`.",
    .kind = OP_SOURCE,
    .flags = OP_ISOLATE, /* the library is not made for several threads */
    .params_size = sizeof(struct where),
    .params = PARAMS(PARAM(STRING, struct where, path, .required = true,
                           .brief = "the file; relative to the spec's folder"),
                     PARAM(STRING, struct where, dataset, .required = true,
                           .brief = "the dataset, by its path in the file")),
    .examples =
        EXAMPLES({"{hdf5: {path: numbers.h5, dataset: sqares}}",
                  "!1:36: hdf5: 'numbers.h5' has no dataset 'sqares'; did you mean 'squares'?"},
                 {"{hdf5: {path: a.txt, dataset: x}}",
                  "!1:15: hdf5: 'a.txt': it cannot be opened as HDF5: file signature not found"}),
    .open = hdf5_open,
    .close = hdf5_close,
    .type = hdf5_type,
    .origin = hdf5_origin,
    .identify = hdf5_identify,
    .get = hdf5_get,
};
