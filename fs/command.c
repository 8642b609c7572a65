/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands have in common: loading a spec, and saying what went wrong. */
#include "fs/command.h"

#include <stdarg.h>
#include <stdio.h>

#include "fs/arguments.h"
#include "fs/control.h"

int command_usage(const char *usage, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    fprintf(stderr, "seqfs: %s\nusage: %s\n", text, usage);
    return EXIT_USAGE;
}

int command_fail(enum exit_status status, const struct fault *f)
{
    fprintf(stderr, "seqfs: %s\n", f->text);
    if (f->detail[0] != '\0')
        fprintf(stderr, "%s\n", f->detail);
    return status;
}

int command_parse(struct conf *conf, char **ret_file, int *argc, char ***argv, struct fault *f)
{
    g_auto(GStrv) defines = NULL;
    g_autofree char *file = NULL;
    const GOptionEntry entries[] = {
        {.long_name = "define",
         .short_name = 'D',
         .arg = G_OPTION_ARG_FILENAME_ARRAY,
         .arg_data = &defines},
        {.long_name = ret_file != NULL ? "output" : NULL,
         .short_name = 'o',
         .arg = G_OPTION_ARG_FILENAME,
         .arg_data = &file},
        {0},
    };
    int r = arguments_parse(entries, NULL, argc, argv, f);

    for (char **d = defines; r == 0 && d != NULL && *d != NULL; d++)
        r = conf_add_define(conf, *d, f);
    if (r == 0 && ret_file != NULL)
        *ret_file = g_steal_pointer(&file);
    return r;
}

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

static int status_of(const struct complaints *c)
{
    complaints_print(c, stderr);
    return complaints_kind(c) == COMPLAINT_SPEC ? EXIT_SPEC : EXIT_SOURCE;
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

int command_load(struct conf *conf, struct plan **ret_plan, struct names **ret_names)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    char *const *defines = (char *const *)conf->defines->pdata;
    struct loading l = {.conf = conf};

    if (plan_load(conf->spec, defines, check, &l, c, ret_plan) < 0) {
        names_free(l.names);
        return status_of(c);
    }
    *ret_names = l.names;
    return EXIT_WELL;
}
