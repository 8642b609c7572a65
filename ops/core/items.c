/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints items, turned in blocks into the widest type of their class. */
#include "ops/core/items.h"

#include "ops/core/convert.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#define BLOCK 512 /* items */

/* An array being printed.  Lifetime: call. */
struct printing {
    const struct array_type *type;
    const char *items;
    uint64_t n_items;
    enum dtype wide; /* of the block */
    uint64_t next;   /* item */
    bool strict;
    GString *text;
    struct fault *fault;
    union {
        int64_t n[BLOCK];
        uint64_t u[BLOCK];
        double x[BLOCK];
    } block;
};

/* Of all lists and items together; an axis of 0 ends the lists within it. */
static bool is_small(const struct array_type *t)
{
    uint64_t n = 1, total = 1;

    for (uint32_t d = 0; d < t->n_dims && n > 0; d++)
        if (__builtin_mul_overflow(n, t->dims[d], &n) || __builtin_add_overflow(total, n, &total))
            return false;
    return total <= ITEMS_MAX;
}

static enum dtype widest(enum dtype t)
{
    switch (dtype_class(t)) {
    case DTYPE_IS_UNSIGNED:
        return DTYPE_UINT64;
    case DTYPE_IS_FLOAT:
        return DTYPE_FLOAT64;
    default:
        return DTYPE_INT64;
    }
}

static int print_float(struct printing *p, double x)
{
    if (p->strict && !isfinite(x))
        return fault_set(p->fault, EINVAL, "json has no word for the number %s",
                         isnan(x) ? "nan"
                         : x < 0  ? "-inf"
                                  : "inf");
    OWN(value_unref) struct value *v = value_new_float(x);
    value_print(v, p->text);
    return 0;
}

static int print_item(struct printing *p)
{
    const uint64_t at = p->next++ % BLOCK;

    if (at == 0)
        convert_items(p->type->dtype, p->items + (p->next - 1) * dtype_size(p->type->dtype),
                      p->wide, &p->block, MIN(p->n_items - (p->next - 1), BLOCK));
    if (p->wide == DTYPE_FLOAT64)
        return print_float(p, p->block.x[at]);
    if (p->wide == DTYPE_UINT64)
        g_string_append_printf(p->text, "%" PRIu64, p->block.u[at]);
    else if (p->type->dtype == DTYPE_BOOL)
        g_string_append(p->text, p->block.n[at] ? "true" : "false");
    else
        g_string_append_printf(p->text, "%" PRId64, p->block.n[at]);
    return 0;
}

/* Depth is at most ARRAY_DIMS. */
static int print_axis(struct printing *p, uint32_t axis)
{
    int r = 0;

    if (axis == p->type->n_dims)
        return print_item(p);
    g_string_append_c(p->text, '[');
    for (uint64_t i = 0; i < p->type->dims[axis] && r == 0; i++) {
        g_string_append(p->text, i > 0 ? ", " : "");
        r = print_axis(p, axis + 1);
    }
    g_string_append_c(p->text, ']');
    return r;
}

int items_check(const struct array_type *t, struct fault *f)
{
    if (dtype_class(t->dtype) == DTYPE_IS_COMPLEX)
        return fault_set(f, EINVAL, "complex numbers cannot be written as text or json");
    if (!is_small(t))
        return fault_set(f, EFBIG,
                         "an array of more than %" PRIu64
                         " items is not written as text or json: npy is the format for it",
                         ITEMS_MAX);
    return 0;
}

int items_print(const struct value *array, bool strict, GString *ret, struct fault *f)
{
    struct printing p = {
        .type = value_array_type(array),
        .items = g_bytes_get_data(value_bytes(array), NULL),
        .strict = strict,
        .text = ret,
        .fault = f,
    };

    int r = items_check(p.type, f);
    if (r < 0 || !array_n_items(p.type, &p.n_items))
        return r;
    p.wide = widest(p.type->dtype);
    return print_axis(&p, 0);
}
