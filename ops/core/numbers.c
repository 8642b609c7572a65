/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Measures lists of lists along their first items, then writes all items in a row. */
#include "ops/core/numbers.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A list under way to be an array.  Lifetime: call. */
struct making {
    struct array_type type;
    enum value_kind kind; /* of all items so far */
    bool any;             /* there were some */
    char *at;             /* where the next item goes */
    struct fault *fault;
};

bool numbers_has(enum value_kind kind)
{
    return kind == VALUE_BOOL || kind == VALUE_INT || kind == VALUE_FLOAT;
}

static enum dtype dtype_of(enum value_kind kind)
{
    switch (kind) {
    case VALUE_BOOL:
        return DTYPE_BOOL;
    case VALUE_INT:
        return DTYPE_INT64;
    default:
        return DTYPE_FLOAT64;
    }
}

struct array_type numbers_type(enum value_kind kind)
{
    return (struct array_type){.dtype = dtype_of(kind)};
}

static int no_number(const struct making *m, enum value_kind kind)
{
    if (kind == VALUE_ARRAY)
        return fault_set(m->fault, EINVAL,
                         "a list of arrays is no array yet: put a `stack` step before");
    if (m->type.n_dims == 0)
        return fault_set(m->fault, EINVAL, "%s is no array", value_kind_name(kind));
    return fault_set(m->fault, EINVAL, "%s in a list, where numbers are wanted for an array",
                     value_kind_name(kind));
}

/* The shape, as the first items have it. */
static int measure(struct making *m, const struct value *v)
{
    while (value_kind(v) == VALUE_LIST) {
        if (m->type.n_dims == ARRAY_DIMS)
            return fault_set(m->fault, EINVAL, "more than %d lists within lists", ARRAY_DIMS);
        m->type.dims[m->type.n_dims++] = value_len(v);
        if (value_len(v) == 0)
            return 0;
        v = value_item(v, 0);
    }
    return 0;
}

/* That all lists are as the first ones, and what all items can be.  Depth is at most ARRAY_DIMS. */
static int check(struct making *m, const struct value *v, uint32_t axis)
{
    const enum value_kind kind = value_kind(v);

    if (axis < m->type.n_dims && kind == VALUE_LIST) {
        if (value_len(v) != m->type.dims[axis])
            return fault_set(m->fault, EINVAL,
                             "lists of %" PRIu64 " and of %u items beside each other are no array",
                             m->type.dims[axis], value_len(v));
        for (uint32_t i = 0; i < value_len(v); i++) {
            int r = check(m, value_item(v, i), axis + 1);
            if (r < 0)
                return r;
        }
        return 0;
    }
    if (kind == VALUE_LIST || (numbers_has(kind) && axis < m->type.n_dims))
        return fault_set(m->fault, EINVAL, "numbers and lists beside each other are no array");
    if (!numbers_has(kind))
        return no_number(m, kind);
    m->kind = m->any ? MAX(m->kind, kind) : kind;
    m->any = true;
    return 0;
}

static void put(struct making *m, const void *item, size_t len)
{
    memcpy(m->at, item, len);
    m->at += len;
}

static int64_t as_int(const struct value *v)
{
    return value_kind(v) == VALUE_BOOL ? value_bool(v) : value_int(v);
}

static void write_item(struct making *m, const struct value *v)
{
    if (m->kind == VALUE_BOOL) {
        const uint8_t b = value_bool(v);
        put(m, &b, sizeof b);
    } else if (m->kind == VALUE_INT) {
        const int64_t n = as_int(v);
        put(m, &n, sizeof n);
    } else {
        const double x = value_kind(v) == VALUE_BOOL ? value_bool(v) : value_float(v);
        put(m, &x, sizeof x);
    }
}

static void write_items(struct making *m, const struct value *v)
{
    if (value_kind(v) != VALUE_LIST) {
        write_item(m, v);
        return;
    }
    for (uint32_t i = 0; i < value_len(v); i++)
        write_items(m, value_item(v, i));
}

int numbers_array(const struct value *v, struct fault *f, struct value **ret)
{
    struct making m = {.kind = VALUE_FLOAT, .fault = f};
    uint64_t size;

    if (value_kind(v) == VALUE_ARRAY) {
        *ret = value_ref((struct value *)v);
        return 0;
    }
    int r = measure(&m, v);
    if (r == 0)
        r = check(&m, v, 0);
    if (r < 0)
        return r;
    m.type.dtype = dtype_of(m.kind);
    if (!array_n_bytes(&m.type, &size) || size >= SIZE_MAX)
        return fault_set(f, EFBIG, "a list is too long for an array");
    char *items = g_try_malloc(size + 1);
    if (!items)
        return fault_set_errno(f, ENOMEM, "an array of %" PRIu64 " bytes", size);
    m.at = items;
    write_items(&m, v);
    *ret = value_new_array(&m.type, g_bytes_new_take(items, size));
    return 0;
}
