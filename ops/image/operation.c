/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs libvips operations, giving each the kind of input that it can work with. */
#include "ops/image/operation.h"

#include <string.h>

#include "ops/image/image.h"
#include "ops/image/properties.h"

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

/* A copy of its own, to be drawn on: values never change once handed out. */
static int copy(VipsImage *pixels, struct eval *e, VipsImage **ret)
{
    VipsImage *memory = vips_image_new_memory();

    if (vips_image_write(pixels, memory) != 0) {
        g_object_unref(memory);
        return image_fault(e, true);
    }
    vips_image_remove(memory, VIPS_META_SEQUENTIAL);
    *ret = memory;
    return 0;
}

static int prepare(const struct operation *o, VipsImage *pixels, struct eval *e, VipsImage **ret)
{
    if (o->arguments.modifies)
        return copy(pixels, e, ret);
    if (image_streams(pixels) && !reads_in_order(o->type))
        return image_settled(pixels, e, ret);
    *ret = g_object_ref(pixels);
    return 0;
}

static int operation_open(struct seq *s, struct fault *f)
{
    const struct operation *o = s->op->data;

    int r = properties_check(&o->arguments, s->params, s->given, s->folder, f);
    return r < 0 ? properties_fault(f, s->name) : 0;
}

static int operation_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct operation *o = c->seq->op->data;
    const struct arguments *a = &o->arguments;
    OWN(image_unref_pixels) VipsImage *pixels = NULL;
    VipsImage *out = NULL;

    image_begin();
    int r = prepare(o, image_of(in)->pixels, c->eval, &pixels);
    if (r < 0)
        return r;
    VipsOperation *operation = g_object_new(o->type, NULL);
    g_object_set(operation, a->image, pixels, NULL);
    properties_set(a, c->params, c->given, c->seq->folder, VIPS_OBJECT(operation));
    r = operation_run(operation, a->modifies ? a->image : a->output, true, c->eval, &out);
    if (r < 0)
        return r;
    return image_done(&(struct image){.pixels = out}, c->eval, ret);
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
    if (a->n_images > 1)
        return "it takes several images; not available in this version";
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
        .manual = "An operation of libvips, whose documentation tells more.",
        .kind = OP_ELEMENT,
        .input = OP_TAKES_IMAGE,
        .flags = OP_ISOLATE,
        .params_size = o->arguments.size,
        .params = o->arguments.params,
        .data = o,
        .open = operation_open,
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
