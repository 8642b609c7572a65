/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* decode: the bytes of a file to an image. */
#include "ops/op.h"

#include "ops/image/image.h"
#include "ops/image/loaders.h"
#include "ops/image/properties.h"
#include "ops/image/raster.h"

static const struct param_choice fail_on[] = {
    {"none", VIPS_FAIL_ON_NONE},
    {"truncated", VIPS_FAIL_ON_TRUNCATED},
    {"error", VIPS_FAIL_ON_ERROR},
    {"warning", VIPS_FAIL_ON_WARNING},
    {0},
};

static const struct param_choice others[] = {
    {"fail", DECODING_OTHERS_FAIL}, {"pass", DECODING_OTHERS_PASS}, {0}};

/* Whether what is no bytes stays as it is. */
static bool passes(const struct seq *s)
{
    return ((const struct decoding *)s->params)->others == DECODING_OTHERS_PASS;
}

static int decode_open(struct seq *s, struct fault *f)
{
    struct type type = seq_type(s->in[0], SEQ_ANY);
    struct loaders *loaders = NULL;
    struct raster raster;

    if (!passes(s) && type.known && type.kind != VALUE_BYTES && type.kind != VALUE_IMAGE &&
        type.kind != VALUE_ARRAY)
        return fault_set(f, EINVAL,
                         "decode: the elements are %s, but only the bytes of a file, or an array, "
                         "can be an image",
                         value_kind_name(type.kind));
    int r = image_setup(f);
    if (r == 0 && type.known && type.array && !passes(s))
        r = raster_measure(type.array, f, &raster);
    if (r == 0)
        r = loaders_new(s->params, f, &loaders);
    if (r < 0)
        return properties_fault(f, s->name);
    s->self = loaders;
    return 0;
}

static void decode_close(struct seq *s)
{
    loaders_free(s->self);
}

static struct type decode_type(const struct seq *s, uint64_t i)
{
    struct type in = seq_type(s->in[0], i);
    struct type out = {.known = true, .kind = VALUE_IMAGE};
    struct raster raster;
    struct fault f;

    if (passes(s) && (!in.known || in.kind != VALUE_BYTES)) {
        in.parted = false;
        return in;
    }
    if (in.known && (in.kind == VALUE_BYTES || in.kind == VALUE_IMAGE))
        out.suffix = in.suffix;
    if (in.known && in.kind == VALUE_IMAGE) {
        out.width = in.width;
        out.height = in.height;
    } else if (in.known && in.array && raster_measure(in.array, &f, &raster) == 0) {
        out.width = raster.width;
        out.height = raster.height;
    }
    return out;
}

static int decode_apply(const struct call *c, struct value *in, struct value **ret)
{
    struct decoding how = *(const struct decoding *)c->params;

    how.fast = how.fast && c->seq->fast;
    if (how.others == DECODING_OTHERS_PASS && value_kind(in) != VALUE_BYTES) {
        *ret = value_ref(in);
        return 0;
    }
    switch (value_kind(in)) {
    case VALUE_IMAGE:
        *ret = value_ref(in);
        return 0;
    case VALUE_BYTES:
        image_begin();
        return loaders_open(c->seq->self, &how, value_bytes(in), c->seq->implied, c->eval, ret);
    case VALUE_ARRAY:
        return raster_image(in, c->eval, ret);
    default:
        return fault_set(&c->eval->fault, EINVAL, "the element is %s, not the bytes of an image",
                         value_kind_name(value_kind(in)));
    }
}

/* After decoding that was implied, a thumbnail may still decide about the orientation. */
static void decode_identify(const struct call *c, struct digest *d)
{
    const struct decoding *how = c->params;

    digest_number(d, c->seq->implied);
    digest_number(d, how->fast && c->seq->fast ? sketch_version() : 0);
}

const struct op op_decode = {
    .abi = SEQFS_OP_ABI,
    .name = "decode",
    .brief = "Decode the bytes of a file to an image.",
    .manual =
        "Put in wherever an operator needs an image, so it is only written for its options. "
        "Files are recognised by their content: jpeg, png, webp, gif, tiff, heif and avif; more "
        "only if asked for, because their decoders are known to crash or hang on hostile files. "
        "A damaged file fails; it does not become a partly grey image. An option that a format "
        "does "
        "not have is not for it. An image passes unchanged. An array becomes an image: of [height, "
        "width], [height, width, bands] or [channels, height, width], 1 to 4 of them, and of "
        "integers of up to 32 bits, floats, or bool, whose true is white; one band is grey, "
        "three are colours, one more is alpha.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ANY,
    .flags = OP_ISOLATE,
    .version = image_version,
    .params_size = sizeof(struct decoding),
    .params =
        PARAMS(PARAM(BOOL, struct decoding, autorotate, .fallback = "true",
                     .brief = "turn the image upright as its EXIF orientation says"),
               PARAM(CHOICE, struct decoding, fail_on, .fallback = "error", .choices = fail_on,
                     .brief = "what damage makes it fail"),
               PARAM(STRINGS, struct decoding, loaders,
                     .brief = "more formats to decode: pdf, svg, ppm, jxl, jp2k, magick, ..."),
               PARAM(SIZE, struct decoding, max_pixels, .fallback = "100M", .min = 1, .max = 1e15,
                     .brief = "the most that width times height times pages may be"),
               PARAM(INT, struct decoding, page, .fallback = "0", .max = DECODING_PAGES,
                     .brief = "the first page, from 0"),
               PARAM(INT, struct decoding, n, .fallback = "1", .min = -1, .max = DECODING_PAGES,
                     .brief = "how many pages, one below the other; -1 = all"),
               PARAM(INT, struct decoding, subifd, .fallback = "-1", .min = -1,
                     .max = DECODING_PAGES, .brief = "the sub-directory of a tiff; -1 = none"),
               PARAM(DOUBLE, struct decoding, dpi, .fallback = "72", .min = 0.001, .max = 100000,
                     .brief = "dots per inch of pdf and svg"),
               PARAM(DOUBLE, struct decoding, scale, .fallback = "1", .min = 0.001, .max = 1000,
                     .brief = "the factor to scale pdf, svg and webp by"),
               PARAM(BOOL, struct decoding, unlimited, .fallback = "false",
                     .brief = "lift the limits that the formats' own libraries have"),
               PARAM(BOOL, struct decoding, fast, .fallback = "true",
                     .brief = "let JPEG files be cut, scaled and written without libvips where "
                              "nobody sees a difference"),
               PARAM(CHOICE, struct decoding, others, .fallback = "fail", .choices = others,
                     .brief = "what elements do that are no bytes: fail, unless they can be an "
                              "image, or pass unchanged")),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, decode]", "32x24x3"},
        {"[{files: photo.jpg}, {decode: {max_pixels: 500}}]",
         "#0: 32x24 pixels, more than the limit of 500: decode: {max_pixels: 768}"},
        {"[{files: a.txt}, decode]", "#0: not an image in any known format"},
        {"[{files: photo.jpg}, {decode: {loaders: [pfd]}}]",
         "!1:42: decode: no loader 'pfd' in this libvips; did you mean 'pdf'?"},
        {"[{concatenate: [{files: photo.jpg}, {range: 2}]}, {decode: {others: pass}}]",
         "32x24x3 0 1"},
        {"[{range: 2}, decode]",
         "!1:14: decode: the elements are int, but only the bytes of a file, or an array, can be "
         "an image"}),
    .open = decode_open,
    .close = decode_close,
    .type = decode_type,
    .identify = decode_identify,
    .apply = decode_apply,
};
