/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packs pictures: what is known of one, its metadata, and its pixels as they lie in memory. */
#include <errno.h>
#include <string.h>

#include "ops/core/pack.h"
#include "ops/image/image.h"

#define ALIGNMENT 16 /* bytes; of pixels among what is packed */

/* What comes first; written as it is, so all-zero where nothing is. */
struct head {
    int32_t width, height, bands;
    int32_t format, coding, interpretation;
    int32_t xoffset, yoffset;
    double xres, yres;
    uint32_t upright;
    uint32_t n_fields;
};

enum field_kind { FIELD_INT, FIELD_DOUBLE, FIELD_STRING, FIELD_BLOB, FIELD_INTS, FIELD_DOUBLES };

/* Each field: this, its name without a NUL, its bytes. */
struct field {
    uint32_t kind;
    uint32_t name_len;
    uint64_t len;
};

/* Lifetime: call. */
struct packing {
    struct pack_writer *to;
    uint32_t n_fields;
};

/* What vips_image_map() tells beside metadata: it is in the head. */
static bool is_in_head(const char *name)
{
    static const char *const names[] = {"width",  "height",         "bands",   "format",
                                        "coding", "interpretation", "xoffset", "yoffset",
                                        "xres",   "yres",           "filename"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The bytes of a field's value: *ret_small (8 bytes) or borrowed.  false = of a kind that is not
 * kept. */
static bool look_field(const GValue *v, struct field *ret, void *ret_small, const void **ret_data)
{
    GType type = G_VALUE_TYPE(v);
    size_t size = 0;
    int n = 0;

    *ret_data = ret_small;
    if (type == G_TYPE_INT) {
        int32_t number = g_value_get_int(v);
        memcpy(ret_small, &number, sizeof number);
        *ret = (struct field){.kind = FIELD_INT, .len = sizeof number};
    } else if (type == G_TYPE_DOUBLE) {
        double number = g_value_get_double(v);
        memcpy(ret_small, &number, sizeof number);
        *ret = (struct field){.kind = FIELD_DOUBLE, .len = sizeof number};
    } else if (type == VIPS_TYPE_REF_STRING) {
        *ret_data = vips_value_get_ref_string(v, &size);
        *ret = (struct field){.kind = FIELD_STRING, .len = strlen(*ret_data)};
    } else if (type == VIPS_TYPE_BLOB) {
        *ret_data = vips_value_get_blob(v, &size);
        *ret = (struct field){.kind = FIELD_BLOB, .len = size};
    } else if (type == VIPS_TYPE_ARRAY_INT) {
        *ret_data = vips_value_get_array_int(v, &n);
        *ret = (struct field){.kind = FIELD_INTS, .len = (size_t)n * sizeof(int)};
    } else if (type == VIPS_TYPE_ARRAY_DOUBLE) {
        *ret_data = vips_value_get_array_double(v, &n);
        *ret = (struct field){.kind = FIELD_DOUBLES, .len = (size_t)n * sizeof(double)};
    } else {
        return false;
    }
    return true;
}

/* Goes on until something other than NULL is returned: there is no memory. */
static void *pack_field(VipsImage *pixels, const char *name, GValue *v, void *ctx)
{
    struct packing *p = ctx;
    unsigned char small[8];
    const void *data;
    struct field field;

    if (is_in_head(name) || !look_field(v, &field, small, &data))
        return NULL;
    field.name_len = (uint32_t)strlen(name);
    if (!pack_add(p->to, &field, sizeof field) || !pack_add(p->to, name, field.name_len) ||
        !pack_add(p->to, data, field.len))
        return p;
    p->n_fields++;
    return NULL;
}

static struct head head_of(const VipsImage *pixels)
{
    return (struct head){
        .width = pixels->Xsize,
        .height = pixels->Ysize,
        .bands = pixels->Bands,
        .format = (int32_t)pixels->BandFmt,
        .coding = (int32_t)pixels->Coding,
        .interpretation = (int32_t)pixels->Type,
        .xoffset = pixels->Xoffset,
        .yoffset = pixels->Yoffset,
        .xres = pixels->Xres,
        .yres = pixels->Yres,
    };
}

/* Zeros up to where pixels may begin, behind a byte that tells how many. */
static bool pack_padding(struct pack_writer *w)
{
    static const unsigned char zeros[ALIGNMENT];
    unsigned char n = (unsigned char)((ALIGNMENT - (w->len + 1) % ALIGNMENT) % ALIGNMENT);

    return pack_add(w, &n, 1) && pack_add(w, zeros, n);
}

static int pack_pixels(VipsImage *pixels, bool upright, struct eval *e, struct pack_writer *w)
{
    struct packing p = {.to = w};
    struct head head = head_of(pixels);
    size_t start = w->len;

    head.upright = upright;
    if (!pack_add(w, &head, sizeof head) || vips_image_map(pixels, pack_field, &p) ||
        !pack_padding(w) ||
        !pack_add(w, VIPS_IMAGE_ADDR(pixels, 0, 0), VIPS_IMAGE_SIZEOF_IMAGE(pixels)))
        return pack_no_memory(e);
    memcpy(w->at + start + offsetof(struct head, n_fields), &p.n_fields, sizeof p.n_fields);
    return 0;
}

static int packing_pack(const struct value *v, struct eval *e, struct pack_writer *w)
{
    const struct image *image = image_of(v);
    OWN(image_unref_pixels) VipsImage *memory = NULL;

    image_begin();
    VipsImage *pixels;
    int r = image_pixels(image, e, &pixels);
    if (r == 0)
        r = image_settled(pixels, e, &memory);
    return r < 0 ? r : pack_pixels(memory, image->upright, e, w);
}

/* The bytes that the pixels must have; false = there can be no such picture. */
static bool measure(const struct head *h, uint64_t *ret)
{
    bool coded = h->coding == VIPS_CODING_LABQ || h->coding == VIPS_CODING_RAD;

    if (h->width < 1 || h->height < 1 || h->bands < 1 || h->width > VIPS_MAX_COORD ||
        h->height > VIPS_MAX_COORD || h->bands > VIPS_MAX_COORD || h->format < 0 ||
        h->format >= VIPS_FORMAT_LAST || h->interpretation < 0 ||
        h->interpretation >= VIPS_INTERPRETATION_LAST)
        return false;
    if (coded ? h->bands != 4 || h->format != VIPS_FORMAT_UCHAR : h->coding != VIPS_CODING_NONE)
        return false;
    *ret = vips_format_sizeof((VipsBandFormat)h->format);
    return g_uint64_checked_mul(ret, *ret, (uint64_t)h->bands) &&
           g_uint64_checked_mul(ret, *ret, (uint64_t)h->width) &&
           g_uint64_checked_mul(ret, *ret, (uint64_t)h->height);
}

static void set_field(VipsImage *image, const struct field *field, const char *name,
                      const void *data)
{
    double number;
    int32_t whole;
    g_autofree char *text = NULL;

    switch ((enum field_kind)field->kind) {
    case FIELD_INT:
        memcpy(&whole, data, sizeof whole);
        vips_image_set_int(image, name, whole);
        break;
    case FIELD_DOUBLE:
        memcpy(&number, data, sizeof number);
        vips_image_set_double(image, name, number);
        break;
    case FIELD_STRING:
        text = g_strndup(data, field->len);
        vips_image_set_string(image, name, text);
        break;
    case FIELD_BLOB:
        vips_image_set_blob_copy(image, name, data, field->len);
        break;
    case FIELD_INTS:
        vips_image_set_array_int(image, name, data, (int)(field->len / sizeof(int)));
        break;
    case FIELD_DOUBLES:
        vips_image_set_array_double(image, name, data, (int)(field->len / sizeof(double)));
        break;
    }
}

/* Whether the bytes of a field can be what its kind says. */
static bool is_sound(const struct field *field, const char *name)
{
    static const size_t units[] = {
        [FIELD_INT] = 4,  [FIELD_DOUBLE] = 8,         [FIELD_STRING] = 1,
        [FIELD_BLOB] = 1, [FIELD_INTS] = sizeof(int), [FIELD_DOUBLES] = 8};

    if (field->kind >= G_N_ELEMENTS(units) || field->len % units[field->kind] != 0 ||
        field->len > G_MAXINT || strlen(name) != field->name_len || field->name_len == 0)
        return false;
    return (field->kind != FIELD_INT && field->kind != FIELD_DOUBLE) ||
           field->len == units[field->kind];
}

/* Sets the field if it is EXIF data, or if it is not, as wanted. */
static bool unpack_field(struct pack_reader *r, bool exif, VipsImage *image)
{
    struct field field;

    if (!pack_take(r, &field, sizeof field) || field.name_len > r->left)
        return false;
    g_autofree char *name = g_strndup((const char *)r->at, field.name_len);
    r->at += field.name_len;
    r->left -= field.name_len;
    if (!is_sound(&field, name) || field.len > r->left)
        return false;
    /* Numbers among the bytes may lie anywhere: they are copied to where they may be read. */
    g_autofree void *data = g_try_malloc(field.len + 1);
    if (!data || !pack_take(r, data, field.len))
        return false;
    if (exif == (strcmp(name, VIPS_META_EXIF_NAME) == 0))
        set_field(image, &field, name, data);
    return true;
}

static void *note_parsed(VipsImage *image, const char *name, GValue *v, void *names)
{
    if (!is_in_head(name) && strcmp(name, VIPS_META_EXIF_NAME) != 0)
        g_ptr_array_add(names, g_strdup(name));
    return NULL;
}

static bool unpack_each(struct pack_reader r, uint32_t n, bool exif, VipsImage *image)
{
    for (uint32_t i = 0; i < n; i++)
        if (!unpack_field(&r, exif, image))
            return false;
    return true;
}

/* libvips takes EXIF data apart when it is set, and so brings back what steps have changed or
 * removed since, such as the orientation: all of that is forgotten before the rest is set. */
static bool unpack_fields(const struct pack_reader *r, uint32_t n, VipsImage *image)
{
    g_autoptr(GPtrArray) parsed = g_ptr_array_new_with_free_func(g_free);

    if (!unpack_each(*r, n, true, image))
        return false;
    vips_image_map(image, note_parsed, parsed);
    for (guint i = 0; i < parsed->len; i++)
        vips_image_remove(image, parsed->pdata[i]);
    return unpack_each(*r, n, false, image);
}

/* An image of pixels that lie in bytes, and holds on to them. */
static VipsImage *image_around(GBytes *bytes, const struct head *h)
{
    gsize len;
    const void *at = g_bytes_get_data(bytes, &len);
    g_autoptr(GBytes) held = NULL;

    if ((uintptr_t)at % sizeof(double) == 0) {
        held = g_bytes_ref(bytes);
    } else {
        void *copy = g_try_malloc(len);
        if (!copy)
            return NULL;
        memcpy(copy, at, len);
        held = g_bytes_new_take(copy, len);
    }
    VipsImage *image = vips_image_new_from_memory(g_bytes_get_data(held, NULL), len, h->width,
                                                  h->height, h->bands, (VipsBandFormat)h->format);
    if (!image)
        return NULL;
    g_object_set_data_full(G_OBJECT(image), "seqfs-packed", g_steal_pointer(&held),
                           (GDestroyNotify)g_bytes_unref);
    vips_image_init_fields(image, h->width, h->height, h->bands, (VipsBandFormat)h->format,
                           (VipsCoding)h->coding, (VipsInterpretation)h->interpretation, h->xres,
                           h->yres);
    image->Xoffset = h->xoffset;
    image->Yoffset = h->yoffset;
    return image;
}

/* The pixels behind the fields, whose place is looked for first: the image is made of them. */
static bool skip_fields(struct pack_reader *r, uint32_t n)
{
    struct field field;

    for (uint32_t i = 0; i < n; i++) {
        if (!pack_take(r, &field, sizeof field) || field.name_len > r->left ||
            field.len > r->left - field.name_len)
            return false;
        r->at += field.name_len + field.len;
        r->left -= field.name_len + field.len;
    }
    return true;
}

static bool take_pixels(struct pack_reader *r, uint64_t len, GBytes **ret)
{
    unsigned char n;

    if (!pack_take(r, &n, 1) || n > r->left)
        return false;
    r->at += n;
    r->left -= n;
    return r->left == len && pack_take_bytes(r, len, ret);
}

static int packing_unpack(struct pack_reader *r, struct eval *e, struct value **ret)
{
    g_autoptr(GBytes) pixels = NULL;
    struct image image = {0};
    struct pack_reader fields;
    struct head head;
    uint64_t len;

    image_begin();
    if (!pack_take(r, &head, sizeof head) || !measure(&head, &len))
        return pack_damaged(e);
    fields = *r;
    if (!skip_fields(r, head.n_fields) || !take_pixels(r, len, &pixels))
        return pack_damaged(e);
    image.pixels = image_around(pixels, &head);
    image.upright = head.upright != 0;
    if (!image.pixels)
        return pack_no_memory(e);
    if (!unpack_fields(&fields, head.n_fields, image.pixels)) {
        image_clear(&image);
        return pack_damaged(e);
    }
    return image_done(&image, e, ret);
}

const struct pack_images image_packing = {.pack = packing_pack, .unpack = packing_unpack};
