/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Specs that are written in the tests themselves: parsed, filled up, and what they are told. */
#pragma once

#include "ops/spec/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/complaints.h"

/* Parses what must be good. */
static inline struct spec *parse(const char *text, const char *const *defines)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct spec *s = NULL;
    int r = spec_parse("s", text, strlen(text), (char *const *)defines, c, &s);

    if (r < 0 || complaints_len(c) > 0) {
        g_autofree char *printed = complaints_text(c);

        fail_msg("%d: %s", r, printed);
    }
    return s;
}

/* Parses what must be bad; only the sentences are compared, one a line, each with its place. */
static inline void check_bad(const char *text, size_t len, const char *const *defines,
                             const char *wanted)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    g_autoptr(GString) got = g_string_new(NULL);
    OWN(spec_free) struct spec *s = NULL;
    g_autofree char *printed = NULL;
    g_auto(GStrv) lines = NULL;

    int r = spec_parse("s", text, len, (char *const *)defines, c, &s);
    assert_true((r == 0) == (s != NULL));
    assert_true(complaints_len(c) > 0);
    assert_int_equal(complaints_kind(c), COMPLAINT_SPEC);
    printed = complaints_text(c);
    lines = g_strsplit(printed, "\n", -1);
    for (unsigned i = 0; lines[i]; i++)
        if (g_str_has_prefix(lines[i], "s:"))
            g_string_append_printf(got, "%s%s", got->len ? "\n" : "", lines[i] + 2);
    assert_string_equal(got->str, wanted);
}

#define BAD(text, wanted) check_bad(text, strlen(text), NULL, wanted)

static inline const char *text_at(const struct spec *s, const char *key)
{
    const struct node *n = node_find(spec_root(s), key);

    assert_non_null(n);
    assert_int_equal(n->kind, NODE_SCALAR);
    return n->text;
}

/* The same text over and over, up to the largest spec. */
static inline char *fill_spec(const char *begin, const char *item)
{
    GString *text = g_string_new(begin);

    while (text->len + strlen(item) <= SPEC_MAX_BYTES)
        g_string_append(text, item);
    return g_string_free(text, FALSE);
}
