/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans for tests of rooms that serve one. */
#pragma once

#include "ops/core/plan.h"

#include <string.h>

/* The plan of a spec that must be right, or NULL after having told why it is not.
 * Its folder is the root, so that programs can be started there. */
static inline struct plan *plan_of(const char *text)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct plan *p = NULL;

    complaints_set_source(c, "t.yaml", text, strlen(text));
    if (plan_parse("/t.yaml", text, strlen(text), NULL, c, &p) < 0)
        complaints_print(c, stderr);
    return p;
}
