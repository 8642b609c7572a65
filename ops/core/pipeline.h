/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the nodes of a spec to sequences: names, steps, pipelines.  Private to ops/core. */
#pragma once

#include "ops/core/bind.h"
#include "ops/core/registry.h"
#include "ops/core/seq.h"

/* Sequences stand on one another at most this deep: evaluation recurses. */
#define PIPELINE_DEPTH (EVAL_DEPTH - 8)

/* One name of the spec's `sequences`. */
struct pipeline_name {
    const char *name;
    const struct node *node;
    struct mark mark;
    struct seq *seq; /* once built; NULL if it has faults */
    enum { NAME_NEW, NAME_BUILDING, NAME_BUILT } state;
};

/* What is needed while sequences are built.  Lifetime: the loading of one plan. */
struct pipeline {
    struct registry *registry;
    struct bind bind;     /* its build() is set by pipeline_init() */
    GPtrArray *steps;     /* of struct seq, owned by the plan: every sequence made, by id */
    GPtrArray *copies;    /* likewise: those that `epochs` makes of others, with their ids */
    uint64_t seed;        /* of the spec */
    bool fast;            /* of the spec */
    GHashTable *uses;     /* name of an operator -> how many steps use it so far */
    GHashTable *names;    /* name -> struct pipeline_name, owned by the caller */
    unsigned nesting;     /* of pipeline_build(), which recurses */
    GPtrArray *under_way; /* of struct pipeline_name: those being built, outermost first */
};

void pipeline_init(struct pipeline *p);
void pipeline_finish(struct pipeline *p);

/* Builds what a node describes: a NAME, one step, or a list of steps.  NULL after having
 * complained; later steps of a broken pipeline are still checked, so that all faults are told at
 * once. */
struct seq *pipeline_build(struct pipeline *p, const struct node *n);

/* Builds a named sequence, once. */
struct seq *pipeline_build_name(struct pipeline *p, struct pipeline_name *name);

/* Appends an implied step, created at a place.  args: as in a spec, or NULL.  NULL after having
 * complained. */
struct seq *pipeline_imply(struct pipeline *p, const char *op, struct seq *input, struct mark at,
                           const struct node *args);
/* The same of an operator that no spec can name. */
struct seq *pipeline_append(struct pipeline *p, const struct op *op, struct seq *input,
                            struct mark at);

/* A scalar as arguments of an implied step; lives as long as the plan. */
const struct node *pipeline_word(struct pipeline *p, const char *text, struct mark at);
/* The mapping {key: text}; both are borrowed, too. */
const struct node *pipeline_pair(struct pipeline *p, const char *key, const char *text,
                                 struct mark at);

/* Frees one sequence of steps. */
void pipeline_free_seq(struct seq *s);
