/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of lists and records, through the steps that only move them. */
#include "ops/core/seq.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Whether a step leaves its input's elements where they are. */
static bool is_identity(const struct seq *s)
{
    return s->n_in == 1 && !s->op->route && !s->op->reach && s->len == s->in[0]->len;
}

bool seq_find_odd(const struct seq *s, uint64_t *ret)
{
    uint64_t odd;

    if (s->len == 0)
        return false;
    if (s->op->where)
        return seq_find_odd(s->in[0], &odd) && s->op->where(s, odd, ret);
    if (is_identity(s) && !s->op->n_parts)
        return seq_find_odd(s->in[0], ret);
    *ret = s->len - 1;
    return s->op->n_parts;
}

uint64_t seq_n_parts_of_all(const struct seq *s)
{
    uint64_t n = seq_n_parts(s, SEQ_ANY), odd;

    return n != SEQ_ANY && seq_find_odd(s, &odd) && seq_n_parts(s, odd) != n ? SEQ_ANY : n;
}

/* Whether elements of a step, if it has any, may be those of an input. */
static bool is_one_of(const struct seq *in, const struct seq *s)
{
    return (in->len > 0 || s->len == 0) && in->any.known && in->any.kind == s->any.kind;
}

static uint64_t n_parts_of_any(const struct seq *s)
{
    uint64_t n = SEQ_ANY;
    bool any = false;

    if (is_identity(s) || s->op->where)
        return seq_n_parts(s->in[0], SEQ_ANY);
    for (uint32_t k = 0; k < s->n_in; k++) {
        const struct seq *in = s->in[k];
        if (!is_one_of(in, s))
            continue;
        uint64_t exact = seq_n_parts_of_all(in);
        if (any && exact != n)
            return SEQ_ANY;
        n = exact;
        any = true;
    }
    return n;
}

uint64_t seq_n_parts(const struct seq *s, uint64_t i)
{
    while (s) {
        if (s->op->n_parts)
            return s->op->n_parts(s, i);
        if (i == SEQ_ANY)
            return n_parts_of_any(s);
        seq_route(s, i, &s, &i);
    }
    return 0;
}

bool seq_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
              uint64_t *ret_i)
{
    for (;;) {
        const struct seq *in;
        uint64_t j;

        if (s->op->part)
            return s->op->part(s, i, k, ret_s, ret_i);
        if (s->op->n_parts || s->op->apply)
            return false;
        if (s->op->get && !(s->op->reach && s->op->reach(s, i, &in, &j)))
            return false;
        if (!s->op->get)
            seq_route(s, i, &in, &j);
        if (!in)
            return false;
        s = in;
        i = j;
    }
}

/* The input that a step's lists or records come from: of several, the first that has such. */
static const struct seq *find_model(const struct seq *s)
{
    for (uint32_t n = 0; n < s->n_in; n++)
        if (is_one_of(s->in[n], s))
            return s->in[n];
    return NULL;
}

const char *seq_field(const struct seq *s, uint64_t k)
{
    while (s && !s->op->field)
        s = find_model(s);
    return s ? s->op->field(s, k) : NULL;
}

const char *seq_field_of(const struct seq *s, uint64_t i, uint64_t k)
{
    for (; s; seq_route(s, i, &s, &i))
        if (s->any.known && s->any.parted && (s->op->field || !s->op->reach))
            return seq_field(s, k);
    return NULL;
}

/* Of any element: where part() cannot say, all inputs may lead to it. */
static struct type part_type_of_any(const struct seq *s, uint64_t k)
{
    const struct seq *part;
    struct type t = {0};
    bool any = false;
    uint64_t j;

    if (s->any.kind == VALUE_RECORD && s->op->part && s->op->part(s, SEQ_ANY, k, &part, &j))
        return seq_type(part, SEQ_ANY);
    for (uint32_t n = 0; n < s->n_in; n++) {
        if (!s->op->part && !is_one_of(s->in[n], s))
            continue;
        struct type in =
            s->op->part ? seq_type(s->in[n], SEQ_ANY) : seq_part_type(s->in[n], SEQ_ANY, k);
        t = any ? type_common(t, in) : in;
        any = true;
    }
    return t;
}

struct type seq_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    while (s) {
        const struct seq *part;
        uint64_t j;

        if (s->op->part_type)
            return s->op->part_type(s, i, k);
        if (i == SEQ_ANY)
            return part_type_of_any(s, k);
        if (s->op->part && s->op->part(s, i, k, &part, &j))
            return seq_type(part, j);
        if (s->op->part)
            break;
        seq_route(s, i, &s, &i);
    }
    return (struct type){0};
}

bool seq_find_field(const struct seq *s, const char *name, uint64_t *ret)
{
    uint64_t n = seq_n_parts(s, SEQ_ANY);

    for (uint64_t k = 0; n != SEQ_ANY && k < n; k++) {
        const char *field = seq_field(s, k);
        if (field && strcmp(field, name) == 0) {
            *ret = k;
            return true;
        }
    }
    return false;
}

int seq_get_part(const struct seq *s, struct eval *e, uint64_t i, uint64_t k, struct value **ret)
{
    OWN(value_unref) struct value *whole = NULL;
    const struct seq *part;
    uint64_t j;

    if (seq_part(s, i, k, &part, &j))
        return seq_get(part, e, j, ret);
    int r = seq_get(s, e, i, &whole);
    if (r < 0)
        return r;
    enum value_kind kind = value_kind(whole);
    if (kind != VALUE_LIST && kind != VALUE_RECORD)
        return fault_set(&e->fault, EINVAL, "the element is %s, wanted is a list or record",
                         value_kind_name(kind));
    if (k >= value_len(whole))
        return fault_set(&e->fault, ERANGE, "the %s has only %u parts", value_kind_name(kind),
                         value_len(whole));
    *ret = value_ref(value_item(whole, (uint32_t)k));
    return 0;
}

static struct value *make(const struct seq *s, uint64_t i, uint32_t len, struct value **own_items)
{
    g_autofree const char **names = NULL;

    if (seq_type(s, i).kind == VALUE_LIST)
        return value_new_list(len, own_items);
    names = g_new(const char *, len);
    for (uint32_t k = 0; k < len; k++)
        names[k] = seq_field_of(s, i, k);
    return value_new_record(len, names, own_items);
}

int seq_collect(const struct seq *s, struct eval *e, uint64_t i, struct value **ret)
{
    uint64_t len = seq_n_parts(s, i), n = 0;
    g_autofree struct value **items = len < UINT32_MAX ? g_try_new(struct value *, len + 1) : NULL;
    int r = 0;

    if (!items && len >= UINT32_MAX)
        return fault_set(&e->fault, EFBIG, "a list of %" PRIu64 " items is too long for memory",
                         len);
    if (!items)
        return fault_set_errno(&e->fault, ENOMEM, "a list of %" PRIu64 " items", len);
    while (n < len && r == 0) {
        r = seq_get_part(s, e, i, n, &items[n]);
        n += r == 0;
    }
    if (r == 0)
        *ret = make(s, i, (uint32_t)len, items);
    else
        while (n > 0)
            value_unref(items[--n]);
    return r;
}
