/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts in a file: the rows as they were found, then the columns, then how many of both. */
#include "ops/source/facts.h"

#include "ops/source/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SUFFIXES_MAX 64 /* of a column; more are many */
#define SUFFIX_MAX 16   /* bytes; what is longer is hardly one */

/* As they are written.  Plain data. */
struct tail {
    uint64_t n_rows;
    uint32_t n_columns;
    uint32_t open;
};
struct column {
    uint32_t seen, many;
    uint32_t name_len;
    uint32_t n_suffixes;
};

static void clear_fact(void *data)
{
    struct fact *fact = data;

    g_free(fact->name);
    if (fact->suffixes)
        g_ptr_array_unref(fact->suffixes);
}

void facts_finish(struct facts *x)
{
    for (uint32_t k = 0; k < x->n_columns; k++)
        clear_fact(&x->columns[k]);
    g_free(x->columns);
    g_free(x->rows);
    *x = (struct facts){0};
}

const char *facts_find_suffix(const struct fact *fact, const char *ext)
{
    for (guint n = 0; fact->suffixes && n < fact->suffixes->len; n++)
        if (strcmp(fact->suffixes->pdata[n], ext) == 0)
            return fact->suffixes->pdata[n];
    return NULL;
}

/* Writing. */

struct facts_writer {
    FILE *out;
    GArray *columns; /* of struct fact */
    uint64_t n_rows;
    int err; /* why something could not be written, first; 0 = all could */
};

struct facts_writer *facts_write(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *out = copy >= 0 ? fdopen(copy, "w") : NULL;
    struct facts_writer *w;

    if (!out) {
        if (copy >= 0)
            close(copy);
        return NULL;
    }
    w = g_new0(struct facts_writer, 1);
    w->out = out;
    w->columns = g_array_new(FALSE, FALSE, sizeof(struct fact));
    g_array_set_clear_func(w->columns, clear_fact);
    return w;
}

void facts_writer_free(struct facts_writer *w)
{
    if (!w)
        return;
    fclose(w->out);
    g_array_unref(w->columns);
    g_free(w);
}

/* What cannot be written is told in the end. */
static void put(struct facts_writer *w, const void *data, size_t len)
{
    if (len > 0 && fwrite(data, len, 1, w->out) != 1 && w->err == 0)
        w->err = errno ? errno : EIO;
}

void facts_add_row(struct facts_writer *w, struct row at)
{
    put(w, &at, sizeof at);
    w->n_rows++;
}

uint32_t facts_n_columns(const struct facts_writer *w)
{
    return w->columns->len;
}

void facts_add_column(struct facts_writer *w, const char *name)
{
    const struct fact fact = {.name = g_strdup(name)};

    g_array_append_val(w->columns, fact);
}

/* Texts without a suffix have an empty one in common. */
static void see_suffix(struct fact *fact, const char *text)
{
    const char *slash = strrchr(text, '/');
    const char *ext = paths_ext(slash ? slash + 1 : text);

    if (facts_find_suffix(fact, ext))
        return;
    if (!fact->suffixes)
        fact->suffixes = g_ptr_array_new_with_free_func(g_free);
    fact->many = fact->suffixes->len == SUFFIXES_MAX || strlen(ext) > SUFFIX_MAX;
    if (fact->many)
        g_clear_pointer(&fact->suffixes, g_ptr_array_unref);
    else
        g_ptr_array_add(fact->suffixes, g_strdup(ext));
}

void facts_see(struct facts_writer *w, uint32_t k, enum value_kind kind, const char *text)
{
    struct fact *fact = &g_array_index(w->columns, struct fact, k);

    fact->seen |= FACTS_SEEN(kind);
    if (text && !fact->many)
        see_suffix(fact, text);
}

static void put_column(struct facts_writer *w, const struct fact *fact)
{
    const struct column column = {
        .seen = fact->seen,
        .many = fact->many,
        .name_len = (uint32_t)strlen(fact->name),
        .n_suffixes = fact->suffixes ? fact->suffixes->len : 0,
    };

    put(w, &column, sizeof column);
    put(w, fact->name, column.name_len);
    for (uint32_t n = 0; n < column.n_suffixes; n++) {
        const uint32_t len = (uint32_t)strlen(fact->suffixes->pdata[n]);

        put(w, &len, sizeof len);
        put(w, fact->suffixes->pdata[n], len);
    }
}

int facts_end(struct facts_writer *w, struct row end, bool open, struct fault *f)
{
    const struct tail tail = {.n_rows = w->n_rows, .n_columns = w->columns->len, .open = open};

    put(w, &end, sizeof end);
    for (guint k = 0; k < w->columns->len; k++)
        put_column(w, &g_array_index(w->columns, struct fact, k));
    put(w, &tail, sizeof tail);
    if (fflush(w->out) != 0 && w->err == 0)
        w->err = errno ? errno : EIO;
    return w->err ? fault_set_errno(f, w->err, "the index cannot be written") : 0;
}

/* Reading.  What is kept is vouched for, but costs a look all the same. */

static int no_facts(struct fault *f)
{
    return fault_set(f, EIO, "the index cannot be read");
}

static char *take_text(FILE *in, uint32_t len)
{
    char *text = len < UINT32_MAX ? g_try_malloc((size_t)len + 1) : NULL;

    if (!text || (len > 0 && fread(text, len, 1, in) != 1)) {
        g_free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

static bool take_column(FILE *in, struct fact *ret)
{
    struct column column;

    if (fread(&column, sizeof column, 1, in) != 1)
        return false;
    ret->seen = column.seen;
    ret->many = column.many;
    ret->name = take_text(in, column.name_len);
    if (!ret->name || column.n_suffixes > SUFFIXES_MAX)
        return false;
    if (column.n_suffixes > 0)
        ret->suffixes = g_ptr_array_new_with_free_func(g_free);
    for (uint32_t n = 0; n < column.n_suffixes; n++) {
        uint32_t len;
        char *suffix = fread(&len, sizeof len, 1, in) == 1 ? take_text(in, len) : NULL;

        if (!suffix)
            return false;
        g_ptr_array_add(ret->suffixes, suffix);
    }
    return true;
}

static bool take_tail(FILE *in, struct tail *ret)
{
    return fseeko(in, -(off_t)sizeof *ret, SEEK_END) == 0 && fread(ret, sizeof *ret, 1, in) == 1 &&
           fseeko(in, 0, SEEK_SET) == 0 && ret->n_rows < SIZE_MAX / sizeof(struct row) - 1;
}

static int take_all(FILE *in, struct fault *f, struct facts *ret)
{
    struct tail tail;

    if (!take_tail(in, &tail))
        return no_facts(f);
    ret->open = tail.open;
    ret->rows = g_try_new(struct row, tail.n_rows + 1);
    ret->columns = g_try_new0(struct fact, MAX(tail.n_columns, 1));
    if (!ret->rows || !ret->columns)
        return fault_set_errno(f, ENOMEM, "an index of %" G_GUINT64_FORMAT " rows", tail.n_rows);
    if (fread(ret->rows, sizeof *ret->rows, tail.n_rows + 1, in) != tail.n_rows + 1)
        return no_facts(f);
    ret->n_rows = tail.n_rows;
    for (ret->n_columns = 0; ret->n_columns < tail.n_columns;) {
        if (!take_column(in, &ret->columns[ret->n_columns++]))
            return no_facts(f);
    }
    return 0;
}

int facts_read(int fd, struct fault *f, struct facts *ret)
{
    struct facts x = {0};
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *in = copy >= 0 ? fdopen(copy, "r") : NULL;
    int r;

    if (!in) {
        if (copy >= 0)
            close(copy);
        return no_facts(f);
    }
    r = take_all(in, f, &x);
    fclose(in);
    if (r < 0)
        facts_finish(&x);
    else
        *ret = x;
    return r;
}
