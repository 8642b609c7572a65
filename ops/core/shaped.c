/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the steps from array to array have in common. */
#include "ops/core/shaped.h"

#include <errno.h>

#include "ops/core/shapes.h"

#define SMALL 65536 /* bytes; of an array that is made as quick as a reply */

/* Lifetime: plan. */
struct shaping {
    shaped_fn *fn;
    struct shapes *shapes; /* owned */
};

static bool shape(const struct seq *s, uint64_t i, struct array_type *ret)
{
    const struct shaping *g = s->self;
    struct type in = seq_type(s->in[0], i);
    struct fault f;

    return in.known && in.array && !s->draws && g->fn(s, s->params, in.array, &f, ret) == 0;
}

static bool is_small(const struct array_type *t)
{
    uint64_t n;

    return t && array_n_bytes(t, &n) && n <= SMALL;
}

static int refuse(const struct seq *s, enum value_kind kind, struct fault *f)
{
    bool other = kind == VALUE_RECORD;

    return fault_set(f, EINVAL, "%s: wanted is an array, but each element is %s%s", s->name,
                     value_kind_name(kind),
                     other ? ": say which of its fields by 'on'" : ": put 'array' before it");
}

int shaped_open(struct seq *s, shaped_fn *fn, struct fault *f)
{
    struct type in = seq_type(s->in[0], SEQ_ANY);
    struct shaping *g = s->self = g_new0(struct shaping, 1);
    struct array_type out;

    g->fn = fn;
    if (in.known && in.kind != VALUE_ARRAY)
        return refuse(s, in.kind, f);
    if (in.known && in.array && !s->draws && fn(s, s->params, in.array, f, &out) < 0)
        return fault_set_arg(f, f->err, f->arg, f->item, "%s: %s", s->name, f->text);
    g->shapes = shapes_new(s, shape);
    s->trivial = is_small(in.array) && is_small(shapes_find(g->shapes, s, SEQ_ANY));
    return 0;
}

void shaped_close(struct seq *s)
{
    struct shaping *g = s->self;

    if (g)
        shapes_free(g->shapes);
    g_free(g);
}

struct type shaped_type(const struct seq *s, uint64_t i)
{
    const struct shaping *g = s->self;

    return (struct type){.known = true, .kind = VALUE_ARRAY, .array = shapes_find(g->shapes, s, i)};
}

int shaped_alloc(const struct array_type *type, struct fault *f, void **ret)
{
    g_autoptr(GString) name = g_string_new(NULL);
    uint64_t n;

    array_print(type, name);
    if (!array_n_bytes(type, &n))
        return fault_set(f, EFBIG, "an array of %s is too large", name->str);
    *ret = g_try_malloc(MAX(n, 1));
    return *ret ? 0 : fault_set_errno(f, ENOMEM, "an array of %s", name->str);
}

int shaped_begin(const struct call *c, const struct value *in, struct array_type *ret,
                 void **ret_items)
{
    const struct shaping *g = c->seq->self;
    struct fault *f = &c->eval->fault;

    if (value_kind(in) != VALUE_ARRAY)
        return fault_set(f, EINVAL, "the element is %s, wanted is an array",
                         value_kind_name(value_kind(in)));
    int r = g->fn(c->seq, c->params, value_array_type(in), f, ret);
    if (r < 0 || !ret_items)
        return r;
    return shaped_alloc(ret, f, ret_items);
}

struct value *shaped_end(const struct array_type *type, void *own_items)
{
    uint64_t n;

    if (!array_n_bytes(type, &n))
        g_assert_not_reached();
    return value_new_array(type, g_bytes_new_take(own_items, n));
}
