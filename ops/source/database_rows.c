/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at a query before its rows are asked for. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ops/base/same.h"
#include "ops/source/database.h"

#define TYPED_MAX 500 /* columns whose types are looked for; a statement has its limits */

static void finalize(sqlite3_stmt *s)
{
    sqlite3_finalize(s);
}
OWN_DEFINE(sqlite3_stmt, finalize)

/* What loading needs.  Lifetime: call. */
struct loading {
    const struct query *q;
    struct connection *c;
    struct rows *rows;
    char *inner;  /* the query without its end; owned */
    bool *wanted; /* the columns whose values may be kept; owned */
    struct fault *f;
};

/* The query is at fault, not the database. */
static int complain_query(const struct loading *l, const char *why)
{
    fault_set_arg(l->f, EINVAL, "query", -1, "sqlite: %s", why);
    return -l->f->err;
}

static int prepare(const struct loading *l, const char *sql, sqlite3_stmt **ret)
{
    const int code = sqlite3_prepare_v2(l->c->db, sql, -1, ret, NULL);

    if (code == SQLITE_OK)
        return 0;
    if (code != SQLITE_ERROR)
        return database_complain(l->c, l->f, "the database cannot be read");
    return complain_query(l, sqlite3_errmsg(l->c->db));
}

/* Behind the first statement there must be nothing but blanks and comments. */
static int check_end(const struct loading *l, const char *tail)
{
    OWN(finalize) sqlite3_stmt *more = NULL;

    if (sqlite3_prepare_v2(l->c->db, tail, -1, &more, NULL) == SQLITE_OK && !more)
        return 0;
    return complain_query(l, "argument 'query' has more than one statement");
}

/* One statement that reads, and nothing behind it: it is going to stand in brackets. */
static int check_query(struct loading *l)
{
    OWN(finalize) sqlite3_stmt *s = NULL;
    const char *tail = NULL;
    const int code = sqlite3_prepare_v2(l->c->db, l->q->query, -1, &s, &tail);

    if (code != SQLITE_OK && code != SQLITE_ERROR)
        return database_complain(l->c, l->f, "the database cannot be read");
    if (code != SQLITE_OK)
        return complain_query(l, sqlite3_errmsg(l->c->db));
    if (!s)
        return complain_query(l, "argument 'query' has no statement");
    if (!sqlite3_stmt_readonly(s))
        return complain_query(l, "argument 'query' writes; wanted is a SELECT");
    if (sqlite3_column_count(s) == 0 || sqlite3_stmt_isexplain(s))
        return complain_query(l, "argument 'query' gives no rows; wanted is a SELECT");
    if (sqlite3_bind_parameter_count(s) > 0)
        return complain_query(l, "argument 'query' has parameters, which nothing is bound to");
    l->inner = g_strndup(l->q->query, (gsize)(tail - l->q->query));
    g_strchomp(l->inner);
    if (g_str_has_suffix(l->inner, ";"))
        l->inner[strlen(l->inner) - 1] = '\0';
    return check_end(l, tail);
}

static int read_names(const struct loading *l)
{
    g_autofree char *sql = g_strdup_printf("SELECT * FROM (%s\n)", l->inner);
    OWN(finalize) sqlite3_stmt *s = NULL;
    int r = prepare(l, sql, &s);

    for (int k = 0; r == 0 && k < sqlite3_column_count(s); k++) {
        const char *name = sqlite3_column_name(s, k);
        if (!name || !filename_is_one(name))
            return fault_set_arg(l->f, EINVAL, "query", -1,
                                 "sqlite: '%.64s' cannot be the name of a field, which files are "
                                 "named by; call the column otherwise by AS",
                                 name ? name : "");
        g_ptr_array_add(l->rows->names, g_strdup(name));
    }
    return r;
}

/* A name as SQL quotes it. */
static void quote(const char *name, GString *ret)
{
    g_string_append_c(ret, '"');
    for (; *name; name++)
        g_string_append(ret, *name == '"' ? "\"\"" : (const char[]){*name, '\0'});
    g_string_append_c(ret, '"');
}

/* Of a name of typeof(). */
static enum value_kind kind_of(const char *name)
{
    static const struct {
        const char *name;
        enum value_kind kind;
    } kinds[] = {
        {"integer", VALUE_INT}, {"real", VALUE_FLOAT}, {"text", VALUE_TEXT}, {"blob", VALUE_BYTES}};

    for (size_t n = 0; n < G_N_ELEMENTS(kinds); n++)
        if (g_strcmp0(kinds[n].name, name) == 0)
            return kinds[n].kind;
    return VALUE_NULL;
}

/* What the names of the least and the greatest type tell, null left out.  Blobs of which some are
 * null have no type. */
static void take_type(const struct loading *l, guint k, sqlite3_stmt *s)
{
    const char *least = (const char *)sqlite3_column_text(s, 1 + 3 * (int)k);
    const char *most = (const char *)sqlite3_column_text(s, 2 + 3 * (int)k);
    const bool null = sqlite3_column_int(s, 3 + 3 * (int)k);
    const enum value_kind kind = kind_of(least);

    l->wanted[k] = kind != VALUE_BYTES;
    if (l->rows->len > 0 && g_strcmp0(least, most) == 0 && !(null && kind == VALUE_BYTES))
        l->rows->types[k] = (struct type){.known = true, .kind = kind};
}

static void ask_for_type(const char *name, GString *sql)
{
    g_autoptr(GString) type = g_string_new("typeof(");

    quote(name, type);
    g_string_append_printf(sql,
                           ", min(nullif(%s), 'null')), max(nullif(%s), 'null')), max(%s)='null')",
                           type->str, type->str, type->str);
}

/* One look at all rows tells how many there are, and which columns have values of one type alone:
 * whatever a column was declared, SQLite lets it have any. */
static int measure(const struct loading *l)
{
    g_autoptr(GString) sql = g_string_new("SELECT count(*)");
    const GPtrArray *names = l->rows->names;
    const guint n = MIN(names->len, TYPED_MAX);
    OWN(finalize) sqlite3_stmt *s = NULL;

    for (guint k = 0; k < n; k++)
        ask_for_type(names->pdata[k], sql);
    g_string_append_printf(sql, " FROM (%s\n)", l->inner);
    int r = prepare(l, sql->str, &s);
    if (r < 0)
        return r;
    if (sqlite3_step(s) != SQLITE_ROW)
        return database_complain(l->c, l->f, "the rows cannot be counted");
    l->rows->len = (uint64_t)sqlite3_column_int64(s, 0);
    for (guint k = 0; k < n; k++)
        take_type(l, k, s);
    return 0;
}

static int check_index(const struct loading *l)
{
    const GPtrArray *names = l->rows->names;
    struct nearest near;
    char hint[128];

    nearest_init(&near, l->q->index);
    for (guint k = 0; k < names->len; k++) {
        if (g_ascii_strcasecmp(names->pdata[k], l->q->index) == 0)
            return 0;
        nearest_offer(&near, names->pdata[k]);
    }
    return fault_set_arg(l->f, EINVAL, "index", -1, "sqlite: the query has no column '%.64s'%s",
                         l->q->index, nearest_hint(&near, hint, sizeof hint));
}

static int compare_keys(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int check_keys(const struct loading *l, uint64_t len)
{
    g_autofree int64_t *sorted = g_try_new(int64_t, len + 1);

    if (!sorted)
        return fault_set_errno(l->f, ENOMEM, "the keys of %" PRIu64 " rows", len);
    memcpy(sorted, l->rows->keys, len * sizeof *sorted);
    qsort(sorted, len, sizeof *sorted, compare_keys);
    for (uint64_t i = 1; i < len; i++)
        if (sorted[i] == sorted[i - 1])
            return fault_set_arg(l->f, EINVAL, "index", -1,
                                 "sqlite: '%.64s' is %" PRId64
                                 " in several rows; wanted is a column that tells them apart",
                                 l->q->index, sorted[i]);
    return 0;
}

/* The key of a row, or 0; then of each column its value, or its type: all columns are named, so
 * that the rows come in the order that a whole row is found in. */
static char *write_value_query(const struct loading *l)
{
    g_autoptr(GString) sql = g_string_new("SELECT ");
    const GPtrArray *names = l->rows->names;

    if (l->q->index)
        quote(l->q->index, sql);
    else
        g_string_append_c(sql, '0');
    for (guint k = 0; k < MIN(names->len, TYPED_MAX); k++) {
        g_string_append(sql, l->wanted[k] ? ", (" : ", typeof(");
        quote(names->pdata[k], sql);
        g_string_append_c(sql, ')');
    }
    g_string_append_printf(sql, " FROM (%s\n)", l->inner);
    return g_string_free(g_steal_pointer(&sql), FALSE);
}

static bool keep_value(const struct loading *l, sqlite3_stmt *s, uint32_t k, uint64_t i)
{
    const int at = (int)k + 1;
    struct scalar x = {.kind = VALUE_NULL};

    switch (sqlite3_column_type(s, at)) {
    case SQLITE_INTEGER:
        x = (struct scalar){.kind = VALUE_INT, .as.n = sqlite3_column_int64(s, at)};
        break;
    case SQLITE_FLOAT:
        x = (struct scalar){.kind = VALUE_FLOAT, .as.x = sqlite3_column_double(s, at)};
        break;
    case SQLITE_TEXT:
        x = (struct scalar){.kind = VALUE_TEXT,
                            .as.text = (const char *)sqlite3_column_text(s, at)};
        x.len = (uint32_t)sqlite3_column_bytes(s, at);
        if (!x.as.text)
            return false;
        break;
    case SQLITE_BLOB:
        return false;
    default:
        break;
    }
    return scalars_put(&l->rows->values, k, i, x);
}

static int take_key(const struct loading *l, sqlite3_stmt *s, uint64_t i)
{
    if (!l->q->index)
        return 0;
    if (sqlite3_column_type(s, 0) != SQLITE_INTEGER)
        return fault_set_arg(l->f, EINVAL, "index", -1,
                             "sqlite: '%.64s' is no whole number in row %" PRIu64, l->q->index, i);
    l->rows->keys[i] = sqlite3_column_int64(s, 0);
    return 0;
}

/* Keeps what is kept of a row; a column that cannot be is wanted no more: *ret_again. */
static int take_row(const struct loading *l, sqlite3_stmt *s, uint64_t i, bool *ret_again)
{
    *ret_again = false;
    for (uint32_t k = 0; k < l->rows->values.n_columns; k++) {
        if (!l->wanted[k] || keep_value(l, s, k, i))
            continue;
        l->wanted[k] = false;
        *ret_again = true;
    }
    return take_key(l, s, i);
}

/* Texts that are not kept are not to be read either: then it begins again without their column. */
static int read_rows(const struct loading *l, bool *ret_again)
{
    struct rows *rows = l->rows;
    OWN(finalize) sqlite3_stmt *s = NULL;
    g_autofree char *sql = NULL;
    uint64_t n = 0;
    int code = SQLITE_DONE, r;

    *ret_again = false;
    if (!scalars_init(&rows->values, l->wanted, MIN(rows->names->len, TYPED_MAX), rows->len))
        memset(l->wanted, 0, rows->names->len * sizeof *l->wanted);
    if (!rows->values.columns && !l->q->index)
        return 0;
    sql = write_value_query(l);
    r = prepare(l, sql, &s);
    while (r == 0 && !*ret_again && n < rows->len && (code = sqlite3_step(s)) == SQLITE_ROW)
        r = take_row(l, s, n++, ret_again);
    if (r < 0 || *ret_again)
        return r;
    if (n == rows->len && (code != SQLITE_ROW || (code = sqlite3_step(s)) == SQLITE_DONE))
        return 0;
    return database_complain(l->c, l->f, "the rows cannot be read");
}

static int read_values(const struct loading *l)
{
    struct rows *rows = l->rows;
    bool again = true;
    int r = 0;

    if (l->q->index && !(rows->keys = g_try_new(int64_t, rows->len + 1)))
        return fault_set_errno(l->f, ENOMEM, "the keys of %" PRIu64 " rows", rows->len);
    while (r == 0 && again) {
        scalars_finish(&rows->values);
        r = read_rows(l, &again);
    }
    return r == 0 && l->q->index ? check_keys(l, rows->len) : r;
}

static void write_row_query(const struct loading *l)
{
    g_autoptr(GString) sql = g_string_new(NULL);

    g_string_printf(sql, "SELECT * FROM (%s\n)", l->inner);
    if (l->q->index) {
        g_string_append(sql, " WHERE ");
        quote(l->q->index, sql);
        g_string_append(sql, " = ?1");
    } else {
        g_string_append(sql, " LIMIT 1 OFFSET ?1");
    }
    l->rows->sql = g_string_free(g_steal_pointer(&sql), FALSE);
}

static int load(struct loading *l)
{
    int r = check_query(l);

    if (r == 0)
        r = read_names(l);
    if (r < 0)
        return r;
    l->rows->types = g_new0(struct type, l->rows->names->len);
    l->wanted = g_new0(bool, l->rows->names->len);
    r = measure(l);
    if (r == 0 && l->q->index)
        r = check_index(l);
    if (r == 0)
        r = read_values(l);
    if (r == 0)
        write_row_query(l);
    return r;
}

/* A file that is not there, and one without anything in it, are the same: SQLite makes and removes
 * those as it likes. */
static struct stat look_at(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && st.st_size > 0 ? st : (struct stat){0};
}

bool database_is_unchanged(const struct rows *rows)
{
    const struct stat now[] = {look_at(rows->origin), look_at(rows->wal)};

    return same_file(&now[0], &rows->was[0]) && same_file(&now[1], &rows->was[1]);
}

int database_measure(const struct query *q, const char *folder, struct fault *f, struct rows *ret)
{
    OWN(database_disconnect) struct connection *c = NULL;
    struct loading l = {.q = q, .rows = ret, .f = f};
    int r;

    ret->names = g_ptr_array_new_with_free_func(g_free);
    ret->origin = g_canonicalize_filename(q->path, folder);
    ret->wal = g_strconcat(ret->origin, "-wal", NULL);
    ret->was[0] = look_at(ret->origin);
    ret->was[1] = look_at(ret->wal);
    r = database_connect(q->path, ret->origin, "sqlite: ", f, &c);
    if (r < 0)
        return r;
    l.c = c;
    r = load(&l);
    g_free(l.inner);
    g_free(l.wanted);
    return r;
}

void database_finish(struct rows *rows)
{
    columns_finish(&rows->columns);
    scalars_finish(&rows->values);
    if (rows->names)
        g_ptr_array_unref(rows->names);
    g_free(rows->types);
    g_free(rows->keys);
    g_free(rows->sql);
    g_free(rows->origin);
    g_free(rows->wal);
    *rows = (struct rows){0};
}
