/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Images of arrays.
 *
 * Of [height, width], [height, width, bands] or [channels, height, width], where the last is taken
 * to be bands if it can be; there are 1 to 4 of them. */
#pragma once

#include "ops/core/eval.h"
#include "ops/core/value.h"

/* How the items of an array become pixels.  Plain data. */
struct raster {
    uint32_t width, height, bands;
    bool planes; /* the bands stand one behind the other */
};

/* A fault for an array that is no image: its shape, or the type of its items. */
int raster_measure(const struct array_type *t, struct fault *f, struct raster *ret);

/* The image; of arrays that are laid out like one it is the same memory. */
int raster_image(const struct value *array, struct eval *e, struct value **ret);
