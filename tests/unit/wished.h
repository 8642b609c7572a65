/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wishes over a spec that is written in the test itself. */
#pragma once

#include "fs/wishing.h"

#include "tests/unit/trees.h"

struct wished {
    struct tree_test tree;
    struct log *log;
    struct wishes *wishes;
    struct fault fault;
};

static inline void wished_start(struct wished *t, const char *spec)
{
    start(&t->tree);
    load(&t->tree, spec);
    t->log = log_new(false);
    t->wishes = wishes_new(t->tree.plan, t->tree.names, t->log);
    wishes_set_window(t->wishes, 4);
}

static inline void wished_finish(struct wished *t)
{
    wishes_free(t->wishes);
    log_free(t->log);
    finish(&t->tree);
}

/* Writes a text as a program would: opens, writes, closes.  0, or the first failure. */
static inline int wished_write(struct wished *t, enum wish which, const char *text)
{
    OWN(wishing_free) struct wishing *x = wishing_new(t->wishes, which);
    int r = wishing_write(x, text, strlen(text), &t->fault);

    if (r == 0)
        r = wishing_flush(x, &t->fault);
    return r == 0 ? wishing_end(x, &t->fault) : r;
}

static inline void assert_written(struct wished *t, enum wish which, const char *text)
{
    if (wished_write(t, which, text) < 0)
        fail_msg("'%s': %s", text, t->fault.text);
}

/* All that is handed out now, as "INDEX" or "OUTPUT/INDEX": at most n. */
static inline void assert_next(struct wished *t, enum wish which, unsigned n, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);
    uint64_t owner;
    struct key k;

    for (; n > 0; n--) {
        if (!(which == WISH_ORDER ? wishes_next_order : wishes_next_warm)(t->wishes, &k, &owner))
            break;
        assert_true(owner & WISHES_OWNER);
        g_string_append(got, got->len > 0 ? " " : "");
        if (k.output > 0)
            g_string_append_printf(got, "%" PRIu32 "/", k.output);
        g_string_append_printf(got, "%" PRIu64, k.index);
    }
    assert_string_equal(got->str, want);
}

static inline void assert_reads(struct wished *t, enum wish which, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);

    wishes_print(t->wishes, which, got);
    assert_string_equal(got->str, want);
}

static inline void assert_progress(struct wished *t, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);

    wishes_print_progress(t->wishes, got);
    assert_string_equal(got->str, want);
}

/* The lines of the log without their times. */
static inline void assert_logged(struct wished *t, const char *want)
{
    g_autoptr(GString) log = g_string_new(NULL);
    g_autoptr(GString) got = g_string_new(NULL);
    g_auto(GStrv) lines = NULL;

    log_print(t->log, log);
    lines = g_strsplit(log->str, "\n", -1);
    for (unsigned i = 0; lines[i] && *lines[i]; i++)
        g_string_append_printf(got, "%s\n", lines[i] + strlen("2000-01-01 00:00:00 "));
    assert_string_equal(got->str, want);
}
