/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of columns that are in memory, so that they cost no more than a look: numbers, null, and
 * short texts. */
#pragma once

#include "ops/op.h"
#include "ops/source/arena.h"

#define SCALARS_MAX ((uint64_t)256 << 20) /* bytes that all values of a source take up at most */
#define SCALARS_TEXT 4096                 /* bytes of a text; one that has more is not short */

/* One value. */
struct scalar {
    union {
        int64_t n;
        double x;
        const char *text; /* in the arena */
    } as;
    uint32_t len;         /* of a text */
    enum value_kind kind; /* VALUE_NULL, VALUE_INT, VALUE_FLOAT or VALUE_TEXT */
};

/* Lifetime: the sequence's.  All-zero is valid and has no columns. */
struct scalars {
    struct scalar **columns; /* owned, and each of them; NULL = this one is not kept */
    uint32_t n_columns;
    uint64_t len; /* of each */
    struct arena texts;
    uint64_t bytes; /* of all */
};

/* Makes room for the columns k of which wanted[k]; false = there is none for so many, or none are
 * wanted: then there are no columns. */
bool scalars_init(struct scalars *x, const bool *wanted, uint32_t n_columns, uint64_t len);
void scalars_finish(struct scalars *x);

/* text: of a VALUE_TEXT, copied.  false = it is not short, not UTF-8, or there is no room. */
bool scalars_put(struct scalars *x, uint32_t k, uint64_t i, struct scalar value);
bool scalars_has(const struct scalars *x, uint32_t k);
/* Owned. */
struct value *scalars_get(const struct scalars *x, uint32_t k, uint64_t i);
