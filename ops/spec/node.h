/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of a spec: YAML nodes, each with its place. */
#pragma once

#include "ops/base/mark.h"

#include <stdbool.h>
#include <stdint.h>

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAPPING };

/* Lifetime: the spec's.  An alias is the anchored node itself: the tree may share nodes, it has no
 * cycles. */
struct node {
    enum node_kind kind;
    bool quoted; /* scalar: was written in quotes or as a block, so it is text and no number */
    bool broken; /* it was complained about: later checks pass over it in silence */
    struct mark mark;
    const char *text;    /* scalar: valid UTF-8 without NUL, parameters filled in; else NULL */
    uint32_t len;        /* list: items; mapping: pairs */
    struct node **items; /* list: the items; mapping: the values */
    struct node **keys;  /* mapping: scalar nodes, all different */
};

/* The value of a key, or NULL.  Linear search: mappings of specs are short. */
struct node *node_find(const struct node *mapping, const char *key);

/* A plain scalar that means nothing at all: empty, ~ or null. */
bool node_is_null(const struct node *n);

/* "a mapping", "a list", "nothing", "'text'" for messages, in buf.  Long texts are cut.  Returns
 * buf. */
const char *node_describe(const struct node *n, char *buf, unsigned size);
