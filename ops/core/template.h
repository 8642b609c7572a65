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

/* Appends the text of element i of s, the sequence given to template_new().  Where an attribute
 * that is empty is a part of a path, at the beginning or behind a '/', the '/' behind it is left
 * out. */
void template_print(const struct template *t, const struct seq *s, uint64_t i, GString *ret);

/* The same with fields of who computes them.  Called once for each place where a field stands, with
 * whether there is an attribute of that name.  1 = it is taken; 0 = it is not, and known ones were
 * offered to near: then the attribute is meant; negative: it cannot be. */
typedef int template_find_fn(void *ctx, const char *name, bool is_attr, struct nearest *near,
                             struct fault *f);
int template_new_with(const char *text, const struct seq *s, template_find_fn *find, void *ctx,
                      struct fault *f, struct template **ret);
/* Appends one of those; print's failure is that of template_print_with(). */
typedef int template_print_fn(void *ctx, const char *name, GString *ret);
int template_print_with(const struct template *t, const struct seq *s, uint64_t i,
                        template_print_fn *print, void *ctx, GString *ret);

/* Whether it ends in a suffix of its own: a literal ".word", or one of {name}, {path}, {ext}. */
bool template_has_suffix(const struct template *t);
