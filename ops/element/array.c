/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* array: an image, a number or a list of numbers as an array. */
#include "ops/op.h"

#include <string.h>

#include "ops/image/image.h"
#include "ops/image/pixels.h"

enum layout_of_pixels { LAYOUT_HWC, LAYOUT_CHW };

struct array {
    int64_t dtype;
    int64_t layout;
    int64_t channels;
    const char *scale;
};

static const struct param_choice layouts[] = {{"hwc", LAYOUT_HWC}, {"chw", LAYOUT_CHW}, {0}};

static const struct param_choice channel_choices[] = {
    {"1", 1}, {"3", 3}, {"4", 4}, {"all", PIXELS_ALL}, {0}};

/* Whether one of the arguments was written. */
static bool is_given(const struct seq *s, const char *name)
{
    const struct param *p = param_find(s->op->params, name);

    return s->given & UINT64_C(1) << (p - s->op->params);
}

static int find_scale(const struct array *p, struct fault *f, double *ret_factor, bool *ret_unit)
{
    *ret_unit = strcmp(p->scale, "unit") == 0;
    *ret_factor = 1;
    if (*ret_unit || scan_double(p->scale, ret_factor))
        return 0;
    return fault_set_arg(f, EINVAL, "scale", -1,
                         "argument 'scale': '%.64s' is neither a number nor 'unit'", p->scale);
}

static int find_wanted(const struct seq *s, const struct array *p, struct fault *f,
                       struct pixels_wanted *ret)
{
    *ret = (struct pixels_wanted){.typed = is_given(s, "dtype"),
                                  .dtype = (enum dtype)p->dtype,
                                  .planes = p->layout == LAYOUT_CHW,
                                  .channels = (int)p->channels};
    return find_scale(p, f, &ret->factor, &ret->unit);
}

static bool is_number(struct type t)
{
    return t.known && numbers_has(t.kind);
}

/* Of a list whose items are known to be numbers of one kind. */
static bool shape_of_list(const struct seq *in, uint64_t i, struct array_type *ret)
{
    uint64_t n = i == SEQ_ANY ? seq_n_parts_of_all(in) : seq_n_parts(in, i);
    struct type item = {0};

    if (n != SEQ_ANY && n > 0)
        item = seq_part_type(in, SEQ_ANY, 0);
    if (!is_number(item))
        return false;
    *ret = numbers_type(item.kind);
    ret->n_dims = 1;
    ret->dims[0] = n;
    return true;
}

static bool shape(const struct seq *s, uint64_t i, struct array_type *ret)
{
    const struct type in = seq_type(s->in[0], i);
    struct pixels_wanted p;
    struct fault f;
    bool known = true;

    if (!in.known || s->draws || find_wanted(s, s->params, &f, &p) < 0)
        return false;
    if (in.kind == VALUE_IMAGE && in.width > 0 && p.typed && p.channels > 0)
        *ret = pixels_type(&p, p.dtype, in.width, in.height, (uint32_t)p.channels);
    else if (in.kind == VALUE_ARRAY && in.array)
        *ret = *in.array;
    else if (is_number(in))
        *ret = numbers_type(in.kind);
    else
        known = in.kind == VALUE_LIST && in.parted && shape_of_list(s->in[0], i, ret);
    if (known && p.typed)
        ret->dtype = p.dtype;
    return known;
}

static int check_kind(const struct seq *s, enum value_kind kind, struct fault *f)
{
    const char *pixels_only = is_given(s, "layout")     ? "layout"
                              : is_given(s, "channels") ? "channels"
                                                        : NULL;

    if (kind == VALUE_RECORD || kind == VALUE_TEXT || kind == VALUE_NULL)
        return fault_set(f, EINVAL, "%s is no image, and no number or list of numbers%s",
                         value_kind_name(kind),
                         kind == VALUE_RECORD ? ": say which of its fields by 'on'"
                         : kind == VALUE_TEXT ? ": parse makes numbers of text"
                                              : "");
    if (kind != VALUE_IMAGE && kind != VALUE_BYTES && pixels_only)
        return fault_set_arg(f, EINVAL, pixels_only, FAULT_KEY,
                             "argument '%s' is for images, but this is %s", pixels_only,
                             value_kind_name(kind));
    return 0;
}

static int array_open(struct seq *s, struct fault *f)
{
    struct type in = seq_type(s->in[0], SEQ_ANY);
    struct pixels_wanted p;
    int r = image_setup(f);

    if (r == 0 && !s->draws)
        r = find_wanted(s, s->params, f, &p);
    if (r == 0 && in.known)
        r = check_kind(s, in.kind, f);
    if (r < 0)
        return fault_set_arg(f, f->err, f->arg, f->item, "%s: %s", s->name, f->text);
    s->self = shapes_new(s, shape);
    s->isolate = !in.known || in.kind == VALUE_IMAGE;
    s->trivial = is_number(in);
    return 0;
}

static void array_close(struct seq *s)
{
    shapes_free(s->self);
}

static struct type array_type_of(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_ARRAY, .array = shapes_find(s->self, s, i)};
}

static int of_image(const struct call *c, struct pixels_wanted *p, const struct value *in,
                    struct value **ret)
{
    const struct type t = seq_type(c->seq->in[0], c->i);
    VipsImage *drawn;

    p->width = t.width;
    p->height = t.height;
    image_begin();
    int r = image_pixels(image_of(in), c->eval, &drawn);
    return r < 0 ? r : pixels_array(p, drawn, c->eval, ret);
}

/* Of an array, which may be that of numbers. */
static int of_array(const struct call *c, const struct pixels_wanted *p, struct value *in,
                    struct value **ret)
{
    const struct array_type *from = value_array_type(in);
    struct array_type to = *from;
    struct rescale by = {p->factor, p->unit ? rescale_unit(from->dtype) : 1};
    uint64_t n;
    void *items;

    if (p->typed)
        to.dtype = p->dtype;
    if (to.dtype == from->dtype && by.factor == 1 && by.divisor == 1) {
        *ret = value_ref(in);
        return 0;
    }
    int r = shaped_alloc(&to, &c->eval->fault, &items);
    if (r < 0)
        return r;
    if (!array_n_items(&to, &n))
        g_assert_not_reached();
    rescale_items(from->dtype, g_bytes_get_data(value_bytes(in), NULL), to.dtype, items, n, by);
    *ret = shaped_end(&to, items);
    return 0;
}

static int array_apply(const struct call *c, struct value *in, struct value **ret)
{
    OWN(value_unref) struct value *numbers = NULL;
    OWN(value_unref) struct value *made = NULL;
    struct fault *f = &c->eval->fault;
    struct pixels_wanted p;
    int r = find_wanted(c->seq, c->params, f, &p);

    if (r == 0)
        r = check_kind(c->seq, value_kind(in), f);
    if (r < 0)
        return r;
    if (value_kind(in) == VALUE_IMAGE) {
        r = of_image(c, &p, in, &made);
    } else if (value_kind(in) == VALUE_ARRAY) {
        r = of_array(c, &p, in, &made);
    } else {
        r = numbers_array(in, f, &numbers);
        if (r == 0)
            r = of_array(c, &p, numbers, &made);
    }
    if (r == 0)
        r = shapes_check(c->seq->self, c, value_array_type(made));
    if (r == 0)
        *ret = g_steal_pointer(&made);
    return r;
}

const struct op op_array = {
    .abi = SEQFS_OP_ABI,
    .name = "array",
    .brief = "An image, a number, a list of numbers as an array.",
    .manual =
        "An image becomes [height, width, channels], or, by layout: chw, [channels, height, "
        "width], of the type that its samples have unless dtype says another. What "
        "torchvision's ToTensor makes is array: {dtype: float32, layout: chw, scale: unit}: "
        "numbers from 0 to 1. scale is a factor, or unit: divided by the greatest sample, 255 or "
        "65535 (of floats that of their colour space). Integers are rounded to the nearest and "
        "held within the limits of their type.\n"
        "A grey image has one channel, an alpha is one more. channels takes as many as it says: "
        "1 makes colours grey (through linear light, as libvips does), 3 repeats grey and drops "
        "alpha, 4 has full alpha where there is none. Colours that are neither grey nor RGB (CMYK, "
        "Lab, scRGB, HSV...) become sRGB at first, and 16 bits a sample become 8 where "
        "dtype is uint8 and no scale is given; channels: all takes every band as it is. With "
        "dtype and channels, and images whose size is known from the spec (thumbnail with crop, "
        "random_crop, extract_area...), the array's shape and the size of its file are known "
        "before it is computed.\n"
        "A number becomes an array without axes, a list of numbers, or of such lists, an array "
        "with one for each level: int64, float64 or bool. An array gets another dtype or scale. "
        "An image is made of numbers as they are: png, jpeg and others of 8 bits a sample take 0 "
        "to 255, so that 0 to 1 would be black: array: {dtype: uint8, scale: 255} before `encode` "
        "makes those of scale: unit an image again.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_PIXELS,
    .flags = OP_ISOLATE,
    .version = image_version,
    .params_size = sizeof(struct array),
    .params = PARAMS(PARAM(CHOICE, struct array, dtype, .main = true, .choices = dtype_choices,
                           .brief = "the type of the items; as they come"),
                     PARAM(CHOICE, struct array, layout, .fallback = "hwc", .choices = layouts,
                           .brief = "of images: channels last or first"),
                     PARAM(CHOICE, struct array, channels, .choices = channel_choices,
                           .brief = "of images: how many; as they come"),
                     PARAM(STRING, struct array, scale, .fallback = "1",
                           .brief = "a factor, or unit: the greatest sample becomes 1")),
    .examples = EXAMPLES(
        {"[{values: [[1, 2, 3], [[1, 2], [3, 4.5]]]}, array, {encode: json}]",
         "[1, 2, 3] [[1.0, 2.0], [3.0, 4.5]]"},
        {"[{values: [[0, 51, 255]]}, {array: {dtype: float32, scale: 0.5}}, {encode: json}]",
         "[0.0, 25.5, 127.5]"},
        {"[{files: photo.jpg}, {array: {layout: chw, dtype: float32, scale: unit}}, "
         "{array: {dtype: uint8, scale: 255}}, {encode: png}]",
         "32x24x3"},
        {"[{concatenate: [{range: 2}, {values: [1.5]}]}, array, {encode: json}]", "0 1 1.5"},
        {"[{values: ['[1, 2]', '3']}, {parse: json}, array, {encode: json}]", "[1, 2] 3"},
        {"[{values: [[[1, 2], [3]]]}, array]",
         "#0: lists of 2 and of 1 items beside each other are no array"},
        {"[{range: 3}, {array: {layout: chw}}]",
         "!1:23: array: argument 'layout' is for images, but this is int"},
        {"[{files: photo.jpg}, {array: {dtype: float32, scale: one}}]",
         "!1:54: array: argument 'scale': 'one' is neither a number nor 'unit'"}),
    .open = array_open,
    .close = array_close,
    .type = array_type_of,
    .apply = array_apply,
};
