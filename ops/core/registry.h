/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a name to an operator: those of the table, then those that a provider makes on demand. */
#pragma once

#include "ops/base/nearest.h"
#include "ops/core/seq.h"

#include <stdio.h>

/* A library that has operators of its own, such as libvips.  Operators live as long as self. */
struct op_provider {
    const char *prefix; /* "vips": "vips.NAME" reaches its operators behind ours */
    int (*open)(void **ret_self, struct fault *f);
    void (*close)(void *self);
    const struct op *(*find)(void *self, const char *name); /* NULL = none */
    /* NULL, or why an operator of that name is there but cannot be used: a sentence; static. */
    const char *(*refuse)(void *self, const char *name);
    void (*each)(void *self, void (*visit)(void *ctx, const struct op *op), void *ctx);
};

/* Lifetime: plan, or call.  Not thread-safe while plans are loaded. */
struct registry;

/* Opens the providers: initialises libvips the first time. */
int registry_new(struct fault *f, struct registry **ret);
void registry_free(struct registry *r);
OWN_DEFINE(struct registry, registry_free)

/* NULL = no such operator; then *ret_why, if not NULL, is a sentence when it is refused, else NULL.
 */
const struct op *registry_find(struct registry *r, const char *name, const char **ret_why);

/* Offers every name to near. */
void registry_offer(struct registry *r, struct nearest *near);

/* Every operator, built-in ones first, in the order of names within each kind. */
void registry_each(struct registry *r, void (*visit)(void *ctx, const struct op *op), void *ctx);

/* The manual page of an operator, and the list of all, as text for a terminal. */
void manual_print(const struct op *op, FILE *out);
void manual_print_list(struct registry *r, FILE *out);
/* The same of all built-in operators, as Markdown: docs/ops.md. */
void manual_print_book(struct registry *r, FILE *out);
