/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* epochs: a list of the whole sequence, each time with other random numbers. */
#include "ops/op.h"

struct epochs {
    int64_t n;
};

static int epochs_open(struct seq *s, struct fault *f)
{
    uint64_t *n_parts = g_new(uint64_t, 1); /* of every list; SEQ_ANY: they differ */

    s->self = n_parts;
    s->len = s->n_in;
    *n_parts = s->in[0]->len;
    for (uint32_t i = 0; i < s->n_in; i++) {
        if (s->in[i]->len != *n_parts)
            *n_parts = SEQ_ANY;
        if (s->in[i]->len > SEQ_QUICK_PARTS)
            s->trivial = false;
    }
    return 0;
}

static void epochs_close(struct seq *s)
{
    g_free(s->self);
}

static struct type epochs_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_LIST, .parted = true};
}

static uint64_t epochs_n_parts(const struct seq *s, uint64_t i)
{
    return i == SEQ_ANY ? *(const uint64_t *)s->self : s->in[i]->len;
}

static bool epochs_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                        uint64_t *ret_i)
{
    *ret_s = s->in[i];
    *ret_i = k;
    return true;
}

static int epochs_get(const struct call *c, struct value **ret)
{
    return seq_collect(c->seq, c->eval, c->i, ret);
}

const struct op op_epochs = {
    .abi = SEQFS_OP_ABI,
    .name = "epochs",
    .brief = "A list of the whole sequence n times, each time with other random numbers.",
    .manual =
        "Element i is the list of all elements as they are in epoch i: a folder. Shuffles, chances "
        "and drawn arguments of the steps before differ from epoch to epoch; what is not random "
        "is the same in each. Epoch 0 is what there would be without this step.",
    .kind = OP_SEQUENCE,
    .flags = OP_RESEEDS | OP_TRIVIAL,
    .params_size = sizeof(struct epochs),
    .params = PARAMS(PARAM(INT, struct epochs, n, .required = true, .main = true, .min = 1,
                           .max = 65536, .brief = "how many epochs")),
    .examples = EXAMPLES(
        {"[{range: 4}, shuffle, {epochs: 2}, {encode: json}]", "[2, 0, 3, 1] [2, 3, 1, 0]"},
        {"[{range: 2}, {epochs: 3}]", "0 1 0 1 0 1"},
        {"[{range: 2}, {epochs: 0}]", "!1:23: epochs: argument 'n': 0 is outside of 1..65536"}),
    .open = epochs_open,
    .close = epochs_close,
    .type = epochs_type,
    .n_parts = epochs_n_parts,
    .part = epochs_part,
    .get = epochs_get,
};
