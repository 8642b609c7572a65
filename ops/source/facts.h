/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one pass over the rows of a file tells: where they are, and what is in their columns.  It is
 * written to a file, which may be kept, and read from there. */
#pragma once

#include "ops/op.h"
#include "ops/source/rows.h"

/* What was seen of a column: bits of 1 << enum value_kind. */
#define FACTS_SEEN(kind) (1u << (kind))

/* One column.  Lifetime: the facts'. */
struct fact {
    char *name;          /* owned */
    uint32_t seen;       /* FACTS_SEEN() of its values */
    GPtrArray *suffixes; /* that its texts have as file names, each once, "" among them; owned; NULL
                            = none or, if many, too many to be told */
    bool many;
};

/* All-zero is none. */
struct facts {
    struct row *rows; /* n_rows, and where the last one ends; owned */
    uint64_t n_rows;
    struct fact *columns; /* owned */
    uint32_t n_columns;
    bool open; /* the last row has a quote that is not closed */
};

void facts_finish(struct facts *x);

/* The suffix as the column has it, for as long as the facts live; NULL = it is none of its. */
const char *facts_find_suffix(const struct fact *fact, const char *ext);

/* While they are found: rows are written at once.  Lifetime: call. */
struct facts_writer;

/* fd stays the caller's.  NULL = no memory. */
struct facts_writer *facts_write(int fd);
void facts_writer_free(struct facts_writer *w); /* takes NULL */
OWN_DEFINE(struct facts_writer, facts_writer_free)

void facts_add_row(struct facts_writer *w, struct row at);
uint32_t facts_n_columns(const struct facts_writer *w);
void facts_add_column(struct facts_writer *w, const char *name);
/* A value of column k; text: of a VALUE_TEXT, else NULL. */
void facts_see(struct facts_writer *w, uint32_t k, enum value_kind kind, const char *text);
/* Tells of what was added, too, that could not be written. */
int facts_end(struct facts_writer *w, struct row end, bool open, struct fault *f);

/* What facts_end() ended.  Messages name no file. */
int facts_read(int fd, struct fault *f, struct facts *ret);
