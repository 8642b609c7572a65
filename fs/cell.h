/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells of lines and tables for a person. */
#pragma once

#include <glib.h>

/* Numbers as texts of nine columns at most, owned by the caller. */
char *cell_count(double n);
char *cell_rate(double n); /* with a decimal as long as it is below 1000 */
char *cell_percent(double part);
char *cell_bytes(double n); /* in powers of 1024: 1.5M */
char *cell_time(double ms); /* 850 us, 12.3 ms, 1.2 s */

/* Appends a text from outside (NULL: "?"), cut to so many columns; what would move the cursor is
 * told as '?'.  Returns the columns that it takes. */
unsigned cell_text(const char *text, unsigned width, GString *ret);

/* Appends a cell of so many columns; on the left at least one is a blank behind the text. */
void cell_left(const char *text, unsigned width, GString *ret);
void cell_right(char *own_text, int width, GString *ret);
void cell_end(GString *ret); /* the end of a line, without trailing blanks */
