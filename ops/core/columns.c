/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes sequences of a source's fields. */
#include "ops/core/columns.h"

#include "ops/core/digest.h"

static void init_column(struct seq *column, const struct seq *source, const struct op *op,
                        uint32_t k)
{
    *column = (struct seq){
        .op = op,
        .id = source->id,
        .name = source->name,
        .mark = source->mark,
        .params = source->params,
        .given = source->given,
        .len = source->len,
        .trivial = source->trivial,
        .isolate = source->isolate,
        .self = source->self,
        .folder = source->folder,
        .depth = 1,
        .seed = source->seed,
        .fast = source->fast,
        .chance = 1,
        .shared_self = true,
        .column = k,
        .plugged = source->plugged,
    };
    column->any = seq_type(column, SEQ_ANY);
    column->measured = true;
    digest_seal(column);
}

void columns_init(struct columns *c, const struct seq *source, const struct op *const *ops,
                  uint32_t len)
{
    c->at = g_new(struct seq, len ? len : 1);
    c->len = len;
    for (uint32_t k = 0; k < len; k++)
        init_column(&c->at[k], source, ops[k], k);
}

void columns_finish(struct columns *c)
{
    g_free(c->at);
    *c = (struct columns){0};
}
