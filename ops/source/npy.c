/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* npy: the rows of an array that NumPy has saved. */
#include "ops/op.h"
#include "ops/source/tensor.h"

struct npy {
    const char *path;
};

static int lay(struct tensor *t, struct fault *f)
{
    g_autoptr(GBytes) head = NULL;
    gsize len;
    int r = plain_read(&t->plain, 0, MIN(t->plain.len, NPY_HEADER_MAX), f, &head);

    if (r < 0)
        return r;
    const void *data = g_bytes_get_data(head, &len);
    return tensor_lay_npy(t, data, len, t->plain.len, f);
}

static int npy_open(struct seq *s, struct fault *f)
{
    return tensor_open(s, ((const struct npy *)s->params)->path, lay, f);
}

const struct op op_npy = {
    .abi = SEQFS_OP_ABI,
    .name = "npy",
    .brief = "The rows of an array in NumPy's format.",
    .manual =
        "An element is the array at one index of the first axis, so one of shape (60000, 28, 28) "
        "is 60000 elements of 28 by 28. An array of a single axis has numbers as elements, as "
        "labels are; of complex numbers, arrays without axes. Numbers end at 2^63 - 1: an element "
        "of uint64 beyond it fails. All types of numbers, either byte "
        "order, C and Fortran order, and versions 1 to 3 of the format are read; objects, which "
        "only Python can read, texts and records are not.\n\n"
        "Where the array is in C order, elements are read at their place. In Fortran order their "
        "items lie apart, and reading one element reads what lies between them, or each item by "
        "itself. A file compressed by gzip, bzip2, xz or zstd is unpacked once. What follows the "
        "array in its file is not looked at.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct npy),
    .params = PARAMS(PARAM(STRING, struct npy, path, .required = true, .main = true,
                           .brief = "the file; relative to the spec's folder")),
    .examples = EXAMPLES(
        {"{npy: labels.npy}", "7 -2 1"}, {"[{npy: labels.npy}, {slice: \"::-1\"}]", "1 -2 7"},
        {"{npy: a.txt}", "!1:7: npy: 'a.txt': it is no npy file: it does not begin as such"},
        {"{npy: cut.npy}",
         "!1:7: npy: 'cut.npy' is cut off, or its header is wrong: it promises int32 [3], "
         "12 bytes, but there are only 8"}),
    .attrs = ATTRS(TENSOR_ATTRS),
    .open = npy_open,
    .close = tensor_close,
    .type = tensor_type,
    .attr = tensor_attr,
    .origin = tensor_origin,
    .identify = tensor_identify,
    .get = tensor_get,
};
