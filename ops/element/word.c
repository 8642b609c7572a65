/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words with fields, taken apart once and printed for any element.
 *
 * A shell gets values as variables, "${SEQFS_1}": unlike text that is quoted they cannot become
 * commands in comments, here-documents or backquotes either. */
#include "ops/element/word.h"

#include <string.h>

#define NAME_MAX_LEN 128 /* bytes of a field; what is longer is no field */

enum piece_kind { PIECE_TEXT, PIECE_FIELD, PIECE_INPUT, PIECE_OUTPUT };

/* Lifetime: the word's. */
struct piece {
    enum piece_kind kind;
    char *text;             /* PIECE_TEXT, and of a field what stands between the braces; owned */
    struct template *field; /* PIECE_FIELD; owned */
};

struct word {
    enum word_kind kind;
    GArray *pieces; /* struct piece */
};

static void clear_piece(void *p)
{
    struct piece *piece = p;

    g_free(piece->text);
    template_free(piece->field);
}

/* What a shell makes of a place in its line. */
struct quoting {
    char quote;   /* ' or " or ` within such; 0 = none */
    bool escaped; /* behind a backslash */
    bool comment;
    char before;
    bool sum; /* within $((...)), where << shifts */
    enum { HERE_NOT, HERE_WORD, HERE_LATER, HERE_BODY } here;
    char end[64];  /* the word of a here-document: in HERE_WORD as far as it was read */
    char line[64]; /* of its body, likewise; of both, what is longer is cut */
    size_t end_len, line_len;
};

static void append(char buf[64], size_t *len, char ch)
{
    if (*len < 64)
        buf[(*len)++] = ch;
}

/* Tabs before the last line count for nothing, though only <<- allows for them. */
static void follow_body(struct quoting *q, char ch)
{
    if (ch == '\n') {
        if (q->line_len == q->end_len && memcmp(q->line, q->end, q->end_len) == 0)
            q->here = HERE_NOT;
        q->line_len = 0;
    } else if (ch != '\t' || q->line_len > 0)
        append(q->line, &q->line_len, ch);
}

/* Of several here-documents on one line, the last is the one that ends last. */
static void follow_here(struct quoting *q, char ch)
{
    const bool bare = !q->quote && !q->escaped;

    if (bare && ch == q->before && (ch == '(' || ch == ')'))
        q->sum = ch == '(';
    if (q->here == HERE_WORD && bare && ch == '<' && q->end_len == 0)
        q->here = HERE_NOT; /* <<< takes a word */
    else if (bare && ch == '<' && q->before == '<' && !q->sum) {
        q->here = HERE_WORD;
        q->end_len = 0;
    } else if (q->here == HERE_WORD && bare && q->end_len > 0 && strchr(" \t\n;&|()<>", ch))
        q->here = HERE_LATER;
    else if (q->here == HERE_WORD && !(bare && strchr("- \t\n\\'\"", ch)) && ch != q->quote)
        append(q->end, &q->end_len, ch);
    if (q->here == HERE_LATER && bare && ch == '\n') {
        q->here = HERE_BODY;
        q->line_len = 0;
    }
}

static void follow(struct quoting *q, char ch)
{
    if (q->here == HERE_BODY) {
        follow_body(q, ch);
        return;
    }
    if (!q->comment || ch == '\n')
        follow_here(q, ch);
    if (q->comment)
        q->comment = ch != '\n';
    else if (q->escaped)
        q->escaped = false;
    else if (ch == '\\' && q->quote != '\'')
        q->escaped = true;
    else if (q->quote)
        q->quote = ch == q->quote ? '\0' : q->quote;
    else if (ch == '\'' || ch == '"' || ch == '`')
        q->quote = ch;
    else if (ch == '#' && (q->before == '\0' || strchr(" \t\n;&|(", q->before)))
        q->comment = true;
    q->before = ch;
}

/* Lifetime: call. */
struct parsing {
    struct word *to;
    const struct seq *in;
    GString *text; /* not yet a piece */
    struct quoting quoting;
};

static void end_text(struct parsing *p)
{
    struct piece piece = {.kind = PIECE_TEXT};

    if (p->text->len == 0)
        return;
    piece.text = g_strdup(p->text->str);
    g_array_append_val(p->to->pieces, piece);
    g_string_truncate(p->text, 0);
}

static void add_text(struct parsing *p, const char *text, size_t len)
{
    g_string_append_len(p->text, text, (gssize)len);
    for (size_t i = 0; i < len; i++)
        follow(&p->quoting, text[i]);
}

/* How long "name" or "name:05d" is, between braces that are not counted; 0 = it is none. */
static size_t field_len(const char *at)
{
    size_t len = 0;

    if (!g_ascii_isalpha(*at) && *at != '_')
        return 0;
    while (g_ascii_isalnum(at[len]) || at[len] == '_' || at[len] == '.')
        len++;
    if (at[len] == ':')
        len += strcspn(at + len, "{} \t\n'\"$");
    return at[len] == '}' && len <= NAME_MAX_LEN ? len : 0;
}

static int check_place(const struct parsing *p, const char *field, struct fault *f)
{
    const char quote = p->quoting.quote;

    if (p->to->kind == WORD_FIXED)
        return fault_set(f, EINVAL,
                         "'{%s}' is not known when the program starts, but told with each element; "
                         "the text itself is written '{{%s}}'",
                         field, field);
    if (p->to->kind == WORD_SHELL && p->quoting.here == HERE_BODY)
        return fault_set(f, EINVAL,
                         "'{%s}' stands within a here-document, where it would be quoted; write "
                         "x={%s} before it, and $x in it",
                         field, field);
    if (p->to->kind == WORD_SHELL && quote)
        return fault_set(f, EINVAL,
                         "'{%s}' stands within %s; its value is one word without them, so leave "
                         "them away around it",
                         field, quote == '`' ? "backquotes" : "quotes");
    return 0;
}

/* Steals field. */
static int add_field(struct parsing *p, char **field, struct fault *f)
{
    g_autofree char *braced = g_strdup_printf("{%s}", *field);
    struct piece piece = {.kind = PIECE_FIELD};
    int r = check_place(p, *field, f);

    if (r < 0)
        return r;
    if (strcmp(*field, "input") == 0)
        piece.kind = PIECE_INPUT;
    else if (strcmp(*field, "output") == 0)
        piece.kind = PIECE_OUTPUT;
    else if (template_new(braced, p->in, f, &piece.field) < 0) {
        g_autofree char *why = g_strdup(f->text);
        return fault_set(f, f->err, "%s; the text itself is written '{{%s}}'", why, *field);
    }
    end_text(p);
    piece.text = g_steal_pointer(field);
    g_array_append_val(p->to->pieces, piece);
    p->quoting.before = '}';
    return 0;
}

/* Of what has a colon, that only counts which is an attribute: {a:1} is as well JSON. */
static bool is_known(const struct seq *in, const char *field)
{
    g_autofree char *name = g_strndup(field, strcspn(field, ":"));

    return !strchr(field, ':') || seq_has_attr(in, name, NULL);
}

/* At a brace; *ret_len: how much of the text this was. */
static int parse_brace(struct parsing *p, const char *at, bool variable, struct fault *f,
                       size_t *ret_len)
{
    const size_t doubled = at[1] == '{' ? field_len(at + 2) : 0;
    const size_t len = variable ? 0 : field_len(at + 1);
    g_autofree char *field = g_strndup(at + 1, len);

    *ret_len = 1;
    if (doubled && at[2 + doubled + 1] == '}') {
        add_text(p, at + 1, doubled + 2);
        *ret_len = doubled + 4;
        return 0;
    }
    if (len == 0 || !is_known(p->in, field)) {
        add_text(p, at, 1);
        return 0;
    }
    *ret_len = len + 2;
    return add_field(p, &field, f);
}

static int parse(struct parsing *p, const char *text, struct fault *f)
{
    size_t len;
    int r = 0;

    for (const char *at = text; *at && r == 0; at += len) {
        len = strcspn(at, "{");
        if (len > 0)
            add_text(p, at, len);
        else
            r = parse_brace(p, at, at > text && at[-1] == '$', f, &len);
    }
    end_text(p);
    return r;
}

int word_new(const char *text, enum word_kind kind, const struct seq *in, struct fault *f,
             struct word **ret)
{
    OWN(word_free) struct word *w = g_new0(struct word, 1);
    g_autoptr(GString) literal = g_string_new(NULL);
    struct parsing p = {.to = w, .in = in, .text = literal};

    w->kind = kind;
    w->pieces = g_array_new(FALSE, TRUE, sizeof(struct piece));
    g_array_set_clear_func(w->pieces, clear_piece);
    int r = parse(&p, text, f);
    if (r == 0)
        *ret = g_steal_pointer(&w);
    return r;
}

void word_free(struct word *w)
{
    if (!w)
        return;
    g_array_unref(w->pieces);
    g_free(w);
}

static bool has(const struct word *w, enum piece_kind kind)
{
    for (guint n = 0; n < w->pieces->len; n++)
        if (g_array_index(w->pieces, struct piece, n).kind == kind)
            return true;
    return false;
}

bool word_has_input(const struct word *w)
{
    return has(w, PIECE_INPUT);
}

bool word_has_output(const struct word *w)
{
    return has(w, PIECE_OUTPUT);
}

bool word_has_fields(const struct word *w)
{
    return has(w, PIECE_FIELD) || has(w, PIECE_INPUT) || has(w, PIECE_OUTPUT);
}

bool word_has_text_fields(const struct word *w)
{
    for (guint n = 0; n < w->pieces->len; n++) {
        const struct piece *piece = &g_array_index(w->pieces, struct piece, n);
        const bool index = piece->kind == PIECE_FIELD && g_str_has_prefix(piece->text, "index") &&
                           strchr(":", piece->text[5]); /* "index", or "index:05d" */

        if (piece->kind != PIECE_TEXT && !index)
            return true;
    }
    return false;
}

static void print_value(const struct piece *piece, const struct word_source *from, GString *ret)
{
    if (piece->kind == PIECE_FIELD)
        template_print(piece->field, from->in, from->i, ret);
    else
        g_string_append(ret, piece->kind == PIECE_INPUT ? from->input : from->output);
}

void word_print(const struct word *w, struct word_source *from, GString *ret)
{
    for (guint n = 0; n < w->pieces->len; n++) {
        const struct piece *piece = &g_array_index(w->pieces, struct piece, n);
        g_autoptr(GString) value = NULL;
        char name[32];

        if (piece->kind == PIECE_TEXT) {
            g_string_append(ret, piece->text);
            continue;
        }
        if (w->kind != WORD_SHELL) {
            print_value(piece, from, ret);
            continue;
        }
        value = g_string_new(NULL);
        print_value(piece, from, value);
        g_snprintf(name, sizeof name, "SEQFS_%u", ++from->n_values);
        *from->env = g_environ_setenv(*from->env, name, value->str, TRUE);
        g_string_append_printf(ret, "\"${%s}\"", name);
    }
}
