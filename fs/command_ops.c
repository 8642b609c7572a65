/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs ops: the manual of the operators, as they tell it themselves. */
#include "fs/arguments.h"
#include "fs/command.h"
#include "ops/core/registry.h"

static const char usage[] = "seqfs ops [NAME], or seqfs ops --markdown";

static int print_one(struct registry *registry, const char *name)
{
    const char *why = NULL;
    const struct op *op = registry_find(registry, name, &why);
    char hint[128];
    struct nearest near;

    if (op != NULL) {
        manual_print(op, stdout);
        return EXIT_WELL;
    }
    if (why != NULL)
        return command_usage(usage, "%s: %s", name, why);
    nearest_init(&near, name);
    registry_offer(registry, &near);
    return command_usage(usage, "no operator '%s'%s", name, nearest_hint(&near, hint, sizeof hint));
}

int command_ops(int argc, char **argv)
{
    gboolean markdown = FALSE;
    const GOptionEntry entries[] = {{.long_name = "markdown", .arg_data = &markdown}, {0}};
    OWN(registry_free) struct registry *registry = NULL;
    struct fault f = {0};

    if (arguments_parse(entries, NULL, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc > 2 || (markdown && argc > 1))
        return command_usage(usage, "one name at most is wanted");
    if (registry_new(&f, &registry) < 0)
        return command_fail(EXIT_RUNTIME, &f);
    if (argc == 2)
        return print_one(registry, argv[1]);
    if (markdown)
        manual_print_book(registry, stdout);
    else
        manual_print_list(registry, stdout);
    return EXIT_WELL;
}
