/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The known name that a mistyped one probably meant, by Damerau-Levenshtein distance. */
#include "ops/base/nearest.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Distances are told in halves, so that a mere difference of case still loses to the same name. */
#define EDIT 2u

/* "max_size" and "Max-Size" are the same name to who mistypes. */
static char fold(char c)
{
    return c == '_' ? '-' : g_ascii_tolower(c);
}

/* Edits from a to b: insertions, deletions, substitutions and swaps of neighbours (the "optimal
 * string alignment" variant, Wagner and Fischer's table with Damerau's swap; three rows are kept).
 * Bytes stand for characters. */
static unsigned edits(const char *a, const char *b)
{
    unsigned rows[3][NEAREST_MAX + 1];
    size_t alen = strlen(a), blen = strlen(b);

    for (size_t j = 0; j <= blen; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= alen; i++) {
        const unsigned *before = rows[(i + 1) % 3], *above = rows[(i + 2) % 3];
        unsigned *row = rows[i % 3];

        row[0] = i;
        for (size_t j = 1; j <= blen; j++) {
            unsigned best = above[j - 1] + (fold(a[i - 1]) != fold(b[j - 1]));

            best = MIN(best, MIN(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]))
                best = MIN(best, before[j - 2] + 1);
            row[j] = best;
        }
    }
    return rows[alen % 3][blen];
}

/* Does one name begin with the other?  Then the difference of their lengths, else 0. */
static unsigned prefix_rest(const char *a, const char *b)
{
    size_t alen = strlen(a), blen = strlen(b), len = MIN(alen, blen);

    for (size_t i = 0; i < len; i++)
        if (fold(a[i]) != fold(b[i]))
            return 0;
    return len < 3 ? 0 : MAX(alen, blen) - len;
}

void nearest_init(struct nearest *n, const char *wanted)
{
    *n = (struct nearest){.wanted = wanted, .distance = G_MAXUINT};
}

void nearest_offer(struct nearest *n, const char *known)
{
    size_t len = strnlen(n->wanted, NEAREST_MAX + 1);
    unsigned limit = MAX(1, len / 3);
    unsigned distance, n_edits, rest;

    if (len == 0 || len > NEAREST_MAX || strnlen(known, NEAREST_MAX + 1) > NEAREST_MAX)
        return;
    n_edits = edits(n->wanted, known);
    rest = prefix_rest(n->wanted, known);
    if (n_edits <= limit && n_edits < len)
        distance = EDIT * n_edits + (n_edits == 0 && strcmp(n->wanted, known) != 0);
    else if (rest > 0)
        distance = EDIT * limit + rest; /* any name within the limit is closer */
    else
        return;
    if (distance < n->distance) {
        g_strlcpy(n->best, known, sizeof n->best);
        n->distance = distance;
    }
}

const char *nearest_hint(const struct nearest *n, char *buf, unsigned size)
{
    int len = n->best[0] ? snprintf(buf, size, "; did you mean '%s'?", n->best) : 0;

    if (size > 0 && (len <= 0 || (unsigned)len >= size))
        buf[0] = '\0';
    return buf;
}
