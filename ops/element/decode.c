/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* decode: the bytes of a file to an image. */
#include "ops/op.h"

#include "ops/image/image.h"
#include "ops/image/loaders.h"
#include "ops/image/properties.h"

static const struct param_choice fail_on[] = {
    {"none", VIPS_FAIL_ON_NONE},
    {"truncated", VIPS_FAIL_ON_TRUNCATED},
    {"error", VIPS_FAIL_ON_ERROR},
    {"warning", VIPS_FAIL_ON_WARNING},
    {0},
};

static int decode_open(struct seq *s, struct fault *f)
{
    struct type type = seq_type(s->in[0], SEQ_ANY);
    struct loaders *loaders = NULL;

    if (type.known && type.kind != VALUE_BYTES && type.kind != VALUE_IMAGE)
        return fault_set(
            f, EINVAL, "decode: the elements are %s, but only the bytes of a file can be an image",
            value_kind_name(type.kind));
    int r = image_setup(f);
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

    return (struct type){
        .known = true,
        .kind = VALUE_IMAGE,
        .suffix = in.known && (in.kind == VALUE_BYTES || in.kind == VALUE_IMAGE) ? in.suffix : NULL,
    };
}

static int decode_apply(const struct call *c, struct value *in, struct value **ret)
{
    switch (value_kind(in)) {
    case VALUE_IMAGE:
        *ret = value_ref(in);
        return 0;
    case VALUE_BYTES:
        image_begin();
        return loaders_open(c->seq->self, c->params, value_bytes(in), c->seq->implied, c->eval,
                            ret);
    default:
        return fault_set(&c->eval->fault, EINVAL, "the element is %s, not the bytes of an image",
                         value_kind_name(value_kind(in)));
    }
}

/* After decoding that was implied, a thumbnail may still decide about the orientation. */
static void decode_identify(const struct call *c, struct digest *d)
{
    digest_number(d, c->seq->implied);
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
        "not have is not for it. An image passes unchanged.",
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
                     .brief = "lift the limits that the formats' own libraries have")),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, decode]", "32x24x3"},
        {"[{files: photo.jpg}, {decode: {max_pixels: 500}}]",
         "#0: 32x24 pixels, more than the limit of 500: decode: {max_pixels: 768}"},
        {"[{files: a.txt}, decode]", "#0: not an image in any known format"},
        {"[{files: photo.jpg}, {decode: {loaders: [pfd]}}]",
         "!1:42: decode: no loader 'pfd' in this libvips; did you mean 'pdf'?"},
        {"[{range: 2}, decode]",
         "!1:14: decode: the elements are int, but only the bytes of a file can be an image"}),
    .open = decode_open,
    .close = decode_close,
    .type = decode_type,
    .identify = decode_identify,
    .apply = decode_apply,
};
