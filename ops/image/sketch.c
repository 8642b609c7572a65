/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Composes what is to be seen of a JPEG file, and has it drawn by ops/jpeg. */
#include "ops/image/sketch.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "ops/image/image.h"
#include "ops/jpeg/codec.h"

/* The decoder may scale as long as this much is left to the filter: libvips' own rule, by which it
 * is told from a full decode by less than SKETCH_TOLERANCE. */
#define MARGIN 2.0

#define VERSION 1 /* raised when other pixels come out */

/* The file, which all sketches of it share. */
struct original {
    gatomicrefcount refs;
    GBytes *bytes;     /* owned */
    VipsImage *header; /* of libvips: size and metadata; owned */
    struct codec_info info;
};

struct sketch {
    struct original *original; /* counted */
    struct resample_box box;   /* pixels of the file */
    int width, height;         /* that the box becomes */
    bool fresh;                /* all of the file, and nothing done yet */
    bool scaled;               /* by filter */
    enum resample_filter filter;
    bool across, down; /* mirrored then, left to right and top to bottom */
    GMutex lock;
    /* Protected by lock. */
    VipsImage *drawn; /* owned; NULL = not yet */
};

unsigned sketch_version(void)
{
    return codec_is_there() ? VERSION : 0;
}

static void unref_original(struct original *o)
{
    if (!g_atomic_ref_count_dec(&o->refs))
        return;
    g_bytes_unref(o->bytes);
    g_object_unref(o->header);
    codec_info_finish(&o->info);
    g_free(o);
}

static struct sketch *new_sketch(struct original *own)
{
    struct sketch *s = g_new0(struct sketch, 1);

    s->original = own;
    g_mutex_init(&s->lock);
    return s;
}

/* The same but for what the caller changes. */
static struct sketch *derive(const struct sketch *s)
{
    struct sketch *other = new_sketch(s->original);

    g_atomic_ref_count_inc(&s->original->refs);
    other->box = s->box;
    other->width = s->width;
    other->height = s->height;
    other->scaled = s->scaled;
    other->filter = s->filter;
    other->across = s->across;
    other->down = s->down;
    return other;
}

struct sketch *sketch_new(GBytes *file, VipsImage *header)
{
    struct codec_info info;

    if (!codec_look(file, &info))
        return NULL;
    if (info.turned || (int)info.width != header->Xsize || (int)info.height != header->Ysize ||
        (int)info.bands != header->Bands) {
        codec_info_finish(&info);
        return NULL;
    }
    struct original *o = g_new0(struct original, 1);
    g_atomic_ref_count_init(&o->refs);
    o->bytes = g_bytes_ref(file);
    o->header = g_object_ref(header);
    o->info = info;
    struct sketch *s = new_sketch(o);
    s->width = header->Xsize;
    s->height = header->Ysize;
    s->box = (struct resample_box){0, 0, s->width, s->height};
    s->fresh = true;
    return s;
}

void sketch_free(struct sketch *s)
{
    if (!s)
        return;
    unref_original(s->original);
    g_clear_object(&s->drawn);
    g_mutex_clear(&s->lock);
    g_free(s);
}

int sketch_width(const struct sketch *s)
{
    return s->width;
}

int sketch_height(const struct sketch *s)
{
    return s->height;
}

static bool find_filter(VipsKernel kernel, enum resample_filter *ret)
{
    switch (kernel) {
    case VIPS_KERNEL_LINEAR:
        *ret = RESAMPLE_TRIANGLE;
        return true;
    case VIPS_KERNEL_CUBIC:
        *ret = RESAMPLE_CUBIC;
        return true;
    case VIPS_KERNEL_LANCZOS3:
        *ret = RESAMPLE_LANCZOS3;
        return true;
    default:
        return false;
    }
}

/* A part of what is to be seen as a part of the file. */
static struct resample_box part(const struct sketch *s, const int cut[4])
{
    const double x = s->box.width / s->width, y = s->box.height / s->height;
    const int left = s->across ? s->width - cut[0] - cut[2] : cut[0];
    const int top = s->down ? s->height - cut[1] - cut[3] : cut[1];

    return (struct resample_box){s->box.left + left * x, s->box.top + top * y, cut[2] * x,
                                 cut[3] * y};
}

struct sketch *sketch_cut(const struct sketch *s, const int cut[4])
{
    struct sketch *other = derive(s);

    other->box = part(s, cut);
    other->width = cut[2];
    other->height = cut[3];
    return other;
}

struct sketch *sketch_scale(const struct sketch *s, int width, int height, VipsKernel kernel)
{
    enum resample_filter filter;

    if (s->scaled || width > s->width || height > s->height || !find_filter(kernel, &filter))
        return NULL;
    struct sketch *other = derive(s);
    other->scaled = true;
    other->filter = filter;
    other->width = width;
    other->height = height;
    return other;
}

struct sketch *sketch_flip(const struct sketch *s, bool across, bool down)
{
    struct sketch *other = derive(s);

    other->across ^= across;
    other->down ^= down;
    return other;
}

/* As libvips' reduce has it. */
static int reduced(int size, double ratio)
{
    return MAX((int)(size / ratio + 0.5), 1);
}

/* Scales by ratios that need not make whole sizes.  As libvips does it, by samples around the
 * middle: what is too much or too little is so on both sides. */
static struct sketch *shrink(const struct sketch *s, double across, double down,
                             enum resample_filter filter)
{
    const double x = s->box.width / s->width, y = s->box.height / s->height;
    struct sketch *other = derive(s);

    other->scaled = true;
    other->filter = filter;
    other->width = reduced(s->width, across);
    other->height = reduced(s->height, down);
    other->box.width = other->width * across * x;
    other->box.height = other->height * down * y;
    other->box.left -= (other->box.width - s->box.width) / 2;
    other->box.top -= (other->box.height - s->box.height) / 2;
    return other;
}

struct sketch *sketch_resize(const struct sketch *s, double across, double down, VipsKernel kernel)
{
    enum resample_filter filter;

    if (s->scaled || across < 1 || down < 1 || !find_filter(kernel, &filter))
        return NULL;
    return shrink(s, across, down, filter);
}

/* What is cut off on the left or at the top; -1: that is not for sketches. */
static int find_edge(VipsInteresting crop, int more)
{
    switch (crop) {
    case VIPS_INTERESTING_LOW:
        return 0;
    case VIPS_INTERESTING_CENTRE:
        return more / 2;
    case VIPS_INTERESTING_HIGH:
        return more;
    default:
        return -1;
    }
}

struct sketch *sketch_keep(const struct sketch *s, int width, int height, VipsInteresting crop)
{
    const int cut[4] = {find_edge(crop, s->width - width), find_edge(crop, s->height - height),
                        width, height};

    return cut[0] < 0 || cut[1] < 0 ? NULL : sketch_cut(s, cut);
}

/* How libvips' thumbnail shrinks, but that it does not make an axis less than a pixel. */
static void find_ratios(const struct sketch *s, int width, int height, bool fills, double ret[2])
{
    const double across = (double)s->width / width, down = (double)s->height / height;
    const double ratio = fills ? MIN(across, down) : MAX(across, down);

    ret[0] = MIN(ratio, s->width);
    ret[1] = MIN(ratio, s->height);
}

/* Where the decoder scales for libvips, what does not fill a block is lost on the right and at the
 * foot, and sizes are found anew. */
static struct sketch *decode_blocks(const struct sketch *s, const double ratio[2])
{
    const double least = MIN(ratio[0], ratio[1]);
    const int block = !s->fresh || least < 4 ? 1 : least < 8 ? 2 : least < 16 ? 4 : 8;
    struct sketch *other = derive(s);

    other->width = s->width / block;
    other->height = s->height / block;
    if (block > 1) {
        other->box.width = other->width * block;
        other->box.height = other->height * block;
    }
    return other;
}

struct sketch *sketch_fit(const struct sketch *s, int width, int height, VipsSize size,
                          VipsInteresting crop)
{
    const bool fills = crop != VIPS_INTERESTING_NONE;
    double ratio[2];

    if (s->scaled || size == VIPS_SIZE_FORCE || size == VIPS_SIZE_UP ||
        (fills && find_edge(crop, 0) < 0))
        return NULL;
    find_ratios(s, width, height, fills, ratio);
    if (MIN(ratio[0], ratio[1]) < 1)
        return NULL;
    OWN(sketch_free) struct sketch *whole = decode_blocks(s, ratio);
    find_ratios(whole, width, height, fills, ratio);
    OWN(sketch_free) struct sketch *small = shrink(whole, ratio[0], ratio[1], RESAMPLE_LANCZOS3);
    if (!fills)
        return g_steal_pointer(&small);
    return sketch_keep(small, MIN(small->width, width), MIN(small->height, height), crop);
}

/* Drawing. */

/* Lifetime: call. */
struct canvas {
    const struct sketch *sketch;
    uint32_t bands;
    uint8_t *pixels;
    uint8_t *block; /* RESAMPLE_ROWS rows, as they come; owned */
};

/* A row of a block, at its place and in its direction. */
static void put_row(const struct canvas *c, uint32_t y, const uint8_t *from)
{
    const struct sketch *s = c->sketch;
    const size_t width = (size_t)s->width, bands = c->bands;
    const size_t row = s->down ? (size_t)s->height - 1 - y : y;
    uint8_t *to = c->pixels + row * width * bands;

    if (!s->across) {
        for (size_t i = 0; i < width * bands; i++)
            to[i] = from[i * RESAMPLE_ROWS];
        return;
    }
    for (size_t x = 0; x < width; x++)
        for (size_t b = 0; b < bands; b++)
            to[(width - 1 - x) * bands + b] = from[(x * bands + b) * RESAMPLE_ROWS];
}

static void take_rows(void *ctx, uint32_t top, uint32_t n_rows, const float *at)
{
    const struct canvas *c = ctx;

    resample_round(at, c->block, (size_t)c->sketch->width * c->bands * RESAMPLE_ROWS);
    for (uint32_t y = 0; y < n_rows; y++)
        put_row(c, top + y, c->block + y);
}

static int fill(struct canvas *c)
{
    const struct sketch *s = c->sketch;
    const struct codec_job job = {
        .box = s->box,
        .out_width = (uint32_t)s->width,
        .out_height = (uint32_t)s->height,
        .filter = s->filter,
        .margin = s->scaled ? MARGIN : 0,
    };

    c->block = g_try_malloc_n((size_t)s->width, RESAMPLE_ROWS * c->bands);
    if (!c->block)
        return -ENOMEM;
    int r = codec_read(s->original->bytes, &job, take_rows, c);
    g_free(c->block);
    return r;
}

/* Whoever asks again, carefully, asks libvips. */
static int cannot_draw(const struct sketch *s, int r, struct eval *e)
{
    if (r == -ENOMEM) {
        fault_set(&e->fault, ENOMEM, "no memory for a picture of %dx%d pixels", s->width,
                  s->height);
        e->fault.transient = true;
        return -ENOMEM;
    }
    fault_set(&e->fault, EIO, "the picture cannot be drawn");
    e->fault.late = true;
    return -EIO;
}

/* To where the pixels are wanted, bands interleaved. */
static int paint(const struct sketch *s, uint8_t *pixels, struct eval *e)
{
    struct canvas c = {.sketch = s, .bands = s->original->info.bands, .pixels = pixels};
    int r = fill(&c);

    return r < 0 ? cannot_draw(s, r, e) : 0;
}

/* An image in memory, not yet painted, with the metadata of the file. */
static VipsImage *frame(const struct sketch *s)
{
    VipsImage *header = s->original->header, *image = vips_image_new_memory();

    if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_ANY, header, NULL) != 0) {
        g_object_unref(image);
        return NULL;
    }
    image->Xsize = s->width;
    image->Ysize = s->height;
    vips_image_remove(image, VIPS_META_SEQUENTIAL);
    if (vips_image_write_prepare(image) != 0) {
        g_object_unref(image);
        return NULL;
    }
    return image;
}

static int draw(const struct sketch *s, struct eval *e, VipsImage **ret)
{
    OWN(image_unref_pixels) VipsImage *image = frame(s);

    if (!image)
        return image_fault(e, false);
    int r = paint(s, VIPS_IMAGE_ADDR(image, 0, 0), e);
    if (r == 0)
        *ret = g_steal_pointer(&image);
    return r;
}

/* Without a lock, since it may take long: two who ask at once draw it twice, and the first to be
 * done has done it for both. */
int sketch_draw(struct sketch *s, struct eval *e, VipsImage **ret)
{
    VipsImage *image = NULL;

    g_mutex_lock(&s->lock);
    *ret = s->drawn;
    g_mutex_unlock(&s->lock);
    if (*ret)
        return 0;
    int r = draw(s, e, &image);
    if (r < 0)
        return r;
    g_mutex_lock(&s->lock);
    if (s->drawn)
        g_object_unref(image);
    else
        s->drawn = image;
    *ret = s->drawn;
    g_mutex_unlock(&s->lock);
    return 0;
}

bool sketch_is_jpeg(const struct sketch *s, const struct sketch_jpeg *o)
{
    return o->strip || !s->original->info.annotated;
}

static GBytes *write_rows(const struct sketch *s, const uint8_t *pixels, struct codec_writer *w)
{
    const size_t row = (size_t)s->width * s->original->info.bands;

    for (int y = 0; w && y < s->height; y++) {
        const uint8_t *at = pixels + (size_t)y * row;
        if (!codec_writer_put(w, &at, 1))
            return NULL;
    }
    return w ? codec_writer_end(w) : NULL;
}

int sketch_write_jpeg(const struct sketch *s, const struct sketch_jpeg *o, struct eval *e,
                      GBytes **ret)
{
    struct codec_info info = s->original->info;
    const struct codec_options options = {
        .quality = o->quality,
        .optimize = o->optimize,
        .progressive = o->progressive,
        .subsample = o->subsample == VIPS_FOREIGN_SUBSAMPLE_ON ||
                     (o->subsample == VIPS_FOREIGN_SUBSAMPLE_AUTO && o->quality < 90),
    };
    g_autofree uint8_t *pixels = g_try_malloc_n((size_t)s->width * (size_t)s->height, info.bands);

    int r = pixels ? paint(s, pixels, e) : cannot_draw(s, -ENOMEM, e);
    if (r < 0)
        return r;
    if (o->strip)
        info.profile = NULL;
    OWN(codec_writer_free)
    struct codec_writer *w =
        codec_writer_new(&info, (uint32_t)s->width, (uint32_t)s->height, &options);
    GBytes *bytes = write_rows(s, pixels, w);
    if (!bytes)
        return cannot_draw(s, -ENOMEM, e);
    *ret = bytes;
    return 0;
}
