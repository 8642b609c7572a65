/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks the tree of an expression for one element. */
#include "ops/base/scan.h"
#include "ops/core/expr_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static int compare(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    const size_t texts = run->texts->len;
    struct expr_operand a, b;
    int r = expr_eval_node(expr_item(n, 0), run, &a);

    if (r == 0)
        r = expr_eval_node(expr_item(n, 1), run, &b);
    if (r == 0)
        *ret = expr_operand_bool(expr_operand_relate(run, &a, &b) & n->accepts);
    g_string_truncate(run->texts, texts);
    return r;
}

static int test_null(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    struct expr_operand v;
    int r = expr_eval_node(expr_item(n, 0), run, &v);

    if (r == 0)
        *ret = expr_operand_bool((expr_operand_resolve(run, &v).kind == EXPR_NULL) != n->negated);
    return r;
}

/* Linear search: lists of expressions are written by hand. */
static int test_among(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    struct expr_operand v, item;
    bool found = false, comparable = true;
    int r = expr_eval_node(expr_item(n, 0), run, &v);

    if (r < 0)
        return r;
    for (guint i = 1; i < n->items->len && !found; i++) {
        unsigned relation;

        r = expr_eval_node(expr_item(n, i), run, &item);
        if (r < 0)
            return r;
        relation = expr_operand_relate(run, &v, &item);
        if (item.kind == EXPR_NULL)
            found = expr_operand_resolve(run, &v).kind == EXPR_NULL;
        else if (relation == 0)
            comparable = false;
        else
            found = relation == EXPR_EQUAL;
    }
    *ret = expr_operand_bool(n->negated ? comparable && !found : found);
    return 0;
}

static int test_match(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *valid = NULL;
    struct expr_operand v, text;
    bool found;
    int r = expr_eval_node(expr_item(n, 0), run, &v);

    if (r < 0)
        return r;
    if (v.kind == EXPR_NULL) {
        *ret = expr_operand_bool(false);
        return 0;
    }
    text = expr_operand_print(run, &v);
    if (!g_utf8_validate_len(expr_operand_text(run, &text), text.len, NULL))
        valid = g_utf8_make_valid(expr_operand_text(run, &text), (gssize)text.len);
    found = g_regex_match_full(n->regex, valid ? valid : expr_operand_text(run, &text), -1, 0, 0,
                               NULL, &error);
    if (error)
        return fault_set(run->fault, EINVAL, "matching '%s': %s", g_regex_get_pattern(n->regex),
                         error->message);
    *ret = expr_operand_bool(found != n->negated);
    return 0;
}

/* all: `and`, which ends with the first that is false; else `or`. */
static int test_each(const struct expr_node *n, struct expr_run *run, bool all,
                     struct expr_operand *ret)
{
    bool result = all;

    for (guint i = 0; i < n->items->len && result == all; i++) {
        const size_t texts = run->texts->len;
        struct expr_operand v;
        int r = expr_eval_node(expr_item(n, i), run, &v);

        if (r < 0)
            return r;
        result = expr_operand_is_true(run, &v);
        g_string_truncate(run->texts, texts);
    }
    *ret = expr_operand_bool(result);
    return 0;
}

static int invert(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    struct expr_operand v;
    int r = expr_eval_node(expr_item(n, 0), run, &v);

    if (r == 0)
        *ret = expr_operand_bool(!expr_operand_is_true(run, &v));
    return r;
}

/* Arithmetic. */

/* n: who wants the number, which is its item i. */
static int get_number(const struct expr_node *n, guint i, struct expr_run *run, double *ret)
{
    const struct expr_node *item = expr_item(n, i);
    struct expr_operand v, seen, text;
    int r = expr_eval_node(item, run, &v);

    if (r < 0)
        return r;
    seen = expr_operand_resolve(run, &v);
    if (seen.kind == EXPR_NUMBER) {
        *ret = seen.x;
        return 0;
    }
    text = expr_operand_print(run, &v);
    if (item->form == EXPR_ATTR)
        return fault_set(run->fault, EINVAL, "'%s' wants numbers, but '%s' is '%.64s'", n->text,
                         item->text, expr_operand_text(run, &text));
    return fault_set(run->fault, EINVAL, "'%s' wants numbers, not '%.64s'", n->text,
                     expr_operand_text(run, &text));
}

/* The remainder of a division that was rounded down: it has the sign of b. */
static double modulo(double a, double b)
{
    double rest = fmod(a, b);

    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

static int calculate(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    double a, b = 0;
    int r = get_number(n, 0, run, &a);

    if (r == 0 && n->items->len > 1)
        r = get_number(n, 1, run, &b);
    if (r < 0)
        return r;
    if (b == 0 && (n->form == EXPR_DIVIDE || n->form == EXPR_MODULO))
        return fault_set(run->fault, EDOM, "'%s' by zero", n->text);
    switch (n->form) {
    case EXPR_ADD:
        a += b;
        break;
    case EXPR_SUBTRACT:
        a -= b;
        break;
    case EXPR_MULTIPLY:
        a *= b;
        break;
    case EXPR_DIVIDE:
        a /= b;
        break;
    case EXPR_MODULO:
        a = modulo(a, b);
        break;
    default:
        a = -a;
    }
    *ret = (struct expr_operand){.kind = EXPR_NUMBER, .x = a};
    return 0;
}

/* Functions. */

/* In characters.  What is no UTF-8 (a file's name may be so) is counted by what begins one. */
static double count_characters(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return (double)n;
}

/* Upper or lower case; what is no UTF-8 keeps the case of its other letters. */
static struct expr_operand change_case(struct expr_run *run, const struct expr_operand *text,
                                       bool up)
{
    const char *old = expr_operand_text(run, text);
    g_autofree char *changed = NULL;
    const size_t at = run->texts->len;

    if (g_str_is_ascii(old) || !g_utf8_validate_len(old, text->len, NULL))
        changed = up ? g_ascii_strup(old, -1) : g_ascii_strdown(old, -1);
    else
        changed = up ? g_utf8_strup(old, -1) : g_utf8_strdown(old, -1);
    g_string_append(run->texts, changed);
    return expr_operand_add(run, at);
}

/* `number`: null for what is none. */
static struct expr_operand to_number(const struct expr_run *run, const struct expr_operand *v)
{
    struct expr_operand number = {.kind = EXPR_NUMBER};

    if (v->kind == EXPR_NUMBER)
        return *v;
    if (v->kind == EXPR_BOOL)
        number.x = v->b;
    else if (!scan_double(expr_operand_text(run, v), &number.x))
        number.kind = EXPR_NULL;
    return number;
}

static bool compare_parts(const struct expr_run *run, enum expr_function function,
                          const struct expr_operand *text, const struct expr_operand *part)
{
    const char *all = expr_operand_text(run, text), *some = expr_operand_text(run, part);

    if (part->len > text->len)
        return false;
    if (function == EXPR_STARTSWITH)
        return memcmp(all, some, part->len) == 0;
    if (function == EXPR_ENDSWITH)
        return memcmp(all + text->len - part->len, some, part->len) == 0;
    return strstr(all, some) != NULL;
}

static int call_numeric(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    double x;
    int r = get_number(n, 0, run, &x);

    if (r == 0)
        *ret = (struct expr_operand){.kind = EXPR_NUMBER,
                                     .x = n->function == EXPR_ABS ? fabs(x) : floor(x)};
    return r;
}

static struct expr_operand call_textual(const struct expr_node *n, struct expr_run *run,
                                        const struct expr_operand *v)
{
    struct expr_operand text = expr_operand_print(run, v);

    if (n->function == EXPR_LEN)
        return (struct expr_operand){
            .kind = EXPR_NUMBER, .x = count_characters(expr_operand_text(run, &text), text.len)};
    if (n->function == EXPR_TEXT_OF)
        return text;
    return change_case(run, &text, n->function == EXPR_UPPER);
}

/* What a function makes of null is null, but for abs and floor, which are arithmetic. */
static int call(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    struct expr_operand v, part = {0};
    int r;

    if (n->function == EXPR_ABS || n->function == EXPR_FLOOR)
        return call_numeric(n, run, ret);
    r = expr_eval_node(expr_item(n, 0), run, &v);
    if (r == 0 && n->items->len > 1)
        r = expr_eval_node(expr_item(n, 1), run, &part);
    if (r < 0)
        return r;
    if (v.kind == EXPR_NULL || (n->items->len > 1 && part.kind == EXPR_NULL)) {
        *ret = (struct expr_operand){.kind = EXPR_NULL};
    } else if (n->items->len > 1) {
        v = expr_operand_print(run, &v);
        part = expr_operand_print(run, &part);
        *ret = expr_operand_bool(compare_parts(run, n->function, &v, &part));
    } else if (n->function == EXPR_NUMBER_OF) {
        *ret = to_number(run, &v);
    } else {
        *ret = call_textual(n, run, &v);
    }
    return 0;
}

static struct expr_operand take_literal(const struct expr_value *v)
{
    return (struct expr_operand){.kind = v->kind,
                                 .b = v->b,
                                 .x = v->x,
                                 .text = v->text,
                                 .len = v->text ? strlen(v->text) : 0};
}

static struct expr_operand take_attr(const struct expr_node *n, struct expr_run *run)
{
    const size_t at = run->texts->len;
    struct expr_operand v = {.kind = EXPR_NULL};

    if (seq_attr(run->s, run->i, n->text, run->texts)) {
        v = expr_operand_add(run, at);
        v.attr = true;
    } else {
        g_string_truncate(run->texts, at);
    }
    return v;
}

int expr_eval_node(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret)
{
    switch (n->form) {
    case EXPR_LITERAL:
        *ret = take_literal(&n->value);
        return 0;
    case EXPR_ATTR:
        *ret = take_attr(n, run);
        return 0;
    case EXPR_OR:
    case EXPR_AND:
        return test_each(n, run, n->form == EXPR_AND, ret);
    case EXPR_NOT:
        return invert(n, run, ret);
    case EXPR_IS_NULL:
        return test_null(n, run, ret);
    case EXPR_COMPARE:
        return compare(n, run, ret);
    case EXPR_AMONG:
        return test_among(n, run, ret);
    case EXPR_MATCHES:
        return test_match(n, run, ret);
    case EXPR_CALL:
        return call(n, run, ret);
    default:
        return calculate(n, run, ret);
    }
}
