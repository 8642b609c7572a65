/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* YAML text made a tree of nodes; for the other files of this folder. */
#pragma once

#include "ops/spec/complain.h"
#include "ops/spec/node.h"

/* A node with what only those need to know who build the tree.  Lifetime: the tree's. */
struct cell {
    struct node node;  /* first, so that a node of a tree is its cell */
    struct cell *next; /* in the tree's chain */
    uint32_t weight;   /* nodes in it, itself included, those of an alias as often as it is used */
    uint32_t height;   /* lists and mappings from here down to the deepest */
    bool open;         /* still being read: an alias of it would be a cycle */
    bool filled;       /* its text is final */
    char text[];       /* of a scalar, as written */
};

/* All-zero is a valid empty tree. */
struct tree {
    struct node *root;  /* a mapping */
    struct cell *cells; /* every node once, however often it is used, in the order of the text */
};

/* Reads one YAML document: valid UTF-8 without NUL, but ended by one.  Faults are added to c; 0
 * means that there is a tree all the same, in which a node stands for what could not be understood.
 */
int read_tree(const char *text, size_t len, struct complaints *c, struct tree *ret);

/* Gives a scalar another text. */
void read_set_text(struct cell *scalar, char *own_text);

void read_finish(struct tree *t);
