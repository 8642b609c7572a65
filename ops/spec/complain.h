/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that is wrong with a spec, collected, and shown with places, lines and carets. */
#pragma once

#include "ops/base/mark.h"
#include "ops/base/own.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#define COMPLAINTS_MAX \
    1000 /* kept; more are only counted, so whoever looks for faults may stop there */

enum complaint_kind {
    COMPLAINT_SPEC,   /* the spec is wrong: exit status 3 */
    COMPLAINT_SOURCE, /* the spec is right, a source is not: exit status 4 */
};

/* Lifetime: call.  One per loading. */
struct complaints;

struct complaints *complaints_new(void);
void complaints_free(struct complaints *c);
OWN_DEFINE(struct complaints, complaints_free)

/* Names the file that marks refer to and keeps a copy of its text for showing lines.  text may be
 * NULL. */
void complaints_set_source(struct complaints *c, const char *path, const char *text, size_t len);

/* One complaint: a sentence, lower case, no full stop.  The same sentence at the same place counts
 * once. */
void complaints_add(struct complaints *c, enum complaint_kind kind, struct mark at, const char *fmt,
                    ...) G_GNUC_PRINTF(4, 5);

unsigned complaints_len(const struct complaints *c);

/* Whether there are more than will be shown, so that no more hints need be looked for. */
bool complaints_enough(const struct complaints *c);

/* COMPLAINT_SPEC if any is of that kind. */
enum complaint_kind complaints_kind(const struct complaints *c);

/* Prints them in the order of their places, at most 100 and then how many more at least:
 *     src.yaml:4:5: thumbnail: no argument 'widht'; did you mean 'width'?
 *       - thumbnail: {widht: 224}
 *                     ^~~~~
 */
void complaints_print(const struct complaints *c, FILE *out);

/* Prints "  LINE\n  caret\n" of one place of a text.  Long lines are cut around the caret, tabs
 * become blanks, what is not printable becomes '?'.  Prints nothing when the text has no such line.
 */
void complain_show(const char *text, size_t len, struct mark at, FILE *out);

/* The place of the byte at off of a text: lines end as YAML's do, a byte that is not UTF-8 is a
 * character. */
struct mark complain_place(const char *text, size_t len, size_t off);
