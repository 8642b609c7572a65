/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lists or records of several sequences have in common: their fields, and the types of their
 * parts. */
#include "ops/core/nested.h"

#include <string.h>

#define LOOKED_AT 65536 /* elements */

struct nested {
    enum value_kind kind;
    bool broken;             /* there are some that are not parted, or have other fields */
    const struct seq *model; /* the first that was added */
    const struct seq *last;  /* the last that was added */
    uint64_t n_types;        /* of records: fields; else 1 */
    uint64_t n_parts;        /* of all lists; SEQ_ANY = they differ */
    struct type *types;      /* of the parts, common to all; owned */
};

struct nested *nested_new(enum value_kind kind)
{
    struct nested *n = g_new0(struct nested, 1);

    n->kind = kind;
    return n;
}

void nested_free(struct nested *n)
{
    if (!n)
        return;
    g_free(n->types);
    g_free(n);
}

static bool has_same_fields(const struct nested *n, const struct seq *s)
{
    if (n->kind != VALUE_RECORD)
        return true;
    if (seq_n_parts(s, SEQ_ANY) != n->n_types)
        return false;
    for (uint64_t k = 0; k < n->n_types; k++)
        if (strcmp(seq_field(s, k), seq_field(n->model, k)) != 0)
            return false;
    return true;
}

static void add_first(struct nested *n, const struct seq *s)
{
    n->model = s;
    n->n_parts = seq_n_parts_of_all(s); /* nobody knows where the last one will be */
    n->n_types = n->kind == VALUE_RECORD ? seq_n_parts(s, SEQ_ANY) : 1;
    if (n->n_types == SEQ_ANY) {
        n->broken = true;
        return;
    }
    n->types = g_new(struct type, n->n_types);
    for (uint64_t k = 0; k < n->n_types; k++)
        n->types[k] = seq_part_type(s, SEQ_ANY, k);
}

void nested_add(struct nested *n, const struct seq *s)
{
    struct type t;

    if (n->broken || n->last == s)
        return;
    n->last = s;
    t = seq_type(s, SEQ_ANY);
    if (!t.known || t.kind != n->kind || !t.parted) {
        n->broken = true;
    } else if (!n->model) {
        add_first(n, s);
    } else if (!has_same_fields(n, s)) {
        n->broken = true;
    } else {
        if (seq_n_parts_of_all(s) != n->n_parts)
            n->n_parts = SEQ_ANY;
        for (uint64_t k = 0; k < n->n_types; k++)
            n->types[k] = type_common(n->types[k], seq_part_type(s, SEQ_ANY, k));
    }
}

uint64_t nested_stride(uint64_t len)
{
    return len / LOOKED_AT + 1;
}

bool nested_is_parted(const struct nested *n)
{
    return n->model && !n->broken;
}

uint64_t nested_n_parts(const struct nested *n)
{
    return n->kind == VALUE_RECORD ? n->n_types : n->n_parts;
}

const char *nested_field(const struct nested *n, uint64_t k)
{
    return seq_field(n->model, k);
}

struct type nested_part_type(const struct nested *n, uint64_t k)
{
    return n->types[n->kind == VALUE_RECORD ? k : 0];
}
