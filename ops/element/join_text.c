/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* join_text: a list of scalars to one text. */
#include "ops/op.h"

#include <string.h>

#define MAX_TEXT ((size_t)1 << 30) /* bytes of a result */

struct join_text {
    const char *separator;
};

static int join_text_open(struct seq *s, struct fault *f)
{
    const struct type in = seq_type(s->in[0], SEQ_ANY);
    const bool parted = in.known && in.kind == VALUE_LIST && in.parted;
    const struct type part = parted ? seq_part_type(s->in[0], SEQ_ANY, 0) : (struct type){0};

    if (in.known && in.kind != VALUE_LIST)
        return fault_set(f, EINVAL, "join_text: wanted is a list, but each element is %s",
                         value_kind_name(in.kind));
    if (part.known && part.kind > VALUE_BYTES)
        return fault_set(f, EINVAL,
                         "join_text: wanted are lists of text or numbers, but these "
                         "are of %s",
                         value_kind_name(part.kind));
    return 0;
}

static struct type join_text_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static int add(const struct value *item, uint32_t k, struct fault *f, GString *ret)
{
    g_autofree char *text = NULL;
    const enum value_kind kind = value_kind(item);
    int r;

    if (kind > VALUE_BYTES)
        return fault_set(f, EINVAL, "item %u of the list is %s, wanted is text or a number", k,
                         value_kind_name(kind));
    r = text_of(item, TEXT_SCALARS, f, &text);
    if (r < 0)
        return r;
    if (strlen(text) > MAX_TEXT - ret->len)
        return fault_set(f, EFBIG, "the text becomes longer than %zu bytes", MAX_TEXT);
    g_string_append(ret, text);
    return 0;
}

static int join_text_apply(const struct call *c, struct value *in, struct value **ret)
{
    const char *separator = ((const struct join_text *)c->params)->separator;
    struct fault *f = &c->eval->fault;
    g_autoptr(GString) text = NULL;
    int r = 0;

    if (value_kind(in) != VALUE_LIST)
        return fault_set(f, EINVAL, "the element is %s, wanted is a list",
                         value_kind_name(value_kind(in)));
    text = g_string_new(NULL);
    for (uint32_t k = 0; k < value_len(in) && r == 0; k++) {
        if (k > 0)
            g_string_append(text, separator);
        if (text->len > MAX_TEXT)
            return fault_set(f, EFBIG, "the text becomes longer than %zu bytes", MAX_TEXT);
        r = add(value_item(in, k), k, f, text);
    }
    if (r == 0)
        *ret = value_new_text_bytes(g_string_free_to_bytes(g_steal_pointer(&text)));
    return r;
}

const struct op op_join_text = {
    .abi = SEQFS_OP_ABI,
    .name = "join_text",
    .brief = "A list of texts and numbers to one text.",
    .manual = "What is no text stands there as it reads in a file. `split_text` is the way back.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct join_text),
    .params = PARAMS(PARAM(STRING, struct join_text, separator, .main = true, .fallback = "",
                           .brief = "what stands between them")),
    .examples = EXAMPLES({"[{values: [[1, two, 3.5]]}, {join_text: ', '}]", "1, two, 3.5"},
                         {"[{range: 6}, {batch: 3}, {join_text: '-'}]", "0-1-2 3-4-5"},
                         {"[{values: [[1, [2]]]}, join_text]",
                          "#0: item 1 of the list is list, wanted is text or a number"},
                         {"[{range: 3}, {join_text: '-'}]",
                          "!1:15: join_text: wanted is a list, but each element is int"}),
    .open = join_text_open,
    .type = join_text_type,
    .apply = join_text_apply,
};
