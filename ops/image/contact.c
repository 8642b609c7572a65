/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* contact_sheet: what elements look like, many on one image. */
#include "ops/op.h"

#include <string.h>

#include "ops/core/plan.h"
#include "ops/image/format.h"
#include "ops/image/image.h"
#include "ops/image/loaders.h"
#include "ops/image/operation.h"
#include "ops/image/raster.h"

extern const struct op op_contact_sheet;

#define TILE 160
#define MARGIN 6
#define LABEL 18
#define STEP_X (TILE + MARGIN)
#define STEP_Y (TILE + LABEL + MARGIN)
#define COLUMNS 10
#define TEXT_MAX 200  /* characters of a tile */
#define LABEL_MAX 40  /* characters of a label */
#define FIELDS_MAX 16 /* fields of a record that are looked at */

static const struct decoding usual = DECODING_USUAL;

static const uint8_t paper[3] = {255, 255, 255}, back[3] = {236, 236, 236};
static const uint8_t ink[3] = {20, 20, 20}, red[3] = {190, 0, 0};

/* Lifetime: call. */
struct sheet {
    const struct call *call;
    uint8_t *pixels; /* owned; three bands */
    int width, height;
    bool writes; /* this libvips can */
};

/* What one tile shows.  Lifetime: call. */
struct tile {
    int left, top;
    bool has_image;
    GString *text; /* owned; beside the image, or in its place */
};

static int contact_open(struct seq *s, struct fault *f)
{
    struct loaders *loaders = NULL;

    if (!g_uint64_checked_mul(&s->len, s->in[0]->len, CONTACT_MAX))
        s->len = 0;
    int r = image_setup(f);
    if (r == 0)
        r = loaders_new(&usual, f, &loaders);
    s->self = loaders;
    return r;
}

static void contact_close(struct seq *s)
{
    loaders_free(s->self);
}

static struct type contact_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = "jpg"};
}

static uint8_t *pixel(const struct sheet *s, int x, int y)
{
    return s->pixels + ((size_t)y * (size_t)s->width + (size_t)x) * 3;
}

static void fill(const struct sheet *s, int left, int top, const uint8_t colour[3])
{
    for (int y = top; y < top + TILE; y++)
        for (int x = left; x < left + TILE; x++)
            memcpy(pixel(s, x, y), colour, 3);
}

/* Without bands that are neither colours nor alpha. */
static int three_bands(VipsImage *in, struct eval *e, VipsImage **ret)
{
    if (in->Bands > 3)
        return operation_on("extract_band", in, e, ret, "band", 0, "n", 3, NULL);
    *ret = g_object_ref(in);
    return 0;
}

static int flatten(VipsImage *in, struct eval *e, VipsImage **ret)
{
    VipsArrayDouble *white = vips_array_double_newv(1, 255.0);

    int r = operation_on("flatten", in, e, ret, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    return r;
}

/* Colours that a screen has, on white where the image is transparent. */
static int make_plain(VipsImage *in, struct eval *e, VipsImage **ret)
{
    OWN(image_unref_pixels) VipsImage *first = NULL;
    OWN(image_unref_pixels) VipsImage *screen = NULL;
    OWN(image_unref_pixels) VipsImage *opaque = NULL;
    OWN(image_unref_pixels) VipsImage *three = NULL;
    int r = 0;

    if (!vips_colourspace_issupported(in))
        r = operation_on("extract_band", in, e, &first, "band", 0, NULL);
    if (first)
        first->Type = VIPS_INTERPRETATION_B_W;
    if (r == 0)
        r = operation_on("colourspace", first ? first : in, e, &screen, "space",
                         VIPS_INTERPRETATION_sRGB, NULL);
    if (r == 0 && vips_image_hasalpha(screen))
        r = flatten(screen, e, &opaque);
    if (r == 0)
        r = three_bands(opaque ? opaque : screen, e, &three);
    return r < 0 ? r : operation_on("cast", three, e, ret, "format", VIPS_FORMAT_UCHAR, NULL);
}

/* The small pixels in memory: nothing else of the image is needed after this. */
static int shrink(const struct image *image, struct eval *e, VipsImage **ret)
{
    OWN(image_unref_pixels) VipsImage *small = NULL;
    OWN(image_unref_pixels) VipsImage *plain = NULL;
    VipsOperation *o;

    image_begin();
    int r = operation_thumbnail(image, false, e, &o);
    if (r < 0)
        return r;
    g_object_set(o, "width", TILE, "height", TILE, NULL);
    r = operation_run(o, "out", true, e, &small);
    if (r == 0)
        r = make_plain(small, e, &plain);
    return r < 0 ? r : image_copied(plain, e, ret);
}

static int show_image(const struct sheet *s, struct tile *t, const struct value *v)
{
    OWN(image_unref_pixels) VipsImage *small = NULL;

    int r = shrink(image_of(v), s->call->eval, &small);
    if (r < 0)
        return r;
    int width = MIN(small->Xsize, TILE), height = MIN(small->Ysize, TILE);
    int left = t->left + (TILE - width) / 2, top = t->top + (TILE - height) / 2;
    for (int y = 0; y < height; y++)
        memcpy(pixel(s, left, top + y), VIPS_IMAGE_ADDR(small, 0, y), (size_t)width * 3);
    t->has_image = true;
    return 0;
}

/* What can be read of any text: marks of libvips' text language and control characters are none.
 * Only the bytes that may be shown are looked at: a text may have millions. */
static char *readable(const char *text, glong max)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, 4 * (size_t)max));
    g_autofree char *cut = g_utf8_substring(valid, 0, MIN(max, g_utf8_strlen(valid, -1)));

    for (char *at = cut; *at; at++)
        if (g_ascii_iscntrl(*at) && *at != '\n')
            *at = ' ';
    return g_markup_escape_text(g_strstrip(cut), -1);
}

/* Lifetime: call.  Where text goes. */
struct box {
    int left, top, width, height;
    const uint8_t *colour;
};

static void stain(const struct sheet *s, const struct box *box, VipsImage *mask)
{
    for (int y = 0; y < MIN(mask->Ysize, box->height); y++)
        for (int x = 0; x < MIN(mask->Xsize, box->width); x++) {
            uint8_t *at = pixel(s, box->left + x, box->top + y);
            int cover = *VIPS_IMAGE_ADDR(mask, x, y);
            for (int b = 0; b < 3; b++)
                at[b] = (uint8_t)((box->colour[b] * cover + at[b] * (255 - cover)) / 255);
        }
}

/* Text that libvips cannot draw is left out. */
static void write_text(const struct sheet *s, const struct box *box, const char *text, glong max)
{
    g_autofree char *marked = readable(text, max);
    OWN(image_unref_pixels) VipsImage *mask = NULL;
    OWN(image_unref_pixels) VipsImage *memory = NULL;
    bool wraps = box->height > LABEL;

    if (!s->writes || !*marked)
        return;
    VipsOperation *o = vips_operation_new("text");
    g_object_set(o, "text", marked, "font", "sans 10", "dpi", 72, NULL);
    if (wraps)
        g_object_set(o, "width", box->width, "wrap", VIPS_TEXT_WRAP_WORD_CHAR, NULL);
    struct eval *e = s->call->eval;
    if (operation_run(o, "out", false, e, &mask) == 0 && image_copied(mask, e, &memory) == 0)
        stain(s, box, memory);
    else
        fault_clear(&e->fault);
}

/* Bytes that are no image are told by their size. */
static int show_bytes(const struct sheet *s, struct tile *t, struct value *v)
{
    OWN(value_unref) struct value *image = NULL;
    struct eval *e = s->call->eval;

    image_begin();
    if (!t->has_image &&
        loaders_open(s->call->seq->self, &usual, value_bytes(v), true, e, &image) == 0)
        return show_image(s, t, image);
    fault_clear(&e->fault);
    g_string_append_printf(t->text, "%zu bytes", g_bytes_get_size(value_bytes(v)));
    return 0;
}

/* Arrays with the samples of usual images are shown as such. */
static int show_array(const struct sheet *s, struct tile *t, const struct value *v)
{
    const struct array_type *type = value_array_type(v);
    struct eval *e = s->call->eval;
    bool usual_type = type->dtype == DTYPE_UINT8 || type->dtype == DTYPE_UINT16;
    OWN(value_unref) struct value *image = NULL;

    if (usual_type && !t->has_image && raster_image(v, e, &image) == 0)
        return show_image(s, t, image);
    fault_clear(&e->fault);
    array_print(type, t->text);
    return 0;
}

static void show_list(struct tile *t, uint64_t len)
{
    g_string_append_printf(t->text, "list of %" PRIu64, len);
}

/* A value of a record, or an element that is none. */
static int show_one(const struct sheet *s, struct tile *t, struct value *v)
{
    switch (value_kind(v)) {
    case VALUE_IMAGE:
        return t->has_image ? 0 : show_image(s, t, v);
    case VALUE_BYTES:
        return show_bytes(s, t, v);
    case VALUE_LIST:
        show_list(t, value_len(v));
        return 0;
    case VALUE_RECORD:
        if (json_print(v, t->text, &s->call->eval->fault) < 0)
            fault_clear(&s->call->eval->fault);
        return 0;
    case VALUE_ARRAY:
        return show_array(s, t, v);
    default:
        value_print(v, t->text);
        return 0;
    }
}

static int show_field(const struct sheet *s, struct tile *t, const char *name, struct value *v)
{
    size_t before = t->text->len;

    int r = show_one(s, t, v);
    if (r == 0 && t->text->len > before) {
        g_autofree char *field = g_strdup_printf("%s: ", name);
        g_string_insert(t->text, (gssize)before, field);
        g_string_append_c(t->text, '\n');
    }
    return r;
}

/* A record whose fields can be asked for one by one: no second image is computed. */
static int show_parts(const struct sheet *s, struct tile *t, uint64_t i)
{
    const struct seq *in = s->call->seq->in[0];
    uint64_t len = MIN(seq_n_parts(in, i), FIELDS_MAX);

    for (uint64_t k = 0; k < len; k++) {
        OWN(value_unref) struct value *v = NULL;
        struct type type = seq_part_type(in, i, k);
        if (type.known && type.kind == VALUE_IMAGE && t->has_image)
            continue;
        int r = seq_get_part(in, s->call->eval, i, k, &v);
        if (r == 0)
            r = show_field(s, t, seq_field(in, k), v);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Among elements of many kinds, a record's fields have no names that are known before. */
static bool has_names(const struct seq *s, uint64_t i)
{
    return seq_n_parts(s, i) > 0 && seq_field(s, 0);
}

static int show_record(const struct sheet *s, struct tile *t, const struct value *v)
{
    int r = 0;

    for (uint32_t k = 0; r == 0 && k < MIN(value_len(v), FIELDS_MAX); k++)
        r = show_field(s, t, value_name(v, k), value_item(v, k));
    return r;
}

static int show(const struct sheet *s, struct tile *t, uint64_t i)
{
    const struct seq *in = s->call->seq->in[0];
    OWN(value_unref) struct value *v = NULL;
    struct type type = seq_type(in, i);

    if (type.known && type.parted && type.kind == VALUE_LIST) {
        show_list(t, seq_n_parts(in, i));
        return 0;
    }
    if (type.known && type.parted && type.kind == VALUE_RECORD && has_names(in, i))
        return show_parts(s, t, i);
    int r = seq_get(in, s->call->eval, i, &v);
    if (r < 0)
        return r;
    return value_kind(v) == VALUE_RECORD ? show_record(s, t, v) : show_one(s, t, v);
}

/* "12 cat": the index, and the name or what comes nearest to it. */
static char *label_of(const struct seq *in, uint64_t i)
{
    GString *label = g_string_new(NULL);

    g_string_printf(label, "%" PRIu64 " ", i);
    if (seq_name(in, i, label) == NAME_NONE)
        seq_attr(in, i, "stem", label);
    return g_string_free(label, FALSE);
}

/* Text over an image is one line at its foot. */
static void write_tile(const struct sheet *s, const struct tile *t, const uint8_t colour[3],
                       uint64_t i)
{
    g_autofree char *label = label_of(s->call->seq->in[0], i);
    int top = t->has_image ? TILE - LABEL : 0;
    struct box text = {t->left + 2, t->top + top + 2, TILE - 4, TILE - top - 4, colour};
    struct box foot = {t->left + 2, t->top + TILE + 2, TILE - 4, LABEL - 4, ink};

    if (t->has_image)
        g_strdelimit(t->text->str, "\n", ' ');
    write_text(s, &foot, label, LABEL_MAX);
    write_text(s, &text, t->text->str, TEXT_MAX);
}

/* What fails late is tried again to its end, as every element is. */
static int show_carefully(const struct sheet *s, struct tile *t, uint64_t i)
{
    struct eval *e = s->call->eval;

    int r = show(s, t, i);
    if (r == 0 || !e->fault.late || e->careful)
        return r;
    fault_clear(&e->fault);
    g_string_truncate(t->text, 0);
    e->careful = true;
    r = show(s, t, i);
    e->careful = false;
    return r;
}

/* A fault is the tile's, but that time is up is everyone's. */
static int draw_tile(const struct sheet *s, unsigned n, uint64_t i)
{
    struct eval *e = s->call->eval;
    g_autoptr(GString) text = g_string_new(NULL);
    struct tile t = {.left = MARGIN + (int)(n % COLUMNS) * STEP_X,
                     .top = MARGIN + (int)(n / COLUMNS) * STEP_Y,
                     .text = text};

    fill(s, t.left, t.top, back);
    int r = show_carefully(s, &t, i);
    if (r < 0 && e->deadline && g_get_monotonic_time() > e->deadline)
        return r;
    if (r < 0) {
        fill(s, t.left, t.top, back);
        t.has_image = false;
        g_string_assign(text, e->fault.text);
        fault_clear(&e->fault);
    }
    write_tile(s, &t, r < 0 ? red : ink, i);
    return 0;
}

static int draw(struct sheet *s, uint64_t first, unsigned len)
{
    unsigned columns = MIN(len, COLUMNS), rows = (len + COLUMNS - 1) / COLUMNS;

    s->width = MARGIN + (int)columns * STEP_X;
    s->height = MARGIN + (int)rows * STEP_Y;
    s->pixels = g_try_malloc((size_t)s->width * (size_t)s->height * 3);
    if (!s->pixels)
        return fault_set_errno(&s->call->eval->fault, ENOMEM, "a sheet of %u elements", len);
    memset(s->pixels, paper[0], (size_t)s->width * (size_t)s->height * 3);
    for (unsigned n = 0; n < len; n++) {
        int r = draw_tile(s, n, first + n);
        if (r < 0)
            return r;
    }
    return 0;
}

static int write_sheet(const struct sheet *s, struct value **ret)
{
    const struct format *jpeg = format_find("jpeg");
    struct image image = {0};
    GBytes *bytes;

    if (!jpeg)
        return fault_set(&s->call->eval->fault, ENOSYS, "this libvips writes no jpeg");
    image_begin();
    image.pixels = vips_image_new_from_memory(s->pixels, (size_t)s->width * (size_t)s->height * 3,
                                              s->width, s->height, 3, VIPS_FORMAT_UCHAR);
    if (!image.pixels)
        return image_fault(s->call->eval, false);
    image.pixels->Type = VIPS_INTERPRETATION_sRGB;
    int r = format_write(jpeg, NULL, &image, s->call, &bytes);
    image_clear(&image);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

static int contact_get(const struct call *c, struct value **ret)
{
    uint64_t first = c->i / CONTACT_MAX;
    unsigned len = (unsigned)MIN(c->i % CONTACT_MAX + 1, c->seq->in[0]->len - first);
    struct sheet s = {.call = c, .writes = vips_type_find("VipsOperation", "text") != 0};

    int r = draw(&s, first, len);
    if (r == 0)
        r = write_sheet(&s, ret);
    g_free(s.pixels);
    return r;
}

static void identify_tile(const struct seq *in, uint64_t i, struct digest *d)
{
    g_autofree char *label = label_of(in, i);
    const struct type t = seq_type(in, i);
    const bool counted = t.known && t.parted && t.kind == VALUE_LIST;

    digest_text(d, label);
    digest_number(d, counted);
    if (counted)
        digest_number(d, seq_n_parts(in, i));
    else
        digest_element(d, in, i);
}

static void contact_identify(const struct call *c, struct digest *d)
{
    const struct seq *in = c->seq->in[0];
    const uint64_t first = c->i / CONTACT_MAX, end = MIN(first + c->i % CONTACT_MAX + 1, in->len);

    digest_step(d, c);
    for (uint64_t i = first; i < end; i++)
        identify_tile(in, i, d);
}

const struct op op_contact_sheet = {
    .abi = SEQFS_OP_ABI,
    .name = "contact_sheet",
    .brief = "What elements look like, many on one image.",
    .manual = "Element A * 256 + k shows the elements A to A + k: images small, others as text, "
              "those that fail by what they say.",
    .kind = OP_SEQUENCE,
    .flags = OP_ISOLATE,
    .version = image_version,
    .open = contact_open,
    .close = contact_close,
    .type = contact_type,
    .identify = contact_identify,
    .get = contact_get,
};
