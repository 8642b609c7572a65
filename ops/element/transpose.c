/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* transpose: the axes of an array in another order. */
#include "ops/op.h"

#include <string.h>

struct transpose {
    struct ints axes;
};

/* Lifetime: call.  How the result walks through the items of its input. */
struct walk {
    uint32_t n_dims;
    uint64_t dims[ARRAY_DIMS];  /* of the result */
    uint64_t steps[ARRAY_DIMS]; /* items of the input from one to the next along each */
};

/* Which axis of the input axis d of the result is; false = there is none such. */
static bool find_axis(const struct ints *axes, uint32_t n_dims, uint32_t d, uint32_t *ret)
{
    int64_t axis = axes->len > 0 ? axes->at[d] : (int64_t)(n_dims - 1 - d);

    if (axis < 0)
        axis += n_dims;
    *ret = (uint32_t)axis;
    return axis >= 0 && axis < n_dims;
}

/* Whether each axis is there once, of as many as there are. */
static bool is_order(const struct ints *axes)
{
    uint32_t axis, seen = 0;

    for (uint32_t d = 0; d < axes->len; d++) {
        if (axes->len > ARRAY_DIMS || !find_axis(axes, axes->len, d, &axis) ||
            seen & UINT32_C(1) << axis)
            return false;
        seen |= UINT32_C(1) << axis;
    }
    return true;
}

static int refuse(const struct ints *axes, const struct array_type *in, struct fault *f)
{
    g_autoptr(GString) said = g_string_new("argument 'axes': [");

    for (uint32_t d = 0; d < axes->len; d++)
        g_string_append_printf(said, "%s%" PRId64, d > 0 ? ", " : "", axes->at[d]);
    g_string_append(said, "] is no order of ");
    if (in) {
        g_string_append(said, "the axes of ");
        array_print(in, said);
    } else {
        g_string_append_printf(said, "%u axes", axes->len);
    }
    return fault_set_arg(f, EINVAL, "axes", -1, "%s", said->str);
}

static int transpose_shape(const struct seq *s, const void *params, const struct array_type *in,
                           struct fault *f, struct array_type *ret)
{
    const struct ints *axes = &((const struct transpose *)params)->axes;
    uint32_t axis;

    if (axes->len > 0 && (axes->len != in->n_dims || !is_order(axes)))
        return refuse(axes, in, f);
    *ret = *in;
    for (uint32_t d = 0; d < in->n_dims; d++) {
        find_axis(axes, in->n_dims, d, &axis);
        ret->dims[d] = in->dims[axis];
    }
    return 0;
}

static int transpose_open(struct seq *s, struct fault *f)
{
    const struct transpose *p = s->params;

    if (!s->draws && !is_order(&p->axes)) {
        refuse(&p->axes, NULL, f);
        return fault_set_arg(f, f->err, f->arg, f->item, "%s: %s", s->name, f->text);
    }
    return shaped_open(s, transpose_shape, f);
}

static struct walk plan_walk(const struct ints *axes, const struct array_type *in)
{
    struct walk w = {.n_dims = in->n_dims};
    uint64_t steps[ARRAY_DIMS], step = 1;
    uint32_t axis;

    for (uint32_t d = in->n_dims; d-- > 0; step *= in->dims[d])
        steps[d] = step;
    for (uint32_t d = 0; d < in->n_dims; d++) {
        find_axis(axes, in->n_dims, d, &axis);
        w.dims[d] = in->dims[axis];
        w.steps[d] = steps[axis];
    }
    return w;
}

/* Items of a size that the compiler knows, so many of them, from one to the next a step apart. */
static void copy_row(const char *in, uint64_t step, char *out, uint64_t n, size_t size)
{
    for (uint64_t i = 0; i < n && size == 1; i++)
        out[i] = in[i * step];
    for (uint64_t i = 0; i < n && size == 2; i++)
        ((uint16_t *)(void *)out)[i] = ((const uint16_t *)(const void *)in)[i * step];
    for (uint64_t i = 0; i < n && size == 4; i++)
        ((uint32_t *)(void *)out)[i] = ((const uint32_t *)(const void *)in)[i * step];
    for (uint64_t i = 0; i < n && size == 8; i++)
        ((uint64_t *)(void *)out)[i] = ((const uint64_t *)(const void *)in)[i * step];
    for (uint64_t i = 0; i < n && size == 16; i++)
        memcpy(out + i * 16, in + i * step * 16, 16);
}

/* Row by row of the result, counting through all axes but the last.  There are items. */
static void copy(const struct walk *w, const char *in, char *out, size_t size)
{
    uint64_t at[ARRAY_DIMS] = {0}, off = 0;
    uint32_t last = w->n_dims - 1, d;

    do {
        copy_row(in + off * size, w->steps[last], out, w->dims[last], size);
        out += w->dims[last] * size;
        for (d = last; d-- > 0;) {
            off += w->steps[d];
            if (++at[d] < w->dims[d])
                break;
            off -= w->steps[d] * w->dims[d];
            at[d] = 0;
        }
    } while (d != UINT32_MAX);
}

static int transpose_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct transpose *p = c->params;
    struct array_type type;
    void *items;
    uint64_t n;
    int r = shaped_begin(c, in, &type, &items);

    if (r < 0)
        return r;
    if (array_n_items(&type, &n) && n > 0 && type.n_dims > 0) {
        struct walk w = plan_walk(&p->axes, value_array_type(in));

        copy(&w, g_bytes_get_data(value_bytes(in), NULL), items, dtype_size(type.dtype));
    } else if (n > 0) {
        memcpy(items, g_bytes_get_data(value_bytes(in), NULL), dtype_size(type.dtype));
    }
    *ret = shaped_end(&type, items);
    return 0;
}

const struct op op_transpose = {
    .abi = SEQFS_OP_ABI,
    .name = "transpose",
    .brief = "The axes of an array in another order.",
    .manual = "As NumPy's transpose: axis number d of the result is number axes[d] of the input; "
              "negative numbers count from the last. Without axes their order is reversed.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ANY,
    .params_size = sizeof(struct transpose),
    .params =
        PARAMS(PARAM(INTS, struct transpose, axes, .main = true, .min = -ARRAY_DIMS,
                     .max = ARRAY_DIMS - 1, .brief = "the axes of the input in their new order")),
    .examples = EXAMPLES(
        {"[{values: [[[1, 2, 3], [4, 5, 6]]]}, array, transpose, {encode: json}]",
         "[[1, 4], [2, 5], [3, 6]]"},
        {"[{values: [[[[1, 2], [3, 4]]]]}, array, {transpose: [2, 0, 1]}, {encode: json}]",
         "[[[1, 3]], [[2, 4]]]"},
        {"[{values: [[1, 2, 3]]}, array, {transpose: [0, 1]}]",
         "!1:44: transpose: argument 'axes': [0, 1] is no order of the axes of int64 [3]"}),
    .open = transpose_open,
    .close = shaped_close,
    .type = shaped_type,
    .apply = transpose_apply,
};
