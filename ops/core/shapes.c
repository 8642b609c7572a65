/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps copies of array types that live as long as a step. */
#include "ops/core/shapes.h"

#include <errno.h>

#include "ops/core/nested.h"

#define KEPT 16 /* different ones */

struct shapes {
    shapes_fn *shape;
    uint32_t len;
    struct array_type *at; /* owned */
};

static const struct array_type *find_same(const struct shapes *t, const struct array_type *type)
{
    for (uint32_t k = 0; k < t->len; k++)
        if (array_is_same(&t->at[k], type))
            return &t->at[k];
    return NULL;
}

/* false = nothing is known of it. */
static bool add(struct shapes *t, const struct seq *s, uint64_t i)
{
    struct array_type type;

    if (!t->shape(s, i, &type))
        return false;
    if (t->len < KEPT && !find_same(t, &type))
        t->at[t->len++] = type;
    return true;
}

/* Where neither the ends nor the odd one are known, nothing is worth looking for. */
static void look(struct shapes *t, const struct seq *s)
{
    const uint64_t stride = nested_stride(s->len);
    uint64_t odd = s->len - 1;
    bool any = add(t, s, 0);

    any = add(t, s, s->len - 1) || any;
    if (seq_find_odd(s->n_in > 0 ? s->in[0] : s, &odd) && odd < s->len)
        any = add(t, s, odd) || any;
    for (uint64_t i = 0; any && i < s->len; i += stride)
        add(t, s, i);
}

struct shapes *shapes_new(const struct seq *s, shapes_fn *shape)
{
    struct shapes *t = g_new0(struct shapes, 1);

    t->shape = shape;
    t->at = g_new(struct array_type, KEPT);
    if (s->len > 0 && !add(t, s, SEQ_ANY))
        look(t, s);
    t->at = g_renew(struct array_type, t->at, MAX(t->len, 1));
    return t;
}

void shapes_free(struct shapes *t)
{
    if (!t)
        return;
    g_free(t->at);
    g_free(t);
}

const struct array_type *shapes_find(const struct shapes *t, const struct seq *s, uint64_t i)
{
    struct array_type type;

    return t && t->len > 0 && t->shape(s, i, &type) ? find_same(t, &type) : NULL;
}

int shapes_check(const struct shapes *t, const struct call *c, const struct array_type *got)
{
    const struct array_type *want = shapes_find(t, c->seq, c->i);

    if (!want || array_is_same(want, got))
        return 0;
    g_autoptr(GString) said = g_string_new("the array is ");
    array_print(got, said);
    g_string_append(said, ", but its file was said to be of ");
    array_print(want, said);
    return fault_set(&c->eval->fault, EPROTO, "%s", said->str);
}
