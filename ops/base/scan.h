/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Strict readers of scalars: the whole text must be the value; on false *ret is untouched.
 * Locale-independent; no leading or trailing blanks. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool scan_bool(const char *text, bool *ret);     /* true false yes no on off */
bool scan_int(const char *text, int64_t *ret);   /* decimal, 0x..; optional sign; may end in .0 */
bool scan_double(const char *text, double *ret); /* also .inf, inf, -inf; not nan */
bool scan_size(const char *text,
               uint64_t *ret); /* bytes: 4096, 64K, 1.5M, 2G, 1T (powers of 1024) */
bool scan_duration(const char *text, double *ret); /* seconds: 30, 1.5, 200ms, 30s, 2m, 1h */

/* The digits that a text begins with, as a number; *text is then what is behind them.  false =
 * there are none, or 64 bits do not hold it: then *text is untouched, too. */
bool scan_digits(const char **text, uint64_t *ret);
