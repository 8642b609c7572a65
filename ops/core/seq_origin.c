/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files that an element comes from, through steps, parts and arguments. */
#include "ops/core/seq.h"

/* Lifetime: call. */
struct walk {
    void (*visit)(void *ctx, const char *path);
    void *ctx;
    unsigned left; /* sources yet to be visited at most */
};

static void visit_source(struct walk *w, const struct seq *s, uint64_t i)
{
    g_autofree char *path = s->op->origin ? s->op->origin(s, i) : NULL;

    w->left--;
    if (path)
        w->visit(w->ctx, path);
}

static void walk(struct walk *w, const struct seq *s, uint64_t i);

/* Whether all parts of a list or record could be visited, instead of what it is computed from. */
static bool walk_parts(struct walk *w, const struct seq *s, uint64_t i)
{
    const uint64_t n = s->op->kind == OP_SEQUENCE && seq_type(s, i).parted ? seq_n_parts(s, i) : 0;

    for (uint64_t k = 0; k < n && w->left > 0; k++) {
        const struct seq *part;
        uint64_t j;

        if (!seq_part(s, i, k, &part, &j))
            return false;
        walk(w, part, j);
    }
    return n > 0;
}

/* It is computed from elements of its inputs that have the same index. */
static void walk_inputs(struct walk *w, const struct seq *s, uint64_t i)
{
    for (uint32_t n = 0; n < s->n_in; n++)
        walk(w, s->in[n], i);
}

/* Depth is that of the plan. */
static void walk(struct walk *w, const struct seq *s, uint64_t i)
{
    while (w->left > 0 && i < s->len) {
        const struct seq *in = NULL;
        uint64_t j;

        if (s->op->kind == OP_SOURCE) {
            visit_source(w, s, i);
            return;
        }
        if (s->op->get && walk_parts(w, s, i))
            return;
        if (!s->op->apply)
            seq_route(s, i, &in, &j);
        if (!in) {
            walk_inputs(w, s, i);
            return;
        }
        s = in;
        i = j;
    }
}

void seq_each_origin(const struct seq *s, uint64_t i, void (*visit)(void *ctx, const char *path),
                     void *ctx)
{
    struct walk w = {visit, ctx, SEQ_ORIGINS};

    walk(&w, s, i);
}
