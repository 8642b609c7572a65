/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What steps on text take: text, the bytes of a text file, and some any scalar as it reads. */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/seq.h"

enum text_input {
    TEXT_ALONE,   /* text, or bytes that are text */
    TEXT_SCALARS, /* numbers, true, false and null too */
};

/* For open(): whether what is known of in[0] can be taken.  The message begins with the step. */
int text_check(const struct seq *s, enum text_input takes, struct fault *f);

/* The text of an element.  Of bytes: UTF-8 without NUL, and the newline at its end, which text has
 * in a file, does not belong to it.  Owned by the caller, g_free(). */
int text_of(const struct value *v, enum text_input takes, struct fault *f, char **ret);

/* Removes white space, as Unicode has it, from both ends.  In place; returns text. */
char *text_strip(char *text);

/* A text of what g_free() would free. */
struct value *text_value(char *own_text);
