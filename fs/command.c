/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands have in common: loading a spec, and saying what went wrong. */
#include "fs/command.h"

#include <stdarg.h>
#include <stdio.h>

#include "fs/arguments.h"
#include "fs/load.h"

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

static int status_of(const struct complaints *c)
{
    complaints_print(c, stderr);
    return complaints_kind(c) == COMPLAINT_SPEC ? EXIT_SPEC : EXIT_SOURCE;
}

int command_load(struct conf *conf, struct plan **ret_plan, struct names **ret_names)
{
    OWN(complaints_free) struct complaints *c = complaints_new();

    return load_spec(conf, c, ret_plan, ret_names) < 0 ? status_of(c) : EXIT_WELL;
}
