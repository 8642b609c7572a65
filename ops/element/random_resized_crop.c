/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* random_resized_crop: a piece of random area, shape and place, scaled to one size. */
#include "ops/op.h"

#include <math.h>

#include "ops/image/image.h"
#include "ops/image/operation.h"

#define TRIES 10

struct random_resized_crop {
    int64_t width, height;
    struct doubles scale, ratio;
    int64_t kernel;
};

static const struct param_choice kernels[] = {
    {"nearest", VIPS_KERNEL_NEAREST},
    {"linear", VIPS_KERNEL_LINEAR},
    {"cubic", VIPS_KERNEL_CUBIC},
    {"mitchell", VIPS_KERNEL_MITCHELL},
    {"lanczos2", VIPS_KERNEL_LANCZOS2},
    {"lanczos3", VIPS_KERNEL_LANCZOS3},
    {0},
};

/* Lifetime: call.  From lowest to highest. */
struct range {
    double low, high;
};

/* Lifetime: call.  A piece of an image. */
struct piece {
    int left, top, width, height;
};

static const struct range usual_scale = {0.08, 1}, usual_ratio = {3.0 / 4, 4.0 / 3};

static struct range range_of(const struct doubles *given, struct range usual)
{
    return given->len == 2 ? (struct range){given->at[0], given->at[1]} : usual;
}

static int check_range(const struct seq *s, const char *arg, const struct doubles *given,
                       struct fault *f)
{
    if (given->len == 0 || (given->len == 2 && given->at[0] <= given->at[1]))
        return 0;
    return fault_set_arg(f, EINVAL, arg, -1,
                         "%s: argument '%s': two numbers are wanted, the lowest and the highest",
                         s->name, arg);
}

static int random_resized_crop_open(struct seq *s, struct fault *f)
{
    const struct random_resized_crop *p = s->params;

    int r = check_range(s, "scale", &p->scale, f);
    return r < 0 ? r : check_range(s, "ratio", &p->ratio, f);
}

static double between(struct range range, double u)
{
    return range.low + u * (range.high - range.low);
}

/* As far from the lowest to the highest by ratios: low * (high / low) ^ u, by the digits of u and
 * square roots, which are the same on every machine; logarithms are not. */
static double between_ratios(struct range range, double u)
{
    double ret = range.low, factor = range.high / range.low;

    while (u > 0) {
        factor = sqrt(factor);
        u *= 2;
        if (u >= 1) {
            ret *= factor;
            u -= 1;
        }
    }
    return ret;
}

static int edge(double share, int of)
{
    return CLAMP((int)lround(share * of), 1, of);
}

/* u, v: 0 <= x < 1. */
static struct piece piece_at(double u, double v, int w, int h, int width, int height)
{
    return (struct piece){(int)(u * (width - w + 1)), (int)(v * (height - h + 1)), w, h};
}

/* The rule of torchvision's RandomResizedCrop: area uniform, shape uniform in its logarithm, ten
 * tries, else the largest piece in the middle whose shape is allowed.  All is counted in shares of
 * the image, so that an image and its mask give the same piece whatever their sizes. */
static struct piece choose(const struct random_resized_crop *p, struct random *random, int width,
                           int height)
{
    struct range scale = range_of(&p->scale, usual_scale);
    struct range ratio = range_of(&p->ratio, usual_ratio);
    double shape = (double)width / height;
    double u = random_uniform(random), v = random_uniform(random);

    for (int i = 0; i < TRIES; i++) {
        double area = between(scale, random_uniform(random));
        double stretch = between_ratios(ratio, random_uniform(random)) / shape;
        double w = sqrt(area * stretch), h = sqrt(area / stretch);
        if (w <= 1 && h <= 1)
            return piece_at(u, v, edge(w, width), edge(h, height), width, height);
    }
    double allowed = CLAMP(shape, ratio.low, ratio.high);
    int w = edge(MIN(allowed / shape, 1), width), h = edge(MIN(shape / allowed, 1), height);
    return (struct piece){(width - w) / 2, (height - h) / 2, w, h};
}

static int resize(VipsImage *in, const struct random_resized_crop *p, struct eval *e,
                  VipsImage **ret)
{
    double height = (double)(p->height > 0 ? p->height : p->width);

    return operation_on("resize", in, e, ret, "scale", (double)p->width / in->Xsize, "vscale",
                        height / in->Ysize, "kernel", (VipsKernel)p->kernel, NULL);
}

/* Colours are averaged by how opaque they are. */
static int resize_with_alpha(VipsImage *in, const struct random_resized_crop *p, struct eval *e,
                             VipsImage **ret)
{
    OWN(image_unref_pixels) VipsImage *weighted = NULL;
    OWN(image_unref_pixels) VipsImage *small = NULL;
    OWN(image_unref_pixels) VipsImage *plain = NULL;

    int r = operation_on("premultiply", in, e, &weighted, NULL);
    if (r == 0)
        r = resize(weighted, p, e, &small);
    if (r == 0)
        r = operation_on("unpremultiply", small, e, &plain, NULL);
    return r < 0 ? r : operation_on("cast", plain, e, ret, "format", in->BandFmt, NULL);
}

static int scale_pixels(VipsImage *cut, const struct random_resized_crop *p, struct eval *e,
                        struct value **ret)
{
    bool alpha = vips_image_hasalpha(cut) && p->kernel != VIPS_KERNEL_NEAREST;
    struct image small = {0};

    int r = (alpha ? resize_with_alpha : resize)(cut, p, e, &small.pixels);
    return r < 0 ? r : image_done(&small, e, ret);
}

/* Of what a sketch cannot scale, no more than the piece is drawn. */
static int cut_sketch(const struct sketch *s, const struct random_resized_crop *p, struct piece at,
                      struct eval *e, struct value **ret)
{
    const int cut[4] = {at.left, at.top, at.width, at.height};
    const int height = (int)(p->height > 0 ? p->height : p->width);
    OWN(sketch_free) struct sketch *piece = sketch_cut(s, cut);
    struct sketch *small = sketch_scale(piece, (int)p->width, height, (VipsKernel)p->kernel);
    VipsImage *pixels;

    if (small) {
        *ret = image_of_sketch(small);
        return 0;
    }
    int r = sketch_draw(piece, e, &pixels);
    return r < 0 ? r : scale_pixels(pixels, p, e, ret);
}

static int random_resized_crop_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct random_resized_crop *p = c->params;
    OWN(image_unref_pixels) VipsImage *cut = NULL;
    const struct image *image = image_of(in);
    struct random random;
    int width, height;

    random_init(&random, c->seq, c->i, RANDOM_OWN);
    image_size(image, &width, &height);
    struct piece at = choose(p, &random, width, height);
    image_begin();
    if (image->sketch)
        return cut_sketch(image->sketch, p, at, c->eval, ret);
    int r = operation_on("extract_area", image->pixels, c->eval, &cut, "left", at.left, "top",
                         at.top, "width", at.width, "height", at.height, NULL);
    return r < 0 ? r : scale_pixels(cut, p, c->eval, ret);
}

static struct type random_resized_crop_type(const struct seq *s, uint64_t i)
{
    const struct random_resized_crop *p = s->params;
    struct type t = seq_type(s->in[0], i);

    t.width = s->draws ? 0 : (uint32_t)p->width;
    t.height = s->draws ? 0 : (uint32_t)(p->height > 0 ? p->height : p->width);
    return t;
}

const struct op op_random_resized_crop = {
    .abi = SEQFS_OP_ABI,
    .name = "random_resized_crop",
    .brief = "A piece of the image of random area, shape and place, scaled to one size.",
    .manual = "The rule of torchvision's RandomResizedCrop: the piece has between scale of the "
              "image's area and a shape between ratio (width by height, by default 3/4 to 4/3), "
              "which is drawn ten times until it fits into the image; else it is the largest in "
              "the middle whose shape is allowed. It is scaled to width x height, which may "
              "stretch it a little, without aliasing. For images of labels say kernel: nearest. "
              "The same element always gives the same image; another seed, another epoch of "
              "epochs, gives another.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_IMAGE,
    .flags = OP_ISOLATE | OP_RANDOM,
    .version = image_version,
    .params_size = sizeof(struct random_resized_crop),
    .params = PARAMS(PARAM(INT, struct random_resized_crop, width, .main = true, .required = true,
                           .min = 1, .max = VIPS_MAX_COORD, .brief = "pixels"),
                     PARAM(INT, struct random_resized_crop, height, .min = 1, .max = VIPS_MAX_COORD,
                           .brief = "pixels; as width"),
                     PARAM(DOUBLES, struct random_resized_crop, scale, .min = 0.0001, .max = 1,
                           .brief = "share of the area, lowest and highest; [0.08, 1]"),
                     PARAM(DOUBLES, struct random_resized_crop, ratio, .min = 0.01, .max = 100,
                           .brief = "width by height, lowest and highest; [0.75, 1.3333]"),
                     PARAM(CHOICE, struct random_resized_crop, kernel, .fallback = "linear",
                           .choices = kernels, .brief = "how to scale")),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, {random_resized_crop: 16}]", "16x16x3"},
        {"[{files: photo.jpg}, {random_resized_crop: {width: 40, height: 20, scale: [0.5, 1]}}]",
         "40x20x3"},
        {"[{files: photo.jpg}, {random_resized_crop: {width: 8, ratio: [2, 1]}}]",
         "!1:62: random_resized_crop: argument 'ratio': two numbers are wanted, the lowest and the "
         "highest"},
        {"[{files: photo.jpg}, {random_resized_crop: {width: 8, scale: [0.5, 2]}}]",
         "!1:68: random_resized_crop: argument 'scale': 2 is outside of 0.0001..1"}),
    .open = random_resized_crop_open,
    .type = random_resized_crop_type,
    .apply = random_resized_crop_apply,
};
