/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of one evaluator at its beginning. */
#include "ops/core/eval.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void eval_begin(struct eval *e)
{
    fault_clear(&e->fault);
    e->stack->depth = 0;
    e->inner_ns = 0;
    e->n_timings = 0;
    e->n_memo = 0;
    e->notes[0] = '\0';
}

void eval_init(struct eval *e, struct eval_stack *stack)
{
    e->careful = false;
    e->deadline = 0;
    e->stack = stack ? stack : &e->own_stack;
    e->keeper = NULL;
    e->readers = NULL;
    eval_begin(e);
}

void eval_note(struct eval *e, const char *fmt, ...)
{
    size_t len = strlen(e->notes), room = sizeof e->notes - len;
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(e->notes + len, room, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n + 1 >= room)
        e->notes[len] = '\0'; /* as if it had not been said, rather than half of it */
    else
        memcpy(e->notes + len + n, "\n", 2);
}
