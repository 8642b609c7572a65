/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of a command line: text in which {name} stands for what is known of an element.
 *
 * Programs have braces of their own, so only what looks like a field is one: {name} with a name of
 * letters, digits, '_' and '.', and {name:05d} of a known attribute.  {{name}} stands for the text
 * {name}; other braces stay as they are, and so does ${name}, a variable of a shell. */
#pragma once

#include "ops/op.h"

enum word_kind {
    WORD_PLAIN, /* values go in as they are */
    WORD_SHELL, /* a line for a shell: values go by way of variables of the environment */
    WORD_FIXED, /* there is no element: what looks like a field is a fault */
};

/* Lifetime: plan.  Immutable. */
struct word;

/* Compiles text.  in: the elements that fields are of.  Faults: an unknown field; in a shell's
 * line, one within quotes or a here-document.  Messages name no operator. */
int word_new(const char *text, enum word_kind kind, const struct seq *in, struct fault *f,
             struct word **ret);
void word_free(struct word *w);
OWN_DEFINE(struct word, word_free)

/* Whether it has fields, {input} and {output} among them; {input}; {output}; any other than
 * {index}. */
bool word_has_fields(const struct word *w);
bool word_has_input(const struct word *w);
bool word_has_output(const struct word *w);
bool word_has_text_fields(const struct word *w);

/* What fields are taken from.  Lifetime: call. */
struct word_source {
    const struct seq *in;
    uint64_t i;
    const char *input, *output; /* names of files */
    char ***env;                /* of a shell: where variables are added; owned by the caller */
    unsigned n_values;          /* how many were added */
};

/* Appends the text for one element. */
void word_print(const struct word *w, struct word_source *from, GString *ret);
