/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* repeat: one value, times over. */
#include "ops/op.h"

struct repeat {
    const struct node *value;
    int64_t times;
};

static int repeat_open(struct seq *s, struct fault *f)
{
    const struct repeat *p = s->params;

    s->self = literal_value(p->value);
    s->len = (uint64_t)p->times;
    return 0;
}

static void repeat_close(struct seq *s)
{
    value_unref(s->self);
}

static bool has_parts(const struct value *v)
{
    return value_kind(v) == VALUE_LIST || value_kind(v) == VALUE_RECORD;
}

static struct type repeat_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = value_kind(s->self), .parted = has_parts(s->self)};
}

static uint64_t repeat_n_parts(const struct seq *s, uint64_t i)
{
    return has_parts(s->self) ? value_len(s->self) : 0;
}

static const char *repeat_field(const struct seq *s, uint64_t k)
{
    return value_name(s->self, (uint32_t)k);
}

/* The parts of a part come with it. */
static struct type type_of(const struct value *v)
{
    return (struct type){.known = true, .kind = value_kind(v)};
}

static struct type repeat_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    uint32_t n = value_len(s->self);
    struct type t;

    if (i != SEQ_ANY || value_kind(s->self) == VALUE_RECORD)
        return type_of(value_item(s->self, (uint32_t)k));
    t = n > 0 ? type_of(value_item(s->self, 0)) : (struct type){0};
    for (uint32_t j = 1; j < n; j++)
        t = type_common(t, type_of(value_item(s->self, j)));
    return t;
}

static int repeat_get(const struct call *c, struct value **ret)
{
    *ret = value_ref(c->seq->self);
    return 0;
}

const struct op op_repeat = {
    .abi = SEQFS_OP_ABI,
    .name = "repeat",
    .brief = "One value, times over.",
    .manual =
        "Numbers, true, false and null are what YAML 1.2 takes them for; everything else and what "
        "stands in quotes is text. Lists stay lists, mappings become records.",
    .kind = OP_SOURCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct repeat),
    .params = PARAMS(PARAM(NODE, struct repeat, value, .required = true, .brief = "the value"),
                     PARAM(INT, struct repeat, times, .required = true, .max = 0x1p63,
                           .brief = "how many elements there are")),
    .examples = EXAMPLES(
        {"{repeat: {value: 3, times: 10}}", "3 3 3 3 3 3 3 3 3 3"},
        {"{repeat: {value: once, times: 1}}", "once"},
        {"[{repeat: {value: [1, two], times: 2}}, {encode: json}]", "[1, \"two\"] [1, \"two\"]"},
        {"{repeat: {value: 3}}", "!1:2: repeat: argument 'times' is missing: int from 0"}),
    .open = repeat_open,
    .close = repeat_close,
    .type = repeat_type,
    .n_parts = repeat_n_parts,
    .field = repeat_field,
    .part_type = repeat_part_type,
    .get = repeat_get,
};
