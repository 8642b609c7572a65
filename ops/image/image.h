/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures as libvips sees them: what is inside a VALUE_IMAGE, and how libvips' complaints become
 * faults. */
#pragma once

#include "ops/core/eval.h"
#include "ops/core/value.h"
#include "ops/image/sketch.h"

#include <vips/vips.h>

/* Lifetime: shared, the value's.  Pixels are lazy: most are computed when they are written or
 * copied.  An image that streams (image_streams) can be read only once, from top to bottom: whoever
 * keeps one for several readers makes it image_settled() first. */
struct image {
    VipsImage *pixels; /* owned; NULL = there is a sketch alone */
    /* Of an image as decoded, before any operation: what a loader needs to make it anew, scaled. */
    GBytes *bytes;         /* owned; NULL = worked on, or of a loader that cannot scale */
    char *options;         /* owned; in the syntax of libvips' option strings */
    struct sketch *sketch; /* the same, not yet drawn; owned; NULL = it is none of a JPEG file */
    bool upright;          /* its orientation was applied */
    bool may_lie; /* the decoding was implied, so the step after it decides about the orientation */
};

/* Makes libvips ready, once per process, without computing anything: a process that forks workers
 * must never run a pipeline itself.  Bounds libvips' threads, caches and temporary files, keeps its
 * warnings off standard error, and blocks every loader that nobody asked for.  Called by the thread
 * that loads plans. */
int image_setup(struct fault *f);

/* Of libvips, for struct op. */
const char *image_version(void);

/* For OWN(); takes NULL. */
void image_unref_pixels(VipsImage *pixels);
OWN_DEFINE(VipsImage, image_unref_pixels)

/* Frees what image owns, not image itself. */
void image_clear(struct image *image);

const struct image *image_of(const struct value *v);

/* Its pixels, borrowed: of a sketch, it is drawn now.  Faults are late. */
int image_pixels(const struct image *image, struct eval *e, VipsImage **ret);

/* Width and height, without drawing it. */
void image_size(const struct image *image, int *ret_width, int *ret_height);

/* A value of a sketch. */
struct value *image_of_sketch(struct sketch *own);

/* Whether it can be read only once and in order. */
bool image_streams(VipsImage *pixels);

/* Computes every pixel into memory; the argument stays the caller's.  Faults are late unless
 * careful. */
int image_settled(VipsImage *pixels, struct eval *e, VipsImage **ret);

/* The same, but always into memory of its own, which the caller may change before it hands the
 * image out: values never change once handed out. */
int image_copied(VipsImage *pixels, struct eval *e, VipsImage **ret);

/* The end of a step: makes the value; where e is careful, computes the pixels first.  What
 * own_image owns is taken over, also on failure. */
int image_done(struct image *own_image, struct eval *e, struct value **ret);

/* Forgets what libvips said so far.  First thing in every apply(). */
void image_begin(void);

/* The fault for what libvips just refused: its first line is the sentence, all it said the detail,
 * warnings included.  late: pixels were computed, so an earlier step may be to blame.  Returns a
 * negative errno. */
int image_fault(struct eval *e, bool late);
