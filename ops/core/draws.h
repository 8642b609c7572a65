/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The drawn arguments of one step, and a params struct for one element of it. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/draw.h"

/* Lifetime: plan.  Immutable once bound. */
struct draws;

struct draws *draws_new(const struct param *table, size_t params_size);
void draws_free(struct draws *d);
OWN_DEFINE(struct draws, draws_free)

/* param is of the table; item: of its list, or -1. */
void draws_add(struct draws *d, const struct param *param, int item, struct draw *own);
uint32_t draws_len(const struct draws *d);
bool draws_are_random(const struct draws *d);
/* Adds how they are drawn. */
void draws_digest(const struct draws *d, struct digest *digest);

/* Whether arguments are right, as an op's open() would check those that are not drawn. */
typedef int draws_checker(const void *params, struct fault *f);

/* For open(): checks the step's params with every value that a `choice` may draw, in every
 * combination of several (of very many: the first thousands).  What is drawn otherwise is
 * a sample; what is taken from fields is not known yet: then nothing is checked. */
int draws_check(const struct draws *d, const void *params, draws_checker *check, struct fault *f);

/* Lifetime: call. */
struct drawn_params {
    void *params;          /* owned */
    GPtrArray *lists;      /* owned: copies of lists with drawn items; NULL = none */
    GStringChunk *strings; /* owned */
};

/* Draws for element i of s. */
int draws_make(const struct draws *d, const struct seq *s, uint64_t i, struct fault *f,
               struct drawn_params *ret);
void draws_release(struct drawn_params *p);
OWN_DEFINE(struct drawn_params, draws_release)
