/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens tables: what is in the file, and which of that the spec wants. */
#include "ops/source/table.h"

#include "ops/source/kept.h"

#include <string.h>
#include <unistd.h>

#define QUICK_ROW ((uint64_t)1 << 20) /* bytes of a row that is read as quick as a reply */

/* What the spec may call the kinds of columns. */
static const struct {
    const char *name;
    enum value_kind kind;
} kinds[] = {
    {"int", VALUE_INT}, {"float", VALUE_FLOAT}, {"bool", VALUE_BOOL}, {"text", VALUE_TEXT}};

/* A file that has not what is wanted is to blame, and not the spec. */
static int blame_file(const struct seq *s, struct fault *f)
{
    fault_set_arg(f, f->err, "path", -1, "%s: %s", s->op->name, f->text);
    f->source = true;
    return -f->err;
}

/* Choosing columns. */

/* Names of fields become names of files. */
static int check_name(const struct seq *s, const struct table *t, uint32_t at, const char *name,
                      struct fault *f)
{
    if (filename_is_one(name))
        return 0;
    if (*name)
        fault_set(f, EINVAL,
                  "%s '%.64s' of '%s' cannot be the name of a field, which files are named by; "
                  "choose others by 'columns'",
                  t->format->noun, name, t->file.path);
    else
        fault_set(f, EINVAL,
                  "%s %u of '%s' has no name; give it one, or choose others by 'columns'",
                  t->format->noun, at - t->format->first + 1, t->file.path);
    return blame_file(s, f);
}

/* n_same: columns of the file that are called so. */
static int check_same(const struct seq *s, const struct table *t, const char *name, uint32_t n_same,
                      struct fault *f)
{
    if (n_same < 2)
        return 0;
    fault_set(f, EINVAL,
              "%u %ss of '%s' are called '%.64s'; give them names of their own, or choose others "
              "by 'columns'",
              n_same, t->format->noun, t->file.path, name);
    return blame_file(s, f);
}

static void set_column(struct table *t, uint32_t k, uint32_t at, const char *name)
{
    const struct fact *fact = &t->facts.columns[at];
    struct table_column *column = &t->chosen[k];

    *column = (struct table_column){.name = name, .at = at};
    column->known = table_kind(t->format, fact->seen, &column->kind);
}

static int choose_all(const struct seq *s, struct table *t, struct fault *f, uint32_t *ret_len)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    const uint32_t first = t->format->first;
    int r = 0;

    for (uint32_t at = first; r == 0 && at < t->facts.n_columns; at++) {
        const char *name = t->facts.columns[at].name;

        r = check_name(s, t, at, name, f);
        if (r == 0)
            r = check_same(s, t, name, g_hash_table_add(known, (gpointer)name) ? 1 : 2, f);
        set_column(t, at - first, at, name);
    }
    *ret_len = t->facts.n_columns - first;
    return r;
}

/* The column of the file that is called so. */
static int find_column(const struct seq *s, const struct table *t, const char *name, int item,
                       struct fault *f, uint32_t *ret)
{
    struct nearest near;
    uint32_t n_same = 0;
    char hint[128];

    nearest_init(&near, name);
    for (uint32_t at = t->format->first; at < t->facts.n_columns; at++) {
        nearest_offer(&near, t->facts.columns[at].name);
        if (strcmp(t->facts.columns[at].name, name) != 0)
            continue;
        if (n_same++ == 0)
            *ret = at;
    }
    if (n_same == 0)
        return fault_set_arg(f, EINVAL, "columns", item, "%s: '%s' has no %s '%.64s'%s",
                             s->op->name, t->file.path, t->format->noun, name,
                             nearest_hint(&near, hint, sizeof hint));
    return check_same(s, t, name, n_same, f);
}

static int set_kind(const struct seq *s, struct table_column *column, const struct node *kind,
                    struct fault *f)
{
    struct nearest near;
    char hint[128], what[80];

    nearest_init(&near, kind->kind == NODE_SCALAR ? kind->text : "");
    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++) {
        nearest_offer(&near, kinds[n].name);
        if (kind->kind != NODE_SCALAR || strcmp(kinds[n].name, kind->text) != 0)
            continue;
        column->given = column->known = true;
        column->kind = kinds[n].kind;
        return 0;
    }
    return fault_set_arg(f, EINVAL, "columns", -1,
                         "%s: column '%.64s': %s is none of int, float, bool, text%s", s->op->name,
                         column->name, node_describe(kind, what, sizeof what),
                         nearest_hint(&near, hint, sizeof hint));
}

/* Whether the columns of the file have no names but those of the spec, which are in their order. */
static bool is_nameless(const struct table *t)
{
    return t->format->textual && !t->header;
}

static int choose_one(const struct seq *s, struct table *t, uint32_t k, const struct node *name,
                      const struct node *kind, struct fault *f)
{
    const int item = t->wanted->kind == NODE_LIST ? (int)k : -1;
    uint32_t at = k;
    char what[80];
    int r = 0;

    if (name->kind != NODE_SCALAR)
        return fault_set_arg(f, EINVAL, "columns", item, "%s: %s is no name of a column",
                             s->op->name, node_describe(name, what, sizeof what));
    if (!is_nameless(t))
        r = find_column(s, t, name->text, item, f, &at);
    for (uint32_t n = 0; n < k && r == 0; n++) {
        if (strcmp(t->chosen[n].name, name->text) == 0)
            r = fault_set_arg(f, EINVAL, "columns", item, "%s: '%.64s' is named twice", s->op->name,
                              name->text);
    }
    if (r == 0)
        r = check_name(s, t, at, name->text, f);
    if (r < 0)
        return r;
    set_column(t, k, at, name->text);
    return kind ? set_kind(s, &t->chosen[k], kind, f) : 0;
}

static int choose_wanted(const struct seq *s, struct table *t, uint32_t len, struct fault *f)
{
    const struct node *wanted = t->wanted;
    int r = 0;

    if (wanted->kind == NODE_SCALAR)
        return choose_one(s, t, 0, wanted, NULL, f);
    for (uint32_t k = 0; r == 0 && k < len; k++)
        r = wanted->kind == NODE_LIST ? choose_one(s, t, k, wanted->items[k], NULL, f)
                                      : choose_one(s, t, k, wanted->keys[k], wanted->items[k], f);
    return r;
}

static void set_suffix(struct table_column *column, const struct fact *fact)
{
    const char *first = fact->suffixes ? fact->suffixes->pdata[0] : "";

    column->differs = fact->suffixes && fact->suffixes->len > 1;
    column->suffix = *first && !column->differs ? first : NULL;
}

/* Marks the columns that name files. */
static int mark_files(const struct seq *s, struct table *t, uint32_t len, struct fault *f)
{
    for (uint32_t n = 0; n < t->named->len; n++) {
        const char *name = t->named->at[n];
        struct table_column *column = NULL;
        struct nearest near;
        char hint[128];

        nearest_init(&near, name);
        for (uint32_t k = 0; k < len; k++) {
            nearest_offer(&near, t->chosen[k].name);
            if (strcmp(t->chosen[k].name, name) == 0)
                column = &t->chosen[k];
        }
        if (!column)
            return fault_set_arg(f, EINVAL, "files", (int)n, "%s: there is no %s '%.64s'%s",
                                 s->op->name, t->format->noun, name,
                                 nearest_hint(&near, hint, sizeof hint));
        if (column->given && column->kind != VALUE_TEXT)
            return fault_set_arg(f, EINVAL, "files", (int)n,
                                 "%s: %s '%.64s' is no text, as names of files are", s->op->name,
                                 t->format->noun, name);
        column->file = true;
        set_suffix(column, &t->facts.columns[column->at]);
    }
    return 0;
}

int table_choose(const struct seq *s, struct table *t, struct fault *f, uint32_t *ret_len)
{
    const uint32_t there = t->facts.n_columns - t->format->first;
    const bool all = !t->wanted || node_is_null(t->wanted);
    uint32_t len = all ? there : t->wanted->kind == NODE_SCALAR ? 1 : t->wanted->len;
    int r;

    if (!all && is_nameless(t) && len != there)
        return fault_set_arg(f, EINVAL, "columns", -1,
                             "%s: there are %u names, but the first row of '%s' has %u columns",
                             s->op->name, len, t->file.path, there);
    if (len == 0 && !all)
        return fault_set_arg(f, EINVAL, "columns", -1, "%s: wanted is at least one %s", s->op->name,
                             t->format->noun);
    if (len == 0) {
        fault_set(f, EINVAL, "'%s' has no %s", t->file.path, t->format->noun);
        return blame_file(s, f);
    }
    t->chosen = g_new0(struct table_column, len);
    r = all ? choose_all(s, t, f, &len) : choose_wanted(s, t, len, f);
    if (r == 0)
        r = mark_files(s, t, len, f);
    *ret_len = len;
    return r;
}

/* Opening. */

/* A kept_make_fn. */
static int survey(void *ctx, int fd, struct fault *f)
{
    const struct table *t = ctx;
    OWN(facts_writer_free) struct facts_writer *w = facts_write(fd);

    if (!w)
        return fault_set_errno(f, ENOMEM, "the index of '%s'", t->file.path);
    return t->format->survey(t, w, f);
}

/* What the rows look like depends on all of this. */
static int find_facts(struct table *t, struct fault *f)
{
    const unsigned char more[] = {t->form.delimiter, t->form.quote, t->header};
    const struct kept_key key = {
        .kind = t->format->kind,
        .version = t->format->version,
        .path = t->file.origin,
        .st = &t->file.st,
        .more = more,
        .more_len = sizeof more,
    };
    int fd, r = kept_open(&key, survey, t, f, &fd);

    if (r < 0)
        return r;
    r = facts_read(fd, f, &t->facts);
    close(fd);
    return r < 0 ? fault_set(f, f->err, "'%s': %s", t->file.path, f->text) : 0;
}

static int make_columns(struct seq *s, struct table *t, struct fault *f)
{
    g_autofree const struct op **ops = NULL;
    uint32_t len = 0;
    int r = table_choose(s, t, f, &len);

    if (r < 0)
        return r;
    ops = g_new(const struct op *, len);
    for (uint32_t k = 0; k < len; k++)
        ops[k] = t->chosen[k].file ? &table_files : &table_scalars;
    columns_init(&t->columns, s, ops, len);
    for (uint32_t k = 0; k < len; k++) {
        t->columns.at[k].trivial = s->trivial && !t->chosen[k].file;
    }
    for (uint32_t k = 0; k < len; k++)
        s->trivial = s->trivial && !t->chosen[k].file;
    return 0;
}

/* Rows that are no records. */
static int check_values(const struct seq *s, const struct table *t, struct fault *f)
{
    const char *arg = t->wanted && !node_is_null(t->wanted) ? "columns"
                      : t->named->len > 0                   ? "files"
                                                            : NULL;

    if (!arg)
        return 0;
    return fault_set_arg(f, EINVAL, arg, -1, "%s: the rows of '%s' are no records: there is no %s",
                         s->op->name, t->file.path, t->format->noun);
}

/* Whether every row is read in no time: those who reply may not be kept waiting. */
static bool has_quick_rows(const struct facts *x)
{
    for (uint64_t i = 0; i < x->n_rows; i++)
        if (x->rows[i + 1].off - x->rows[i].off > QUICK_ROW)
            return false;
    return true;
}

int table_open(struct seq *s, struct table *own_t, const char *path, struct fault *f)
{
    struct table *t = own_t;
    const char *slash = strrchr(path, '/');

    s->self = t;
    t->folder = slash ? g_strndup(path, (gsize)(slash + 1 - path)) : g_strdup("");
    if (plain_open(path, s->folder, f, &t->file) < 0 || find_facts(t, f) < 0)
        return blame_file(s, f);
    s->len = t->facts.n_rows;
    s->trivial = has_quick_rows(&t->facts);
    t->values = t->format->first > 0 && !(t->facts.columns[0].seen & FACTS_SEEN(VALUE_RECORD));
    return t->values ? check_values(s, t, f) : make_columns(s, t, f);
}
