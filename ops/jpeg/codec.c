/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drives libjpeg-turbo, whose faults come back by longjmp(): no function that they can cross owns
 * anything else. */
#include "ops/jpeg/codec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libexif/exif-data.h>

#include <jpeglib.h>

#include <jerror.h>

#define EIGHTHS 8
#define TAIL 4096         /* bytes at the end of a file, in one of which its end is marked */
#define BESIDE 16         /* columns beside those that are wanted, for colours between them */
#define MARKER_MAX 0xffff /* bytes of a marker that is kept */
#define ODD 1             /* rows that lie evenly libjpeg-turbo writes past the caches */
#define FILE_MIN 32768    /* bytes that a file being written begins with */
#define MARKER_SEEN 1     /* bytes of one of which only matters that it is there */
#define EXIF_MARKER (JPEG_APP0 + 1) /* XMP, too */
#define ICC_MARKER (JPEG_APP0 + 2)
#define PHOTOSHOP_MARKER (JPEG_APP0 + 13) /* IPTC, too */

bool codec_is_there(void)
{
    return true;
}

/* libjpeg's idea of an error handler.  Whatever it complains about, it is not for us. */
struct guard {
    struct jpeg_error_mgr base; /* first */
    jmp_buf out;
};

static void give_up(j_common_ptr jpeg)
{
    longjmp(((struct guard *)jpeg->err)->out, 1);
}

static void give_up_on_warning(j_common_ptr jpeg, int level)
{
    if (level < 0)
        give_up(jpeg);
}

static void be_silent(j_common_ptr jpeg)
{
}

static struct jpeg_error_mgr *guard_init(struct guard *g)
{
    jpeg_std_error(&g->base);
    g->base.error_exit = give_up;
    g->base.emit_message = give_up_on_warning;
    g->base.output_message = be_silent;
    return &g->base;
}

/* A file that was cut off has no end mark after its header: within one there may be small pictures,
 * which have theirs. */
static bool is_whole(const struct jpeg_decompress_struct *d)
{
    const JOCTET *at = d->src->next_input_byte;
    const size_t len = d->src->bytes_in_buffer;

    for (size_t i = len; i >= 2 && i + TAIL > len; i--)
        if (at[i - 2] == 0xff && at[i - 1] == JPEG_EOI)
            return true;
    return false;
}

/* Anything that is told beside the picture and its profile. */
static bool is_annotated(const struct jpeg_decompress_struct *d)
{
    for (jpeg_saved_marker_ptr m = d->marker_list; m; m = m->next)
        if (m->marker != ICC_MARKER)
            return true;
    return false;
}

/* As it is written, not as libexif would mend it.  NULL: it is none. */
static ExifData *read_exif(jpeg_saved_marker_ptr m)
{
    ExifData *exif = exif_data_new();

    if (!exif)
        return NULL;
    exif_data_unset_option(exif, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
    exif_data_load_data(exif, m->data, m->data_length);
    return exif;
}

static bool is_turned_by(jpeg_saved_marker_ptr m)
{
    ExifData *exif = read_exif(m);
    ExifEntry *entry = exif ? exif_data_get_entry(exif, EXIF_TAG_ORIENTATION) : NULL;
    const bool ret = entry && (entry->format != EXIF_FORMAT_SHORT || entry->size < 2 ||
                               exif_get_short(entry->data, exif_data_get_byte_order(exif)) != 1);

    if (exif)
        exif_data_unref(exif);
    return ret;
}

static bool is_turned(const struct jpeg_decompress_struct *d)
{
    for (jpeg_saved_marker_ptr m = d->marker_list; m; m = m->next)
        if (m->marker == EXIF_MARKER && is_turned_by(m))
            return true;
    return false;
}

static bool is_plain(const struct jpeg_decompress_struct *d)
{
    const bool colour = d->num_components == 3 && d->jpeg_color_space == JCS_YCbCr;
    const bool grey = d->num_components == 1 && d->jpeg_color_space == JCS_GRAYSCALE;

    return (colour || grey) && d->data_precision == 8 && !d->arith_code;
}

static bool look(struct jpeg_decompress_struct *d, struct guard *g, GBytes *file,
                 struct codec_info *ret)
{
    gsize len;
    const uint8_t *data = g_bytes_get_data(file, &len);

    if (setjmp(g->out))
        return false;
    jpeg_create_decompress(d);
    jpeg_save_markers(d, EXIF_MARKER, MARKER_MAX);
    jpeg_save_markers(d, ICC_MARKER, MARKER_MAX);
    jpeg_save_markers(d, PHOTOSHOP_MARKER, MARKER_SEEN);
    jpeg_mem_src(d, data, len);
    jpeg_read_header(d, TRUE);
    if (!is_plain(d) || !is_whole(d))
        return false;
    *ret = (struct codec_info){
        .width = d->image_width,
        .height = d->image_height,
        .bands = (uint32_t)d->num_components,
        .annotated = is_annotated(d),
        .turned = is_turned(d),
        .density = {d->X_density, d->Y_density},
        .density_unit = d->density_unit,
    };
    return true;
}

/* libjpeg hands out the profile in memory of malloc(). */
static bool look_at_profile(struct jpeg_decompress_struct *d, struct guard *g,
                            struct codec_info *ret)
{
    JOCTET *profile = NULL;
    unsigned len;

    if (setjmp(g->out))
        return false;
    if (jpeg_read_icc_profile(d, &profile, &len))
        ret->profile = g_bytes_new_with_free_func(profile, len, free, profile);
    return true;
}

bool codec_look(GBytes *file, struct codec_info *ret)
{
    struct jpeg_decompress_struct d = {0};
    struct codec_info info = {0};
    struct guard g;

    d.err = guard_init(&g);
    const bool ours = look(&d, &g, file, &info) && look_at_profile(&d, &g, &info);
    jpeg_destroy_decompress(&d);
    if (ours)
        *ret = info;
    else
        codec_info_finish(&info);
    return ours;
}

void codec_info_finish(struct codec_info *info)
{
    g_clear_pointer(&info->profile, g_bytes_unref);
}

/* Reading.  Lifetime: call. */
struct reading {
    struct jpeg_decompress_struct d;
    struct guard guard;
    struct resample *resample; /* owned */
    uint8_t *row;              /* owned */
    uint32_t left;             /* columns at the start of `row` that are not wanted */
};

/* The fewest eighths that leave enough for the filter to work on. */
static unsigned choose_scale(const struct codec_job *job)
{
    const double across = job->box.width / job->out_width;
    const double down = job->box.height / job->out_height;
    const double ratio = MIN(across, down);

    for (unsigned eighths = 1; job->margin > 0 && eighths < EIGHTHS; eighths++)
        if (ratio * eighths / EIGHTHS >= job->margin)
            return eighths;
    return EIGHTHS;
}

/* What a file of several scans did not bring is guessed by libjpeg, from more than a crop leaves.
 */
static bool is_complete(const struct jpeg_decompress_struct *d)
{
    for (int c = 0; d->coef_bits && c < d->num_components; c++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (d->coef_bits[c][k] != 0)
                return false;
    return true;
}

static bool start(struct reading *r, GBytes *file, const struct codec_job *job)
{
    gsize len;
    const uint8_t *data = g_bytes_get_data(file, &len);

    if (setjmp(r->guard.out))
        return false;
    jpeg_create_decompress(&r->d);
    jpeg_mem_src(&r->d, data, len);
    jpeg_read_header(&r->d, TRUE);
    r->d.out_color_space = r->d.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    r->d.scale_num = choose_scale(job);
    r->d.scale_denom = EIGHTHS;
    return jpeg_start_decompress(&r->d) && is_complete(&r->d);
}

/* The box in what the decoder makes of the picture. */
static struct resample_box scale_box(const struct reading *r, struct resample_box box)
{
    const double by = (double)r->d.scale_num / r->d.scale_denom;

    return (struct resample_box){box.left * by, box.top * by, box.width * by, box.height * by};
}

static int prepare(struct reading *r, const struct codec_job *job, resample_sink_fn *sink,
                   void *ctx)
{
    const struct resample_job resample = {
        .width = r->d.output_width,
        .height = r->d.output_height,
        .bands = (uint32_t)r->d.output_components,
        .box = scale_box(r, job->box),
        .out_width = job->out_width,
        .out_height = job->out_height,
        .filter = job->filter,
    };

    return resample_new(&resample, sink, ctx, &r->resample);
}

/* The decoder starts where its blocks do.  Where it starts and ends it does not know the colours
 * beside, and where it has few columns it works otherwise: so it gets some more. */
static bool crop(struct reading *r)
{
    uint32_t first, end;

    resample_columns(r->resample, &first, &end);
    JDIMENSION at = first > BESIDE ? first - BESIDE : 0;
    JDIMENSION width = MIN(end + BESIDE, r->d.output_width) - at;
    if (setjmp(r->guard.out))
        return false;
    if (width < r->d.output_width)
        jpeg_crop_scanline(&r->d, &at, &width);
    r->left = first - at;
    return true;
}

static bool read_rows(struct reading *r)
{
    const size_t offset = (size_t)r->left * (size_t)r->d.output_components;
    uint32_t first, end;
    JSAMPROW row = r->row + ODD;

    resample_rows(r->resample, &first, &end);
    if (setjmp(r->guard.out))
        return false;
    if (first > 0 && jpeg_skip_scanlines(&r->d, first) != first)
        return false;
    for (uint32_t y = first; y < end; y++) {
        if (jpeg_read_scanlines(&r->d, &row, 1) != 1)
            return false;
        resample_put(r->resample, row + offset);
    }
    return true;
}

/* libjpeg says it, but only among what it says of bad files. */
static int give_reason(const struct reading *r)
{
    return r->guard.base.msg_code == JERR_OUT_OF_MEMORY ? -ENOMEM : -EIO;
}

static int read_all(struct reading *r, GBytes *file, const struct codec_job *job,
                    resample_sink_fn *sink, void *ctx)
{
    if (!start(r, file, job))
        return give_reason(r);
    int status = prepare(r, job, sink, ctx);
    if (status < 0)
        return status;
    if (!crop(r))
        return give_reason(r);
    r->row = g_try_malloc(ODD + r->d.output_width * (size_t)r->d.output_components);
    if (!r->row)
        return -ENOMEM;
    return read_rows(r) ? 0 : give_reason(r);
}

int codec_read(GBytes *file, const struct codec_job *job, resample_sink_fn *sink, void *ctx)
{
    struct reading r = {0};

    r.d.err = guard_init(&r.guard);
    const int status = read_all(&r, file, job, sink, ctx);
    jpeg_destroy_decompress(&r.d);
    resample_free(r.resample);
    g_free(r.row);
    return status;
}

/* Writing. */

struct codec_writer {
    struct jpeg_compress_struct c;
    struct jpeg_destination_mgr target;
    struct guard guard;
    uint8_t *at; /* owned */
    size_t cap;
    bool broken;
};

/* libjpeg's own memory target loses its memory where it is given up. */

static void begin_target(j_compress_ptr c)
{
}

static boolean grow_target(j_compress_ptr c)
{
    struct codec_writer *w = c->client_data;
    const size_t len = w->cap, cap = MAX(2 * len, FILE_MIN);
    uint8_t *at = g_try_realloc(w->at, cap);

    if (!at)
        give_up((j_common_ptr)c);
    w->at = at;
    w->cap = cap;
    w->target.next_output_byte = at + len;
    w->target.free_in_buffer = cap - len;
    return TRUE;
}

static void end_target(j_compress_ptr c)
{
}

static void set_options(struct jpeg_compress_struct *c, const struct codec_options *o)
{
    jpeg_set_quality(c, o->quality, TRUE);
    c->optimize_coding = o->optimize;
    if (o->progressive)
        jpeg_simple_progression(c);
    if (c->num_components == 3 && !o->subsample)
        c->comp_info[0].h_samp_factor = c->comp_info[0].v_samp_factor = 1;
}

static bool begin(struct codec_writer *w, const struct codec_info *info, uint32_t width,
                  uint32_t height, const struct codec_options *options)
{
    struct jpeg_compress_struct *c = &w->c;

    if (setjmp(w->guard.out))
        return false;
    jpeg_create_compress(c);
    c->client_data = w;
    c->dest = &w->target;
    grow_target(c);
    c->image_width = width;
    c->image_height = height;
    c->input_components = (int)info->bands;
    c->in_color_space = info->bands == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(c);
    c->density_unit = info->density_unit;
    c->X_density = info->density[0];
    c->Y_density = info->density[1];
    set_options(c, options);
    jpeg_start_compress(c, TRUE);
    if (info->profile)
        jpeg_write_icc_profile(c, g_bytes_get_data(info->profile, NULL),
                               (unsigned)g_bytes_get_size(info->profile));
    return true;
}

struct codec_writer *codec_writer_new(const struct codec_info *info, uint32_t width,
                                      uint32_t height, const struct codec_options *options)
{
    struct codec_writer *w = g_new0(struct codec_writer, 1);

    w->c.err = guard_init(&w->guard);
    w->target = (struct jpeg_destination_mgr){.init_destination = begin_target,
                                              .empty_output_buffer = grow_target,
                                              .term_destination = end_target};
    if (begin(w, info, width, height, options))
        return w;
    codec_writer_free(w);
    return NULL;
}

bool codec_writer_put(struct codec_writer *w, const uint8_t *const *rows, uint32_t n)
{
    if (setjmp(w->guard.out))
        w->broken = true;
    if (!w->broken)
        jpeg_write_scanlines(&w->c, (JSAMPARRAY)rows, n);
    return !w->broken;
}

GBytes *codec_writer_end(struct codec_writer *w)
{
    if (w->broken || setjmp(w->guard.out))
        return NULL;
    jpeg_finish_compress(&w->c);
    const size_t len = w->cap - w->target.free_in_buffer;
    return g_bytes_new_take(g_realloc(g_steal_pointer(&w->at), len), len);
}

void codec_writer_free(struct codec_writer *w)
{
    if (!w)
        return;
    jpeg_destroy_compress(&w->c);
    g_free(w->at);
    g_free(w);
}
