/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a spec, and checks in one go what only a server can check of it. */
#include "fs/load.h"

#include "fs/control.h"

/* A thread cannot be killed when a step hangs, nor does it survive alone when a step crashes. */
static void check_isolation(const struct conf *conf, const struct plan *p, struct complaints *c)
{
    const struct seq *unsafe =
        conf->workers.isolation == ISOLATION_THREAD ? crew_unsafe_step(p) : NULL;

    if (unsafe != NULL)
        complaints_add(c, COMPLAINT_SPEC, unsafe->mark,
                       "%s: not possible with 'isolation: thread'; leave that out, or the step",
                       unsafe->name);
}

/* What a spec says to the server.  Lifetime: call. */
struct loading {
    struct conf *conf;
    struct names *names; /* owned; NULL = there are complaints */
};

static void check(void *ctx, const struct plan *p, struct complaints *c)
{
    struct loading *l = ctx;

    conf_take_spec(l->conf, p, c);
    check_isolation(l->conf, p, c);
    if (plan_n_datasets(p) > 0)
        names_new(p, control_names, c, &l->names);
}

int load_spec(struct conf *conf, struct complaints *c, struct plan **ret_plan,
              struct names **ret_names)
{
    char *const *defines = (char *const *)conf->defines->pdata;
    struct loading l = {.conf = conf};
    int r = plan_load(conf->spec, defines, check, &l, c, ret_plan);

    if (r < 0) {
        names_free(l.names);
        return r;
    }
    names_tell(l.names, *ret_plan);
    *ret_names = l.names;
    return 0;
}
