/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* normalize: an array less its mean, divided by its deviation, channel by channel. */
#include "ops/op.h"

#define CHUNK 512 /* items on their way */

struct normalize {
    struct doubles mean, std;
    int64_t axis;
};

/* Lifetime: call.  How channels lie among the items: as many in a row as an axis is long, each of
 * so many items; all that over and over. */
struct channels {
    uint64_t n, run;
};

static uint32_t count_channels(const struct normalize *p)
{
    return MAX(p->mean.len, p->std.len);
}

static bool is_axis_given(const struct seq *s)
{
    for (const struct param *p = s->op->params; p->name; p++)
        if (p->offset == offsetof(struct normalize, axis))
            return s->given & UINT64_C(1) << (p - s->op->params);
    return false;
}

static int refuse_axis(const struct normalize *p, const struct array_type *in, bool several,
                       struct fault *f)
{
    g_autoptr(GString) said = g_string_new(NULL);

    array_print(in, said);
    if (several)
        return fault_set(f, EINVAL,
                         "two axes of %s may be that of the %u channels: argument 'axis' tells it",
                         said->str, count_channels(p));
    return fault_set(f, EINVAL, "%u channels, but no axis of %s has that many", count_channels(p),
                     said->str);
}

/* Channels stand last, or, before height and width, third from the end. */
static int guess_axis(const struct normalize *p, const struct array_type *in, struct fault *f,
                      uint32_t *ret)
{
    uint64_t n = count_channels(p);
    bool last = in->n_dims > 0 && in->dims[in->n_dims - 1] == n;
    bool third = in->n_dims >= 3 && in->dims[in->n_dims - 3] == n;

    if (last == third)
        return refuse_axis(p, in, last, f);
    *ret = last ? in->n_dims - 1 : in->n_dims - 3;
    return 0;
}

static int find_axis(const struct seq *s, const struct normalize *p, const struct array_type *in,
                     struct fault *f, uint32_t *ret)
{
    int64_t axis = p->axis < 0 ? p->axis + in->n_dims : p->axis;

    if (!is_axis_given(s))
        return guess_axis(p, in, f, ret);
    g_autoptr(GString) said = g_string_new(NULL);
    array_print(in, said);
    if (axis < 0 || axis >= in->n_dims)
        return fault_set_arg(f, EINVAL, "axis", -1, "axis %" PRId64 ", but there is none in %s",
                             p->axis, said->str);
    if (in->dims[axis] != count_channels(p))
        return fault_set_arg(f, EINVAL, "axis", -1,
                             "%u channels, but axis %" PRId64 " of %s has length %" PRIu64,
                             count_channels(p), p->axis, said->str, in->dims[axis]);
    *ret = (uint32_t)axis;
    return 0;
}

static int find_channels(const struct seq *s, const struct normalize *p,
                         const struct array_type *in, struct fault *f, struct channels *ret)
{
    uint32_t axis = 0;
    int r;

    *ret = (struct channels){1, 1};
    if (count_channels(p) == 1 && !is_axis_given(s))
        return 0;
    r = find_axis(s, p, in, f, &axis);
    if (r < 0)
        return r;
    ret->n = in->dims[axis];
    for (uint32_t d = axis + 1; d < in->n_dims; d++)
        ret->run *= in->dims[d];
    return 0;
}

static int check_numbers(const struct normalize *p, struct fault *f)
{
    if (p->mean.len == 0 || p->std.len == 0)
        return fault_set_arg(f, EINVAL, p->mean.len == 0 ? "mean" : "std", -1,
                             "argument '%s': an empty list", p->mean.len == 0 ? "mean" : "std");
    if (p->mean.len != p->std.len && p->mean.len > 1 && p->std.len > 1)
        return fault_set_arg(f, EINVAL, "std", -1,
                             "%u numbers for 'mean', but %u for 'std': wanted is one of each, or "
                             "one for each channel",
                             p->mean.len, p->std.len);
    for (uint32_t k = 0; k < p->std.len; k++)
        if (p->std.at[k] == 0)
            return fault_set_arg(f, EINVAL, "std", p->std.len > 1 ? (int)k : -1,
                                 "argument 'std': nothing can be divided by 0");
    return 0;
}

static enum dtype result_type(enum dtype t)
{
    return dtype_class(t) == DTYPE_IS_FLOAT ? t : DTYPE_FLOAT32;
}

static int normalize_shape(const struct seq *s, const void *params, const struct array_type *in,
                           struct fault *f, struct array_type *ret)
{
    struct channels channels;
    int r = check_numbers(params, f);

    if (r == 0 && dtype_class(in->dtype) == DTYPE_IS_COMPLEX)
        return fault_set(f, EINVAL, "%s cannot be normalized: cast before it takes the real part",
                         dtype_name(in->dtype));
    if (r == 0)
        r = find_channels(s, params, in, f, &channels);
    if (r < 0)
        return r;
    *ret = *in;
    ret->dtype = result_type(in->dtype);
    return 0;
}

static int normalize_open(struct seq *s, struct fault *f)
{
    int r = s->draws ? 0 : check_numbers(s->params, f);

    if (r < 0)
        return fault_set_arg(f, f->err, f->arg, f->item, "%s: %s", s->name, f->text);
    return shaped_open(s, normalize_shape, f);
}

/* The number of a channel, of a list that may have one for all. */
static double number_of(const struct doubles *list, uint64_t channel)
{
    return list->at[list->len > 1 ? channel : 0];
}

static void shift_floats(float *x, uint64_t n, float mean, float std)
{
    for (uint64_t i = 0; i < n; i++)
        x[i] = (x[i] - mean) / std;
}

static void shift_doubles(double *x, uint64_t n, double mean, double std)
{
    for (uint64_t i = 0; i < n; i++)
        x[i] = (x[i] - mean) / std;
}

/* A run of one channel, or of each in turn where their items alternate. */
static void shift(const struct normalize *p, const struct channels *c, uint64_t at, bool wide,
                  void *items, uint64_t n)
{
    uint64_t channel = at / c->run % c->n;

    for (uint64_t i = 0, len; i < n; i += len, channel = (channel + 1) % c->n) {
        double mean = number_of(&p->mean, channel), std = number_of(&p->std, channel);

        len = c->n == 1 ? n : MIN(n - i, c->run - (at + i) % c->run);
        if (wide)
            shift_doubles((double *)items + i, len, mean, std);
        else
            shift_floats((float *)items + i, len, (float)mean, (float)std);
    }
}

/* A chunk at a time in the type that is calculated in. */
static void normalize(const struct normalize *p, const struct channels *channels,
                      const struct value *in, enum dtype to, char *out)
{
    enum dtype from = value_array_type(in)->dtype;
    bool wide = to == DTYPE_FLOAT64;
    enum dtype between = wide ? DTYPE_FLOAT64 : DTYPE_FLOAT32;
    const char *items = g_bytes_get_data(value_bytes(in), NULL);
    uint64_t n = 0;
    double x[CHUNK];

    array_n_items(value_array_type(in), &n);
    for (uint64_t at = 0; at < n; at += CHUNK) {
        uint64_t len = MIN(n - at, CHUNK);

        convert_items(from, items + at * dtype_size(from), between, x, len);
        shift(p, channels, at, wide, x, len);
        convert_items(between, x, to, out + at * dtype_size(to), len);
    }
}

static int normalize_apply(const struct call *c, struct value *in, struct value **ret)
{
    struct array_type type;
    struct channels channels;
    void *items;
    int r = shaped_begin(c, in, &type, &items);

    if (r < 0)
        return r;
    find_channels(c->seq, c->params, value_array_type(in), &c->eval->fault, &channels);
    normalize(c->params, &channels, in, type.dtype, items);
    *ret = shaped_end(&type, items);
    return 0;
}

const struct op op_normalize = {
    .abi = SEQFS_OP_ABI,
    .name = "normalize",
    .brief = "An array less its mean, divided by its deviation.",
    .manual =
        "(x - mean) / std, where both are one number or one for each channel. The channels are the "
        "axis that is as long as there are numbers: the last ([height, width, channels]) or the "
        "third from the end ([channels, height, width]); axis says it where both may be meant. "
        "Calculated in float32, of float64 in float64; integers become float32, floats stay what "
        "they are. For ImageNet after array: {dtype: float32, layout: chw, scale: unit} it is "
        "normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ANY,
    .params_size = sizeof(struct normalize),
    .params = PARAMS(PARAM(DOUBLES, struct normalize, mean, .required = true,
                           .brief = "what is taken away: one number, or one a channel"),
                     PARAM(DOUBLES, struct normalize, std, .required = true,
                           .brief = "what is divided by: one number, or one a channel"),
                     PARAM(INT, struct normalize, axis, .min = -ARRAY_DIMS, .max = ARRAY_DIMS - 1,
                           .brief = "the axis of the channels; negative ones count from the last")),
    .examples = EXAMPLES(
        {"[{values: [[2, 4, 6]]}, array, {normalize: {mean: 4, std: 2}}, {encode: json}]",
         "[-1.0, 0.0, 1.0]"},
        {"[{values: [[[1, 2, 3], [4, 5, 6]]]}, array, {normalize: {mean: [1, 2, 3], std: 3}}, "
         "{encode: json}]",
         "[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]"},
        {"[{values: [[1, 2, 3]]}, array, {normalize: {mean: [1, 2], std: 1}}]",
         "!1:33: normalize: 2 channels, but no axis of int64 [3] has that many"},
        {"[{values: [[1, 2, 3]]}, array, {normalize: {mean: 0, std: [1, 0, 1]}}]",
         "!1:63: normalize: argument 'std': nothing can be divided by 0"}),
    .open = normalize_open,
    .close = shaped_close,
    .type = shaped_type,
    .apply = normalize_apply,
};
