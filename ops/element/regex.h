/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Regular expressions of users: told where they are wrong, and stopped when they search too long.
 */
#pragma once

#include "ops/op.h"

/* Compiles one, for any thread.  The message says where it is wrong; it names no step. */
int regex_new(const char *pattern, struct fault *f, GRegex **ret);

/* As a text that `with` puts in place of a match: \1 or \g<name> must be a group of the
 * expression. */
int regex_check_replacement(const GRegex *regex, const char *with, struct fault *f);

/* One match after the other.  Lifetime: call. */
struct regex_search {
    const GRegex *regex;
    const char *text;
    int64_t deadline;  /* as of struct eval */
    GMatchInfo *match; /* owned by regex_finish() */
};

/* The next match, 1: where it is in the text, bytes; 0 if there is none.  A search that goes back
 * and forth too often is a fault. */
int regex_next(struct regex_search *s, struct fault *f, int *ret_start, int *ret_end);
void regex_finish(struct regex_search *s);

/* For identify(): whose Unicode and whose regular expressions these are. */
void regex_identify(struct digest *d);
