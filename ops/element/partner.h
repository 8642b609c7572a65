/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that stays, and answers one element after the other.  docs/coprocess.md is what it is
 * asked, and what it answers. */
#pragma once

#include "ops/op.h"

#include "ops/element/command.h"

/* What an answer becomes. */
enum partner_returns {
    PARTNER_BYTES,
    PARTNER_TEXT,
    PARTNER_ARRAY,
    PARTNER_JSON, /* bytes, of a .json file */
};

/* The arguments that tell it: a part of the params of a step. */
struct partner_args {
    double timeout;
    const char *ext;
    int64_t returns; /* enum partner_returns */
    uint64_t max_output;
    struct strings attributes;
};

#define PARTNER_PARAMS(STRUCT, FIELD, RETURNS)                                                    \
    PARAM_AS("ext", STRING, STRUCT, FIELD.ext, .fallback = "bin",                                 \
             .brief = "the suffix of the files, with 'returns: bytes'"),                          \
        PARAM_AS("returns", CHOICE, STRUCT, FIELD.returns, .fallback = "bytes",                   \
                 .choices = RETURNS, .brief = "what it gives"),                                   \
        PARAM_AS("timeout", DURATION, STRUCT, FIELD.timeout, .fallback = "0", .min = 0,           \
                 .max = 1e6,                                                                      \
                 .brief = "how long an element may take, with the start of the program; 0 = as "  \
                          "long as any"),                                                         \
        PARAM_AS("max_output", SIZE, STRUCT, FIELD.max_output, .fallback = "1G", .min = 1,        \
                 .max = 1e15, .brief = "the most that it may give, in bytes"),                    \
        PARAM_AS("attributes", STRINGS, STRUCT, FIELD.attributes,                                 \
                 .brief = "which attributes of the element it is told; all but 'value' when not " \
                          "given")

#define PARTNER_SOURCE "SEQFS_HOST"

/* What the step knows of its program.  Lifetime: plan.  Immutable; all-zero has nothing. */
struct partner_step {
    struct command_args command_args; /* the step's copy */
    const struct partner_args *args;  /* of the step's params */
    struct command *command;          /* owned */
    GPtrArray *words;                 /* what follows argv, as it is; owned; NULL = nothing */
    char *source;                     /* in its environment as PARTNER_SOURCE; owned; NULL = none */
    char *file;                       /* is as good as the program; owned; NULL = none */
    const char *speaker;   /* who says what an answer of `error` says; NULL = it tells itself */
    GPtrArray *attributes; /* names that the program is told; owned */
};

/* At the open() of the step: from command_args, args; messages name the step.  Nothing of it can be
 * drawn for each element. */
int partner_step_init(struct partner_step *p, const struct seq *s, struct fault *f);
void partner_step_finish(struct partner_step *p);

struct type partner_step_type(const struct partner_step *p);
void partner_step_identify(const struct partner_step *p, const struct call *c, struct digest *d);

/* Asks the evaluator's program of this step, which is started if there is none, what an element of
 * bytes or an array becomes.  Faults: what the program says by `error`, after which it lives on; no
 * answer in time, its death, an answer that is none: then it is killed, and the next element has
 * another.  What had answered others before is given a second chance, as another, so that no
 * element fails for what they did to it. */
int partner_ask(const struct partner_step *p, const struct call *c, struct value *in,
                struct value **ret);
