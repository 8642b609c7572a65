/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* program: what a program writes, as elements. */
#include "ops/op.h"

#include "ops/base/child.h"
#include "ops/source/pieces.h"

#include <string.h>

struct program {
    struct strings argv;
    int64_t split;
    bool shell;
    int64_t length;
    const char *ext;
};

enum { ARG_LENGTH = 3 }; /* its place in the table */

/* One run.  Lifetime: its owner's. */
struct run {
    struct pieces pieces;
    struct child_run child;
    struct child_stream *stream; /* owned */
    const char **argv;           /* owned */
    char *what;                  /* owned */
};

static int program_open(struct seq *s, struct fault *f)
{
    const struct program *p = s->params;
    const char *name = p->argv.len > 0 ? p->argv.at[0] : "";

    if (name[0] == '\0')
        return fault_set_arg(
            f, EINVAL, "argv", -1,
            "program: argument 'argv' is empty, wanted: a program and its arguments");
    if (p->shell && p->argv.len > 1)
        return fault_set_arg(f, EINVAL, "argv", 1,
                             "program: a shell takes one string, not a list of %" PRIu32,
                             p->argv.len);
    if (strchr(p->ext, '/'))
        return fault_set_arg(f, EINVAL, "ext", -1,
                             "program: argument 'ext': '%s' is no suffix of a file", p->ext);
    s->self = p->shell ? NULL : child_find_program(name, s->folder);
    if (!p->shell && !s->self) {
        fault_set_arg(f, ENOENT, "argv", 0, "program: no program '%s'%s%s", name,
                      strchr(name, '/') ? "" : " in PATH",
                      strpbrk(name, " |<>") ? "; write a list, or shell: true" : "");
        f->source = true;
        return -ENOENT;
    }
    s->len = s->given & (UINT64_C(1) << ARG_LENGTH) ? (uint64_t)p->length : SEQ_UNCOUNTED;
    return 0;
}

static void program_close(struct seq *s)
{
    g_free(s->self);
}

static struct type program_type(const struct seq *s, uint64_t i)
{
    const struct program *p = s->params;
    const char *ext = p->ext[0] == '.' ? p->ext + 1 : p->ext;

    if (p->split != PIECES_LENGTH)
        return (struct type){.known = true, .kind = VALUE_TEXT};
    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = ext[0] ? ext : NULL};
}

static int read_output(void *ctx, void *buf, size_t len, int64_t deadline, struct fault *f,
                       size_t *ret_len)
{
    return child_stream_read(((struct run *)ctx)->stream, buf, len, deadline, f, ret_len);
}

static void program_stop(void *reader)
{
    struct run *run = reader;

    child_stream_close(run->stream);
    pieces_finish(&run->pieces);
    g_free(run->argv);
    g_free(run->what);
    g_free(run);
}

static int program_start(const struct seq *s, struct fault *f, void **ret_reader)
{
    const struct program *p = s->params;
    struct run *run = g_new0(struct run, 1);

    run->argv = child_argv(p->argv.at, p->argv.len, p->shell);
    run->what = g_strdup_printf("the output of '%s'", run->argv[0]);
    run->child = (struct child_run){.argv = (char *const *)run->argv, .cwd = s->folder};
    run->pieces = (struct pieces){
        .read = read_output, .ctx = run, .split = (enum pieces_split)p->split, .what = run->what};
    int r = child_stream_open(&run->child, f, &run->stream);
    if (r < 0) {
        program_stop(run);
        return r;
    }
    *ret_reader = run;
    return 0;
}

static int program_next(void *reader, int64_t deadline, struct fault *f, struct value **ret)
{
    return pieces_next(&((struct run *)reader)->pieces, deadline, f, ret);
}

static void program_identify(const struct call *c, struct digest *d)
{
    const struct program *p = c->params;

    digest_step(d, c);
    digest_number(d, c->i);
    digest_program(d, c->seq->self, &p->argv, c->seq->folder);
}

static const struct param_choice splits[] = {
    {"lines", PIECES_LINES}, {"nul", PIECES_NUL}, {"length", PIECES_LENGTH}, {0}};

const struct op op_program = {
    .abi = SEQFS_OP_ABI,
    .name = "program",
    .brief = "What a program writes, piece by piece.",
    .manual =
        "The program's standard output is cut into elements: lines of UTF-8 text (a carriage "
        "return before the newline does not belong to them), texts that each end with a NUL, or, "
        "with 'split: length', bytes, each stretch with its length before it as 32 bits, the "
        "largest first. An element has 64 MiB at most.\n\n"
        "The program runs in the spec's folder with an empty standard input, and no shell takes "
        "part unless asked for. It must write the same every time: it is run once when the spec "
        "is loaded, to count the elements (unless 'length' tells how many there are), and again "
        "by the 'uniter' step that follows it, written or implied, whenever an element is asked "
        "for that has gone by. Where it ends with another status than 0, or is killed, the "
        "elements behind what it has written fail, and their report has the last of its standard "
        "error; while counting that is a fault of the spec.",
    .kind = OP_SOURCE,
    .flags = OP_RUNS_PROGRAMS,
    .params_size = sizeof(struct program),
    .params = PARAMS(PARAM(STRINGS, struct program, argv, .main = true, .required = true,
                           .brief = "the program, looked for in PATH, and its arguments"),
                     PARAM(CHOICE, struct program, split, .fallback = "lines", .choices = splits,
                           .brief = "where an element ends"),
                     PARAM(BOOL, struct program, shell, .fallback = "false",
                           .brief = "argv is one line for /bin/sh"),
                     PARAM(INT, struct program, length, .min = 0, .max = 9007199254740992.0,
                           .brief = "how many elements there are; counted when not given"),
                     PARAM(STRING, struct program, ext, .fallback = "bin",
                           .brief = "the suffix of the files, with 'split: length'")),
    .examples = EXAMPLES(
        {"{program: [printf, 'one\\ntwo\\n']}", "one two"},
        {"{program: {argv: 'printf \"a b\\0c\\0\"', shell: true, split: nul}}", "a b c"},
        {"{program: {argv: [printf, '\\0\\0\\0\\3abc\\0\\0\\0\\1d'], split: length, length: 2}}",
         "abc d"},
        {"{program: {argv: [echo, alone], length: 2}}",
         "#1: the source ended after 1 of 2 elements; is its length right?"},
        {"{program: no-such-program}", "!1:11: program: no program 'no-such-program' in PATH"},
        {"{program: []}",
         "!1:11: program: argument 'argv' is empty, wanted: a program and its arguments"}),
    .open = program_open,
    .close = program_close,
    .type = program_type,
    .identify = program_identify,
    .start = program_start,
    .next = program_next,
    .stop = program_stop,
};
