/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* get: one field of each record, or one item of each list. */
#include "ops/op.h"

struct get {
    const char *field;
};

/* Lifetime: the sequence's. */
struct getting {
    const char *field;
    bool parted; /* what is asked for is known before the element is computed */
    bool list;   /* where parted: field is an index */
    int64_t index;
    uint64_t k;            /* of records: the part */
    struct nested *nested; /* owned; NULL = what is got is no list or record that is parted */
};

static int unknown_field(const struct seq *in, const char *field, struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, field);
    for (uint64_t k = 0; k < seq_n_parts(in, SEQ_ANY); k++)
        nearest_offer(&near, seq_field(in, k));
    return fault_set_arg(f, EINVAL, "field", -1, "get: the records have no field '%.64s'%s", field,
                         nearest_hint(&near, hint, sizeof hint));
}

/* Counts from the beginning; false if a list of n has no such item. */
static bool resolve(int64_t index, uint64_t n, uint64_t *ret)
{
    return stretch_place(index, n, ret) && *ret < n;
}

static int open_list(const struct seq *s, struct getting *g, struct fault *f)
{
    uint64_t n = seq_n_parts(s->in[0], SEQ_ANY), k;

    if (!scan_int(g->field, &g->index))
        return fault_set_arg(f, EINVAL, "field", -1,
                             "get: '%.64s' is no index, but each element is a list", g->field);
    if (n != SEQ_ANY && s->len > 1 && !resolve(g->index, n, &k))
        return fault_set_arg(f, EINVAL, "field", -1,
                             "get: index %" PRId64 ", but the lists have length %" PRIu64, g->index,
                             n);
    g->list = true;
    return 0;
}

static int prepare(const struct seq *s, struct getting *g, struct fault *f)
{
    struct type in = seq_type(s->in[0], SEQ_ANY);

    if (in.known && in.kind != VALUE_RECORD && in.kind != VALUE_LIST)
        return fault_set(f, EINVAL, "get: wanted is a record or a list, but each element is %s",
                         value_kind_name(in.kind));
    g->parted = in.known && in.parted;
    if (!g->parted)
        return 0;
    if (in.kind == VALUE_LIST)
        return open_list(s, g, f);
    return seq_find_field(s->in[0], g->field, &g->k) ? 0 : unknown_field(s->in[0], g->field, f);
}

/* Which part of element i it is; false = it has none such. */
static bool find_part(const struct seq *s, uint64_t i, uint64_t *ret)
{
    const struct getting *g = s->self;

    if (g->list)
        return resolve(g->index, seq_n_parts(s->in[0], i), ret);
    *ret = g->k;
    return g->parted;
}

static bool get_reach(const struct seq *s, uint64_t i, const struct seq **ret_s, uint64_t *ret_i)
{
    uint64_t k;

    return find_part(s, i, &k) && seq_part(s->in[0], i, k, ret_s, ret_i);
}

/* What is got may be lists or records in turn. */
static void look_inside(const struct seq *s, struct getting *g)
{
    struct type t = g->parted ? seq_part_type(s->in[0], SEQ_ANY, g->k) : (struct type){0};
    const uint64_t stride = nested_stride(s->len);
    OWN(nested_free) struct nested *n = NULL;
    const struct seq *in;
    uint64_t j;

    if (!t.known || !t.parted)
        return;
    n = nested_new(t.kind);
    for (uint64_t i = 0; i < s->len; i += stride)
        if (get_reach(s, i, &in, &j))
            nested_add(n, in);
    if (nested_is_parted(n))
        g->nested = g_steal_pointer(&n);
}

static int get_open(struct seq *s, struct fault *f)
{
    struct getting *g = s->self = g_new0(struct getting, 1);
    int r;

    g->field = ((const struct get *)s->params)->field;
    r = prepare(s, g, f);
    if (r == 0)
        look_inside(s, g);
    return r;
}

static void get_close(struct seq *s)
{
    struct getting *g = s->self;

    if (g)
        nested_free(g->nested);
    g_free(g);
}

static struct type get_type(const struct seq *s, uint64_t i)
{
    const struct getting *g = s->self;
    struct type t = {0};
    uint64_t k = g->k;

    if (!g->parted)
        return t;
    if (i == SEQ_ANY || find_part(s, i, &k))
        t = seq_part_type(s->in[0], i, k);
    if (!g->nested)
        t.parted = false;
    return t;
}

/* Also where there is no such part: it stems from the record. */
static void get_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

static uint64_t get_n_parts(const struct seq *s, uint64_t i)
{
    const struct getting *g = s->self;
    const struct seq *in;
    uint64_t j;

    if (i == SEQ_ANY)
        return g->nested ? nested_n_parts(g->nested) : SEQ_ANY;
    return get_reach(s, i, &in, &j) ? seq_n_parts(in, j) : 0;
}

static bool get_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                     uint64_t *ret_i)
{
    const struct seq *in;
    uint64_t j;

    return get_reach(s, i, &in, &j) && seq_part(in, j, k, ret_s, ret_i);
}

static const char *get_field(const struct seq *s, uint64_t k)
{
    const struct getting *g = s->self;

    return g->nested ? nested_field(g->nested, k) : NULL;
}

static struct type get_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct getting *g = s->self;
    const struct seq *in;
    uint64_t j;

    if (i == SEQ_ANY)
        return g->nested ? nested_part_type(g->nested, k) : (struct type){0};
    return get_reach(s, i, &in, &j) ? seq_part_type(in, j, k) : (struct type){0};
}

static int find_field(const struct value *record, const char *field, struct fault *f,
                      struct value **ret)
{
    struct value *found = value_field(record, field);
    struct nearest near;
    char hint[128];

    if (found) {
        *ret = value_ref(found);
        return 0;
    }
    nearest_init(&near, field);
    for (uint32_t k = 0; k < value_len(record); k++)
        nearest_offer(&near, value_name(record, k));
    return fault_set(f, EINVAL, "the record has no field '%.64s'%s", field,
                     nearest_hint(&near, hint, sizeof hint));
}

static int find_item(const struct value *list, const char *field, struct fault *f,
                     struct value **ret)
{
    int64_t index;
    uint64_t k;

    if (!scan_int(field, &index))
        return fault_set(f, EINVAL, "'%.64s' is no index, but the element is a list", field);
    if (!resolve(index, value_len(list), &k))
        return fault_set(f, ERANGE, "index %" PRId64 ", but the list has length %u", index,
                         value_len(list));
    *ret = value_ref(value_item(list, (uint32_t)k));
    return 0;
}

static int get_get(const struct call *c, struct value **ret)
{
    const struct getting *g = c->seq->self;
    const struct seq *in = c->seq->in[0];
    OWN(value_unref) struct value *whole = NULL;
    uint64_t k;
    int r;

    if (find_part(c->seq, c->i, &k))
        return seq_get_part(in, c->eval, c->i, k, ret);
    r = seq_get(in, c->eval, c->i, &whole);
    if (r < 0)
        return r;
    if (value_kind(whole) == VALUE_RECORD)
        return find_field(whole, g->field, &c->eval->fault, ret);
    if (value_kind(whole) == VALUE_LIST)
        return find_item(whole, g->field, &c->eval->fault, ret);
    return fault_set(&c->eval->fault, EINVAL, "the element is %s, wanted is a record or a list",
                     value_kind_name(value_kind(whole)));
}

/* A part that is not reached is one of what is computed as a whole. */
static void get_identify(const struct call *c, struct digest *d)
{
    digest_step(d, c);
    digest_element(d, c->seq->in[0], c->i);
}

const struct op op_get = {
    .abi = SEQFS_OP_ABI,
    .name = "get",
    .brief = "One field of each record, or one element of each list.",
    .manual =
        "The others are not computed, where the fields are known before. Elements of lists count "
        "from 0, negative ones from the end. What is got has the attributes and the name of its "
        "own source.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct get),
    .params = PARAMS(PARAM(STRING, struct get, field, .required = true, .main = true,
                           .brief = "the name of the field, or the index in the list")),
    .examples =
        EXAMPLES({"[{collate: {image: {values: [x, y]}, label: {range: 2}}}, {get: image}]", "x y"},
                 {"[{range: 6}, {batch: 3}, {get: -1}]", "2 5"},
                 {"[{values: [{a: 1}, {b: 2}]}, {get: a}]", "#1: the record has no field 'a'"},
                 {"[{collate: {image: {values: [x, y]}, label: {range: 2}}}, {get: lable}]",
                  "!1:65: get: the records have no field 'lable'; did you mean 'label'?"},
                 {"[{range: 3}, {get: a}]",
                  "!1:15: get: wanted is a record or a list, but each element is int"}),
    .open = get_open,
    .close = get_close,
    .type = get_type,
    .route = get_route,
    .reach = get_reach,
    .n_parts = get_n_parts,
    .part = get_part,
    .field = get_field,
    .part_type = get_part_type,
    .identify = get_identify,
    .get = get_get,
};
