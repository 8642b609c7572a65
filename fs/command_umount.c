/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs umount: takes a mount away. */
#include "fs/arguments.h"
#include "fs/command.h"
#include "fs/session.h"

static const char usage[] = "seqfs umount MOUNTPOINT";

int command_umount(int argc, char **argv)
{
    static const GOptionEntry none[] = {{0}};
    struct fault f = {0};

    if (arguments_parse(none, NULL, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 2)
        return command_usage(usage, "one mountpoint is wanted");
    if (session_unmount(argv[1], &f) < 0)
        return command_fail(EXIT_MOUNT, &f);
    return EXIT_WELL;
}
