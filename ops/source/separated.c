/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of separated values: what their columns are, and what is in their cells. */
#include "ops/source/separated.h"

#include "ops/source/cells.h"

#include <math.h>
#include <string.h>

/* Surveying. */

/* Lifetime: call. */
struct survey {
    const struct table *t;
    struct facts_writer *w;
    struct cells *cells;
    bool begun; /* the first row was found */
};

static const char *skip_digits(const char *at)
{
    while (g_ascii_isdigit(*at))
        at++;
    return at;
}

/* What a cell alone looks like: a number only if nothing is lost when it is one. */
static enum value_kind look(const char *cell)
{
    const char *digits = cell + (*cell == '-');
    const char *end = skip_digits(digits), *fraction = end;
    int64_t n;
    double x;

    if (digits[0] == '0' && g_ascii_isdigit(digits[1]))
        return VALUE_TEXT;
    if (*end == '\0' && end > digits)
        return scan_int(cell, &n) ? VALUE_INT : VALUE_TEXT;
    if (*end == '.')
        fraction = skip_digits(end + 1);
    if (end == digits && fraction <= end + 1)
        return VALUE_TEXT;
    end = fraction;
    if (*end == 'e' || *end == 'E') {
        digits = end + 1 + (end[1] == '-' || end[1] == '+');
        end = skip_digits(digits);
        if (end == digits)
            return VALUE_TEXT;
    }
    return *end == '\0' && scan_double(cell, &x) && isfinite(x) ? VALUE_FLOAT : VALUE_TEXT;
}

/* Blanks around a number do not count.  *cell is moved or cut, in buf. */
static const char *strip(const char *cell, size_t len, char *buf, size_t size)
{
    while (len > 0 && g_ascii_isspace(*cell)) {
        cell++;
        len--;
    }
    while (len > 0 && g_ascii_isspace(cell[len - 1]))
        len--;
    if (cell[len] == '\0')
        return cell;
    if (len >= size)
        return NULL;
    memcpy(buf, cell, len);
    buf[len] = '\0';
    return buf;
}

static void look_at_cells(struct survey *s)
{
    char buf[128];

    for (uint32_t k = 0; k < cells_len(s->cells); k++) {
        size_t len;
        const char *cell = cells_at(s->cells, k, &len);
        const char *number = strip(cell, len, buf, sizeof buf);
        const enum value_kind kind = !number ? VALUE_TEXT : *number ? look(number) : VALUE_NULL;

        facts_see(s->w, k, kind, len > 0 ? cell : NULL);
    }
}

/* As many columns as the first row has cells. */
static int add_columns(struct survey *s, struct fault *f)
{
    const uint32_t n = cells_len(s->cells);

    if (n > TABLE_COLUMNS)
        return fault_set(f, EFBIG, "'%s' has more than %d columns", s->t->file.path, TABLE_COLUMNS);
    for (uint32_t k = 0; k < n; k++) {
        g_autofree char *number = g_strdup_printf("column%u", k);
        size_t len;

        facts_add_column(s->w, s->t->header ? cells_at(s->cells, k, &len) : number);
    }
    s->begun = true;
    return 0;
}

/* A rows_found_fn.  Rows that fail when they are asked for tell nothing of the columns. */
static int see_row(void *ctx, struct row at, const char *text, size_t len, struct fault *f)
{
    struct survey *s = ctx;
    const bool first = !s->begun;
    const bool valid = text && g_utf8_validate_len(text, len, NULL);

    if (first && !valid)
        return fault_set(f, EILSEQ, "the first row of '%s' is not valid UTF-8 text",
                         s->t->file.path);
    if (valid && cells_parse(s->cells, text, len) < 0)
        return fault_set_errno(f, ENOMEM, "a row of '%s'", s->t->file.path);
    if (first && add_columns(s, f) < 0)
        return -f->err;
    if (first && s->t->header)
        return 0;
    facts_add_row(s->w, at);
    if (valid && cells_len(s->cells) == facts_n_columns(s->w))
        look_at_cells(s);
    return 0;
}

static int survey(const struct table *t, struct facts_writer *w, struct fault *f)
{
    OWN(cells_free) struct cells *cells = cells_new(t->form);
    struct survey s = {.t = t, .w = w, .cells = cells};
    struct row end;
    bool open;
    int r;

    if (!cells)
        return fault_set_errno(f, ENOMEM, "the rows of '%s'", t->file.path);
    r = rows_scan(&t->file, t->form, see_row, &s, f, &end, &open);
    if (r == 0 && !s.begun)
        return fault_set(f, EINVAL, "'%s' is empty; wanted is a first row, which %s", t->file.path,
                         t->header ? "names the columns" : "tells how many columns there are");
    return r < 0 ? r : facts_end(w, end, open, f);
}

/* Parsing. */

static struct value *make_int(const char *text)
{
    int64_t n;

    return scan_int(text, &n) ? value_new_int(n) : NULL;
}

static struct value *make_float(const char *text)
{
    double x;

    if (scan_double(text, &x))
        return value_new_float(x);
    return g_ascii_strcasecmp(text, "nan") == 0 ? value_new_float(NAN) : NULL;
}

static struct value *make_bool(const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    bool b = strcmp(lower, "1") == 0;

    if (b || strcmp(lower, "0") == 0 || scan_bool(lower, &b))
        return value_new_bool(b);
    return NULL;
}

/* What a cell is in a column of numbers or truths. */
static struct value *make(enum value_kind kind, const char *text)
{
    if (*text == '\0')
        return value_new_null();
    if (kind == VALUE_INT)
        return make_int(text);
    return kind == VALUE_FLOAT ? make_float(text) : make_bool(text);
}

static int read_cell(const struct table_column *column, const struct cells *cells, struct fault *f,
                     struct value **ret)
{
    size_t len;
    const char *cell = cells_at(cells, column->at, &len), *text;
    struct value *v = NULL;
    char buf[128];

    if (column->file || column->kind == VALUE_TEXT) {
        *ret = value_new_text(cell, (gssize)len);
        return 0;
    }
    text = strip(cell, len, buf, sizeof buf);
    v = text ? make(column->kind, text) : NULL;
    if (!v)
        return fault_set(f, EINVAL, "has '%.64s' in column '%.64s'; wanted is %s", cell,
                         column->name, value_kind_name(column->kind));
    *ret = v;
    return 0;
}

static int check_row(const struct table *t, uint64_t i, const struct cells *cells, struct fault *f)
{
    const uint32_t n = cells_len(cells), wanted = t->facts.n_columns;

    if (t->facts.open && i + 1 == t->facts.n_rows)
        return fault_set(f, EINVAL, "has a quote that is not closed");
    if (n != wanted)
        return fault_set(f, EINVAL, "has %u column%s, and the %s has %u", n, n == 1 ? "" : "s",
                         t->header ? "header" : "first row", wanted);
    return 0;
}

static int parse(const struct table *t, uint64_t i, GBytes *row, uint32_t from, uint32_t n,
                 struct fault *f, struct value **ret)
{
    OWN(cells_free) struct cells *cells = cells_new(t->form);
    gsize len;
    const char *text = g_bytes_get_data(row, &len);
    uint32_t k = 0;
    int r;

    if (!g_utf8_validate_len(text, len, NULL))
        return fault_set(f, EILSEQ, "is not valid UTF-8 text");
    if (!cells || cells_parse(cells, text, len) < 0)
        return fault_set_errno(f, ENOMEM, "is too long");
    r = check_row(t, i, cells, f);
    for (; r == 0 && k < n; k++)
        r = read_cell(&t->chosen[from + k], cells, f, &ret[k]);
    for (uint32_t made = 0; r < 0 && made + 1 < k; made++)
        value_unref(g_steal_pointer(&ret[made])); /* the last one was not made */
    return r;
}

static const struct table_format format = {
    .kind = "csv",
    .version = 2,
    .textual = true,
    .noun = "column",
    .survey = survey,
    .parse = parse,
};

/* Opening. */

static int read_sign(const struct seq *s, const char *arg, const char *text, bool may_be_none,
                     struct fault *f, unsigned char *ret)
{
    if (strcmp(text, "tab") == 0)
        text = "\t";
    if (may_be_none && strcmp(text, "none") == 0)
        text = "";
    if (strlen(text) > 1 || !(g_ascii_isprint(*text) || *text == '\t' || (may_be_none && !*text)))
        return fault_set_arg(f, EINVAL, arg, -1,
                             "%s: argument '%s': '%.64s' is no single ASCII sign%s", s->op->name,
                             arg, text, may_be_none ? ", nor 'none'" : ", nor 'tab'");
    *ret = (unsigned char)*text;
    return 0;
}

int separated_open(struct seq *s, struct fault *f)
{
    const struct separated *p = s->params;
    struct rows_form form = {0};
    struct table *t;

    if (read_sign(s, "delimiter", p->delimiter, false, f, &form.delimiter) < 0 ||
        read_sign(s, "quote", p->quote, true, f, &form.quote) < 0)
        return -f->err;
    if (form.delimiter == form.quote)
        return fault_set_arg(f, EINVAL, "quote", -1, "%s: quote and delimiter are the same",
                             s->op->name);
    t = g_new0(struct table, 1);
    *t = (struct table){
        .format = &format,
        .form = form,
        .header = p->header,
        .wanted = p->columns,
        .named = &p->files,
    };
    return table_open(s, t, p->path, f);
}
