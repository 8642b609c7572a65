/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The known name that a mistyped one probably meant. */
#pragma once

struct nearest {
    const char *wanted;
    const char *best; /* borrowed from the caller of nearest_offer(); NULL = nothing close */
    unsigned distance;
};

/* Start with the mistyped name; offer every known name; ask. */
void nearest_init(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *known);

/* "; did you mean 'x'?" in buf, or "" when nothing known is close.  Returns buf. */
const char *nearest_hint(const struct nearest *n, char *buf, unsigned size);
