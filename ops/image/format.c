/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes images as files in memory, by libvips' savers. */
#include "ops/image/format.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "ops/core/digest.h"
#include "ops/core/draw.h"
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

/* Behind those of the step's own arguments. */
#define FIRST_STREAM (RANDOM_ARGUMENTS + 1000)

/* An option that is drawn for each element. */
struct drawn {
    const struct param *param;
    struct draw *draw; /* owned */
};

struct format_options {
    struct arguments arguments;
    GStringChunk *strings; /* owned */
    void *params;          /* owned */
    uint64_t given;
    char *folder;  /* owned */
    GArray *drawn; /* struct drawn, owned */
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

static void clear_drawn(void *drawn)
{
    draw_free(((struct drawn *)drawn)->draw);
}

static bool is_scalar(const struct param *p)
{
    return p->kind <= PARAM_CHOICE;
}

/* Takes the options that are drawn out of args: their names are added to skip. */
static int add_drawn(struct format_options *o, const struct node *args, const struct seq *s,
                     GPtrArray *skip, struct fault *f)
{
    for (uint32_t i = 0; i < args->len; i++) {
        const char *key = args->keys[i]->text;
        const struct param *p = param_find(o->arguments.params, key);
        struct drawn drawn = {p, NULL};
        if (!p || !is_scalar(p) || !draw_is(args->items[i]) ||
            g_ptr_array_find_with_equal_func(skip, key, g_str_equal, NULL))
            continue;
        int r = draw_new(p, args->items[i], s->in[0], o->folder, o->strings, f, &drawn.draw);
        if (r < 0) {
            f->arg = key;
            f->item = -1;
            return r;
        }
        g_array_append_val(o->drawn, drawn);
        g_ptr_array_add(skip, (gpointer)key);
    }
    return 0;
}

/* Puts what may come out in their places, for the checks. */
static void add_samples(struct format_options *o)
{
    for (guint n = 0; n < o->drawn->len; n++) {
        const struct drawn *d = &g_array_index(o->drawn, struct drawn, n);
        draw_sample(d->draw, (char *)o->params + d->param->offset);
        o->given |= UINT64_C(1) << (d->param - o->arguments.params);
    }
}

static int bind_options(struct format_options *o, const struct node *args, const char *const *skip,
                        const struct seq *s, struct fault *f)
{
    g_autoptr(GPtrArray) taken = g_ptr_array_new();

    for (; *skip; skip++)
        g_ptr_array_add(taken, (gpointer)*skip);
    int r = add_drawn(o, args, s, taken, f);
    if (r < 0)
        return r;
    g_ptr_array_add(taken, NULL);
    r = properties_bind(&o->arguments, args, (const char *const *)taken->pdata, o->strings, f,
                        o->params, &o->given);
    if (r < 0)
        return r;
    add_samples(o);
    return properties_check(&o->arguments, o->params, o->given, o->folder, f);
}

int format_options_new(const struct format *format, const struct node *args,
                       const char *const *skip, const struct seq *s, struct fault *f,
                       struct format_options **ret)
{
    OWN(format_options_free) struct format_options *o = g_new0(struct format_options, 1);

    arguments_init(&o->arguments, saver_type(format));
    o->strings = g_string_chunk_new(64);
    o->params = g_malloc0(MAX(o->arguments.size, 1));
    o->folder = g_strdup(s->folder);
    o->drawn = g_array_new(FALSE, FALSE, sizeof(struct drawn));
    g_array_set_clear_func(o->drawn, clear_drawn);
    int r = bind_options(o, args, skip, s, f);
    if (r == 0)
        *ret = g_steal_pointer(&o);
    return r;
}

bool format_options_are_random(const struct format_options *o)
{
    for (guint n = 0; n < o->drawn->len; n++)
        if (draw_is_random(g_array_index(o->drawn, struct drawn, n).draw))
            return true;
    return false;
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
    g_array_unref(o->drawn);
    g_free(o);
}

static int set_drawn(const struct format_options *o, const struct call *c, VipsObject *save)
{
    g_autofree char *params = g_memdup2(o->params, MAX(o->arguments.size, 1));
    g_autoptr(GStringChunk) strings = g_string_chunk_new(64);

    for (guint n = 0; n < o->drawn->len; n++) {
        const struct drawn *d = &g_array_index(o->drawn, struct drawn, n);
        int r = draw_get(d->draw, c->seq, c->i, FIRST_STREAM + n, strings,
                         params + d->param->offset, &c->eval->fault);
        if (r < 0)
            return r;
    }
    properties_set(&o->arguments, params, o->given, o->folder, save);
    return 0;
}

void format_options_identify(const struct format_options *o, const struct call *c, struct digest *d)
{
    g_autofree char *params = g_memdup2(o->params, MAX(o->arguments.size, 1));
    g_autoptr(GStringChunk) strings = o->drawn->len > 0 ? g_string_chunk_new(64) : NULL;
    struct fault f = {0};
    int r = 0;

    for (guint n = 0; n < o->drawn->len && r == 0; n++) {
        const struct drawn *drawn = &g_array_index(o->drawn, struct drawn, n);
        void *field = params + drawn->param->offset;
        r = draw_get(drawn->draw, c->seq, c->i, FIRST_STREAM + n, strings, field, &f);
        digest_number(d, r == 0);
        if (r == 0)
            digest_argument(d, drawn->param, field);
        else
            digest_text(d, f.text);
    }
    properties_identify(&o->arguments, params, o->given, o->folder, d);
}

static int set_options(const struct format_options *o, const struct call *c, VipsObject *save)
{
    if (!o)
        return 0;
    if (o->drawn->len > 0)
        return set_drawn(o, c, save);
    properties_set(&o->arguments, o->params, o->given, o->folder, save);
    return 0;
}

static VipsOperation *new_saver(const struct format *format)
{
    VipsOperation *save = g_object_new(saver_type(format), NULL);

    if (format->option)
        g_object_set(save, format->option, format->value, NULL);
    /* The header of a ppm would hold the time. */
    if (strcmp(format->saver, "ppmsave_target") == 0 &&
        g_object_class_find_property(G_OBJECT_GET_CLASS(save), "strip"))
        g_object_set(save, "strip", TRUE, NULL);
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

/* Newer libraries have `keep` beside `strip`.  false: only a part is to be kept. */
static bool read_strip(VipsOperation *save, bool *ret)
{
    GParamSpec *keep = g_object_class_find_property(G_OBJECT_GET_CLASS(save), "keep");
    gboolean strip;
    guint kept = 1, all = 1;

    g_object_get(save, "strip", &strip, NULL);
    if (keep) {
        g_object_get(save, "keep", &kept, NULL);
        all = g_value_get_flags(g_param_spec_get_default_value(keep));
    }
    *ret = strip || kept == 0;
    return *ret || kept == all;
}

/* The options of libvips' jpegsave that are left to it, as they are when nobody sets them. */
static bool is_plain_jpeg(VipsOperation *save)
{
    static const char *const switches[] = {"trellis-quant", "overshoot-deringing",
                                           "optimize-scans"};
    static const char *const numbers[] = {"quant-table", "restart-interval", "page-height"};
    g_autofree char *profile = NULL;
    gboolean on = FALSE;
    int n = 0;

    for (size_t k = 0; k < G_N_ELEMENTS(switches) && !on; k++)
        g_object_get(save, switches[k], &on, NULL);
    for (size_t k = 0; k < G_N_ELEMENTS(numbers) && n == 0; k++)
        g_object_get(save, numbers[k], &n, NULL);
    g_object_get(save, "profile", &profile, NULL);
    return !on && n == 0 && !profile;
}

/* Whether what nobody has drawn yet is written without libvips. */
static bool is_sketched(const struct image *image, const struct format *format, VipsOperation *save,
                        struct sketch_jpeg *ret)
{
    gboolean optimize, progressive;

    if (!image->sketch || image->pixels || strcmp(format->name, "jpeg") != 0 ||
        !is_plain_jpeg(save) || !read_strip(save, &ret->strip))
        return false;
    g_object_get(save, "Q", &ret->quality, "optimize-coding", &optimize, "interlace", &progressive,
                 "subsample-mode", &ret->subsample, NULL);
    ret->optimize = optimize;
    ret->progressive = progressive;
    return sketch_is_jpeg(image->sketch, ret);
}

/* Writes by a saver whose options are set. */
static int save_pixels(const struct format *format, const struct image *image,
                       VipsOperation *own_save, struct eval *e, GBytes **ret)
{
    OWN(image_unref_pixels) VipsImage *pixels = NULL;
    VipsTarget *target = NULL;
    VipsImage *drawn;

    int r = image_pixels(image, e, &drawn);
    if (r == 0)
        r = source_of(own_save, drawn, e, &pixels);
    if (r < 0) {
        g_object_unref(own_save);
        return r;
    }
    g_object_set(own_save, "in", pixels, NULL);
    if (g_str_has_suffix(format->saver, "save"))
        return run_by_name(own_save, format->suffix, e, ret);
    if (g_str_has_suffix(format->saver, "_target")) {
        target = vips_target_new_to_memory();
        g_object_set(own_save, "target", target, NULL);
    }
    r = run(own_save, target, e, ret);
    if (target)
        g_object_unref(target);
    return r;
}

int format_write(const struct format *format, const struct format_options *options,
                 const struct image *image, const struct call *c, GBytes **ret)
{
    VipsOperation *save = new_saver(format);
    struct sketch_jpeg jpeg;

    int r = set_options(options, c, VIPS_OBJECT(save));
    if (r == 0 && !is_sketched(image, format, save, &jpeg))
        return save_pixels(format, image, save, c->eval, ret);
    if (r == 0)
        r = sketch_write_jpeg(image->sketch, &jpeg, c->eval, ret);
    g_object_unref(save);
    return r;
}
