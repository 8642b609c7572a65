/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts of expressions to trees: one function for each level of precedence. */
#include "ops/base/nearest.h"
#include "ops/core/expr_parts.h"

#include <errno.h>
#include <string.h>

static struct expr_node *add_node(struct expr_parser *p, enum expr_form form)
{
    struct expr_node *n = g_new0(struct expr_node, 1);

    n->form = form;
    n->depth = 1;
    g_ptr_array_add(p->nodes, n);
    return n;
}

static void add_item(struct expr_node *n, struct expr_node *item)
{
    if (!n->items)
        n->items = g_ptr_array_sized_new(2);
    g_ptr_array_add(n->items, item);
    n->depth = MAX(n->depth, item->depth + 1);
}

/* A node of one or two items; b may be NULL. */
static int join(struct expr_parser *p, enum expr_form form, struct expr_node *a,
                struct expr_node *b, struct expr_node **ret)
{
    struct expr_node *n = add_node(p, form);

    add_item(n, a);
    if (b)
        add_item(n, b);
    if (n->depth > EXPR_DEPTH)
        return expr_scan_too_deep(p);
    *ret = n;
    return 0;
}

/* The grammar, from the loosest to the closest. */

static int parse_or(struct expr_parser *p, struct expr_node **ret);

static int parse_literal(struct expr_parser *p, struct expr_value value, struct expr_node **ret)
{
    *ret = add_node(p, EXPR_LITERAL);
    (*ret)->value = value;
    expr_scan_next(p);
    return 0;
}

static int add_attr(struct expr_parser *p, const char *name, struct expr_node **ret)
{
    struct nearest near;
    char hint[128];

    if (!seq_may_have_attr(p->seq, name)) {
        nearest_init(&near, name);
        seq_has_attr(p->seq, name, &near);
        nearest_hint(&near, hint, sizeof hint);
        if (strcmp(name, "value") == 0)
            g_strlcpy(hint, ": the elements are no scalars, or have to be computed", sizeof hint);
        else if (!near.best[0])
            g_strlcpy(hint, "; a text stands in quotes", sizeof hint);
        return fault_set(p->fault, EINVAL, "no attribute '%.64s'%s", name, hint);
    }
    *ret = add_node(p, EXPR_ATTR);
    (*ret)->text = g_strdup(name);
    return 0;
}

/* What stands between brackets, up to the closing one; the opening one is taken. */
static int parse_items(struct expr_parser *p, const char *end, struct expr_node *list)
{
    const guint first = list->items ? list->items->len : 0;

    while (!expr_scan_is(p, end)) {
        struct expr_node *item;
        int r = 0;

        if (list->items && list->items->len > first && !expr_scan_take(p, ","))
            r = expr_scan_want(p, end);
        if (r == 0)
            r = parse_or(p, &item);
        if (r < 0)
            return r;
        add_item(list, item);
    }
    expr_scan_next(p);
    return list->depth > EXPR_DEPTH ? expr_scan_too_deep(p) : 0;
}

/* attr('name'): for names that look like something else. */
static int parse_attr(struct expr_parser *p, struct expr_node **ret)
{
    if (p->token != TOKEN_TEXT)
        return expr_scan_refuse(p, "the name of an attribute in quotes");
    g_autofree char *name = g_strdup(p->word->str);
    expr_scan_next(p);
    int r = expr_scan_want(p, ")");
    return r < 0 ? r : add_attr(p, name, ret);
}

static const struct {
    const char *name;
    guint n_items;
} functions[] = {
    [EXPR_ABS] = {"abs", 1},           [EXPR_CONTAINS] = {"contains", 2},
    [EXPR_ENDSWITH] = {"endswith", 2}, [EXPR_FLOOR] = {"floor", 1},
    [EXPR_LEN] = {"len", 1},           [EXPR_LOWER] = {"lower", 1},
    [EXPR_NUMBER_OF] = {"number", 1},  [EXPR_STARTSWITH] = {"startswith", 2},
    [EXPR_TEXT_OF] = {"text", 1},      [EXPR_UPPER] = {"upper", 1},
};

/* start: where the name stands in the text; what character that is, only a fault has to count. */
static int find_function(struct expr_parser *p, const char *name, const char *start, size_t *ret)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, name);
    nearest_offer(&near, "attr");
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        nearest_offer(&near, functions[i].name);
        if (strcmp(functions[i].name, name) == 0) {
            *ret = i;
            return 0;
        }
    }
    return fault_set(p->fault, EINVAL, "no function '%.64s' at character %d%s", name,
                     expr_scan_place(p, start), nearest_hint(&near, hint, sizeof hint));
}

/* The name and "(" are taken. */
static int parse_call(struct expr_parser *p, const char *name, const char *start,
                      struct expr_node **ret)
{
    struct expr_node *n;
    size_t i = 0;
    guint found;
    int r;

    if (strcmp(name, "attr") == 0)
        return parse_attr(p, ret);
    r = find_function(p, name, start, &i);
    if (r < 0)
        return r;
    n = add_node(p, EXPR_CALL);
    n->function = (enum expr_function)i;
    n->text = g_strdup(name);
    r = parse_items(p, ")", n);
    if (r < 0)
        return r;
    found = n->items ? n->items->len : 0;
    if (found != functions[i].n_items)
        return fault_set(p->fault, EINVAL,
                         "'%s' at character %d is given %u arguments, it takes %u", name,
                         expr_scan_place(p, start), found, functions[i].n_items);
    *ret = n;
    return 0;
}

static bool is_reserved(const struct expr_parser *p)
{
    static const char *const words[] = {"and", "or", "not", "in", "matches", NULL};

    return g_strv_contains(words, p->word->str);
}

static int parse_name(struct expr_parser *p, struct expr_node **ret)
{
    const char *start = p->start;

    if (expr_scan_is(p, "null"))
        return parse_literal(p, (struct expr_value){.kind = EXPR_NULL}, ret);
    if (expr_scan_is(p, "true") || expr_scan_is(p, "false"))
        return parse_literal(p, (struct expr_value){.kind = EXPR_BOOL, .b = p->word->str[0] == 't'},
                             ret);
    if (is_reserved(p))
        return expr_scan_refuse(p, "a value");
    g_autofree char *name = g_strdup(p->word->str);
    expr_scan_next(p);
    return expr_scan_take(p, "(") ? parse_call(p, name, start, ret) : add_attr(p, name, ret);
}

static int parse_value(struct expr_parser *p, struct expr_node **ret)
{
    int r;

    if (p->token == TOKEN_NUMBER)
        return parse_literal(p, (struct expr_value){.kind = EXPR_NUMBER, .x = p->number}, ret);
    if (p->token == TOKEN_TEXT)
        return parse_literal(
            p, (struct expr_value){.kind = EXPR_TEXT, .text = g_strdup(p->word->str)}, ret);
    if (p->token == TOKEN_NAME)
        return parse_name(p, ret);
    if (!expr_scan_take(p, "("))
        return expr_scan_refuse(p, "a value");
    r = parse_or(p, ret);
    return r < 0 ? r : expr_scan_want(p, ")");
}

/* Signs and 'not' before a value, which may come in a row. */
static int parse_prefixed(struct expr_parser *p, enum expr_form form, const char *sign,
                          int (*parse)(struct expr_parser *p, struct expr_node **ret),
                          struct expr_node **ret)
{
    struct expr_node *item;
    int r;

    if (++p->depth > EXPR_DEPTH)
        return expr_scan_too_deep(p);
    r = parse(p, &item);
    p->depth--;
    if (r == 0)
        r = join(p, form, item, NULL, ret);
    if (r == 0)
        (*ret)->text = g_strdup(sign);
    return r;
}

static int parse_signed(struct expr_parser *p, struct expr_node **ret)
{
    if (expr_scan_take(p, "-"))
        return parse_prefixed(p, EXPR_NEGATE, "-", parse_signed, ret);
    return parse_value(p, ret);
}

struct arithmetic {
    const char *sign; /* NULL ends the list */
    enum expr_form form;
};

static const struct arithmetic *take_sign(struct expr_parser *p, const struct arithmetic *signs)
{
    while (signs->sign && !expr_scan_take(p, signs->sign))
        signs++;
    return signs->sign ? signs : NULL;
}

/* Arithmetic of one level, from left to right. */
static int parse_row(struct expr_parser *p, const struct arithmetic *signs,
                     int (*parse)(struct expr_parser *p, struct expr_node **ret),
                     struct expr_node **ret)
{
    struct expr_node *left, *right;
    const struct arithmetic *found;
    int r = parse(p, &left);

    while (r == 0 && (found = take_sign(p, signs))) {
        r = parse(p, &right);
        if (r == 0)
            r = join(p, found->form, left, right, &left);
        if (r == 0)
            left->text = g_strdup(found->sign);
    }
    if (r == 0)
        *ret = left;
    return r;
}

static int parse_product(struct expr_parser *p, struct expr_node **ret)
{
    static const struct arithmetic signs[] = {
        {"*", EXPR_MULTIPLY}, {"/", EXPR_DIVIDE}, {"%", EXPR_MODULO}, {0}};

    return parse_row(p, signs, parse_signed, ret);
}

static int parse_sum(struct expr_parser *p, struct expr_node **ret)
{
    static const struct arithmetic signs[] = {{"+", EXPR_ADD}, {"-", EXPR_SUBTRACT}, {0}};

    return parse_row(p, signs, parse_product, ret);
}

static int parse_among(struct expr_parser *p, struct expr_node *value, struct expr_node **ret)
{
    struct expr_node *n = add_node(p, EXPR_AMONG);
    int r;

    if (!expr_scan_take(p, "["))
        return expr_scan_refuse(p, "'[' of a list behind 'in'");
    add_item(n, value);
    r = parse_items(p, "]", n);
    if (r == 0)
        *ret = n;
    return r;
}

/* The last part of GLib's sentence is what is wrong; the rest repeats the pattern. */
static const char *reason(const GError *error)
{
    const char *colon = strrchr(error->message, ':');

    return colon ? colon + 1 + strspn(colon + 1, " ") : error->message;
}

static int parse_regex(struct expr_parser *p, struct expr_node *value, struct expr_node **ret)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GRegex) regex = NULL;
    int r;

    if (p->token != TOKEN_TEXT)
        return expr_scan_refuse(p, "a regular expression in quotes");
    regex = g_regex_new(p->word->str, G_REGEX_OPTIMIZE, 0, &error);
    if (!regex)
        return fault_set(p->fault, EINVAL, "'%.128s' at character %d is no regular expression: %s",
                         p->word->str, expr_scan_place(p, p->start), reason(error));
    /* The first match compiles it to machine code; after this one it changes no more. */
    g_regex_match(regex, "", 0, NULL);
    expr_scan_next(p);
    r = join(p, EXPR_MATCHES, value, NULL, ret);
    if (r == 0)
        (*ret)->regex = g_steal_pointer(&regex);
    return r;
}

static bool is_null_literal(const struct expr_node *n)
{
    return n->form == EXPR_LITERAL && n->value.kind == EXPR_NULL;
}

/* == null and != null ask what no other comparison answers. */
static int join_compared(struct expr_parser *p, unsigned accepts, struct expr_node *a,
                         struct expr_node *b, struct expr_node **ret)
{
    const bool equality = accepts == EXPR_EQUAL || accepts == EXPR_UNEQUAL;
    int r;

    if (equality && is_null_literal(b))
        r = join(p, EXPR_IS_NULL, a, NULL, ret);
    else if (equality && is_null_literal(a))
        r = join(p, EXPR_IS_NULL, b, NULL, ret);
    else
        r = join(p, EXPR_COMPARE, a, b, ret);
    if (r == 0) {
        (*ret)->accepts = accepts;
        (*ret)->negated = accepts != EXPR_EQUAL;
    }
    return r;
}

/* What the sign that comes next accepts; 0 = it is no comparison. */
static unsigned next_accepts(const struct expr_parser *p)
{
    static const struct {
        const char *sign;
        unsigned accepts;
    } signs[] = {
        {"==", EXPR_EQUAL},  {"!=", EXPR_UNEQUAL},           {"<", EXPR_LESS},
        {">", EXPR_GREATER}, {"<=", EXPR_LESS | EXPR_EQUAL}, {">=", EXPR_GREATER | EXPR_EQUAL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        if (expr_scan_is(p, signs[i].sign))
            return signs[i].accepts;
    return 0;
}

static int parse_compared(struct expr_parser *p, struct expr_node *left, unsigned accepts,
                          struct expr_node **ret)
{
    struct expr_node *right;
    int r;

    expr_scan_next(p);
    r = parse_sum(p, &right);
    if (r == 0)
        r = join_compared(p, accepts, left, right, ret);
    if (r == 0 && next_accepts(p) != 0)
        return fault_set(p->fault, EINVAL,
                         "'%s' at character %d: comparisons do not chain, join two with 'and'",
                         p->word->str, expr_scan_place(p, p->start));
    return r;
}

static int parse_comparison(struct expr_parser *p, struct expr_node **ret)
{
    struct expr_node *left;
    unsigned accepts;
    bool negated;
    int r = parse_sum(p, &left);

    if (r < 0)
        return r;
    accepts = next_accepts(p);
    if (accepts != 0)
        return parse_compared(p, left, accepts, ret);
    negated = expr_scan_take(p, "not");
    if (expr_scan_take(p, "in"))
        r = parse_among(p, left, ret);
    else if (expr_scan_take(p, "matches"))
        r = parse_regex(p, left, ret);
    else if (negated)
        r = expr_scan_refuse(p, "'in' or 'matches'");
    else
        *ret = left;
    if (r == 0 && *ret != left)
        (*ret)->negated = negated;
    return r;
}

static int parse_not(struct expr_parser *p, struct expr_node **ret)
{
    if (expr_scan_take(p, "not"))
        return parse_prefixed(p, EXPR_NOT, "not", parse_not, ret);
    return parse_comparison(p, ret);
}

/* However many are joined, it is one level. */
static int parse_joined(struct expr_parser *p, enum expr_form form, const char *word,
                        int (*parse)(struct expr_parser *p, struct expr_node **ret),
                        struct expr_node **ret)
{
    struct expr_node *first, *all = NULL, *item;
    int r = parse(p, &first);

    while (r == 0 && expr_scan_take(p, word)) {
        if (!all) {
            all = add_node(p, form);
            add_item(all, first);
        }
        r = parse(p, &item);
        if (r == 0)
            add_item(all, item);
    }
    if (r == 0 && all && all->depth > EXPR_DEPTH)
        return expr_scan_too_deep(p);
    if (r == 0)
        *ret = all ? all : first;
    return r;
}

static int parse_and(struct expr_parser *p, struct expr_node **ret)
{
    return parse_joined(p, EXPR_AND, "and", parse_not, ret);
}

static int parse_or(struct expr_parser *p, struct expr_node **ret)
{
    int r;

    if (++p->depth > EXPR_DEPTH)
        return expr_scan_too_deep(p);
    r = parse_joined(p, EXPR_OR, "or", parse_and, ret);
    p->depth--;
    return r;
}

int expr_parse_text(const char *text, const struct seq *s, GPtrArray *nodes, struct fault *f,
                    const struct expr_node **ret)
{
    g_autoptr(GString) word = g_string_new(NULL);
    struct expr_parser p = {
        .text = text, .at = text, .seq = s, .fault = f, .nodes = nodes, .word = word};
    struct expr_node *root;
    int r;

    if (strlen(text) > EXPR_MAX)
        return fault_set(f, EINVAL, "the expression is longer than %d bytes", EXPR_MAX);
    expr_scan_next(&p);
    r = parse_or(&p, &root);
    if (r == 0 && p.token != TOKEN_END)
        r = expr_scan_refuse(&p, "'and', 'or' or another operator");
    if (r == 0)
        *ret = root;
    return r;
}
