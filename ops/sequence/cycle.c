/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cycle: the elements over and over. */
#include "ops/op.h"

struct cycle {
    int64_t len;
};

static int cycle_open(struct seq *s, struct fault *f)
{
    const struct cycle *p = s->params;

    if (s->in[0]->len == 0 && p->len > 0)
        return fault_set(f, EINVAL, "cycle: there are no elements to repeat");
    s->len = (uint64_t)p->len;
    return 0;
}

static void cycle_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i % s->in[0]->len;
}

const struct op op_cycle = {
    .abi = SEQFS_OP_ABI,
    .name = "cycle",
    .brief = "The elements over and over, len of them.",
    .manual = "After the last element comes the first again. With a len below their number, it is "
              "the first of them.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct cycle),
    .params = PARAMS(PARAM(INT, struct cycle, len, .required = true, .main = true, .max = 0x1p63,
                           .brief = "how many elements there are in the end")),
    .examples =
        EXAMPLES({"[{values: [a, b, c]}, {cycle: 7}]", "a b c a b c a"},
                 {"[{values: [a, b, c]}, {cycle: 3000000002}, {gather: [3, 3000000001]}]", "a b"},
                 {"[{range: 3}, {cycle: 2}]", "0 1"},
                 {"[{range: 0}, {cycle: 2}]", "!1:15: cycle: there are no elements to repeat"}),
    .open = cycle_open,
    .route = cycle_route,
};
