/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recognises formats and opens images, without ever letting a loader near that nobody asked for.
 *
 * libvips' own search runs every recogniser, ImageMagick's too, and some hang on hostile files;
 * here only the allowed loaders look first, and harmless ones then, to say what was refused. */
#include "ops/image/loaders.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ops/base/nearest.h"
#include "ops/image/image.h"
#include "ops/image/operation.h"

struct loader {
    char *name; /* owned; "jpeg", as in jpegload */
    GType type;
    bool from_source; /* takes a VipsSource, for want of one that takes a buffer */
    bool allowed;
};

struct loaders {
    GArray *list; /* struct loader, best first */
};

static const char *const usual[] = {"jpeg", "png", "webp", "gif", "tiff", "heif", NULL};

static const char *canonical(const char *name)
{
    static const char *const other_names[][2] = {
        {"jpg", "jpeg"}, {"tif", "tiff"}, {"avif", "heif"}, {"heic", "heif"}, {"jp2", "jp2k"},
        {"hdr", "rad"},  {"v", "vips"},   {"pnm", "ppm"},   {"pgm", "ppm"},   {"mat", "matrix"}};

    for (size_t i = 0; i < G_N_ELEMENTS(other_names); i++)
        if (strcmp(name, other_names[i][0]) == 0)
            return other_names[i][1];
    return name;
}

static struct loader *find(const struct loaders *l, const char *name)
{
    for (guint i = 0; i < l->list->len; i++) {
        struct loader *loader = &g_array_index(l->list, struct loader, i);
        if (strcmp(loader->name, name) == 0)
            return loader;
    }
    return NULL;
}

/* "jpegload_buffer" and "ppmload_source" by the part before "load"; those of files are none of
 * ours. */
static void *add_loader(void *class, void *loaders, void *unused)
{
    struct loaders *l = loaders;
    const char *nickname = VIPS_OBJECT_CLASS(class)->nickname;
    const char *load = strstr(nickname, "load");
    bool from_source = g_str_has_suffix(nickname, "_source");

    if (!load || (!from_source && !g_str_has_suffix(nickname, "_buffer")))
        return NULL;
    g_autofree char *name = g_strndup(nickname, (gsize)(load - nickname));
    struct loader *known = find(l, name);
    if (known && from_source)
        return NULL;
    if (known) {
        known->type = G_TYPE_FROM_CLASS(class);
        known->from_source = false;
        return NULL;
    }
    struct loader loader = {
        .name = g_steal_pointer(&name),
        .type = G_TYPE_FROM_CLASS(class),
        .from_source = from_source,
    };
    loader.allowed = g_strv_contains(usual, loader.name);
    g_array_append_val(l->list, loader);
    return NULL;
}

static int unknown(const struct loaders *l, const char *name, int item, struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, name);
    for (guint i = 0; i < l->list->len; i++)
        nearest_offer(&near, g_array_index(l->list, struct loader, i).name);
    return fault_set_arg(f, EINVAL, "loaders", item, "no loader '%s' in this libvips%s", name,
                         nearest_hint(&near, hint, sizeof hint));
}

static void clear_loader(void *loader)
{
    g_free(((struct loader *)loader)->name);
}

int loaders_new(const struct decoding *how, struct fault *f, struct loaders **ret)
{
    OWN(loaders_free) struct loaders *l = g_new0(struct loaders, 1);

    l->list = g_array_new(FALSE, FALSE, sizeof(struct loader));
    g_array_set_clear_func(l->list, clear_loader);
    vips_foreign_map("VipsForeignLoad", (VipsSListMap2Fn)add_loader, l, NULL);
    for (uint32_t i = 0; i < how->loaders.len; i++) {
        struct loader *loader = find(l, canonical(how->loaders.at[i]));
        if (!loader)
            return unknown(l, how->loaders.at[i], (int)i, f);
        loader->allowed = true;
    }
    for (guint i = 0; i < l->list->len; i++) {
        const struct loader *loader = &g_array_index(l->list, struct loader, i);
        if (loader->allowed)
            vips_operation_block_set(g_type_name(loader->type), FALSE);
    }
    *ret = g_steal_pointer(&l);
    return 0;
}

void loaders_free(struct loaders *l)
{
    if (!l)
        return;
    g_array_unref(l->list);
    g_free(l);
}

/* Lifetime: call.  Bytes to be recognised and loaded. */
struct file {
    const void *data;
    size_t len;
    VipsSource *source; /* owned; made when first wanted */
};

static VipsSource *source_of(struct file *file)
{
    if (!file->source)
        file->source = vips_source_new_from_memory(file->data, file->len);
    return file->source;
}

static bool has_recogniser(const struct loader *loader)
{
    const VipsForeignLoadClass *class = g_type_class_peek(loader->type);

    return loader->from_source ? class->is_a_source != NULL : class->is_a_buffer != NULL;
}

static bool recognises(const struct loader *loader, struct file *file)
{
    const VipsForeignLoadClass *class = g_type_class_peek(loader->type);

    return loader->from_source ? class->is_a_source(source_of(file))
                               : class->is_a_buffer(file->data, file->len);
}

/* Whether a loader may look at a file only to say what was refused.  Not those that do much to find
 * out, and svg's recogniser is known to hang in compressed files. */
static bool may_look(const struct loader *loader, const struct file *file)
{
    static const char gzip[] = {0x1f, (char)0x8b};

    if (strcmp(loader->name, "svg") == 0)
        return file->len < sizeof gzip || memcmp(file->data, gzip, sizeof gzip) != 0;
    return strcmp(loader->name, "magick") != 0 && strcmp(loader->name, "openslide") != 0;
}

static const struct loader *recognise(const struct loaders *l, struct file *file, bool allowed)
{
    for (guint i = 0; i < l->list->len; i++) {
        const struct loader *loader = &g_array_index(l->list, struct loader, i);
        if (loader->allowed == allowed && has_recogniser(loader) &&
            (allowed || may_look(loader, file)) && recognises(loader, file))
            return loader;
    }
    return NULL;
}

/* A format like csv that nothing can recognise is taken at the spec's word. */
static const struct loader *last_resort(const struct loaders *l)
{
    for (guint i = 0; i < l->list->len; i++) {
        const struct loader *loader = &g_array_index(l->list, struct loader, i);
        if (loader->allowed && !has_recogniser(loader))
            return loader;
    }
    return NULL;
}

/* libvips only knows a tiff by its directory, which mostly stands at the end. */
static bool is_tiff(const struct file *file)
{
    return file->len >= 4 &&
           (memcmp(file->data, "II*", 4) == 0 || memcmp(file->data, "MM\0*", 4) == 0);
}

static int choose(const struct loaders *l, struct file *file, struct eval *e,
                  const struct loader **ret)
{
    if (file->len == 0)
        return fault_set(&e->fault, EINVAL, "no image: the file is empty");
    const struct loader *loader = recognise(l, file, true);
    if (!loader)
        loader = last_resort(l);
    if (!loader) {
        const struct loader *refused = recognise(l, file, false);
        vips_error_clear();
        if (refused)
            return fault_set(&e->fault, EINVAL,
                             "%s files are not decoded unless asked for: decode: {loaders: [%s]}",
                             refused->name, refused->name);
        if (is_tiff(file))
            return fault_set(&e->fault, EINVAL, "a tiff that is cut off or damaged");
        return fault_set(&e->fault, EINVAL, "not an image in any known format");
    }
    vips_error_clear();
    *ret = loader;
    return 0;
}

static bool has_option(VipsOperation *load, const char *name)
{
    return g_object_class_find_property(G_OBJECT_GET_CLASS(load), name) != NULL;
}

/* Lifetime: call.  Sets options twice: on a loader, and as the text that thumbnail gives to it
 * later. */
struct options {
    VipsOperation *load;
    GString *text;
};

static void set_int(const struct options *o, const char *name, int64_t value, int64_t usual_value)
{
    if (value == usual_value || !has_option(o->load, name))
        return;
    g_object_set(o->load, name, (int)value, NULL);
    g_string_append_printf(o->text, ",%s=%" PRId64, name, value);
}

static void set_double(const struct options *o, const char *name, double value, double usual_value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (value == usual_value || !has_option(o->load, name))
        return;
    g_object_set(o->load, name, value, NULL);
    g_string_append_printf(o->text, ",%s=%s", name, g_ascii_dtostr(text, sizeof text, value));
}

/* Only numbers and words of libvips' own go into the text: libvips reads it carelessly. */
static char *set_options(const struct decoding *how, VipsOperation *load)
{
    struct options o = {load, g_string_new(NULL)};
    const char *fail_on = vips_enum_nick(VIPS_TYPE_FAIL_ON, (int)how->fail_on);

    g_string_printf(o.text, "fail_on=%s", fail_on);
    g_object_set(load, "access", VIPS_ACCESS_SEQUENTIAL, "fail-on", (VipsFailOn)how->fail_on, NULL);
    set_int(&o, "page", how->page, 0);
    set_int(&o, "n", how->n, 1);
    set_int(&o, "subifd", how->subifd, -1);
    set_double(&o, "dpi", how->dpi, 72);
    set_double(&o, "scale", how->scale, 1);
    if (how->unlimited && has_option(load, "unlimited")) {
        g_object_set(load, "unlimited", TRUE, NULL);
        g_string_append(o.text, ",unlimited=true");
    }
    /* Not in the text: thumbnail has an argument of its own for it. */
    if (how->autorotate && has_option(load, "autorotate"))
        g_object_set(load, "autorotate", TRUE, NULL);
    return g_string_free(o.text, FALSE);
}

static void set_input(const struct loader *loader, struct file *file, VipsOperation *load)
{
    if (loader->from_source) {
        g_object_set(load, "source", source_of(file), NULL);
        return;
    }
    VipsBlob *blob = vips_blob_new(NULL, file->data, file->len);
    g_object_set(load, "buffer", blob, NULL);
    vips_area_unref(VIPS_AREA(blob));
}

static int check_pixels(const struct decoding *how, VipsImage *pixels, struct fault *f)
{
    uint64_t width = (uint64_t)vips_image_get_width(pixels);
    uint64_t height = (uint64_t)vips_image_get_height(pixels);

    if (width * height <= how->max_pixels)
        return 0;
    return fault_set(f, EINVAL,
                     "%" PRIu64 "x%" PRIu64 " pixels, more than the limit of %" PRIu64
                     ": decode: {max_pixels: %" PRIu64 "}",
                     width, height, how->max_pixels, width * height);
}

/* For loaders that leave the orientation to others. */
static int turn_upright(struct image *image, struct eval *e)
{
    VipsImage *turned, *memory;

    if (vips_image_get_orientation(image->pixels) <= 1)
        return 0;
    int r = image_settled(image->pixels, e, &memory);
    if (r < 0)
        return r;
    int failed = vips_autorot(memory, &turned, NULL);
    g_object_unref(memory);
    if (failed)
        return image_fault(e, false);
    g_object_unref(image->pixels);
    image->pixels = turned;
    return 0;
}

static int load(const struct decoding *how, const struct loader *loader, struct file *file,
                struct eval *e, struct image *ret)
{
    VipsOperation *operation = g_object_new(loader->type, NULL);
    char *options = set_options(how, operation);

    set_input(loader, file, operation);
    int r = operation_run(operation, "out", false, e, &ret->pixels);
    /* Thumbnails are scaled while loading, but not from a source, nor what is scaled already. */
    if (r < 0 || loader->from_source || how->scale != 1)
        g_free(options);
    else
        ret->options = options;
    return r;
}

static int open_file(const struct loaders *l, const struct decoding *how, struct file *file,
                     GBytes *bytes, struct eval *e, struct image *ret)
{
    const struct loader *loader = NULL;

    int r = choose(l, file, e, &loader);
    if (r == 0)
        r = load(how, loader, file, e, ret);
    if (r < 0)
        return r;
    g_object_set_data_full(G_OBJECT(ret->pixels), "seqfs-bytes", g_bytes_ref(bytes),
                           (GDestroyNotify)g_bytes_unref);
    if (ret->options)
        ret->bytes = g_bytes_ref(bytes);
    r = check_pixels(how, ret->pixels, &e->fault);
    if (r == 0 && how->fast && !e->careful && strcmp(loader->name, "jpeg") == 0)
        ret->sketch = sketch_new(bytes, ret->pixels);
    return r == 0 && how->autorotate ? turn_upright(ret, e) : r;
}

int loaders_open(const struct loaders *l, const struct decoding *how, GBytes *bytes, bool implied,
                 struct eval *e, struct value **ret)
{
    struct file file = {0};
    struct image image = {.upright = how->autorotate, .may_lie = implied};

    file.data = g_bytes_get_data(bytes, &file.len);
    int r = open_file(l, how, &file, bytes, e, &image);
    if (file.source)
        g_object_unref(file.source);
    if (r < 0) {
        image_clear(&image);
        return r;
    }
    return image_done(&image, e, ret);
}
