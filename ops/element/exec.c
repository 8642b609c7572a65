/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exec: a program for each element, by its standard input and output or by files. */
#include "ops/op.h"

#include "ops/base/child.h"
#include "ops/base/scratch.h"
#include "ops/element/command.h"

enum way { WAY_BY_ARGV, WAY_STREAM, WAY_FILE };

struct exec {
    struct command_args command;
    double timeout;
    const char *ext;
    uint64_t max_output;
    int64_t input, output; /* enum way */
};

/* Lifetime: plan. */
struct made {
    struct command *command; /* owned */
    bool input, output;      /* by files */
};

static void free_made(struct made *m)
{
    if (!m)
        return;
    command_free(m->command);
    g_free(m);
}

OWN_DEFINE(struct made, free_made)

static int exec_open(struct seq *s, struct fault *f)
{
    const struct exec *p = s->params;
    OWN(free_made) struct made *m = g_new0(struct made, 1);
    int r = command_new(s, &p->command, COMMAND_ELEMENT, f, &m->command);

    if (r == 0)
        r = command_check_ext(s, p->ext, f);
    if (r < 0)
        return r;
    if (p->input == WAY_STREAM && command_has_input(m->command))
        return fault_set_arg(f, EINVAL, "input", -1,
                             "exec: '{input}' stands for a file, and 'input' says stdin");
    if (p->output == WAY_STREAM && command_has_output(m->command))
        return fault_set_arg(f, EINVAL, "output", -1,
                             "exec: '{output}' stands for a file, and 'output' says stdout");
    m->input = p->input == WAY_FILE || command_has_input(m->command);
    m->output = p->output == WAY_FILE || command_has_output(m->command);
    s->self = g_steal_pointer(&m);
    return 0;
}

static void exec_close(struct seq *s)
{
    free_made(s->self);
}

static struct type exec_type(const struct seq *s, uint64_t i)
{
    const struct exec *p = s->params;

    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = command_suffix(p->ext)};
}

/* One run.  Lifetime: call. */
struct run {
    const struct call *call;
    struct scratch *scratch;   /* owned; also what programs find as TMPDIR */
    char *names[2], *paths[2]; /* of input and output; owned */
    struct command_line line;
};

static char *file_name(const char *stem, const char *suffix)
{
    return suffix ? g_strconcat(stem, ".", suffix, NULL) : g_strdup(stem);
}

/* Files have the suffixes of their contents: many a tool goes by those. */
static int prepare_files(struct run *run, GBytes *input)
{
    const struct call *c = run->call;
    const struct made *m = c->seq->self;
    const struct exec *p = c->params;
    struct fault *f = &c->eval->fault;

    int r = scratch_new(f, &run->scratch);
    if (r < 0)
        return r;
    if (!m->input && !m->output)
        return 0;
    run->names[0] = file_name("input", seq_type(c->seq->in[0], c->i).suffix);
    run->names[1] = file_name("output", command_suffix(p->ext));
    for (int n = 0; n < 2; n++)
        run->paths[n] = scratch_path(run->scratch, run->names[n]);
    return m->input ? scratch_put(run->scratch, run->names[0], input, f) : 0;
}

static void finish_run(struct run *run)
{
    command_line_finish(&run->line);
    scratch_free(run->scratch);
    for (int n = 0; n < 2; n++) {
        g_free(run->names[n]);
        g_free(run->paths[n]);
    }
}

static int take_output(const struct run *run, struct fault *f, GBytes **ret)
{
    const struct exec *p = run->call->params;
    const char *program = run->line.argv->pdata[0];
    int r = scratch_get(run->scratch, run->names[1], p->max_output, f, ret);

    if (r == -ENOENT)
        return fault_set(f, EIO, "'%s' ended well, but wrote no file '{output}'", program);
    return r;
}

/* A file is as large as it may be: that is why it failed. */
static int explain(const struct run *run, uint64_t max, struct fault *f)
{
    g_autofree char *said = g_strdup(f->detail);
    g_autoptr(GBytes) file = NULL;
    struct fault ignored;
    int err = f->err;

    if (err == ETIMEDOUT || scratch_get(run->scratch, run->names[1], max, &ignored, &file) < 0 ||
        g_bytes_get_size(file) < max)
        return -err;
    fault_set(f, EFBIG, "'%s' wrote more than the %" PRIu64 " bytes allowed",
              (const char *)run->line.argv->pdata[0], max);
    return fault_detail(f, said, -1);
}

static int run_program(struct run *run, GBytes *input, GBytes **ret)
{
    const struct call *c = run->call;
    const struct made *m = c->seq->self;
    const struct exec *p = c->params;
    struct fault *f = &c->eval->fault;
    g_autoptr(GBytes) output = NULL;
    struct child_run child = {
        .input = m->input ? NULL : input,
        .timeout = command_time_left(p->timeout, c->eval),
        .max_output = p->max_output,
        .mute = m->output,
        .max_file = m->output ? p->max_output : 0,
    };

    command_line_apply(&run->line, &child);
    int r = child_run(&child, f, &output);
    if (r < 0)
        return m->output ? explain(run, p->max_output, f) : r;
    if (m->output)
        return take_output(run, f, ret);
    *ret = g_steal_pointer(&output);
    return 0;
}

/* What programs leave in their temporary folder goes with the element, unless 'env' names another.
 */
static void set_environment(struct run *run)
{
    const struct made *m = run->call->seq->self;
    g_autofree char *folder = scratch_path(run->scratch, "");
    char **env = run->line.env;

    if (g_strcmp0(g_environ_getenv(env, "TMPDIR"), g_getenv("TMPDIR")) == 0)
        env = g_environ_setenv(env, "TMPDIR", folder, TRUE);
    if (m->input)
        env = g_environ_setenv(env, "SEQFS_INPUT", run->paths[0], TRUE);
    if (m->output)
        env = g_environ_setenv(env, "SEQFS_OUTPUT", run->paths[1], TRUE);
    run->line.env = env;
}

static int exec_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct made *m = c->seq->self;
    const struct exec *p = c->params;
    struct run run = {.call = c};
    GBytes *output = NULL;
    int r = prepare_files(&run, value_bytes(in));

    if (r == 0) {
        const struct command_files files = {run.paths[0], run.paths[1]};

        command_print(m->command, c, &p->command, files, &run.line);
        set_environment(&run);
        r = run_program(&run, value_bytes(in), &output);
    }
    finish_run(&run);
    if (r == 0)
        *ret = value_new_bytes(output);
    return r;
}

static void exec_identify(const struct call *c, struct digest *d)
{
    const struct made *m = c->seq->self;
    const struct exec *p = c->params;

    command_identify(m->command, c, &p->command, d);
    /* The same bytes may have several names, as hard links in a tar do. */
    if (m->input)
        digest_text(d, seq_type(c->seq->in[0], c->i).suffix);
}

static const struct param_choice inputs[] = {{"stdin", WAY_STREAM}, {"file", WAY_FILE}, {0}};
static const struct param_choice outputs[] = {{"stdout", WAY_STREAM}, {"file", WAY_FILE}, {0}};

const struct op op_exec = {
    .abi = SEQFS_OP_ABI,
    .name = "exec",
    .brief = "Give each element to a program, and take what it writes.",
    .manual =
        "The program gets on its standard input what the element's file would hold, and its "
        "standard output is the result. It runs in the spec's folder, or in 'cwd'. A nonzero exit, "
        "a signal or running out of time is a failure of that element, whose report shows the last "
        "4 KB of its standard error. What it leaves running in its process group is killed.\n\n"
        "In the words of argv and the values of env, {index}, {path} and all other attributes of "
        "the element stand for their values, as in a 'name'. {path} is that of the source, "
        "relative to the spec's folder; the program gets the element on its standard input all the "
        "same. Programs have braces of their own: only {name}, and {name:05d} of a known "
        "attribute, is a field. {{name}} is the text {name}; other braces, and ${name}, stay as "
        "they are.\n\n"
        "{input} and {output} stand for files, for programs that need some: in a folder of their "
        "own that is removed afterwards, with the suffix of the element and that of 'ext'. With "
        "{input} the standard input is empty; with {output} the standard output is kept with the "
        "standard error, and no file that the program writes may be longer than max_output. "
        "'input: file' and 'output: file' do the same without fields: SEQFS_INPUT and SEQFS_OUTPUT "
        "in the environment are their names. TMPDIR is a folder of the element's own, too, "
        "which is removed after it.\n\n"
        "Values go into argv as they are, and no shell takes part unless asked for. With "
        "'shell: true' a field is one word of the line, whatever is in its value; it must stand "
        "outside of quotes and here-documents. The environment is the server's, and what env says: "
        "a result that is "
        "kept may be used again for another element with the same bytes, so what the program goes "
        "by has to be told to it here.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_FILE,
    .flags = OP_RUNS_PROGRAMS,
    .params_size = sizeof(struct exec),
    .params = PARAMS(
        COMMAND_PARAMS(struct exec, command),
        PARAM(DURATION, struct exec, timeout, .fallback = "0", .max = 1e6, .min = 0,
              .brief = "how long it may run; 0 = as long as any element"),
        PARAM(STRING, struct exec, ext, .fallback = "bin", .brief = "the suffix of the result"),
        PARAM(CHOICE, struct exec, input, .choices = inputs,
              .brief = "how it gets the element; a file where argv has {input}, else stdin"),
        PARAM(CHOICE, struct exec, output, .choices = outputs,
              .brief = "how it gives the result; a file where argv has {output}, else stdout"),
        PARAM(SIZE, struct exec, max_output, .fallback = "1G", .min = 1, .max = 1e15,
              .brief = "the most it may write, in bytes")),
    .examples = EXAMPLES(
        {"[{files: a.txt}, {exec: [tr, a-z, A-Z]}]", "ALPHA"},
        {"[{files: '*.txt'}, {slice: ':2'}, {exec: [echo, '{index:03d}', '{stem}']}]",
         "000 a 001 b"},
        {"[{files: a.txt}, {exec: {argv: [cp, '{input}', '{output}'], ext: txt}}]", "alpha"},
        {"[{files: a.txt}, {exec: {argv: 'tr a b | tr l L', shell: true, ext: txt}}]", "bLphb"},
        {"[{files: a.txt}, {exec: {argv: 'echo {path} | tr a-z A-Z', shell: true, ext: txt}}]",
         "A.TXT"},
        {"[{files: a.txt}, {exec: [awk, '{print $1 \"!\"}']}]", "alpha!"},
        {"[{files: a.txt}, {exec: ['false']}]", "#0: 'false' exited with status 1"},
        {"[{files: a.txt}, {exec: [echo, '{pth}']}]",
         "!1:32: exec: no field 'pth' for '{pth}'; did you mean 'path'?; the text itself is "
         "written "
         "'{{pth}}'"},
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
