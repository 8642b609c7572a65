/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* raw: arrays of one shape, one behind the other in a file without a header. */
#include "ops/op.h"
#include "ops/source/tensor.h"

#include <string.h>

#define COUNT_UNSET -1

struct raw {
    const char *path;
    int64_t dtype;
    struct ints shape;
    uint64_t offset;
    int64_t count;
    int64_t order;
};

/* An element, by the arguments alone. */
static int measure(const struct raw *p, struct fault *f, struct array_type *ret, uint64_t *ret_len)
{
    *ret = (struct array_type){.dtype = (enum dtype)p->dtype, .n_dims = p->shape.len};
    if (p->shape.len >= ARRAY_DIMS)
        return fault_set_arg(f, EINVAL, "shape", ARRAY_DIMS - 1, "raw: more than %d axes",
                             ARRAY_DIMS - 1);
    for (uint32_t d = 0; d < p->shape.len; d++)
        ret->dims[d] = (uint64_t)p->shape.at[d];
    if (!array_n_bytes(ret, ret_len) || *ret_len > TENSOR_ROW_MAX)
        return fault_set_arg(f, EINVAL, "shape", -1,
                             "raw: an element of this shape has more than %" PRIu64 " bytes",
                             TENSOR_ROW_MAX);
    return 0;
}

/* How many there are. */
static int count(const struct raw *p, const struct tensor *t, uint64_t row_len, struct fault *f,
                 uint64_t *ret)
{
    const uint64_t room = t->plain.len - p->offset;

    *ret = room / row_len;
    if (p->count != COUNT_UNSET && (uint64_t)p->count > *ret)
        return fault_set_arg(f, EINVAL, "count", -1,
                             "raw: %" PRId64 " elements of %" PRIu64 " bytes, but %s has room for "
                             "%" PRIu64 " from byte %" PRIu64 " on",
                             p->count, row_len, t->what, *ret, p->offset);
    if (p->count == COUNT_UNSET && room % row_len != 0)
        return fault_set_arg(f, EINVAL, "path", -1,
                             "raw: %s has %" PRIu64 " elements of %" PRIu64 " bytes, and %" PRIu64
                             " bytes are over: is the shape right? else tell the 'count'",
                             t->what, *ret, row_len, room % row_len);
    if (p->count != COUNT_UNSET)
        *ret = (uint64_t)p->count;
    return 0;
}

static int lay(const struct raw *p, struct tensor *t, struct fault *f)
{
    const bool little = G_BYTE_ORDER == G_LITTLE_ENDIAN;
    struct array_type row, whole;
    uint64_t row_len;
    int r = measure(p, f, &row, &row_len);

    if (r < 0)
        return r;
    if (p->offset > t->plain.len)
        return fault_set_arg(f, EINVAL, "offset", -1,
                             "raw: %" PRIu64 " is beyond the %" PRIu64 " bytes of %s", p->offset,
                             t->plain.len, t->what);
    whole = (struct array_type){.dtype = row.dtype, .n_dims = row.n_dims + 1};
    memcpy(whole.dims + 1, row.dims, row.n_dims * sizeof *row.dims);
    t->swapped = (p->order == G_LITTLE_ENDIAN) != little && dtype_alignment(row.dtype) > 1;
    r = count(p, t, row_len, f, &whole.dims[0]);
    return r < 0 ? r : tensor_lay(t, &whole, p->offset, t->plain.len, f);
}

static int raw_open(struct seq *s, struct fault *f)
{
    const struct raw *p = s->params;
    struct tensor *t = tensor_new(s, 1)->at;
    int r;

    tensor_name(t, p->path, NULL);
    if (plain_open(p->path, s->folder, f, &t->plain) < 0)
        return tensor_refuse(s, f);
    r = lay(p, t, f);
    if (r == 0)
        tensor_settle(s);
    return r;
}

static const struct param_choice orders[] = {
    {"little", G_LITTLE_ENDIAN}, {"big", G_BIG_ENDIAN}, {0}};

const struct op op_raw = {
    .abi = SEQFS_OP_ABI,
    .name = "raw",
    .brief = "Arrays of one shape, one behind the other in a file without a header.",
    .manual =
        "They begin at the offset and go on to the end of the file, which has to be the end of an "
        "element, or for `count` of them. Items lie in C order. Without a shape, elements are "
        "numbers, of which uint64 beyond 2^63 - 1 fail; complex ones are arrays without axes. A "
        "file compressed by gzip, bzip2, xz or "
        "zstd is unpacked once; offset and length are those of what is in it.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct raw),
    .params = PARAMS(
        PARAM(STRING, struct raw, path, .required = true, .main = true,
              .brief = "the file; relative to the spec's folder"),
        PARAM(CHOICE, struct raw, dtype, .required = true, .choices = dtype_choices,
              .brief = "the type of an item"),
        PARAM(INTS, struct raw, shape, .min = 1, .max = INT32_MAX,
              .brief = "the axes of an element; none: a single item"),
        PARAM(SIZE, struct raw, offset, .fallback = "0", .brief = "where the first one begins"),
        PARAM(INT, struct raw, count, .min = COUNT_UNSET, .max = (double)(INT64_C(1) << 53),
              .fallback = "-1", .brief = "how many there are; -1: as many as the file has"),
        PARAM(CHOICE, struct raw, order, .choices = orders, .fallback = "little",
              .brief = "the byte order of items")),
    .examples = EXAMPLES(
        {"{raw: {path: b.txt, dtype: uint8}}", "98 101 116 97 10"},
        {"{raw: {path: b.txt, dtype: int16, offset: 1, order: big}}", "25972 24842"},
        {"{raw: {path: b.txt, dtype: int16}}",
         "!1:14: raw: 'b.txt' has 2 elements of 2 bytes, and 1 bytes are over: is the shape right? "
         "else tell the 'count'"},
        {"{raw: {path: b.txt, dtype: uint8, count: 6}}",
         "!1:42: raw: 6 elements of 1 bytes, but 'b.txt' has room for 5 from byte 0 on"}),
    .attrs = ATTRS(TENSOR_ATTRS),
    .open = raw_open,
    .close = tensor_close,
    .type = tensor_type,
    .attr = tensor_attr,
    .origin = tensor_origin,
    .identify = tensor_identify,
    .get = tensor_get,
};
