/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In place of codec.c where libjpeg-turbo or libexif is missing: no file is ours. */
#include "ops/jpeg/codec.h"

#include <errno.h>

bool codec_is_there(void)
{
    return false;
}

bool codec_look(GBytes *file, struct codec_info *ret)
{
    return false;
}

void codec_info_finish(struct codec_info *info)
{
}

int codec_read(GBytes *file, const struct codec_job *job, resample_sink_fn *sink, void *ctx)
{
    return -EIO;
}

struct codec_writer *codec_writer_new(const struct codec_info *info, uint32_t width,
                                      uint32_t height, const struct codec_options *options)
{
    return NULL;
}

bool codec_writer_put(struct codec_writer *w, const uint8_t *const *rows, uint32_t n)
{
    return false;
}

GBytes *codec_writer_end(struct codec_writer *w)
{
    return NULL;
}

void codec_writer_free(struct codec_writer *w)
{
}
