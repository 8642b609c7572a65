/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks from an element down to its sources: past the steps that only lead to it, through those
 * that compute. */
#include "ops/core/digest_parts.h"

#include "ops/core/draws.h"
#include "ops/core/eval.h"

/* What stands at the beginning of each kind of element, so that none looks like another. */
enum beginning { MARK_STEP = 256, MARK_UNDRAWN, MARK_SOURCE, MARK_VALUE, MARK_LIST, MARK_BEYOND };

static struct call call_of(const struct seq *s, uint64_t i)
{
    return (struct call){.seq = s, .params = s->params, .given = s->given, .i = i};
}

/* A value that is there, or that a look makes. */
static void add_known(struct digest *d, const struct seq *s, uint64_t i)
{
    OWN(value_unref) struct value *v = NULL;
    struct call c = call_of(s, i);
    struct eval e;

    eval_init(&e, NULL);
    c.eval = &e;
    if (s->op->get(&c, &v) < 0) {
        digest_cannot_tell(d);
        return;
    }
    digest_number(d, MARK_VALUE);
    digest_value(d, v);
}

/* Of a source that does not say more, it is its arguments, its file and where it is in there. */
static void add_source(struct digest *d, const struct seq *s, uint64_t i)
{
    struct call c = call_of(s, i);
    g_autofree char *path = NULL;

    if (s->op->flags & OP_TRIVIAL && s->op->get) {
        add_known(d, s, i);
        return;
    }
    digest_number(d, MARK_SOURCE);
    if (s->op->identify) {
        s->op->identify(&c, d);
        return;
    }
    path = s->op->origin ? s->op->origin(s, i) : NULL;
    digest_step(d, &c);
    digest_number(d, i);
    if (path)
        digest_file(d, path);
}

/* An element step that takes whole sequences may look at any of their elements. */
static bool takes_sequences(const struct op *op)
{
    for (const struct param *p = op->params; p && p->name; p++)
        if (p->kind >= PARAM_SEQ && p->kind <= PARAM_WEIGHTS)
            return true;
    return false;
}

/* The element itself and the other images; the record that arguments are drawn from is in these. */
static void add_inputs(struct digest *d, const struct seq *s, uint64_t i)
{
    if (!seq_main_is_given(s))
        digest_element(d, s->in[0], i);
    for (uint32_t n = 1; n < s->n_in; n++)
        if (n != s->subject)
            digest_element(d, s->in[n], i);
}

static void add_step(struct digest *d, const struct seq *s, uint64_t i)
{
    struct call c = call_of(s, i);
    struct drawn_params drawn = {0};
    OWN(draws_release) struct drawn_params *owned = &drawn;
    struct fault f = {0};

    if (takes_sequences(s->op)) {
        digest_cannot_tell(d);
        return;
    }
    if (s->draws && draws_make(s->draws, s, i, &f, owned) < 0) {
        digest_number(d, MARK_UNDRAWN); /* it fails, and so it will with the same attributes */
        digest_text(d, f.text);
    }
    if (drawn.params)
        c.params = drawn.params;
    digest_number(d, MARK_STEP);
    digest_step(d, &c);
    if (s->op->identify)
        s->op->identify(&c, d);
    add_inputs(d, s, i);
}

bool digest_parts(struct digest *d, const struct seq *s, uint64_t i)
{
    const struct type t = seq_type(s, i);
    const struct seq *part;
    uint64_t j, n = t.known && t.parted ? seq_n_parts(s, i) : 0;
    const bool record = t.kind == VALUE_RECORD;

    if (!t.known || !t.parted || n > d->visits)
        return false;
    for (uint64_t k = 0; k < n; k++)
        if (!seq_part(s, i, k, &part, &j) || (record && !seq_field(s, k)))
            return false;
    digest_number(d, MARK_LIST);
    digest_number(d, (uint64_t)t.kind);
    digest_number(d, n);
    for (uint64_t k = 0; k < n && !d->unknown; k++) {
        seq_part(s, i, k, &part, &j);
        if (record)
            digest_text(d, seq_field(s, k));
        digest_element(d, part, j);
    }
    return true;
}

/* A sequence operator that computes. */
static void add_computed(struct digest *d, const struct seq *s, uint64_t i)
{
    struct call c = call_of(s, i);

    if (s->op->identify)
        s->op->identify(&c, d);
    else if (!digest_parts(d, s, i))
        digest_cannot_tell(d);
}

/* Asking for it fails, whatever is in the sequence. */
static void add_beyond(struct digest *d, const struct seq *s, uint64_t i)
{
    digest_number(d, MARK_BEYOND);
    digest_number(d, s->len);
    digest_number(d, i);
}

/* The step that an element is handed on from; NULL = it comes from here. */
static const struct seq *find_way(const struct seq *s, uint64_t i, uint64_t *ret_i)
{
    const struct seq *in = NULL;

    if (s->op->apply) {
        *ret_i = i;
        return seq_is_spared(s, i) ? s->in[0] : NULL;
    }
    if (s->op->kind == OP_SOURCE)
        return NULL;
    if (s->op->reach && s->op->reach(s, i, &in, ret_i))
        return in;
    if (s->op->get)
        return NULL;
    seq_route(s, i, &in, ret_i);
    return in;
}

/* Depth is that of the plan. */
void digest_element(struct digest *d, const struct seq *s, uint64_t i)
{
    const struct seq *in;
    uint64_t j;

    for (;; s = in, i = j) {
        if (d->visits == 0)
            digest_cannot_tell(d);
        if (d->unknown)
            return;
        d->visits--;
        if (i >= s->len && !s->op->start) { /* what is read forward may have more than it knows */
            add_beyond(d, s, i);
            return;
        }
        in = find_way(s, i, &j);
        if (!in)
            break;
    }
    if (s->op->apply)
        add_step(d, s, i);
    else if (s->op->kind == OP_SOURCE)
        add_source(d, s, i);
    else if (s->op->get)
        add_computed(d, s, i);
    else
        digest_cannot_tell(d);
}
