/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures that nobody has drawn yet: a JPEG file, and what part of it is to become how large.
 * Steps that only cut, scale and mirror change the sketch; who wants pixels has it drawn, in one go
 * and no more of it than there is to see.
 *
 * What is only cut and mirrored is drawn as libvips would, to the bit; what is scaled, on libvips'
 * grid and with its filters, by SKETCH_TOLERANCE at least.  (libvips averages by whole pixels
 * before it filters, and scales while decoding as a thumbnail's first step alone: what is drawn
 * here is nearer to the filter's own formula, which is Pillow's antialiased resize, too.)  What is
 * not for sketches is NULL here, and left to libvips: enlarging, for one, which it does half a
 * pixel aside of all others. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/eval.h"

#include <vips/vips.h>

/* Peak signal-to-noise ratio of photographs, in decibels. */
#define SKETCH_TOLERANCE 40

/* A part of the identity of what is drawn: another when other pixels come out; 0 = this build has
 * no sketches. */
unsigned sketch_version(void);

/* Lifetime: an image's.  Immutable but for the lock; any thread. */
struct sketch;

/* A whole JPEG file as it is; header: as libvips loads it, upright, borrowed. */
struct sketch *sketch_new(GBytes *file, VipsImage *header);
void sketch_free(struct sketch *s);
OWN_DEFINE(struct sketch, sketch_free)

int sketch_width(const struct sketch *s); /* pixels */
int sketch_height(const struct sketch *s);

/* Other sketches of the same file. */

/* cut: left, top, width, height, in pixels of s and inside of it. */
struct sketch *sketch_cut(const struct sketch *s, const int cut[4]);
/* To what is smaller, of what was not scaled yet; else NULL. */
struct sketch *sketch_scale(const struct sketch *s, int width, int height, VipsKernel kernel);
/* The same as libvips' resize does it: so many times smaller across and down. */
struct sketch *sketch_resize(const struct sketch *s, double across, double down, VipsKernel kernel);
/* As libvips' thumbnail. */
struct sketch *sketch_fit(const struct sketch *s, int width, int height, VipsSize size,
                          VipsInteresting crop);
/* As libvips' smartcrop; the size is no larger than that of s. */
struct sketch *sketch_keep(const struct sketch *s, int width, int height, VipsInteresting crop);
struct sketch *sketch_flip(const struct sketch *s, bool across, bool down);

/* What is to be seen; borrowed, it lives as long as s.  Drawn at the first call.  Faults are late:
 * the file is not what its header says, or there is no memory. */
int sketch_draw(struct sketch *s, struct eval *e, VipsImage **ret);

/* Options of libvips' jpegsave. */
struct sketch_jpeg {
    int quality;
    bool optimize, progressive, strip;
    VipsForeignSubsample subsample;
};

/* Whether all that libvips would write with the picture is written without it, too. */
bool sketch_is_jpeg(const struct sketch *s, const struct sketch_jpeg *options);
/* As a JPEG file; owned.  Only where sketch_is_jpeg(). */
int sketch_write_jpeg(const struct sketch *s, const struct sketch_jpeg *options, struct eval *e,
                      GBytes **ret);
