/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses command lines, and names the option that an unknown one probably meant. */
#include "fs/arguments.h"

#include <errno.h>
#include <string.h>

#include "ops/base/nearest.h"

/* GLib would take the `--` away and with it the difference between `-- -x` and `-x`. */
static int before_dashes(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            return i;
    return argc;
}

static bool is_positional(const char *arg)
{
    return arg[0] != '-' || arg[1] == '\0' || g_ascii_isdigit(arg[1]);
}

static int unknown(const GOptionEntry *entries, const char *arg, struct fault *f)
{
    g_autofree char *name = g_strndup(arg, strcspn(arg, "="));
    char hint[128];
    struct nearest near;

    nearest_init(&near, name + strspn(name, "-"));
    for (const GOptionEntry *e = entries; e->long_name != NULL; e++)
        nearest_offer(&near, e->long_name);
    return fault_set(f, EINVAL, "no option '%s'%s", name, nearest_hint(&near, hint, sizeof hint));
}

static int parse(const GOptionEntry *entries, void *ctx, int *argc, char ***argv, struct fault *f)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    GOptionGroup *group = g_option_group_new("seqfs", "", "", ctx, NULL);

    g_option_group_add_entries(group, entries);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_ignore_unknown_options(context, TRUE);
    if (g_option_context_parse(context, argc, argv, &error))
        return 0;
    error->message[0] = g_ascii_tolower(error->message[0]);
    return fault_set(f, EINVAL, "%s", error->message);
}

int arguments_parse(const GOptionEntry *entries, void *ctx, int *argc, char ***argv,
                    struct fault *f)
{
    int n = before_dashes(*argc, *argv);
    char **rest = *argv + n + 1;
    int n_rest = n < *argc ? *argc - n - 1 : 0;
    int r = parse(entries, ctx, &n, argv, f);

    if (r < 0)
        return r;
    for (int i = 1; i < n; i++)
        if (!is_positional((*argv)[i]))
            return unknown(entries, (*argv)[i], f);
    for (int i = 0; i < n_rest; i++)
        (*argv)[n + i] = rest[i];
    *argc = n + n_rest;
    (*argv)[*argc] = NULL;
    return 0;
}
