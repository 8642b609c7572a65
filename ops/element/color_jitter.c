/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* color_jitter: brightness, contrast, saturation and hue changed by chance. */
#include "ops/op.h"

#include <math.h>

#include "ops/image/image.h"
#include "ops/image/operation.h"

enum change { BRIGHTNESS, CONTRAST, SATURATION, HUE, N_CHANGES };

struct color_jitter {
    double by[N_CHANGES];
};

/* Lifetime: call.  Pixels that are changed where they are. */
struct canvas {
    VipsImage *image; /* in memory of its own */
    bool wide;        /* 16 bits a sample; else 8 */
    int n_colours;    /* bands but for alpha */
    float max;
};

static float sample(const struct canvas *c, const void *row, int64_t at)
{
    return c->wide ? ((const uint16_t *)row)[at] : ((const uint8_t *)row)[at];
}

static void put(const struct canvas *c, void *row, int64_t at, float x)
{
    long n = lrintf(CLAMP(x, 0, c->max));

    if (c->wide)
        ((uint16_t *)row)[at] = (uint16_t)n;
    else
        ((uint8_t *)row)[at] = (uint8_t)n;
}

static float grey_of(const float rgb[3])
{
    return 0.2989f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
}

/* One pixel as three colours, or as one. */
static void load(const struct canvas *c, const void *row, int x, float ret[3])
{
    int64_t at = (int64_t)x * c->image->Bands;

    for (int b = 0; b < 3; b++)
        ret[b] = sample(c, row, at + (c->n_colours == 3 ? b : 0));
}

static void blend(const struct canvas *c, float factor, float with)
{
    for (int y = 0; y < c->image->Ysize; y++) {
        void *row = VIPS_IMAGE_ADDR(c->image, 0, y);
        for (int64_t at = 0; at < (int64_t)c->image->Xsize * c->image->Bands; at++)
            if (at % c->image->Bands < c->n_colours)
                put(c, row, at, factor * sample(c, row, at) + (1 - factor) * with);
    }
}

static float mean_of(const struct canvas *c)
{
    double sum = 0;
    float rgb[3];

    for (int y = 0; y < c->image->Ysize; y++)
        for (int x = 0; x < c->image->Xsize; x++) {
            load(c, VIPS_IMAGE_ADDR(c->image, 0, y), x, rgb);
            sum += c->n_colours == 3 ? grey_of(rgb) : rgb[0];
        }
    return (float)(sum / c->image->Xsize / c->image->Ysize);
}

static void saturate(float rgb[3], float factor)
{
    float grey = grey_of(rgb);

    for (int b = 0; b < 3; b++)
        rgb[b] = factor * rgb[b] + (1 - factor) * grey;
}

/* The hexagon of hues, 0 to 6 from red to red (Smith, "Color gamut transform pairs", 1978). */
static float hue_of(const float rgb[3], float high, float range)
{
    if (rgb[0] == high)
        return (rgb[1] - rgb[2]) / range;
    if (rgb[1] == high)
        return 2 + (rgb[2] - rgb[0]) / range;
    return 4 + (rgb[0] - rgb[1]) / range;
}

/* The colour of one hue between the darkest and the brightest of its three. */
static float colour_at(float hue, float low, float range)
{
    hue = hue - 6 * floorf(hue / 6);
    if (hue < 1 || hue >= 5)
        return low + range;
    return hue < 2 ? low + range * (2 - hue) : hue < 4 ? low : low + range * (hue - 4);
}

static void turn(float rgb[3], float by)
{
    float high = MAX(rgb[0], MAX(rgb[1], rgb[2])), low = MIN(rgb[0], MIN(rgb[1], rgb[2]));
    float range = high - low;

    if (range == 0)
        return;
    float hue = hue_of(rgb, high, range) + 6 * by;
    rgb[0] = colour_at(hue, low, range);
    rgb[1] = colour_at(hue - 2, low, range);
    rgb[2] = colour_at(hue - 4, low, range);
}

typedef void pixel_fn(float rgb[3], float by);

static void each_pixel(const struct canvas *c, pixel_fn *change, float by)
{
    float rgb[3];

    for (int y = 0; y < c->image->Ysize; y++) {
        void *row = VIPS_IMAGE_ADDR(c->image, 0, y);
        for (int x = 0; x < c->image->Xsize; x++) {
            load(c, row, x, rgb);
            change(rgb, by);
            for (int b = 0; b < 3; b++)
                put(c, row, (int64_t)x * c->image->Bands + b, rgb[b]);
        }
    }
}

static void change(const struct canvas *c, enum change what, double by)
{
    if (what == BRIGHTNESS)
        blend(c, (float)by, 0);
    else if (what == CONTRAST)
        blend(c, (float)by, mean_of(c));
    else if (c->n_colours == 3)
        each_pixel(c, what == HUE ? turn : saturate, (float)by);
}

/* How much, in which order: all drawn, whatever the image is. */
static void draw(const struct color_jitter *p, struct random *random, double ret_by[N_CHANGES],
                 enum change ret_order[N_CHANGES])
{
    for (unsigned n = 0; n < N_CHANGES; n++) {
        double low = n == HUE ? -p->by[n] : MAX(0, 1 - p->by[n]);
        double high = n == HUE ? p->by[n] : 1 + p->by[n];
        ret_by[n] = low + (high - low) * random_uniform(random);
        ret_order[n] = n;
    }
    for (unsigned n = N_CHANGES - 1; n > 0; n--) {
        unsigned other = (unsigned)random_below(random, n + 1);
        enum change moved = ret_order[n];
        ret_order[n] = ret_order[other];
        ret_order[other] = moved;
    }
}

/* A copy of the pixels, in colours that are light. */
static int canvas_open(VipsImage *pixels, struct eval *e, struct canvas *ret)
{
    OWN(image_unref_pixels) VipsImage *light = NULL;
    bool wide = pixels->BandFmt == VIPS_FORMAT_USHORT;
    int r = 0;

    if (pixels->Coding != VIPS_CODING_NONE || (pixels->BandFmt != VIPS_FORMAT_UCHAR && !wide))
        return fault_set(&e->fault, EINVAL,
                         "the image is of %s, but 8 or 16 bits a sample are wanted: colourspace: "
                         "srgb before it makes them",
                         pixels->Coding == VIPS_CODING_NONE
                             ? vips_enum_nick(VIPS_TYPE_BAND_FORMAT, pixels->BandFmt)
                             : vips_enum_nick(VIPS_TYPE_CODING, pixels->Coding));
    if (pixels->Type == VIPS_INTERPRETATION_CMYK)
        r = operation_on("colourspace", pixels, e, &light, "space",
                         wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB, NULL);
    if (r == 0)
        r = image_copied(light ? light : pixels, e, &ret->image);
    if (r < 0)
        return r;
    ret->wide = wide;
    ret->max = wide ? UINT16_MAX : UINT8_MAX;
    ret->n_colours = ret->image->Bands - (vips_image_hasalpha(ret->image) ? 1 : 0);
    return 0;
}

static int color_jitter_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct color_jitter *p = c->params;
    double by[N_CHANGES];
    enum change order[N_CHANGES];
    struct canvas canvas = {0};
    struct random random;

    random_init(&random, c->seq, c->i, RANDOM_OWN);
    draw(p, &random, by, order);
    image_begin();
    VipsImage *pixels;
    int r = image_pixels(image_of(in), c->eval, &pixels);
    if (r == 0)
        r = canvas_open(pixels, c->eval, &canvas);
    if (r < 0)
        return r;
    for (unsigned n = 0; n < N_CHANGES; n++)
        if (p->by[order[n]] > 0)
            change(&canvas, order[n], by[order[n]]);
    return image_done(&(struct image){.pixels = canvas.image}, c->eval, ret);
}

const struct op op_color_jitter = {
    .abi = SEQFS_OP_ABI,
    .name = "color_jitter",
    .alias = "colour_jitter",
    .brief = "Change brightness, contrast, saturation and hue by chance.",
    .manual =
        "As torchvision's ColorJitter: brightness, contrast and saturation are multiplied by a "
        "factor between 1 - x (at least 0) and 1 + x, the hue is turned by -x to x of the whole "
        "circle, in an order that is drawn too; what is not given stays. Contrast is that to the "
        "image's mean. An image of one band has no saturation and no hue; alpha stays. The same "
        "element always gives the same image; another seed, another epoch of epochs, gives "
        "another.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_IMAGE,
    .flags = OP_ISOLATE | OP_RANDOM | OP_KEEPS_SIZE,
    .version = image_version,
    .params_size = sizeof(struct color_jitter),
    .params = PARAMS(PARAM_AS("brightness", DOUBLE, struct color_jitter, by[BRIGHTNESS], .max = 100,
                              .fallback = "0", .brief = "how far the factor may be from 1"),
                     PARAM_AS("contrast", DOUBLE, struct color_jitter, by[CONTRAST], .max = 100,
                              .fallback = "0", .brief = "how far the factor may be from 1"),
                     PARAM_AS("saturation", DOUBLE, struct color_jitter, by[SATURATION], .max = 100,
                              .fallback = "0", .brief = "how far the factor may be from 1"),
                     PARAM_AS("hue", DOUBLE, struct color_jitter, by[HUE], .max = 0.5,
                              .fallback = "0", .brief = "how far to turn, in circles")),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, {color_jitter: {brightness: 0.4, contrast: 0.4, saturation: 0.4, "
         "hue: 0.1}}]",
         "32x24x3"},
        {"[{files: photo.jpg}, {color_jitter: {hue: 0.7}}]",
         "!1:43: color_jitter: argument 'hue': 0.7 is outside of 0..0.5"},
        {"[{files: photo.jpg}, {color_jitter: {color: 0.7}}]",
         "!1:38: color_jitter: no argument 'color'"}),
    .apply = color_jitter_apply,
};
