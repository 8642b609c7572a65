/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* concatenate: one sequence after the other. */
#include "ops/op.h"

struct concatenate {
    struct seqs of;
};

/* Lifetime: the sequence's. */
struct joined {
    struct type type; /* of all */
    uint64_t ends[];  /* one an input: the index behind its last element */
};

static int concatenate_open(struct seq *s, struct fault *f)
{
    struct joined *self = g_malloc0(sizeof *self + s->n_in * sizeof self->ends[0]);
    bool any = false;

    s->self = self;
    s->len = 0;
    for (uint32_t i = 0; i < s->n_in; i++) {
        const struct seq *in = s->in[i];

        if (in->len > INT64_MAX - s->len)
            return fault_set_arg(f, EOVERFLOW, "of", (int)i,
                                 "concatenate: more than %" PRId64 " elements", INT64_MAX);
        self->ends[i] = s->len += in->len;
        if (in->len == 0)
            continue;
        self->type = any ? type_common(self->type, seq_type(in, SEQ_ANY)) : seq_type(in, SEQ_ANY);
        any = true;
    }
    return 0;
}

static void concatenate_close(struct seq *s)
{
    g_free(s->self);
}

static void concatenate_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct joined *self = s->self;
    uint32_t low = 0, high = s->n_in - 1; /* the first end behind i is among low..high */

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (self->ends[mid] > i)
            high = mid;
        else
            low = mid + 1;
    }
    *ret_in = low;
    *ret_i = i - (low > 0 ? self->ends[low - 1] : 0);
}

static struct type concatenate_type(const struct seq *s, uint64_t i)
{
    const struct seq *in;
    uint64_t k;

    if (i == SEQ_ANY)
        return ((const struct joined *)s->self)->type;
    seq_route(s, i, &in, &k);
    return seq_type(in, k);
}

const struct op op_concatenate = {
    .abi = SEQFS_OP_ABI,
    .name = "concatenate",
    .brief = "The elements of several sequences, one sequence after the other.",
    .kind = OP_SEQUENCE,
    .flags = OP_COMBINES,
    .params_size = sizeof(struct concatenate),
    .params = PARAMS(PARAM(SEQS, struct concatenate, of, .required = true, .main = true,
                           .brief = "the sequences: names, steps or lists of steps")),
    .examples = EXAMPLES(
        {"{concatenate: [{range: 3}, {values: [a, b]}]}", "0 1 2 a b"},
        {"{concatenate: [{range: 2}, {range: 0}, {range: 2}]}", "0 1 0 1"},
        {"{concatenate: 3}", "!1:15: concatenate: argument 'of' is '3', wanted: list of sequence"}),
    .open = concatenate_open,
    .close = concatenate_close,
    .type = concatenate_type,
    .route = concatenate_route,
};
