/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flatten: the parts of lists or records, end to end. */
#include "ops/op.h"

struct flatten {
    int64_t what; /* enum value_kind */
};

static int flatten_open(struct seq *s, struct fault *f)
{
    const struct flatten *p = s->params;
    struct parts *parts; /* the plan looks for them in self, and for nothing else */

    if (parts_new(s->in[0], (enum value_kind)p->what, f, &parts) < 0)
        return fault_set_arg(f, f->err, NULL, -1, "flatten: %s", f->text);
    s->self = parts;
    s->len = parts_len(parts);
    return 0;
}

static void flatten_close(struct seq *s)
{
    parts_free(s->self);
}

static struct type flatten_type(const struct seq *s, uint64_t i)
{
    return parts_type(s->self, i);
}

static bool flatten_reach(const struct seq *s, uint64_t i, const struct seq **ret_s,
                          uint64_t *ret_i)
{
    return parts_reach(s->self, i, ret_s, ret_i);
}

static void flatten_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    uint64_t part;

    *ret_in = 0;
    parts_find(s->self, i, ret_i, &part);
}

static uint64_t flatten_n_parts(const struct seq *s, uint64_t i)
{
    return parts_n_parts(s->self, i);
}

static bool flatten_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                         uint64_t *ret_i)
{
    return parts_part(s->self, i, k, ret_s, ret_i);
}

static const char *flatten_field(const struct seq *s, uint64_t k)
{
    return parts_field(s->self, k);
}

static struct type flatten_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    return parts_part_type(s->self, i, k);
}

static int flatten_get(const struct call *c, struct value **ret)
{
    return parts_get(c->seq->self, c->eval, c->i, ret);
}

static const struct param_choice kinds[] = {{"lists", VALUE_LIST}, {"records", VALUE_RECORD}, {0}};

static void flatten_identify(const struct call *c, struct digest *d)
{
    parts_identify(c->seq->self, c, d);
}

const struct op op_flatten = {
    .abi = SEQFS_OP_ABI,
    .name = "flatten",
    .brief = "The items of lists, or the fields of records, end to end.",
    .manual =
        "One level is taken away: lists within lists stay lists. Elements that are no lists "
        "(or records) stay as they are, and so do those whose items are not known before they "
        "were computed, such as what a program gives: `unbatch` takes these apart.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL | OP_SPREADS,
    .params_size = sizeof(struct flatten),
    .params = PARAMS(PARAM(CHOICE, struct flatten, what, .main = true, .fallback = "lists",
                           .choices = kinds, .brief = "what is taken apart")),
    .examples = EXAMPLES(
        {"[{values: [[1, 2], [], 3, [[4, 5]]]}, flatten, {encode: json}]", "1 2 3 [4, 5]"},
        {"[{range: 7}, {batch: 3}, flatten, {slice: \"2:5\"}]", "2 3 4"},
        {"[{collate: {a: {range: 2}, b: {values: [x, y]}}}, {flatten: records}]", "0 x 1 y"},
        {"[{range: 3}, {flatten: list}]",
         "!1:24: flatten: argument 'what': no value 'list', there are lists, "
         "records; did you mean 'lists'?"}),
    .open = flatten_open,
    .close = flatten_close,
    .type = flatten_type,
    .route = flatten_route,
    .reach = flatten_reach,
    .n_parts = flatten_n_parts,
    .part = flatten_part,
    .field = flatten_field,
    .part_type = flatten_part_type,
    .identify = flatten_identify,
    .get = flatten_get,
};
