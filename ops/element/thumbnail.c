/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thumbnail: an image to fit a size, decoded no larger than that needs. */
#include "ops/op.h"

#include "ops/image/image.h"
#include "ops/image/operation.h"
#include "ops/image/properties.h"

/* The struct's fields that are colour profiles are checked and set like those of any operation of
 * libvips. */
struct thumbnail {
    int64_t width, height;
    int64_t size;
    int64_t crop;
    bool linear;
    bool no_rotate;
    const char *import_profile, *export_profile;
    int64_t intent;
};

static const struct param_choice sizes[] = {
    {"both", VIPS_SIZE_BOTH},
    {"up", VIPS_SIZE_UP},
    {"down", VIPS_SIZE_DOWN},
    {"force", VIPS_SIZE_FORCE},
    {0},
};

static const struct param_choice crops[] = {
    {"none", VIPS_INTERESTING_NONE},       {"centre", VIPS_INTERESTING_CENTRE},
    {"entropy", VIPS_INTERESTING_ENTROPY}, {"attention", VIPS_INTERESTING_ATTENTION},
    {"low", VIPS_INTERESTING_LOW},         {"high", VIPS_INTERESTING_HIGH},
    {"all", VIPS_INTERESTING_ALL},         {0},
};

static const struct param_choice intents[] = {
    {"perceptual", VIPS_INTENT_PERCEPTUAL},
    {"relative", VIPS_INTENT_RELATIVE},
    {"saturation", VIPS_INTENT_SATURATION},
    {"absolute", VIPS_INTENT_ABSOLUTE},
    {0},
};

static int thumbnail_open(struct seq *s, struct fault *f)
{
    const struct thumbnail *p = s->params;
    int r = 0;

    if (p->import_profile)
        r = properties_check_profile("import-profile", p->import_profile, s->folder, f);
    if (r == 0 && p->export_profile)
        r = properties_check_profile("export-profile", p->export_profile, s->folder, f);
    return r < 0 ? properties_fault(f, s->name) : 0;
}

/* Whether it is exactly width x height: cut to that, if nothing was too small to be cut, or forced
 * to it, page by page: an implied decode takes one. */
static bool is_exact(const struct seq *s, const struct thumbnail *p)
{
    if (p->crop == VIPS_INTERESTING_NONE)
        return p->size == VIPS_SIZE_FORCE && s->in[0]->implied;
    return p->crop != VIPS_INTERESTING_ALL && p->size != VIPS_SIZE_DOWN;
}

static struct type thumbnail_type(const struct seq *s, uint64_t i)
{
    const struct thumbnail *p = s->params;
    struct type t = seq_type(s->in[0], i);
    bool exact = !s->draws && is_exact(s, p);

    t.width = exact ? (uint32_t)p->width : 0;
    t.height = exact ? (uint32_t)(p->height > 0 ? p->height : p->width) : 0;
    return t;
}

static void set_profile(VipsOperation *o, const char *name, const char *profile, const char *folder)
{
    if (!profile)
        return;
    g_autofree char *path = properties_profile(profile, folder);
    g_object_set(o, name, path, NULL);
}

static void set_arguments(VipsOperation *o, const struct thumbnail *p, const char *folder)
{
    g_object_set(o, "width", (int)p->width, "size", (VipsSize)p->size, "crop",
                 (VipsInteresting)p->crop, "linear", (gboolean)p->linear, "intent",
                 (VipsIntent)p->intent, NULL);
    if (p->height > 0)
        g_object_set(o, "height", (int)p->height, NULL);
    set_profile(o, "import-profile", p->import_profile, folder);
    set_profile(o, "export-profile", p->export_profile, folder);
}

/* NULL: it is for libvips. */
static struct sketch *fit(const struct image *image, const struct thumbnail *p)
{
    if (!image->sketch || p->linear || p->import_profile || p->export_profile)
        return NULL;
    return sketch_fit(image->sketch, (int)p->width, (int)(p->height > 0 ? p->height : p->width),
                      (VipsSize)p->size, (VipsInteresting)p->crop);
}

static int thumbnail_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct thumbnail *p = c->params;
    const struct image *image = image_of(in);
    struct sketch *sketch = fit(image, p);
    struct image small = {0};
    VipsOperation *o;

    if (sketch) {
        *ret = image_of_sketch(sketch);
        return 0;
    }
    image_begin();
    int r = operation_thumbnail(image, p->no_rotate, c->eval, &o);
    if (r < 0)
        return r;
    set_arguments(o, p, c->seq->folder);
    r = operation_run(o, "out", true, c->eval, &small.pixels);
    if (r < 0)
        return r;
    if (image->bytes)
        g_object_set_data_full(G_OBJECT(small.pixels), "seqfs-bytes", g_bytes_ref(image->bytes),
                               (GDestroyNotify)g_bytes_unref);
    return image_done(&small, c->eval, ret);
}

static void thumbnail_identify(const struct call *c, struct digest *d)
{
    const struct thumbnail *p = c->params;

    properties_identify_profile(p->import_profile, c->seq->folder, d);
    properties_identify_profile(p->export_profile, c->seq->folder, d);
}

const struct op op_thumbnail = {
    .abi = SEQFS_OP_ABI,
    .name = "thumbnail",
    .brief = "Make an image fit a size, keeping its proportions.",
    .manual = "The image fits into width x height, or fills it where crop says which part to keep. "
              "Directly after "
              "the files, or after decode, the decoder does part of the scaling, which is much "
              "faster than resize. "
              "It is libvips' thumbnail: profiles are converted only if asked for.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_IMAGE,
    .flags = OP_ISOLATE,
    .version = image_version,
    .params_size = sizeof(struct thumbnail),
    .params =
        PARAMS(PARAM(INT, struct thumbnail, width, .main = true, .required = true, .min = 1,
                     .max = VIPS_MAX_COORD, .brief = "pixels"),
               PARAM(INT, struct thumbnail, height, .min = 1, .max = VIPS_MAX_COORD,
                     .brief = "pixels; as width"),
               PARAM(CHOICE, struct thumbnail, size, .fallback = "both", .choices = sizes,
                     .brief = "only enlarge, only reduce, both, or ignore the proportions"),
               PARAM(CHOICE, struct thumbnail, crop, .fallback = "none", .choices = crops,
                     .brief = "fill width x height and cut off the rest, keeping this part"),
               PARAM(BOOL, struct thumbnail, linear, .fallback = "false",
                     .brief = "reduce in linear light; slower"),
               {.name = "import-profile",
                .kind = PARAM_STRING,
                .offset = offsetof(struct thumbnail, import_profile),
                .brief = "colour profile of images that have none: srgb, cmyk, p3 or a file"},
               {.name = "export-profile",
                .kind = PARAM_STRING,
                .offset = offsetof(struct thumbnail, export_profile),
                .brief = "colour profile to convert to: srgb, cmyk, p3 or a file"},
               PARAM(CHOICE, struct thumbnail, intent, .fallback = "relative", .choices = intents,
                     .brief = "how to convert colours"),
               {.name = "no-rotate",
                .kind = PARAM_BOOL,
                .offset = offsetof(struct thumbnail, no_rotate),
                .fallback = "false",
                .brief = "leave the orientation as it is, unless a decode step has applied it"}),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, {thumbnail: 16}]", "16x12x3"},
        {"[{files: photo.jpg}, {thumbnail: {width: 8, height: 8, crop: centre}}]", "8x8x3"},
        {"[{files: photo.jpg}, {thumbnail: {width: 8, export-profile: no.icc}}]",
         "!1:61: thumbnail: argument 'export-profile': 'no.icc' is no file, nor one of srgb, cmyk, "
         "p3, which are built in"}),
    .open = thumbnail_open,
    .type = thumbnail_type,
    .identify = thumbnail_identify,
    .apply = thumbnail_apply,
};
