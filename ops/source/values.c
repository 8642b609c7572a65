/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* values: elements written out in the spec. */
#include "ops/op.h"

#include <string.h>

struct values {
    const struct node *list;
};

/* Lists and records are taken apart: a list is a row of its items, and where all elements are
 * records of the same fields, each field is a column of its values.  Lifetime: the sequence's. */
struct table {
    struct value **at; /* owned */
    uint32_t len;
    struct type type;  /* of all */
    struct seq **rows; /* one an element; NULL where it is no list; owned */
    struct seq **columns;
    uint32_t n_columns;
    uint64_t each;     /* parts of every list but the last, which may have fewer; or SEQ_ANY */
    struct type parts; /* of lists: of all parts of all */
};

static void free_table(struct table *t);

static void free_inner(struct seq *s)
{
    if (!s)
        return;
    free_table(s->self);
    g_free(s);
}

static void free_table(struct table *t)
{
    for (uint32_t i = 0; i < t->len; i++)
        value_unref(t->at[i]);
    for (uint32_t i = 0; t->rows && i < t->len; i++)
        free_inner(t->rows[i]);
    for (uint32_t k = 0; k < t->n_columns; k++)
        free_inner(t->columns[k]);
    g_free(t->at);
    g_free(t->rows);
    g_free(t->columns);
    g_free(t);
}

static struct type common_type(const struct table *t)
{
    struct type type = {0};

    for (uint32_t i = 0; i < t->len; i++) {
        struct type one = {.known = true, .kind = value_kind(t->at[i])};

        type = i == 0 ? one : type_common(type, one);
    }
    return type;
}

static bool has_same_names(const struct value *a, const struct value *b)
{
    if (value_len(a) != value_len(b))
        return false;
    for (uint32_t k = 0; k < value_len(a); k++)
        if (strcmp(value_name(a, k), value_name(b, k)) != 0)
            return false;
    return true;
}

static void take_apart(struct seq *s, struct table *t);

/* A sequence of values within those of s; it is no step of its own. */
static struct seq *new_inner(const struct seq *s, struct value **own_at, uint32_t len)
{
    struct seq *inner = g_memdup2(s, sizeof *s);
    struct table *t = g_new0(struct table, 1);

    t->at = own_at;
    t->len = len;
    inner->self = t;
    inner->len = len;
    take_apart(inner, t);
    inner->any = t->type;
    inner->measured = true;
    return inner;
}

static struct seq *new_row(const struct seq *s, const struct value *list)
{
    struct value **at = g_new(struct value *, value_len(list));

    for (uint32_t k = 0; k < value_len(list); k++)
        at[k] = value_ref(value_item(list, k));
    return new_inner(s, at, value_len(list));
}

static struct seq *new_column(const struct seq *s, const struct table *t, uint32_t k)
{
    struct value **at = g_new(struct value *, t->len);

    for (uint32_t i = 0; i < t->len; i++)
        at[i] = value_ref(value_item(t->at[i], k));
    return new_inner(s, at, t->len);
}

static void make_rows(struct seq *s, struct table *t)
{
    t->rows = g_new0(struct seq *, t->len);
    for (uint32_t i = 0; i < t->len; i++)
        if (value_kind(t->at[i]) == VALUE_LIST)
            t->rows[i] = new_row(s, t->at[i]);
}

static void make_columns(struct seq *s, struct table *t)
{
    for (uint32_t i = 1; i < t->len; i++)
        if (!has_same_names(t->at[0], t->at[i]))
            return;
    t->type.parted = true;
    t->n_columns = value_len(t->at[0]);
    t->columns = g_new(struct seq *, t->n_columns);
    for (uint32_t k = 0; k < t->n_columns; k++)
        t->columns[k] = new_column(s, t, k);
}

/* Of all lists: how many parts they have, and what these are. */
static void measure_rows(struct table *t)
{
    const struct value *first = NULL;

    t->each = t->rows[0]->len;
    for (uint32_t i = 0; i < t->len; i++) {
        const struct seq *row = t->rows[i];
        bool last = i + 1 == t->len;

        if (last ? row->len > t->each : row->len != t->each)
            t->each = SEQ_ANY;
        if (row->len == 0)
            continue;
        t->parts = first ? type_common(t->parts, row->any) : row->any;
        first = first ? first : value_item(t->at[i], 0);
        if (t->parts.known && t->parts.kind == VALUE_RECORD &&
            !has_same_names(first, value_item(t->at[i], 0)))
            t->parts.parted = false;
    }
}

static void take_apart(struct seq *s, struct table *t)
{
    t->type = common_type(t);
    if (t->type.known && t->type.kind == VALUE_RECORD)
        make_columns(s, t);
    else if (!t->type.known || t->type.kind == VALUE_LIST)
        make_rows(s, t);
    if (t->type.known && t->type.kind == VALUE_LIST) {
        t->type.parted = true;
        measure_rows(t);
    }
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
    for (; t->len < list->len; t->len++)
        t->at[t->len] = literal_value(list->items[t->len]);
    s->len = t->len;
    take_apart(s, t);
    return 0;
}

static void values_close(struct seq *s)
{
    if (s->self)
        free_table(s->self);
}

static struct type values_type(const struct seq *s, uint64_t i)
{
    const struct table *t = s->self;
    struct type type = {.known = true};

    if (i == SEQ_ANY || t->type.known)
        return t->type;
    type.kind = value_kind(t->at[i]);
    type.parted = type.kind == VALUE_LIST;
    return type;
}

static uint64_t values_n_parts(const struct seq *s, uint64_t i)
{
    const struct table *t = s->self;

    if (t->columns)
        return t->n_columns;
    if (i == SEQ_ANY)
        return t->type.parted ? t->each : SEQ_ANY;
    return t->rows && t->rows[i] ? t->rows[i]->len : 0;
}

static bool values_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                        uint64_t *ret_i)
{
    const struct table *t = s->self;

    if (!t->columns && !t->rows)
        return false;
    *ret_s = t->columns ? t->columns[k] : t->rows[i];
    *ret_i = t->columns ? i : k;
    return *ret_s != NULL;
}

static const char *values_field(const struct seq *s, uint64_t k)
{
    const struct table *t = s->self;

    return t->columns ? value_name(t->at[0], (uint32_t)k) : NULL;
}

static struct type values_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct table *t = s->self;

    if (t->columns)
        return seq_type(t->columns[k], i);
    if (i == SEQ_ANY)
        return t->parts;
    return t->rows && t->rows[i] ? seq_type(t->rows[i], k) : (struct type){0};
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
                 {"{values: [[1, 2], [3]]}", "1 2 3"},
                 {"[{values: [{name: cat, legs: 4}, {name: hen, legs: 2}]}, {get: legs}]", "4 2"},
                 {"{values: 5}",
                  "!1:10: values: argument 'list' is '5'; wanted is a list such as [1, two]"}),
    .open = values_open,
    .close = values_close,
    .type = values_type,
    .n_parts = values_n_parts,
    .part = values_part,
    .field = values_field,
    .part_type = values_part_type,
    .get = values_get,
};
