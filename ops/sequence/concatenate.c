/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* concatenate: one sequence after the other. */
#include "ops/op.h"

struct concatenate {
    struct seqs of;
};

/* self: a number an input, the index behind its last element. */
static int concatenate_open(struct seq *s, struct fault *f)
{
    uint64_t *ends = g_new0(uint64_t, s->n_in);

    s->self = ends;
    s->len = 0;
    for (uint32_t i = 0; i < s->n_in; i++) {
        const struct seq *in = s->in[i];

        if (in->len > INT64_MAX - s->len)
            return fault_set_arg(f, EOVERFLOW, "of", (int)i,
                                 "concatenate: more than %" PRId64 " elements", INT64_MAX);
        ends[i] = s->len += in->len;
    }
    return 0;
}

static void concatenate_close(struct seq *s)
{
    g_free(s->self);
}

static void concatenate_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const uint64_t *ends = s->self;
    uint32_t low = 0, high = s->n_in - 1; /* the first end behind i is among low..high */

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;

        if (ends[mid] > i)
            high = mid;
        else
            low = mid + 1;
    }
    *ret_in = low;
    *ret_i = i - (low > 0 ? ends[low - 1] : 0);
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
    .route = concatenate_route,
};
