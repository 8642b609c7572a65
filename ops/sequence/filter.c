/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filter: the elements whose attributes fulfil a condition. */
#include "ops/sequence/indices.h"

struct filter {
    const char *where;
};

static int add_those(struct seq *s, const struct expr *where, struct indices *found,
                     struct fault *f)
{
    const struct seq *in = s->in[0];

    for (uint64_t i = 0; i < in->len; i++) {
        bool is_wanted;

        if (expr_test(where, in, i, f, &is_wanted) < 0)
            return fault_set_arg(f, f->err, "where", -1, "filter: element %" PRIu64 ": %s", i,
                                 f->text);
        if (is_wanted && !indices_add(found, i))
            return fault_set_errno(f, ENOMEM, "filter: more than %" PRIu64 " elements", found->len);
    }
    /* To what is used: a table that cannot shrink is as good. */
    indices_resize(found, found->len);
    return 0;
}

static int filter_open(struct seq *s, struct fault *f)
{
    const struct filter *p = s->params;
    OWN(expr_free) struct expr *where = NULL;
    struct indices *found;
    int r;

    if (expr_new(p->where, s->in[0], f, &where) < 0)
        return fault_set_arg(f, f->err, "where", -1, "filter: %s", f->text);
    s->self = found = g_new0(struct indices, 1);
    if (!indices_init(found, s->in[0]->len, 64))
        return fault_set_errno(f, ENOMEM, "filter");
    r = add_those(s, where, found, f);
    s->len = found->len;
    return r;
}

static void filter_close(struct seq *s)
{
    if (s->self)
        indices_finish(s->self);
    g_free(s->self);
}

static void filter_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = indices_at(s->self, i);
}

const struct op op_filter = {
    .abi = SEQFS_OP_ABI,
    .name = "filter",
    .brief = "The elements whose attributes fulfil a condition.",
    .manual =
        "The condition is an expression over attributes: `index`, those of the source (`stem`, "
        "`ext`, `line`...), `value` of what `range` and `values` give, the columns of records: "
        "\"stem matches '^cat' and not (width < 64)\", \"label in ['cat', 'dog']\". Texts stand in "
        "quotes. All elements are looked at when the spec is loaded, and none is computed; 4 bytes "
        "are kept for each that is taken. docs/spec.md tells the language of expressions.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct filter),
    .params = PARAMS(PARAM(STRING, struct filter, where, .required = true, .main = true,
                           .brief = "an expression; elements for which it is true are taken")),
    .examples = EXAMPLES(
        {"[{range: {start: 10, stop: 20}}, {filter: \"value % 4 == 0\"}]", "12 16"},
        {"[{files: \"*.txt\"}, {filter: \"stem in ['a', 'c'] or len(stem) > 3\"}]",
         "alpha gamma one\ntwo\nthree"},
        {"[{values: [one, two, three]}, {filter: {where: \"value matches '^t' and index < 2\"}}]",
         "two"},
        {"[{files: \"*.txt\"}, {filter: \"stme == 'a'\"}]",
         "!1:29: filter: no attribute 'stme'; did you mean 'stem'?"},
        {"[{values: [one, two, three]}, {filter: \"value > (1\"}]",
         "!1:40: filter: ')' is missing at character 11"},
        {"[{values: [one, two, three]}, {filter: \"value + 1 > 2\"}]",
         "!1:40: filter: element 0: '+' wants numbers, but 'value' is 'one'"}),
    .open = filter_open,
    .close = filter_close,
    .route = filter_route,
};
