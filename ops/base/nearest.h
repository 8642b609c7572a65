/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The known name that a mistyped one probably meant. */
#pragma once

/* Bytes of a name; longer ones, which nobody types, are close to nothing. */
#define NEAREST_MAX 64

struct nearest {
    const char *wanted;
    char best[NEAREST_MAX + 1]; /* "" = nothing close */
    unsigned distance;
};

/* Start with the mistyped name; offer every known name; ask. */
void nearest_init(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *known);

/* "; did you mean 'x'?" in buf, or "" when nothing known is close.  Returns buf. */
const char *nearest_hint(const struct nearest *n, char *buf, unsigned size);
