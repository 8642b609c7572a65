/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* random_crop: a piece of an image from a random place. */
#include "ops/op.h"

#include "ops/image/image.h"
#include "ops/image/operation.h"

struct random_crop {
    int64_t width, height;
    bool pad;
};

/* Along one axis: where the piece starts in the image, or, below 0, the image in the piece.  u is
 * drawn: of any two images of one shape it takes the same part. */
static int64_t place(double u, int64_t have, int64_t want)
{
    int64_t at = (int64_t)(u * (double)(llabs(have - want) + 1));

    return have >= want ? at : -at;
}

static int cut(VipsImage *in, const int64_t at[2], const int64_t size[2], struct eval *e,
               VipsImage **ret)
{
    int width = (int)MIN(size[0], in->Xsize), height = (int)MIN(size[1], in->Ysize);
    OWN(image_unref_pixels) VipsImage *piece = NULL;

    int r = operation_on("extract_area", in, e, &piece, "left", (int)MAX(at[0], 0), "top",
                         (int)MAX(at[1], 0), "width", width, "height", height, NULL);
    if (r < 0)
        return r;
    if (width == size[0] && height == size[1]) {
        *ret = g_steal_pointer(&piece);
        return 0;
    }
    return operation_on("embed", piece, e, ret, "x", (int)MAX(-at[0], 0), "y", (int)MAX(-at[1], 0),
                        "width", (int)size[0], "height", (int)size[1], NULL);
}

static int random_crop_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct random_crop *p = c->params;
    const int64_t size[2] = {p->width, p->height > 0 ? p->height : p->width};
    const struct image *image = image_of(in);
    struct image piece = {0};
    struct random random;
    int width, height;
    VipsImage *pixels;

    random_init(&random, c->seq, c->i, RANDOM_OWN);
    image_size(image, &width, &height);
    double u = random_uniform(&random), v = random_uniform(&random);
    if (!p->pad && (width < size[0] || height < size[1]))
        return fault_set(&c->eval->fault, EINVAL,
                         "the image has %dx%d pixels, less than the crop of %" PRId64 "x%" PRId64
                         ": pad: true fills it up",
                         width, height, size[0], size[1]);
    const int64_t at[2] = {place(u, width, size[0]), place(v, height, size[1])};
    if (image->sketch && width >= size[0] && height >= size[1]) {
        const int cut[4] = {(int)at[0], (int)at[1], (int)size[0], (int)size[1]};
        *ret = image_of_sketch(sketch_cut(image->sketch, cut));
        return 0;
    }
    image_begin();
    int r = image_pixels(image, c->eval, &pixels);
    if (r == 0)
        r = cut(pixels, at, size, c->eval, &piece.pixels);
    return r < 0 ? r : image_done(&piece, c->eval, ret);
}

static struct type random_crop_type(const struct seq *s, uint64_t i)
{
    const struct random_crop *p = s->params;
    struct type t = seq_type(s->in[0], i);

    t.width = s->draws ? 0 : (uint32_t)p->width;
    t.height = s->draws ? 0 : (uint32_t)(p->height > 0 ? p->height : p->width);
    return t;
}

const struct op op_random_crop = {
    .abi = SEQFS_OP_ABI,
    .name = "random_crop",
    .brief = "A piece of the image from a random place.",
    .manual = "Every place is as likely. The same element always gives the same piece; another "
              "seed, another epoch of epochs, gives another. An image that is smaller than the "
              "piece fails, unless pad puts it at a random place on black.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_IMAGE,
    .flags = OP_ISOLATE | OP_RANDOM,
    .version = image_version,
    .params_size = sizeof(struct random_crop),
    .params = PARAMS(PARAM(INT, struct random_crop, width, .main = true, .required = true, .min = 1,
                           .max = VIPS_MAX_COORD, .brief = "pixels"),
                     PARAM(INT, struct random_crop, height, .min = 1, .max = VIPS_MAX_COORD,
                           .brief = "pixels; as width"),
                     PARAM(BOOL, struct random_crop, pad, .fallback = "false",
                           .brief = "put images that are smaller on black")),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, {random_crop: 16}]", "16x16x3"},
        {"[{files: photo.jpg}, {random_crop: {width: 20, height: 24}}]", "20x24x3"},
        {"[{files: photo.jpg}, {random_crop: {width: 40, height: 10, pad: true}}]", "40x10x3"},
        {"[{files: photo.jpg}, {random_crop: 30}]",
         "#0: the image has 32x24 pixels, less than the crop of 30x30: pad: true fills it up"},
        {"[{files: photo.jpg}, {random_crop: 0}]",
         "!1:36: random_crop: argument 'width': 0 is outside of 1..10000000"}),
    .type = random_crop_type,
    .apply = random_crop_apply,
};
