/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* switch: one of two sequences, by the elements of a third. */
#include "ops/op.h"

struct switching {
    struct seq *condition, *then, *otherwise;
};

static int choose_by_truth(const struct value *v, uint32_t n, struct fault *f, uint32_t *ret)
{
    enum value_kind kind = value_kind(v);
    bool truth;

    if (kind == VALUE_BOOL)
        truth = value_bool(v);
    else if (kind == VALUE_INT || kind == VALUE_FLOAT)
        truth = value_float(v) != 0;
    else
        return fault_set(f, EINVAL, "the condition is %s, wanted is true or false, or a number",
                         value_kind_name(kind));
    *ret = truth ? 1 : 2;
    return 0;
}

static int switch_open(struct seq *s, struct fault *f)
{
    static const char *const names[] = {"condition", "then", "else"};

    for (uint32_t n = 1; n < s->n_in; n++)
        if (s->in[n]->len != s->len)
            return fault_set_arg(f, EINVAL, names[n], -1,
                                 "switch: '%s' has %" PRIu64 " elements, but 'condition' has "
                                 "%" PRIu64,
                                 names[n], s->in[n]->len, s->len);
    choose_open(s, choose_by_truth);
    return 0;
}

const struct op op_switch = {
    .abi = SEQFS_OP_ABI,
    .name = "switch",
    .brief = "The elements of one sequence where a condition holds, else those of another.",
    .manual = "The elements of `condition` are true or false, or numbers, of which 0 is false; "
              "anything else is a failure of the element. All three sequences must have equally "
              "many elements. Only what is chosen is computed.",
    .kind = OP_SEQUENCE,
    .flags = OP_COMBINES | OP_TRIVIAL,
    .params_size = sizeof(struct switching),
    .params = PARAMS(
        PARAM(SEQ, struct switching, condition, .required = true,
              .brief = "true, false or numbers"),
        PARAM(SEQ, struct switching, then, .required = true, .brief = "elements where it is true"),
        PARAM_AS("else", SEQ, struct switching, otherwise, .required = true,
                 .brief = "elements where it is false")),
    .examples = EXAMPLES(
        {"{switch: {condition: {values: [true, false, 1]}, then: {range: 3}, "
         "else: {values: [a, b, c]}}}",
         "0 b 2"},
        {"{switch: {condition: {values: [true, yes]}, then: {range: 2}, else: {range: 2}}}",
         "#1: the condition is text, wanted is true or false, or a number"},
        {"{switch: {condition: {range: 2}, then: {range: 3}, else: {range: 2}}}",
         "!1:40: switch: 'then' has 3 elements, but 'condition' has 2"}),
    .open = switch_open,
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
