/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The manual of operators, printed from the operators themselves. */
#include "ops/core/registry.h"

#include <string.h>

#define WIDTH 100 /* characters of a line of text */

static const char *const kind_titles[] = {
    [OP_SOURCE] = "Sources",
    [OP_SEQUENCE] = "Sequence operators",
    [OP_ELEMENT] = "Element steps",
};

/* How a manual looks: in a terminal, or as Markdown. */
struct style {
    const char *title, *param, *example, *want;
    const char *newline; /* within an example */
};

static const struct style terminal = {.title = "%s: %s\n",
                                      .param = "  %-14s %s",
                                      .example = "  %s\n",
                                      .want = "      gives  %s\n",
                                      .newline = "\n  "};
static const struct style markdown = {.title = "### %s\n\n%s\n",
                                      .param = "- `%s`: %s",
                                      .example = "```yaml\n%s\n```\n",
                                      .want = "gives `%s`\n\n",
                                      .newline = "\n"};

static void print_param(const struct param *p, const struct style *style, FILE *out)
{
    g_autoptr(GString) kind = g_string_new(NULL);

    param_print_kind(p, kind);
    fprintf(out, style->param, p->name, kind->str);
    if (p->required)
        fputs(", required", out);
    if (p->fallback)
        fprintf(out, ", default %s", p->fallback);
    if (p->brief)
        fprintf(out, "; %s", p->brief);
    fputs("\n", out);
}

static const char *main_argument(const struct op *op)
{
    for (const struct param *p = op->params; p && p->name; p++)
        if (p->main)
            return p->name;
    return NULL;
}

static void print_paragraph(const char *text, FILE *out)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \n", -1);
    size_t column = 0;

    for (char **w = words; *w; w++) {
        size_t len = (size_t)g_utf8_strlen(*w, -1);
        bool breaks = column > 0 && column + 1 + len > WIDTH;
        if (len == 0)
            continue;
        fprintf(out, "%s%s", breaks ? "\n" : column > 0 ? " " : "", *w);
        column = breaks || column == 0 ? len : column + 1 + len;
    }
    fputc('\n', out);
}

/* Paragraphs are parted by empty lines; all other line breaks are ours to choose. */
static void print_text(const char *text, FILE *out)
{
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);

    for (char **p = paragraphs; *p; p++) {
        fputc('\n', out);
        print_paragraph(*p, out);
    }
}

/* What has more lines than a sequence is shown as the file that it is of. */
static void print_spec(const char *spec, const struct style *style, FILE *out)
{
    bool whole = strchr(spec, '\n') != NULL;
    g_autofree char *file = g_strconcat(whole ? "dataset:\n" : "", spec, NULL);
    g_auto(GStrv) lines = g_strsplit(file, "\n", -1);
    g_autofree char *text = g_strjoinv(style->newline, lines);

    fprintf(out, style->example, text);
}

/* Wrong uses are told as "!LINE:COLUMN: sentence" and "#I: sentence". */
static void print_want(const char *want, const struct style *style, FILE *out)
{
    g_autofree char *told = NULL;
    const char *sentence = strstr(want, ": ");

    if (*want == '!')
        told = g_strdup_printf("a complaint: %s", sentence + 2);
    else if (*want == '#')
        told = g_strdup_printf("a failure of element %.*s: %s", (int)(sentence - want - 1),
                               want + 1, sentence + 2);
    fprintf(out, style->want, told ? told : want);
}

static void print_op(const struct op *op, const struct style *style, FILE *out)
{
    fprintf(out, style->title, op->name, op->brief);
    if (op->alias)
        fprintf(out, "\nAlso called %s.\n", op->alias);
    if (op->manual)
        print_text(op->manual, out);
    if (op->params && op->params->name) {
        fputs("\nArguments:\n\n", out);
        for (const struct param *p = op->params; p->name; p++)
            print_param(p, style, out);
    }
    if (main_argument(op))
        fprintf(out, "\nA bare value stands for %s.\n", main_argument(op));
    if (op->examples && op->examples->spec) {
        fputs("\nExamples:\n\n", out);
        for (const struct op_example *e = op->examples; e->spec; e++) {
            print_spec(e->spec, style, out);
            print_want(e->want, style, out);
        }
    }
}

void manual_print(const struct op *op, FILE *out)
{
    print_op(op, &terminal, out);
}

static gint by_kind_and_name(gconstpointer a, gconstpointer b)
{
    const struct op *x = *(const struct op *const *)a, *y = *(const struct op *const *)b;

    return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->name, y->name);
}

static void collect(void *ops, const struct op *op)
{
    g_ptr_array_add(ops, (gpointer)op);
}

/* Every operator of the registry: ours (those without a provider's data), or the providers'. */
static GPtrArray *sorted(struct registry *r, bool provided)
{
    GPtrArray *ops = g_ptr_array_new();

    registry_each(r, collect, ops);
    for (guint i = ops->len; i-- > 0;)
        if ((((const struct op *)ops->pdata[i])->data != NULL) != provided)
            g_ptr_array_remove_index(ops, i);
    g_ptr_array_sort(ops, by_kind_and_name);
    return ops;
}

void manual_print_list(struct registry *r, FILE *out)
{
    g_autoptr(GPtrArray) own = sorted(r, false);
    g_autoptr(GPtrArray) provided = sorted(r, true);
    int kind = -1;

    for (guint i = 0; i < own->len; i++) {
        const struct op *op = own->pdata[i];
        if ((int)op->kind != kind)
            fprintf(out, "%s%s\n", kind < 0 ? "" : "\n", kind_titles[op->kind]);
        kind = op->kind;
        fprintf(out, "  %-20s %s\n", op->name, op->brief);
    }
    fputs("\nOperations of libvips, as element steps\n", out);
    for (guint i = 0; i < provided->len; i++) {
        const struct op *op = provided->pdata[i];
        fprintf(out, "  %-20s %s\n", op->name, op->brief);
    }
    fputs("\n`seqfs ops NAME` tells more of one.\n", out);
}

void manual_print_book(struct registry *r, FILE *out)
{
    g_autoptr(GPtrArray) own = sorted(r, false);
    int kind = -1;

    fputs("# Operators\n\nPrinted by `seqfs ops --markdown` from the operators themselves. Besides "
          "these, every "
          "operation of libvips\nthat takes one image and gives one is an element step under its "
          "nickname: `seqfs "
          "ops` lists them, `seqfs ops\nNAME` tells the arguments of one.\n",
          out);
    for (guint i = 0; i < own->len; i++) {
        const struct op *op = own->pdata[i];
        if ((int)op->kind != kind)
            fprintf(out, "\n## %s\n", kind_titles[op->kind]);
        kind = op->kind;
        fputs("\n", out);
        print_op(op, &markdown, out);
    }
}
