/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements that come from one of several sequences, as an element of another says. */
#include "ops/core/choose.h"

#include "ops/core/digest.h"
#include "ops/core/nested.h"

/* Lifetime: the sequence's. */
struct choice {
    choose_fn *choose;
    struct type common;    /* of all that may be chosen */
    struct nested *nested; /* owned; NULL = they are not lists or records that are parted */
};

static const struct choice *choice_of(const struct seq *s)
{
    return s->self;
}

void choose_open(struct seq *s, choose_fn *choose)
{
    struct choice *c = s->self = g_new0(struct choice, 1);

    c->choose = choose;
    c->common = seq_type(s->in[1], SEQ_ANY);
    for (uint32_t n = 2; n < s->n_in; n++)
        c->common = type_common(c->common, seq_type(s->in[n], SEQ_ANY));
    if (!c->common.parted)
        return;
    c->nested = nested_new(c->common.kind);
    for (uint32_t n = 1; n < s->n_in; n++)
        nested_add(c->nested, s->in[n]);
    if (!nested_is_parted(c->nested)) {
        g_clear_pointer(&c->nested, nested_free);
        c->common.parted = false;
        return;
    }
    /* Fields are the same whatever is chosen, but how long a list is only a look can tell. */
    c->common.parted = c->common.kind == VALUE_RECORD || s->in[0]->trivial;
}

void choose_close(struct seq *s)
{
    struct choice *c = s->self;

    if (c)
        nested_free(c->nested);
    g_free(c);
}

static int choose(const struct seq *s, struct eval *e, uint64_t i, uint32_t *ret)
{
    OWN(value_unref) struct value *v = NULL;
    int r = seq_get(s->in[0], e, i, &v);

    return r < 0 ? r : choice_of(s)->choose(v, s->n_in - 1, &e->fault, ret);
}

/* The input that element i is of; NULL = to know it takes more than a look, or it cannot be. */
static const struct seq *look(const struct seq *s, uint64_t i)
{
    struct eval e;
    uint32_t in;

    if (!s->in[0]->trivial)
        return NULL;
    eval_init(&e, NULL);
    return choose(s, &e, i, &in) < 0 ? NULL : s->in[in];
}

/* No reach(): an evaluation would ask it before get(), and so compute what fails twice. */
void choose_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct seq *in = look(s, i);

    *ret_in = SEQ_NO_INPUT;
    *ret_i = i;
    for (uint32_t n = 1; n < s->n_in; n++)
        if (s->in[n] == in)
            *ret_in = n;
}

bool choose_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    const struct seq *in = look(s, i);

    return in && seq_extent(in, i, ret);
}

struct type choose_type(const struct seq *s, uint64_t i)
{
    const struct choice *c = choice_of(s);
    const struct seq *in = i == SEQ_ANY ? NULL : look(s, i);
    struct type t = in ? seq_type(in, i) : c->common;

    if (in && c->common.known && t.kind != VALUE_RECORD)
        t.parted = c->common.parted;
    return t;
}

/* What cannot be chosen has one part, so that there is something to fail. */
uint64_t choose_n_parts(const struct seq *s, uint64_t i)
{
    const struct choice *c = choice_of(s);
    const struct seq *in;

    if (c->nested && c->common.kind == VALUE_RECORD)
        return nested_n_parts(c->nested);
    if (i == SEQ_ANY)
        return SEQ_ANY;
    in = look(s, i);
    return in ? seq_n_parts(in, i) : 1;
}

bool choose_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                 uint64_t *ret_i)
{
    const struct seq *in = i == SEQ_ANY ? NULL : look(s, i);

    return in && seq_part(in, i, k, ret_s, ret_i);
}

const char *choose_field(const struct seq *s, uint64_t k)
{
    const struct choice *c = choice_of(s);

    return c->nested ? nested_field(c->nested, k) : NULL;
}

struct type choose_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct choice *c = choice_of(s);
    const struct seq *in = i == SEQ_ANY ? NULL : look(s, i);

    if (in)
        return seq_part_type(in, i, k);
    return c->nested ? nested_part_type(c->nested, k) : (struct type){0};
}

int choose_get(const struct call *c, struct value **ret)
{
    uint32_t in;
    int r = choose(c->seq, c->eval, c->i, &in);

    return r < 0 ? r : seq_get(c->seq->in[in], c->eval, c->i, ret);
}

/* Where only computing tells what is chosen, all that may be has a part in it. */
void choose_identify(const struct call *c, struct digest *d)
{
    const struct seq *s = c->seq, *in = look(s, c->i);

    if (in) {
        digest_element(d, in, c->i);
        return;
    }
    digest_step(d, c);
    for (uint32_t n = 0; n < s->n_in; n++)
        digest_element(d, s->in[n], c->i);
}
