/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One evaluator: what the computation of one element at a time needs and leaves behind. */
#pragma once

#include "ops/base/fault.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define EVAL_DEPTH 200 /* steps within steps */
#define EVAL_TIMINGS 64

/* How long one step took, its inputs not counted. */
struct eval_timing {
    uint32_t step;
    uint16_t depth;  /* steps above it that were waiting for it */
    uint16_t failed; /* 1 = it is the step that failed */
    uint64_t index;  /* of the element, there */
    uint64_t ns;
};

/* The steps under way, outermost first, for whoever has to tell what a dead worker was doing. Plain
 * data; may lie in memory shared with another process, which reads it only after its writer has
 * died. */
struct eval_stack {
    uint32_t depth;
    struct fault_step at[EVAL_DEPTH];
};

struct seq;
struct value;

/* Values of `cache` steps that outlive one evaluation, kept by whoever evaluates. */
struct keeper {
    void *ctx;
    /* KEEPER_HAS: *ret is the value packed, owned by the caller.  KEEPER_MISS: it is not there, and
     * whoever else asks for it waits until the caller, having computed it, calls end().
     * KEEPER_NONE: it cannot be kept (or the deadline is near): compute it, call nothing. */
    enum keeper_answer {
        KEEPER_HAS,
        KEEPER_MISS,
        KEEPER_NONE
    } (*begin)(void *ctx, const struct seq *s, uint64_t i, int64_t deadline, GBytes **ret);
    /* packed: borrowed; NULL = it failed, or cannot be packed. */
    void (*end)(void *ctx, const struct seq *s, uint64_t i, GBytes *packed);
};

/* Readers of sources that can only be read forward, shared by all who evaluate: `uniter` asks them.
 */
struct readers {
    void *ctx;
    int (*get)(void *ctx, const struct seq *uniter, uint64_t i, int64_t deadline, struct fault *f,
               struct value **ret);
};

/* What the files of a plan's outputs are called. */
struct naming {
    void *ctx;
    /* Appends the path of file i, below the folder of its dataset: "cats/007.jpg".  Any thread. */
    void (*print)(void *ctx, uint32_t output, uint64_t i, GString *ret);
};

#define EVAL_MEMO 8     /* elements that are remembered within an evaluation */
#define EVAL_NOTES 1024 /* bytes of what `debug` steps have to say */

/* An element under way that several steps above ask for.  Lifetime: that of the step that put it.
 */
struct eval_memo {
    const struct seq *seq;
    uint64_t i;
    struct value *value; /* borrowed */
};

/* Lifetime: a worker's, or call.  One thread at a time.  Initialise with eval_init(). */
struct eval {
    struct fault fault; /* of the last evaluation */
    bool careful;       /* compute every step to its end, so that a late fault finds its step */
    int64_t deadline;   /* g_get_monotonic_time() to give up at; 0 = none */
    struct eval_stack *stack;
    struct eval_stack own_stack;
    uint64_t inner_ns; /* time of inputs within the step under way */
    uint32_t n_timings;
    struct eval_timing timings[EVAL_TIMINGS]; /* innermost first; what is over is dropped */
    const struct keeper *keeper;              /* NULL = nothing is kept */
    const struct readers *readers;            /* NULL = `uniter` steps read from the beginning */
    const struct naming *naming; /* of the plan under way; NULL = its files have no names */
    uint32_t n_memo;
    struct eval_memo memo[EVAL_MEMO];
    GHashTable *places;     /* of steps: eval_place(); NULL = none; owned */
    char notes[EVAL_NOTES]; /* lines of `debug` steps, each ending in a newline; what is over is
                               dropped */
};

/* stack: where to note the steps under way; NULL = inside of e. */
void eval_init(struct eval *e, struct eval_stack *stack);

/* Gives back what steps keep in it.  Only where a step that is not trivial was evaluated. */
void eval_finish(struct eval *e);

/* Where a step keeps what it does not want to make anew for each of its elements: an open file, a
 * program that stays.  owner: the sequence, or what lives as long and several have in common.
 * *place is NULL at first; release() is called of what is there in the end.  Not for trivial steps.
 */
void **eval_place(struct eval *e, const void *owner, GDestroyNotify release);

/* Forgets what the last evaluation left: its fault, timings and notes. */
void eval_begin(struct eval *e);

/* Adds a line to the notes. */
void eval_note(struct eval *e, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
