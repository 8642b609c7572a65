/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exec: a program, from its standard input to its standard output. */
#include "ops/op.h"

#include "ops/base/child.h"

#include <string.h>

struct exec {
    struct strings argv;
    double timeout;
    const char *ext;
    bool shell;
    uint64_t max_output;
};

/* Before anything is mounted, whether there is such a program; a path starts at the spec's folder.
 */
static int find_program(const char *name, const char *folder, struct fault *f, char **ret)
{
    *ret = child_find_program(name, folder);
    if (*ret)
        return 0;
    fault_set_arg(f, ENOENT, "argv", 0, "exec: no program '%s'%s%s", name,
                  strchr(name, '/') ? "" : " in PATH",
                  strpbrk(name, " |<>") ? "; write a list, or shell: true" : "");
    f->source = true;
    return -ENOENT;
}

static int exec_open(struct seq *s, struct fault *f)
{
    const struct exec *p = s->params;

    if (p->argv.len == 0 || p->argv.at[0][0] == '\0')
        return fault_set_arg(f, EINVAL, "argv", -1,
                             "exec: argument 'argv' is empty, wanted: a program and its arguments");
    if (p->shell && p->argv.len > 1)
        return fault_set_arg(f, EINVAL, "argv", 1,
                             "exec: a shell takes one string, not a list of %" PRIu32, p->argv.len);
    if (strchr(p->ext, '/'))
        return fault_set_arg(f, EINVAL, "ext", -1,
                             "exec: argument 'ext': '%s' is no suffix of a file", p->ext);
    return p->shell ? 0 : find_program(p->argv.at[0], s->folder, f, (char **)&s->self);
}

static void exec_close(struct seq *s)
{
    g_free(s->self);
}

static struct type exec_type(const struct seq *s, uint64_t i)
{
    const struct exec *p = s->params;
    const char *ext = p->ext[0] == '.' ? p->ext + 1 : p->ext;

    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = ext[0] ? ext : NULL};
}

/* The sooner of the step's own limit and the element's. */
static double time_left(const struct exec *p, const struct eval *e)
{
    if (e->deadline == 0)
        return p->timeout;
    double left = (double)MAX(e->deadline - g_get_monotonic_time(), 1) / 1e6;
    return p->timeout > 0 ? MIN(left, p->timeout) : left;
}

static int exec_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct exec *p = c->params;
    g_autofree const char **argv = child_argv(p->argv.at, p->argv.len, p->shell);
    struct child_run run = {
        .argv = (char *const *)argv,
        .cwd = c->seq->folder,
        .input = value_bytes(in),
        .timeout = time_left(p, c->eval),
        .max_output = p->max_output,
    };
    GBytes *output;

    int r = child_run(&run, &c->eval->fault, &output);
    if (r == 0)
        *ret = value_new_bytes(output);
    return r;
}

/* The program was looked for at load, unless which it is is drawn. */
static void exec_identify(const struct call *c, struct digest *d)
{
    const struct exec *p = c->params, *bound = c->seq->params;
    const bool drawn = strcmp(p->argv.at[0], bound->argv.at[0]) != 0;
    g_autofree char *other =
        drawn && !p->shell ? child_find_program(p->argv.at[0], c->seq->folder) : NULL;

    digest_program(d, drawn ? other : c->seq->self, &p->argv, c->seq->folder);
}

const struct op op_exec = {
    .abi = SEQFS_OP_ABI,
    .name = "exec",
    .brief = "Give each element to a program, and take what it writes.",
    .manual = "The program gets on its standard input what the element's file would hold, and its "
              "standard output "
              "is the result. It runs in the spec's folder. A nonzero exit, a signal or running "
              "out of time is a failure of that "
              "element, whose report shows the last of its standard error. What it leaves running "
              "in its process "
              "group is killed. No shell takes part unless asked for.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_FILE,
    .flags = OP_RUNS_PROGRAMS,
    .params_size = sizeof(struct exec),
    .params = PARAMS(
        PARAM(STRINGS, struct exec, argv, .main = true, .required = true,
              .brief = "the program, looked for in PATH, and its arguments"),
        PARAM(DURATION, struct exec, timeout, .fallback = "0", .max = 1e6, .min = 0,
              .brief = "how long it may run; 0 = as long as any element"),
        PARAM(STRING, struct exec, ext, .fallback = "bin", .brief = "the suffix of the result"),
        PARAM(BOOL, struct exec, shell, .fallback = "false",
              .brief = "argv is one line for /bin/sh"),
        PARAM(SIZE, struct exec, max_output, .fallback = "1G", .min = 1, .max = 1e15,
              .brief = "the most it may write, in bytes")),
    .examples = EXAMPLES(
        {"[{files: a.txt}, {exec: [tr, a-z, A-Z]}]", "ALPHA"},
        {"[{files: a.txt}, {exec: {argv: 'tr a b | tr l L', shell: true, ext: txt}}]", "bLphb"},
        {"[{files: a.txt}, {exec: ['false']}]", "#0: 'false' exited with status 1"},
        {"[{files: a.txt}, {exec: no-such-program}]",
         "!1:25: exec: no program 'no-such-program' in PATH"},
        {"[{files: a.txt}, {exec: []}]",
         "!1:25: exec: argument 'argv' is empty, wanted: a program and its arguments"}),
    .open = exec_open,
    .close = exec_close,
    .type = exec_type,
    .identify = exec_identify,
    .apply = exec_apply,
};
