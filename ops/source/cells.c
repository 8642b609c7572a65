/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes rows apart. */
#include "ops/source/cells.h"

#include <csv.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

/* In place of a quote where there are none: in no UTF-8 text. */
#define NO_QUOTE 0xff

struct cells {
    struct csv_parser parser;
    char *text; /* the cells, each with a NUL behind it; owned */
    size_t text_cap, text_len;
    size_t *ends; /* of the cells in text, behind their NULs; owned */
    uint32_t len, cap;
    bool no_memory;
};

static int is_no_blank(unsigned char c)
{
    return 0;
}

struct cells *cells_new(struct rows_form form)
{
    struct cells *c = g_new0(struct cells, 1);

    if (csv_init(&c->parser, 0) != 0) {
        g_free(c);
        return NULL;
    }
    csv_set_delim(&c->parser, form.delimiter);
    csv_set_quote(&c->parser, form.quote ? form.quote : NO_QUOTE);
    csv_set_space_func(&c->parser, is_no_blank);
    return c;
}

void cells_free(struct cells *c)
{
    if (!c)
        return;
    csv_free(&c->parser);
    g_free(c->text);
    g_free(c->ends);
    g_free(c);
}

static bool make_room(struct cells *c)
{
    const uint32_t cap = c->cap == 0 ? 16 : c->cap * 2;
    size_t *ends = cap > c->cap ? g_try_realloc_n(c->ends, cap, sizeof *ends) : NULL;

    if (!ends)
        return false;
    c->ends = ends;
    c->cap = cap;
    return true;
}

/* The cells of a row and as many delimiters are no longer than the row. */
static void add_cell(void *cell, size_t len, void *ctx)
{
    struct cells *c = ctx;

    c->no_memory = c->no_memory || (c->len == c->cap && !make_room(c));
    if (c->no_memory || len >= c->text_cap - c->text_len)
        return;
    memcpy(c->text + c->text_len, cell, len);
    c->text_len += len;
    c->text[c->text_len++] = '\0';
    c->ends[c->len++] = c->text_len;
}

int cells_parse(struct cells *c, const char *row, size_t len)
{
    c->text_len = 0;
    c->len = 0;
    c->no_memory = false;
    if (c->text_cap < len + 2) {
        char *text = g_try_realloc(c->text, len + len / 2 + 256);

        if (!text)
            return -ENOMEM;
        c->text = text;
        c->text_cap = len + len / 2 + 256;
    }
    csv_set_blk_size(&c->parser, len + 1);
    if (csv_parse(&c->parser, row, len, add_cell, NULL, c) != len ||
        csv_fini(&c->parser, add_cell, NULL, c) != 0 || c->no_memory)
        return -ENOMEM;
    return 0;
}

uint32_t cells_len(const struct cells *c)
{
    return c->len;
}

const char *cells_at(const struct cells *c, uint32_t k, size_t *ret_len)
{
    const size_t start = k > 0 ? c->ends[k - 1] : 0;

    *ret_len = c->ends[k] - 1 - start;
    return c->text + start;
}
