/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cells of one row of separated values, by libcsv. */
#pragma once

#include "ops/base/own.h"
#include "ops/source/rows.h"

/* One row after the other in the same memory.  Lifetime: call. */
struct cells;

/* NULL = no memory. */
struct cells *cells_new(struct rows_form form);
void cells_free(struct cells *c); /* takes NULL */
OWN_DEFINE(struct cells, cells_free)

/* Takes a row apart, which is text without NUL and 0xff; -ENOMEM.  Blanks are of the cells. */
int cells_parse(struct cells *c, const char *row, size_t len);

/* Of the row that was parsed last; borrowed until the next. */
uint32_t cells_len(const struct cells *c);
const char *cells_at(const struct cells *c, uint32_t k, size_t *ret_len); /* ends with a NUL */
