/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables once they are open: rows are read when they are asked for, and columns lead to them. */
#include "ops/source/table.h"

#include "ops/source/paths.h"
#include "ops/source/slurp.h"

#include <string.h>

void table_close(struct seq *s)
{
    struct table *t = s->self;

    if (!t)
        return;
    columns_finish(&t->columns);
    facts_finish(&t->facts);
    plain_close(&t->file);
    g_free(t->chosen);
    g_free(t->folder);
    g_free(t);
}

bool table_kind(const struct table_format *format, uint32_t seen, enum value_kind *ret)
{
    const uint32_t numbers = FACTS_SEEN(VALUE_INT) | FACTS_SEEN(VALUE_FLOAT);

    seen &= ~FACTS_SEEN(VALUE_NULL);
    if (format->textual && (seen == 0 || seen & ~numbers))
        *ret = VALUE_TEXT;
    else if (seen == 0)
        *ret = VALUE_NULL;
    else if ((seen & ~numbers) == 0)
        *ret = seen & FACTS_SEEN(VALUE_FLOAT) ? VALUE_FLOAT : VALUE_INT;
    else if ((seen & (seen - 1)) == 0)
        *ret = (enum value_kind)(g_bit_nth_lsf(seen, -1));
    else
        return false;
    return true;
}

/* Rows. */

/* Puts the row in front of what f says. */
static int blame(const struct table *t, uint64_t i, const char *link, struct fault *f)
{
    return fault_set(f, f->err, "row %" PRIu64 " (line %" PRIu64 ") of '%s'%s%s", i,
                     t->facts.rows[i].line, t->file.path, link, f->text);
}

static int parse(const struct table *t, uint64_t i, uint32_t from, uint32_t n, struct fault *f,
                 struct value **ret)
{
    const struct row *rows = t->facts.rows;
    const uint64_t len = rows[i + 1].off - rows[i].off;
    g_autoptr(GBytes) row = NULL;
    int r;

    if (len > ROWS_MAX) {
        fault_set(f, EFBIG, "has more than %" PRIu64 " bytes", ROWS_MAX);
        return blame(t, i, " ", f);
    }
    r = plain_read(&t->file, rows[i].off, len, f, &row);
    if (r < 0)
        return r;
    r = t->format->parse(t, i, row, from, n, f, ret);
    return r < 0 ? blame(t, i, " ", f) : 0;
}

static bool print_line(const struct table *t, uint64_t i, const char *name, GString *ret)
{
    if (strcmp(name, "line") != 0)
        return false;
    g_string_append_printf(ret, "%" PRIu64, t->facts.rows[i].line);
    return true;
}

/* Columns of scalars, and of what is computed with the row. */

static const struct table_column *column_of(const struct seq *s)
{
    return &((const struct table *)s->self)->chosen[s->column];
}

static struct type scalars_type(const struct seq *s, uint64_t i)
{
    const struct table_column *column = column_of(s);

    return (struct type){.known = column->known, .kind = column->known ? column->kind : 0};
}

static int scalars_get(const struct call *c, struct value **ret)
{
    return parse(c->seq->self, c->i, c->seq->column, 1, &c->eval->fault, ret);
}

bool table_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    return print_line(s->self, i, name, ret);
}

char *table_origin(const struct seq *s, uint64_t i)
{
    return g_strdup(((const struct table *)s->self)->file.origin);
}

/* Trivial, so that a value is its own identity. */
const struct op table_scalars = {
    .abi = SEQFS_OP_ABI,
    .name = "column",
    .kind = OP_SOURCE,
    .flags = OP_TRIVIAL,
    .attrs = ATTRS(TABLE_ATTRS),
    .type = scalars_type,
    .attr = table_attr,
    .origin = table_origin,
    .get = scalars_get,
};

/* Columns that name files. */

/* The name of a file as it would be written in the spec; owned. */
static int find_path(const struct seq *s, uint64_t i, struct fault *f, char **ret)
{
    const struct table *t = s->self;
    OWN(value_unref) struct value *v = NULL;
    GString *path = g_string_new(NULL);
    const char *name;
    int r = parse(t, i, s->column, 1, f, &v);

    if (r == 0 && value_kind(v) == VALUE_TEXT)
        value_print(v, path);
    if (r == 0 && (path->len == 0 || path->str[path->len - 1] == '/')) {
        fault_set(f, EINVAL, "names no file in %s '%s'", t->format->noun, column_of(s)->name);
        r = blame(t, i, " ", f);
    }
    for (name = path->str; g_str_has_prefix(name, "./");)
        name += 2;
    if (r == 0)
        *ret = g_strconcat(*name == '/' ? "" : t->folder, name, NULL);
    g_string_free(path, TRUE);
    return r;
}

/* The same from the root on; NULL = the row has none. */
static char *files_origin(const struct seq *s, uint64_t i)
{
    g_autofree char *path = NULL;
    struct fault f = {0};

    return find_path(s, i, &f, &path) < 0 ? NULL : g_canonicalize_filename(path, s->folder);
}

/* Of the row's own file: where suffixes differ, that is a look at the row. */
static const char *find_suffix(const struct seq *s, uint64_t i)
{
    const struct table *t = s->self;
    g_autofree char *path = NULL;
    struct fault f = {0};
    const char *slash, *suffix;

    if (find_path(s, i, &f, &path) < 0)
        return NULL;
    slash = strrchr(path, '/');
    suffix =
        facts_find_suffix(&t->facts.columns[column_of(s)->at], paths_ext(slash ? slash + 1 : path));
    return suffix && *suffix ? suffix : NULL;
}

static struct type files_type(const struct seq *s, uint64_t i)
{
    const struct table_column *column = column_of(s);
    struct type t = {.known = true, .kind = VALUE_BYTES, .suffix = column->suffix};

    if (column->differs && i != SEQ_ANY)
        t.suffix = find_suffix(s, i);
    return t;
}

static bool files_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    g_autofree char *path = NULL;
    g_autofree char *folder = NULL;
    const char *slash;
    struct fault f = {0};

    if (print_line(s->self, i, name, ret))
        return true;
    if (find_path(s, i, &f, &path) < 0)
        return false;
    slash = strrchr(path, '/');
    folder = slash ? g_strndup(path, (gsize)(slash + 1 - path)) : g_strdup("");
    return paths_attr(folder, slash ? slash + 1 : path, name, ret);
}

static bool files_extent(const struct seq *s, uint64_t i, struct extent *ret)
{
    char *path = files_origin(s, i);

    *ret = (struct extent){.path = path, .len = UINT64_MAX};
    return path;
}

/* As a file that `files` finds. */
static void files_identify(const struct call *c, struct digest *d)
{
    g_autofree char *path = files_origin(c->seq, c->i);

    if (!path)
        digest_cannot_tell(d);
    digest_text(d, "files");
    digest_file(d, path ? path : "");
}

static int files_get(const struct call *c, struct value **ret)
{
    struct fault *f = &c->eval->fault;
    g_autofree char *path = NULL;
    g_autofree char *origin = NULL;
    GBytes *bytes = NULL;
    int r = find_path(c->seq, c->i, f, &path);

    if (r < 0)
        return r;
    origin = g_canonicalize_filename(path, c->seq->folder);
    if (slurp_file(origin, path, f, &bytes) < 0)
        return blame(c->seq->self, c->i, ": ", f);
    *ret = value_new_bytes(bytes);
    return 0;
}

const struct op table_files = {
    .abi = SEQFS_OP_ABI,
    .name = "column",
    .kind = OP_SOURCE,
    .attrs = ATTRS(TABLE_ATTRS, PATHS_ATTRS),
    .type = files_type,
    .attr = files_attr,
    .extent = files_extent,
    .origin = files_origin,
    .identify = files_identify,
    .get = files_get,
};

/* Records, or the values that stand in their place. */

struct type table_type(const struct seq *s, uint64_t i)
{
    const struct table *t = s->self;
    struct type type = {.known = true, .kind = VALUE_RECORD, .parted = true};

    if (!t->values)
        return type;
    type.parted = false;
    type.known = table_kind(t->format, t->facts.columns[0].seen, &type.kind);
    return type.known ? type : (struct type){0};
}

uint64_t table_n_parts(const struct seq *s, uint64_t i)
{
    return ((const struct table *)s->self)->columns.len;
}

bool table_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                uint64_t *ret_i)
{
    const struct table *t = s->self;

    if (k >= t->columns.len)
        return false;
    *ret_s = &t->columns.at[k];
    *ret_i = i;
    return true;
}

const char *table_field(const struct seq *s, uint64_t k)
{
    const struct table *t = s->self;

    return k < t->columns.len ? t->chosen[k].name : NULL;
}

void table_identify(const struct call *c, struct digest *d)
{
    const struct table *t = c->seq->self;
    OWN(value_unref) struct value *v = NULL;
    struct fault f = {0};

    if (!t->values && !digest_parts(d, c->seq, c->i))
        digest_cannot_tell(d);
    if (!t->values)
        return;
    if (parse(t, c->i, 0, 1, &f, &v) < 0)
        digest_cannot_tell(d);
    else
        digest_value(d, v);
}

/* One look at the row, and one at each file. */
static int get_record(const struct call *c, struct value **items)
{
    const struct table *t = c->seq->self;
    int r = parse(t, c->i, 0, t->columns.len, &c->eval->fault, items);

    for (uint32_t k = 0; r == 0 && k < t->columns.len; k++) {
        if (!t->chosen[k].file)
            continue;
        value_unref(g_steal_pointer(&items[k]));
        r = seq_get(&t->columns.at[k], c->eval, c->i, &items[k]);
    }
    return r;
}

int table_get(const struct call *c, struct value **ret)
{
    const struct table *t = c->seq->self;
    const uint32_t len = t->columns.len;
    g_autofree struct value **items = g_new0(struct value *, MAX(len, 1));
    g_autofree const char **names = g_new(const char *, MAX(len, 1));
    int r;

    if (t->values)
        return parse(t, c->i, 0, 1, &c->eval->fault, ret);
    for (uint32_t k = 0; k < len; k++)
        names[k] = t->chosen[k].name;
    r = get_record(c, items);
    for (uint32_t k = 0; r < 0 && k < len; k++)
        value_unref(items[k]);
    if (r == 0)
        *ret = value_new_record(len, names, items);
    return r;
}
