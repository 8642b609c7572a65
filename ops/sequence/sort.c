/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sort: the elements in the order of what an expression gives for them. */
#include "ops/sequence/indices.h"

#include <stdlib.h>

struct sort {
    const char *by;
    bool reverse;
};

/* An element while it is sorted. */
struct item {
    struct expr_value key; /* its text is owned */
    uint64_t i;
};

/* Equal ones stay as they are, also in reverse. */
static int compare(const void *a, const void *b, void *reverse)
{
    const struct item *x = a, *y = b;
    int order = expr_compare(&x->key, &y->key);

    if (order == 0)
        return x->i < y->i ? -1 : x->i > y->i;
    return *(const bool *)reverse ? -order : order;
}

static void free_items(struct item *items, uint64_t len)
{
    for (uint64_t i = 0; i < len; i++)
        g_free(items[i].key.text);
    g_free(items);
}

static int make_keys(const struct seq *in, const struct expr *by, struct item *items,
                     struct fault *f)
{
    for (uint64_t i = 0; i < in->len; i++) {
        items[i].i = i;
        if (expr_get(by, in, i, f, &items[i].key) < 0)
            return fault_set_arg(f, f->err, "by", -1, "sort: element %" PRIu64 ": %s", i, f->text);
    }
    return 0;
}

static int no_memory(const struct seq *in, struct fault *f)
{
    return fault_set_errno(f, ENOMEM, "sort: %" PRIu64 " elements", in->len);
}

static int sort_elements(const struct seq *in, const struct expr *by, bool reverse,
                         struct indices *ret, struct fault *f)
{
    struct item *items;
    int r;

    if (in->len > SIZE_MAX / sizeof *items)
        return no_memory(in, f);
    items = g_try_new0(struct item, MAX(in->len, 1));
    if (!items || !indices_init(ret, in->len, in->len)) {
        g_free(items);
        return no_memory(in, f);
    }
    r = make_keys(in, by, items, f);
    if (r == 0) {
        qsort_r(items, in->len, sizeof *items, compare, &reverse);
        for (uint64_t i = 0; i < in->len; i++)
            indices_add(ret, items[i].i);
    }
    free_items(items, in->len);
    return r;
}

static int sort_open(struct seq *s, struct fault *f)
{
    const struct sort *p = s->params;
    OWN(expr_free) struct expr *by = NULL;

    if (expr_new(p->by, s->in[0], f, &by) < 0)
        return fault_set_arg(f, f->err, "by", -1, "sort: %s", f->text);
    s->self = g_new0(struct indices, 1);
    return sort_elements(s->in[0], by, p->reverse, s->self, f);
}

static void sort_close(struct seq *s)
{
    if (s->self)
        indices_finish(s->self);
    g_free(s->self);
}

static void sort_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = indices_at(s->self, i);
}

const struct op op_sort = {
    .abi = SEQFS_OP_ABI,
    .name = "sort",
    .brief = "The elements in the order of an attribute, or of what an expression gives.",
    .manual =
        "Null comes before false, true, numbers and texts. Attributes that look like numbers are "
        "compared as such; `text(line)` compares them as texts, byte by byte. Elements that "
        "compare equal stay in the order they had, also in reverse. The keys are made when the "
        "spec is loaded, and no element is computed. docs/spec.md tells the language of "
        "expressions.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct sort),
    .params = PARAMS(
        PARAM(STRING, struct sort, by, .required = true, .main = true, .brief = "an expression"),
        PARAM(BOOL, struct sort, reverse, .fallback = "false",
              .brief = "from the last to the first")),
    .examples = EXAMPLES(
        {"[{values: [one, two, three]}, {sort: value}]", "one three two"},
        {"[{values: [10, 9, 100]}, {sort: value}]", "9 10 100"},
        {"[{values: [10, 9, 100]}, {sort: text(value)}]", "10 100 9"},
        {"[{values: [one, two, three]}, {sort: {by: len(value), reverse: true}}]", "three one two"},
        {"[{files: \"*.txt\"}, {sort: nmae}]",
         "!1:27: sort: no attribute 'nmae'; did you mean 'name'?"}),
    .open = sort_open,
    .close = sort_close,
    .route = sort_route,
};
