/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sqlite: the rows of a query. */
#include <string.h>

#include "ops/base/same.h"
#include "ops/source/database.h"

#define WHOLE_ROW UINT32_MAX /* as a column, in identities */

static const struct op op_column, op_kept;

static int sqlite_open(struct seq *s, struct fault *f)
{
    struct rows *rows = g_new0(struct rows, 1);
    g_autofree const struct op **ops = NULL;

    s->self = rows;
    int r = database_measure(s->params, s->folder, f, rows);
    if (r < 0)
        return r;
    s->len = rows->len;
    ops = g_new(const struct op *, rows->names->len);
    for (guint k = 0; k < rows->names->len; k++)
        ops[k] = scalars_has(&rows->values, k) ? &op_kept : &op_column;
    columns_init(&rows->columns, s, ops, rows->names->len);
    for (guint k = 0; k < rows->names->len; k++)
        rows->columns.at[k].trivial = scalars_has(&rows->values, k);
    return 0;
}

static void sqlite_close_rows(struct seq *s)
{
    if (s->self)
        database_finish(s->self);
    g_free(s->self);
}

static const struct query *query_of(const struct call *c)
{
    return c->seq->params;
}

/* The connection of this worker, with the statement of a row. */
static int find_connection(const struct call *c, struct connection **ret)
{
    const struct rows *rows = c->seq->self;
    void **place = eval_place(c->eval, rows, database_disconnect);
    OWN(database_disconnect) struct connection *conn = NULL;

    if (*place && database_is_replaced(*place))
        g_clear_pointer(place, database_disconnect);
    if (*place) {
        *ret = *place;
        return 0;
    }
    int r = database_connect(query_of(c)->path, rows->origin, "", &c->eval->fault, &conn);
    if (r < 0)
        return r;
    if (sqlite3_prepare_v2(conn->db, rows->sql, -1, &conn->row, NULL) != SQLITE_OK)
        return database_complain(conn, &c->eval->fault,
                                 "the query does not fit the database any more");
    if (sqlite3_column_count(conn->row) != (int)rows->names->len) {
        fault_set(&c->eval->fault, EIO, "'%s' has other columns now", query_of(c)->path);
        c->eval->fault.source = true;
        return -EIO;
    }
    *ret = *place = g_steal_pointer(&conn);
    return 0;
}

/* 0, and the row under the statement, which is to be reset. */
static int find_row(const struct call *c, struct connection *conn)
{
    const struct rows *rows = c->seq->self;
    struct fault *f = &c->eval->fault;
    int code;

    conn->deadline = c->eval->deadline;
    sqlite3_bind_int64(conn->row, 1, rows->keys ? rows->keys[c->i] : (int64_t)c->i);
    code = sqlite3_step(conn->row);
    if (code == SQLITE_ROW)
        return 0;
    if (code != SQLITE_DONE)
        return database_complain(conn, &c->eval->fault, "the row cannot be read");
    if (rows->keys)
        fault_set(f, ENOENT, "'%s' has no row any more where '%s' is %" PRId64, query_of(c)->path,
                  query_of(c)->index, rows->keys[c->i]);
    else
        fault_set(f, ENOENT, "'%s' has no row %" PRIu64 " any more", query_of(c)->path, c->i);
    f->source = true;
    return -f->err;
}

static int take_bytes(const struct call *c, struct connection *conn, int k, struct value **ret)
{
    const void *bytes = sqlite3_column_blob(conn->row, k);
    const size_t len = (size_t)sqlite3_column_bytes(conn->row, k);
    void *copy = g_try_malloc(len + 1);

    if (!copy || (len > 0 && !bytes)) {
        g_free(copy);
        return fault_set_errno(&c->eval->fault, ENOMEM, "a blob of %zu bytes", len);
    }
    if (len > 0)
        memcpy(copy, bytes, len);
    *ret = value_new_bytes(g_bytes_new_take(copy, len));
    return 0;
}

/* Row and column, for faults. */
static int fail_at(const struct call *c, int k, const char *what)
{
    const struct rows *rows = c->seq->self;

    fault_set(&c->eval->fault, EILSEQ, "'%s': row %" PRIu64 ", column '%s': %s", query_of(c)->path,
              c->i, (const char *)rows->names->pdata[k], what);
    c->eval->fault.source = true;
    return -EILSEQ;
}

static int take_text(const struct call *c, struct connection *conn, int k, struct value **ret)
{
    const char *text = (const char *)sqlite3_column_text(conn->row, k);
    const int len = sqlite3_column_bytes(conn->row, k);

    if (!text)
        return fault_set_errno(&c->eval->fault, ENOMEM, "a text");
    if (!g_utf8_validate(text, len, NULL))
        return fail_at(c, k, "the text is not UTF-8, or has a NUL");
    *ret = value_new_text(text, len);
    return 0;
}

/* Whether a value is what the type of its column promises; any but a blob may be null. */
static bool has_type(const struct type *t, enum value_kind kind)
{
    return !t->known || t->kind == kind || (kind == VALUE_NULL && t->kind != VALUE_BYTES);
}

/* The value of a column of the row under the statement. */
static int take(const struct call *c, struct connection *conn, int k, struct value **ret)
{
    const struct rows *rows = c->seq->self;
    OWN(value_unref) struct value *v = NULL;
    int r = 0;

    switch (sqlite3_column_type(conn->row, k)) {
    case SQLITE_INTEGER:
        v = value_new_int(sqlite3_column_int64(conn->row, k));
        break;
    case SQLITE_FLOAT:
        v = value_new_float(sqlite3_column_double(conn->row, k));
        break;
    case SQLITE_TEXT:
        r = take_text(c, conn, k, &v);
        break;
    case SQLITE_BLOB:
        r = take_bytes(c, conn, k, &v);
        break;
    default:
        v = value_new_null();
    }
    if (r < 0)
        return r;
    if (!has_type(&rows->types[k], value_kind(v)))
        return fail_at(c, k, "it is of another type than when the spec was read");
    *ret = g_steal_pointer(&v);
    return 0;
}

/* Between elements no statement is under way: who writes need not wait for us. */
static int sqlite_get_column(const struct call *c, struct value **ret)
{
    struct connection *conn;
    int r = find_connection(c, &conn);

    if (r < 0)
        return r;
    r = find_row(c, conn);
    if (r == 0)
        r = take(c, conn, (int)c->seq->column, ret);
    sqlite3_reset(conn->row);
    return r;
}

static int take_all(const struct call *c, struct connection *conn, struct value **ret)
{
    const struct rows *rows = c->seq->self;
    const uint32_t n = rows->names->len;
    g_autofree struct value **items = g_new0(struct value *, n);
    int r = 0;

    for (uint32_t k = 0; r == 0 && k < n; k++)
        r = take(c, conn, (int)k, &items[k]);
    if (r == 0) {
        *ret = value_new_record(n, (const char *const *)rows->names->pdata, items);
        return 0;
    }
    for (uint32_t k = 0; k < n; k++)
        value_unref(items[k]);
    return r;
}

static int sqlite_get(const struct call *c, struct value **ret)
{
    struct connection *conn;
    int r = find_connection(c, &conn);

    if (r < 0)
        return r;
    r = find_row(c, conn);
    if (r == 0)
        r = take_all(c, conn, ret);
    sqlite3_reset(conn->row);
    return r;
}

static void identify(const struct call *c, struct digest *d, uint32_t column)
{
    const struct query *q = query_of(c);
    const struct rows *rows = c->seq->self;

    digest_text(d, "sqlite");
    digest_text(d, q->query);
    digest_text(d, q->index);
    digest_file(d, rows->origin);
    digest_file(d, rows->wal);
    digest_number(d, column);
    digest_number(d, rows->keys ? (uint64_t)rows->keys[c->i] : c->i);
}

static void sqlite_identify(const struct call *c, struct digest *d)
{
    identify(c, d, WHOLE_ROW);
}

static void column_identify(const struct call *c, struct digest *d)
{
    identify(c, d, c->seq->column);
}

static char *sqlite_origin(const struct seq *s, uint64_t i)
{
    return g_strdup(((const struct rows *)s->self)->origin);
}

static struct type column_type(const struct seq *s, uint64_t i)
{
    return ((const struct rows *)s->self)->types[s->column];
}

static const struct op op_column = {
    .abi = SEQFS_OP_ABI,
    .name = "sqlite",
    .brief = "A column.",
    .kind = OP_SOURCE,
    .type = column_type,
    .origin = sqlite_origin,
    .identify = column_identify,
    .get = sqlite_get_column,
};

/* What was read with the spec is not told as if it were still there. */
static int sqlite_get_kept(const struct call *c, struct value **ret)
{
    const struct rows *rows = c->seq->self;

    if (!database_is_unchanged(rows)) {
        same_refuse(query_of(c)->path, &c->eval->fault);
        c->eval->fault.source = true;
        return -ESTALE;
    }
    *ret = scalars_get(&rows->values, c->seq->column, c->i);
    return 0;
}

/* Trivial, so that a value is its own identity. */
static const struct op op_kept = {
    .abi = SEQFS_OP_ABI,
    .name = "sqlite",
    .brief = "A column that is in memory.",
    .kind = OP_SOURCE,
    .flags = OP_TRIVIAL,
    .type = column_type,
    .origin = sqlite_origin,
    .get = sqlite_get_kept,
};

static struct type sqlite_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_RECORD, .parted = true};
}

static uint64_t sqlite_n_parts(const struct seq *s, uint64_t i)
{
    return ((const struct rows *)s->self)->columns.len;
}

static bool sqlite_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                        uint64_t *ret_i)
{
    *ret_s = &((const struct rows *)s->self)->columns.at[k];
    *ret_i = i;
    return true;
}

static const char *sqlite_field(const struct seq *s, uint64_t k)
{
    return ((const struct rows *)s->self)->names->pdata[k];
}

const struct op op_sqlite = {
    .abi = SEQFS_OP_ABI,
    .name = "sqlite",
    .brief = "The rows of a query, from an SQLite database.",
    .manual =
        "A record a row, a field a column: integers, numbers, texts, null, and blobs as bytes. A "
        "column whose values are all of one type, or null, has that type. The query is one SELECT; "
        "columns "
        "get their fields' names by AS. The database is opened for reading only. `index` names a "
        "column of the query with a whole number that no two rows share, best the table's primary "
        "key: each row is then found by it, at once, whatever comes before; the keys are read when "
        "the spec is, and take 8 bytes a row. Without it a row is found by counting those before "
        "it, which takes longer the further it is (and needs an ORDER BY, if its order matters to "
        "you): good for some ten thousand rows. All rows are looked at once when the spec is read, "
        "to count them and to learn the types. Columns of numbers and of texts of at most 4096 "
        "bytes "
        "are kept in memory, up to 256 MiB in all: {COLUMN} stands for their values in templates, "
        "and in the conditions of `filter`. When the database changes, its rows are other "
        "elements, and fields that are kept fail until the spec is read again (SIGHUP), as it has "
        "to be if rows came or went.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct query),
    .params = PARAMS(
        PARAM(STRING, struct query, path, .required = true,
              .brief = "the database; relative to the spec's folder"),
        PARAM(STRING, struct query, query, .required = true, .brief = "a SELECT"),
        PARAM(STRING, struct query, index,
              .brief = "a column of the query by which rows are found; default: by counting")),
    .examples = EXAMPLES(
        {"{sqlite: {path: pets.db, query: 'SELECT id AS n, name FROM pets', index: n}}",
         "{\"n\": 1, \"name\": \"Tom\"} {\"n\": 7, \"name\": \"Una\"}"},
        {"[{sqlite: {path: pets.db, query: SELECT * FROM pets}}, {get: sound}]", "meow woof"},
        {"[{sqlite: {path: pets.db, query: SELECT * FROM pets}}, {filter: id > 1}, {get: name}]",
         "Una"},

        {"{sqlite: {path: pets.db, query: DELETE FROM pets}}",
         "!1:33: sqlite: argument 'query' writes; wanted is a SELECT"},
        {"{sqlite: {path: pets.db, query: SELECT nme FROM pets}}",
         "!1:33: sqlite: no such column: nme"},
        {"{sqlite: {path: a.txt, query: SELECT 1}}",
         "!1:17: sqlite: 'a.txt': the database cannot be read: file is not a database"}),
    .open = sqlite_open,
    .close = sqlite_close_rows,
    .type = sqlite_type,
    .n_parts = sqlite_n_parts,
    .part = sqlite_part,
    .field = sqlite_field,
    .origin = sqlite_origin,
    .identify = sqlite_identify,
    .get = sqlite_get,
};
