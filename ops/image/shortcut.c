/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the arguments of operations of libvips as changes of a sketch. */
#include "ops/image/shortcut.h"

#include <string.h>

static struct sketch *flip(const struct sketch *s, VipsOperation *operation)
{
    VipsDirection direction;

    g_object_get(operation, "direction", &direction, NULL);
    return sketch_flip(s, direction == VIPS_DIRECTION_HORIZONTAL,
                       direction == VIPS_DIRECTION_VERTICAL);
}

static struct sketch *extract(const struct sketch *s, VipsOperation *operation)
{
    int cut[4];

    g_object_get(operation, "left", &cut[0], "top", &cut[1], "width", &cut[2], "height", &cut[3],
                 NULL);
    if (cut[0] < 0 || cut[1] < 0 || cut[2] < 1 || cut[3] < 1 || cut[2] > sketch_width(s) - cut[0] ||
        cut[3] > sketch_height(s) - cut[1])
        return NULL;
    return sketch_cut(s, cut);
}

static struct sketch *keep(const struct sketch *s, VipsOperation *operation)
{
    VipsInteresting interesting;
    int width, height;

    g_object_get(operation, "width", &width, "height", &height, "interesting", &interesting, NULL);
    if (width < 1 || height < 1 || width > sketch_width(s) || height > sketch_height(s))
        return NULL;
    return sketch_keep(s, width, height, interesting);
}

static struct sketch *resize(const struct sketch *s, VipsOperation *operation)
{
    VipsKernel kernel;
    double across, down;

    g_object_get(operation, "scale", &across, "vscale", &down, "kernel", &kernel, NULL);
    if (!vips_object_argument_isset(VIPS_OBJECT(operation), "vscale"))
        down = across;
    if (across <= 0 || down <= 0)
        return NULL;
    return sketch_resize(s, 1 / across, 1 / down, kernel);
}

static const struct {
    const char *name; /* of libvips' */
    struct sketch *(*take)(const struct sketch *s, VipsOperation *operation);
} shortcuts[] = {
    {"flip", flip},      {"extract_area", extract}, {"crop", extract},
    {"smartcrop", keep}, {"resize", resize},
};

struct sketch *shortcut_take(const struct sketch *s, VipsOperation *operation)
{
    const char *name = VIPS_OBJECT_GET_CLASS(operation)->nickname;

    for (size_t i = 0; i < G_N_ELEMENTS(shortcuts); i++)
        if (strcmp(shortcuts[i].name, name) == 0)
            return shortcuts[i].take(s, operation);
    return NULL;
}
