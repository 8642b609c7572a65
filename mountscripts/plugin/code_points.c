/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* code_points: a plug-in.  Texts as rows of numbers of one length, as models want them. */
#include "ops/op.h"

#include <string.h>

struct code_points {
    int64_t len;
};

static struct type code_points_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = "i32"};
}

/* Known before any is computed: files have their exact size at once. */
static bool code_points_size(const struct seq *s, uint64_t i, uint64_t *ret)
{
    const struct code_points *p = s->params;

    *ret = (uint64_t)p->len * sizeof(int32_t);
    return true;
}

static int code_points_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct code_points *p = c->params;
    const size_t len = (size_t)p->len;
    g_autofree char *text = NULL;
    int32_t *row;

    if (value_kind(in) != VALUE_TEXT)
        return fault_set(&c->eval->fault, EINVAL, "wanted is text, found was %s",
                         value_kind_name(value_kind(in)));
    row = g_try_new0(int32_t, len);
    if (!row)
        return fault_set_errno(&c->eval->fault, ENOMEM, "a row of %zu numbers", len);
    text = g_strndup(g_bytes_get_data(value_bytes(in), NULL), g_bytes_get_size(value_bytes(in)));
    size_t n = 0;
    for (const char *at = text; *at && n < len; at = g_utf8_next_char(at))
        row[n++] = (int32_t)g_utf8_get_char(at);
    *ret = value_new_bytes(g_bytes_new_take(row, len * sizeof *row));
    return 0;
}

const struct op op_code_points = {
    .abi = SEQFS_OP_ABI,
    .name = "code-points",
    .brief = "The Unicode code points of a text as 32-bit numbers, filled up with zeros.",
    .kind = OP_ELEMENT,
    .params_size = sizeof(struct code_points),
    .params = PARAMS(PARAM(INT, struct code_points, len, .required = true, .min = 1, .max = 1 << 20,
                           .brief = "numbers a row; what is longer is cut off")),
    .type = code_points_type,
    .size = code_points_size,
    .apply = code_points_apply,
};
