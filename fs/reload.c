/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loads a spec beside the one that is served, all of it or nothing. */
#include "fs/reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fs/load.h"

static void tell_complaints(const struct complaints *c, GString *why)
{
    char *said = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&said, &len);

    if (out == NULL)
        return;
    complaints_print(c, out);
    fclose(out);
    g_string_append_len(why, said, (gssize)len);
    free(said);
}

static void tell_fault(const struct fault *f, GString *why)
{
    g_string_append_printf(why, "%s\n", f->text);
    if (f->detail[0] == '\0')
        return;
    g_string_append(why, f->detail);
    if (why->str[why->len - 1] != '\n')
        g_string_append_c(why, '\n');
}

static int load(struct reload *r, GString *why)
{
    OWN(complaints_free) struct complaints *c = complaints_new();

    if (load_spec(&r->conf, c, &r->plan, &r->names) == 0)
        return 0;
    tell_complaints(c, why);
    return -EINVAL;
}

static int start(struct reload *r, int program, GString *why)
{
    struct crew_conf crew;
    const struct zygote_spawn_conf conf = {
        .crew = &crew, .defines = (char *const *)r->conf.defines->pdata, .program = program};
    struct fault f = {0};

    conf_crew(&r->conf, &crew);
    if (crew.isolation != ISOLATION_PROCESS)
        return 0;
    if (zygote_spawn(r->plan, &conf, &f, &r->zygote) == 0)
        return 0;
    tell_fault(&f, why);
    return -f.err;
}

int reload_plan(const struct conf *conf, int program, GString *why, struct reload *ret)
{
    struct reload r = {0};

    conf_renew(conf, &r.conf);
    int err = load(&r, why);
    if (err == 0)
        err = start(&r, program, why);
    if (err < 0) {
        reload_finish(&r);
        return err;
    }
    *ret = r;
    return 0;
}

void reload_finish(struct reload *r)
{
    if (r == NULL)
        return;
    zygote_stop(r->zygote);
    names_free(r->names);
    plan_free(r->plan);
    conf_finish(&r->conf);
    *r = (struct reload){0};
}
