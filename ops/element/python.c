/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* python: a function of the user's, in a Python that stays. */
#include "ops/op.h"

#include <sys/stat.h>
#include <unistd.h>

#include "ops/element/partner.h"

struct python {
    const char *file, *function, *python;
    const char *cwd;
    const struct node *env;
    struct partner_args partner;
};

/* The lines of python_host.py. */
static const char *const host[] = {
#include "python_host.inc"
    NULL,
};

/* By the environment, so that a list of processes has short lines. */
static const char loader[] =
    "import os; exec(compile(os.environ.pop('" PARTNER_SOURCE "'), '<seqfs>', 'exec'))";

static const struct param_choice returns[] = {{"bytes", PARTNER_BYTES},
                                              {"text", PARTNER_TEXT},
                                              {"array", PARTNER_ARRAY},
                                              {"json", PARTNER_JSON},
                                              {0}};

static const char *returns_name(int64_t value)
{
    const struct param_choice *c = returns;

    while (c->value != value)
        c++;
    return c->name;
}

/* Whether it can be read; what is in it only Python can tell. */
static int find_file(const struct python *p, const struct seq *s, struct fault *f, char **ret)
{
    g_autofree char *path = g_canonicalize_filename(p->file, s->folder);
    struct stat st;

    if (access(path, R_OK) < 0)
        fault_set_errno(f, errno, "%s: cannot read '%s'", s->name, p->file);
    else if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        fault_set(f, EINVAL, "%s: '%s' is no regular file", s->name, p->file);
    else {
        *ret = g_steal_pointer(&path);
        return 0;
    }
    g_autofree char *why = g_strdup(f->text);
    fault_set_arg(f, f->err, "file", -1, "%s", why);
    f->source = true;
    return -f->err;
}

/* "clean" or "Cleaner.clean": letters of any alphabet go. */
static bool is_function(const char *name)
{
    bool first = true;

    for (const char *at = name; *at; at = g_utf8_next_char(at)) {
        const gunichar ch = g_utf8_get_char(at);

        if (ch == '.' ? first
                      : ch != '_' && !(first ? g_unichar_isalpha(ch) : g_unichar_isalnum(ch)))
            return false;
        first = ch == '.';
    }
    return !first;
}

static GPtrArray *make_words(const struct python *p, const char *path)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(words, g_strdup("-c"));
    g_ptr_array_add(words, g_strdup(loader));
    g_ptr_array_add(words, g_strdup(path));
    g_ptr_array_add(words, g_strdup(p->function));
    g_ptr_array_add(words, g_strdup(returns_name(p->partner.returns)));
    return words;
}

static int python_open(struct seq *s, struct fault *f)
{
    struct python *p = (struct python *)s->params;
    struct partner_step *step = g_new0(struct partner_step, 1);

    s->self = step;
    if (!is_function(p->function))
        return fault_set_arg(f, EINVAL, "function", -1,
                             "%s: argument 'function': '%s' is no name of a function", s->name,
                             p->function);
    int r = find_file(p, s, f, &step->file);
    if (r < 0)
        return r;
    step->command_args =
        (struct command_args){.argv = {.at = &p->python, .len = 1}, .cwd = p->cwd, .env = p->env};
    step->args = &p->partner;
    step->words = make_words(p, step->file);
    step->source = g_strjoinv("", (char **)host);
    r = partner_step_init(step, s, f);
    if (r < 0 && g_strcmp0(f->arg, "argv") == 0) {
        f->arg = "python";
        f->item = -1;
    }
    return r;
}

static void python_close(struct seq *s)
{
    if (!s->self)
        return;
    partner_step_finish(s->self);
    g_free(s->self);
}

static struct type python_type(const struct seq *s, uint64_t i)
{
    return partner_step_type(s->self);
}

static void python_identify(const struct call *c, struct digest *d)
{
    partner_step_identify(c->seq->self, c, d);
}

static int python_apply(const struct call *c, struct value *in, struct value **ret)
{
    return partner_ask(c->seq->self, c, in, ret);
}

const struct op op_python = {
    .abi = SEQFS_OP_ABI,
    .name = "python",
    .brief = "Give each element to a function in a file of Python.",
    .manual =
        "Python is started for the first element, reads the file, and then calls the function for "
        "one element after the other; each worker has one of its own. Python 3.7 with its standard "
        "library is all it needs.\n\n"
        "The function's first argument is the element: bytes, as the element's file would have "
        "them, or of an array an object that numpy.asarray() takes, with dtype, shape and data. "
        "Its other parameters are given attributes of the element, by name: 'index' is an int, "
        "all others are str; a parameter **name gets all of them.\n\n"
        "With 'returns: bytes' it returns bytes, str, or anything with a buffer, such as an array "
        "of NumPy, whose items are taken; with 'array' such a buffer, something with "
        "__array_interface__ or __array__, or a number; with 'text' str or a number; with 'json' "
        "what json.dumps() takes. None is a failure. An exception is a failure of that element, "
        "and the report has its traceback, and behind it what was printed: that goes to the "
        "standard error. Of all this a report shows 4 KB at most.\n\n"
        "The folder of the file is the first where modules are looked for. Python is started anew "
        "when the file has changed, but not when a module has that it imports: touch the file "
        "then. Results must not depend on the elements that came before. One that is kept is used "
        "again for another element with the same bytes only if its attributes are the same, too: "
        "'attributes: []' gives none of them to the function.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_ITEMS,
    .flags = OP_RUNS_PROGRAMS,
    .params_size = sizeof(struct python),
    .params = PARAMS(
        PARAM(STRING, struct python, file, .required = true, .main = true,
              .brief = "the file; relative to the spec's folder"),
        PARAM(STRING, struct python, function, .required = true,
              .brief = "the function in it; NAME.NAME for one of a class"),
        PARAM(STRING, struct python, python, .fallback = "python3",
              .brief = "the interpreter, looked for in PATH; a path starts at the spec's folder"),
        PARTNER_PARAMS(struct python, partner, returns),
        PARAM(STRING, struct python, cwd, .fallback = "",
              .brief = "the folder that it runs in; relative to the spec's, the default"),
        PARAM(NODE, struct python, env,
              .brief = "variables of its environment, beside the server's: NAME: VALUE; null takes "
                       "one away")),
    .examples = EXAMPLES(
        {"[{files: a.txt}, {python: {file: steps.py, function: upper, ext: txt}}]", "ALPHA"},
        {"[{files: '[ab].txt'}, {python: {file: steps.py, function: label, returns: text}}]",
         "0 a 1 b"},
        {"[{files: a.txt}, {python: {file: steps.py, function: lengths, returns: json}}]",
         "{\"bytes\": 6}"},
        {"[{files: a.txt}, {python: {file: steps.py, function: fail}}]",
         "#0: 'steps.py', line 14: ValueError: not this one"},
        {"[{files: a.txt}, {python: {file: steps.py, function: lower}}]",
         "#0: 'steps.py': no 'lower' in it"},
        {"[{files: a.txt}, {python: {file: none.py, function: f}}]",
         "!1:34: python: cannot read 'none.py': no such file or directory"},
        {"[{files: a.txt}, {python: {file: steps.py, function: 'f()'}}]",
         "!1:54: python: argument 'function': 'f()' is no name of a function"}),
    .open = python_open,
    .close = python_close,
    .type = python_type,
    .identify = python_identify,
    .apply = python_apply,
};
