/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* reshape: the same items along other axes. */
#include "ops/op.h"

struct reshape {
    struct ints shape;
};

static int refuse(const struct ints *shape, const struct array_type *in, struct fault *f)
{
    g_autoptr(GString) said = g_string_new(NULL);
    uint64_t n = 0;

    array_n_items(in, &n);
    array_print(in, said);
    g_string_append_printf(said, " has %" PRIu64 " items, which do not make [", n);
    for (uint32_t d = 0; d < shape->len; d++)
        g_string_append_printf(said, "%s%" PRId64, d > 0 ? ", " : "", shape->at[d]);
    g_string_append_c(said, ']');
    return fault_set_arg(f, EINVAL, "shape", -1, "%s", said->str);
}

/* The axis that is left to be told by the others, or -1. */
static int find_open_axis(const struct ints *shape)
{
    for (uint32_t d = 0; d < shape->len; d++)
        if (shape->at[d] < 0)
            return (int)d;
    return -1;
}

static int check_axes(const struct ints *shape, struct fault *f)
{
    int open = find_open_axis(shape);

    if (shape->len > ARRAY_DIMS)
        return fault_set_arg(f, EINVAL, "shape", -1,
                             "argument 'shape': %u axes, but an array has at most %d", shape->len,
                             ARRAY_DIMS);
    for (uint32_t d = 0; d < shape->len; d++)
        if (shape->at[d] < 0 && (int)d != open)
            return fault_set_arg(f, EINVAL, "shape", (int)d,
                                 "argument 'shape': only one axis can be -1");
    return 0;
}

static int reshape_shape(const struct seq *s, const void *params, const struct array_type *in,
                         struct fault *f, struct array_type *ret)
{
    const struct ints *shape = &((const struct reshape *)params)->shape;
    int open = find_open_axis(shape), r = check_axes(shape, f);
    uint64_t have, n;

    if (r < 0)
        return r;
    *ret = (struct array_type){.dtype = in->dtype, .n_dims = shape->len};
    for (uint32_t d = 0; d < shape->len; d++)
        ret->dims[d] = (int)d == open ? 1 : (uint64_t)shape->at[d];
    if (!array_n_items(in, &have) || !array_n_items(ret, &n))
        return refuse(shape, in, f);
    if (open >= 0 && n > 0) {
        ret->dims[open] = have / n;
        n *= have / n;
    } else if (open >= 0) {
        return refuse(shape, in, f);
    }
    return n == have ? 0 : refuse(shape, in, f);
}

static int reshape_open(struct seq *s, struct fault *f)
{
    const struct reshape *p = s->params;
    int r = s->draws ? 0 : check_axes(&p->shape, f);

    if (r < 0)
        return fault_set_arg(f, f->err, f->arg, f->item, "%s: %s", s->name, f->text);
    return shaped_open(s, reshape_shape, f);
}

static int reshape_apply(const struct call *c, struct value *in, struct value **ret)
{
    struct array_type type;
    int r = shaped_begin(c, in, &type, NULL);

    if (r == 0)
        *ret = value_new_array(&type, g_bytes_ref(value_bytes(in)));
    return r;
}

const struct op op_reshape = {
    .abi = SEQFS_OP_ABI,
    .name = "reshape",
    .brief = "The items of an array along other axes.",
    .manual = "As NumPy's reshape: the items stay in their order, the last axis the fastest. One "
              "axis may be -1: as long as the others leave it.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ANY,
    .params_size = sizeof(struct reshape),
    .params = PARAMS(PARAM(INTS, struct reshape, shape, .required = true, .main = true, .min = -1,
                           .max = 9.2e18,
                           .brief = "the length of each axis; -1 = what the others leave")),
    .examples = EXAMPLES(
        {"[{values: [[1, 2, 3, 4, 5, 6]]}, array, {reshape: [2, -1]}, {encode: json}]",
         "[[1, 2, 3], [4, 5, 6]]"},
        {"[{values: [[[1, 2], [3, 4]]]}, array, {reshape: -1}, {encode: json}]", "[1, 2, 3, 4]"},
        {"[{values: [[1, 2, 3, 4, 5, 6]]}, array, {reshape: [4, -1]}]",
         "!1:51: reshape: int64 [6] has 6 items, which do not make [4, -1]"},
        {"[{values: [[1, 2]]}, array, {reshape: [-1, -1]}]",
         "!1:44: reshape: argument 'shape': only one axis can be -1"}),
    .open = reshape_open,
    .close = shaped_close,
    .type = shaped_type,
    .apply = reshape_apply,
};
