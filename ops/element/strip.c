/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* strip: a text without what surrounds it. */
#include "ops/op.h"

#include <string.h>

struct strip {
    const char *characters;
};

static int strip_open(struct seq *s, struct fault *f)
{
    return text_check(s, TEXT_ALONE, f);
}

static struct type strip_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static bool is_one_of(const char *at, const char *characters)
{
    return g_utf8_strchr(characters, -1, g_utf8_get_char(at));
}

static char *strip_these(const char *text, const char *characters)
{
    const char *start = text, *end = text + strlen(text);

    while (*start && is_one_of(start, characters))
        start = g_utf8_next_char(start);
    while (end > start && is_one_of(g_utf8_prev_char(end), characters))
        end = g_utf8_prev_char(end);
    return g_strndup(start, (gsize)(end - start));
}

static int strip_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct strip *p = c->params;
    g_autofree char *text = NULL;
    int r = text_of(in, TEXT_ALONE, &c->eval->fault, &text);

    if (r < 0)
        return r;
    if (p->characters)
        *ret = text_value(strip_these(text, p->characters));
    else
        *ret = text_value(text_strip(g_steal_pointer(&text)));
    return 0;
}

const struct op op_strip = {
    .abi = SEQFS_OP_ABI,
    .name = "strip",
    .brief = "Text without white space around it.",
    .manual = "Or without any of the characters that are given. What is within the text stays. "
              "Bytes are taken if they are UTF-8.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct strip),
    .params = PARAMS(PARAM(STRING, struct strip, characters, .main = true,
                           .brief = "what is removed from both ends; white space if not given")),
    .examples =
        EXAMPLES({"[{values: [' one ', two]}, strip]", "one two"},
                 {"[{values: ['--one--', '[two]']}, {strip: '-[]'}]", "one two"},
                 {"[{range: 3}, strip]", "!1:14: strip: wanted is text, but each element is int"}),
    .open = strip_open,
    .type = strip_type,
    .apply = strip_apply,
};
