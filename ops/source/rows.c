/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks for the ends of rows, sign by sign, as libcsv would find them. */
#include "ops/source/rows.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#define CHUNK ((size_t)1 << 20) /* bytes read at once */
#define MARK "\xef\xbb\xbf"     /* of the byte order */

enum sign { PLAIN, DELIMITER, QUOTE, BREAK };
enum state { BETWEEN, AT_CELL, IN_CELL, IN_QUOTES, BEHIND_QUOTE };

/* Where a sign leads; to BETWEEN is the end of a row.  In quotes that are not closed properly the
 * cell goes on. */
static const unsigned char next[][4] = {
    [BETWEEN] = {IN_CELL, AT_CELL, IN_QUOTES, BETWEEN},
    [AT_CELL] = {IN_CELL, AT_CELL, IN_QUOTES, BETWEEN},
    [IN_CELL] = {IN_CELL, AT_CELL, IN_CELL, BETWEEN},
    [IN_QUOTES] = {IN_QUOTES, IN_QUOTES, BEHIND_QUOTE, IN_QUOTES},
    [BEHIND_QUOTE] = {IN_QUOTES, AT_CELL, IN_QUOTES, BETWEEN},
};

/* A pass over a file.  Lifetime: call. */
struct scan {
    unsigned char signs[256];
    rows_found_fn *found;
    void *ctx;
    unsigned char state; /* enum state */
    bool too_long;       /* of the row under way only the beginning is known */
    uint64_t line;       /* that `at` is in */
    struct row row;      /* under way */
    char last;           /* the byte before the buffer */
    char *buf;           /* from the row under way on; owned */
    size_t len, cap;
    size_t begin; /* of the row, in buf */
    size_t at;    /* what was looked at */
    uint64_t off; /* of buf in the file */
};

static void init_signs(struct scan *s, struct rows_form form)
{
    s->signs['\n'] = s->signs['\r'] = BREAK;
    if (form.delimiter)
        s->signs[form.delimiter] = DELIMITER;
    if (form.quote)
        s->signs[form.quote] = QUOTE;
}

/* A newline behind a carriage return ends no line of its own. */
static void count_line(struct scan *s)
{
    const char before = s->at > 0 ? s->buf[s->at - 1] : s->last;

    s->line += s->buf[s->at] == '\r' || before != '\r';
}

static int end_row(struct scan *s, struct fault *f)
{
    const size_t begin = s->begin;
    const bool whole = !s->too_long && s->at - begin <= ROWS_MAX;

    s->begin = s->at;
    s->too_long = false;
    return s->found(s->ctx, s->row, whole ? s->buf + begin : NULL, whole ? s->at - begin : 0, f);
}

/* Looks at what is in the buffer, to its end. */
static int scan_buffer(struct scan *s, struct fault *f)
{
    int r = 0;

    for (; r == 0 && s->at < s->len; s->at++) {
        const unsigned char sign = s->signs[(unsigned char)s->buf[s->at]];
        const unsigned char before = s->state;

        s->state = next[before][sign];
        if (before == BETWEEN && s->state != BETWEEN) {
            s->begin = s->at;
            s->row = (struct row){.off = s->off + s->at, .line = s->line};
        } else if (before != BETWEEN && s->state == BETWEEN) {
            r = end_row(s, f);
        }
        if (sign == BREAK)
            count_line(s);
    }
    return r;
}

/* Moves the row under way to the beginning of the buffer, or drops it if it is too long. */
static void drop_what_is_done(struct scan *s)
{
    if (s->state == BETWEEN || s->at - s->begin > ROWS_MAX) {
        s->too_long = s->state != BETWEEN;
        s->begin = s->at;
    }
    if (s->begin == 0)
        return;
    s->last = s->buf[s->begin - 1];
    memmove(s->buf, s->buf + s->begin, s->len - s->begin);
    s->off += s->begin;
    s->len -= s->begin;
    s->at -= s->begin;
    s->begin = 0;
}

static int append(struct scan *s, const void *bytes, size_t len, struct fault *f)
{
    if (s->cap - s->len < len) {
        const size_t cap = MAX(s->len + len, s->cap + s->cap / 2);
        char *buf = g_try_realloc(s->buf, cap);

        if (!buf)
            return fault_set(f, ENOMEM, "no memory for %zu bytes of a row", cap);
        s->buf = buf;
        s->cap = cap;
    }
    memcpy(s->buf + s->len, bytes, len);
    s->len += len;
    return 0;
}

/* Adds the next bytes of the file to the buffer.  What is UTF-16 has many more signs than rows. */
static int read_more(struct scan *s, const struct plain *file, uint64_t *off, struct fault *f)
{
    g_autoptr(GBytes) bytes = NULL;
    const char *at;
    gsize len;
    int r = plain_read(file, *off, MIN(CHUNK, file->len - *off), f, &bytes);

    if (r < 0)
        return r;
    at = g_bytes_get_data(bytes, &len);
    if (*off == 0 && len >= 2 && (memcmp(at, "\xff\xfe", 2) == 0 || memcmp(at, "\xfe\xff", 2) == 0))
        return fault_set(f, EILSEQ, "'%s' is UTF-16 text; wanted is UTF-8", file->path);
    *off += len;
    if (s->off == 0 && *off == len && len >= strlen(MARK) && memcmp(at, MARK, strlen(MARK)) == 0) {
        at += strlen(MARK);
        len -= strlen(MARK);
        s->off = strlen(MARK);
    }
    return append(s, at, len, f);
}

int rows_scan(const struct plain *file, struct rows_form form, rows_found_fn *found, void *ctx,
              struct fault *f, struct row *ret_end, bool *ret_open)
{
    struct scan s = {.found = found, .ctx = ctx, .line = 1};
    uint64_t off = 0;
    int r = 0;

    init_signs(&s, form);
    while (r == 0 && off < file->len) {
        drop_what_is_done(&s);
        r = read_more(&s, file, &off, f);
        if (r == 0)
            r = scan_buffer(&s, f);
    }
    *ret_open = s.state == IN_QUOTES;
    if (r == 0 && s.state != BETWEEN)
        r = end_row(&s, f);
    *ret_end = (struct row){.off = s.off + s.at, .line = s.line};
    g_free(s.buf);
    return r;
}
