/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of sequences for other epochs: only what depends on the epoch is copied. */
#include <string.h>

#include "ops/core/pipeline_parts.h"

#define EPOCHS_MAX (UINT64_C(1) << 40) /* of epochs within epochs, all together */
#define COPIES_MAX 1000000             /* of steps, in a plan; each takes about 500 bytes */

/* The making of one copy.  Lifetime: call. */
struct copying {
    struct pipeline *pipeline;
    const struct wording *wording;
    uint64_t epoch;     /* to add */
    GHashTable *copies; /* struct seq -> its copy, NULL after a complaint */
};

/* How many epochs there are below s already; known: struct seq -> the answer, of every random one
 * in the end. */
static uint64_t count_epochs(const struct seq *s, GHashTable *known)
{
    uint64_t most = 1, *found = g_hash_table_lookup(known, s);

    if (!s->random)
        return 1;
    if (found)
        return *found;
    for (uint32_t n = 0; n < s->n_in; n++)
        most = MAX(most, count_epochs(s->in[n], known));
    if (s->op->flags & OP_RESEEDS && most < EPOCHS_MAX)
        most *= s->n_in;
    g_hash_table_insert(known, (gpointer)s, g_memdup2(&most, sizeof most));
    return most;
}

static struct seq *copy(struct copying *c, struct seq *s);

static bool copy_inputs(struct copying *c, const struct seq *s, GPtrArray *ret)
{
    for (uint32_t n = 0; n < s->n_in; n++) {
        struct seq *in = copy(c, s->in[n]);
        if (!in)
            return false;
        g_ptr_array_add(ret, in);
    }
    return true;
}

static struct seq *make_copy(struct copying *c, const struct seq *s)
{
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    const struct wording w = {.op = s->name, .mark = s->mark};

    if (!copy_inputs(c, s, inputs))
        return NULL;
    struct seq *made = g_memdup2(s, sizeof *s);
    g_ptr_array_add(c->pipeline->copies, made);
    made->shared_self = true;
    made->self = NULL;
    made->in = NULL;
    made->measured = false;
    made->epoch = s->epoch + c->epoch;
    pipeline_preset(made, inputs);
    return pipeline_open_seq(c->pipeline, made, &w);
}

static struct seq *copy(struct copying *c, struct seq *s)
{
    gpointer known;

    if (!s->random)
        return s;
    if (g_hash_table_lookup_extended(c->copies, s, NULL, &known))
        return known;
    struct seq *made = make_copy(c, s);
    g_hash_table_insert(c->copies, s, made);
    return made;
}

bool pipeline_reseed(struct pipeline *p, struct seq *input, uint64_t n, const struct wording *w,
                     GPtrArray *ret)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    uint64_t below = count_epochs(input, known);

    if (below > EPOCHS_MAX / n) {
        pipeline_complain(p, w->mark, "%s: more than 2^40 epochs within one another", w->op);
        return false;
    }
    if (p->copies->len + (n - 1) * g_hash_table_size(known) > COPIES_MAX) {
        pipeline_complain(p, w->mark, "%s: more than %d copies of random steps; have fewer epochs",
                          w->op, COPIES_MAX);
        return false;
    }
    g_ptr_array_add(ret, input);
    for (uint64_t epoch = 1; epoch < n; epoch++) {
        g_autoptr(GHashTable) copies = g_hash_table_new(NULL, NULL);
        struct copying c = {p, w, epoch * below, copies};
        struct seq *made = copy(&c, input);

        if (!made)
            return false;
        g_ptr_array_add(ret, made);
    }
    return true;
}
