/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* idx: the rows of an array in the format of the MNIST files.
 * Source: http://yann.lecun.com/exdb/mnist/ (two zero bytes, the type, the number of axes, their
 * lengths, the items; all most significant byte first). */
#include "ops/op.h"
#include "ops/source/tensor.h"

#define FIRST_AXIS 4 /* offset of its length; each has four bytes */
#define HEAD_MAX (FIRST_AXIS + 4 * ARRAY_DIMS)

struct idx {
    const char *path;
};

static bool find_type(uint8_t code, enum dtype *ret)
{
    static const struct {
        uint8_t code;
        enum dtype dtype;
    } types[] = {{0x08, DTYPE_UINT8}, {0x09, DTYPE_INT8},    {0x0b, DTYPE_INT16},
                 {0x0c, DTYPE_INT32}, {0x0d, DTYPE_FLOAT32}, {0x0e, DTYPE_FLOAT64}};

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (types[i].code != code)
            continue;
        *ret = types[i].dtype;
        return true;
    }
    return false;
}

static int check_head(const struct tensor *t, const uint8_t *data, size_t len, struct fault *f)
{
    if (len < FIRST_AXIS || data[0] != 0 || data[1] != 0)
        return fault_set(f, EINVAL, "%s is no idx file: it does not begin with two bytes of 0",
                         t->what);
    if (data[3] == 0 || data[3] > ARRAY_DIMS)
        return fault_set(f, EINVAL,
                         "%s is no idx file, or damaged: it has %u axes; wanted are 1..%d", t->what,
                         data[3], ARRAY_DIMS);
    if (len < FIRST_AXIS + 4u * data[3])
        return fault_set(f, EINVAL,
                         "%s ends within its header: it has %zu bytes, and the lengths of %u axes "
                         "need %u",
                         t->what, len, data[3], FIRST_AXIS + 4u * data[3]);
    return 0;
}

static int parse_head(const struct tensor *t, const uint8_t *data, size_t len, struct fault *f,
                      struct array_type *ret)
{
    int r = check_head(t, data, len, f);
    uint64_t n_bytes;

    if (r < 0)
        return r;
    *ret = (struct array_type){.n_dims = data[3]};
    if (!find_type(data[2], &ret->dtype))
        return fault_set(f, EINVAL,
                         "%s has items of the type 0x%02x; known are 0x08 (uint8), 0x09 (int8), "
                         "0x0b (int16), 0x0c (int32), 0x0d (float32) and 0x0e (float64)",
                         t->what, data[2]);
    for (uint32_t d = 0; d < ret->n_dims; d++) {
        const uint8_t *axis = data + FIRST_AXIS + 4 * d;

        ret->dims[d] = (uint64_t)axis[0] << 24 | (uint64_t)axis[1] << 16 | (uint64_t)axis[2] << 8 |
                       (uint64_t)axis[3];
    }
    if (!array_n_bytes(ret, &n_bytes))
        return fault_set(f, EINVAL, "%s has a damaged header: its shape is too large", t->what);
    return 0;
}

static int lay(struct tensor *t, struct fault *f)
{
    struct array_type whole;
    g_autoptr(GBytes) head = NULL;
    uint64_t off, n_bytes = 0;
    gsize len;
    int r = plain_read(&t->plain, 0, MIN(t->plain.len, HEAD_MAX), f, &head);

    if (r < 0)
        return r;
    const uint8_t *data = g_bytes_get_data(head, &len);
    r = parse_head(t, data, len, f, &whole);
    if (r < 0)
        return r;
    off = FIRST_AXIS + 4 * whole.n_dims;
    t->swapped = G_BYTE_ORDER == G_LITTLE_ENDIAN && dtype_alignment(whole.dtype) > 1;
    r = tensor_lay(t, &whole, off, t->plain.len, f);
    array_n_bytes(&whole, &n_bytes);
    if (r == 0 && t->plain.len - off > n_bytes)
        r = fault_set(f, EINVAL,
                      "%s has a damaged header: it tells of %" PRIu64
                      " bytes of items, but %" PRIu64 " follow",
                      t->what, n_bytes, t->plain.len - off);
    return r;
}

static int idx_open(struct seq *s, struct fault *f)
{
    return tensor_open(s, ((const struct idx *)s->params)->path, lay, f);
}

const struct op op_idx = {
    .abi = SEQFS_OP_ABI,
    .name = "idx",
    .brief = "The rows of an array in the format of the MNIST files.",
    .manual =
        "An element is the array at one index of the first axis: of the images of MNIST, one of 28 "
        "by 28. A file of a single axis, as those of labels, has numbers as elements, so that\n\n"
        "    collate: {image: {idx: train-images-idx3-ubyte.gz}, label: {idx: "
        "train-labels-idx1-ubyte.gz}}\n\n"
        "makes records of a picture and a number. All types of the format are read: uint8, int8, "
        "int16, int32, float32 and float64. A file compressed by gzip, bzip2, xz or zstd, whatever "
        "it is called, is unpacked once.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct idx),
    .params = PARAMS(PARAM(STRING, struct idx, path, .required = true, .main = true,
                           .brief = "the file; relative to the spec's folder")),
    .examples = EXAMPLES(
        {"{idx: labels.idx}", "5 0 4"},
        {"[{collate: {label: {idx: labels.idx}, word: {lines: words.txt}}}, {get: label}]",
         "5 0 4"},
        {"{idx: a.txt}",
         "!1:7: idx: 'a.txt' is no idx file: it does not begin with two bytes of 0"},
        {"{idx: cut.idx}", "!1:7: idx: 'cut.idx' is cut off, or its header is wrong: it promises "
                           "uint8 [3], 3 bytes, but there are only 2"}),
    .attrs = ATTRS(TENSOR_ATTRS),
    .open = idx_open,
    .close = tensor_close,
    .type = tensor_type,
    .attr = tensor_attr,
    .origin = tensor_origin,
    .identify = tensor_identify,
    .get = tensor_get,
};
