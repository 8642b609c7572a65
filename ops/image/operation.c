/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs libvips operations, giving each the kind of input that it can work with. */
#include "ops/image/operation.h"

#include <string.h>

#include "ops/image/inputs.h"
#include "ops/image/properties.h"
#include "ops/image/shortcut.h"

int operation_run(VipsOperation *own, const char *output, bool late, struct eval *e,
                  VipsImage **ret)
{
    VipsImage *out = NULL;
    int r = 0;

    if (vips_cache_operation_buildp(&own) == 0)
        g_object_get(own, output, &out, NULL);
    if (!out)
        r = image_fault(e, late);
    vips_object_unref_outputs(VIPS_OBJECT(own));
    g_object_unref(own);
    if (out)
        *ret = out;
    return r;
}

static bool reads_in_order(GType type)
{
    VipsOperationClass *class = g_type_class_peek(type);

    return class->flags & VIPS_OPERATION_SEQUENTIAL;
}

static int prepare(GType type, VipsImage *pixels, struct eval *e, VipsImage **ret)
{
    if (image_streams(pixels) && !reads_in_order(type))
        return image_settled(pixels, e, ret);
    *ret = g_object_ref(pixels);
    return 0;
}

int operation_on(const char *name, VipsImage *in, struct eval *e, VipsImage **ret, ...)
{
    VipsOperation *operation = vips_operation_new(name);
    OWN(image_unref_pixels) VipsImage *pixels = NULL;
    va_list properties;

    int r = prepare(G_OBJECT_TYPE(operation), in, e, &pixels);
    if (r < 0) {
        g_object_unref(operation);
        return r;
    }
    g_object_set(operation, strcmp(name, "extract_area") == 0 ? "input" : "in", pixels, NULL);
    va_start(properties, ret);
    g_object_set_valist(G_OBJECT(operation), va_arg(properties, const char *), properties);
    va_end(properties);
    return operation_run(operation, "out", true, e, ret);
}

/* What was worked on already is upright, or meant to stay as it is. */
static int thumbnail_of_pixels(const struct image *image, struct eval *e, VipsOperation **ret)
{
    VipsImage *pixels;
    int r = image_pixels(image, e, &pixels);

    if (r < 0)
        return r;
    *ret = vips_operation_new("thumbnail_image");
    g_object_set(*ret, "in", pixels, "no-rotate", TRUE, NULL);
    return 0;
}

int operation_thumbnail(const struct image *image, bool leave, struct eval *e, VipsOperation **ret)
{
    VipsOperation *o;
    size_t len;

    if (!image->bytes)
        return thumbnail_of_pixels(image, e, ret);
    const void *data = g_bytes_get_data(image->bytes, &len);
    VipsBlob *blob = vips_blob_new(NULL, data, len);
    o = vips_operation_new("thumbnail_buffer");
    leave = !image->upright || (image->may_lie && leave);
    /* libvips ignores this operation's own fail-on, so that goes with the loader's options. */
    g_object_set(o, "buffer", blob, "option-string", image->options, "no-rotate", (gboolean)leave,
                 NULL);
    vips_area_unref(VIPS_AREA(blob));
    *ret = o;
    return 0;
}

static int operation_open(struct seq *s, struct fault *f)
{
    static const struct decoding usual = DECODING_USUAL;
    const struct operation *o = s->op->data;
    struct loaders *loaders = NULL;

    int r = properties_check(&o->arguments, s->params, s->given, s->folder, f);
    if (r == 0 && o->arguments.several)
        r = inputs_check(&o->arguments, s, f);
    if (r == 0 && o->arguments.several)
        r = loaders_new(&usual, f, &loaders);
    s->self = loaders;
    return r < 0 ? properties_fault(f, s->name) : 0;
}

static void operation_close(struct seq *s)
{
    loaders_free(s->self);
}

/* The one image, which is there already. */
static int set_image(const struct operation *o, const struct image *image, struct eval *e,
                     VipsObject *operation)
{
    const struct arguments *a = &o->arguments;
    OWN(image_unref_pixels) VipsImage *pixels = NULL;
    VipsImage *drawn;

    image_begin();
    int r = image_pixels(image, e, &drawn);
    if (r == 0)
        r = a->modifies ? image_copied(drawn, e, &pixels) : prepare(o->type, drawn, e, &pixels);
    if (r == 0)
        g_object_set(operation, a->image, pixels, NULL);
    return r;
}

/* NULL: it must be run. */
static struct sketch *take_shortcut(const struct arguments *a, const struct value *in,
                                    VipsOperation *operation)
{
    const struct image *image = a->several ? NULL : image_of(in);

    return image && image->sketch ? shortcut_take(image->sketch, operation) : NULL;
}

static int operation_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct operation *o = c->seq->op->data;
    const struct arguments *a = &o->arguments;
    VipsOperation *operation = g_object_new(o->type, NULL);
    VipsImage *out = NULL;

    properties_set(a, c->params, c->given, c->seq->folder, VIPS_OBJECT(operation));
    struct sketch *sketch = take_shortcut(a, in, operation);
    if (sketch) {
        g_object_unref(operation);
        *ret = image_of_sketch(sketch);
        return 0;
    }
    int r = a->several ? inputs_set(a, c->seq->self, c, in, VIPS_OBJECT(operation))
                       : set_image(o, image_of(in), c->eval, VIPS_OBJECT(operation));
    if (r < 0) {
        g_object_unref(operation);
        return r;
    }
    r = operation_run(operation, a->modifies ? a->image : a->output, true, c->eval, &out);
    if (r < 0)
        return r;
    return image_done(&(struct image){.pixels = out}, c->eval, ret);
}

static void operation_identify(const struct call *c, struct digest *d)
{
    const struct operation *o = c->seq->op->data;

    properties_identify(&o->arguments, c->params, c->given, c->seq->folder, d);
}

/* Of what suffix the first image is; in a list, the first of the list. */
static struct type type_of_first(const struct seq *s, uint64_t i)
{
    struct type t = seq_type(s, i);
    bool list = t.known && t.kind == VALUE_LIST && t.parted;

    return list && s->len > 0 && seq_n_parts(s, i) > 0 ? seq_part_type(s, i, 0) : t;
}

static struct type several_type(const struct seq *s, uint64_t i)
{
    const struct operation *o = s->op->data;
    struct type first = type_of_first(s->in[inputs_first(&o->arguments, s)], i);
    bool has_suffix = first.known && (first.kind == VALUE_IMAGE || first.kind == VALUE_BYTES);

    return (struct type){
        .known = true, .kind = VALUE_IMAGE, .suffix = has_suffix ? first.suffix : NULL};
}

static uint32_t size_argument(const struct operation *o, const void *params, const char *name)
{
    const struct param *p = param_find(o->arguments.params, name);

    return (uint32_t) * (const int64_t *)(const void *)((const char *)params + p->offset);
}

/* What an image is cut or put on, for operations that give exactly what they are told, or fail. */
static struct type sized_type(const struct seq *s, uint64_t i)
{
    const struct operation *o = s->op->data;
    struct type t = seq_type(s->in[0], i);

    t.width = s->draws ? 0 : size_argument(o, s->params, "width");
    t.height = s->draws ? 0 : size_argument(o, s->params, "height");
    return t;
}

/* Whether the result is as large as the arguments `width` and `height`. */
static bool is_sized(const char *name)
{
    static const char *const names[] = {"extract_area", "crop", "embed", "gravity", NULL};

    return g_strv_contains(names, name);
}

/* Whether every pixel of the image becomes one of the result, whatever the arguments. */
static bool keeps_size(GType type, const char *name)
{
    static const char *const classes[] = {"VipsArithmetic", "VipsColour", "VipsColourspace"};
    static const char *const names[] = {
        "addalpha",  "bandbool",     "bandjoin_const", "bandmean",      "byteswap",    "canny",
        "cast",      "extract_band", "falsecolour",    "flatten",       "flip",        "gamma",
        "gaussblur", "hist_equal",   "hist_local",     "msb",           "premultiply", "scale",
        "sharpen",   "sobel",        "stdif",          "unpremultiply", "wrap",        NULL};

    for (size_t k = 0; k < G_N_ELEMENTS(classes); k++)
        if (g_type_is_a(type, g_type_from_name(classes[k])))
            return true;
    return g_strv_contains(names, name);
}

const char *operation_refuse(GType type, const struct arguments *a)
{
    if (strcmp(g_type_name(type), "VipsSystem") == 0)
        return "it runs a shell; use exec";
    /* It opens the files that the image's history names. */
    if (strcmp(g_type_name(type), "VipsGlobalbalance") == 0)
        return "it opens files that an image names";
    if (g_type_is_a(type, VIPS_TYPE_FOREIGN))
        return "it reads or writes files; use decode or encode";
    if (a->n_images == 0)
        return "it takes no image";
    if (a->alien)
        return "it takes what a spec cannot say";
    if (a->n_outputs > 1)
        return "it gives several images";
    if (!a->modifies && (a->n_outputs == 0))
        return "it gives no image";
    return NULL;
}

/* "resize an image" as a sentence, like the briefs of our own operators. */
static const char *brief_of(const struct operation *o, const char *description)
{
    g_autofree char *text = g_strconcat(description, ".", NULL);

    text[0] = g_ascii_toupper(text[0]);
    return g_string_chunk_insert(o->arguments.strings, text);
}

static const char manual[] = "An operation of libvips, whose documentation tells more.";
static const char manual_of_several[] =
    "An operation of libvips, whose documentation tells more. Images are said by the fields of a "
    "record, {field: NAME}, where a list is wanted a list of those. The first image is the element "
    "itself unless it is given: an image or, where a list is wanted, a list of images.";

struct operation *operation_new(GType type, const char *name)
{
    struct operation *o = g_new0(struct operation, 1);
    VipsObjectClass *class = g_type_class_ref(type); /* for good, as libvips does */

    o->type = type;
    arguments_init(&o->arguments, type);
    o->op = (struct op){
        .abi = SEQFS_OP_ABI,
        .name = name,
        .brief = brief_of(o, class->description),
        .manual = o->arguments.several ? manual_of_several : manual,
        .kind = OP_ELEMENT,
        .input = o->arguments.several ? OP_TAKES_FIELDS : OP_TAKES_IMAGE,
        .flags = OP_ISOLATE | (!o->arguments.several && keeps_size(type, name) ? OP_KEEPS_SIZE : 0),
        .version = image_version,
        .params_size = o->arguments.size,
        .params = o->arguments.params,
        .data = o,
        .open = operation_open,
        .close = operation_close,
        .type = o->arguments.several ? several_type
                : is_sized(name)     ? sized_type
                                     : NULL,
        .identify = operation_identify,
        .apply = operation_apply,
    };
    return o;
}

void operation_free(struct operation *o)
{
    if (!o)
        return;
    arguments_finish(&o->arguments);
    g_free(o);
}
