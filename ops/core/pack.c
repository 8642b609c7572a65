/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packs and unpacks values: a tag, a length, and that many bytes; lists and records have their
 * items in them. */
#include "ops/core/pack.h"

#include <errno.h>
#include <string.h>

#define HEAD 9           /* bytes of a tag and a length */
#define ROOM_MIN 64      /* bytes to begin with */
#define ALIGNMENT 16     /* bytes, of the items of arrays */
#define SHARED_MIN 16384 /* bytes of values that share the memory they are unpacked from */

bool pack_add(struct pack_writer *w, const void *data, size_t len)
{
    if (len > w->cap - w->len) {
        size_t cap = MAX(MAX(w->cap, ROOM_MIN) + w->cap / 2, w->len + len);
        unsigned char *at = w->len + len < len ? NULL : g_try_realloc(w->at, cap);

        if (!at)
            return false;
        w->at = at;
        w->cap = cap;
    }
    if (len > 0)
        memcpy(w->at + w->len, data, len);
    w->len += len;
    return true;
}

bool pack_take(struct pack_reader *r, void *ret, size_t len)
{
    if (len > r->left)
        return false;
    if (len > 0)
        memcpy(ret, r->at, len);
    r->at += len;
    r->left -= len;
    return true;
}

bool pack_take_bytes(struct pack_reader *r, size_t len, GBytes **ret)
{
    const unsigned char *start = g_bytes_get_data(r->all, NULL);

    if (len > r->left)
        return false;
    *ret = g_bytes_new_from_bytes(r->all, (gsize)(r->at - start), len);
    r->at += len;
    r->left -= len;
    return true;
}

int pack_no_memory(struct eval *e)
{
    fault_set(&e->fault, ENOMEM, "no memory to pack the value");
    e->fault.transient = true;
    return -ENOMEM;
}

int pack_damaged(struct eval *e)
{
    return fault_set(&e->fault, EPROTO, "what was packed is damaged");
}

static int pack_any(const struct value *v, struct eval *e, unsigned depth, struct pack_writer *w);

static int pack_flat(struct eval *e, const void *data, size_t len, struct pack_writer *w)
{
    return pack_add(w, data, len) ? 0 : pack_no_memory(e);
}

static int pack_items(const struct value *v, struct eval *e, unsigned depth, struct pack_writer *w)
{
    uint32_t len = value_len(v);
    int r = pack_flat(e, &len, sizeof len, w);

    if (depth >= PACK_DEPTH)
        return fault_set(&e->fault, E2BIG, "more than %d lists within lists", PACK_DEPTH);
    for (uint32_t i = 0; i < len && r == 0; i++) {
        if (value_kind(v) == VALUE_RECORD) {
            const char *name = value_name(v, i);
            r = pack_flat(e, name, strlen(name) + 1, w);
        }
        if (r == 0)
            r = pack_any(value_item(v, i), e, depth + 1, w);
    }
    return r;
}

static int pack_array(const struct value *v, struct eval *e, struct pack_writer *w)
{
    gsize len;
    const void *data = g_bytes_get_data(value_bytes(v), &len);
    int r = pack_flat(e, value_array_type(v), sizeof *value_array_type(v), w);

    return r < 0 ? r : pack_flat(e, data, len, w);
}

static int pack_inside(const struct value *v, struct eval *e, unsigned depth, struct pack_writer *w)
{
    switch (value_kind(v)) {
    case VALUE_NULL:
        return 0;
    case VALUE_BOOL: {
        unsigned char b = value_bool(v);
        return pack_flat(e, &b, sizeof b, w);
    }
    case VALUE_INT: {
        int64_t n = value_int(v);
        return pack_flat(e, &n, sizeof n, w);
    }
    case VALUE_FLOAT: {
        double x = value_float(v);
        return pack_flat(e, &x, sizeof x, w);
    }
    case VALUE_TEXT:
    case VALUE_BYTES: {
        gsize len;
        const void *data = g_bytes_get_data(value_bytes(v), &len);
        return pack_flat(e, data, len, w);
    }
    case VALUE_IMAGE:
        return image_packing.pack(v, e, w);
    case VALUE_ARRAY:
        return pack_array(v, e, w);
    case VALUE_RECORD:
    case VALUE_LIST:
        return pack_items(v, e, depth, w);
    }
    return pack_damaged(e);
}

static int pack_any(const struct value *v, struct eval *e, unsigned depth, struct pack_writer *w)
{
    unsigned char tag = (unsigned char)value_kind(v);
    uint64_t len = 0;
    int r = pack_flat(e, &tag, sizeof tag, w);

    if (r == 0)
        r = pack_flat(e, &len, sizeof len, w);
    if (r < 0)
        return r;
    size_t start = w->len;
    r = pack_inside(v, e, depth, w);
    if (r < 0)
        return r;
    len = w->len - start;
    memcpy(w->at + start - sizeof len, &len, sizeof len);
    return 0;
}

int pack_value(const struct value *v, struct eval *e, GBytes **ret)
{
    struct pack_writer w = {0};
    int r = pack_any(v, e, 0, &w);

    if (r < 0)
        g_free(w.at);
    else
        *ret = g_bytes_new_take(w.at, w.len);
    return r;
}

static int unpack_any(struct pack_reader *r, struct eval *e, unsigned depth, struct value **ret);

/* All that is left, or damaged if it is not what a value of this kind has. */
static int unpack_number(struct pack_reader *r, enum value_kind kind, struct eval *e,
                         struct value **ret)
{
    unsigned char b;
    int64_t n;
    double x;

    if (kind == VALUE_BOOL && r->left == sizeof b && pack_take(r, &b, sizeof b))
        *ret = value_new_bool(b != 0);
    else if (kind == VALUE_INT && r->left == sizeof n && pack_take(r, &n, sizeof n))
        *ret = value_new_int(n);
    else if (kind == VALUE_FLOAT && r->left == sizeof x && pack_take(r, &x, sizeof x))
        *ret = value_new_float(x);
    else if (kind == VALUE_NULL && r->left == 0)
        *ret = value_new_null();
    else
        return pack_damaged(e);
    return 0;
}

static int unpack_bytes(struct pack_reader *r, enum value_kind kind, struct value **ret)
{
    GBytes *bytes = NULL;

    if (r->left >= SHARED_MIN) {
        pack_take_bytes(r, r->left, &bytes);
    } else {
        bytes = g_bytes_new(r->at, r->left);
        r->left = 0;
    }
    *ret = kind == VALUE_TEXT ? value_new_text_bytes(bytes) : value_new_bytes(bytes);
    return 0;
}

/* Of a type that is one, and as many bytes as it says. */
static bool is_array(const struct array_type *t, size_t len)
{
    uint64_t n_bytes;

    return t->dtype <= DTYPE_COMPLEX128 && t->n_dims <= ARRAY_DIMS && array_n_bytes(t, &n_bytes) &&
           n_bytes == len;
}

static int unpack_array(struct pack_reader *r, struct eval *e, struct value **ret)
{
    GBytes *items = NULL;
    struct array_type t;

    if (!pack_take(r, &t, sizeof t) || !is_array(&t, r->left))
        return pack_damaged(e);
    if (r->left >= SHARED_MIN && (uintptr_t)r->at % ALIGNMENT == 0)
        pack_take_bytes(r, r->left, &items);
    else
        items = g_bytes_new(r->at, r->left);
    *ret = value_new_array(&t, items);
    return 0;
}

/* A name up to its NUL; NULL = there is none. */
static const char *take_name(struct pack_reader *r)
{
    const char *name = (const char *)r->at;
    const unsigned char *end = memchr(r->at, '\0', r->left);

    if (!end)
        return NULL;
    r->left -= (size_t)(end + 1 - r->at);
    r->at = end + 1;
    return name;
}

static int unpack_each(struct pack_reader *r, struct eval *e, unsigned depth, GPtrArray *names,
                       GPtrArray *items)
{
    for (guint i = 0; i < items->len; i++) {
        struct value *item = NULL;
        const char *name = names ? take_name(r) : NULL;

        if (names && !name)
            return pack_damaged(e);
        if (names)
            names->pdata[i] = (gpointer)name;
        int err = unpack_any(r, e, depth + 1, &item);
        if (err < 0)
            return err;
        items->pdata[i] = item;
    }
    return r->left == 0 ? 0 : pack_damaged(e);
}

static void unref_value(void *v)
{
    value_unref(v);
}

static int unpack_items(struct pack_reader *r, enum value_kind kind, struct eval *e, unsigned depth,
                        struct value **ret)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(unref_value);
    g_autoptr(GPtrArray) names = kind == VALUE_RECORD ? g_ptr_array_new() : NULL;
    uint32_t len;

    /* Each item has a head: a length that is a lie does not cost memory. */
    if (depth >= PACK_DEPTH || !pack_take(r, &len, sizeof len) || len > r->left / HEAD ||
        len > G_MAXINT)
        return pack_damaged(e);
    g_ptr_array_set_size(items, (gint)len);
    if (names)
        g_ptr_array_set_size(names, (gint)len);
    int err = unpack_each(r, e, depth, names, items);
    if (err < 0)
        return err;
    *ret = names ? value_new_record(len, (const char *const *)names->pdata,
                                    (struct value **)items->pdata)
                 : value_new_list(len, (struct value **)items->pdata);
    g_ptr_array_set_free_func(items, NULL);
    return 0;
}

static int unpack_any(struct pack_reader *r, struct eval *e, unsigned depth, struct value **ret)
{
    struct pack_reader inside = *r;
    unsigned char kind;
    uint64_t len;

    if (!pack_take(&inside, &kind, sizeof kind) || !pack_take(&inside, &len, sizeof len) ||
        len > inside.left)
        return pack_damaged(e);
    *r = (struct pack_reader){inside.all, inside.at + len, inside.left - len};
    inside.left = len;
    switch ((enum value_kind)kind) {
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT:
        return unpack_number(&inside, kind, e, ret);
    case VALUE_TEXT:
    case VALUE_BYTES:
        return unpack_bytes(&inside, kind, ret);
    case VALUE_IMAGE:
        return image_packing.unpack(&inside, e, ret);
    case VALUE_ARRAY:
        return unpack_array(&inside, e, ret);
    case VALUE_RECORD:
    case VALUE_LIST:
        return unpack_items(&inside, kind, e, depth, ret);
    }
    return pack_damaged(e);
}

int pack_unpack(GBytes *packed, struct eval *e, struct value **ret)
{
    struct pack_reader r = {.all = packed};
    OWN(value_unref) struct value *v = NULL;

    r.at = g_bytes_get_data(packed, &r.left);
    if (r.left == 0)
        return pack_damaged(e);
    int err = unpack_any(&r, e, 0, &v);
    if (err < 0)
        return err;
    if (r.left > 0)
        return pack_damaged(e);
    *ret = g_steal_pointer(&v);
    return 0;
}
