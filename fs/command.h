/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of seqfs: each takes what follows its name and returns the exit status. */
#pragma once

#include "fs/conf.h"
#include "fs/names.h"

/* 0 well; 1 something failed at run time; 2 usage; 3 spec; 4 source; 5 mount. */
enum exit_status {
    EXIT_WELL = 0,
    EXIT_RUNTIME = 1,
    EXIT_USAGE = 2,
    EXIT_SPEC = 3,
    EXIT_SOURCE = 4,
    EXIT_MOUNT = 5,
};

/* argv[0] is the command's name. */
int command_mount(int argc, char **argv);   /* seqfs [options] SPEC MOUNTPOINT */
int command_check(int argc, char **argv);   /* seqfs check SPEC */
int command_eval(int argc, char **argv);    /* seqfs eval SPEC PATH|INDEX [-o FILE] */
int command_explain(int argc, char **argv); /* seqfs explain SPEC PATH|INDEX */
int command_index(int argc, char **argv);   /* seqfs index [OPTION...] SPEC */
int command_ops(int argc, char **argv);     /* seqfs ops [NAME] */
int command_stats(int argc, char **argv);   /* seqfs stats [--watch[=TIME]] MOUNT */
int command_umount(int argc, char **argv);  /* seqfs umount MOUNT */

/* What is true of all of them: */

/* Says on standard error what is wrong with a command line, and the right form.  Returns
 * EXIT_USAGE. */
int command_usage(const char *usage, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Says a failure on standard error: "seqfs: sentence", then what a library said.  Returns status.
 */
int command_fail(enum exit_status status, const struct fault *f);

/* Takes the options of commands that do not mount out of argv: -D NAME=VALUE, and, unless ret_file
 * is NULL, -o FILE (owned by the caller; NULL if it is not there). */
int command_parse(struct conf *conf, char **ret_file, int *argc, char ***argv, struct fault *f);

/* Loads conf->spec with conf->defines, fills conf from its sections and builds the tree of names.
 * All that is wrong is said on standard error: EXIT_SPEC or EXIT_SOURCE, and no ret_ is touched. */
int command_load(struct conf *conf, struct plan **ret_plan, struct names **ret_names);

/* One element that a command line names.  Lifetime: the command's. */
struct command_element {
    struct conf conf; /* owned, as all but key */
    struct plan *plan;
    struct names *names;
    char *file; /* of -o, or NULL */
    struct key key;
};

/* Takes "[-D NAME=VALUE]... SPEC PATH|INDEX", and -o FILE if has_file.  What is wrong is said on
 * standard error; the result is to be closed in any case. */
int command_open_element(const char *usage, bool has_file, int argc, char **argv,
                         struct command_element *ret);
void command_close_element(struct command_element *element);
OWN_DEFINE(struct command_element, command_close_element)

/* Calls run() of an element and returns what it returns: where programs take part, in a child of
 * its own.  However this process ends (but by a signal that kills the guard, too), the programs are
 * killed then, and their temporary files removed.  For a process with one thread. */
int command_guard(const struct command_element *element,
                  int (*run)(const struct command_element *element));

/* Computes its bytes in this process, for at most the time that workers have.  A failure's report
 * goes to standard error.  e is initialised here. */
int command_evaluate(const struct command_element *element, struct eval *e, double *ret_seconds,
                     GBytes **ret);
