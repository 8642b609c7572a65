/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stack: the items of each list as one array; of records, field by field. */
#include "ops/op.h"

#include <string.h>

#define WHOLE UINT64_MAX  /* as a field: the items themselves */
#define DIGESTED 100000   /* items that an identity is made of, at most */
#define QUICK_BYTES 65536 /* of an array that is made as quick as a reply */

struct stack {
    int64_t dtype;
};

/* What is laid upon one another: the items of lists, or one field of them.  Lifetime: plan. */
struct stacked {
    const struct seq *lists;
    uint64_t field; /* or WHOLE */
    const char *name;
    struct type item;      /* of any; not known: only computing tells */
    struct shapes *shapes; /* owned; NULL = they make no arrays */
};

/* Of the step itself.  Lifetime: plan. */
struct stacking {
    struct stacked whole;
    uint32_t n_fields;     /* of records; 0 = they are none that are known before */
    struct seq *fields;    /* owned: each a sequence of its own */
    struct stacked *each;  /* owned: their self */
    struct nested *nested; /* owned: what the records have in common */
};

static const struct op op_stacked;

static const struct stacked *stacked_of(const struct seq *s)
{
    return s->op == &op_stacked ? s->self : &((const struct stacking *)s->self)->whole;
}

static bool is_typed(const struct seq *s)
{
    return s->given & 1;
}

static enum dtype type_of_numbers(const struct seq *s, enum value_kind kind)
{
    if (is_typed(s))
        return (enum dtype)((const struct stack *)s->params)->dtype;
    return numbers_type(kind).dtype;
}

static bool is_number(struct type t)
{
    return t.known && numbers_has(t.kind);
}

static bool shape(const struct seq *s, uint64_t i, struct array_type *ret)
{
    const struct stacked *st = stacked_of(s);
    uint64_t n = i == SEQ_ANY ? seq_n_parts_of_all(st->lists) : seq_n_parts(st->lists, i);
    const struct array_type *item = st->item.array;

    if (n == SEQ_ANY || (!is_number(st->item) && (!item || item->n_dims == ARRAY_DIMS)))
        return false;
    *ret = (struct array_type){.n_dims = 1, .dims = {n}};
    if (item) {
        ret->n_dims = item->n_dims + 1;
        memcpy(ret->dims + 1, item->dims, item->n_dims * sizeof *item->dims);
    }
    ret->dtype = item && !is_typed(s) ? item->dtype : type_of_numbers(s, st->item.kind);
    return true;
}

/* Few numbers, or small arrays that are there already. */
static bool is_quick(const struct seq *s)
{
    const struct array_type *t = shapes_find(stacked_of(s)->shapes, s, SEQ_ANY);
    uint64_t n = seq_n_parts(stacked_of(s)->lists, SEQ_ANY), bytes;

    return n <= SEQ_QUICK_PARTS && t && array_n_bytes(t, &bytes) && bytes <= QUICK_BYTES;
}

static int refuse(const struct seq *s, const struct stacked *st, struct fault *f)
{
    const char *kind = value_kind_name(st->item.kind);

    if (st->field == WHOLE)
        return fault_set(f, EINVAL,
                         "%s: each list is of %s: put 'array' before the lists are made, only "
                         "arrays can be one array",
                         s->name, kind);
    return fault_set(f, EINVAL,
                     "%s: field '%.64s' of the records is %s: put array: {on: '%.64s'} before the "
                     "lists are made, only arrays can be one array",
                     s->name, st->name, kind, st->name);
}

/* s->self leads to st. */
static int open_stacked(struct seq *s, struct stacked *st, struct fault *f)
{
    if (st->item.known && !pile_takes(st->item.kind))
        return refuse(s, st, f);
    if (is_number(st->item) || (st->item.known && st->item.kind == VALUE_ARRAY))
        st->shapes = shapes_new(s, shape);
    s->trivial = st->shapes && is_quick(s) && st->lists->trivial;
    return 0;
}

/* The records of all lists, or of enough of them. */
static struct nested *look_inside(const struct seq *lists)
{
    const uint64_t stride = nested_stride(lists->len);
    OWN(nested_free) struct nested *n = nested_new(VALUE_RECORD);
    const struct seq *in;
    uint64_t j;

    for (uint64_t i = 0; i < lists->len; i += stride)
        if (seq_n_parts(lists, i) > 0 && seq_part(lists, i, 0, &in, &j))
            nested_add(n, in);
    return nested_is_parted(n) ? g_steal_pointer(&n) : NULL;
}

static int open_field(struct seq *s, struct stacking *g, uint32_t k, struct fault *f)
{
    struct seq *field = &g->fields[k];
    struct stacked *st = &g->each[k];

    *st = g->whole;
    st->shapes = NULL;
    st->field = k;
    st->name = nested_field(g->nested, k);
    st->item = nested_part_type(g->nested, k);
    *field = *s;
    field->op = &op_stacked;
    field->self = st;
    field->shared_self = true;
    field->measured = false;
    int r = open_stacked(field, st, f);
    if (r < 0)
        return r;
    field->any = seq_type(field, SEQ_ANY);
    field->measured = true;
    digest_seal(field);
    return 0;
}

static int open_fields(struct seq *s, struct stacking *g, struct fault *f)
{
    int r = 0;

    g->nested = look_inside(s->in[0]);
    if (!g->nested)
        return 0;
    g->n_fields = (uint32_t)nested_n_parts(g->nested);
    g->fields = g_new0(struct seq, MAX(g->n_fields, 1));
    g->each = g_new0(struct stacked, MAX(g->n_fields, 1));
    for (uint32_t k = 0; r == 0 && k < g->n_fields; k++)
        r = open_field(s, g, k, f);
    s->trivial = true;
    for (uint32_t k = 0; k < g->n_fields; k++)
        s->trivial = s->trivial && g->fields[k].trivial;
    return r;
}

static int stack_open(struct seq *s, struct fault *f)
{
    struct type in = seq_type(s->in[0], SEQ_ANY);
    struct stacking *g = s->self = g_new0(struct stacking, 1);

    if (in.known && in.kind != VALUE_LIST)
        return fault_set(f, EINVAL,
                         "%s: wanted are lists, as batch makes them, but each element is %s",
                         s->name, value_kind_name(in.kind));
    g->whole = (struct stacked){.lists = s->in[0], .field = WHOLE};
    if (in.known && in.parted)
        g->whole.item = seq_part_type(s->in[0], SEQ_ANY, 0);
    if (g->whole.item.known && g->whole.item.kind == VALUE_RECORD && g->whole.item.parted)
        return open_fields(s, g, f);
    return open_stacked(s, &g->whole, f);
}

static void stack_close(struct seq *s)
{
    struct stacking *g = s->self;

    for (uint32_t k = 0; g && k < g->n_fields; k++)
        shapes_free(g->each[k].shapes);
    if (g) {
        shapes_free(g->whole.shapes);
        nested_free(g->nested);
        g_free(g->fields);
        g_free(g->each);
    }
    g_free(g);
}

/* Of what is no array it remains a list, one file. */
static struct type stacked_type(const struct seq *s, uint64_t i)
{
    const struct stacked *st = stacked_of(s);

    if (!st->item.known)
        return (struct type){0};
    if (st->shapes)
        return (struct type){
            .known = true, .kind = VALUE_ARRAY, .array = shapes_find(st->shapes, s, i)};
    return (struct type){.known = true,
                         .kind = st->item.kind == VALUE_RECORD ? VALUE_RECORD : VALUE_LIST};
}

static struct type stack_type(const struct seq *s, uint64_t i)
{
    const struct stacking *g = s->self;

    if (g->nested)
        return (struct type){.known = true, .kind = VALUE_RECORD, .parted = true};
    return stacked_type(s, i);
}

static void stack_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

static uint64_t stack_n_parts(const struct seq *s, uint64_t i)
{
    return ((const struct stacking *)s->self)->n_fields;
}

static bool stack_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                       uint64_t *ret_i)
{
    const struct stacking *g = s->self;

    *ret_s = &g->fields[k];
    *ret_i = i;
    return true;
}

static const char *stack_field(const struct seq *s, uint64_t k)
{
    const struct stacking *g = s->self;

    return k < g->n_fields ? g->each[k].name : NULL;
}

/* The field of a record that was computed as a whole. */
static int add_field(struct pile *p, const struct stacked *st, uint64_t j, struct value *item,
                     struct fault *f)
{
    struct value *v = item;

    if (st->field != WHOLE)
        v = value_kind(item) == VALUE_RECORD ? value_field(item, st->name) : NULL;
    if (!v)
        return fault_set(f, EINVAL, "item %" PRIu64 " has no field '%.64s'", j, st->name);
    return pile_add(p, v, f);
}

/* Item j of list i, and of it no more than the field. */
static int add_item(struct pile *p, const struct stacked *st, struct eval *e, uint64_t i,
                    uint64_t j)
{
    OWN(value_unref) struct value *v = NULL;
    const struct seq *item;
    uint64_t at;
    bool reached = seq_part(st->lists, i, j, &item, &at);

    if (reached && st->field != WHOLE) {
        int r = seq_get_part(item, e, at, st->field, &v);
        return r < 0 ? r : pile_add(p, v, &e->fault);
    }
    int r = seq_get_part(st->lists, e, i, j, &v);
    return r < 0 ? r : add_field(p, st, j, v, &e->fault);
}

static int end(const struct call *c, struct pile *p, struct value **ret)
{
    const struct stacked *st = stacked_of(c->seq);
    const struct array_type *known = shapes_find(st->shapes, c->seq, c->i);
    OWN(value_unref) struct value *v = NULL;
    int r = pile_end(p, known, &c->eval->fault, &v);

    if (r == 0 && value_kind(v) == VALUE_ARRAY)
        r = shapes_check(st->shapes, c, value_array_type(v));
    if (r == 0)
        *ret = g_steal_pointer(&v);
    return r;
}

/* Of a list that is only there as a whole. */
static int stack_whole(const struct call *c, const enum dtype *dtype, struct value **ret)
{
    const struct stacked *st = stacked_of(c->seq);
    OWN(value_unref) struct value *list = NULL;
    OWN(pile_free) struct pile *p = NULL;
    int r = seq_get(st->lists, c->eval, c->i, &list);

    if (r < 0)
        return r;
    if (value_kind(list) != VALUE_LIST)
        return fault_set(&c->eval->fault, EINVAL, "the element is %s, wanted is a list",
                         value_kind_name(value_kind(list)));
    p = pile_new(value_len(list), dtype);
    for (uint32_t j = 0; r == 0 && j < value_len(list); j++)
        r = add_field(p, st, j, value_item(list, j), &c->eval->fault);
    return r < 0 ? r : end(c, p, ret);
}

static int stacked_get(const struct call *c, struct value **ret)
{
    const struct stacked *st = stacked_of(c->seq);
    const struct type t = seq_type(st->lists, c->i);
    const enum dtype dtype = (enum dtype)((const struct stack *)c->seq->params)->dtype;
    const enum dtype *wanted = is_typed(c->seq) ? &dtype : NULL;
    OWN(pile_free) struct pile *p = NULL;
    const struct seq *item;
    uint64_t n = t.known && t.parted ? seq_n_parts(st->lists, c->i) : SEQ_ANY, at;
    int r = 0;

    if (n == SEQ_ANY || (n > 0 && !seq_part(st->lists, c->i, 0, &item, &at)))
        return stack_whole(c, wanted, ret);
    if (n >= UINT32_MAX)
        return fault_set(&c->eval->fault, EFBIG, "a list of %" PRIu64 " items is too long", n);
    p = pile_new(n, wanted);
    for (uint64_t j = 0; r == 0 && j < n; j++)
        r = add_item(p, st, c->eval, c->i, j);
    return r < 0 ? r : end(c, p, ret);
}

static int stack_get(const struct call *c, struct value **ret)
{
    const struct stacking *g = c->seq->self;

    return g->nested ? seq_collect(c->seq, c->eval, c->i, ret) : stacked_get(c, ret);
}

static void add_part(struct digest *d, const struct stacked *st, uint64_t i, uint64_t j)
{
    const struct seq *item, *field;
    uint64_t at, k;

    if (!seq_part(st->lists, i, j, &item, &at)) {
        digest_element(d, st->lists, i);
        return;
    }
    if (st->field != WHOLE && seq_part(item, at, st->field, &field, &k)) {
        digest_element(d, field, k);
        return;
    }
    if (st->field != WHOLE)
        digest_text(d, st->name);
    digest_element(d, item, at);
}

/* The items, of which a field needs no more than that field. */
static void stacked_identify(const struct call *c, struct digest *d)
{
    const struct stacked *st = stacked_of(c->seq);
    const struct type t = seq_type(st->lists, c->i);
    uint64_t n = t.known && t.parted ? seq_n_parts(st->lists, c->i) : SEQ_ANY;

    digest_step(d, c);
    if (n == SEQ_ANY) {
        digest_element(d, st->lists, c->i);
        return;
    }
    digest_number(d, n);
    if (n > DIGESTED)
        digest_cannot_tell(d);
    for (uint64_t j = 0; j < n && n <= DIGESTED; j++)
        add_part(d, st, c->i, j);
}

static void stack_identify(const struct call *c, struct digest *d)
{
    const struct stacking *g = c->seq->self;

    if (!g->nested)
        stacked_identify(c, d);
    else if (!digest_parts(d, c->seq, c->i))
        digest_cannot_tell(d);
}

static const struct param stack_params[] = {
    PARAM(CHOICE, struct stack, dtype, .main = true, .choices = dtype_choices,
          .brief = "the type of the items; as they come"),
    {0},
};

/* One field of the records of each list; no step of its own. */
static const struct op op_stacked = {
    .abi = SEQFS_OP_ABI,
    .name = "stack",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct stack),
    .params = stack_params,
    .type = stacked_type,
    .route = stack_route,
    .identify = stacked_identify,
    .get = stacked_get,
};

const struct op op_stack = {
    .abi = SEQFS_OP_ABI,
    .name = "stack",
    .brief = "The items of each list as one array with a new first axis.",
    .manual =
        "Of lists of equal arrays, as batch makes them: [size, ...]; of numbers an array of int64, "
        "float64 or bool. dtype casts them. Arrays that differ in shape are that list's failure. A "
        "list of records becomes a record: each field is stacked by itself, and a file of one "
        "field computes no other; fields of text, and whatever else is no number and no array, "
        "stay lists, each one json file. Images come as files or as arrays: put array before "
        "the lists are made. For tensors of 32 images and their labels: {collate: {image: ..., "
        "label: ...}}, {array: {dtype: float32, layout: chw, scale: unit, on: image}}, {batch: "
        "32}, stack.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct stack),
    .params = stack_params,
    .examples = EXAMPLES(
        {"[{range: 5}, {batch: 2}, stack, {encode: json}]", "[0, 1] [2, 3] [4]"},
        {"[{values: [[1, 2], [3, 4], [5, 6]]}, array, {batch: 3}, {stack: float32}, {encode: "
         "json}]",
         "[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]"},
        {"[{collate: {x: {range: 4}, name: {values: [a, b, c, d]}}}, {batch: 2}, stack, {encode: "
         "json}]",
         "{\"x\": [0, 1], \"name\": [\"a\", \"b\"]} {\"x\": [2, 3], \"name\": [\"c\", \"d\"]}"},
        {"[{values: [[1, 2], [3]]}, array, {batch: 2}, stack]",
         "#0: item 1 is an array of int64 [1], but item 0 is an array of int64 [2]"},
        {"[{files: photo.jpg}, decode, {batch: 2}, stack]",
         "!1:42: stack: each list is of image: put 'array' before the lists are made, only arrays "
         "can be one array"},
        {"[{range: 5}, stack]",
         "!1:14: stack: wanted are lists, as batch makes them, but each element is int"}),
    .open = stack_open,
    .close = stack_close,
    .type = stack_type,
    .route = stack_route,
    .n_parts = stack_n_parts,
    .part = stack_part,
    .field = stack_field,
    .identify = stack_identify,
    .get = stack_get,
};
