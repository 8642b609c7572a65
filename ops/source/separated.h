/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables whose rows are values with a delimiter between them: csv and tsv. */
#pragma once

#include "ops/source/table.h"

/* The parameters of both. */
struct separated {
    const char *path;
    const char *delimiter;
    const char *quote;
    bool header;
    const struct node *columns;
    struct strings files;
};

/* open() of both; the rest is the table's. */
int separated_open(struct seq *s, struct fault *f);

/* What the manuals of both go on with. */
#define SEPARATED_MANUAL                                                                          \
    "Every row is a record with a field for each column; it has as many cells as the first row, " \
    "or is an element that fails. Lines end with a newline, a carriage return or both; those "    \
    "without anything are passed over. The text is UTF-8, with or without a byte order mark.\n\n" \
    "The first row names the columns; with `header: false` they are column0, column1 and so on, " \
    "or have the names, for all of them, of `columns`. Else `columns` chooses, in its order, by " \
    "a list, or with kinds, by a mapping {label: int, note: text} of int, float, bool and text. " \
    "Of a column without a kind it follows from all rows: int if every cell is a whole number "   \
    "that 64 bits hold, float if every one is a decimal number, and else text; what begins with " \
    "a plus or with a 0 before other digits (as of a telephone or in 007), 'nan' and 'true' are " \
    "texts. Blanks around a number do not count: \"1 \" is an int. A cell that is empty is null " \
    "among numbers, and \"\" among texts. Where a kind is "                                       \
    "given, cells that are not of it fail.\n\n"                                                   \
    "Columns in `files` name files, from the folder of the table on: their elements are the "     \
    "bytes of these, with the attributes {path}, {dir}, {parent}, {name}, {stem} and {ext}. "     \
    "All columns have {line}, counted from 1, and {COLUMN} stands for a value: in templates, "    \
    "and in the conditions of `filter`.\n\n"                                                      \
    "The file may be compressed by gzip, bzip2, xz or zstd. It is looked through once, when it "  \
    "is mounted, and rows are read when they are asked for. What was found in a big file is "     \
    "kept in $XDG_CACHE_HOME/seqfs/index for the next time. Where a row has more than 1 MiB, "    \
    "values are no attributes."
