/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of one evaluator. */
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
    e->naming = NULL;
    e->places = NULL;
    eval_begin(e);
}

/* What a step keeps.  Lifetime: its evaluator's. */
struct place {
    void *at;
    GDestroyNotify release;
};

static void free_place(void *data)
{
    struct place *place = data;

    if (place->at)
        place->release(place->at);
    g_free(place);
}

void **eval_place(struct eval *e, const void *owner, GDestroyNotify release)
{
    struct place *place;

    if (!e->places)
        e->places = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_place);
    place = g_hash_table_lookup(e->places, owner);
    if (!place) {
        place = g_new0(struct place, 1);
        place->release = release;
        g_hash_table_insert(e->places, (gpointer)owner, place);
    }
    return &place->at;
}

void eval_finish(struct eval *e)
{
    g_clear_pointer(&e->places, g_hash_table_destroy);
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
