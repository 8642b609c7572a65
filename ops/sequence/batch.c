/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* batch: lists of so many elements each. */
#include "ops/op.h"

struct batch {
    int64_t size;
    bool drop_last;
    const struct node *pad;
};

/* Lifetime: the sequence's. */
struct batches {
    uint64_t size;
    struct value *pad;  /* owned; NULL = the last list is not filled up */
    struct seq padding; /* one element, the pad; no step of its own */
};

static struct type padding_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = value_kind(((const struct batches *)s->self)->pad)};
}

static int padding_get(const struct call *c, struct value **ret)
{
    *ret = value_ref(((const struct batches *)c->seq->self)->pad);
    return 0;
}

static const struct op padding = {
    .abi = SEQFS_OP_ABI,
    .name = "pad",
    .kind = OP_SOURCE,
    .flags = OP_TRIVIAL,
    .type = padding_type,
    .get = padding_get,
};

static void make_padding(struct seq *s, struct batches *b, const struct node *pad)
{
    b->pad = literal_value(pad);
    b->padding = *s;
    b->padding.op = &padding;
    b->padding.self = b;
    b->padding.in = NULL;
    b->padding.n_in = 0;
    b->padding.len = 1;
    b->padding.trivial = true;
}

static int batch_open(struct seq *s, struct fault *f)
{
    const struct batch *p = s->params;
    uint64_t size = (uint64_t)p->size, rest = s->len % size;
    struct batches *b;

    if (p->drop_last && p->pad)
        return fault_set_arg(f, EINVAL, "pad", FAULT_KEY,
                             "batch: 'pad' fills the last list up, 'drop_last' leaves it out: "
                             "wanted is one of them");
    s->self = b = g_new0(struct batches, 1);
    b->size = size;
    if (p->pad && rest > 0)
        make_padding(s, b, p->pad);
    s->trivial = s->trivial && (b->pad ? size : MIN(size, s->len)) <= SEQ_QUICK_PARTS;
    s->len = s->len / size + (rest > 0 && !p->drop_last);
    return 0;
}

static void batch_close(struct seq *s)
{
    struct batches *b = s->self;

    if (b)
        value_unref(b->pad);
    g_free(b);
}

static struct type batch_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_LIST, .parted = true};
}

static uint64_t batch_n_parts(const struct seq *s, uint64_t i)
{
    const struct batches *b = s->self;

    return i == SEQ_ANY || b->pad ? b->size : MIN(b->size, s->in[0]->len - i * b->size);
}

static bool batch_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                       uint64_t *ret_i)
{
    const struct batches *b = s->self;
    uint64_t first = i * b->size, left = s->in[0]->len - first;

    *ret_s = k < left ? s->in[0] : &b->padding;
    *ret_i = k < left ? first + k : 0;
    return true;
}

static struct type batch_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct batches *b = s->self;
    const struct seq *in;
    uint64_t j;

    if (i != SEQ_ANY) {
        batch_part(s, i, k, &in, &j);
        return seq_type(in, j);
    }
    if (!b->pad)
        return seq_type(s->in[0], SEQ_ANY);
    return type_common(seq_type(s->in[0], SEQ_ANY), padding_type(&b->padding, 0));
}

static int batch_get(const struct call *c, struct value **ret)
{
    return seq_collect(c->seq, c->eval, c->i, ret);
}

const struct op op_batch = {
    .abi = SEQFS_OP_ABI,
    .name = "batch",
    .brief = "Lists of so many elements each.",
    .manual =
        "The last list is shorter where the elements do not come out even, unless `pad` fills it "
        "up with a value, written as in `values`, or `drop_last` leaves it out. Each list is a "
        "folder; a file in it is computed alone. `encode: json` makes one file of a list.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct batch),
    .params = PARAMS(PARAM(INT, struct batch, size, .required = true, .main = true, .min = 1,
                           .max = 9.3e18, .brief = "elements of a list"),
                     PARAM(BOOL, struct batch, drop_last, .fallback = "false",
                           .brief = "whether a last list that is shorter is left out"),
                     PARAM(NODE, struct batch, pad,
                           .brief = "a value that fills up the last list if it is shorter")),
    .examples = EXAMPLES(
        {"[{range: 5}, {batch: 2}, {encode: json}]", "[0, 1] [2, 3] [4]"},
        {"[{range: 25}, {batch: {size: 4, pad: -1}}, {slice: \"-2:\"}, {encode: json}]",
         "[20, 21, 22, 23] [24, -1, -1, -1]"},
        {"[{range: 4}, {batch: {size: 2, pad: -1}}, {encode: json}]", "[0, 1] [2, 3]"},
        {"[{range: 5}, {batch: {size: 2, drop_last: true}}, {encode: json}]", "[0, 1] [2, 3]"},
        {"[{range: 5}, {batch: 2}]", "0 1 2 3 4"},
        {"[{range: 5}, {batch: 0}]", "!1:22: batch: argument 'size': 0 is less than 1"},
        {"[{range: 5}, {batch: {size: 2, drop_last: true, pad: 0}}]",
         "!1:49: batch: 'pad' fills the last list up, 'drop_last' leaves it out: wanted is one of "
         "them"}),
    .open = batch_open,
    .close = batch_close,
    .type = batch_type,
    .n_parts = batch_n_parts,
    .part = batch_part,
    .part_type = batch_part_type,
    .get = batch_get,
};
