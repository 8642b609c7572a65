/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spec made ready: every sequence built and checked, every output ending in the bytes of a file.
 */
#pragma once

#include "ops/core/registry.h"
#include "ops/core/seq.h"
#include "ops/spec/complain.h"
#include "ops/spec/spec.h"

#include <stdio.h>

/* Lifetime: until unmount.  Immutable, so any thread may use it without a lock. */
struct plan;

/* What is mounted: the `dataset` (name "", the root), or one of the `datasets`. */
struct output {
    const char *name;
    const struct seq *seq; /* ends in an encode step, implied or written: its elements are bytes */
    const struct seq *unencoded; /* before an implied encode step; else as seq */
    struct mark mark;
};

/* One of the spec's `sequences`. */
struct named_seq {
    const char *name;
    const struct seq *seq;
    struct mark mark;
};

/* More that there is to check in a spec, by whoever loads it: called with what could be built, even
 * if there were complaints, so that all of them are told at once. */
typedef void plan_check_fn(void *ctx, const struct plan *p, struct complaints *c);

/* Reads, binds and opens everything; evaluates nothing.  Every fault is added to c; 0 only if there
 * was none.  defines: "name=value" strings, NULL-terminated, or NULL.  check may be NULL. */
int plan_load(const char *path, char *const *defines, plan_check_fn *check, void *ctx,
              struct complaints *c, struct plan **ret);
/* The same for a spec in memory; path is for messages and relative paths. */
int plan_parse(const char *path, const char *text, size_t len, char *const *defines,
               struct complaints *c, struct plan **ret);
void plan_free(struct plan *p);
OWN_DEFINE(struct plan, plan_free)

uint32_t plan_n_outputs(const struct plan *p);
const struct output *plan_output(const struct plan *p, uint32_t output);
uint32_t plan_n_named(const struct plan *p);
const struct named_seq *plan_named(const struct plan *p, uint32_t i);
uint32_t plan_n_steps(const struct plan *p);
const struct seq *plan_step(const struct plan *p, uint32_t id); /* NULL beyond the last */
const struct spec *plan_spec(const struct plan *p);
uint64_t plan_seed(const struct plan *p);

/* Binds a top-level section (`workers`, `cache`...) that the caller gives a meaning to: params as
 * of an operator.  Strings live as long as the plan.  A section that is not there leaves the
 * defaults of the table. */
int plan_section(const struct plan *p, const char *name, const struct param *params,
                 struct complaints *c, void *ret_params);

/* Computes the bytes of one element's file.  A fault that surfaced late is looked for once more,
 * carefully. On failure e->fault tells. */
int plan_eval(const struct plan *p, struct eval *e, uint32_t output, uint64_t i, GBytes **ret);

/* The compiled plan for a person: each output, its steps from source to file, types and lengths. */
void plan_print(const struct plan *p, FILE *out);
