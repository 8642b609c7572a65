/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources that are the rows of a text file: what they have in common, however rows are written.
 * Columns that name files are the bytes of these. */
#pragma once

#include "ops/op.h"
#include "ops/source/facts.h"
#include "ops/source/plain.h"

#define TABLE_COLUMNS 65536 /* of a file at most */

/* A column that was chosen.  Lifetime: the table's. */
struct table_column {
    const char *name;     /* in the spec or in the facts */
    uint32_t at;          /* which of the facts' columns */
    bool known;           /* all its values are of one kind, or null */
    bool given;           /* which the spec says */
    enum value_kind kind; /* that kind */
    bool file;            /* its texts name files */
    const char *suffix;   /* of all these files; NULL = none or differs */
    bool differs;         /* it is that of each row */
};

struct table;

/* How rows are written. */
struct table_format {
    const char *kind; /* kept_key's */
    uint32_t version; /* likewise */
    bool textual;     /* values that differ in kind, or are missing, are texts */
    uint32_t first;   /* of the facts' columns that is one */
    const char *noun; /* "column", "key": for messages */
    /* Goes through all rows.  Messages name the file. */
    int (*survey)(const struct table *t, struct facts_writer *w, struct fault *f);
    /* The values of n of the chosen columns, from `from` on, of a row's text; of one that names a
     * file, that name.  Of a table of values, the one there is.  Messages go on behind "row I (line
     * L) of 'PATH' ". */
    int (*parse)(const struct table *t, uint64_t i, GBytes *row, uint32_t from, uint32_t n,
                 struct fault *f, struct value **ret);
};

/* What the spec says, and what is known of the file.  Lifetime: the sequence's. */
struct table {
    const struct table_format *format;
    struct rows_form form;
    bool header;                 /* the first row has the names */
    bool values;                 /* rows are no records: there are no columns */
    const struct node *wanted;   /* columns; NULL = all */
    const struct strings *named; /* columns that name files */

    struct plain file;
    char *folder; /* of the path as written: "" or ending in '/'; owned */
    struct facts facts;
    struct table_column *chosen; /* owned */
    struct columns columns;      /* as many */
};

/* Opens the file, surveys it or finds what is kept of that, and chooses columns.  The first part of
 * own_t is set. */
int table_open(struct seq *s, struct table *own_t, const char *path, struct fault *f);

/* For struct op. */
#define TABLE_ATTRS "line"
void table_close(struct seq *s);
struct type table_type(const struct seq *s, uint64_t i);
uint64_t table_n_parts(const struct seq *s, uint64_t i);
bool table_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                uint64_t *ret_i);
const char *table_field(const struct seq *s, uint64_t k);
bool table_attr(const struct seq *s, uint64_t i, const char *name, GString *ret);
char *table_origin(const struct seq *s, uint64_t i);
void table_identify(const struct call *c, struct digest *d);
int table_get(const struct call *c, struct value **ret);

/* The kind that all values of a column have, from what was seen; false = they differ. */
bool table_kind(const struct table_format *format, uint32_t seen, enum value_kind *ret);

/* Between the two halves of the room.  What a column is as a sequence: scalars, or files. */
extern const struct op table_scalars, table_files;
/* Sets t->chosen; *ret_len is how many. */
int table_choose(const struct seq *s, struct table *t, struct fault *f, uint32_t *ret_len);
