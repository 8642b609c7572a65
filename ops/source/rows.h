/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of a text file, found in one pass.  A row ends with its line, unless the end of the line
 * stands in quotes; lines without anything are no rows. */
#pragma once

#include "ops/base/fault.h"
#include "ops/source/plain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROWS_MAX ((uint64_t)1 << 28) /* bytes of a row; longer ones are elements that fail */

/* How rows are written.  Plain data. */
struct rows_form {
    unsigned char delimiter; /* of cells; 0 = there are no cells */
    unsigned char quote;     /* 0 = there are no quotes */
};

/* Where a row begins.  Plain data. */
struct row {
    uint64_t off;
    uint64_t line; /* from 1; it ends by a newline, a carriage return, or both */
};

/* Called with each row in turn, without the end of its line.  text NULL: it is longer than
 * ROWS_MAX. */
typedef int rows_found_fn(void *ctx, struct row at, const char *text, size_t len, struct fault *f);

/* Goes through all of a file, but for a byte order mark.  What found() returns below 0 ends it.
 * *ret_end: behind the last row; *ret_open: the last row has a quote that is not closed. */
int rows_scan(const struct plain *file, struct rows_form form, rows_found_fn *found, void *ctx,
              struct fault *f, struct row *ret_end, bool *ret_open);
