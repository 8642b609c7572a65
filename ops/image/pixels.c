/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the pixels of an image into an array, where each has its place at once. */
#include "ops/image/pixels.h"

#include <errno.h>
#include <string.h>

#include "ops/core/rescale.h"
#include "ops/core/shaped.h"
#include "ops/image/operation.h"

#define STRIP_BYTES (1u << 20) /* of the pixels that are computed at a time */
#define STRIP_LINES 128
#define CHANNELS_MAX 4  /* that are chosen; without choice there may be more */
#define ALPHA_FULL (-1) /* as a band: of an image that has no alpha */
#define BYTE_VALUES 256

/* Lifetime: call.  From one image to one array. */
struct transfer {
    VipsImage *image; /* owned: as it is read */
    enum dtype from;
    struct array_type type;
    struct rescale rescale;
    bool planes;
    uint32_t n_channels;
    int *bands;       /* owned: of each channel */
    uint64_t fill[2]; /* a sample of full alpha */
    bool straight;    /* items stand in the order of samples */
    char *table;      /* owned: the item of each byte; NULL = samples are no bytes, or stay */
    char *row;        /* owned: samples in the order of their items; NULL = not needed */
    char *items;      /* owned */
};

static void transfer_finish(struct transfer *t)
{
    g_clear_object(&t->image);
    g_free(t->bands);
    g_free(t->table);
    g_free(t->row);
    g_free(t->items);
}
OWN_DEFINE(struct transfer, transfer_finish)

static enum dtype type_of(VipsBandFormat format)
{
    static const enum dtype types[] = {
        [VIPS_FORMAT_UCHAR] = DTYPE_UINT8,    [VIPS_FORMAT_CHAR] = DTYPE_INT8,
        [VIPS_FORMAT_USHORT] = DTYPE_UINT16,  [VIPS_FORMAT_SHORT] = DTYPE_INT16,
        [VIPS_FORMAT_UINT] = DTYPE_UINT32,    [VIPS_FORMAT_INT] = DTYPE_INT32,
        [VIPS_FORMAT_FLOAT] = DTYPE_FLOAT32,  [VIPS_FORMAT_COMPLEX] = DTYPE_COMPLEX64,
        [VIPS_FORMAT_DOUBLE] = DTYPE_FLOAT64, [VIPS_FORMAT_DPCOMPLEX] = DTYPE_COMPLEX128,
    };

    return types[format];
}

/* Colours that nobody takes for red, green and blue, and that can be turned into these. */
static bool is_foreign(VipsInterpretation space)
{
    switch (space) {
    case VIPS_INTERPRETATION_XYZ:
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_CMYK:
    case VIPS_INTERPRETATION_LABQ:
    case VIPS_INTERPRETATION_CMC:
    case VIPS_INTERPRETATION_LCH:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_YXY:
    case VIPS_INTERPRETATION_HSV:
    case VIPS_INTERPRETATION_scRGB:
        return true;
    default:
        return false;
    }
}

static bool is_deep(VipsInterpretation space)
{
    return space == VIPS_INTERPRETATION_RGB16 || space == VIPS_INTERPRETATION_GREY16;
}

static bool is_grey(VipsInterpretation space)
{
    return space == VIPS_INTERPRETATION_B_W || space == VIPS_INTERPRETATION_GREY16;
}

static bool is_rgb(VipsInterpretation space)
{
    return space == VIPS_INTERPRETATION_sRGB || space == VIPS_INTERPRETATION_RGB ||
           space == VIPS_INTERPRETATION_RGB16;
}

/* The colours to read the image in.  Of 16 bits only the upper 8 are left where bytes are wanted
 * and nothing was said of their scale. */
static VipsInterpretation choose_space(const struct pixels_wanted *p, const VipsImage *image,
                                       VipsInterpretation space)
{
    bool bytes = p->typed && p->dtype == DTYPE_UINT8 && p->factor == 1 && !p->unit;
    bool deep = is_deep(space) || (is_foreign(space) && image->BandFmt == VIPS_FORMAT_USHORT);

    if (p->channels == PIXELS_ALL || (!is_grey(space) && !is_rgb(space) && !is_foreign(space)))
        return space;
    deep = deep && !bytes;
    if (is_grey(space) || p->channels == 1)
        return deep ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
    if (space == VIPS_INTERPRETATION_RGB)
        return space;
    return deep ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
}

static int prepare_colours(const struct pixels_wanted *p, VipsImage *image, struct eval *e,
                           struct transfer *t)
{
    VipsInterpretation space = vips_image_guess_interpretation(image);
    VipsInterpretation wanted = choose_space(p, image, space);

    if (wanted != space)
        return operation_on("colourspace", image, e, &t->image, "space", wanted, NULL);
    if (image->Coding != VIPS_CODING_NONE)
        return vips_image_decode(image, &t->image) == 0 ? 0 : image_fault(e, false);
    t->image = g_object_ref(image);
    return 0;
}

/* The greatest sample that there is; of floats, by the habits of libvips. */
static double greatest(const VipsImage *image)
{
    if (!vips_band_format_isint(image->BandFmt))
        return is_deep(image->Type)                       ? UINT16_MAX
               : image->Type == VIPS_INTERPRETATION_scRGB ? 1
                                                          : UINT8_MAX;
    return rescale_unit(type_of(image->BandFmt));
}

static int refuse_channels(const struct pixels_wanted *p, const VipsImage *image, struct eval *e)
{
    return fault_set(&e->fault, EINVAL,
                     "an image of %d bands cannot have %d channels: extract_band before it chooses "
                     "some, channels: all takes them as they are",
                     image->Bands, p->channels);
}

/* Which band each channel is. */
static int choose_bands(const struct pixels_wanted *p, struct eval *e, struct transfer *t)
{
    VipsInterpretation space = vips_image_guess_interpretation(t->image);
    int n = t->image->Bands;
    bool alpha = (is_grey(space) && n == 2) || (is_rgb(space) && n == 4);
    int colours = alpha ? n - 1 : n;

    t->n_channels = (uint32_t)(p->channels > 0 ? p->channels : n);
    t->bands = g_new(int, t->n_channels);
    for (uint32_t c = 0; c < t->n_channels; c++)
        t->bands[c] = (int)c;
    if (p->channels <= 0)
        return 0;
    if (colours != 3 && (colours != 1 || n > 2))
        return refuse_channels(p, t->image, e);
    if (p->channels == 1)
        return colours == 1 ? 0 : refuse_channels(p, t->image, e);
    for (int c = 0; c < 3 && colours == 1; c++)
        t->bands[c] = 0;
    if (p->channels == 4)
        t->bands[3] = alpha ? n - 1 : ALPHA_FULL;
    return 0;
}

static bool is_straight(const struct transfer *t)
{
    for (uint32_t c = 0; c < t->n_channels; c++)
        if (t->bands[c] != (int)c)
            return false;
    return !t->planes && t->n_channels == (uint32_t)t->image->Bands;
}

static int no_memory(const struct transfer *t, struct eval *e)
{
    return fault_set_errno(&e->fault, ENOMEM, "an array of an image of %dx%d pixels",
                           t->image->Xsize, t->image->Ysize);
}

static bool stays(const struct transfer *t)
{
    return t->from == t->type.dtype && t->rescale.factor == 1 && t->rescale.divisor == 1;
}

/* What each byte becomes, looked up from then on. */
static void make_table(struct transfer *t)
{
    uint8_t bytes[BYTE_VALUES];

    for (int i = 0; i < BYTE_VALUES; i++)
        bytes[i] = (uint8_t)i;
    t->table = g_malloc(BYTE_VALUES * dtype_size(t->type.dtype));
    rescale_items(DTYPE_UINT8, bytes, t->type.dtype, t->table, BYTE_VALUES, t->rescale);
}

static int prepare(const struct pixels_wanted *p, VipsImage *image, struct eval *e,
                   struct transfer *t)
{
    double most;
    int r = prepare_colours(p, image, e, t);

    if (r == 0)
        r = choose_bands(p, e, t);
    if (r < 0)
        return r;
    most = greatest(t->image);
    t->from = type_of(t->image->BandFmt);
    t->planes = p->planes;
    t->type = pixels_type(p, t->from, (uint32_t)t->image->Xsize, (uint32_t)t->image->Ysize,
                          t->n_channels);
    t->rescale = (struct rescale){p->factor, p->unit ? most : 1};
    rescale_items(DTYPE_FLOAT64, &most, t->from, t->fill, 1, (struct rescale)RESCALE_NONE);
    t->straight = is_straight(t);
    if (t->from == DTYPE_UINT8 && !(t->straight && stays(t)))
        make_table(t);
    else if (!t->straight)
        t->row = g_try_malloc_n((size_t)t->image->Xsize * t->n_channels, dtype_size(t->from));
    if (!t->table && !t->row && !t->straight)
        return no_memory(t, e);
    return shaped_alloc(&t->type, &e->fault, (void **)&t->items);
}

/* Samples of one band, a step apart, to places that are a step apart; both steps in items. */
static void place(const void *in, size_t in_step, void *out, size_t out_step, size_t n, size_t size)
{
    for (size_t i = 0; size == 1 && i < n; i++)
        ((uint8_t *)out)[i * out_step] = ((const uint8_t *)in)[i * in_step];
    for (size_t i = 0; size == 2 && i < n; i++)
        ((uint16_t *)out)[i * out_step] = ((const uint16_t *)in)[i * in_step];
    for (size_t i = 0; size == 4 && i < n; i++)
        ((uint32_t *)out)[i * out_step] = ((const uint32_t *)in)[i * in_step];
    for (size_t i = 0; size == 8 && i < n; i++)
        ((uint64_t *)out)[i * out_step] = ((const uint64_t *)in)[i * in_step];
    for (size_t i = 0; size == 16 && i < n; i++)
        memcpy((char *)out + i * out_step * 16, (const char *)in + i * in_step * 16, 16);
}

/* The same of bytes, each by its item in a table. */
static void look_up(const uint8_t *in, size_t in_step, const void *table, void *out,
                    size_t out_step, size_t n, size_t size)
{
    for (size_t i = 0; size == 1 && i < n; i++)
        ((uint8_t *)out)[i * out_step] = ((const uint8_t *)table)[in[i * in_step]];
    for (size_t i = 0; size == 2 && i < n; i++)
        ((uint16_t *)out)[i * out_step] = ((const uint16_t *)table)[in[i * in_step]];
    for (size_t i = 0; size == 4 && i < n; i++)
        ((uint32_t *)out)[i * out_step] = ((const uint32_t *)table)[in[i * in_step]];
    for (size_t i = 0; size == 8 && i < n; i++)
        ((uint64_t *)out)[i * out_step] = ((const uint64_t *)table)[in[i * in_step]];
    for (size_t i = 0; size == 16 && i < n; i++)
        memcpy((char *)out + i * out_step * 16, (const char *)table + in[i * in_step] * 16, 16);
}

/* One channel of one line: to its items, or, where those are made of a row, to that. */
static void take_channel(const struct transfer *t, const char *line, size_t y, uint32_t c)
{
    size_t width = (size_t)t->image->Xsize, height = (size_t)t->image->Ysize;
    size_t size = dtype_size(t->type.dtype), sample = dtype_size(t->from);
    bool filled = t->bands[c] == ALPHA_FULL;
    const void *in = filled ? (const char *)t->fill : line + (size_t)t->bands[c] * sample;
    size_t in_step = filled ? 0 : (size_t)t->image->Bands;
    size_t out_step = t->planes ? 1 : t->n_channels;
    size_t at = t->planes ? (c * height + y) * width : y * width * t->n_channels + c;
    char *out = t->items + at * size;

    if (t->table) {
        look_up(in, in_step, t->table, out, out_step, width, size);
        return;
    }
    place(in, in_step, t->planes ? t->row : t->row + c * sample, out_step, width, sample);
    if (t->planes)
        rescale_items(t->from, t->row, t->type.dtype, out, width, t->rescale);
}

static void take_line(const struct transfer *t, const char *line, size_t y)
{
    size_t n = (size_t)t->image->Xsize * t->n_channels;
    char *out = t->items + y * n * dtype_size(t->type.dtype);

    for (uint32_t c = 0; (t->table || !t->straight) && c < t->n_channels; c++)
        take_channel(t, line, y, c);
    if (!t->table && !t->planes)
        rescale_items(t->from, t->straight ? line : t->row, t->type.dtype, out, n, t->rescale);
}

/* Strips as wide as the image, since what streams is read in order. */
static int read_pixels(const struct transfer *t, struct eval *e)
{
    const size_t line = VIPS_IMAGE_SIZEOF_LINE(t->image);
    const int lines = (int)CLAMP(STRIP_BYTES / line, 1, STRIP_LINES);
    VipsRegion *region;
    int r = 0;

    if (vips_image_pio_input(t->image) != 0)
        return image_fault(e, true);
    region = vips_region_new(t->image);
    for (int top = 0; r == 0 && top < t->image->Ysize; top += lines) {
        VipsRect strip = {0, top, t->image->Xsize, MIN(lines, t->image->Ysize - top)};

        if (vips_region_prepare(region, &strip) != 0)
            r = image_fault(e, true);
        for (int y = top; r == 0 && y < top + strip.height; y++)
            take_line(t, (const char *)VIPS_REGION_ADDR(region, 0, y), (size_t)y);
    }
    g_object_unref(region);
    return r;
}

struct array_type pixels_type(const struct pixels_wanted *p, enum dtype dtype, uint32_t width,
                              uint32_t height, uint32_t channels)
{
    struct array_type t = {.dtype = p->typed ? p->dtype : dtype, .n_dims = 3};

    t.dims[p->planes ? 0 : 2] = channels;
    t.dims[p->planes ? 1 : 0] = height;
    t.dims[p->planes ? 2 : 1] = width;
    return t;
}

int pixels_array(const struct pixels_wanted *p, VipsImage *image, struct eval *e,
                 struct value **ret)
{
    struct transfer transfer = {0};
    OWN(transfer_finish) struct transfer *t = &transfer;

    if (p->width > 0 && (p->width != (uint32_t)image->Xsize || p->height != (uint32_t)image->Ysize))
        return fault_set(&e->fault, EPROTO,
                         "the image has %dx%d pixels, but was said to have %ux%u before it was "
                         "computed",
                         image->Xsize, image->Ysize, p->width, p->height);
    int r = prepare(p, image, e, t);
    if (r == 0)
        r = read_pixels(t, e);
    if (r == 0)
        *ret = shaped_end(&t->type, g_steal_pointer(&t->items));
    return r;
}
