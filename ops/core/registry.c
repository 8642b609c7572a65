/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of our own operators, which the build generates, and the providers of others. */
#include "ops/core/registry.h"

#include <string.h>

#define OP(name) extern const struct op op_##name;
#include "op_table.h"
#undef OP

static const struct op *const own_ops[] = {
#define OP(name) &op_##name,
#include "op_table.h"
#undef OP
};

extern const struct op_provider provider_vips;

static const struct op_provider *const providers[] = {&provider_vips};

struct registry {
    void *selves[G_N_ELEMENTS(providers)]; /* owned, each its provider's */
};

int registry_new(struct fault *f, struct registry **ret)
{
    OWN(registry_free) struct registry *r = g_new0(struct registry, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(providers); i++) {
        int err = providers[i]->open(&r->selves[i], f);
        if (err < 0)
            return err;
    }
    *ret = g_steal_pointer(&r);
    return 0;
}

void registry_free(struct registry *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(providers); i++)
        if (r->selves[i])
            providers[i]->close(r->selves[i]);
    g_free(r);
}

/* Operators of the language that this build does not have.  Those of other libraries that happen to
 * be called so are not taken for them. */
static const struct missing {
    const char *name;
    const char *why;
} missing[] = {
#define MISSING(name, library) {#name, "this build has it not: it was made without " library},
#include "op_table.h"
#undef MISSING
    {0},
};

static const char *find_missing(const char *name)
{
    for (const struct missing *m = missing; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m->why;
    return NULL;
}

static const struct op *find_own(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(own_ops); i++) {
        const struct op *op = own_ops[i];
        if (strcmp(op->name, name) == 0 || (op->alias && strcmp(op->alias, name) == 0))
            return op;
    }
    return NULL;
}

/* The name behind a provider's prefix, or the whole name. */
static const char *behind_prefix(const struct op_provider *p, const char *name)
{
    size_t len = strlen(p->prefix);

    return strncmp(name, p->prefix, len) == 0 && name[len] == '.' ? name + len + 1 : name;
}

const struct op *registry_find(struct registry *r, const char *name, const char **ret_why)
{
    const struct op *op = find_own(name);
    const char *why = op ? NULL : find_missing(name);

    if (ret_why)
        *ret_why = why;
    if (why)
        return NULL;
    for (size_t i = 0; !op && i < G_N_ELEMENTS(providers); i++) {
        const char *bare = behind_prefix(providers[i], name);
        op = providers[i]->find(r->selves[i], bare);
        if (!op && ret_why && !*ret_why)
            *ret_why = providers[i]->refuse(r->selves[i], bare);
    }
    return op;
}

static void offer(void *near, const struct op *op)
{
    nearest_offer(near, op->name);
    if (op->alias)
        nearest_offer(near, op->alias);
}

void registry_offer(struct registry *r, struct nearest *near)
{
    registry_each(r, offer, near);
    for (const struct missing *m = missing; m->name; m++)
        nearest_offer(near, m->name);
}

void registry_each(struct registry *r, void (*visit)(void *ctx, const struct op *op), void *ctx)
{
    for (size_t i = 0; i < G_N_ELEMENTS(own_ops); i++)
        visit(ctx, own_ops[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(providers); i++)
        providers[i]->each(r->selves[i], visit, ctx);
}
