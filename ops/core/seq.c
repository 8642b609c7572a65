/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The funnel through which every element is asked for, and the questions that need no evaluation.
 */
#include "ops/core/seq.h"

#include "ops/base/nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int check(const struct seq *s, struct eval *e, uint64_t i)
{
    if (i >= s->len)
        return fault_set(&e->fault, ERANGE,
                         "index %" PRIu64 ", but there are only %" PRIu64 " elements", i, s->len);
    if (e->stack->depth >= EVAL_DEPTH)
        return fault_set(&e->fault, ELOOP, "more than %d steps within steps", EVAL_DEPTH);
    if (e->deadline && g_get_monotonic_time() > e->deadline)
        return fault_set(&e->fault, ETIMEDOUT, "gave up: the time allowed is over");
    return 0;
}

static int apply(const struct call *c, struct value **ret)
{
    OWN(value_unref) struct value *in = NULL;
    int r = seq_get(c->seq->in[0], c->eval, c->i, &in);

    return r < 0 ? r : c->seq->op->apply(c, in, ret);
}

static int evaluate(const struct seq *s, struct eval *e, uint64_t i, struct value **ret)
{
    struct call c = {.seq = s, .eval = e, .params = s->params, .given = s->given, .i = i};

    if (s->op->apply)
        return apply(&c, ret);
    if (s->op->get)
        return s->op->get(&c, ret);

    const struct seq *in;
    uint64_t j;
    seq_route(s, i, &in, &j);
    if (!in)
        return fault_set(&e->fault, EPROTO, "the step leads to no input");
    return seq_get(in, e, j, ret);
}

static void note_time(const struct seq *s, struct eval *e, uint64_t own_ns, bool failed)
{
    if (e->n_timings < EVAL_TIMINGS)
        e->timings[e->n_timings++] =
            (struct eval_timing){.step = s->id, .failed = failed, .ns = own_ns};
}

int seq_get(const struct seq *s, struct eval *e, uint64_t i, struct value **ret)
{
    int r = check(s, e, i);

    if (r == 0) {
        uint64_t start = now_ns(), outer_ns = e->inner_ns;
        e->inner_ns = 0;
        e->stack->at[e->stack->depth] = (struct fault_step){.step = s->id, .index = i};
        e->stack->depth++;
        r = evaluate(s, e, i, ret);
        e->stack->depth--;
        uint64_t total = now_ns() - start;
        note_time(s, e, total - MIN(total, e->inner_ns), r < 0 && e->fault.trail_len == 0);
        e->inner_ns = outer_ns + total;
    }
    if (r < 0)
        fault_pass(&e->fault, s->id, i);
    return r;
}

void seq_route(const struct seq *s, uint64_t i, const struct seq **ret_s, uint64_t *ret_i)
{
    uint32_t in = 0;
    uint64_t j = i;

    *ret_s = NULL;
    *ret_i = i;
    if (s->n_in == 0 || (s->op->get && !s->op->route))
        return;
    if (s->op->route)
        s->op->route(s, i, &in, &j);
    if (in >= s->n_in)
        return;
    *ret_s = s->in[in];
    *ret_i = j;
}

struct type seq_type(const struct seq *s, uint64_t i)
{
    const struct seq *in = NULL;
    uint64_t j = i;

    if (i == SEQ_ANY && s->measured)
        return s->any;
    if (s->op->type)
        return s->op->type(s, i);
    if (i == SEQ_ANY)
        return s->n_in == 1 ? seq_type(s->in[0], SEQ_ANY) : (struct type){0};
    seq_route(s, i, &in, &j);
    return in ? seq_type(in, j) : (struct type){0};
}

/* The source that element *i comes from, and its index there; NULL if several elements went into
 * it. */
static const struct seq *source_of(const struct seq *s, uint64_t *i)
{
    while (s && s->op->kind != OP_SOURCE)
        seq_route(s, *i, &s, i);
    return s;
}

bool seq_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    if (strcmp(name, "index") == 0) {
        g_string_append_printf(ret, "%" PRIu64, i);
        return true;
    }
    const struct seq *source = source_of(s, &i);
    return source && source->op->attr && source->op->attr(source, i, name, ret);
}

enum name_part seq_name(const struct seq *s, uint64_t i, GString *ret)
{
    while (s) {
        if (s->op->name_of)
            return s->op->name_of(s, i, ret);
        seq_route(s, i, &s, &i);
    }
    return NAME_NONE;
}

bool seq_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    while (s) {
        if (s->op->extent)
            return s->op->extent(s, i, ret);
        if (s->op->kind != OP_SEQUENCE)
            return false;
        seq_route(s, i, &s, &i);
    }
    return false;
}

char *seq_origin(const struct seq *s, uint64_t i)
{
    const struct seq *source = source_of(s, &i);

    return source && source->op->origin ? source->op->origin(source, i) : NULL;
}

static bool source_has(const struct seq *s, const char *name, struct nearest *near)
{
    bool found = s->op->flags & OP_STANDS_IN;

    for (const char *const *a = s->op->attrs; a && *a; a++) {
        if (strcmp(*a, name) == 0)
            found = true;
        if (near)
            nearest_offer(near, *a);
    }
    return found;
}

/* seen: sequences asked before, since they may share inputs many times over. */
static bool has_attr(const struct seq *s, const char *name, struct nearest *near, GHashTable *seen)
{
    if (!g_hash_table_add(seen, (gpointer)s))
        return true;
    if (s->op->kind == OP_SOURCE)
        return source_has(s, name, near);
    if (s->op->get && !s->op->route)
        return false;
    bool all = true;
    for (uint32_t i = 0; i < s->n_in; i++)
        all = has_attr(s->in[i], name, near, seen) && all;
    return all;
}

bool seq_has_attr(const struct seq *s, const char *name, struct nearest *near)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

    if (near)
        nearest_offer(near, "index");
    return strcmp(name, "index") == 0 || has_attr(s, name, near, seen);
}
