/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cast: the items of an array as another type. */
#include "ops/op.h"

struct cast {
    int64_t dtype;
};

static int cast_shape(const struct seq *s, const void *params, const struct array_type *in,
                      struct fault *f, struct array_type *ret)
{
    *ret = *in;
    ret->dtype = (enum dtype)((const struct cast *)params)->dtype;
    return 0;
}

static int cast_open(struct seq *s, struct fault *f)
{
    struct type in = seq_type(s->in[0], SEQ_ANY);

    if (in.known && (in.kind == VALUE_IMAGE || in.kind == VALUE_BYTES))
        return fault_set(f, EINVAL,
                         "cast: wanted is an array, but each element is %s: put 'array' before it, "
                         "or use vips.cast for the format of an image",
                         value_kind_name(in.kind));
    return shaped_open(s, cast_shape, f);
}

static int cast_apply(const struct call *c, struct value *in, struct value **ret)
{
    struct array_type type;
    uint64_t n;
    void *items;
    int r = shaped_begin(c, in, &type, NULL);

    if (r == 0 && type.dtype == value_array_type(in)->dtype) {
        *ret = value_ref(in);
        return 0;
    }
    if (r == 0)
        r = shaped_alloc(&type, &c->eval->fault, &items);
    if (r < 0)
        return r;
    if (!array_n_items(&type, &n))
        g_assert_not_reached();
    convert_items(value_array_type(in)->dtype, g_bytes_get_data(value_bytes(in), NULL), type.dtype,
                  items, n);
    *ret = shaped_end(&type, items);
    return 0;
}

const struct op op_cast = {
    .abi = SEQFS_OP_ABI,
    .name = "cast",
    .brief = "The items of an array as another type.",
    .manual =
        "As NumPy's astype: numbers with a fraction lose it where they become integers; integers "
        "that are too large wrap around. Where NumPy leaves it open it is told: a number beyond "
        "the limits of an integer becomes the nearest limit, and what is no number 0. Anything but "
        "0 is true. Images are cast by vips.cast, and become arrays by array.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ANY,
    .params_size = sizeof(struct cast),
    .params = PARAMS(PARAM(CHOICE, struct cast, dtype, .required = true, .main = true,
                           .choices = dtype_choices, .brief = "the type, as NumPy calls it")),
    .examples = EXAMPLES(
        {"[{values: [[1, 2.9, -3.5]]}, array, {cast: int16}, {reshape: [3, 1]}, {encode: json}]",
         "[[1], [2], [-3]]"},
        {"[{values: [[300, 0]]}, array, {cast: uint8}, {encode: json}]", "[44, 0]"},
        {"[{values: [[300, 0]]}, array, {cast: uint9}]",
         "!1:38: cast: argument 'dtype': no value 'uint9', there are bool, int8, int16, int32, "
         "int64, uint8, uint16, uint32, uint64, float16, float32, float64, complex64, complex128; "
         "did you mean 'uint8'?"},
        {"[{files: photo.jpg}, {cast: uint8}]", "!1:23: cast: wanted is an array, but each element "
                                                "is bytes: put 'array' before it, or use "
                                                "vips.cast for the format of an image"}),
    .open = cast_open,
    .close = shaped_close,
    .type = shaped_type,
    .apply = cast_apply,
};
