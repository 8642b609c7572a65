/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The funnel through which every element is asked for, and the questions that need no evaluation.
 */
#include "ops/core/seq.h"

#include "ops/core/draws.h"
#include "ops/core/random.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
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

/* A number of the element decides whether a step with a chance is applied to it. */
bool seq_is_spared(const struct seq *s, uint64_t i)
{
    struct random r;

    if (s->chance >= 1)
        return false;
    random_init(&r, s, i, RANDOM_CHANCE);
    return random_uniform(&r) >= s->chance;
}

bool seq_main_is_given(const struct seq *s)
{
    for (const struct param *p = s->op->params; p && p->name; p++)
        if (p->kind == PARAM_INPUT || p->kind == PARAM_INPUTS)
            return s->given & UINT64_C(1) << (p - s->op->params);
    return false;
}

static int apply(struct call *c, struct value **ret)
{
    const struct seq *s = c->seq;
    OWN(value_unref) struct value *in = NULL;
    struct drawn_params drawn = {0};
    OWN(draws_release) struct drawn_params *owned = &drawn;
    bool spared = seq_is_spared(s, c->i);
    int r = 0;

    if (spared || s->op->input != OP_TAKES_FIELDS || !seq_main_is_given(s))
        r = seq_get(s->in[0], c->eval, c->i, &in);
    if (r == 0 && spared)
        *ret = g_steal_pointer(&in);
    if (r < 0 || spared)
        return r;
    if (s->draws) {
        r = draws_make(s->draws, s, c->i, &c->eval->fault, owned);
        c->params = drawn.params;
    }
    return r < 0 ? r : s->op->apply(c, in, ret);
}

static struct value *remembered(const struct eval *e, const struct seq *s, uint64_t i)
{
    for (uint32_t n = 0; n < e->n_memo; n++)
        if (e->memo[n].seq == s && e->memo[n].i == i)
            return e->memo[n].value;
    return NULL;
}

static int evaluate(const struct seq *s, struct eval *e, uint64_t i, struct value **ret)
{
    struct call c = {.seq = s, .eval = e, .params = s->params, .given = s->given, .i = i};
    struct value *known = remembered(e, s, i);
    const struct seq *in;
    uint64_t j;

    if (known) {
        *ret = value_ref(known);
        return 0;
    }
    if (s->op->apply)
        return apply(&c, ret);
    if (s->op->reach && s->op->reach(s, i, &in, &j))
        return seq_get(in, e, j, ret);
    if (s->op->get)
        return s->op->get(&c, ret);
    seq_route(s, i, &in, &j);
    if (!in)
        return fault_set(&e->fault, EPROTO, "the step leads to no input");
    return seq_get(in, e, j, ret);
}

static void note_time(struct eval *e, struct eval_timing t)
{
    if (e->n_timings < EVAL_TIMINGS)
        e->timings[e->n_timings++] = t;
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
        uint64_t inner = s->op->flags & OP_TIMES_ALL ? 0 : MIN(total, e->inner_ns);
        note_time(e, (struct eval_timing){.step = s->id,
                                          .depth = (uint16_t)e->stack->depth,
                                          .failed = r < 0 && e->fault.trail_len == 0,
                                          .index = i,
                                          .ns = total - inner});
        e->inner_ns = outer_ns + total;
    }
    if (r < 0 && e->fault.err == 0) /* a plug-in's answer */
        r = fault_set(&e->fault, EIO, "it failed and gave no reason");
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
    if (s->op->reach && s->op->reach(s, i, ret_s, ret_i))
        return;
    if (s->n_in == 0 || (s->op->get && !s->op->route))
        return;
    if (s->op->route)
        s->op->route(s, i, &in, &j);
    if (in >= s->n_in)
        return;
    *ret_s = s->in[in];
    *ret_i = j;
}

struct type type_common(struct type a, struct type b)
{
    if (!a.known || !b.known || a.kind != b.kind)
        return (struct type){0};
    if (!a.suffix || !b.suffix || strcmp(a.suffix, b.suffix) != 0)
        a.suffix = NULL;
    a.parted = a.parted && b.parted;
    if (!a.array || !b.array || !array_is_same(a.array, b.array))
        a.array = NULL;
    if (a.width != b.width || a.height != b.height)
        a.width = a.height = 0;
    return a;
}

/* Of those that combine sequences, inputs without elements do not count. */
static struct type common_of_inputs(const struct seq *s)
{
    uint32_t n_in =
        s->op->kind == OP_SEQUENCE ? s->n_in : MIN(s->n_in, 1); /* others are arguments */
    struct type t = {0};
    bool any = false;

    for (uint32_t n = 0; n < n_in; n++) {
        if (s->op->flags & OP_COMBINES && s->in[n]->len == 0)
            continue;
        t = any ? type_common(t, seq_type(s->in[n], SEQ_ANY)) : seq_type(s->in[n], SEQ_ANY);
        any = true;
    }
    return t;
}

/* What the step makes of its input where it is applied; where it is not, that is what it was. */
static struct type own_type(const struct seq *s, uint64_t i)
{
    const struct seq *in = NULL;
    struct type t = {0};
    uint64_t j = i;

    if (s->op->type)
        return s->op->type(s, i);
    if (i != SEQ_ANY)
        seq_route(s, i, &in, &j);
    if (i == SEQ_ANY)
        t = common_of_inputs(s);
    else if (in)
        t = seq_type(in, j);
    if (s->op->kind == OP_ELEMENT && !(s->op->flags & OP_KEEPS_SIZE))
        t.width = t.height = 0;
    return t;
}

struct type seq_type(const struct seq *s, uint64_t i)
{
    if (i == SEQ_ANY && s->measured)
        return s->any;
    if (s->chance < 1 && s->op->apply && i != SEQ_ANY && seq_is_spared(s, i))
        return seq_type(s->in[0], i);
    if (s->chance < 1 && s->op->apply && i == SEQ_ANY)
        return type_common(own_type(s, i), seq_type(s->in[0], i));
    return own_type(s, i);
}

static enum name_part find_name(const struct seq *s, uint64_t i, bool within, GString *ret);

/* A field has the name that its record was given, else its own, else the one that the record has
 * from its first field. */
static enum name_part name_of_part(const struct seq *s, uint64_t i, bool within, GString *ret)
{
    const bool alone = s->op->route && !(s->op->flags & OP_SPREADS);
    const struct seq *part = NULL, *first = NULL;
    enum name_part named = NAME_NONE;
    uint32_t in = SEQ_NO_INPUT;
    uint64_t j = i, k;

    if (alone)
        s->op->route(s, i, &in, &j);
    if (in < s->n_in)
        named = find_name(s->in[in], j, true, ret);
    if (named == NAME_NONE && s->op->reach(s, i, &part, &k))
        named = find_name(part, k, within, ret);
    if (named != NAME_NONE || in >= s->n_in || within)
        return named;
    seq_route(s->in[in], j, &first, &k);
    return first && first != part ? find_name(first, k, false, ret) : NAME_NONE;
}

/* within: not beyond what combines sequences. */
static enum name_part find_name(const struct seq *s, uint64_t i, bool within, GString *ret)
{
    for (; s; seq_route(s, i, &s, &i)) {
        if (s->op->name_of)
            return s->op->name_of(s, i, ret);
        if (s->op->reach)
            return name_of_part(s, i, within, ret);
        if (within && s->op->flags & OP_COMBINES)
            return NAME_NONE;
    }
    return NAME_NONE;
}

enum name_part seq_name(const struct seq *s, uint64_t i, GString *ret)
{
    return find_name(s, i, false, ret);
}

/* Where get() is more than a way to its input, it has to be called. */
static bool hands_on(const struct seq *s, uint64_t i, const struct seq **ret_s, uint64_t *ret_i)
{
    if (s->op->kind != OP_SEQUENCE)
        return false;
    if (s->op->get)
        return s->op->reach && s->op->reach(s, i, ret_s, ret_i);
    seq_route(s, i, ret_s, ret_i);
    return *ret_s;
}

bool seq_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    for (;;) {
        const struct seq *in;
        uint64_t j;

        if (s->chance < 1)
            return false;
        if (s->op->extent)
            return s->op->extent(s, i, ret);
        if (!hands_on(s, i, &in, &j))
            return false;
        s = in;
        i = j;
    }
}

/* The length of what lies ready; one that has no end of its own has that of its file. */
static bool measure(const struct seq *s, uint64_t i, uint64_t *ret)
{
    struct extent x = {0};
    struct stat st;
    bool known;

    if (i == SEQ_ANY || !s->op->extent(s, i, &x))
        return false;
    known = x.len != UINT64_MAX || (stat(x.path, &st) == 0 && (uint64_t)st.st_size >= x.off);
    if (known)
        *ret = (x.len != UINT64_MAX ? x.len : (uint64_t)st.st_size - x.off) +
               (x.tail ? strlen(x.tail) : 0);
    g_free(x.path);
    return known;
}

/* Of any element: where a step moves all of one input's, or those of several of the same size. */
static bool size_of_any(const struct seq *s, uint64_t *ret)
{
    bool any = false;
    uint64_t size;

    if (s->op->kind != OP_SEQUENCE || s->op->get)
        return false;
    for (uint32_t n = 0; n < s->n_in; n++) {
        if (s->in[n]->len == 0)
            continue;
        if (!seq_size(s->in[n], SEQ_ANY, &size) || (any && size != *ret))
            return false;
        *ret = size;
        any = true;
    }
    return any;
}

bool seq_size(const struct seq *s, uint64_t i, uint64_t *ret)
{
    for (;;) {
        const struct seq *in;
        uint64_t j;

        if (s->chance < 1)
            return false;
        if (s->op->size && s->op->size(s, i, ret))
            return true;
        if (s->op->extent)
            return measure(s, i, ret);
        if (s->op->flags & OP_BY_PART) { /* its values are those of its input */
            s = s->in[0];
            continue;
        }
        if (i == SEQ_ANY)
            return size_of_any(s, ret);
        if (!hands_on(s, i, &in, &j))
            return false;
        s = in;
        i = j;
    }
}

bool seq_is_quick(const struct seq *s, uint64_t i)
{
    while (!s->trivial) {
        const struct seq *in;
        uint64_t j = i;

        if (s->op->is_quick && s->op->is_quick(s, i) && !s->draws && s->chance >= 1)
            in = s->in[0];
        else if (!hands_on(s, i, &in, &j))
            return false;
        s = in;
        i = j;
    }
    return true;
}

char *seq_origin(const struct seq *s, uint64_t i)
{
    while (s && s->op->kind != OP_SOURCE)
        seq_route(s, i, &s, &i);
    return s && s->op->origin ? s->op->origin(s, i) : NULL;
}
