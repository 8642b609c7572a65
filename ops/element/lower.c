/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lower: a text in small letters. */
#include "ops/op.h"

#include "ops/element/regex.h"

static int lower_open(struct seq *s, struct fault *f)
{
    return text_check(s, TEXT_ALONE, f);
}

static struct type lower_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static int lower_apply(const struct call *c, struct value *in, struct value **ret)
{
    g_autofree char *text = NULL;
    int r = text_of(in, TEXT_ALONE, &c->eval->fault, &text);

    if (r == 0)
        *ret = text_value(g_utf8_strdown(text, -1));
    return r;
}

static void lower_identify(const struct call *c, struct digest *d)
{
    regex_identify(d);
}

const struct op op_lower = {
    .abi = SEQFS_OP_ABI,
    .name = "lower",
    .brief = "Text in small letters.",
    .manual = "All of Unicode's letters. Bytes are "
              "taken if they are UTF-8, without the newline at their end.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .examples = EXAMPLES(
        {"[{values: [ONE, Größe]}, lower]", "one größe"}, {"[{files: a.txt}, lower]", "alpha"},
        {"[{range: 3}, lower]", "!1:14: lower: wanted is text, but each element is int"}),
    .open = lower_open,
    .type = lower_type,
    .identify = lower_identify,
    .apply = lower_apply,
};
