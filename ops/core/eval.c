/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of one evaluator at its beginning. */
#include "ops/core/eval.h"

#include <string.h>

void eval_init(struct eval *e, struct eval_stack *stack)
{
    fault_clear(&e->fault);
    e->careful = false;
    e->deadline = 0;
    e->stack = stack ? stack : &e->own_stack;
    e->stack->depth = 0;
    e->inner_ns = 0;
    e->n_timings = 0;
}
