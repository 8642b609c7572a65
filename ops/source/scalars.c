/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Columns of values of a few bytes each; texts lie apart. */
#include "ops/source/scalars.h"

#include <glib.h>
#include <string.h>

static bool add_column(struct scalars *x, uint32_t k)
{
    uint64_t bytes;

    if (__builtin_mul_overflow(x->len, sizeof(struct scalar), &bytes) ||
        bytes > SCALARS_MAX - x->bytes)
        return false;
    x->columns[k] = g_try_malloc0(bytes + 1);
    x->bytes += bytes;
    return x->columns[k];
}

bool scalars_init(struct scalars *x, const bool *wanted, uint32_t n_columns, uint64_t len)
{
    bool any = false;

    *x = (struct scalars){.n_columns = n_columns, .len = len};
    x->columns = g_new0(struct scalar *, MAX(n_columns, 1));
    for (uint32_t k = 0; k < n_columns; k++) {
        any = any || wanted[k];
        if (!wanted[k] || add_column(x, k))
            continue;
        any = false;
        break;
    }
    if (!any)
        scalars_finish(x);
    return any;
}

void scalars_finish(struct scalars *x)
{
    for (uint32_t k = 0; k < x->n_columns; k++)
        g_free(x->columns[k]);
    g_free(x->columns);
    arena_finish(&x->texts);
    *x = (struct scalars){0};
}

static bool keep_text(struct scalars *x, struct scalar *value)
{
    const char *text = value->as.text;

    if (value->len > SCALARS_TEXT || value->len + 1 > SCALARS_MAX - x->bytes ||
        !g_utf8_validate_len(text, value->len, NULL))
        return false;
    value->as.text = arena_add(&x->texts, text, value->len);
    x->bytes += value->len + 1;
    return value->as.text;
}

bool scalars_put(struct scalars *x, uint32_t k, uint64_t i, struct scalar value)
{
    if (i >= x->len || (value.kind == VALUE_TEXT && !keep_text(x, &value)))
        return false;
    x->columns[k][i] = value;
    return true;
}

bool scalars_has(const struct scalars *x, uint32_t k)
{
    return k < x->n_columns && x->columns[k];
}

struct value *scalars_get(const struct scalars *x, uint32_t k, uint64_t i)
{
    const struct scalar *value = &x->columns[k][i];

    switch (value->kind) {
    case VALUE_INT:
        return value_new_int(value->as.n);
    case VALUE_FLOAT:
        return value_new_float(value->as.x);
    case VALUE_TEXT:
        return value_new_text(value->as.text, value->len);
    default:
        return value_new_null();
    }
}
