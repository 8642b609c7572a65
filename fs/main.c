/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the command that the first argument names; without one, seqfs mounts. */
#define FUSE_USE_VERSION 314

#include <fuse.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vips/vips.h>

#include "fs/command.h"
#include "fs/spawned.h"
#include "ops/base/nearest.h"

static const char usage[] =
    "seqfs [OPTION...] SPEC MOUNTPOINT, or seqfs COMMAND ...; see seqfs --help";

static const struct command {
    const char *name, *arguments, *brief;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"check", "SPEC", "report every fault; print sequences, lengths, types, names", command_check},
    {"eval", "SPEC PATH|INDEX [-o FILE]", "compute one element without a mount", command_eval},
    {"explain", "SPEC PATH|INDEX", "its source, its attributes, its steps and their times",
     command_explain},
    {"index", "SPEC", "evaluate everything once; keep sizes and failures for mounts",
     command_index},
    {"ops", "[NAME]", "the manual of the operators", command_ops},
    {"stats", "[--watch[=TIME]] MOUNT", "the figures of a mount, for a person", command_stats},
    {"umount", "MOUNTPOINT", "unmount", command_umount},
};

static void print_help(void)
{
    printf("usage: seqfs [OPTION...] SPEC MOUNTPOINT\n"
           "       mounts the dataset that SPEC tells at MOUNTPOINT; returns when it answers\n\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autofree char *left =
            g_strdup_printf("seqfs %s %s", commands[i].name, commands[i].arguments);
        printf("%s %-38s %s\n", i == 0 ? "   or:" : "      ", left, commands[i].brief);
    }
    putchar('\n');
    conf_print_help(stdout);
    printf(
        "\nExit status: 0; 1 something failed at run time; 2 usage; 3 spec; 4 source; 5 mount.\n");
}

static void print_version(void)
{
    printf("seqfs %s (libvips %d.%d.%d, libfuse %s, GLib %u.%u.%u)\n", SEQFS_VERSION,
           vips_version(0), vips_version(1), vips_version(2), fuse_pkgversion(), glib_major_version,
           glib_minor_version, glib_micro_version);
}

/* --help anywhere but behind a `--`. */
static bool asks(int argc, char **argv, const char *word, const char *letter)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], word) == 0 || strcmp(argv[i], letter) == 0)
            return true;
    return false;
}

/* A spec is a file: what is none and looks like a word was meant as a command. */
static bool is_wrong_command(const char *arg)
{
    return arg[0] != '-' && strpbrk(arg, "./") == NULL && access(arg, F_OK) < 0;
}

static int wrong_command(const char *word)
{
    char hint[128];
    struct nearest near;

    nearest_init(&near, word);
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        nearest_offer(&near, commands[i].name);
    return command_usage(usage,
                         "no file and no command '%s'; commands are check, eval, explain, index, "
                         "ops, stats, umount%s",
                         word, nearest_hint(&near, hint, sizeof hint));
}

static int run(int argc, char **argv)
{
    struct fault f = {0};

    if (spawned_is_wanted(argc, argv) && spawned_main(argc, argv, &f) < 0)
        return command_fail(EXIT_USAGE, &f);
    if (asks(argc, argv, "--help", "-h")) {
        print_help();
        return EXIT_WELL;
    }
    if (asks(argc, argv, "--version", "-V")) {
        print_version();
        return EXIT_WELL;
    }
    if (argc < 2)
        return command_usage(usage, "a spec and a mountpoint are wanted");
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (is_wrong_command(argv[1]))
        return wrong_command(argv[1]);
    return command_mount(argc, argv);
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);

    /* A full disk under standard output is found when it is flushed. */
    if (fflush(stdout) != 0 && status == EXIT_WELL) {
        perror("seqfs: standard output");
        status = EXIT_RUNTIME;
    }
    return status;
}
