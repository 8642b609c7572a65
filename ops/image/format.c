/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes images as files in memory, by libvips' savers. */
#include "ops/image/format.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "ops/image/operation.h"
#include "ops/image/properties.h"

struct format {
    const char *name;
    const char *suffix;
    const char *others; /* more suffixes and names, each between blanks */
    const char *saver;  /* of libvips: to a buffer, else to a target, else to a named file */
    /* An option that makes the saver write this format; 0 = none. */
    const char *option;
    int value;
};

static const struct format formats[] = {
    {"jpeg", "jpg", " jpeg jpe jfif ", "jpegsave_buffer"},
    {"png", "png", " ", "pngsave_buffer"},
    {"webp", "webp", " ", "webpsave_buffer"},
    {"tiff", "tiff", " tif ", "tiffsave_buffer"},
    {"gif", "gif", " ", "gifsave_buffer"},
    {"avif", "avif", " ", "heifsave_buffer", "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1},
    {"heic", "heic", " heif ", "heifsave_buffer", "compression",
     VIPS_FOREIGN_HEIF_COMPRESSION_HEVC},
    {"jxl", "jxl", " ", "jxlsave_buffer"},
    {"jp2k", "jp2", " j2k jpt j2c jpc ", "jp2ksave_buffer"},
    {"ppm", "ppm", " pnm ", "ppmsave_target", "format", VIPS_FOREIGN_PPM_FORMAT_PPM},
    {"pgm", "pgm", " ", "ppmsave_target", "format", VIPS_FOREIGN_PPM_FORMAT_PGM},
    {"pbm", "pbm", " ", "ppmsave_target", "format", VIPS_FOREIGN_PPM_FORMAT_PBM},
    {"pfm", "pfm", " ", "ppmsave_target", "format", VIPS_FOREIGN_PPM_FORMAT_PFM},
    {"hdr", "hdr", " rad ", "radsave_buffer"},
    {"csv", "csv", " ", "csvsave_target"},
    {"matrix", "mat", " ", "matrixsave_target"},
    {"dz", "zip", " ", "dzsave_buffer"},
    {"fits", "fits", " fit fts ", "fitssave"},
    {"vips", "v", " ", "vipssave"},
};

struct format_options {
    struct arguments arguments;
    GStringChunk *strings; /* owned */
    void *params;          /* owned */
    uint64_t given;
    char *folder; /* owned */
};

static GType saver_type(const struct format *format)
{
    return vips_type_find("VipsForeignSave", format->saver);
}

static bool is_called(const struct format *format, const char *lower)
{
    g_autofree char *word = g_strconcat(" ", lower, " ", NULL);

    return strcmp(format->name, lower) == 0 || strcmp(format->suffix, lower) == 0 ||
           strstr(format->others, word);
}

const struct format *format_find(const char *name)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);

    if (strchr(name, ' '))
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (is_called(&formats[i], lower))
            return saver_type(&formats[i]) ? &formats[i] : NULL;
    return NULL;
}

void format_offer(struct nearest *near)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (saver_type(&formats[i]))
            nearest_offer(near, formats[i].name);
}

const char *format_suffix(const struct format *format)
{
    return format->suffix;
}

const char *format_name(const struct format *format)
{
    return format->name;
}

int format_options_new(const struct format *format, const struct node *args,
                       const char *const *skip, const char *folder, struct fault *f,
                       struct format_options **ret)
{
    OWN(format_options_free) struct format_options *o = g_new0(struct format_options, 1);

    arguments_init(&o->arguments, saver_type(format));
    o->strings = g_string_chunk_new(64);
    o->params = g_malloc0(MAX(o->arguments.size, 1));
    o->folder = g_strdup(folder);
    int r = properties_bind(&o->arguments, args, skip, o->strings, f, o->params, &o->given);
    if (r == 0)
        r = properties_check(&o->arguments, o->params, o->given, folder, f);
    if (r == 0)
        *ret = g_steal_pointer(&o);
    return r;
}

void format_options_free(struct format_options *o)
{
    if (!o)
        return;
    properties_clear(&o->arguments, o->params);
    arguments_finish(&o->arguments);
    g_string_chunk_free(o->strings);
    g_free(o->params);
    g_free(o->folder);
    g_free(o);
}

static VipsOperation *new_saver(const struct format *format, const struct format_options *options)
{
    VipsOperation *save = g_object_new(saver_type(format), NULL);

    if (format->option)
        g_object_set(save, format->option, format->value, NULL);
    /* The header of a ppm would hold the time. */
    if (strcmp(format->saver, "ppmsave_target") == 0 &&
        g_object_class_find_property(G_OBJECT_GET_CLASS(save), "strip"))
        g_object_set(save, "strip", TRUE, NULL);
    if (options)
        properties_set(&options->arguments, options->params, options->given, options->folder,
                       VIPS_OBJECT(save));
    return save;
}

/* The blob's memory is libvips' own, so it is the area that must live on. */
static GBytes *bytes_of(VipsBlob *blob)
{
    VipsArea *area = VIPS_AREA(blob);

    return g_bytes_new_with_free_func(area->data, area->length, (GDestroyNotify)vips_area_unref,
                                      area);
}

static int run(VipsOperation *own_save, VipsTarget *target, struct eval *e, GBytes **ret)
{
    VipsBlob *blob = NULL;

    int r = vips_cache_operation_buildp(&own_save);
    if (r == 0)
        g_object_get(target ? (gpointer)target : (gpointer)own_save, target ? "blob" : "buffer",
                     &blob, NULL);
    r = blob ? 0 : image_fault(e, true);
    vips_object_unref_outputs(VIPS_OBJECT(own_save));
    g_object_unref(own_save);
    if (blob)
        *ret = bytes_of(blob);
    return r;
}

/* The folder is the caller's to remove. */
static int run_in_folder(VipsOperation *own_save, const char *path, struct eval *e, GBytes **ret)
{
    g_autoptr(GError) error = NULL;
    char *data = NULL;
    gsize len;

    g_object_set(own_save, "filename", path, NULL);
    int r = vips_cache_operation_buildp(&own_save) == 0 ? 0 : image_fault(e, true);
    vips_object_unref_outputs(VIPS_OBJECT(own_save));
    g_object_unref(own_save);
    if (r == 0 && !g_file_get_contents(path, &data, &len, &error))
        r = fault_set(&e->fault, EIO, "the file cannot be read back: %s", error->message);
    if (r == 0)
        *ret = g_bytes_new_take(data, len);
    return r;
}

/* Some savers only write to files that have a name. */
static int run_by_name(VipsOperation *own_save, const char *suffix, struct eval *e, GBytes **ret)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("seqfs-save-XXXXXX", &error);

    if (!folder) {
        g_object_unref(own_save);
        return fault_set(&e->fault, EIO, "no temporary folder: %s", error->message);
    }
    g_autofree char *path = g_strdup_printf("%s/image.%s", folder, suffix);
    int r = run_in_folder(own_save, path, e, ret);
    g_unlink(path);
    g_rmdir(folder);
    return r;
}

/* Savers read from top to bottom; those that cannot say so get the pixels ready. */
static int source_of(VipsOperation *save, VipsImage *pixels, struct eval *e, VipsImage **ret)
{
    if (image_streams(pixels) && !(vips_operation_get_flags(save) & VIPS_OPERATION_SEQUENTIAL))
        return image_settled(pixels, e, ret);
    *ret = g_object_ref(pixels);
    return 0;
}

int format_write(const struct format *format, const struct format_options *options,
                 const struct image *image, struct eval *e, GBytes **ret)
{
    OWN(image_unref_pixels) VipsImage *pixels = NULL;
    VipsOperation *save = new_saver(format, options);
    VipsTarget *target = NULL;

    int r = source_of(save, image->pixels, e, &pixels);
    if (r < 0) {
        g_object_unref(save);
        return r;
    }
    g_object_set(save, "in", pixels, NULL);
    if (g_str_has_suffix(format->saver, "save"))
        return run_by_name(save, format->suffix, e, ret);
    if (g_str_has_suffix(format->saver, "_target")) {
        target = vips_target_new_to_memory();
        g_object_set(save, "target", target, NULL);
    }
    r = run(save, target, e, ret);
    if (target)
        g_object_unref(target);
    return r;
}
