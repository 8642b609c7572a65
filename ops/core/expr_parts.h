/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of expr, for its files alone: expr_scan.c reads words, expr_parse.c makes a tree of
 * them, expr_eval.c walks it, expr_operand.c knows the values on the way. */
#pragma once

#include "ops/core/expr.h"

#define EXPR_MAX 65536 /* bytes of an expression */
#define EXPR_DEPTH 100 /* levels of its tree, and of what is nested in its text */

enum expr_form {
    EXPR_LITERAL, /* value */
    EXPR_ATTR,    /* text: the attribute's name */
    EXPR_OR,      /* any of items */
    EXPR_AND,     /* all of items */
    EXPR_NOT,     /* items[0] */
    EXPR_IS_NULL, /* items[0] */
    EXPR_COMPARE, /* items[0] with items[1]; accepts */
    EXPR_AMONG,   /* items[0] is one of the others; negated */
    EXPR_MATCHES, /* items[0] matches regex; negated */
    EXPR_ADD,     /* these to EXPR_NEGATE: numbers; text is the sign, for messages */
    EXPR_SUBTRACT,
    EXPR_MULTIPLY,
    EXPR_DIVIDE,
    EXPR_MODULO,
    EXPR_NEGATE,
    EXPR_CALL, /* function, of items */
};

/* How two values stand to one another; a comparison accepts some of it. */
enum expr_relation {
    EXPR_UNRELATED = 1, /* of different kinds, or not a number: unequal, and none is less */
    EXPR_LESS = 2,
    EXPR_EQUAL = 4,
    EXPR_GREATER = 8,
    EXPR_UNEQUAL = EXPR_UNRELATED | EXPR_LESS | EXPR_GREATER,
};

enum expr_function {
    EXPR_ABS,
    EXPR_CONTAINS,
    EXPR_ENDSWITH,
    EXPR_FLOOR,
    EXPR_LEN,
    EXPR_LOWER,
    EXPR_NUMBER_OF,
    EXPR_STARTSWITH,
    EXPR_TEXT_OF,
    EXPR_UPPER,
};

/* Lifetime: the expression's, which owns all of its nodes in one array. */
struct expr_node {
    enum expr_form form;
    enum expr_function function;
    bool negated;
    unsigned accepts;        /* some of enum expr_relation */
    unsigned depth;          /* levels of the tree from here down */
    struct expr_value value; /* a text in it is owned */
    char *text;              /* owned */
    GRegex *regex;           /* owned */
    GPtrArray *items;        /* of struct expr_node, borrowed; the array is owned; NULL = none */
};

static inline const struct expr_node *expr_item(const struct expr_node *n, guint i)
{
    return g_ptr_array_index(n->items, i);
}

enum expr_token {
    TOKEN_END,
    TOKEN_BAD, /* the fault is set already */
    TOKEN_NUMBER,
    TOKEN_TEXT,
    TOKEN_NAME, /* of an attribute or a function, or a word of the language */
    TOKEN_SIGN,
};

/* Lifetime: call. */
struct expr_parser {
    const char *text;
    const char *at; /* behind the token */
    const struct seq *seq;
    struct fault *fault;
    GPtrArray *nodes;
    unsigned depth; /* how much is open */

    /* The token that comes next. */
    enum expr_token token;
    const char *start;
    GString *word; /* as written; of a text: what is between its quotes */
    double number;
};

/* Goes on to the next token; not beyond one that is TOKEN_BAD. */
void expr_scan_next(struct expr_parser *p);

/* Where a message says that something is: characters from 1. */
int expr_scan_place(const struct expr_parser *p, const char *at);

/* Whether the next token is this word or sign; take and want go on behind it if it is, and want
 * makes a fault if it is not. */
bool expr_scan_is(const struct expr_parser *p, const char *word);
bool expr_scan_take(struct expr_parser *p, const char *word);
int expr_scan_want(struct expr_parser *p, const char *word);

/* Faults where the next token stands: something is missing there; it is nested too deep. */
int expr_scan_refuse(struct expr_parser *p, const char *wanted);
int expr_scan_too_deep(struct expr_parser *p);

/* Parses all of text.  Every node that is made, also of a text that turns out wrong, is added to
 * nodes, which owns them. */
int expr_parse_text(const char *text, const struct seq *s, GPtrArray *nodes, struct fault *f,
                    const struct expr_node **ret);

/* One evaluation.  Lifetime: call. */
struct expr_run {
    const struct seq *s;
    uint64_t i;
    struct fault *fault;
    GString *texts; /* those of its operands one behind another, each with its NUL */
};

/* A value on its way.  Lifetime: the run's, until its texts are truncated. */
struct expr_operand {
    enum expr_kind kind;
    bool attr; /* a text that may be taken for what it looks like */
    bool b;
    double x;
    const char *text; /* of a literal; NULL: it begins at `at` of the texts */
    size_t at, len;
};

int expr_eval_node(const struct expr_node *n, struct expr_run *run, struct expr_operand *ret);

static inline struct expr_operand expr_operand_bool(bool b)
{
    return (struct expr_operand){.kind = EXPR_BOOL, .b = b};
}

static inline const char *expr_operand_text(const struct expr_run *run,
                                            const struct expr_operand *v)
{
    return v->text ? v->text : run->texts->str + v->at;
}

/* What was appended to the texts from `at` on, as a text. */
struct expr_operand expr_operand_add(struct expr_run *run, size_t at);

/* An attribute as what it looks like; others as they are. */
struct expr_operand expr_operand_resolve(const struct expr_run *run, const struct expr_operand *v);

bool expr_operand_is_true(const struct expr_run *run, const struct expr_operand *v);

/* As a text, also what is none. */
struct expr_operand expr_operand_print(struct expr_run *run, const struct expr_operand *v);

/* One of enum expr_relation; 0 where one of them is null, which no comparison accepts. */
unsigned expr_operand_relate(const struct expr_run *run, const struct expr_operand *a,
                             const struct expr_operand *b);
