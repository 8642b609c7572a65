/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of SQLite databases as records, and databases that are no good. */
#include <sqlite3.h>
#include <sys/stat.h>

#include "ops/core/identity.h"
#include "tests/unit/folder.h"

/* Runs SQL on d.db in the folder. */
static void sql(const struct folder *d, const char *statements)
{
    g_autofree char *path = folder_path(d, "d.db");
    sqlite3 *db = NULL;
    int code = sqlite3_open(path, &db);

    if (code == SQLITE_OK)
        code = sqlite3_exec(db, statements, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        fail_msg("%s: %s", statements, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void make_things(const struct folder *d)
{
    sql(d, "CREATE TABLE things (id INTEGER PRIMARY KEY, image BLOB NOT NULL, label INT, w REAL, "
           "note TEXT);"
           "INSERT INTO things VALUES (3, x'00ff41', 5, 1.5, 'one'), (10, x'', NULL, -2.0, 'zwö'), "
           "(-4, x'42', 'odd', 3e300, '')");
}

#define ALL "SELECT * FROM things ORDER BY id"
#define BY_ID "{sqlite: {path: d.db, query: '" ALL "', index: id}}"
#define COUNTED "{sqlite: {path: d.db, query: '" ALL "'}}"

static enum value_kind kind_of(const struct folder *d, uint64_t k)
{
    const struct type t = seq_part_type(d->seq, SEQ_ANY, k);

    return t.known ? t.kind : VALUE_LIST;
}

static void rows_are_records_of_all_types(void **state)
{
    struct folder *d = *state;

    make_things(d);
    for (int n = 0; n < 2; n++) {
        folder_seq(d, n == 0 ? BY_ID : COUNTED);
        assert_int_equal(d->seq->len, 3);
        assert_element(d, 0, "[id: -4, image: B, label: odd, w: 3e+300, note: ]");
        assert_element(d, 2, "[id: 10, image: , label: null, w: -2.0, note: zwö]");
        assert_element(d, 1, "[id: 3, image: ");
        eval_finish(&d->eval);
    }
}

static void a_type_is_known_where_all_values_have_it(void **state)
{
    struct folder *d = *state;

    make_things(d);
    folder_seq(d, BY_ID);
    assert_int_equal(kind_of(d, 0), VALUE_INT);
    assert_int_equal(kind_of(d, 1), VALUE_BYTES);
    assert_int_equal(kind_of(d, 2), VALUE_LIST); /* not known */
    assert_int_equal(kind_of(d, 3), VALUE_FLOAT);
    assert_int_equal(kind_of(d, 4), VALUE_TEXT);
}

static void a_field_is_had_alone(void **state)
{
    struct folder *d = *state;

    make_things(d);
    assert_elements(d, "[" BY_ID ", {get: note}]", "|one|zwö");
    eval_finish(&d->eval);
    assert_elements(d, "[" COUNTED ", {get: id}, {slice: '::-1'}]", "10|3|-4");
    eval_finish(&d->eval);
}

static void the_end_of_a_query_may_be_anything_that_says_nothing(void **state)
{
    struct folder *d = *state;

    make_things(d);
    assert_elements(d,
                    "[{sqlite: {path: d.db, query: \"SELECT id FROM things; -- all\\n \"}}, "
                    "{encode: json}]",
                    "{\"id\": -4}\n|{\"id\": 3}\n|{\"id\": 10}\n");
    eval_finish(&d->eval);
    assert_elements(d,
                    "[{sqlite: {path: d.db, query: 'SELECT count(*) AS n FROM things -- n'}}, "
                    "{get: n}]",
                    "3");
    eval_finish(&d->eval);
}

static void a_query_that_does_more_than_read_rows_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"DELETE FROM things", "argument 'query' writes; wanted is a SELECT"},
        {"DROP TABLE things", "argument 'query' writes; wanted is a SELECT"},
        {"SELECT 1; DELETE FROM things", "argument 'query' has more than one statement"},
        {"SELECT 1; SELECT 2", "argument 'query' has more than one statement"},
        {"SELECT ?1", "argument 'query' has parameters, which nothing is bound to"},
        {"EXPLAIN SELECT 1", "argument 'query' gives no rows; wanted is a SELECT"},
        {"", "argument 'query' has no statement"},
        {"SELEKT 1", "near \"SELEKT\": syntax error"},
        {"SELECT 1) UNION SELECT (2", "near \")\": syntax error"},
        {"SELECT x FROM things", "no such column: x"},
        {"SELECT 1 AS [a/b]", "'a/b' cannot be the name of a field"},
    };
    struct folder *d = *state;

    make_things(d);
    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        g_autofree char *spec = g_strdup_printf("{sqlite: {path: d.db, query: '%s'}}", cases[n][0]);

        assert_refused(d, spec, cases[n][1]);
    }
    assert_elements(
        d, "[{sqlite: {path: d.db, query: SELECT count(*) AS n FROM things}}, {get: n}]", "3");
    eval_finish(&d->eval);
}

static void an_index_must_tell_rows_apart(void **state)
{
    struct folder *d = *state;

    make_things(d);
    assert_refused(d, "{sqlite: {path: d.db, query: SELECT * FROM things, index: idd}}",
                   "sqlite: the query has no column 'idd'; did you mean 'id'?");
    assert_refused(d, "{sqlite: {path: d.db, query: SELECT * FROM things, index: note}}",
                   "sqlite: 'note' is no whole number in row 0");
    assert_refused(d, "{sqlite: {path: d.db, query: 'SELECT 1 AS n FROM things', index: n}}",
                   "sqlite: 'n' is 1 in several rows");
    assert_elements(d,
                    "[{sqlite: {path: d.db, query: 'SELECT id AS \"a \"\"b\" FROM things', "
                    "index: 'a \"b'}}, {encode: json}]",
                    "{\"a \\\"b\": -4}\n|{\"a \\\"b\": 3}\n|{\"a \\\"b\": 10}\n");
    eval_finish(&d->eval);
}

static void what_is_no_database_is_the_sources_fault(void **state)
{
    static const char query[] = "{sqlite: {path: d.db, query: SELECT 1 AS a}}";
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d.db");
    g_autofree char *bytes = NULL;
    gsize len;

    assert_refused(d, query, "d.db': no such file or directory");
    assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
    folder_put_text(d, "d.db",
                    "this is no database, but long enough to be taken for one: "
                    "it has more than a hundred bytes, in which nothing is right.");
    assert_refused(d, "{sqlite: {path: d.db, query: SELECT * FROM t}}", "file is not a database");
    assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
    assert_int_equal(g_unlink(path), 0);
    make_things(d);
    assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    folder_put(d, "d.db", bytes, len - 100);
    assert_refused(d, "{sqlite: {path: d.db, query: SELECT * FROM things}}",
                   "it ends within a page");
    assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
    folder_put(d, "d.db", bytes, len - 4096);
    assert_refused(d, "{sqlite: {path: d.db, query: SELECT * FROM things}}", "malformed");
    assert_int_equal(complaints_kind(d->complaints), COMPLAINT_SOURCE);
}

static void damage_is_told_or_read_but_never_more(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d.db");
    g_autofree char *bytes = NULL;
    unsigned n_loaded = 0;
    gsize len;

    make_things(d);
    assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    for (size_t at = 0; at < len; at += at < 120 || at > len - 150 ? 3 : 211) {
        const char was = bytes[at];

        bytes[at] = (char)(was ^ 0x5a);
        folder_put(d, "bad.db", bytes, len);
        bytes[at] = was;
        if (folder_load_seq(d, "{sqlite: {path: bad.db, query: SELECT * FROM things}}") < 0)
            continue;
        n_loaded++;
        for (uint64_t i = 0; i < MIN(d->seq->len, 4); i++) {
            g_autofree char *one = folder_element(d, i);

            assert_non_null(one);
        }
        eval_finish(&d->eval);
    }
    assert_true(n_loaded > 0);
}

static void a_row_that_is_gone_is_one_elements_fault(void **state)
{
    struct folder *d = *state;

    make_things(d);
    folder_seq(d, BY_ID);
    sql(d, "DELETE FROM things WHERE id = 3");
    g_autofree char *said = folder_element(d, 1);
    assert_non_null(strstr(said, "has no row any more where 'id' is 3"));
    assert_element(d, 2, "[id: 10, image: , label: null, w: -2.0, note: zwö]");
    sql(d, "UPDATE things SET w = 'heavy' WHERE id = 10");
    g_autofree char *other = folder_element(d, 2);
    assert_non_null(strstr(other, "row 2, column 'w': it is of another type"));
    eval_finish(&d->eval);
    folder_seq(d, COUNTED);
    sql(d, "DELETE FROM things");
    g_autofree char *none = folder_element(d, 0);
    assert_non_null(strstr(none, "has no row 0 any more"));
    eval_finish(&d->eval);
}

static void a_text_that_is_none_fails(void **state)
{
    struct folder *d = *state;

    sql(d, "CREATE TABLE t (a TEXT); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT)), ('b')");
    folder_seq(d, "{sqlite: {path: d.db, query: SELECT * FROM t}}");
    g_autofree char *said = folder_element(d, 0);
    assert_non_null(strstr(said, "row 0, column 'a': the text is not UTF-8"));
    assert_element(d, 1, "[a: b]");
    eval_finish(&d->eval);
}

static void who_writes_need_not_wait_between_elements(void **state)
{
    struct folder *d = *state;

    make_things(d);
    folder_seq(d, BY_ID);
    g_autofree char *one = folder_element(d, 0);
    sql(d, "UPDATE things SET note = 'new' WHERE id = -4"); /* fails where a reader holds a lock */
    assert_element(d, 0, "[id: -4, image: B, label: odd, w: 3e+300, note: new]");
    eval_finish(&d->eval);
    assert_non_null(one);
}

static void a_changed_database_is_other_elements(void **state)
{
    struct folder *d = *state;
    struct identity before, after;

    make_things(d);
    folder_seq(d, BY_ID);
    before = seq_identity(d->seq, 0);
    assert_false(identity_is_none(before));
    assert_false(identity_equal(before, seq_identity(d->seq, 1)));
    sql(d, "CREATE TABLE more (a); INSERT INTO more VALUES (1)");
    after = seq_identity(d->seq, 0);
    assert_false(identity_equal(before, after));
}

static void a_database_that_takes_the_place_of_another_is_read_anew(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "d.db");
    g_autofree char *aside = folder_path(d, "aside.db");

    sql(d, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (2)");
    assert_int_equal(g_rename(path, aside), 0);
    sql(d, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    folder_seq(d, "{sqlite: {path: d.db, query: SELECT a FROM t}}");
    assert_element(d, 0, "[a: 1]");
    assert_int_equal(g_rename(aside, path), 0);
    assert_element(d, 0, "[a: 2]");
    assert_int_equal(g_unlink(path), 0);
    g_autofree char *said = folder_element(d, 0);
    assert_non_null(strstr(said, "d.db': no such file or directory"));
    eval_finish(&d->eval);
}

static void numbers_and_short_texts_are_attributes(void **state)
{
    struct folder *d = *state;

    make_things(d);
    assert_elements(d, "[" BY_ID ", {filter: 'w > 1.9'}, {get: note}]", "");
    eval_finish(&d->eval);
    assert_elements(d, "[" COUNTED ", {sort: -id}, {get: id}]", "10|3|-4");
    eval_finish(&d->eval);
    assert_elements(d, "[" BY_ID ", {format: '{id}-{label}'}]", "-4-odd|3-5|10-null");
    eval_finish(&d->eval);
    assert_refused(d, "[" BY_ID ", {filter: 'image == 1'}]", "image");
}

static void whole_numbers_of_which_some_are_null_are_whole_numbers(void **state)
{
    struct folder *d = *state;

    sql(d, "CREATE TABLE t (n INT, b BLOB); INSERT INTO t VALUES (1, x'00'), (NULL, NULL)");
    folder_seq(d, "{sqlite: {path: d.db, query: SELECT * FROM t}}");
    assert_int_equal(kind_of(d, 0), VALUE_INT);
    assert_int_equal(kind_of(d, 1), VALUE_LIST);
    assert_element(d, 1, "[n: null, b: null]");
    eval_finish(&d->eval);
}

static void a_column_with_a_long_text_is_read_when_it_is_asked_for(void **state)
{
    struct folder *d = *state;

    sql(d, "CREATE TABLE t (a INT, b TEXT);"
           "INSERT INTO t VALUES (1, 'x'), (2, hex(zeroblob(4000))), (3, 'z')");
    assert_elements(
        d, "[{sqlite: {path: d.db, query: SELECT * FROM t}}, {filter: 'a != 2'}, {get: b}]", "x|z");
    assert_false(d->seq->trivial);
    eval_finish(&d->eval);
    assert_refused(d, "[{sqlite: {path: d.db, query: SELECT * FROM t}}, {filter: 'b == 1'}]",
                   "'b'");
}

/* A smaller table beside it, an index that covers some columns, has other neighbours. */
static void values_are_those_of_their_rows(void **state)
{
    struct folder *d = *state;

    sql(d, "CREATE TABLE t (id INTEGER PRIMARY KEY, label INT, image BLOB);"
           "CREATE INDEX by_label ON t (label);"
           "INSERT INTO t VALUES (1, 9, zeroblob(9000)), (2, 5, x'02'), (3, 7, x'03')");
    for (int n = 0; n < 2; n++) {
        g_autofree char *spec =
            g_strdup_printf("[{sqlite: {path: d.db, query: 'SELECT label, image, id FROM t'%s}}, "
                            "{filter: label == 5}, {get: image}]",
                            n ? ", index: id" : "");

        assert_elements(d, spec, "\002");
        eval_finish(&d->eval);
    }
}

static void a_value_that_is_kept_fails_once_the_database_has_changed(void **state)
{
    struct folder *d = *state;

    make_things(d);
    folder_seq(d, "[" BY_ID ", {get: w}]");
    sql(d, "UPDATE things SET w = 5 WHERE id = 3; CREATE TABLE more (a)");
    assert_element(
        d, 1,
        "!'d.db' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
    eval_finish(&d->eval);
}

static void what_is_no_regular_file_is_not_opened(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "pipe");

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(d, "{sqlite: {path: pipe, query: SELECT 1}}",
                   "sqlite: 'pipe' is no regular file; wanted is a file");
    assert_refused(d, "{sqlite: {path: ., query: SELECT 1}}",
                   "sqlite: '.' is a folder; wanted is a file");
}

static void a_table_without_rows_has_no_elements(void **state)
{
    struct folder *d = *state;

    sql(d, "CREATE TABLE t (a, b)");
    folder_seq(d, "{sqlite: {path: d.db, query: SELECT * FROM t, index: a}}");
    assert_int_equal(d->seq->len, 0);
    assert_int_equal(seq_n_parts(d->seq, SEQ_ANY), 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FOLDER(rows_are_records_of_all_types),
        IN_FOLDER(a_type_is_known_where_all_values_have_it),
        IN_FOLDER(a_field_is_had_alone),
        IN_FOLDER(the_end_of_a_query_may_be_anything_that_says_nothing),
        IN_FOLDER(a_query_that_does_more_than_read_rows_is_refused),
        IN_FOLDER(an_index_must_tell_rows_apart),
        IN_FOLDER(what_is_no_database_is_the_sources_fault),
        IN_FOLDER(damage_is_told_or_read_but_never_more),
        IN_FOLDER(a_row_that_is_gone_is_one_elements_fault),
        IN_FOLDER(a_text_that_is_none_fails),
        IN_FOLDER(who_writes_need_not_wait_between_elements),
        IN_FOLDER(a_changed_database_is_other_elements),
        IN_FOLDER(a_database_that_takes_the_place_of_another_is_read_anew),
        IN_FOLDER(a_table_without_rows_has_no_elements),
        IN_FOLDER(numbers_and_short_texts_are_attributes),
        IN_FOLDER(whole_numbers_of_which_some_are_null_are_whole_numbers),
        IN_FOLDER(a_column_with_a_long_text_is_read_when_it_is_asked_for),
        IN_FOLDER(values_are_those_of_their_rows),
        IN_FOLDER(a_value_that_is_kept_fails_once_the_database_has_changed),
        IN_FOLDER(what_is_no_regular_file_is_not_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
