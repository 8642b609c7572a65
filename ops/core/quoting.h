/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scalars as the cells of a CSV file, by RFC 4180. */
#pragma once

#include "ops/core/value.h"

/* Appends a null (nothing), bool, int, float or text; in quotes where it holds the delimiter, a
 * quote or the end of a line.  false, and nothing appended, for other kinds. */
bool quoting_print(const struct value *v, char delimiter, GString *ret);
/* The same of a text, or a name. */
void quoting_print_text(const char *text, gsize len, char delimiter, GString *ret);
