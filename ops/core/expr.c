/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An expression: its tree, and what it gives for an element. */
#include "ops/core/expr.h"

#include "ops/core/expr_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct expr {
    GPtrArray *nodes; /* struct expr_node, owned */
    const struct expr_node *root;
};

static void node_free(void *node)
{
    struct expr_node *n = node;

    g_free(n->value.text);
    g_free(n->text);
    if (n->regex)
        g_regex_unref(n->regex);
    if (n->items)
        g_ptr_array_unref(n->items);
    g_free(n);
}

int expr_new(const char *text, const struct seq *s, struct fault *f, struct expr **ret)
{
    OWN(expr_free) struct expr *x = g_new0(struct expr, 1);
    int r;

    x->nodes = g_ptr_array_new_with_free_func(node_free);
    r = expr_parse_text(text, s, x->nodes, f, &x->root);
    if (r == 0)
        *ret = g_steal_pointer(&x);
    return r;
}

void expr_free(struct expr *x)
{
    if (!x)
        return;
    if (x->nodes)
        g_ptr_array_unref(x->nodes);
    g_free(x);
}

int expr_get(const struct expr *x, const struct seq *s, uint64_t i, struct fault *f,
             struct expr_value *ret)
{
    g_autoptr(GString) texts = g_string_sized_new(128);
    struct expr_run run = {.s = s, .i = i, .fault = f, .texts = texts};
    struct expr_operand v;
    char *text = NULL;
    int r = expr_eval_node(x->root, &run, &v);

    if (r < 0)
        return r;
    v = expr_operand_resolve(&run, &v);
    if (v.kind == EXPR_TEXT) {
        text = g_try_malloc(v.len + 1);
        if (!text)
            return fault_set_errno(f, ENOMEM, "a text of %zu bytes", v.len);
        memcpy(text, expr_operand_text(&run, &v), v.len + 1);
    }
    *ret = (struct expr_value){.kind = v.kind, .b = v.b, .x = v.x, .text = text};
    return 0;
}

int expr_test(const struct expr *x, const struct seq *s, uint64_t i, struct fault *f, bool *ret)
{
    g_autoptr(GString) texts = g_string_sized_new(128);
    struct expr_run run = {.s = s, .i = i, .fault = f, .texts = texts};
    struct expr_operand v;
    int r = expr_eval_node(x->root, &run, &v);

    if (r == 0)
        *ret = expr_operand_is_true(&run, &v);
    return r;
}

int expr_compare(const struct expr_value *a, const struct expr_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    switch (a->kind) {
    case EXPR_BOOL:
        return a->b - b->b;
    case EXPR_NUMBER:
        if (isnan(a->x) || isnan(b->x))
            return isnan(b->x) - isnan(a->x);
        return (a->x > b->x) - (a->x < b->x);
    case EXPR_TEXT:
        return strcmp(a->text, b->text);
    default:
        return 0;
    }
}
