/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of pipeline, for its files alone: pipeline.c reads names and lists, step.c makes a
 * step, fields.c steps on parts of elements, reseed.c copies for epochs. */
#pragma once

#include "ops/core/draws.h"
#include "ops/core/pipeline.h"

/* A step as the spec writes it.  Lifetime: call. */
struct wording {
    const char *op;
    struct mark mark;
    const struct node *args; /* NULL: none */
    bool first;              /* of its pipeline */
    bool implied;
    bool broken;      /* its name was complained about */
    uint64_t plugged; /* as in struct seq */
};

/* What stands around a step.  Lifetime: call. */
struct setting {
    struct seq *input;  /* NULL: the step stands first, or its input has faults */
    struct seq *record; /* the record whose field the input is, or NULL */
    bool broken;        /* the input has faults: there will be no sequence, but more complaints */
    double chance;
};

void *pipeline_complain(struct pipeline *p, struct mark at, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);

/* Reads a mapping of one key, or a bare word, as a step; false after having complained. */
bool pipeline_read_wording(struct pipeline *p, const struct node *n, struct wording *ret);

/* The arguments without one of them. */
const struct node *pipeline_without(struct pipeline *p, const struct node *args, uint32_t which);

/* The operator of a shared object that a `plugin` step stands for; *w becomes a step of that one.
 * NULL after having complained. */
const struct op *pipeline_plug(struct pipeline *p, const struct op *plugin, struct wording *w);

/* One step.  broken: its input has faults. */
struct seq *pipeline_build_step(struct pipeline *p, const struct wording *w, struct seq *input,
                                bool broken);

/* A step whose manner (`on`, `p`) has been taken out of its arguments. */
struct seq *pipeline_build_plain(struct pipeline *p, const struct op *op, const struct wording *w,
                                 const struct setting *at);

/* Which use of its operator a new step is. */
uint32_t pipeline_count_use(struct pipeline *p, const struct op *op);

/* A sequence with its in[] but without params, presets and opens it. */
struct seq *pipeline_new_seq(struct pipeline *p, const struct op *op, const struct wording *w);
void pipeline_preset(struct seq *s, GPtrArray *inputs);
struct seq *pipeline_open_seq(struct pipeline *p, struct seq *s, const struct wording *w);

/* A source that can only be read forward gets a `uniter` step, unless that is what comes next. */
struct seq *pipeline_make_indexable(struct pipeline *p, struct seq *s, const struct op *next);

/* The field of the records of a sequence. */
struct seq *pipeline_get_field(struct pipeline *p, struct seq *record, const struct node *name);

/* The images of a field, which may come as the bytes of a file, for the step called op. */
struct seq *pipeline_get_image(struct pipeline *p, const char *op, struct seq *record,
                               const struct node *name);

/* A step on some fields of records: on is a scalar or a list of scalars. */
struct seq *pipeline_build_on(struct pipeline *p, const struct op *op, const struct wording *w,
                              const struct setting *at, const struct node *on);
/* `map`. */
struct seq *pipeline_build_map(struct pipeline *p, const struct op *op, const struct wording *w,
                               const struct setting *at);
/* Inputs of an operator that combines: records that have the same fields in another order than the
 * first get theirs in that order. */
void pipeline_align_fields(struct pipeline *p, GPtrArray *inputs, struct mark at);
/* An operator with OP_BY_PART. */
struct seq *pipeline_build_by_part(struct pipeline *p, const struct op *op, const struct wording *w,
                                   const struct setting *at);

/* Inputs for an operator with OP_RESEEDS: n copies of input, appended to ret.  false after having
 * complained. */
bool pipeline_reseed(struct pipeline *p, struct seq *input, uint64_t n, const struct wording *w,
                     GPtrArray *ret);
