/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JPEG to a resized picture, and a picture to JPEG, straight by libjpeg-turbo: no more is decoded
 * than the result needs.
 *
 * Only what is plain is done here: whole files, of 8-bit greyscale and YCbCr.  Whatever else there
 * is, and everything that is wrong with a file, is left to others. */
#pragma once

#include "ops/jpeg/resample.h"

#include <glib.h>
#include <stdbool.h>

/* Whether there is a library for it; without, no file is for us. */
bool codec_is_there(void);

struct codec_info {
    uint32_t width, height; /* pixels */
    uint32_t bands;         /* 1 or 3 */
    bool annotated;         /* it has EXIF, XMP or IPTC */
    bool turned;            /* its EXIF has an orientation that is not the usual one */
    uint16_t density[2];    /* of the JFIF header */
    uint8_t density_unit;
    GBytes *profile; /* ICC; owned; NULL = none */
};

/* What a file is; false = it is not for us. */
bool codec_look(GBytes *file, struct codec_info *ret);
void codec_info_finish(struct codec_info *info);

/* How a result is made of it. */
struct codec_job {
    struct resample_box box; /* pixels of the file */
    uint32_t out_width, out_height;
    enum resample_filter filter;
    /* The decoder scales, by eighths, only as far as the box is this many times the result in both
     * directions; 0 = never. */
    double margin;
};

/* Decodes what is needed, and hands the result to the sink.  -EIO: something may be wrong with the
 * file; -E2BIG: too much of it takes part in one row of the result; -ENOMEM.  Then what the sink
 * got is of no use. */
int codec_read(GBytes *file, const struct codec_job *job, resample_sink_fn *sink, void *ctx);

struct codec_options {
    int quality; /* 1..100 */
    bool optimize;
    bool progressive;
    bool subsample; /* chroma at half the size in both directions */
};

/* A JPEG file being written.  Lifetime: call. */
struct codec_writer;

/* NULL = no memory.  density and profile are those of info. */
struct codec_writer *codec_writer_new(const struct codec_info *info, uint32_t width,
                                      uint32_t height, const struct codec_options *options);
/* Rows of interleaved bands, top to bottom.  false = no memory; nothing more can be written. */
bool codec_writer_put(struct codec_writer *w, const uint8_t *const *rows, uint32_t n);
/* The file, owned; NULL = no memory. */
GBytes *codec_writer_end(struct codec_writer *w);
void codec_writer_free(struct codec_writer *w);
OWN_DEFINE(struct codec_writer, codec_writer_free)
