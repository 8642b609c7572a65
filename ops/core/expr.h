/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions over the attributes of an element: "stem matches 'cat.*' and size > 10".
 * docs/spec.md tells the language. */
#pragma once

#include "ops/core/seq.h"

/* Lifetime: plan.  Immutable; any thread. */
struct expr;

/* What an expression gives. */
enum expr_kind { EXPR_NULL, EXPR_BOOL, EXPR_NUMBER, EXPR_TEXT };

/* Lifetime: call. */
struct expr_value {
    enum expr_kind kind;
    bool b;
    double x;
    char *text; /* EXPR_TEXT; owned, g_free() */
};

/* Compiles text for the elements of s.  Unknown names are faults with the nearest known one; syntax
 * faults say at which character.  Messages name no operator. */
int expr_new(const char *text, const struct seq *s, struct fault *f, struct expr **ret);
void expr_free(struct expr *x);
OWN_DEFINE(struct expr, expr_free)

/* Its value for element i of s.  What is of different kinds is unequal, and neither is less; of
 * null every comparison is false but == null and its like; arithmetic on what is no number is a
 * fault.
 */
int expr_get(const struct expr *x, const struct seq *s, uint64_t i, struct fault *f,
             struct expr_value *ret);

/* The same as a truth value: null, 0 and "" are false. */
int expr_test(const struct expr *x, const struct seq *s, uint64_t i, struct fault *f, bool *ret);

/* For sorting: null before false before true before numbers before texts (bytewise); NaN before
 * other numbers. */
int expr_compare(const struct expr_value *a, const struct expr_value *b);
