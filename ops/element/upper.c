/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* upper: a text in capital letters. */
#include "ops/op.h"

#include "ops/element/regex.h"

static int upper_open(struct seq *s, struct fault *f)
{
    return text_check(s, TEXT_ALONE, f);
}

static struct type upper_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static int upper_apply(const struct call *c, struct value *in, struct value **ret)
{
    g_autofree char *text = NULL;
    int r = text_of(in, TEXT_ALONE, &c->eval->fault, &text);

    if (r == 0)
        *ret = text_value(g_utf8_strup(text, -1));
    return r;
}

static void upper_identify(const struct call *c, struct digest *d)
{
    regex_identify(d);
}

const struct op op_upper = {
    .abi = SEQFS_OP_ABI,
    .name = "upper",
    .brief = "Text in capital letters.",
    .manual = "All of Unicode's letters; some become two, as the German sharp s does. Bytes are "
              "taken if they are UTF-8, without the newline at their end.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .examples = EXAMPLES(
        {"[{values: [one, Straße]}, upper]", "ONE STRASSE"}, {"[{files: a.txt}, upper]", "ALPHA"},
        {"[{range: 3}, upper]", "!1:14: upper: wanted is text, but each element is int"}),
    .open = upper_open,
    .type = upper_type,
    .identify = upper_identify,
    .apply = upper_apply,
};
