/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the table of a dataset's files: a header, and a row an element. */
#include "ops/core/manifest.h"

#include "ops/core/digest.h"
#include "ops/core/identity.h"
#include "ops/core/shape.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define TABLE_MAX (UINT64_C(1) << 30) /* bytes */

/* Rows with more cells than that have no identity: to look at all their files takes longer than a
 * reply may. */
#define CELLS_LOOKED_AT 4096

/* FILE: the path of part `part`'s file, or of the row's first; FIELD: the scalar that part `part`
 * is; ATTR: an attribute. */
enum cell { CELL_FILE, CELL_FIELD, CELL_ATTR };

#define WHOLE UINT64_MAX /* as part: the row itself */

struct column {
    enum cell cell;
    uint64_t part;
    char *name; /* owned */
};

/* Lifetime: plan. */
struct manifest {
    struct output of;
    uint32_t number;
    uint32_t level;  /* of the rows */
    GArray *columns; /* of struct column; owned */
};

/* What is written.  Memory is the dataset's to decide: it may be refused. */
struct table {
    char *at; /* owned */
    size_t len, cap;
};

const struct level *manifest_rows(const struct output *dataset)
{
    const struct level *level = dataset->levels;

    while (level->kind == LEVEL_LISTS)
        level++;
    return level;
}

/* Of two with one name the first is meant: the files, if a field is called file_name, too. */
static void add_column(struct manifest *m, enum cell cell, uint64_t part, const char *name)
{
    struct column c = {cell, part, NULL};

    for (guint n = 0; n < m->columns->len; n++)
        if (strcmp(g_array_index(m->columns, struct column, n).name, name) == 0)
            return;
    c.name = g_strdup(name);
    g_array_append_val(m->columns, c);
}

static bool is_scalar(struct type t)
{
    return !t.known || t.kind <= VALUE_TEXT;
}

static bool is_file(struct type t)
{
    return t.known && t.kind >= VALUE_BYTES && t.kind <= VALUE_ARRAY;
}

/* Whether every row is a record of the same fields. */
static bool has_fields(const struct seq *rows)
{
    const struct type t = seq_type(rows, SEQ_ANY);

    return t.known && t.kind == VALUE_RECORD && t.parted && seq_n_parts(rows, SEQ_ANY) != SEQ_ANY;
}

static uint64_t count_files(const struct seq *rows)
{
    uint64_t n = 0;

    for (uint64_t k = 0; k < seq_n_parts(rows, SEQ_ANY); k++)
        n += is_file(seq_part_type(rows, SEQ_ANY, k));
    return n;
}

/* Where records are a file each, or have no field that is a file of its own, the first file stands
 * for all. */
static void add_fields(struct manifest *m, const struct seq *rows, bool apart)
{
    const uint64_t len = seq_n_parts(rows, SEQ_ANY), n_files = apart ? count_files(rows) : 0;

    if (n_files == 0)
        add_column(m, CELL_FILE, WHOLE, "file_name");
    for (uint64_t k = 0; k < len && n_files > 0; k++) {
        g_autofree char *name = g_strdup_printf("%s_file_name", seq_field(rows, k));

        if (is_file(seq_part_type(rows, SEQ_ANY, k)))
            add_column(m, CELL_FILE, k, n_files == 1 ? "file_name" : name);
    }
    for (uint64_t k = 0; k < len; k++)
        if (is_scalar(seq_part_type(rows, SEQ_ANY, k)))
            add_column(m, CELL_FIELD, k, seq_field(rows, k));
}

/* Attributes that say no more than file_name does, or what only this machine knows. */
static bool is_name(const char *attr)
{
    static const char *const names[] = {"index", "path", "name", "stem", "ext", "subdir", NULL};

    return g_strv_contains(names, attr);
}

/* Whether it is what a field is or comes from, and not a scalar field that has a dot in its name.
 */
static bool is_of_field(const char *attr, GHashTable *all)
{
    static const char *const others[] = {"value", "line", "dir", "parent", NULL};
    const char *dot = strrchr(attr, '.');
    g_autofree char *value = g_strconcat(attr, ".value", NULL);

    return dot && !g_hash_table_contains(all, value) &&
           (is_name(dot + 1) || g_strv_contains(others, dot + 1));
}

static void note_attr(void *attrs, const char *name)
{
    g_ptr_array_add(attrs, g_strdup(name));
}

/* A column each scalar. */
static void add_attrs(struct manifest *m, const struct seq *rows)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) all = g_hash_table_new(g_str_hash, g_str_equal);

    seq_each_attr(rows, note_attr, names);
    for (guint n = 0; n < names->len; n++)
        g_hash_table_add(all, names->pdata[n]);
    for (guint n = 0; n < names->len; n++)
        if (!is_name(names->pdata[n]) && !is_of_field(names->pdata[n], all))
            add_column(m, CELL_ATTR, WHOLE, names->pdata[n]);
}

static void free_column(void *column)
{
    g_free(((struct column *)column)->name);
}

void manifest_set(struct seq *table, const struct output *dataset, uint32_t number)
{
    const struct level *rows = manifest_rows(dataset);
    struct manifest *m = table->self;

    m->of = *dataset;
    m->number = number;
    m->level = (uint32_t)(rows - dataset->levels);
    if (has_fields(rows->seq)) {
        add_fields(m, rows->seq, rows->kind == LEVEL_RECORDS);
        return;
    }
    add_column(m, CELL_FILE, WHOLE, "file_name");
    add_attrs(m, rows->seq);
}

static int manifest_open(struct seq *s, struct fault *f)
{
    struct manifest *m = g_new0(struct manifest, 1);

    m->columns = g_array_new(FALSE, FALSE, sizeof(struct column));
    g_array_set_clear_func(m->columns, free_column);
    s->self = m;
    s->len = 1;
    s->trivial = false;
    return 0;
}

static void manifest_close(struct seq *s)
{
    struct manifest *m = s->self;

    if (!m)
        return;
    g_array_unref(m->columns);
    g_free(m);
}

static struct type manifest_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = "csv"};
}

/* Writing. */

static int put(struct table *t, const char *text, size_t len, struct fault *f)
{
    size_t cap = MAX(t->cap, (size_t)4096);

    if (len > TABLE_MAX - t->len)
        return fault_set(f, EFBIG, "the manifest has more than %" PRIu64 " bytes", TABLE_MAX);
    while (cap < t->len + len)
        cap *= 2;
    if (cap > t->cap) {
        char *grown = g_try_realloc(t->at, cap);
        if (!grown)
            return fault_set_errno(f, ENOMEM, "a manifest of more than %zu bytes", t->len);
        t->at = grown;
        t->cap = cap;
    }
    memcpy(t->at + t->len, text, len);
    t->len += len;
    return 0;
}

/* As RFC 4180 says; a text that is empty is quoted, since a cell that is empty is none. */
static void quote(GString *row, const char *text)
{
    if (*text && !strpbrk(text, ",\"\r\n")) {
        g_string_append(row, text);
        return;
    }
    g_string_append_c(row, '"');
    for (; *text; text++)
        g_string_append(row, *text == '"' ? "\"\"" : (const char[]){*text, '\0'});
    g_string_append_c(row, '"');
}

/* The file of a column in a row; false = there is none. */
static bool find_file(const struct manifest *m, const struct column *c, uint64_t i, uint64_t *ret)
{
    const struct output *o = &m->of;
    struct spot row = shape_settle(o, (struct spot){m->level + 1, i});

    if (c->part != WHOLE && shape_kind(o, row) == SPOT_RECORD)
        row = shape_child(o, row, c->part);
    else if (!shape_first_leaf(o, row, &row))
        return false;
    *ret = row.index;
    return shape_kind(o, row) == SPOT_FILE;
}

static void print_file(const struct manifest *m, const struct call *call, const struct column *c,
                       GString *cell)
{
    const struct naming *naming = call->eval->naming;
    uint64_t file;

    if (find_file(m, c, call->i, &file))
        naming->print(naming->ctx, m->number, file, cell);
}

/* What fails is an empty cell, but that time is up is everyone's. */
static int print_field(const struct call *c, uint64_t part, GString *cell, bool *ret)
{
    const struct seq *rows = c->seq->in[0];
    OWN(value_unref) struct value *v = NULL;
    struct eval *e = c->eval;
    int r = seq_get_part(rows, e, c->i, part, &v);

    if (r < 0 && e->deadline && g_get_monotonic_time() > e->deadline)
        return r;
    *ret = r == 0 && value_kind(v) != VALUE_NULL && value_print(v, cell);
    fault_clear(&e->fault);
    return 0;
}

/* c->i is the row's number. */
static int print_cell(const struct manifest *m, const struct call *c, const struct column *column,
                      GString *row)
{
    g_autoptr(GString) cell = g_string_new(NULL);
    bool there = true;
    int r = 0;

    switch (column->cell) {
    case CELL_FILE:
        print_file(m, c, column, cell);
        there = cell->len > 0;
        break;
    case CELL_FIELD:
        r = print_field(c, column->part, cell, &there);
        break;
    case CELL_ATTR:
        there = seq_attr(c->seq->in[0], c->i, column->name, cell);
        break;
    }
    if (r == 0 && there)
        quote(row, cell->str);
    return r;
}

/* Row i, or the header for SEQ_ANY. */
static int print_row(const struct manifest *m, const struct call *c, uint64_t i, GString *row)
{
    struct call at = *c;

    at.i = i;
    g_string_truncate(row, 0);
    for (guint n = 0; n < m->columns->len; n++) {
        const struct column *column = &g_array_index(m->columns, struct column, n);
        if (n > 0)
            g_string_append_c(row, ',');
        int r = 0;
        if (i == SEQ_ANY)
            quote(row, column->name);
        else
            r = print_cell(m, &at, column, row);
        if (r < 0)
            return r;
    }
    g_string_append_c(row, '\n');
    return 0;
}

static int write_table(const struct call *c, struct table *t)
{
    const struct manifest *m = c->seq->self;
    g_autoptr(GString) row = g_string_new(NULL);
    int r = print_row(m, c, SEQ_ANY, row);

    if (r == 0)
        r = put(t, row->str, row->len, &c->eval->fault);
    for (uint64_t i = 0; r == 0 && i < c->seq->in[0]->len; i++) {
        r = print_row(m, c, i, row);
        if (r == 0)
            r = put(t, row->str, row->len, &c->eval->fault);
    }
    return r;
}

static int manifest_get(const struct call *c, struct value **ret)
{
    struct table t = {0};

    if (!c->eval->naming)
        return fault_set(&c->eval->fault, ENOTSUP, "the files have no names here");
    int r = write_table(c, &t);
    if (r < 0)
        g_free(t.at);
    else
        *ret = value_new_bytes(g_bytes_new_take(t.at, t.len));
    return r;
}

/* Names, attributes and scalars are made by the steps, from what the rows are made of. */
static void manifest_identify(const struct call *c, struct digest *d)
{
    const struct manifest *m = c->seq->self;
    const struct seq *rows = c->seq->in[0];

    digest_step(d, c);
    if (rows->len > CELLS_LOOKED_AT / m->columns->len) {
        digest_cannot_tell(d);
        return;
    }
    digest_steps(d, m->of.seq);
    for (uint64_t i = 0; i < rows->len; i++)
        digest_element(d, rows, i);
}

const struct op op_manifest_table = {
    .abi = SEQFS_OP_ABI,
    .name = "manifest_table",
    .brief = "The files of a dataset and their scalars, as a table.",
    .kind = OP_SEQUENCE,
    .open = manifest_open,
    .close = manifest_close,
    .type = manifest_type,
    .identify = manifest_identify,
    .get = manifest_get,
};
