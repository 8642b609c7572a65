/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values on their way through an expression: what an attribute looks like, and how two compare. */
#include "ops/base/scan.h"
#include "ops/core/expr_parts.h"

#include <math.h>
#include <string.h>

static bool reads(const struct expr_run *run, const struct expr_operand *v, const char *word)
{
    return v->len == strlen(word) && strcmp(expr_operand_text(run, v), word) == 0;
}

struct expr_operand expr_operand_add(struct expr_run *run, size_t at)
{
    struct expr_operand v = {.kind = EXPR_TEXT, .at = at, .len = run->texts->len - at};

    g_string_append_c(run->texts, '\0');
    return v;
}

struct expr_operand expr_operand_resolve(const struct expr_run *run, const struct expr_operand *v)
{
    struct expr_operand seen = {.kind = EXPR_NUMBER};

    if (!v->attr)
        return *v;
    if (scan_double(expr_operand_text(run, v), &seen.x))
        return seen;
    if (reads(run, v, "null"))
        return (struct expr_operand){.kind = EXPR_NULL};
    if (reads(run, v, "true") || reads(run, v, "false"))
        return expr_operand_bool(v->len == strlen("true"));
    seen = *v;
    seen.attr = false;
    return seen;
}

bool expr_operand_is_true(const struct expr_run *run, const struct expr_operand *v)
{
    struct expr_operand seen = expr_operand_resolve(run, v);

    switch (seen.kind) {
    case EXPR_BOOL:
        return seen.b;
    case EXPR_NUMBER:
        return seen.x != 0;
    case EXPR_TEXT:
        return seen.len > 0;
    default:
        return false;
    }
}

/* Whole numbers have no fraction, as those of sources; what is beyond 2^53 has no exact digits. */
static void print_number(double x, GString *ret)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];

    if (fabs(x) < 0x1p53 && x == floor(x)) {
        g_string_append_printf(ret, "%.0f", x + 0.0);
        return;
    }
    for (int n = 15; n <= 17; n++) {
        char format[8];

        g_snprintf(format, sizeof format, "%%.%dg", n);
        g_ascii_formatd(digits, sizeof digits, format, x);
        if (g_ascii_strtod(digits, NULL) == x)
            break;
    }
    g_string_append(ret, digits);
}

struct expr_operand expr_operand_print(struct expr_run *run, const struct expr_operand *v)
{
    const size_t at = run->texts->len;
    struct expr_operand text = *v;

    text.attr = false;
    if (v->kind == EXPR_TEXT)
        return text;
    if (v->kind == EXPR_NUMBER)
        print_number(v->x, run->texts);
    else if (v->kind == EXPR_BOOL)
        g_string_append(run->texts, v->b ? "true" : "false");
    else
        g_string_append(run->texts, "null");
    return expr_operand_add(run, at);
}

/* Comparisons. */

static enum expr_relation relate_numbers(double a, double b)
{
    return a < b ? EXPR_LESS : a > b ? EXPR_GREATER : a == b ? EXPR_EQUAL : EXPR_UNRELATED;
}

static enum expr_relation relate_texts(const struct expr_run *run, const struct expr_operand *a,
                                       const struct expr_operand *b)
{
    int order = memcmp(expr_operand_text(run, a), expr_operand_text(run, b), MIN(a->len, b->len));

    if (order == 0)
        order = (a->len > b->len) - (a->len < b->len);
    return order < 0 ? EXPR_LESS : order > 0 ? EXPR_GREATER : EXPR_EQUAL;
}

static enum expr_relation relate_attrs(const struct expr_run *run, const struct expr_operand *a,
                                       const struct expr_operand *b)
{
    double x, y;

    if (scan_double(expr_operand_text(run, a), &x) && scan_double(expr_operand_text(run, b), &y))
        return relate_numbers(x, y);
    return relate_texts(run, a, b);
}

unsigned expr_operand_relate(const struct expr_run *run, const struct expr_operand *a,
                             const struct expr_operand *b)
{
    struct expr_operand x, y;

    if (a->attr && b->attr)
        return relate_attrs(run, a, b);
    if (a->kind == EXPR_TEXT && b->kind == EXPR_TEXT)
        return relate_texts(run, a, b);
    x = expr_operand_resolve(run, a);
    y = expr_operand_resolve(run, b);
    if (x.kind == EXPR_NULL || y.kind == EXPR_NULL)
        return 0;
    if (x.kind != y.kind)
        return EXPR_UNRELATED;
    if (x.kind == EXPR_BOOL)
        return relate_numbers(x.b, y.b);
    return relate_numbers(x.x, y.x);
}
