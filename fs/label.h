/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the file of an element is called: its index, or what a `name` step says, and a suffix. */
#pragma once

#include "ops/core/seq.h"

#define LABEL_MAX 255 /* bytes of a file's name */

/* Lifetime: names'.  Immutable; any thread. */
struct label {
    const struct seq *seq;
    const struct seq *step; /* the first step that gives names, or NULL: the index does */
    unsigned width;         /* digits of an index */
    const char *suffix;     /* of every element, or NULL: it differs */
};

void label_init(struct label *l, const struct seq *s);

/* Appends the path of element i within its dataset: "007.jpg", "cats/tom.jpg".  It may break
 * the rules of label_check(). */
void label_print(const struct label *l, uint64_t i, GString *ret);

/* Appends the zero-padded index alone. */
void label_print_index(const struct label *l, uint64_t i, GString *ret);

/* The index in a name that label_print() made, where no step gives names.  Exact: "12.jpg" is not
 * "012.jpg". */
bool label_parse(const struct label *l, const char *name, uint64_t *ret);

/* NULL, or what is wrong with a path: "has an empty part".  Static. */
const char *label_check(const char *path, size_t len);
