/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a text that comes in pieces, cut anywhere: numbers, names a line, or JSON.
 *
 * A text that begins with '[' is a JSON list of numbers and strings: each is a word.  In any other,
 * a line of digits, '-', commas and blanks alone is a list of words; another line is one word, or,
 * where that means nothing, the words between its commas, and then those between blanks.  So names
 * may have both.  Empty lines are nothing. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <stddef.h>

#define WORDS_MAX 65536 /* bytes of a word, and of a line that is one */

/* Takes a word: 0, or -errno and f.  -ENOENT: it means nothing. */
typedef int words_take_fn(void *ctx, const char *word, struct fault *f);

/* Lifetime: caller.  One thread at a time. */
struct words;

struct words *words_new(words_take_fn *take, void *ctx);
void words_free(struct words *w);
OWN_DEFINE(struct words, words_free)

/* Takes what is complete with this piece.  After a failure w can only be freed. */
int words_add(struct words *w, const char *text, size_t len, struct fault *f);

/* Takes what is left, as if the text ended here.  More may be added as if this had not been called:
 * the caller drops what was taken by it then. */
int words_end(struct words *w, struct fault *f);

/* The line of the word taken last, or of what was wrong; the first is 1. */
uint64_t words_line(const struct words *w);
