/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fields: records with some of their fields, in another order or under other names. */
#include "ops/op.h"

#include <string.h>

struct fields_args {
    const struct node *fields;
};

/* Lifetime: the sequence's. */
struct field {
    const char *name; /* new; the spec's */
    const char *from; /* of the input; the spec's */
    uint64_t k;       /* where the input is parted: which part */
    struct type type; /* where each record is: common to all that have it */
    bool some;        /* there are such */
};

struct chosen {
    GArray *at;  /* owned: struct field */
    bool parted; /* the input is: nothing is computed that is not asked for */
    bool each;   /* the same, but records have the fields at places of their own */
};

static const struct field *field_at(const struct seq *s, uint64_t k)
{
    const struct chosen *c = s->self;

    return k < c->at->len ? &g_array_index(c->at, struct field, k) : NULL;
}

static int wrong_item(const struct node *n, struct fault *f)
{
    char found[80];

    return fault_set_arg(f, EINVAL, "...", -1,
                         "fields: %s where the name of a field is wanted, or {new: old}",
                         node_describe(n, found, sizeof found));
}

static int unknown_field(const struct seq *in, const char *from, struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, from);
    for (uint64_t k = 0; k < seq_n_parts(in, SEQ_ANY); k++)
        nearest_offer(&near, seq_field(in, k));
    return fault_set_arg(f, EINVAL, "...", -1, "fields: the records have no field '%.64s'%s", from,
                         nearest_hint(&near, hint, sizeof hint));
}

static int add_field(const struct seq *s, struct chosen *c, const char *name,
                     const struct node *from, struct fault *f)
{
    struct field field = {.name = name, .from = from->text};

    if (from->kind != NODE_SCALAR || node_is_null(from))
        return wrong_item(from, f);
    if (!filename_is_one(name))
        return fault_set_arg(f, EINVAL, "...", -1, "fields: '%.64s' cannot be the name of a field",
                             name);
    for (guint k = 0; k < c->at->len; k++)
        if (strcmp(g_array_index(c->at, struct field, k).name, name) == 0)
            return fault_set_arg(f, EINVAL, "...", -1, "fields: '%.64s' is there twice", name);
    if (c->parted && !seq_find_field(s->in[0], field.from, &field.k))
        return unknown_field(s->in[0], field.from, f);
    g_array_append_val(c->at, field);
    return 0;
}

static int add_mapping(const struct seq *s, struct chosen *c, const struct node *n, struct fault *f)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < n->len; i++)
        r = add_field(s, c, n->keys[i]->text, n->items[i], f);
    return r;
}

static int add_item(const struct seq *s, struct chosen *c, const struct node *n, struct fault *f)
{
    if (n->kind == NODE_MAPPING)
        return add_mapping(s, c, n, f);
    return n->kind == NODE_SCALAR ? add_field(s, c, n->text, n, f) : wrong_item(n, f);
}

static int read_fields(const struct seq *s, struct chosen *c, struct fault *f)
{
    const struct node *n = ((const struct fields_args *)s->params)->fields;
    int r = 0;

    if (!n)
        return fault_set(f, EINVAL, "fields: wanted are names of fields, [a, b] or {new: old}");
    if (n->kind != NODE_LIST)
        return add_item(s, c, n, f);
    for (uint32_t i = 0; r == 0 && i < n->len; i++) {
        r = add_item(s, c, n->items[i], f);
        if (r < 0)
            f->item = (int)i;
    }
    return r;
}

/* Where a field is in one record; false = it has none such. */
static bool find_in(const struct seq *in, uint64_t i, const char *name, uint64_t *ret)
{
    const uint64_t n = seq_n_parts(in, i);

    for (*ret = 0; *ret < n; ++*ret)
        if (g_strcmp0(seq_field_of(in, i, *ret), name) == 0)
            return true;
    return false;
}

/* The sequence in which all records have the fields that element i has. */
static const struct seq *find_model(const struct seq *s, uint64_t i)
{
    while (s && !s->any.parted)
        seq_route(s, i, &s, &i);
    return s;
}

static void add_types(const struct seq *model, struct chosen *c)
{
    uint64_t at;

    for (guint k = 0; k < c->at->len; k++) {
        struct field *field = &g_array_index(c->at, struct field, k);
        if (!seq_find_field(model, field->from, &at))
            continue;
        const struct type t = seq_part_type(model, SEQ_ANY, at);
        field->type = field->some ? type_common(field->type, t) : t;
        field->some = true;
    }
}

/* Whether records that have other fields each are parted each; then they are so with these fields,
 * too, of which one that a record lacks cannot be reached and fails. */
static bool has_each(const struct seq *s, struct chosen *c)
{
    const struct seq *in = s->in[0], *model, *last = NULL;

    for (uint64_t i = 0; i < in->len; i++, last = model) {
        model = find_model(in, i);
        if (!model || !seq_type(in, i).parted)
            return false;
        if (model != last)
            add_types(model, c);
    }
    return in->len > 0;
}

static int fields_open(struct seq *s, struct fault *f)
{
    const struct type in = seq_type(s->in[0], SEQ_ANY);
    struct chosen *c = g_new0(struct chosen, 1);
    int r;

    s->self = c;
    c->at = g_array_new(FALSE, TRUE, sizeof(struct field));
    c->parted = in.known && in.parted;
    if (in.known && in.kind != VALUE_RECORD)
        return fault_set(f, EINVAL, "fields: wanted are records, but each element is %s",
                         value_kind_name(in.kind));
    r = read_fields(s, c, f);
    if (r == 0 && c->at->len == 0)
        return fault_set(f, EINVAL, "fields: there is no name of a field");
    c->each = r == 0 && in.known && !in.parted && has_each(s, c);
    return r;
}

static void fields_close(struct seq *s)
{
    struct chosen *c = s->self;

    if (c)
        g_array_unref(c->at);
    g_free(c);
}

static struct type fields_type(const struct seq *s, uint64_t i)
{
    const struct chosen *c = s->self;

    return (struct type){.known = true, .kind = VALUE_RECORD, .parted = c->parted || c->each};
}

/* A record keeps its name, and its attributes but those of the fields that are left out. */
static void fields_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

static bool fields_where(const struct seq *s, uint64_t j, uint64_t *ret_i)
{
    *ret_i = j;
    return true;
}

static uint64_t fields_n_parts(const struct seq *s, uint64_t i)
{
    return ((const struct chosen *)s->self)->at->len;
}

static bool fields_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                        uint64_t *ret_i)
{
    const struct chosen *c = s->self;
    uint64_t at = field_at(s, k)->k;

    if (i == SEQ_ANY || (c->each && !find_in(s->in[0], i, field_at(s, k)->from, &at)))
        return false;
    return (c->parted || c->each) && seq_part(s->in[0], i, at, ret_s, ret_i);
}

static const char *fields_field(const struct seq *s, uint64_t k)
{
    const struct field *field = field_at(s, k);

    return field ? field->name : NULL;
}

static struct type fields_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct chosen *c = s->self;

    const struct field *field = field_at(s, k);
    uint64_t at = field->k;

    if (c->each && i == SEQ_ANY)
        return field->type;
    if (c->each && !find_in(s->in[0], i, field->from, &at))
        return (struct type){0};
    return c->parted || c->each ? seq_part_type(s->in[0], i, at) : (struct type){0};
}

static int missing_field(const struct value *record, const char *from, struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, from);
    for (uint32_t k = 0; k < value_len(record); k++)
        nearest_offer(&near, value_name(record, k));
    return fault_set(f, EINVAL, "the record has no field '%.64s'%s", from,
                     nearest_hint(&near, hint, sizeof hint));
}

static int choose(const struct chosen *c, const struct value *record, struct fault *f,
                  struct value **ret)
{
    g_autofree const char **names = g_new(const char *, c->at->len);
    g_autofree struct value **items = g_new(struct value *, c->at->len);

    if (value_kind(record) != VALUE_RECORD)
        return fault_set(f, EINVAL, "the element is %s, wanted is a record",
                         value_kind_name(value_kind(record)));
    for (guint k = 0; k < c->at->len; k++) {
        const struct field *field = &g_array_index(c->at, struct field, k);
        names[k] = field->name;
        items[k] = value_field(record, field->from);
        if (!items[k])
            return missing_field(record, field->from, f);
    }
    for (guint k = 0; k < c->at->len; k++)
        value_ref(items[k]);
    *ret = value_new_record(c->at->len, names, items);
    return 0;
}

/* Part by part where that can be, else the record is computed once. */
static int fields_get(const struct call *c, struct value **ret)
{
    const struct chosen *chosen = c->seq->self;
    OWN(value_unref) struct value *record = NULL;
    const struct seq *part;
    bool all = true;
    uint64_t j;

    for (guint k = 0; k < chosen->at->len && all; k++)
        all = fields_part(c->seq, c->i, k, &part, &j);
    if (all)
        return seq_collect(c->seq, c->eval, c->i, ret);
    int r = seq_get(c->seq->in[0], c->eval, c->i, &record);
    return r < 0 ? r : choose(chosen, record, &c->eval->fault, ret);
}

static void fields_identify(const struct call *c, struct digest *d)
{
    const struct chosen *chosen = c->seq->self;

    if (digest_parts(d, c->seq, c->i))
        return;
    digest_step(d, c);
    for (guint k = 0; k < chosen->at->len; k++) {
        digest_text(d, field_at(c->seq, k)->name);
        digest_text(d, field_at(c->seq, k)->from);
    }
    digest_element(d, c->seq->in[0], c->i);
}

const struct op op_fields = {
    .abi = SEQFS_OP_ABI,
    .name = "fields",
    .brief = "Records with these fields alone, in this order, under new names.",
    .manual =
        "As a list of names, or of {new: old}; or as a mapping of new names to old ones. A field "
        "may be there several times. What is left out is not computed, where the fields are known "
        "before; of records that differ, such as parsed json, one that lacks a field fails.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct fields_args),
    .params = PARAMS(PARAM_AS("...", NODE, struct fields_args, fields, .main = true,
                              .brief = "the fields: [a, b], or {new: old}")),
    .examples = EXAMPLES(
        {"[{values: [{a: 1, b: 2, c: 3}]}, {fields: [c, a]}]", "{\"c\": 3, \"a\": 1}"},
        {"[{values: [{a: 1, b: 2}]}, {fields: {label: b}}, {get: label}]", "2"},
        {"[{values: [{a: 1, b: 2}]}, {fields: [b, {again: b}]}]", "{\"b\": 2, \"again\": 2}"},
        {"[{values: [{image: 1}, {b: 2}]}, {fields: [image]}]",
         "#1: the record has no field 'image'"},
        {"[{values: [{image: 1, label: 2}]}, {fields: [image, lable]}]",
         "!1:53: fields: the records have no field 'lable'; did you mean 'label'?"},
        {"[{range: 3}, {fields: [a]}]", "!1:15: fields: wanted are records, but each element is "
                                        "int"}),
    .open = fields_open,
    .close = fields_close,
    .type = fields_type,
    .route = fields_route,
    .where = fields_where,
    .n_parts = fields_n_parts,
    .part = fields_part,
    .field = fields_field,
    .part_type = fields_part_type,
    .identify = fields_identify,
    .get = fields_get,
};
