/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the vaults of steps, and names packed values. */
#include "fs/cellar.h"

#include <xxhash.h>

#include "fs/step.h"
#include "ops/core/depot.h"
#include "ops/core/identity.h"
#include "ops/core/pack.h"

/* One `cache` step with a disk. */
struct cell {
    struct vault *vault; /* owned; NULL = it cannot be had, or none is wanted */
    struct fault *fault; /* owned; why not; NULL = told, or nothing to tell */
};

struct cellar {
    uint32_t n_steps;
    struct cell cells[]; /* by the number of the step; most are empty */
};

static void open_cell(const struct seq *s, struct cell *ret)
{
    OWN(depot_finish) struct depot depot = {0};
    struct fault f = {0};

    /* It was checked when the step was opened. */
    if (depot_parse(step_node(s, "disk"), s->folder, &f, &depot) < 0 || !depot.wanted)
        return;
    if (!depot.path)
        depot.path = vault_default_path();
    if (vault_new(depot.path, depot.size, &f, &ret->vault) < 0)
        ret->fault = g_memdup2(&f, sizeof f);
}

struct cellar *cellar_new(const struct plan *p)
{
    uint32_t n = plan_n_steps(p);
    struct cellar *c = g_malloc0(sizeof *c + n * sizeof c->cells[0]);

    c->n_steps = n;
    for (uint32_t i = 0; i < n; i++)
        if (step_is(plan_step(p, i), "cache"))
            open_cell(plan_step(p, i), &c->cells[i]);
    return c;
}

void cellar_free(struct cellar *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->n_steps; i++) {
        vault_free(c->cells[i].vault);
        g_free(c->cells[i].fault);
    }
    g_free(c);
}

static struct vault *vault_of(const struct cellar *c, uint32_t step)
{
    return step < c->n_steps ? c->cells[step].vault : NULL;
}

void cellar_set_state(struct cellar *c, uint32_t step, struct vault_state *s)
{
    if (vault_of(c, step))
        vault_set_state(vault_of(c, step), s);
}

/* Not the identity itself: under that a file of the same element may lie in the same folder, and
 * packed values are read by the same kind of machine only. */
struct identity cellar_name(const struct cellar *c, const struct seq *s, uint64_t i)
{
    struct {
        struct identity id;
        uint32_t version;
        uint16_t order, word;
    } name = {.version = PACK_VERSION, .order = 0x0102, .word = sizeof(size_t)};

    if (!vault_of(c, s->id))
        return (struct identity){0};
    name.id = seq_identity(s->in[0], i);
    if (identity_is_none(name.id))
        return name.id;
    XXH128_hash_t hash = XXH3_128bits(&name, sizeof name);
    return (struct identity){hash.high64, hash.low64};
}

bool cellar_get(const struct cellar *c, const struct seq *s, struct identity name, GBytes **ret)
{
    return !identity_is_none(name) && vault_get_bytes(vault_of(c, s->id), name, ret) == 0;
}

void cellar_put(const struct cellar *c, const struct seq *s, uint64_t i, struct identity name,
                GBytes *packed)
{
    gsize len;
    const void *data = g_bytes_get_data(packed, &len);

    if (!identity_is_none(name) && identity_equal(name, cellar_name(c, s, i)))
        vault_put(vault_of(c, s->id), name, data, len);
}

bool cellar_take_trouble(struct cellar *c, struct fault *ret)
{
    for (uint32_t i = 0; i < c->n_steps; i++) {
        g_autofree struct fault *fault =
            __atomic_exchange_n(&c->cells[i].fault, NULL, __ATOMIC_ACQ_REL);

        if (fault)
            *ret = *fault;
        if (fault || (c->cells[i].vault && vault_take_trouble(c->cells[i].vault, ret)))
            return true;
    }
    return false;
}

bool cellar_look_figures(const struct cellar *c, uint32_t step, struct vault_figures *ret)
{
    if (!vault_of(c, step))
        return false;
    vault_look_figures(vault_of(c, step), ret);
    return true;
}
