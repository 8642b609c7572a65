/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arguments that are drawn anew for each element: {uniform: [a, b]}, {normal: [mean, deviation]},
 * {choice: [...]}, and {field: NAME}, which takes an attribute or a field of the element. */
#pragma once

#include "ops/core/param.h"
#include "ops/core/random.h"
#include "ops/spec/node.h"

/* Lifetime: plan.  Immutable. */
struct draw;

/* Whether a node has the form of a drawn argument: a mapping with one of the words above as its
 * only key. */
bool draw_is(const struct node *n);

/* Prepares one argument (or, for lists, one item of it) of the kinds BOOL to CHOICE.  Everything
 * that can be drawn is checked against the param now; {normal} is cut off at its bounds when drawn.
 * s: the input of the step, for {field: NAME} as an attribute.  strings must outlive the draw. */
int draw_new(const struct param *p, const struct node *n, const struct seq *s, const char *folder,
             GStringChunk *strings, struct fault *f, struct draw **ret);
void draw_free(struct draw *d);
OWN_DEFINE(struct draw, draw_free)

/* Whether it needs random numbers: another epoch draws another value. */
bool draw_is_random(const struct draw *d);

/* Adds how it is drawn. */
void draw_digest(const struct draw *d, struct digest *digest);

/* A value that may come out, for checks at load. */
void draw_sample(const struct draw *d, void *ret_field);

/* Of {choice: [...]}: how many values there are, and one of them; 0 = it is another kind. */
uint32_t draw_n_choices(const struct draw *d);
void draw_choice(const struct draw *d, uint32_t n, void *ret_field);

/* Draws for element i of the step s.  stream: from RANDOM_ARGUMENTS on, another for each argument.
 * strings: where texts are put; must live as long as the field. */
int draw_get(const struct draw *d, const struct seq *s, uint64_t i, uint32_t stream,
             GStringChunk *strings, void *ret_field, struct fault *f);
