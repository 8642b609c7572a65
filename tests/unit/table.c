/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables: csv, tsv and jsonl; their columns, kinds, files, and what is wrong with them. */
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/core/identity.h"
#include "tests/unit/folder.h"

#define CSV(rows) folder_put_text(d, "t.csv", rows)
#define JSONL(lines) folder_put_text(d, "t.jsonl", lines)

/* The kinds of the fields, "unknown" where they differ. */
static void assert_kinds(struct folder *d, const char *sequence, const char *want)
{
    const struct seq *s = folder_seq(d, sequence);
    g_autoptr(GString) all = g_string_new(NULL);

    for (uint64_t k = 0; k < seq_n_parts(s, SEQ_ANY); k++) {
        const struct type t = seq_part_type(s, SEQ_ANY, k);

        g_string_append_printf(all, "%s%s: %s", k > 0 ? ", " : "", seq_field(s, k),
                               t.known ? value_kind_name(t.kind) : "unknown");
    }
    assert_string_equal(all->str, want);
}

static void rows_are_records_of_the_kinds_that_all_rows_have(void **state)
{
    struct folder *d = *state;

    CSV("n,x,t,e\r\n1,1,a,\r\n-20,.5e3,1,\r\n 3 ,,,\r\n");
    assert_kinds(d, "{csv: t.csv}", "n: int, x: float, t: text, e: text");
    assert_elements(d, "{csv: t.csv}",
                    "[n: 1, x: 1.0, t: a, e: ]|[n: -20, x: 500.0, t: 1, e: ]|"
                    "[n: 3, x: null, t: , e: ]");
}

static void what_would_lose_signs_as_a_number_is_text(void **state)
{
    struct folder *d = *state;

    CSV("zip,phone,id,nan,big,hex\n"
        "01234,+49,9223372036854775807,nan,9223372036854775808,0x10\n");
    assert_kinds(d, "{csv: t.csv}",
                 "zip: text, phone: text, id: int, nan: text, big: text, hex: text");
    CSV("a,b,c,d,e,f\n-,.,1.,-.5,1e,1e400\n");
    assert_kinds(d, "{csv: t.csv}", "a: text, b: text, c: float, d: float, e: text, f: text");
}

static void columns_are_chosen_in_their_order_and_with_their_kinds(void **state)
{
    struct folder *d = *state;

    CSV("a,b,c\n1,2.5,True\n01,nan,0\n,,\n");
    assert_elements(d, "{csv: {path: t.csv, columns: [c, a]}}",
                    "[c: True, a: 1]|[c: 0, a: 01]|[c: , a: ]");
    assert_elements(d, "{csv: {path: t.csv, columns: {c: bool, a: int, b: float}}}",
                    "[c: true, a: 1, b: 2.5]|[c: false, a: 1, b: nan]|[c: null, a: null, b: null]");
    assert_kinds(d, "{csv: {path: t.csv, columns: {b: text, a: int}}}", "b: text, a: int");
    assert_elements(d, "[{csv: {path: t.csv, columns: b}}, {get: b}]", "2.5|nan|");
}

static void a_cell_that_is_not_of_its_kind_fails_alone(void **state)
{
    struct folder *d = *state;

    CSV("n,t\n1,a\n\n\"NaN\",b\n5.5,c\n");
    assert_elements(d, "[{csv: {path: t.csv, columns: {n: int, t: text}}}, {get: n}]",
                    "1|!row 1 (line 4) of 't.csv' has 'NaN' in column 'n'; wanted is int|"
                    "!row 2 (line 5) of 't.csv' has '5.5' in column 'n'; wanted is int");
    assert_elements(d, "[{csv: {path: t.csv, columns: {t: text, n: int}}}, {get: t}]", "a|b|c");
    folder_seq(d, "{csv: {path: t.csv, columns: {t: text, n: int}}}");
    assert_element(d, 1, "!row 1 (line 4) of 't.csv' has 'NaN' in column 'n'; wanted is int");
}

static void a_row_of_another_length_is_that_elements_failure(void **state)
{
    struct folder *d = *state;

    CSV("a,b,c\n1,2,3\n\n\"x\ny\",2\n1,2,3,4\n4,5,6\n");
    assert_elements(d, "{csv: t.csv}",
                    "[a: 1, b: 2, c: 3]|"
                    "!row 1 (line 4) of 't.csv' has 2 columns, and the header has 3|"
                    "!row 2 (line 6) of 't.csv' has 4 columns, and the header has 3|"
                    "[a: 4, b: 5, c: 6]");
    CSV("1,2\n1\n");
    assert_elements(d, "{csv: {path: t.csv, header: false}}",
                    "[column0: 1, column1: 2]|"
                    "!row 1 (line 2) of 't.csv' has 1 column, and the first row has 2");
}

static void a_row_that_is_no_text_is_that_elements_failure(void **state)
{
    struct folder *d = *state;

    folder_put(d, "t.csv", "a\n\xff\n2\n\0\n", 8);
    assert_elements(d, "{csv: t.csv}",
                    "!row 0 (line 2) of 't.csv' is not valid UTF-8 text|[a: 2]|"
                    "!row 2 (line 4) of 't.csv' is not valid UTF-8 text");
    CSV("a\n1\n\"2\n3\n");
    assert_elements(d, "{csv: t.csv}",
                    "[a: 1]|!row 1 (line 3) of 't.csv' has a quote that is not closed");
}

static void names_may_come_from_the_spec(void **state)
{
    struct folder *d = *state;

    CSV("1;x\n2;y\n");
    assert_elements(d, "{csv: {path: t.csv, delimiter: ';', header: no}}",
                    "[column0: 1, column1: x]|[column0: 2, column1: y]");
    assert_elements(d, "{csv: {path: t.csv, delimiter: ';', header: no, columns: [n, t]}}",
                    "[n: 1, t: x]|[n: 2, t: y]");
    assert_elements(d,
                    "{csv: {path: t.csv, delimiter: ';', header: no, columns: {n: text, t: text}, "
                    "files: []}}",
                    "[n: 1, t: x]|[n: 2, t: y]");
    assert_complaint(d, "{csv: {path: t.csv, delimiter: ';', header: no, columns: [n]}}",
                     COMPLAINT_SPEC,
                     "csv: there are 1 names, but the first row of 't.csv' has 2 columns");
}

static void other_signs_may_delimit_and_quote(void **state)
{
    struct folder *d = *state;

    CSV("a\tb\n'x\ty'\t\"z\"\n");
    assert_elements(d, "{csv: {path: t.csv, delimiter: tab, quote: \"'\"}}", "[a: x\ty, b: \"z\"]");
    assert_elements(d, "{csv: {path: t.csv, delimiter: \"\\t\", quote: none, columns: [b]}}",
                    "!row 0 (line 2) of 't.csv' has 3 columns, and the header has 2");
    assert_complaint(d, "{csv: {path: t.csv, delimiter: \"\"}}", COMPLAINT_SPEC,
                     "csv: argument 'delimiter': '' is no single ASCII sign, nor 'tab'");
    assert_complaint(d, "{csv: {path: t.csv, delimiter: \"\\n\"}}", COMPLAINT_SPEC,
                     "csv: argument 'delimiter': '?' is no single ASCII sign, nor 'tab'");
    assert_complaint(d, "{csv: {path: t.csv, quote: ','}}", COMPLAINT_SPEC,
                     "csv: quote and delimiter are the same");
}

static void tabs_delimit_and_quotes_mean_nothing_in_tsv(void **state)
{
    struct folder *d = *state;

    CSV("a\tb\n\"x\t5\"\n");
    assert_elements(d, "{tsv: t.csv}", "[a: \"x, b: 5\"]");
    assert_elements(d, "{tsv: {path: t.csv, quote: '\"', columns: [a]}}",
                    "!row 0 (line 2) of 't.csv' has 1 column, and the header has 2");
}

static void what_the_header_lacks_is_complained_about(void **state)
{
    struct folder *d = *state;

    CSV(",label,label,a/b\n0,1,2,3\n");
    assert_complaint(d, "{csv: t.csv}", COMPLAINT_SOURCE,
                     "csv: column 1 of 't.csv' has no name; give it one, or choose others by "
                     "'columns'");
    assert_complaint(d, "{csv: {path: t.csv, columns: [label]}}", COMPLAINT_SOURCE,
                     "csv: 2 columns of 't.csv' are called 'label'; give them names of their own, "
                     "or choose others by 'columns'");
    assert_complaint(d, "{csv: {path: t.csv, columns: [a/b]}}", COMPLAINT_SOURCE,
                     "csv: column 'a/b' of 't.csv' cannot be the name of a field, which files are "
                     "named by; choose others by 'columns'");
    CSV(",label\n0,1\n");
    assert_elements(d, "{csv: {path: t.csv, columns: label}}", "[label: 1]");
    assert_complaint(d, "{csv: {path: t.csv, columns: [label, lable]}}", COMPLAINT_SPEC,
                     "csv: 't.csv' has no column 'lable'; did you mean 'label'?");
    assert_complaint(d, "{csv: {path: t.csv, columns: [label, label]}}", COMPLAINT_SPEC,
                     "csv: 'label' is named twice");
    assert_complaint(d, "{csv: {path: t.csv, columns: {label: itn}}}", COMPLAINT_SPEC,
                     "csv: column 'label': 'itn' is none of int, float, bool, text; did you mean "
                     "'int'?");
    assert_complaint(d, "{csv: {path: t.csv, columns: []}}", COMPLAINT_SPEC,
                     "csv: wanted is at least one column");
    assert_complaint(d, "{csv: {path: t.csv, columns: [[label]]}}", COMPLAINT_SPEC,
                     "csv: a list is no name of a column");
}

static void a_file_that_cannot_be_read_is_complained_about(void **state)
{
    struct folder *d = *state;

    CSV("");
    folder_put_text(d, "sub/a", "a");
    folder_put(d, "wide.csv",
               "\xff\xfe"
               "a\0\n\0",
               6);
    folder_put_text(d, "bad.csv", "a,\xff\n1,2\n");
    assert_complaint(d, "{csv: t.csv}", COMPLAINT_SOURCE,
                     "csv: 't.csv' is empty; wanted is a first row, which names the columns");
    assert_complaint(d, "{csv: {path: t.csv, header: false}}", COMPLAINT_SOURCE,
                     "csv: 't.csv' is empty; wanted is a first row, which tells how many columns "
                     "there are");
    assert_complaint(d, "{csv: sub}", COMPLAINT_SOURCE, "csv: 'sub' is a folder; wanted is a file");
    assert_complaint(d, "{csv: wide.csv}", COMPLAINT_SOURCE,
                     "csv: 'wide.csv' is UTF-16 text; wanted is UTF-8");
    assert_complaint(d, "{csv: bad.csv}", COMPLAINT_SOURCE,
                     "csv: the first row of 'bad.csv' is not valid UTF-8 text");
    CSV("a,b\n");
    assert_int_equal(folder_seq(d, "{csv: t.csv}")->len, 0);
}

static void columns_that_name_files_are_their_bytes(void **state)
{
    struct folder *d = *state;
    g_autofree char *absolute = folder_path(d, "data/img/c.JPG");
    g_autofree char *rows =
        g_strdup_printf("label,image\ncat,img/a.jpg\ndog,./img/b.jpg\ncow,%s\npig,img/no.jpg\n"
                        "hen,\nelk,img\n",
                        absolute);

    folder_put_text(d, "data/t.csv", rows);
    folder_put_text(d, "data/img/a.jpg", "A");
    folder_put_text(d, "data/img/b.jpg", "B");
    folder_put_text(d, "data/img/c.JPG", "C");
    assert_elements(
        d, "[{csv: {path: data/t.csv, files: image}}, {get: image}]",
        "A|B|C|!row 3 (line 5) of 'data/t.csv': cannot read 'data/img/no.jpg': no such file or "
        "directory|!row 4 (line 6) of 'data/t.csv' names no file in column 'image'|"
        "!row 5 (line 7) of 'data/t.csv': 'data/img' is a folder; wanted is a file");
    folder_seq(d, "[{csv: {path: data/t.csv, files: [image]}}, {slice: ':2'}]");
    assert_element(d, 0, "[label: cat, image: A]");
    assert_attr(d, "path", "data/img/a.jpg|data/img/b.jpg");
    assert_attr(d, "dir", "data/img|data/img");
    assert_attr(d, "parent", "img|img");
    assert_attr(d, "stem", "a|b");
    assert_attr(d, "image.ext", "jpg|jpg");
    assert_attr(d, "label", "cat|dog");
    assert_attr(d, "line", "2|3");
}

static void a_file_has_the_suffix_that_its_row_names(void **state)
{
    struct folder *d = *state;
    const struct seq *s;

    for (int n = 0; n < 2; n++) {
        CSV("image,n\na.png,1\nx.d/b.jpg,2\nc,3\n");
        JSONL("{\"image\": \"a.png\"}\n{\"image\": \"x.d/b.jpg\"}\n{\"image\": \"c\"}\n");
        s = folder_seq(d, n ? "[{jsonl: {path: t.jsonl, files: image}}, {get: image}]"
                            : "[{csv: {path: t.csv, files: image}}, {get: image}]");
        assert_null(seq_type(s, SEQ_ANY).suffix);
        assert_string_equal(seq_type(s, 0).suffix, "png");
        assert_string_equal(seq_type(s, 1).suffix, "jpg");
        assert_null(seq_type(s, 2).suffix);
    }
}

static void files_lie_ready_and_are_what_files_finds(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "b.jpg");
    g_autofree char *origin = NULL;
    const struct seq *s;
    struct extent x = {0};
    struct identity id;

    CSV("image,n\na.jpg,1\nb.jpg,2\n");
    folder_put_text(d, "a.jpg", "A");
    folder_put_text(d, "b.jpg", "BB");
    s = folder_seq(d, "[{csv: {path: t.csv, files: [image]}}, {get: image}]");
    assert_string_equal(seq_type(s, SEQ_ANY).suffix, "jpg");
    assert_true(seq_extent(s, 1, &x));
    assert_string_equal(x.path, path);
    g_free(x.path);
    origin = seq_origin(s, 1);
    assert_string_equal(origin, path);
    id = seq_identity(s, 1);
    assert_false(identity_is_none(id));
    s = folder_seq(d, "{files: b.jpg}");
    assert_true(identity_equal(id, seq_identity(s, 0)));
    CSV("image\na.jpg\nb.png\n");
    s = folder_seq(d, "[{csv: {path: t.csv, files: [image]}}, {get: image}]");
    assert_null(seq_type(s, SEQ_ANY).suffix);
}

static void what_names_files_has_to_be_a_column_of_texts(void **state)
{
    struct folder *d = *state;

    CSV("image,n\na.jpg,1\n");
    assert_complaint(d, "{csv: {path: t.csv, files: [imgae]}}", COMPLAINT_SPEC,
                     "csv: there is no column 'imgae'; did you mean 'image'?");
    assert_complaint(d, "{csv: {path: t.csv, columns: [n], files: [image]}}", COMPLAINT_SPEC,
                     "csv: there is no column 'image'");
    assert_complaint(d, "{csv: {path: t.csv, columns: {n: int}, files: [n]}}", COMPLAINT_SPEC,
                     "csv: column 'n' is no text, as names of files are");
}

static void scalars_cost_no_worker_and_files_do(void **state)
{
    struct folder *d = *state;

    CSV("image,n\na.jpg,1\n");
    assert_true(folder_seq(d, "{csv: t.csv}")->trivial);
    assert_false(folder_seq(d, "{csv: {path: t.csv, files: [image]}}")->trivial);
    assert_true(seq_is_quick(folder_seq(d, "[{csv: {path: t.csv, files: [image]}}, {get: n}]"), 0));
}

static void records_have_an_identity_that_follows_their_values(void **state)
{
    struct folder *d = *state;
    struct identity before, after;

    CSV("a,b\n1,x\n2,y\n1,x\n");
    before = seq_identity(folder_seq(d, "{csv: t.csv}"), 0);
    assert_false(identity_is_none(before));
    assert_true(identity_equal(before, seq_identity(d->seq, 2)));
    assert_false(identity_equal(before, seq_identity(d->seq, 1)));
    CSV("a,b\n3,x\n2,y\n1,x\n1,1\n");
    after = seq_identity(folder_seq(d, "{csv: t.csv}"), 0);
    assert_false(identity_equal(before, after));
}

static void values_stand_in_conditions_and_names(void **state)
{
    struct folder *d = *state;
    g_autoptr(GString) name = g_string_new(NULL);

    CSV("label,n\ncat,1\ndog,2\ncat,30\n");
    assert_elements(d, "[{csv: t.csv}, {filter: \"label == 'cat' and n > 1\"}, {get: n}]", "30");
    assert_elements(d, "[{csv: t.csv}, {sort: {by: n, reverse: true}}, {get: n}]", "30|2|1");
    folder_seq(d, "[{csv: t.csv}, {name: \"{label}/{n:03d}\"}]");
    seq_name(d->seq, 2, name);
    assert_string_equal(name->str, "cat/030");
}

static void a_file_that_changed_fails_until_it_is_mounted_anew(void **state)
{
    struct folder *d = *state;

    CSV("a\n1\n2\n");
    folder_seq(d, "{csv: t.csv}");
    assert_element(d, 1, "[a: 2]");
    CSV("a\n10\n20\n");
    assert_element(
        d, 1,
        "!'t.csv' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
    assert_true(identity_is_none(seq_identity(d->seq, 1)));
}

static void put_packed(struct folder *d, const char *name, const char *text)
{
    g_autofree char *path = folder_path(d, name);
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    assert_int_equal(archive_write_add_filter_gzip(a), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    archive_entry_set_filetype(entry, S_IFREG);
    archive_entry_set_pathname(entry, "text");
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, text, strlen(text)), strlen(text));
    archive_entry_free(entry);
    assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void compressed_tables_are_unpacked(void **state)
{
    struct folder *d = *state;

    put_packed(d, "t.csv.gz", "a,b\n1,x\n2,y\n");
    put_packed(d, "t.jsonl.gz", "{\"a\": 1}\n{\"a\": 2}\n");
    assert_elements(d, "{csv: t.csv.gz}", "[a: 1, b: x]|[a: 2, b: y]");
    assert_elements(d, "{jsonl: t.jsonl.gz}", "[a: 1]|[a: 2]");
}

/* The entries in a folder. */
static unsigned count_files(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;

    while (dir && g_dir_read_name(dir))
        n++;
    return n;
}

static void what_was_found_in_a_big_file_is_kept(void **state)
{
    struct folder *d = *state;
    g_autofree char *index = folder_path(d, "index");
    g_autoptr(GString) rows = g_string_new("n,t\n");

    for (int i = 0; i < 100000; i++)
        g_string_append_printf(rows, "%d,\"row, %d\"\n", i, i);
    CSV(rows->str);
    g_setenv("SEQFS_INDEX", index, TRUE);
    for (int round = 0; round < 2; round++) {
        assert_kinds(d, "{csv: t.csv}", "n: int, t: text");
        assert_int_equal(d->seq->len, 100000);
        assert_element(d, 99999, "[n: 99999, t: row, 99999]");
        assert_int_equal(count_files(index), 2);
    }
    assert_kinds(d, "{csv: {path: t.csv, header: false}}", "column0: text, column1: text");
    assert_int_equal(count_files(index), 4);
    g_unsetenv("SEQFS_INDEX");
}

static void lines_are_records_of_all_keys(void **state)
{
    struct folder *d = *state;

    JSONL("{\"b\": 1, \"a\": \"x\"}\r\n\n{\"a\": null, \"c\": [1, {\"k\": 2}], \"b\": 2.5}\n"
          "{\"d\": {\"x\": 1}, \"e\": true, \"f\": 1}\n{\"f\": \"1\"}");
    assert_kinds(d, "{jsonl: t.jsonl}",
                 "b: float, a: text, c: list, d: record, e: bool, f: unknown");
    assert_elements(d, "[{jsonl: t.jsonl}, {slice: ':3'}]",
                    "[b: 1.0, a: x, c: null, d: null, e: null, f: null]|"
                    "[b: 2.5, a: null, c: [1, [k: 2]], d: null, e: null, f: null]|"
                    "[b: null, a: null, c: null, d: [x: 1], e: true, f: 1]");
    assert_elements(d, "[{jsonl: t.jsonl}, {get: f}]", "null|null|1|1");
    assert_attr(d, "line", "1|3|4|5");
    assert_elements(d, "{jsonl: {path: t.jsonl, columns: {b: float, e: bool}}}",
                    "[b: 1.0, e: null]|[b: 2.5, e: null]|[b: null, e: true]|[b: null, e: null]");
    assert_elements(d, "[{jsonl: {path: t.jsonl, columns: {f: int}}}, {get: f}]",
                    "null|null|1|!row 3 (line 5) of 't.jsonl' has text for key 'f'; wanted is int");
}

static void a_line_that_is_no_json_is_that_elements_failure(void **state)
{
    struct folder *d = *state;

    JSONL("{\"a\": 1}\n{\"a\": 1,}\n[3]\n{\"a\": 3}\n{\"a\": 1, \"a\": 2}\n");
    assert_elements(
        d, "{jsonl: t.jsonl}",
        "[a: 1]|!row 1 (line 2) of 't.jsonl' is no valid json: line 2, column 9: string "
        "or '}' expected near '}'|"
        "!row 2 (line 3) of 't.jsonl' is list, and others are objects|[a: 3]|"
        "!row 4 (line 5) of 't.jsonl' is no valid json: line 5, column 12: duplicate "
        "object key near '\"a\"'");
    JSONL("{\n{}\n");
    assert_complaint(d, "{jsonl: {path: t.jsonl, columns: [a]}}", COMPLAINT_SPEC,
                     "jsonl: 't.jsonl' has no key 'a'");
    assert_complaint(d, "{jsonl: t.jsonl}", COMPLAINT_SOURCE, "jsonl: 't.jsonl' has no key");
    JSONL("{\nx\n");
    assert_complaint(d, "{jsonl: t.jsonl}", COMPLAINT_SOURCE,
                     "jsonl: no line of 't.jsonl' is valid json: line 1, column 1: string or '}' "
                     "expected near end of file");
}

static void lines_of_blanks_are_no_elements(void **state)
{
    struct folder *d = *state;

    JSONL("{\"a\": 1}\n  \t \n\n{\"a\": 2}\n ");
    assert_elements(d, "[{jsonl: t.jsonl}, {get: a}]", "1|2");
    eval_finish(&d->eval);
}

static void lines_without_objects_are_values(void **state)
{
    struct folder *d = *state;

    JSONL("1\n2.5\n\n4\n");
    assert_elements(d, "{jsonl: t.jsonl}", "1.0|2.5|4.0");
    assert_int_equal(seq_type(d->seq, SEQ_ANY).kind, VALUE_FLOAT);
    assert_attr(d, "value", "1.0|2.5|4.0");
    assert_attr(d, "line", "1|2|4");
    assert_false(identity_is_none(seq_identity(d->seq, 0)));
    JSONL("");
    assert_int_equal(folder_seq(d, "{jsonl: t.jsonl}")->len, 0);
    JSONL("1\n\"a\"\n[true]\nno\n");
    assert_elements(d, "{jsonl: t.jsonl}",
                    "1|a|[true]|!row 3 (line 4) of 't.jsonl' is no valid json: line 4, column 2: "
                    "invalid token near 'no'");
    assert_false(seq_type(d->seq, SEQ_ANY).known);
    assert_complaint(d, "{jsonl: {path: t.jsonl, columns: [a]}}", COMPLAINT_SPEC,
                     "jsonl: the rows of 't.jsonl' are no records: there is no key");
}

static void keys_may_name_files(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "a.txt", "A");
    JSONL("{\"f\": \"a.txt\"}\n{\"g\": 1}\n{\"f\": 2}\n");
    assert_elements(d, "[{jsonl: {path: t.jsonl, files: [f]}}, {get: f}]",
                    "A|!row 1 (line 2) of 't.jsonl' names no file in key 'f'|"
                    "!row 2 (line 3) of 't.jsonl' names no file in key 'f'");
}

static void tables_become_files(void **state)
{
    struct folder *d = *state;

    CSV("t,n,e\n\"x, \"\"y\"\"\",1.50,\n");
    assert_text(d, "{csv: t.csv}", "{\"t\": \"x, \\\"y\\\"\", \"n\": 1.5, \"e\": \"\"}\n");
    JSONL("{\"k\": {\"z\": [1, null]}}\n");
    assert_text(d, "[{jsonl: t.jsonl}, {get: k}]", "{\"z\": [1, null]}\n");
    JSONL("[1, \"a\"]\n");
    assert_text(d, "{jsonl: t.jsonl}", "[1, \"a\"]\n");
}

/* Whatever is in the file, every element is there or has a fault. */
static void garbage_is_never_a_crash(void **state)
{
    struct folder *d = *state;
    GRand *rand = g_rand_new_with_seed(7);

    for (int n = 0; n < 500; n++) {
        static const char signs[] = "a1,\"\n\r{}[]:\xff\x00\xc3\\-.e\t";
        char bytes[120];
        const size_t len = (size_t)g_rand_int_range(rand, 0, sizeof bytes);

        for (size_t i = 0; i < len; i++)
            bytes[i] = signs[g_rand_int_range(rand, 0, sizeof signs - 1)];
        folder_put(d, "t.csv", bytes, len);
        for (int which = 0; which < 3; which++) {
            static const char *const specs[] = {"{csv: {path: t.csv, header: no}}", "{tsv: t.csv}",
                                                "{jsonl: t.csv}"};

            if (folder_load_seq(d, specs[which]) < 0)
                continue;
            for (uint64_t i = 0; i < d->seq->len; i++) {
                g_autofree char *one = folder_element(d, i);

                assert_non_null(one);
            }
        }
    }
    g_rand_free(rand);
}

static void what_has_a_huge_row_is_left_to_workers(void **state)
{
    struct folder *d = *state;
    g_autofree char *cell = g_strnfill(2 << 20, 'x');
    g_autofree char *rows = g_strconcat("a,b\n1,2\n", cell, ",3\n", NULL);
    OWN(value_unref) struct value *v = NULL;

    CSV(rows);
    const struct seq *s = folder_seq(d, "[{csv: t.csv}, {get: a}]");
    assert_false(s->trivial);
    assert_int_equal(seq_get(s, &d->eval, 1, &v), 0);
    assert_int_equal(g_bytes_get_size(value_bytes(v)), 2 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(rows_are_records_of_the_kinds_that_all_rows_have),
        IN_FOLDER(what_would_lose_signs_as_a_number_is_text),
        IN_FOLDER(columns_are_chosen_in_their_order_and_with_their_kinds),
        IN_FOLDER(a_cell_that_is_not_of_its_kind_fails_alone),
        IN_FOLDER(a_row_of_another_length_is_that_elements_failure),
        IN_FOLDER(a_row_that_is_no_text_is_that_elements_failure),
        IN_FOLDER(names_may_come_from_the_spec),
        IN_FOLDER(other_signs_may_delimit_and_quote),
        IN_FOLDER(tabs_delimit_and_quotes_mean_nothing_in_tsv),
        IN_FOLDER(what_the_header_lacks_is_complained_about),
        IN_FOLDER(a_file_that_cannot_be_read_is_complained_about),
        IN_FOLDER(columns_that_name_files_are_their_bytes),
        IN_FOLDER(a_file_has_the_suffix_that_its_row_names),
        IN_FOLDER(files_lie_ready_and_are_what_files_finds),
        IN_FOLDER(what_names_files_has_to_be_a_column_of_texts),
        IN_FOLDER(scalars_cost_no_worker_and_files_do),
        IN_FOLDER(records_have_an_identity_that_follows_their_values),
        IN_FOLDER(values_stand_in_conditions_and_names),
        IN_FOLDER(a_file_that_changed_fails_until_it_is_mounted_anew),
        IN_FOLDER(compressed_tables_are_unpacked),
        IN_FOLDER(what_was_found_in_a_big_file_is_kept),
        IN_FOLDER(lines_are_records_of_all_keys),
        IN_FOLDER(a_line_that_is_no_json_is_that_elements_failure),
        IN_FOLDER(lines_of_blanks_are_no_elements),
        IN_FOLDER(lines_without_objects_are_values),
        IN_FOLDER(keys_may_name_files),
        IN_FOLDER(tables_become_files),
        IN_FOLDER(garbage_is_never_a_crash),
        IN_FOLDER(what_has_a_huge_row_is_left_to_workers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
