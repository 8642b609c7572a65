/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes images of arrays. */
#include "ops/image/raster.h"

#include <errno.h>
#include <string.h>

#include "ops/core/convert.h"
#include "ops/image/image.h"

#define BANDS_MAX 4

/* The pixels of items, and the type that those have to become before. */
static bool find_format(enum dtype t, VipsBandFormat *ret, enum dtype *ret_type)
{
    static const struct {
        enum dtype type;
        VipsBandFormat format;
    } formats[] = {
        [DTYPE_BOOL] = {DTYPE_UINT8, VIPS_FORMAT_UCHAR},
        [DTYPE_INT8] = {DTYPE_INT8, VIPS_FORMAT_CHAR},
        [DTYPE_INT16] = {DTYPE_INT16, VIPS_FORMAT_SHORT},
        [DTYPE_INT32] = {DTYPE_INT32, VIPS_FORMAT_INT},
        [DTYPE_INT64] = {DTYPE_INT64, VIPS_FORMAT_NOTSET},
        [DTYPE_UINT8] = {DTYPE_UINT8, VIPS_FORMAT_UCHAR},
        [DTYPE_UINT16] = {DTYPE_UINT16, VIPS_FORMAT_USHORT},
        [DTYPE_UINT32] = {DTYPE_UINT32, VIPS_FORMAT_UINT},
        [DTYPE_UINT64] = {DTYPE_UINT64, VIPS_FORMAT_NOTSET},
        [DTYPE_FLOAT16] = {DTYPE_FLOAT32, VIPS_FORMAT_FLOAT},
        [DTYPE_FLOAT32] = {DTYPE_FLOAT32, VIPS_FORMAT_FLOAT},
        [DTYPE_FLOAT64] = {DTYPE_FLOAT64, VIPS_FORMAT_DOUBLE},
        [DTYPE_COMPLEX64] = {DTYPE_COMPLEX64, VIPS_FORMAT_NOTSET},
        [DTYPE_COMPLEX128] = {DTYPE_COMPLEX128, VIPS_FORMAT_NOTSET},
    };

    *ret = formats[t].format;
    *ret_type = formats[t].type;
    return *ret != VIPS_FORMAT_NOTSET;
}

static bool can_be_bands(uint64_t n)
{
    return n >= 1 && n <= BANDS_MAX;
}

static bool can_be_side(uint64_t n)
{
    return n >= 1 && n <= VIPS_MAX_COORD;
}

static int refuse(const struct array_type *t, struct fault *f)
{
    g_autoptr(GString) said = g_string_new(NULL);

    array_print(t, said);
    return fault_set(
        f, EINVAL,
        "an array of %s is no image: wanted is [height, width], [height, width, bands] "
        "or [channels, height, width] with 1 to %d of them",
        said->str, BANDS_MAX);
}

int raster_measure(const struct array_type *t, struct fault *f, struct raster *ret)
{
    const uint64_t *dims = t->dims;
    VipsBandFormat format;
    enum dtype type;
    bool planes = t->n_dims == 3 && !can_be_bands(dims[2]);
    uint64_t bands = t->n_dims < 3 ? 1 : planes ? dims[0] : dims[2];

    if (t->n_dims < 2 || t->n_dims > 3 || !can_be_bands(bands) || !can_be_side(dims[planes]) ||
        !can_be_side(dims[planes + 1]))
        return refuse(t, f);
    if (!find_format(t->dtype, &format, &type))
        return fault_set(f, EINVAL, "no image has pixels of %s: cast before it, as to uint8",
                         dtype_name(t->dtype));
    *ret = (struct raster){.height = (uint32_t)dims[planes],
                           .width = (uint32_t)dims[planes + 1],
                           .bands = (uint32_t)bands,
                           .planes = planes};
    return 0;
}

/* Bands of one pixel stand beside each other; n pixels of that many. */
static void interleave(const char *in, char *out, uint64_t n, uint32_t bands, size_t size)
{
    for (uint32_t b = 0; b < bands; b++)
        for (uint64_t i = 0; i < n; i++)
            memcpy(out + (i * bands + b) * size, in + (b * n + i) * size, size);
}

/* True is white. */
static void whiten(uint8_t *items, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        items[i] = items[i] ? UINT8_MAX : 0;
}

/* Memory with n items of another type, or in another order; *ret is owned. */
static int rearrange(const struct value *array, const struct raster *r, enum dtype type,
                     struct eval *e, GBytes **ret)
{
    enum dtype from = value_array_type(array)->dtype;
    uint64_t n = (uint64_t)r->width * r->height * r->bands;
    const char *items = g_bytes_get_data(value_bytes(array), NULL);
    g_autofree char *typed = type == from ? NULL : g_try_malloc_n(n, dtype_size(type));
    g_autofree char *placed = r->planes ? g_try_malloc_n(n, dtype_size(type)) : NULL;

    if ((type != from && !typed) || (r->planes && !placed))
        return fault_set_errno(&e->fault, ENOMEM, "an image of %ux%u pixels", r->width, r->height);
    if (typed)
        convert_items(from, items, type, typed, n);
    if (typed && from == DTYPE_BOOL)
        whiten((uint8_t *)typed, n);
    if (placed)
        interleave(typed ? typed : items, placed, n / r->bands, r->bands, dtype_size(type));
    *ret = g_bytes_new_take(placed ? g_steal_pointer(&placed) : g_steal_pointer(&typed),
                            n * dtype_size(type));
    return 0;
}

/* What the numbers mean, as far as one can tell: grey or colours. */
static VipsInterpretation meaning_of(VipsBandFormat format, uint32_t bands)
{
    bool wide = format == VIPS_FORMAT_USHORT;

    if (bands < 3)
        return wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
    return wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
}

static int make(GBytes *own_items, const struct raster *r, VipsBandFormat format, struct eval *e,
                struct value **ret)
{
    size_t len;
    const void *data = g_bytes_get_data(own_items, &len);
    VipsImage *image =
        vips_image_new_from_memory(data, len, (int)r->width, (int)r->height, (int)r->bands, format);

    if (!image) {
        g_bytes_unref(own_items);
        return image_fault(e, false);
    }
    g_object_set_data_full(G_OBJECT(image), "seqfs-items", own_items,
                           (GDestroyNotify)g_bytes_unref);
    image->Type = meaning_of(format, r->bands);
    return image_done(&(struct image){.pixels = image}, e, ret);
}

int raster_image(const struct value *array, struct eval *e, struct value **ret)
{
    const struct array_type *t = value_array_type(array);
    struct raster raster;
    VipsBandFormat format;
    enum dtype type;
    GBytes *items = NULL;

    image_begin();
    int r = raster_measure(t, &e->fault, &raster);
    if (r < 0)
        return r;
    find_format(t->dtype, &format, &type);
    if (t->dtype == type && !raster.planes)
        items = g_bytes_ref(value_bytes(array));
    else
        r = rearrange(array, &raster, type, e, &items);
    return r < 0 ? r : make(items, &raster, format, e, ret);
}
