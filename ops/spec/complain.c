/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Complaints about a spec: collected, put in order, shown with their lines and carets. */
#include "ops/spec/complain.h"

#include <stdbool.h>
#include <string.h>

#define SENTENCE_MAX 400 /* characters of a complaint; user text may be any length */
#define SHOWN 100        /* complaints printed */
#define LINE_COLUMNS 96  /* of a line on the screen */
#define CARET_COLUMN 60  /* a caret further right cuts the beginning of its line... */
#define BEFORE_CARET 40  /* ...and leaves so many characters before itself */

struct complaint {
    enum complaint_kind kind;
    struct mark at;
    char *text; /* owned */
};

struct complaints {
    char *path; /* owned; may be NULL */
    char *text; /* owned; may be NULL */
    size_t text_len;
    GPtrArray *all;  /* of struct complaint, owned, at most COMPLAINTS_MAX */
    unsigned n_more; /* only counted */
    bool has_spec;   /* one of them, kept or counted, is a COMPLAINT_SPEC */
};

/* Takes one character off [*at, end), which is not empty; a byte that is not UTF-8 is 0. */
static gunichar take_char(const char **at, const char *end)
{
    gunichar ch = g_utf8_get_char_validated(*at, end - *at);

    /* Errors; NUL is one, where a length is given. */
    if (ch >= (gunichar)-2) {
        ++*at;
        return 0;
    }
    *at = g_utf8_next_char(*at);
    return ch;
}

/* The length of the line break at `at`, 0 if there is none: those of YAML 1.1, which libyaml
 * counts. */
static size_t break_len(const char *at, const char *end)
{
    size_t left = end - at;

    if (left == 0 || (*at > '\r' && *at <= '~'))
        return 0;
    if (*at == '\r')
        return left > 1 && at[1] == '\n' ? 2 : 1;
    if (*at == '\n')
        return 1;
    if (left >= 2 && memcmp(at, "\xc2\x85", 2) == 0)
        return 2;
    return left >= 3 && (memcmp(at, "\xe2\x80\xa8", 3) == 0 || memcmp(at, "\xe2\x80\xa9", 3) == 0)
               ? 3
               : 0;
}

/* The end of the line that `at` is in: its line break, or end. */
static const char *line_end(const char *at, const char *end)
{
    while (at < end && break_len(at, end) == 0)
        at++;
    return at;
}

struct mark complain_place(const char *text, size_t len, size_t off)
{
    const char *line = text, *at = text + MIN(off, len), *end = text + len;
    struct mark place = {.line = 1, .column = 1, .len = 1};

    for (const char *stop = line_end(line, end); stop < at; stop = line_end(line, end)) {
        if (stop + break_len(stop, end) > at)
            break;
        line = stop + break_len(stop, end);
        place.line++;
    }
    for (; line < at; place.column++)
        take_char(&line, at);
    return place;
}

static gunichar as_shown(gunichar ch)
{
    if (ch == '\t')
        return ' ';
    return g_unichar_isprint(ch) ? ch : '?';
}

static unsigned width(gunichar ch)
{
    if (g_unichar_iszerowidth(ch))
        return 0;
    return g_unichar_iswide(ch) ? 2 : 1;
}

static char *one_line(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);

    const char *p = valid;

    for (unsigned i = 0; *p && i < SENTENCE_MAX; i++, p = g_utf8_next_char(p))
        g_string_append_unichar(out, as_shown(g_utf8_get_char(p)));
    g_string_append(out, *p ? "..." : "");
    return g_string_free(out, FALSE);
}

static void complaint_free(void *data)
{
    struct complaint *one = data;

    g_free(one->text);
    g_free(one);
}

struct complaints *complaints_new(void)
{
    struct complaints *c = g_new0(struct complaints, 1);

    c->all = g_ptr_array_new_with_free_func(complaint_free);
    return c;
}

void complaints_free(struct complaints *c)
{
    if (!c)
        return;
    g_ptr_array_unref(c->all);
    g_free(c->path);
    g_free(c->text);
    g_free(c);
}

void complaints_set_source(struct complaints *c, const char *path, const char *text, size_t len)
{
    char *copy = text && len > 0 ? g_try_malloc(len) : NULL;

    /* Without memory for the text only the lines are not shown. */
    if (copy)
        memcpy(copy, text, len);
    g_free(c->text);
    c->text = copy;
    c->text_len = copy ? len : 0;
    g_free(c->path);
    c->path = g_strdup(path);
}

static bool is_known(const struct complaints *c, struct mark at, const char *text)
{
    for (unsigned i = 0; i < c->all->len; i++) {
        const struct complaint *one = c->all->pdata[i];

        if (one->at.line == at.line && one->at.column == at.column && strcmp(one->text, text) == 0)
            return true;
    }
    return false;
}

void complaints_add(struct complaints *c, enum complaint_kind kind, struct mark at, const char *fmt,
                    ...)
{
    g_autofree char *raw = NULL, *text = NULL;
    struct complaint *one;
    va_list ap;

    c->has_spec |= kind == COMPLAINT_SPEC;
    if (c->all->len >= COMPLAINTS_MAX) {
        c->n_more++;
        return;
    }
    va_start(ap, fmt);
    raw = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    text = one_line(raw);
    if (is_known(c, at, text))
        return;
    one = g_new0(struct complaint, 1);
    *one = (struct complaint){.kind = kind, .at = at, .text = g_steal_pointer(&text)};
    g_ptr_array_add(c->all, one);
}

unsigned complaints_len(const struct complaints *c)
{
    return c->all->len + c->n_more;
}

bool complaints_enough(const struct complaints *c)
{
    return complaints_len(c) > SHOWN;
}

enum complaint_kind complaints_kind(const struct complaints *c)
{
    return c->has_spec ? COMPLAINT_SPEC : COMPLAINT_SOURCE;
}

static int by_place(const void *a, const void *b)
{
    const struct complaint *x = *(void *const *)a, *y = *(void *const *)b;

    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    return (x->at.column > y->at.column) - (x->at.column < y->at.column);
}

static void print_one(const struct complaints *c, const struct complaint *one, FILE *out)
{
    if (c->path)
        fprintf(out, "%s:", c->path);
    if (one->at.line > 0)
        fprintf(out, "%" G_GUINT32_FORMAT ":%" G_GUINT32_FORMAT ":", one->at.line, one->at.column);
    fprintf(out, "%s%s\n", c->path || one->at.line > 0 ? " " : "", one->text);
    if (c->text)
        complain_show(c->text, c->text_len, one->at, out);
}

void complaints_print(const struct complaints *c, FILE *out)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_copy(c->all, NULL, NULL);
    unsigned n_shown = MIN(sorted->len, SHOWN);

    g_ptr_array_set_free_func(sorted, NULL);
    g_ptr_array_sort(sorted, by_place); /* a merge sort: those of one place keep their order */
    for (unsigned i = 0; i < n_shown; i++)
        print_one(c, sorted->pdata[i], out);
    if (complaints_len(c) > n_shown)
        fprintf(out, "and at least %u more\n", complaints_len(c) - n_shown);
}

/* What is printed of a line. */
struct view {
    const char *from, *end; /* the rest of the line, from the first character that is shown */
    uint32_t column;        /* of that character */
    const char *cut;        /* what stands for the beginning that is not */
};

/* Finds the line of a mark; false if the text has no such line. */
static bool find_line(const char *text, size_t len, uint32_t number, struct view *ret)
{
    const char *at = text, *end = text + len;

    if (number == 0)
        return false;
    for (uint32_t i = 1; i < number && at < end; i++) {
        at = line_end(at, end);
        at += break_len(at, end);
    }
    if (at == end)
        return false;
    *ret = (struct view){.from = at, .end = line_end(at, end), .column = 1, .cut = ""};
    return true;
}

/* Cuts the beginning of a line whose caret would stand too far right. */
static void cut_before(struct view *v, uint32_t column)
{
    const char *at = v->from, *from = v->from;
    unsigned columns = 0;
    uint32_t first = 1;

    for (uint32_t i = 1; i < column && at < v->end; i++) {
        columns += width(as_shown(take_char(&at, v->end)));
        if (i > BEFORE_CARET) {
            take_char(&from, v->end);
            first++;
        }
    }
    if (columns > CARET_COLUMN)
        *v = (struct view){.from = from, .end = v->end, .column = first, .cut = "..."};
}

void complain_show(const char *text, size_t len, struct mark at, FILE *out)
{
    g_autoptr(GString) line = g_string_new(NULL);
    unsigned columns = 0, first = G_MAXUINT, n_tildes = 0;
    struct view v;

    if (!find_line(text, len, at.line, &v))
        return;
    at.column = MAX(at.column, 1);
    cut_before(&v, at.column);
    for (uint32_t i = v.column; v.from < v.end && columns < LINE_COLUMNS; i++) {
        gunichar ch = as_shown(take_char(&v.from, v.end));

        if (i == at.column)
            first = columns;
        g_string_append_unichar(line, ch);
        columns += width(ch);
        if (i >= at.column && i - at.column < at.len && columns > first)
            n_tildes = columns - first - 1;
    }
    /* A mark beyond the last character is one of the end of the line. */
    first = MIN(first, columns);
    fprintf(out, "  %s%s%s\n", v.cut, line->str, v.from < v.end ? "..." : "");
    fprintf(out, "  %*s^", (int)(strlen(v.cut) + first), "");
    for (unsigned i = 0; i < n_tildes; i++)
        fputc('~', out);
    fputc('\n', out);
}
