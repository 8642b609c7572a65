/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* values: elements written out in the spec. */
#include "ops/op.h"

#include <math.h>
#include <string.h>

struct values {
    const struct node *list;
};

/* Lifetime: the sequence's. */
struct table {
    struct value **at; /* owned */
    uint32_t len;
    struct type type; /* of all */
};

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
static struct value *convert(const struct node *n)
{
    g_autofree struct value **items = NULL;
    g_autofree const char **names = NULL;

    if (n->kind == NODE_SCALAR)
        return convert_scalar(n);
    items = g_new(struct value *, n->len);
    for (uint32_t i = 0; i < n->len; i++)
        items[i] = convert(n->items[i]);
    if (n->kind == NODE_LIST)
        return value_new_list(n->len, items);
    names = g_new(const char *, n->len);
    for (uint32_t i = 0; i < n->len; i++)
        names[i] = n->keys[i]->text;
    return value_new_record(n->len, names, items);
}

static int values_open(struct seq *s, struct fault *f)
{
    const struct node *list = ((const struct values *)s->params)->list;
    struct table *t;
    char found[80];

    if (list->kind != NODE_LIST)
        return fault_set_arg(f, EINVAL, "list", -1,
                             "values: argument 'list' is %s; wanted is a list such as [1, two]",
                             node_describe(list, found, sizeof found));
    s->self = t = g_new0(struct table, 1);
    t->at = g_new0(struct value *, list->len);
    t->type.known = list->len > 0;
    for (; t->len < list->len; t->len++) {
        t->at[t->len] = convert(list->items[t->len]);
        if (t->len == 0)
            t->type.kind = value_kind(t->at[0]);
        t->type.known &= t->type.kind == value_kind(t->at[t->len]);
    }
    s->len = t->len;
    return 0;
}

static void values_close(struct seq *s)
{
    struct table *t = s->self;

    if (!t)
        return;
    for (uint32_t i = 0; i < t->len; i++)
        value_unref(t->at[i]);
    g_free(t->at);
    g_free(t);
}

static struct type values_type(const struct seq *s, uint64_t i)
{
    const struct table *t = s->self;

    if (i == SEQ_ANY)
        return t->type;
    return (struct type){.known = true, .kind = value_kind(t->at[i])};
}

static int values_get(const struct call *c, struct value **ret)
{
    const struct table *t = c->seq->self;

    *ret = value_ref(t->at[c->i]);
    return 0;
}

const struct op op_values = {
    .abi = SEQFS_OP_ABI,
    .name = "values",
    .brief = "The listed values.",
    .manual =
        "Numbers, true, false and null are what YAML 1.2 takes them for; everything else and what "
        "stands in quotes is text. Lists stay lists, mappings become records.",
    .kind = OP_SOURCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct values),
    .params = PARAMS(PARAM(NODE, struct values, list, .required = true, .main = true,
                           .brief = "the values, one an element")),
    .examples =
        EXAMPLES({"{values: [3, 2.50, one, \"4\", true, no]}", "3 2.5 one 4 true no"},
                 {"{values: 5}",
                  "!1:10: values: argument 'list' is '5'; wanted is a list such as [1, two]"}),
    .open = values_open,
    .close = values_close,
    .type = values_type,
    .get = values_get,
};
