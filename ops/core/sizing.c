/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the outputs whose files may have a size before they are computed. */
#include "ops/core/sizing.h"

/* Whether any element of a step may have a size, if known tells so of its inputs.  Columns of a
 * source are not steps of their own: any of them may. */
static bool may_have_size(const struct seq *s, const bool *known)
{
    if (s->op->size)
        return true;
    if (s->op->kind == OP_ELEMENT)
        return false;
    if (s->op->kind == OP_SOURCE)
        return s->op->part;
    for (uint32_t i = 0; i < s->n_in; i++)
        if (known[s->in[i]->id])
            return true;
    return false;
}

/* For each step.  The ids of inputs may be higher than those of the steps above, hence several
 * rounds, at most one a depth. */
static bool *find_sizes(const GPtrArray *steps)
{
    bool *known = g_new0(bool, steps->len + 1);

    for (bool changed = true; changed;) {
        changed = false;
        for (guint id = 0; id < steps->len; id++) {
            if (known[id] || !may_have_size(steps->pdata[id], known))
                continue;
            known[id] = true;
            changed = true;
        }
    }
    return known;
}

void sizing_mark(const GPtrArray *steps, GArray *outputs)
{
    g_autofree bool *known = find_sizes(steps);

    for (guint n = 0; n < outputs->len; n++) {
        struct output *o = &g_array_index(outputs, struct output, n);

        o->sized = known[o->seq->id];
        if (!o->sized || o->seq->len == 0 || !seq_size(o->seq, SEQ_ANY, &o->each))
            o->each = OUTPUT_DIFFER;
    }
}
