/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spec made ready: every sequence built and checked, every output ending in the bytes of a file.
 */
#pragma once

#include "ops/core/parts.h"
#include "ops/core/registry.h"
#include "ops/core/seq.h"
#include "ops/spec/complain.h"
#include "ops/spec/spec.h"

#include <stdio.h>

/* Lifetime: until unmount.  Immutable, so any thread may use it without a lock. */
struct plan;

/* What an output is for, and so where in the mounted tree it is. */
enum output_kind {
    OUTPUT_DATASET,  /* the root, or a folder there */
    OUTPUT_SEQUENCE, /* .seqfs/sequences/NAME: one of the spec's `sequences` */
    OUTPUT_STAGE,    /* .seqfs/stages/[DATASET/]NAME: a dataset after one of its steps */
    OUTPUT_CONTACT,  /* .seqfs/contact/[DATASET/]: element A * CONTACT_MAX + B - A is the sheet of
                        the elements A to B of levels[0] of the dataset */
    OUTPUT_MANIFEST, /* metadata.csv in the dataset's folder: its one element */
};

#define MANIFEST_NAME "metadata.csv"

#define CONTACT_MAX 256 /* tiles of a contact sheet */

/* What the elements of one level of an output's tree are. */
enum level_kind {
    LEVEL_FILES,   /* each a file: the last level */
    LEVEL_LISTS,   /* lists: each a folder (but for those that are none, among them) */
    LEVEL_RECORDS, /* records: each a row of siblings, or a folder, as its layout is */
};

/* One level: level 0 is what the spec describes, each other one has the parts of the elements of
 * the one before, end to end. */
struct level {
    enum level_kind kind;
    enum layout layout; /* LEVEL_RECORDS: LAYOUT_SIBLINGS or LAYOUT_DIRS */
    const struct seq *seq;
    const struct parts
        *parts; /* where its elements' parts are in the next level; NULL = the last */
};

#define OUTPUT_LEVELS 16
#define OUTPUT_DIFFER UINT64_MAX

/* Something that is mounted.  Datasets come first: the `dataset` (name ""), or one of the
 * `datasets`. */
struct output {
    const char *name;
    enum output_kind kind;
    uint32_t dataset;      /* OUTPUT_STAGE, _CONTACT, _MANIFEST: number of the output it is of */
    const struct seq *seq; /* the files, of all levels: ends in an encode step, implied or
                              written: its elements are bytes */
    const struct seq *unencoded;        /* before an implied encode step; else as seq */
    uint32_t n_levels;                  /* at least 1 */
    struct level levels[OUTPUT_LEVELS]; /* the last one's seq has as many elements as `seq` */
    bool sized;                         /* seq_size() may know the size of some file */
    uint64_t each; /* bytes of every file, known without computing any; or OUTPUT_DIFFER */
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

uint32_t plan_n_outputs(const struct plan *p);  /* with those that are views */
uint32_t plan_n_datasets(const struct plan *p); /* outputs 0 to this are OUTPUT_DATASET */
const struct output *plan_output(const struct plan *p, uint32_t output);
uint32_t plan_n_named(const struct plan *p);
const struct named_seq *plan_named(const struct plan *p, uint32_t i);
uint32_t plan_n_steps(const struct plan *p);
uint32_t plan_n_written(const struct plan *p); /* steps 0 to this are of the spec, not of views */
const struct seq *plan_step(const struct plan *p, uint32_t id); /* NULL beyond the last */
const struct spec *plan_spec(const struct plan *p);
uint64_t plan_seed(const struct plan *p);

/* Binds a top-level section (`workers`, `cache`...) that the caller gives a meaning to: params as
 * of an operator.  Strings live as long as the plan.  A section that is not there leaves the
 * defaults of the table. */
int plan_section(const struct plan *p, const char *name, const struct param *params,
                 struct complaints *c, void *ret_params);

/* Once, by who names the files, before any is computed: what a manifest calls them.  naming.ctx
 * must live as long as elements are computed. */
void plan_set_naming(struct plan *p, struct naming naming);

/* Computes the bytes of one element's file.  A fault that surfaced late is looked for once more,
 * carefully. On failure e->fault tells. */
int plan_eval(const struct plan *p, struct eval *e, uint32_t output, uint64_t i, GBytes **ret);

/* The compiled plan for a person: each output, its steps from source to file, types and lengths. */
void plan_print(const struct plan *p, FILE *out);
