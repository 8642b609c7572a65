/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the arguments in a spec to a params struct, by an operator's table; every complaint has its
 * place. */
#pragma once

#include "ops/core/draws.h"
#include "ops/core/param.h"
#include "ops/spec/complain.h"
#include "ops/spec/node.h"

/* A table entry of this name and kind PARAM_NODE takes the whole mapping of arguments, and keys
 * that the table does not have are the operator's to check. */
#define BIND_REST "..."

/* What binding needs from the plan.  Lifetime: call; what it points to, the plan's. */
struct bind {
    struct complaints *complaints;
    GStringChunk *strings;
    GPtrArray *blocks;  /* memory that lives as long as the plan, freed by g_free() */
    const char *folder; /* relative paths start here */
    /* Builds the sequence of a node; NULL after having complained. */
    struct seq *(*build)(void *ctx, const struct node *n);
    /* The images in a field of the records of a sequence, for the step called what; likewise. */
    struct seq *(*field)(void *ctx, const char *what, struct seq *record, const struct node *name);
    void *ctx;
};

/* One use of a table.  Lifetime: call. */
struct bind_use {
    const char *what; /* "thumbnail": begins each complaint */
    struct mark mark; /* the place of what is missing */
    const struct param *table;
    const struct node *args; /* NULL or null: none */
    GPtrArray *inputs;       /* sequences among the arguments are appended; may be NULL */
    struct seq *subject;     /* whose elements {field: NAME} is of; may be NULL */
    struct draws *draws;     /* arguments that are drawn are added; NULL = they may not be */
};

/* Fills *ret_params (zeroed before) and, if not NULL, *ret_given (a bit for each entry that was
 * written). Goes on after a complaint to find the others; -EINVAL if there was any. */
int bind_params(const struct bind *b, const struct bind_use *use, void *ret_params,
                uint64_t *ret_given);

/* The place of an argument's value, of its item (>= 0) or of its name (FAULT_KEY), in the
 * arguments; fallback if it is not written there. */
struct mark bind_mark(const struct param *table, const struct node *args, const char *arg, int item,
                      struct mark fallback);
