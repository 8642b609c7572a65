/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* case: one of many sequences, by the elements of another. */
#include "ops/op.h"

struct casing {
    struct seq *selector;
    struct seqs of;
};

static int choose_by_number(const struct value *v, uint32_t n, struct fault *f, uint32_t *ret)
{
    int64_t number;

    if (value_kind(v) != VALUE_INT)
        return fault_set(f, EINVAL, "the selector is %s, wanted is a whole number",
                         value_kind_name(value_kind(v)));
    number = value_int(v);
    if (number < 0 || number >= n)
        return fault_set(f, ERANGE, "the selector is %" PRId64 ", wanted is one of 0..%u", number,
                         n - 1);
    *ret = (uint32_t)number + 1;
    return 0;
}

static int case_open(struct seq *s, struct fault *f)
{
    if (s->n_in < 2)
        return fault_set_arg(f, EINVAL, "of", -1, "case: there is nothing to select from");
    for (uint32_t n = 1; n < s->n_in; n++)
        if (s->in[n]->len != s->len)
            return fault_set_arg(f, EINVAL, "of", (int)n - 1,
                                 "case: sequence %u of 'of' has %" PRIu64 " elements, but "
                                 "'selector' has %" PRIu64,
                                 n - 1, s->in[n]->len, s->len);
    choose_open(s, choose_by_number);
    return 0;
}

const struct op op_case = {
    .abi = SEQFS_OP_ABI,
    .name = "case",
    .brief = "For each element, that of the sequence that a number selects.",
    .manual = "The elements of `selector` are whole numbers that count the sequences of `of` from "
              "0; anything else is a failure of the element. All sequences must have equally many "
              "elements. Only what is selected is computed.",
    .kind = OP_SEQUENCE,
    .flags = OP_COMBINES | OP_TRIVIAL,
    .params_size = sizeof(struct casing),
    .params = PARAMS(
        PARAM(SEQ, struct casing, selector, .required = true, .brief = "which sequence, from 0"),
        PARAM(SEQS, struct casing, of, .required = true, .brief = "the sequences to select from")),
    .examples = EXAMPLES({"{case: {selector: {values: [2, 0, 1]}, "
                          "of: [{range: 3}, {values: [a, b, c]}, {values: [x, y, z]}]}}",
                          "x 1 c"},
                         {"{case: {selector: {values: [0, 1]}, of: [{range: 2}]}}",
                          "#1: the selector is 1, wanted is one of 0..0"},
                         {"{case: {selector: {range: 2}, of: [{range: 2}, {range: 3}]}}",
                          "!1:48: case: sequence 1 of 'of' has 3 elements, but 'selector' has 2"}),
    .open = case_open,
    .close = choose_close,
    .type = choose_type,
    .route = choose_route,
    .n_parts = choose_n_parts,
    .part = choose_part,
    .field = choose_field,
    .part_type = choose_part_type,
    .extent = choose_extent,
    .identify = choose_identify,
    .get = choose_get,
};
