/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values: one allocation each, counted atomically, taken apart with their last reference. */
#include "ops/core/value.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 40 /* bytes of any number as text */

/* Kept at 24 bytes, which is the least that malloc hands out.  An array has its type behind the
 * struct.  A record or a list has its items
 * behind the struct; behind the items of a record stand the pointers to its names, and behind those
 * their text. */
struct value {
    gatomicrefcount refs;
    uint32_t kind; /* enum value_kind */
    union {
        bool b;
        int64_t n;
        double x;
        GBytes *bytes; /* of bytes, text and array; owned */
        struct {
            void *at; /* owned */
            GDestroyNotify release;
        } image;
        uint32_t len; /* of record and list */
    };
    struct value *items[]; /* owned */
};

static struct value *value_new(enum value_kind kind, size_t extra)
{
    struct value *v = g_malloc(sizeof *v + extra);

    g_atomic_ref_count_init(&v->refs);
    v->kind = kind;
    return v;
}

struct value *value_new_null(void)
{
    return value_new(VALUE_NULL, 0);
}

struct value *value_new_bool(bool b)
{
    struct value *v = value_new(VALUE_BOOL, 0);

    v->b = b;
    return v;
}

struct value *value_new_int(int64_t n)
{
    struct value *v = value_new(VALUE_INT, 0);

    v->n = n;
    return v;
}

struct value *value_new_float(double x)
{
    struct value *v = value_new(VALUE_FLOAT, 0);

    v->x = x;
    return v;
}

struct value *value_new_text(const char *text, gssize len)
{
    return value_new_text_bytes(g_bytes_new(text, len < 0 ? strlen(text) : (gsize)len));
}

struct value *value_new_text_bytes(GBytes *own)
{
    struct value *v = value_new(VALUE_TEXT, 0);

    v->bytes = own;
    return v;
}

struct value *value_new_bytes(GBytes *own)
{
    struct value *v = value_new(VALUE_BYTES, 0);

    v->bytes = own;
    return v;
}

struct value *value_new_image(void *own_image, GDestroyNotify release)
{
    struct value *v = value_new(VALUE_IMAGE, 0);

    v->image.at = own_image;
    v->image.release = release;
    return v;
}

static struct array_type *array_type(const struct value *v)
{
    return (struct array_type *)v->items;
}

struct value *value_new_array(const struct array_type *type, GBytes *own_items)
{
    struct value *v = value_new(VALUE_ARRAY, sizeof *type);
    uint64_t n_bytes;

    assert(array_n_bytes(type, &n_bytes) && n_bytes == g_bytes_get_size(own_items));
    v->bytes = own_items;
    *array_type(v) = *type;
    return v;
}

static const char **record_names(const struct value *v)
{
    return (const char **)(v->items + v->len);
}

struct value *value_new_record(uint32_t len, const char *const *names, struct value **own_items)
{
    size_t size = (size_t)len * (sizeof *own_items + sizeof *names);
    struct value *v;
    char *text;

    for (uint32_t i = 0; i < len; i++)
        size += strlen(names[i]) + 1;
    v = value_new(VALUE_RECORD, size);
    v->len = len;
    text = (char *)(record_names(v) + len);
    for (uint32_t i = 0; i < len; i++) {
        size_t n = strlen(names[i]) + 1;

        v->items[i] = own_items[i];
        record_names(v)[i] = memcpy(text, names[i], n);
        text += n;
    }
    return v;
}

struct value *value_new_list(uint32_t len, struct value **own_items)
{
    struct value *v = value_new(VALUE_LIST, (size_t)len * sizeof *own_items);

    v->len = len;
    for (uint32_t i = 0; i < len; i++)
        v->items[i] = own_items[i];
    return v;
}

struct value *value_ref(struct value *v)
{
    g_atomic_ref_count_inc(&v->refs);
    return v;
}

void value_unref(struct value *v)
{
    if (!v || !g_atomic_ref_count_dec(&v->refs))
        return;
    switch ((enum value_kind)v->kind) {
    case VALUE_TEXT:
    case VALUE_BYTES:
    case VALUE_ARRAY:
        g_bytes_unref(v->bytes);
        break;
    case VALUE_IMAGE:
        if (v->image.release)
            v->image.release(v->image.at);
        break;
    case VALUE_RECORD:
    case VALUE_LIST:
        for (uint32_t i = 0; i < v->len; i++)
            value_unref(v->items[i]);
        break;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT:
        break;
    }
    g_free(v);
}

enum value_kind value_kind(const struct value *v)
{
    return v->kind;
}

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",   [VALUE_BOOL] = "bool",   [VALUE_INT] = "int",
        [VALUE_FLOAT] = "float", [VALUE_TEXT] = "text",   [VALUE_BYTES] = "bytes",
        [VALUE_IMAGE] = "image", [VALUE_ARRAY] = "array", [VALUE_RECORD] = "record",
        [VALUE_LIST] = "list",
    };

    assert(kind < G_N_ELEMENTS(names));
    return names[kind];
}

bool value_bool(const struct value *v)
{
    assert(v->kind == VALUE_BOOL);
    return v->b;
}

int64_t value_int(const struct value *v)
{
    assert(v->kind == VALUE_INT);
    return v->n;
}

double value_float(const struct value *v)
{
    assert(v->kind == VALUE_FLOAT || v->kind == VALUE_INT);
    return v->kind == VALUE_INT ? (double)v->n : v->x;
}

GBytes *value_bytes(const struct value *v)
{
    assert(v->kind == VALUE_BYTES || v->kind == VALUE_TEXT || v->kind == VALUE_ARRAY);
    return v->bytes;
}

const struct array_type *value_array_type(const struct value *v)
{
    assert(v->kind == VALUE_ARRAY);
    return array_type(v);
}

void *value_image(const struct value *v)
{
    assert(v->kind == VALUE_IMAGE);
    return v->image.at;
}

uint32_t value_len(const struct value *v)
{
    assert(v->kind == VALUE_RECORD || v->kind == VALUE_LIST);
    return v->len;
}

struct value *value_item(const struct value *v, uint32_t i)
{
    assert(i < value_len(v));
    return v->items[i];
}

const char *value_name(const struct value *v, uint32_t i)
{
    assert(v->kind == VALUE_RECORD && i < v->len);
    return record_names(v)[i];
}

struct value *value_field(const struct value *v, const char *name)
{
    assert(v->kind == VALUE_RECORD);
    for (uint32_t i = 0; i < v->len; i++) {
        if (strcmp(record_names(v)[i], name) == 0)
            return v->items[i];
    }
    return NULL;
}

/* A double keeps DBL_DIG decimal digits, so if that many do not read back the same then fewer do
 * not either; only subnormal numbers have less. */
static void print_float(double x, GString *ret)
{
    char text[NUMBER_MAX];
    int digits = fabs(x) < DBL_MIN ? 1 : DBL_DIG;

    if (isnan(x) || isinf(x)) {
        g_string_append(ret, isnan(x) ? "nan" : x < 0 ? "-inf" : "inf");
        return;
    }
    for (; digits <= DBL_DECIMAL_DIG; digits++) {
        char format[8];

        snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, x);
        if (g_ascii_strtod(text, NULL) == x)
            break;
    }
    g_string_append(ret, text);
    if (text[strspn(text, "-0123456789")] == '\0')
        g_string_append(ret, ".0");
}

bool value_print(const struct value *v, GString *ret)
{
    switch ((enum value_kind)v->kind) {
    case VALUE_NULL:
        g_string_append(ret, "null");
        return true;
    case VALUE_BOOL:
        g_string_append(ret, v->b ? "true" : "false");
        return true;
    case VALUE_INT:
        g_string_append_printf(ret, "%" G_GINT64_FORMAT, v->n);
        return true;
    case VALUE_FLOAT:
        print_float(v->x, ret);
        return true;
    case VALUE_TEXT:
        g_string_append_len(ret, g_bytes_get_data(v->bytes, NULL),
                            (gssize)g_bytes_get_size(v->bytes));
        return true;
    case VALUE_BYTES:
    case VALUE_IMAGE:
    case VALUE_ARRAY:
    case VALUE_RECORD:
    case VALUE_LIST:
        break;
    }
    return false;
}
