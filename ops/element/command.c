/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Command lines: checked and compiled when the spec is loaded, printed for each element. */
#include "ops/element/command.h"

#include <string.h>
#include <sys/stat.h>

#include "ops/element/word.h"

/* A variable of the environment. */
struct variable {
    const char *name;  /* in the spec */
    struct word *word; /* owned; NULL = it is taken away */
};

struct command {
    const struct command_args *bound; /* what was compiled */
    char *cwd;                        /* absolute; owned */
    char *program;                    /* owned; NULL = a shell, or argv[0] has fields */
    GPtrArray *words;                 /* struct word, one for each of argv */
    GArray *env;                      /* struct variable */
};

static void clear_variable(void *p)
{
    word_free(((struct variable *)p)->word);
}

static int check_argv(const struct seq *s, const struct command_args *args, struct fault *f)
{
    if (args->argv.len == 0 || args->argv.at[0][0] == '\0')
        return fault_set_arg(f, EINVAL, "argv", -1,
                             "%s: argument 'argv' is empty, wanted: a program and its arguments",
                             s->name);
    if (args->shell && args->argv.len > 1)
        return fault_set_arg(f, EINVAL, "argv", 1,
                             "%s: a shell takes one string, not a list of %" PRIu32, s->name,
                             args->argv.len);
    return 0;
}

static int find_folder(struct command *c, const struct seq *s, const char *cwd, struct fault *f)
{
    struct stat st;

    c->cwd = g_canonicalize_filename(*cwd ? cwd : ".", s->folder);
    if (!*cwd || (stat(c->cwd, &st) == 0 && S_ISDIR(st.st_mode)))
        return 0;
    fault_set_arg(f, ENOENT, "cwd", -1, "%s: argument 'cwd': no folder '%s'", s->name, cwd);
    f->source = true;
    return -ENOENT;
}

/* A line that is a shell's argument is commands: a value in it could be taken for some. */
static int check_shell(const struct command *c, const struct seq *s,
                       const struct command_args *args, struct fault *f)
{
    static const char *const shells[] = {"sh", "bash", "dash", "zsh", "ksh", NULL};
    g_autofree char *name = g_path_get_basename(args->argv.at[0]);

    if (args->argv.len < 3 || !g_strv_contains(shells, name) || args->argv.at[1][0] != '-' ||
        !strchr(args->argv.at[1], 'c') || !word_has_text_fields(c->words->pdata[2]))
        return 0;
    return fault_set_arg(f, EINVAL, "argv", 2,
                         "%s: '%s' would take a value in its line for commands; write it behind "
                         "the line, which has it as \"$0\", or use shell: true",
                         s->name, name);
}

static int compile_argv(struct command *c, const struct seq *s, const struct command_args *args,
                        enum command_fields fields, struct fault *f)
{
    enum word_kind kind = fields == COMMAND_NOTHING ? WORD_FIXED
                          : args->shell             ? WORD_SHELL
                                                    : WORD_PLAIN;

    for (uint32_t n = 0; n < args->argv.len; n++) {
        struct word *word;

        if (word_new(args->argv.at[n], kind, s->in[0], f, &word) < 0) {
            g_autofree char *why = g_strdup(f->text);
            return fault_set_arg(f, f->err, "argv", (int)n, "%s: %s", s->name, why);
        }
        g_ptr_array_add(c->words, word);
    }
    return args->shell ? 0 : check_shell(c, s, args, f);
}

static int bad_variable(const struct seq *s, const char *name, const char *why, struct fault *f)
{
    return fault_set_arg(f, EINVAL, "env", -1, "%s: argument 'env': '%s': %s", s->name, name, why);
}

static int add_variable(struct command *c, const struct seq *s, const char *name,
                        const struct node *value, enum command_fields fields, struct fault *f)
{
    struct variable v = {.name = name};

    if (*name == '\0' || strchr(name, '='))
        return bad_variable(s, name, "that is no name of a variable", f);
    if (value->kind != NODE_SCALAR)
        return bad_variable(s, name, "wanted is a text, or null to take it away", f);
    if (!node_is_null(value) &&
        word_new(value->text, fields == COMMAND_NOTHING ? WORD_FIXED : WORD_PLAIN, s->in[0], f,
                 &v.word) < 0) {
        g_autofree char *why = g_strdup(f->text);
        return bad_variable(s, name, why, f);
    }
    g_array_append_val(c->env, v);
    return 0;
}

static int compile_env(struct command *c, const struct seq *s, const struct node *env,
                       enum command_fields fields, struct fault *f)
{
    int r = 0;

    if (!env || node_is_null(env))
        return 0;
    if (env->kind != NODE_MAPPING)
        return fault_set_arg(f, EINVAL, "env", -1,
                             "%s: argument 'env': wanted is a mapping of names to values", s->name);
    for (uint32_t n = 0; n < env->len && r == 0; n++)
        r = add_variable(c, s, env->keys[n]->text, env->items[n], fields, f);
    return r;
}

/* Before anything is mounted, whether there is such a program; a path starts at the spec's folder.
 */
static int find_program(struct command *c, const struct seq *s, const struct command_args *args,
                        struct fault *f)
{
    const char *name = args->argv.at[0];

    if (args->shell || word_has_fields(c->words->pdata[0]))
        return 0;
    c->program = child_find_program(name, s->folder);
    if (c->program)
        return 0;
    g_autofree char *path = g_canonicalize_filename(name, s->folder);
    const bool folder = strchr(name, '/') && g_file_test(path, G_FILE_TEST_IS_DIR);
    fault_set_arg(f, ENOENT, "argv", 0, "%s: no program '%s'%s%s", s->name, name,
                  folder              ? ", which is a folder"
                  : strchr(name, '/') ? ""
                                      : " in PATH",
                  strpbrk(name, " |<>") ? "; write a list, or shell: true" : "");
    f->source = true;
    return -ENOENT;
}

int command_new(const struct seq *s, const struct command_args *args, enum command_fields fields,
                struct fault *f, struct command **ret)
{
    OWN(command_free) struct command *c = g_new0(struct command, 1);
    int r = check_argv(s, args, f);

    c->bound = args;
    c->words = g_ptr_array_new_with_free_func((GDestroyNotify)word_free);
    c->env = g_array_new(FALSE, TRUE, sizeof(struct variable));
    g_array_set_clear_func(c->env, clear_variable);
    if (r == 0)
        r = find_folder(c, s, args->cwd, f);
    if (r == 0)
        r = compile_argv(c, s, args, fields, f);
    if (r == 0)
        r = compile_env(c, s, args->env, fields, f);
    if (r == 0)
        r = find_program(c, s, args, f);
    if (r == 0)
        *ret = g_steal_pointer(&c);
    return r;
}

void command_free(struct command *c)
{
    if (!c)
        return;
    g_ptr_array_unref(c->words);
    g_array_unref(c->env);
    g_free(c->cwd);
    g_free(c->program);
    g_free(c);
}

static bool any_word(const struct command *c, bool (*has)(const struct word *w))
{
    for (guint n = 0; n < c->words->len; n++)
        if (has(c->words->pdata[n]))
            return true;
    for (guint n = 0; n < c->env->len; n++) {
        const struct word *word = g_array_index(c->env, struct variable, n).word;
        if (word && has(word))
            return true;
    }
    return false;
}

bool command_has_input(const struct command *c)
{
    return any_word(c, word_has_input);
}

bool command_has_output(const struct command *c)
{
    return any_word(c, word_has_output);
}

/* A word that was drawn is another one than what was compiled. */
static bool is_drawn(const struct command *c, const struct command_args *args, uint32_t n)
{
    return args->argv.at[n] != c->bound->argv.at[n];
}

static void print_argv(const struct command *c, const struct command_args *args,
                       struct word_source *from, GPtrArray *ret)
{
    if (args->shell) {
        g_ptr_array_add(ret, g_strdup("/bin/sh"));
        g_ptr_array_add(ret, g_strdup("-c"));
    }
    for (uint32_t n = 0; n < args->argv.len; n++) {
        GString *text = g_string_new(is_drawn(c, args, n) ? args->argv.at[n] : NULL);

        if (!is_drawn(c, args, n))
            word_print(c->words->pdata[n], from, text);
        g_ptr_array_add(ret, g_string_free(text, FALSE));
    }
    g_ptr_array_add(ret, NULL);
}

static void print_env(const struct command *c, struct word_source *from)
{
    for (guint n = 0; n < c->env->len; n++) {
        const struct variable *v = &g_array_index(c->env, struct variable, n);
        g_autoptr(GString) text = g_string_new(NULL);

        if (v->word)
            word_print(v->word, from, text);
        *from->env = v->word ? g_environ_setenv(*from->env, v->name, text->str, TRUE)
                             : g_environ_unsetenv(*from->env, v->name);
    }
}

/* env: what the variables are added to; owned by the line then. */
static void print(const struct command *c, const struct call *call, const struct command_args *args,
                  struct command_files files, struct command_line *line)
{
    struct word_source from = {
        .in = call->seq->in[0],
        .i = call->i,
        .input = files.input,
        .output = files.output,
        .env = &line->env,
    };

    line->argv = g_ptr_array_new_with_free_func(g_free);
    print_env(c, &from);
    print_argv(c, args, &from, line->argv);
    line->cwd = c->cwd;
    if (args->shell)
        line->program = g_strdup("/bin/sh");
    else if (c->program && !is_drawn(c, args, 0))
        line->program = g_strdup(c->program);
    else
        line->program = child_find_program(line->argv->pdata[0], call->seq->folder);
}

void command_print(const struct command *c, const struct call *call,
                   const struct command_args *args, struct command_files files,
                   struct command_line *ret)
{
    *ret = (struct command_line){.env = g_get_environ()};
    print(c, call, args, files, ret);
}

void command_line_finish(struct command_line *line)
{
    g_clear_pointer(&line->argv, g_ptr_array_unref);
    g_clear_pointer(&line->env, g_strfreev);
    g_clear_pointer(&line->program, g_free);
}

void command_line_apply(const struct command_line *line, struct child_run *run)
{
    run->argv = (char *const *)line->argv->pdata;
    run->env = line->env;
    run->program = line->program;
    run->cwd = line->cwd;
}

void command_identify(const struct command *c, const struct call *call,
                      const struct command_args *args, struct digest *d)
{
    const struct command_files files = {"input", "output"};
    struct command_line line = {.env = g_new0(char *, 1)};

    print(c, call, args, files, &line);
    const uint32_t len = line.argv->len - 1;
    const struct strings argv = {(const char **)line.argv->pdata, len};
    digest_number(d, len);
    for (uint32_t n = 0; n < len; n++)
        digest_text(d, argv.at[n]);
    for (char **v = line.env; *v; v++)
        digest_text(d, *v);
    digest_program(d, args->shell ? NULL : line.program, &argv, c->cwd);
    command_line_finish(&line);
}

int command_check_ext(const struct seq *s, const char *ext, struct fault *f)
{
    if (!strchr(ext, '/'))
        return 0;
    return fault_set_arg(f, EINVAL, "ext", -1, "%s: argument 'ext': '%s' is no suffix of a file",
                         s->name, ext);
}

const char *command_suffix(const char *ext)
{
    const char *suffix = ext[0] == '.' ? ext + 1 : ext;

    return *suffix ? suffix : NULL;
}

double command_time_left(double timeout, const struct eval *e)
{
    if (e->deadline == 0)
        return timeout;
    double left = (double)MAX(e->deadline - g_get_monotonic_time(), 1) / 1e6;
    return timeout > 0 ? MIN(left, timeout) : left;
}
