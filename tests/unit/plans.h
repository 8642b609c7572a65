/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans of specs that are written in the tests themselves. */
#pragma once

#include "ops/core/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/complaints.h"

/* Loads a text as if it were the file t.yaml in a folder; 0, or negative and what is in c. */
static inline int plan_try(const char *folder, const char *text, struct complaints *c,
                           struct plan **ret)
{
    g_autofree char *path = g_build_filename(folder, "t.yaml", NULL);

    return plan_parse(path, text, strlen(text), NULL, c, ret);
}

/* The plan of a spec that must be right.  Its folder is the root, so that programs can be started
 * there. */
static inline struct plan *plan_of(const char *text)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct plan *p = NULL;

    if (plan_try("/", text, c, &p) < 0) {
        g_autofree char *said = complaints_text(c);

        fail_msg("%s", said);
    }
    return p;
}
