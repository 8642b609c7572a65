/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One evaluator: what the computation of one element at a time needs and leaves behind. */
#pragma once

#include "ops/base/fault.h"

#include <stdbool.h>
#include <stdint.h>

#define EVAL_DEPTH 200 /* steps within steps */
#define EVAL_TIMINGS 64

/* How long one step took, its inputs not counted. */
struct eval_timing {
    uint32_t step;
    uint32_t failed; /* 1 = it was this step that failed */
    uint64_t ns;
};

/* The steps under way, outermost first, for whoever has to tell what a dead worker was doing. Plain
 * data; may lie in memory shared with another process, which reads it only after its writer has
 * died. */
struct eval_stack {
    uint32_t depth;
    struct fault_step at[EVAL_DEPTH];
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
};

/* stack: where to note the steps under way; NULL = inside of e. */
void eval_init(struct eval *e, struct eval_stack *stack);
