/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values from the text of a spec. */
#include "ops/core/literal.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "ops/base/scan.h"

/* YAML 1.2: `yes`, `no` and `inf` are words. */
static bool is_bool(const char *text)
{
    return g_ascii_strcasecmp(text, "true") == 0 || g_ascii_strcasecmp(text, "false") == 0;
}

static bool is_float(const char *text, double *ret)
{
    if (g_ascii_strcasecmp(text, ".nan") == 0) {
        *ret = NAN;
        return true;
    }
    return strpbrk(text, ".0123456789") && scan_double(text, ret);
}

static struct value *convert_scalar(const struct node *n)
{
    int64_t i;
    double x;

    if (node_is_null(n))
        return value_new_null();
    if (n->quoted)
        return value_new_text(n->text, -1);
    if (is_bool(n->text))
        return value_new_bool(g_ascii_tolower(n->text[0]) == 't');
    if (!strchr(n->text, '.') && scan_int(n->text, &i))
        return value_new_int(i);
    return is_float(n->text, &x) ? value_new_float(x) : value_new_text(n->text, -1);
}

/* Recursion ends with the depth of specs. */
struct value *literal_value(const struct node *n)
{
    g_autofree struct value **items = NULL;
    g_autofree const char **names = NULL;

    if (n->kind == NODE_SCALAR)
        return convert_scalar(n);
    items = g_new(struct value *, n->len);
    for (uint32_t i = 0; i < n->len; i++)
        items[i] = literal_value(n->items[i]);
    if (n->kind == NODE_LIST)
        return value_new_list(n->len, items);
    names = g_new(const char *, n->len);
    for (uint32_t i = 0; i < n->len; i++)
        names[i] = n->keys[i]->text;
    return value_new_record(n->len, names, items);
}
