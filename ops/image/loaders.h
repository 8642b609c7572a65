/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the bytes of a file to an image, by loaders that the spec allows, within limits. */
#pragma once

#include "ops/core/eval.h"
#include "ops/core/param.h"
#include "ops/core/value.h"

/* How to decode.  Options that a format does not have are not for it. */
struct decoding {
    bool autorotate;        /* apply the EXIF orientation */
    int64_t fail_on;        /* a VipsFailOn */
    struct strings loaders; /* loaders beside the usual ones; checked by loaders_new() */
    uint64_t max_pixels;    /* width times height times pages */
    int64_t page;           /* first page; 0 = the first */
    int64_t n;              /* pages; -1 = all; 1 */
    int64_t subifd;         /* of a TIFF; -1 = none */
    double dpi;             /* of pdf and svg */
    double scale;           /* of pdf, svg and webp */
    bool unlimited;         /* without the limits that the formats' own libraries have */
    bool fast;              /* of a JPEG file there may be a sketch, too */
    int64_t others;         /* what an element that is no bytes does: enum decoding_others */
};

/* FAIL: unless it is an image, or an array that can be one. */
enum decoding_others { DECODING_OTHERS_FAIL, DECODING_OTHERS_PASS };

#define DECODING_PAGES 100000
#define DECODING_USUAL                                                                       \
    {                                                                                        \
        .autorotate = true, .fail_on = VIPS_FAIL_ON_ERROR, .max_pixels = 100u << 20, .n = 1, \
        .subifd = -1, .dpi = 72, .scale = 1                                                  \
    }

/* Lifetime: a step's.  Immutable. */
struct loaders;

/* Jpeg, png, webp, gif, tiff and heif (avif), and those named by `how`.  An unknown name is a fault
 * of the argument `loaders`. */
int loaders_new(const struct decoding *how, struct fault *f, struct loaders **ret);
void loaders_free(struct loaders *l);
OWN_DEFINE(struct loaders, loaders_free)

/* Opens bytes as an image; pixels are not computed, except to apply an orientation that the loader
 * cannot.  A format that is not known or not allowed, and more pixels than allowed, are faults
 * (EINVAL).  how: this element's, where some of it is drawn; its `loaders` are those of
 * loaders_new().  implied: the plan put the decoding in. */
int loaders_open(const struct loaders *l, const struct decoding *how, GBytes *bytes, bool implied,
                 struct eval *e, struct value **ret);
