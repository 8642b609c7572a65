/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows and their cells: what is found in pieces is what libcsv finds in the whole file. */
#include "ops/source/cells.h"

#include <csv.h>
#include <errno.h>
#include <unistd.h>

#include "tests/unit/folder.h"

/* Rows as text: cells end with a bar, rows with a newline. */
static void print_cell(void *cell, size_t len, void *ctx)
{
    g_string_append_len(ctx, cell, (gssize)len);
    g_string_append_c(ctx, '|');
}

static void print_end(int c, void *ctx)
{
    g_string_append_c(ctx, '\n');
}

static int is_no_blank(unsigned char c)
{
    return 0;
}

/* What libcsv makes of all of it.  Owned. */
static char *parse_whole(const char *text, size_t len)
{
    GString *ret = g_string_new(NULL);
    struct csv_parser p;

    assert_int_equal(csv_init(&p, 0), 0);
    csv_set_space_func(&p, is_no_blank);
    assert_int_equal(csv_parse(&p, text, len, print_cell, print_end, ret), len);
    assert_int_equal(csv_fini(&p, print_cell, print_end, ret), 0);
    csv_free(&p);
    return g_string_free(ret, FALSE);
}

/* A scan under test.  Lifetime: call. */
struct seen {
    const char *text; /* of the file, or NULL: not compared */
    struct cells *cells;
    GString *rows;
    GString *places; /* OFFSET:LINE of each row */
    int fails_at;    /* row; 0 = none */
    int n;
};

static uint64_t count_lines(const char *text, uint64_t off)
{
    uint64_t n = 1;

    for (uint64_t i = 0; i < off; i++)
        n += text[i] == '\r' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
    return n;
}

static int see(void *ctx, struct row at, const char *text, size_t len, struct fault *f)
{
    struct seen *s = ctx;

    if (++s->n == s->fails_at)
        return fault_set(f, ECANCELED, "enough");
    g_string_append_printf(s->places, "%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT " ", at.off,
                           at.line);
    if (!text) {
        g_string_append(s->rows, "too long\n");
        return 0;
    }
    if (s->text) {
        assert_memory_equal(text, s->text + at.off, len);
        assert_int_equal(at.line, count_lines(s->text, at.off));
    }
    assert_int_equal(cells_parse(s->cells, text, len), 0);
    for (uint32_t k = 0; k < cells_len(s->cells); k++) {
        size_t n;
        const char *cell = cells_at(s->cells, k, &n);

        assert_int_equal(cell[n], '\0');
        print_cell((void *)cell, n, s->rows);
    }
    print_end(0, s->rows);
    return 0;
}

/* Writes a file and goes through its rows. */
static int scan(struct folder *d, const char *text, size_t len, struct seen *s, struct row *ret_end,
                bool *ret_open)
{
    const struct rows_form form = {.delimiter = ',', .quote = '"'};
    struct plain file = {0};
    struct fault f = {0};
    int r;

    if (text)
        folder_put(d, "t.csv", text, len);
    s->rows = g_string_new(NULL);
    s->places = g_string_new(NULL);
    s->cells = cells_new(form);
    assert_non_null(s->cells);
    assert_int_equal(plain_open("t.csv", d->path, &f, &file), 0);
    r = rows_scan(&file, form, see, s, &f, ret_end, ret_open);
    plain_close(&file);
    cells_free(s->cells);
    return r;
}

static void drop(struct seen *s)
{
    g_string_free(s->rows, TRUE);
    g_string_free(s->places, TRUE);
}

static void assert_rows(struct folder *d, const char *text, const char *rows, const char *places)
{
    struct seen s = {0};
    struct row end;
    bool open;

    assert_int_equal(scan(d, text, strlen(text), &s, &end, &open), 0);
    assert_string_equal(s.rows->str, rows);
    assert_string_equal(s.places->str, places);
    assert_int_equal(end.off, strlen(text));
    drop(&s);
}

static void assert_as_whole(struct folder *d, const char *text, size_t len)
{
    g_autofree char *whole = parse_whole(text, len);
    struct seen s = {.text = len < 100000 ? text : NULL};
    struct row end;
    bool open;

    assert_int_equal(scan(d, text, len, &s, &end, &open), 0);
    if (strcmp(s.rows->str, whole) != 0)
        fail_msg("'%.*s': wanted '%s', got '%s'", (int)MIN(len, 200), text, whole, s.rows->str);
    drop(&s);
}

static char *random_text(GRand *rand, size_t len)
{
    static const char signs[] = "ab,\"\n\r ,\"\"\n";
    char *text = g_malloc(len + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = signs[g_rand_int_range(rand, 0, (int)strlen(signs))];
    text[len] = '\0';
    return text;
}

static void random_rows_are_those_of_the_whole(void **state)
{
    GRand *rand = g_rand_new_with_seed(4180);

    for (int n = 0; n < 3000; n++) {
        const size_t len = (size_t)g_rand_int_range(rand, 0, 40);
        g_autofree char *text = random_text(rand, len);

        assert_as_whole(*state, text, len);
    }
    g_rand_free(rand);
}

static void rows_go_on_where_the_file_is_read_in_pieces(void **state)
{
    GRand *rand = g_rand_new_with_seed(1);
    g_autoptr(GString) text = g_string_new(NULL);

    while (text->len < ((size_t)5 << 19)) {
        g_autofree char *some = random_text(rand, 30000);

        g_string_append(text, some);
        g_string_append(text, "\"\r\n,\"\r\nend of it\r\n");
    }
    assert_as_whole(*state, text->str, text->len);
    g_rand_free(rand);
}

static void a_row_goes_on_in_quotes(void **state)
{
    assert_rows(*state, "a,b\r\n\"x\r\ny\",\"\"\"z\"\"\"\r\n\r\n1,2", "a|b|\nx\r\ny|\"z\"|\n1|2|\n",
                "0:1 5:2 23:5 ");
}

static void blanks_are_of_the_cells_and_quotes_within_them_signs(void **state)
{
    assert_rows(*state, " a , \"b\"\n5\",6\n", " a | \"b\"|\n5\"|6|\n", "0:1 9:2 ");
}

static void empty_lines_are_no_rows_and_empty_cells_are_cells(void **state)
{
    assert_rows(*state, "\n\n,\n\n\"\"\n", "||\n|\n", "2:3 5:5 ");
}

static void an_empty_file_has_no_rows(void **state)
{
    assert_rows(*state, "", "", "");
    assert_rows(*state, "\r\n\r\n", "", "");
}

static void a_byte_order_mark_is_no_text(void **state)
{
    assert_rows(*state, "\xef\xbb\xbf\"a\",b\n", "a|b|\n", "3:1 ");
}

static void a_quote_that_is_not_closed_is_told(void **state)
{
    struct seen s = {0};
    struct row end;
    bool open = false;

    assert_int_equal(scan(*state, "a\n\"b\nc", 6, &s, &end, &open), 0);
    assert_string_equal(s.rows->str, "a|\nb\nc|\n");
    assert_true(open);
    drop(&s);
    assert_int_equal(scan(*state, "a\n\"b\nc\"", 7, &s, &end, &open), 0);
    assert_false(open);
    drop(&s);
}

static void what_is_called_may_end_it(void **state)
{
    struct seen s = {.fails_at = 2};
    struct row end;
    bool open;

    assert_int_equal(scan(*state, "a\nb\nc\n", 6, &s, &end, &open), -ECANCELED);
    assert_int_equal(s.n, 2);
    drop(&s);
}

/* The file is one hole, so that it takes no room. */
static void a_row_that_is_too_long_is_passed_over(void **state)
{
    g_autofree char *path = folder_path(*state, "t.csv");
    g_autofree char *places =
        g_strdup_printf("0:1 2:2 %" G_GUINT64_FORMAT ":3 ", (guint64)ROWS_MAX + 5000001);
    struct seen s = {0};
    struct row end;
    bool open;
    FILE *out;

    folder_put_text(*state, "t.csv", "a\n");
    out = fopen(path, "r+e");
    assert_non_null(out);
    assert_int_equal(fseeko(out, (off_t)ROWS_MAX + 5000000, SEEK_SET), 0);
    assert_int_equal(fputs("\nb", out) >= 0, 1);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(scan(*state, NULL, 0, &s, &end, &open), 0);
    assert_string_equal(s.rows->str, "a|\ntoo long\nb|\n");
    assert_string_equal(s.places->str, places);
    drop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(random_rows_are_those_of_the_whole),
        IN_FOLDER(rows_go_on_where_the_file_is_read_in_pieces),
        IN_FOLDER(a_row_goes_on_in_quotes),
        IN_FOLDER(blanks_are_of_the_cells_and_quotes_within_them_signs),
        IN_FOLDER(empty_lines_are_no_rows_and_empty_cells_are_cells),
        IN_FOLDER(an_empty_file_has_no_rows),
        IN_FOLDER(a_byte_order_mark_is_no_text),
        IN_FOLDER(a_quote_that_is_not_closed_is_told),
        IN_FOLDER(what_is_called_may_end_it),
        IN_FOLDER(a_row_that_is_too_long_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
