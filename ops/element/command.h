/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the steps that run programs have in common: the command line with its fields, the
 * environment, the folder. */
#pragma once

#include "ops/op.h"

#include "ops/base/child.h"

/* The arguments that tell it: a part of the params of a step. */
struct command_args {
    struct strings argv;
    bool shell;
    const char *cwd;
    const struct node *env;
};

#define COMMAND_PARAMS(STRUCT, FIELD)                                                         \
    PARAM_AS("argv", STRINGS, STRUCT, FIELD.argv, .main = true, .required = true,             \
             .brief = "the program, looked for in PATH, and its arguments"),                  \
        PARAM_AS("shell", BOOL, STRUCT, FIELD.shell, .fallback = "false",                     \
                 .brief = "argv is one line for /bin/sh"),                                    \
        PARAM_AS("cwd", STRING, STRUCT, FIELD.cwd, .fallback = "",                            \
                 .brief = "the folder that it runs in; relative to the spec's, the default"), \
        PARAM_AS("env", NODE, STRUCT, FIELD.env,                                              \
                 .brief = "variables of its environment, beside the server's: NAME: VALUE; "  \
                          "null takes one away")

/* What the values of fields are taken from. */
enum command_fields {
    COMMAND_ELEMENT, /* the element, and {input} and {output}, which stand for files */
    COMMAND_NOTHING, /* there are none: the program is started before */
};

/* Lifetime: plan.  Immutable. */
struct command;

/* At the open() of the step s: checks that the folder and the program are there, and compiles what
 * has fields.  Messages name the step. */
int command_new(const struct seq *s, const struct command_args *args, enum command_fields fields,
                struct fault *f, struct command **ret);
void command_free(struct command *c);
OWN_DEFINE(struct command, command_free)

/* Whether {input} or {output} is among its words. */
bool command_has_input(const struct command *c);
bool command_has_output(const struct command *c);

/* The files of one element, where it has any. */
struct command_files {
    const char *input, *output;
};

/* Lifetime: call.  All-zero is none. */
struct command_line {
    GPtrArray *argv; /* of strings, NULL-terminated; owned */
    char **env;      /* all of it; owned */
    char *program;   /* owned; NULL: argv[0] is looked for when it runs */
    const char *cwd; /* the command's */
};

/* For one element.  args: its own, of call->params; what is drawn has no fields. */
void command_print(const struct command *c, const struct call *call,
                   const struct command_args *args, struct command_files files,
                   struct command_line *ret);
void command_line_finish(struct command_line *line);
/* Sets what of a run the line tells; run must not outlive it. */
void command_line_apply(const struct command_line *line, struct child_run *run);

/* Adds the program's file, and all that the fields stand for. */
void command_identify(const struct command *c, const struct call *call,
                      const struct command_args *args, struct digest *d);

/* For open(): whether a suffix is none, as a fault of the argument `ext`. */
int command_check_ext(const struct seq *s, const char *ext, struct fault *f);
/* The suffix without its dot, or NULL. */
const char *command_suffix(const char *ext);

/* The sooner of a step's own limit and the element's, in seconds; 0 = none. */
double command_time_left(double timeout, const struct eval *e);
