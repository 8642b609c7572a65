/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One value to the bytes of its file. */
#include "ops/element/encode_parts.h"

#include <string.h>

#include "ops/image/raster.h"

#define SIZED_ARRAYS 1000 /* of an npz whose size is told without computing it */

static struct value *take_string(const struct encode *p, GString *own)
{
    if (p->newline)
        g_string_append_c(own, '\n');
    return value_new_bytes(g_string_free_to_bytes(own));
}

int encode_json(const struct encode *p, const struct value *in, struct fault *f, struct value **ret)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int r = json_print(in, text, f);

    if (r == 0)
        *ret = take_string(p, g_steal_pointer(&text));
    return r;
}

int encode_text(const struct encode *p, const struct value *in, struct fault *f, struct value **ret)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int r = value_print(in, text) ? 0 : items_print(in, false, text, f);

    if (r == 0)
        *ret = take_string(p, g_steal_pointer(&text));
    return r;
}

/* Arrays. */

bool encode_array_type(struct type t, struct array_type *ret)
{
    if (t.known && numbers_has(t.kind))
        *ret = numbers_type(t.kind);
    else if (t.known && t.kind == VALUE_ARRAY && t.array)
        *ret = *t.array;
    else
        return false;
    return true;
}

bool encode_npy_size(struct type t, uint64_t *ret)
{
    struct array_type array;
    uint64_t n_bytes;

    if (!encode_array_type(t, &array) || !array_n_bytes(&array, &n_bytes))
        return false;
    *ret = npy_header_len(&array) + n_bytes; /* below 2^63 and a little: no overflow */
    return true;
}

int encode_npy(const struct value *in, struct fault *f, struct value **ret)
{
    OWN(value_unref) struct value *array = NULL;
    g_autoptr(GString) header = g_string_new(NULL);
    gsize len;

    int r = numbers_array(in, f, &array);
    if (r < 0)
        return r;
    npy_print(value_array_type(array), header);
    const void *items = g_bytes_get_data(value_bytes(array), &len);
    char *file = len < SIZE_MAX - header->len ? g_try_malloc(header->len + len) : NULL;
    if (!file)
        return fault_set_errno(f, ENOMEM, "an npy file of %zu bytes and its header", len);
    memcpy(file, header->str, header->len);
    if (len > 0)
        memcpy(file + header->len, items, len);
    *ret = value_new_bytes(g_bytes_new_take(file, header->len + len));
    return 0;
}

int encode_raw(const struct value *in, struct fault *f, struct value **ret)
{
    OWN(value_unref) struct value *array = NULL;
    int r = numbers_array(in, f, &array);

    if (r == 0)
        *ret = value_new_bytes(g_bytes_ref(value_bytes(array)));
    return r;
}

static int add_array(struct npzfile *z, const char *name, const struct value *v, struct fault *f)
{
    OWN(value_unref) struct value *array = NULL;
    int r = numbers_array(v, f, &array);

    if (r < 0) {
        g_autofree char *why = g_strdup(f->text);
        return fault_set(f, -r, "'%.64s': %s", name, why);
    }
    npzfile_add(z, name, array);
    return 0;
}

/* Items of a list are called as np.savez() calls what has no name. */
int encode_npz(const struct value *in, struct fault *f, struct value **ret)
{
    OWN(npzfile_free) struct npzfile *z = npzfile_new();
    const bool named = value_kind(in) == VALUE_RECORD;
    GBytes *bytes;
    int r = 0;

    for (uint32_t k = 0; k < value_len(in) && r == 0; k++) {
        g_autofree char *number = named ? NULL : g_strdup_printf("arr_%u", k);
        r = add_array(z, named ? value_name(in, k) : number, value_item(in, k), f);
    }
    if (r == 0)
        r = npzfile_write(z, f, &bytes);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

bool encode_npz_size(const struct seq *in, uint64_t i, uint64_t *ret)
{
    const struct type t = seq_type(in, i);
    const bool named = t.kind == VALUE_RECORD;
    const uint64_t n = t.known && t.parted && (named || i != SEQ_ANY) ? seq_n_parts(in, i) : 0;
    OWN(npzfile_free) struct npzfile *z = npzfile_new();
    uint64_t len;

    if (n == 0 || n > SIZED_ARRAYS)
        return false;
    for (uint64_t k = 0; k < n; k++) {
        const char *field = !named         ? NULL
                            : i == SEQ_ANY ? seq_field(in, k)
                                           : seq_field_of(in, i, k);
        g_autofree char *number = named ? NULL : g_strdup_printf("arr_%" PRIu64, k);
        if ((named && !field) || !encode_npy_size(seq_part_type(in, i, k), &len))
            return false;
        npzfile_announce(z, named ? field : number, len);
    }
    return npzfile_size(z, ret);
}

/* Images. */

int encode_image(const struct call *c, const struct format *format, struct value *in,
                 struct value **ret)
{
    const struct made *m = c->seq->self;
    OWN(value_unref) struct value *made = NULL;
    GBytes *bytes;
    int r = 0;

    if (value_kind(in) == VALUE_ARRAY)
        r = raster_image(in, c->eval, &made);
    if (r == 0)
        r = format_write(format, m->options, image_of(made ? made : in), c, &bytes);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

/* What an image becomes when nobody said: the format it came in, if libvips writes that. */
static const struct format *usual_format(const char *suffix)
{
    const struct format *format = suffix ? format_find(suffix) : NULL;

    return format ? format : format_find("png");
}

const char *encode_suffix(enum value_kind kind, const char *suffix)
{
    switch (kind) {
    case VALUE_BYTES:
        return suffix_of_file(suffix);
    case VALUE_IMAGE:
        return suffix && format_find(suffix) ? suffix : "png";
    case VALUE_ARRAY:
        return "npy";
    default:
        return encode_is_scalar(kind) ? "txt" : "json";
    }
}

int encode_by_kind(const struct call *c, const char *suffix, struct value *in, struct value **ret)
{
    const enum value_kind kind = value_kind(in);
    struct fault *f = &c->eval->fault;

    switch (kind) {
    case VALUE_BYTES:
        *ret = value_ref(in);
        return 0;
    case VALUE_IMAGE:
        return encode_image(c, usual_format(suffix), in, ret);
    case VALUE_ARRAY:
        return encode_npy(in, f, ret);
    default:
        return encode_is_scalar(kind) ? encode_text(c->params, in, f, ret)
                                      : encode_json(c->params, in, f, ret);
    }
}
