/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole story of one element's failure, for a person. */
#pragma once

#include "ops/core/plan.h"

/* The circumstances of a failure.  Lifetime: call. */
struct incident {
    uint32_t output;
    uint64_t index;
    int64_t when;         /* microseconds since 1970 */
    double seconds;       /* how long the attempt took */
    unsigned attempt;     /* from 1 */
    const char *program;  /* for the line that reproduces it: "seqfs" */
    char *const *defines; /* as given to plan_load() */
};

/* "element 7 (photos/cat.jpg): thumbnail: ..." without a newline.  Appends. */
void report_headline(const struct plan *p, const struct incident *at, const struct fault *f,
                     GString *ret);

/* What `seqfs eval` takes for it: "7", "train/3/7.image", ".seqfs/sequences/small/7".  Appends. */
void report_print_element(const struct plan *p, const struct incident *at, GString *ret);

/* A line for each file that element i of s comes from: its path, size and time; of many the first.
 * Appends. */
void report_print_sources(const struct seq *s, uint64_t i, GString *ret);

/* The report: headline; place of creation, its line and a caret; the chain of steps down to the
 * source; the source's path, size and time; what was said; when, how long, which attempt; the
 * command that reproduces it.  Appends. */
void report_print(const struct plan *p, const struct incident *at, const struct fault *f,
                  GString *ret);
