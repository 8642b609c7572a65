/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An iteration for each step that needs one. */
#include "fs/readers.h"

#include <assert.h>

#include "fs/iteration.h"
#include "ops/core/forward.h"

struct readers_kept {
    struct readers door;
    uint32_t len;
    struct iteration *at[]; /* owned; by the number of the step, NULL for most */
};

bool readers_are_needed(const struct plan *p)
{
    for (uint32_t i = 0; i < plan_n_steps(p); i++)
        if (forward_is_read(plan_step(p, i)))
            return true;
    return false;
}

static int get(void *ctx, const struct seq *uniter, uint64_t i, int64_t deadline, struct fault *f,
               struct value **ret)
{
    const struct readers_kept *r = ctx;

    assert(uniter->id < r->len && r->at[uniter->id]);
    return iteration_get(r->at[uniter->id], i, deadline, f, ret);
}

struct readers_kept *readers_new(const struct plan *p)
{
    uint32_t len = plan_n_steps(p);
    struct readers_kept *r = g_malloc0(sizeof *r + len * sizeof r->at[0]);

    r->len = len;
    r->door = (struct readers){.ctx = r, .get = get};
    for (uint32_t i = 0; i < len; i++)
        if (forward_is_read(plan_step(p, i)))
            r->at[i] = iteration_new(plan_step(p, i));
    return r;
}

void readers_free(struct readers_kept *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->len; i++)
        iteration_free(r->at[i]);
    g_free(r);
}

const struct readers *readers_door(const struct readers_kept *r)
{
    return &r->door;
}

void readers_stop(struct readers_kept *r)
{
    for (uint32_t i = 0; i < r->len; i++)
        if (r->at[i])
            iteration_stop(r->at[i]);
}
