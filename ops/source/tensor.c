/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of arrays: each is read at its place; those of Fortran order are gathered. */
#include "ops/source/tensor.h"

#include <string.h>

#define QUICK_BYTES ((uint64_t)1 << 20) /* an element that costs more to read needs a worker */
#define READ_COST 16384                 /* bytes: what each read costs, however short it is */
#define FAR ((uint64_t)1 << 16)   /* bytes from item to item from which on each is read by itself */
#define CHUNK ((uint64_t)1 << 20) /* bytes that are read to pick items from */

static const struct tensor *tensor_of(const struct seq *s)
{
    return &((const struct tensors *)s->self)->at[s->column];
}

struct tensors *tensor_new(struct seq *s, uint32_t len)
{
    struct tensors *all = g_new0(struct tensors, 1);

    all->at = g_new0(struct tensor, len);
    all->len = len;
    s->self = all;
    return all;
}

void tensor_close(struct seq *s)
{
    struct tensors *all = s->self;

    if (!all)
        return;
    for (uint32_t k = 0; k < all->len; k++) {
        plain_close(&all->at[k].plain);
        g_free(all->at[k].what);
        g_free(all->at[k].field);
        g_free(all->at[k].folder);
    }
    columns_finish(&all->columns);
    g_free(all->at);
    g_free(all);
}

void tensor_name(struct tensor *t, const char *path, const char *member)
{
    const char *slash = strrchr(path, '/');

    t->folder = g_strndup(path, slash ? (gsize)(slash + 1 - path) : 0);
    t->field = g_strdup(member);
    t->what =
        member ? g_strdup_printf("'%s' member '%s'", path, member) : g_strdup_printf("'%s'", path);
    t->plain.path = path;
}

int tensor_refuse(const struct seq *s, struct fault *f)
{
    fault_set_arg(f, f->err, "path", -1, "%s: %s", s->op->name, f->text);
    f->source = true;
    return -f->err;
}

static int check_size(const struct tensor *t, const struct array_type *whole, uint64_t room,
                      struct fault *f)
{
    uint64_t n_bytes = UINT64_MAX;

    if (!array_n_bytes(whole, &n_bytes) || n_bytes > room) {
        g_autoptr(GString) shape = g_string_new(NULL);

        array_print(whole, shape);
        return fault_set(f, EINVAL,
                         "%s is cut off, or its header is wrong: it promises %s, %" PRIu64
                         " bytes, but there are only %" PRIu64,
                         t->what, shape->str, n_bytes, room);
    }
    if (t->len > TENSOR_MAX)
        return fault_set(f, EFBIG, "%s has %" PRIu64 " elements, more than %" PRIu64, t->what,
                         t->len, TENSOR_MAX);
    if (t->row_len > TENSOR_ROW_MAX)
        return fault_set(f, EFBIG, "%s has elements of %" PRIu64 " bytes, more than %" PRIu64,
                         t->what, t->row_len, TENSOR_ROW_MAX);
    return 0;
}

int tensor_lay(struct tensor *t, const struct array_type *whole, uint64_t off, uint64_t file_len,
               struct fault *f)
{
    if (whole->n_dims == 0)
        return fault_set(f, EINVAL,
                         "%s is a single item without axes; wanted is an array whose first axis "
                         "tells the elements apart",
                         t->what);
    t->row = (struct array_type){.dtype = whole->dtype, .n_dims = whole->n_dims - 1};
    memcpy(t->row.dims, whole->dims + 1, t->row.n_dims * sizeof *t->row.dims);
    t->len = whole->dims[0];
    t->off = off;
    if (!array_n_bytes(&t->row, &t->row_len))
        return fault_set(f, EINVAL, "%s has elements of more than 2^63 - 1 bytes", t->what);
    return check_size(t, whole, file_len > off ? file_len - off : 0, f);
}

int tensor_lay_npy(struct tensor *t, const void *data, size_t len, uint64_t file_len,
                   struct fault *f)
{
    struct npy_header h;
    int r = npy_parse(data, len, f, &h);

    if (r < 0)
        return fault_set(f, f->err, "%s: %s", t->what, f->text);
    t->swapped = h.swapped;
    r = tensor_lay(t, &h.type, h.len, file_len, f);
    t->fortran = h.fortran && h.type.n_dims > 1 && t->len > 0 && t->row_len > 0;
    return r;
}

/* Bytes from an item of an element to its next, in Fortran order. */
static uint64_t stride_of(const struct tensor *t)
{
    return t->len * dtype_size(t->row.dtype);
}

static uint64_t n_items(const struct tensor *t)
{
    return t->row_len / dtype_size(t->row.dtype);
}

bool tensor_is_quick(const struct tensor *t)
{
    if (t->read || t->row_len > QUICK_BYTES)
        return false;
    return !t->fortran ||
           n_items(t) <= QUICK_BYTES / (stride_of(t) > FAR ? READ_COST : stride_of(t));
}

void tensor_settle(struct seq *s)
{
    const struct tensors *all = s->self;

    s->len = all->at[0].len;
    s->trivial = true;
    for (uint32_t k = 0; k < all->len; k++)
        s->trivial = s->trivial && tensor_is_quick(&all->at[k]);
}

int tensor_open(struct seq *s, const char *path, tensor_lay_fn *lay, struct fault *f)
{
    struct tensor *t = tensor_new(s, 1)->at;

    tensor_name(t, path, NULL);
    if (plain_open(path, s->folder, f, &t->plain) < 0 || lay(t, f) < 0)
        return tensor_refuse(s, f);
    tensor_settle(s);
    return 0;
}

/* Those of one axis have numbers as elements; complex ones are no numbers here. */
static bool is_number(const struct tensor *t)
{
    return t->row.n_dims == 0 && dtype_class(t->row.dtype) != DTYPE_IS_COMPLEX;
}

struct type tensor_type(const struct seq *s, uint64_t i)
{
    static const enum value_kind kinds[] = {[DTYPE_IS_BOOL] = VALUE_BOOL,
                                            [DTYPE_IS_SIGNED] = VALUE_INT,
                                            [DTYPE_IS_UNSIGNED] = VALUE_INT,
                                            [DTYPE_IS_FLOAT] = VALUE_FLOAT};
    const struct tensor *t = tensor_of(s);

    if (is_number(t))
        return (struct type){.known = true, .kind = kinds[dtype_class(t->row.dtype)]};
    return (struct type){.known = true, .kind = VALUE_ARRAY, .array = &t->row};
}

bool tensor_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    const struct tensor *t = tensor_of(s);

    return paths_attr(t->folder, t->plain.path + strlen(t->folder), name, ret);
}

char *tensor_origin(const struct seq *s, uint64_t i)
{
    return g_strdup(tensor_of(s)->plain.origin);
}

/* What has changed since it was indexed fails until it is indexed anew. */
void tensor_identify(const struct call *c, struct digest *d)
{
    const struct tensor *t = tensor_of(c->seq);
    const bool same = plain_is_unchanged(&t->plain);

    digest_text(d, "tensor");
    digest_text(d, t->field);
    digest_array(d, &t->row);
    digest_number(d, t->off);
    digest_number(d, t->fortran ? t->len : 0);
    digest_number(d, t->swapped);
    digest_number(d, c->i);
    digest_stat(d, t->plain.origin, &t->plain.st);
    digest_number(d, same);
    if (!same)
        digest_file(d, t->plain.origin);
}

static int read_part(const struct tensor *t, struct eval *e, uint64_t off, uint64_t len,
                     GBytes **ret)
{
    if (t->read)
        return t->read(t, e, off, len, ret);
    return plain_read(&t->plain, off, len, &e->fault, ret);
}

/* The items of an element, picked from stretches that also hold those of others, or one by one. */
static int gather(const struct tensor *t, struct eval *e, uint64_t i, char *items)
{
    const uint64_t size = dtype_size(t->row.dtype), stride = stride_of(t), n = n_items(t);
    const uint64_t most = stride > FAR ? 1 : CHUNK / stride;

    for (uint64_t j = 0, len; j < n; j += len) {
        g_autoptr(GBytes) bytes = NULL;

        len = MIN(most, n - j);
        if (e->deadline && g_get_monotonic_time() > e->deadline)
            return fault_set(&e->fault, ETIMEDOUT, "gave up: the time allowed is over");
        int r = read_part(t, e, t->off + i * size + j * stride, (len - 1) * stride + size, &bytes);
        if (r < 0)
            return r;
        const char *data = g_bytes_get_data(bytes, NULL);
        for (uint64_t k = 0; k < len; k++)
            memcpy(items + (j + k) * size, data + k * stride, size);
    }
    return 0;
}

/* Items of which the first axis is the fastest to where the last one is. */
static void reorder(const struct array_type *t, const char *from, char *to, uint64_t n)
{
    const size_t size = dtype_size(t->dtype);
    uint64_t at[ARRAY_DIMS] = {0}, stride[ARRAY_DIMS], from_i = 0;

    for (uint32_t d = 0; d < t->n_dims; d++)
        stride[d] = d == 0 ? 1 : stride[d - 1] * t->dims[d - 1];
    for (uint64_t i = 0; i < n; i++) {
        memcpy(to + i * size, from + from_i * size, size);
        for (uint32_t d = t->n_dims; d-- > 0;) {
            from_i += stride[d];
            if (++at[d] < t->dims[d])
                break;
            from_i -= stride[d] * t->dims[d];
            at[d] = 0;
        }
    }
}

static int read_fortran(const struct tensor *t, struct eval *e, uint64_t i, GBytes **ret)
{
    g_autofree char *gathered = g_try_malloc(MAX(t->row_len, 1));
    g_autofree char *items = t->row.n_dims > 1 ? g_try_malloc(MAX(t->row_len, 1)) : NULL;
    int r;

    if (!gathered || (t->row.n_dims > 1 && !items)) {
        fault_set(&e->fault, ENOMEM, "no memory for %" PRIu64 " bytes of %s", t->row_len, t->what);
        e->fault.transient = true;
        return -ENOMEM;
    }
    r = gather(t, e, i, gathered);
    if (r < 0)
        return r;
    if (items)
        reorder(&t->row, gathered, items, n_items(t));
    *ret =
        g_bytes_new_take(items ? g_steal_pointer(&items) : g_steal_pointer(&gathered), t->row_len);
    return 0;
}

/* Items as values have them: the machine's byte order, and nothing but 0 and 1 where it is yes or
 * no. */
static GBytes *make_native(const struct tensor *t, GBytes *own)
{
    gsize len;
    uint8_t *items;

    if (!t->swapped && t->row.dtype != DTYPE_BOOL)
        return own;
    items = g_bytes_unref_to_data(own, &len);
    if (t->swapped)
        convert_swap(t->row.dtype, items, n_items(t));
    for (gsize k = 0; t->row.dtype == DTYPE_BOOL && k < len; k++)
        items[k] = items[k] != 0;
    return g_bytes_new_take(items, len);
}

int tensor_get(const struct call *c, struct value **ret)
{
    const struct tensor *t = tensor_of(c->seq);
    OWN(value_unref) struct value *array = NULL;
    GBytes *bytes = NULL;
    int r = t->fortran ? read_fortran(t, c->eval, c->i, &bytes)
                       : read_part(t, c->eval, t->off + c->i * t->row_len, t->row_len, &bytes);

    if (r < 0)
        return r;
    array = value_new_array(&t->row, make_native(t, bytes));
    if (!is_number(t)) {
        *ret = g_steal_pointer(&array);
        return 0;
    }
    struct value *number = convert_item(array, 0);
    if (!number)
        return fault_set(&c->eval->fault, ERANGE,
                         "item %" PRIu64 " of %s is beyond 2^63 - 1, the largest number there is",
                         c->i, t->what);
    *ret = number;
    return 0;
}
