/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plug-in of libvips for the bench: an operation that takes its time and no CPU.
 *
 *     - nap: 10      the image as it is, after 10 ms */
#include <gmodule.h>
#include <vips/vips.h>

struct nap {
    VipsOperation parent_instance;
    VipsImage *in, *out;
    int ms;
};

struct nap_class {
    VipsOperationClass parent_class;
};

static gpointer parent_class;

static int build(VipsObject *object)
{
    struct nap *nap = (struct nap *)object;

    if (VIPS_OBJECT_CLASS(parent_class)->build(object))
        return -1;
    g_usleep((gulong)nap->ms * 1000);
    g_object_set(object, "out", vips_image_new(), NULL);
    return vips_image_write(nap->in, nap->out);
}

static void class_init(gpointer class, gpointer data G_GNUC_UNUSED)
{
    GObjectClass *gobject_class = G_OBJECT_CLASS(class);
    VipsObjectClass *object_class = VIPS_OBJECT_CLASS(class);

    parent_class = g_type_class_peek_parent(class);
    gobject_class->set_property = vips_object_set_property;
    gobject_class->get_property = vips_object_get_property;
    object_class->nickname = "nap";
    object_class->description = "take some time";
    object_class->build = build;
    VIPS_ARG_IMAGE(class, "in", 1, "Input", "Input image", VIPS_ARGUMENT_REQUIRED_INPUT,
                   G_STRUCT_OFFSET(struct nap, in));
    VIPS_ARG_IMAGE(class, "out", 2, "Output", "Output image", VIPS_ARGUMENT_REQUIRED_OUTPUT,
                   G_STRUCT_OFFSET(struct nap, out));
    VIPS_ARG_INT(class, "ms", 3, "Milliseconds", "How long it takes", VIPS_ARGUMENT_REQUIRED_INPUT,
                 G_STRUCT_OFFSET(struct nap, ms), 0, 60000, 10);
}

static void init(GTypeInstance *instance, gpointer class G_GNUC_UNUSED)
{
    ((struct nap *)instance)->ms = 10;
}

G_MODULE_EXPORT const gchar *g_module_check_init(GModule *self);

const gchar *g_module_check_init(GModule *self)
{
    g_module_make_resident(self);
    g_type_register_static_simple(VIPS_TYPE_OPERATION, "BenchNap", sizeof(struct nap_class),
                                  class_init, sizeof(struct nap), init, 0);
    return NULL;
}
