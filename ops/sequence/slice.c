/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* slice: a stretch of a sequence, by Python's rules. */
#include "ops/op.h"

#include <string.h>

struct slice {
    const char *range;
};

static int slice_open(struct seq *s, struct fault *f)
{
    const char *text = ((const struct slice *)s->params)->range;
    struct stretch *self;

    if (s->len > INT64_MAX)
        return fault_set(f, EOVERFLOW, "slice: %" PRIu64 " elements are too many", s->len);
    s->self = self = g_new0(struct stretch, 1);
    if (stretch_parse(text, s->len, f, self) < 0)
        return fault_set_arg(f, f->err, "range", -1, "slice: %s%s", f->text,
                             strchr(text, ':') ? "" : ", or gather for one element");
    s->len = self->len;
    return 0;
}

static void slice_close(struct seq *s)
{
    g_free(s->self);
}

static void slice_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct stretch *self = s->self;

    *ret_in = 0;
    *ret_i = self->start + i * self->step;
}

static bool slice_where(const struct seq *s, uint64_t j, uint64_t *ret_i)
{
    return stretch_find(s->self, j, ret_i);
}

const struct op op_slice = {
    .abi = SEQFS_OP_ABI,
    .name = "slice",
    .brief = "A stretch of the elements, \"from:to:step\" as in Python.",
    .manual = "Positions count from 0, negative ones from the end; what is left out is the "
              "beginning, the end and 1. `slice: \"::-1\"` turns the order round. A stretch that "
              "reaches beyond the elements takes those that are there.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct slice),
    .params = PARAMS(PARAM(STRING, struct slice, range, .required = true, .main = true,
                           .brief = "from:to or from:to:step; to is not included")),
    .examples = EXAMPLES(
        {"[{range: 5}, {slice: \"1:4\"}]", "1 2 3"}, {"[{range: 5}, {slice: \"-2:\"}]", "3 4"},
        {"[{range: 5}, {slice: \"::-2\"}]", "4 2 0"},
        {"[{range: 5}, {slice: \"1\"}]",
         "!1:22: slice: '1' is no stretch; wanted is \"from:to\" or \"from:to:step\", or "
         "gather for one element"}),
    .open = slice_open,
    .close = slice_close,
    .route = slice_route,
    .where = slice_where,
};
