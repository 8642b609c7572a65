/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images as values, and libvips kept in order: its limits, its warnings, its error buffer. */
#include "ops/image/image.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define WARNINGS_MAX 2048 /* bytes kept of what libvips warned about during one step */

/* What libvips warned about.  It has one log and one error buffer a process, whatever thread or
 * plan it works for, so this is kept where it keeps its own: with its types. */
struct warnings {
    GMutex lock;
    /* Protected by lock. */
    GString *text;
};

static GQuark warnings_quark(void)
{
    return g_quark_from_static_string("seqfs-warnings");
}

static struct warnings *find_warnings(void)
{
    return g_type_get_qdata(VIPS_TYPE_OBJECT, warnings_quark());
}

static void note_warning(const char *domain, GLogLevelFlags level, const char *message,
                         void *warnings)
{
    struct warnings *w = warnings;

    if ((level & G_LOG_LEVEL_MASK) > G_LOG_LEVEL_WARNING)
        return;
    g_mutex_lock(&w->lock);
    if (w->text->len + strlen(message) < WARNINGS_MAX)
        g_string_append_printf(w->text, "warning: %s\n", message);
    g_mutex_unlock(&w->lock);
}

int image_setup(struct fault *f)
{
    if (find_warnings())
        return 0;
    /* Rather out of memory than a temporary file as large as the image. */
    setenv("VIPS_DISC_THRESHOLD", "100g", 0);
    mallopt(M_ARENA_MAX, 2);
    if (VIPS_INIT("seqfs") != 0) {
        fault_set(f, ENOSYS, "libvips cannot be initialised");
        return fault_detail(f, vips_error_buffer(), -1);
    }
    struct warnings *w = g_new0(struct warnings, 1);
    g_mutex_init(&w->lock);
    w->text = g_string_new(NULL);
    g_log_set_handler("VIPS", G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION, note_warning, w);
    g_type_set_qdata(VIPS_TYPE_OBJECT, warnings_quark(), w);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    /* Each is opened again by the first step that may use it. */
    vips_operation_block_set("VipsForeignLoad", TRUE);
    return 0;
}

void image_begin(void)
{
    struct warnings *w = find_warnings();

    vips_error_clear();
    g_mutex_lock(&w->lock);
    g_string_truncate(w->text, 0);
    g_mutex_unlock(&w->lock);
}

/* "extract_area: bad extract area" without libvips' name for who says it. */
static const char *skip_domain(const char *line)
{
    const char *end = line;

    while (g_ascii_isalnum(*end) || *end == '_' || *end == '-')
        end++;
    return end > line && end[0] == ':' && end[1] == ' ' ? end + 2 : line;
}

/* The first line that tells more than where a read went wrong. */
static char *first_line(const char *said)
{
    static const char vague[] = "source: bad seek";
    const char *from = said;

    while (g_str_has_prefix(from, vague) && strchr(from, '\n') && strchr(from, '\n')[1])
        from = strchr(from, '\n') + 1;
    char *line = g_strndup(from, strcspn(from, "\n"));
    const char *start = skip_domain(line);
    memmove(line, start, strlen(start) + 1);
    g_strstrip(line);
    if (g_ascii_isupper(line[0]) && g_ascii_islower(line[1]))
        line[0] = g_ascii_tolower(line[0]);
    if (g_str_has_suffix(line, "."))
        line[strlen(line) - 1] = '\0';
    return line;
}

int image_fault(struct eval *e, bool late)
{
    struct fault *f = &e->fault;
    struct warnings *w = find_warnings();
    g_autofree char *said = vips_error_buffer_copy();
    g_autofree char *line = first_line(said);
    g_autoptr(GString) all = g_string_new(said);
    bool memory = strstr(said, "out of memory") != NULL;

    fault_set(f, memory ? ENOMEM : EIO, "%s", line[0] ? line : "libvips gave no reason");
    f->transient = memory;
    f->late = late && !e->careful;
    g_mutex_lock(&w->lock);
    g_string_append_len(all, w->text->str, (gssize)w->text->len);
    g_mutex_unlock(&w->lock);
    return fault_detail(f, all->str, (gssize)all->len);
}

void image_clear(struct image *image)
{
    g_clear_object(&image->pixels);
    g_clear_pointer(&image->sketch, sketch_free);
    g_clear_pointer(&image->bytes, g_bytes_unref);
    g_clear_pointer(&image->options, g_free);
}

const char *image_version(void)
{
    return vips_version_string();
}

void image_unref_pixels(VipsImage *pixels)
{
    if (pixels)
        g_object_unref(pixels);
}

static void release(void *image)
{
    image_clear(image);
    g_free(image);
}

const struct image *image_of(const struct value *v)
{
    return value_image(v);
}

int image_pixels(const struct image *image, struct eval *e, VipsImage **ret)
{
    if (!image->pixels)
        return sketch_draw(image->sketch, e, ret);
    *ret = image->pixels;
    return 0;
}

void image_size(const struct image *image, int *ret_width, int *ret_height)
{
    *ret_width = image->pixels ? image->pixels->Xsize : sketch_width(image->sketch);
    *ret_height = image->pixels ? image->pixels->Ysize : sketch_height(image->sketch);
}

struct value *image_of_sketch(struct sketch *own)
{
    struct image *image = g_new0(struct image, 1);

    image->sketch = own;
    return value_new_image(image, release);
}

bool image_streams(VipsImage *pixels)
{
    return vips_image_is_sequential(pixels);
}

int image_settled(VipsImage *pixels, struct eval *e, VipsImage **ret)
{
    VipsImage *memory = vips_image_copy_memory(pixels);

    if (!memory)
        return image_fault(e, true);
    if (memory != pixels)
        vips_image_remove(memory, VIPS_META_SEQUENTIAL);
    *ret = memory;
    return 0;
}

int image_copied(VipsImage *pixels, struct eval *e, VipsImage **ret)
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

int image_done(struct image *own_image, struct eval *e, struct value **ret)
{
    if (e->careful) {
        VipsImage *memory;
        int r = image_settled(own_image->pixels, e, &memory);
        if (r < 0) {
            image_clear(own_image);
            return r;
        }
        g_object_unref(own_image->pixels);
        own_image->pixels = memory;
    }
    struct image *image = g_new(struct image, 1);
    *image = *own_image;
    *own_image = (struct image){0};
    *ret = value_new_image(image, release);
    return 0;
}
