/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* range: evenly spaced whole numbers. */
#include "ops/op.h"

struct range {
    int64_t start, stop, step;
};

/* Differences of int64_t need one bit more, which unsigned arithmetic has. */
static uint64_t range_len(const struct range *p)
{
    if (p->step > 0)
        return p->start < p->stop
                   ? ((uint64_t)p->stop - (uint64_t)p->start - 1) / (uint64_t)p->step + 1
                   : 0;
    return p->start > p->stop
               ? ((uint64_t)p->start - (uint64_t)p->stop - 1) / (0 - (uint64_t)p->step) + 1
               : 0;
}

static int range_open(struct seq *s, struct fault *f)
{
    const struct range *p = s->params;

    if (p->step == 0)
        return fault_set_arg(
            f, EINVAL, "step", -1,
            "range: argument 'step' is 0; wanted is how far it is to the next number");
    s->len = range_len(p);
    if (s->len > INT64_MAX)
        return fault_set_arg(f, EOVERFLOW, "stop", -1, "range: %" PRIu64 " elements are too many",
                             s->len);
    return 0;
}

static struct type range_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_INT};
}

static int range_get(const struct call *c, struct value **ret)
{
    const struct range *p = c->params;

    *ret = value_new_int((int64_t)((uint64_t)p->start + c->i * (uint64_t)p->step));
    return 0;
}

const struct op op_range = {
    .abi = SEQFS_OP_ABI,
    .name = "range",
    .brief = "Whole numbers from start, by step, up to but not including stop.",
    .manual =
        "As in Python: `range: 5` is 0 1 2 3 4, and `range: {start: 10, stop: 0, step: -5}` is "
        "10 5. A range that goes nowhere is empty.",
    .kind = OP_SOURCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct range),
    .params = PARAMS(PARAM(INT, struct range, stop, .required = true, .main = true,
                           .brief = "where to stop, itself not included"),
                     PARAM(INT, struct range, start, .fallback = "0", .brief = "the first number"),
                     PARAM(INT, struct range, step, .fallback = "1",
                           .brief = "from one number to the next; not 0")),
    .examples =
        EXAMPLES({"{range: 5}", "0 1 2 3 4"}, {"{range: {start: 10, stop: 0, step: -5}}", "10 5"},
                 {"{range: {start: 3, stop: 3}}", ""},
                 {"{range: {stop: 5, step: 0}}",
                  "!1:25: range: argument 'step' is 0; wanted is how far it is to the next "
                  "number"},
                 {"{range: 2.5}", "!1:9: range: argument 'stop': '2.5' is no whole number"}),
    .open = range_open,
    .type = range_type,
    .get = range_get,
};
