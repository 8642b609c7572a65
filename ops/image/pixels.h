/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays of images: their pixels as items. */
#pragma once

#include "ops/core/eval.h"
#include "ops/core/value.h"
#include "ops/image/image.h"

/* As channels: every band, in whatever colours it is. */
#define PIXELS_ALL (-1)

/* How pixels become items.  Plain data. */
struct pixels_wanted {
    bool typed; /* of this type; else of that which the image has */
    enum dtype dtype;
    bool planes;            /* [channels, height, width]; else [height, width, channels] */
    int channels;           /* 1, 3, 4; 0 = as many as the image has; PIXELS_ALL */
    double factor;          /* each sample times this... */
    bool unit;              /* ...or divided by the greatest that there is */
    uint32_t width, height; /* that the image must have; 0 = any */
};

/* The type of the array of an image of this size; channels as in struct pixels_wanted, but a
 * number.
 */
struct array_type pixels_type(const struct pixels_wanted *p, enum dtype dtype, uint32_t width,
                              uint32_t height, uint32_t channels);

/* Computes the pixels, in one pass from top to bottom, and makes the array.  Faults: those of the
 * image, late; channels that cannot be made of its bands; no memory. */
int pixels_array(const struct pixels_wanted *p, VipsImage *image, struct eval *e,
                 struct value **ret);
