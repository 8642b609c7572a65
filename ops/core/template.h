/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text with fields: "{dir}/{stem}-{index:05d}.jpg".  {{ and }} stand for braces. */
#pragma once

#include "ops/core/seq.h"

/* Lifetime: plan.  Immutable. */
struct template;

/* Compiles text.  Fields are `index` and the attributes that every element of s has; a number may
 * be padded: {index:5d}, {index:05d} (what is no number stays as it is).  An unknown field is a
 * fault with the nearest known name; messages name no operator, the caller puts it in front. */
int template_new(const char *text, const struct seq *s, struct fault *f, struct template **ret);
void template_free(struct template *t);
OWN_DEFINE(struct template, template_free)

/* Appends the text of element i of s, the sequence given to template_new(). */
void template_print(const struct template *t, const struct seq *s, uint64_t i, GString *ret);

/* Whether it ends in a suffix of its own: a literal ".word", or one of {name}, {path}, {ext}. */
bool template_has_suffix(const struct template *t);
