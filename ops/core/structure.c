/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts lists and records together from parts. */
#include "ops/core/structure.h"

#include <errno.h>
#include <string.h>

#include "ops/core/digest.h"
#include "ops/core/parts.h"
#include "ops/core/random.h"

static struct type type_of_first(const struct seq *s, uint64_t i)
{
    return seq_type(s->in[0], i);
}

static uint64_t n_parts_of_first(const struct seq *s, uint64_t i)
{
    return seq_n_parts(s->in[0], i);
}

static const char *field_of_first(const struct seq *s, uint64_t k)
{
    return seq_field(s->in[0], k);
}

static void route_to_first(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

static bool where_it_was(const struct seq *s, uint64_t j, uint64_t *ret_i)
{
    *ret_i = j;
    return true;
}

/* in[] of a name, or 0. */
static uint32_t find_name(const struct put *p, const char *name, uint32_t len)
{
    for (uint32_t n = 0; name && n < len; n++)
        if (strcmp(p->names[n], name) == 0)
            return n + 1;
    return 0;
}

/* Each record may have fields of its own. */
static const char *field_of(const struct seq *s, uint64_t i, uint64_t k)
{
    return i == SEQ_ANY ? seq_field(s, k) : seq_field_of(s, i, k);
}

static bool put_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                     uint64_t *ret_i)
{
    const struct put *p = s->params;
    uint32_t in = find_name(p, field_of(s, i, k), p->len);

    if (in == 0)
        return i != SEQ_ANY && seq_part(s->in[0], i, k, ret_s, ret_i);
    *ret_s = s->in[in];
    *ret_i = i;
    return true;
}

static struct type put_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct put *p = s->params;
    uint32_t in = find_name(p, field_of(s, i, k), p->len);

    return in > 0 ? seq_type(s->in[in], i) : seq_part_type(s->in[0], i, k);
}

/* The record is computed once and remembered while the steps on its fields ask for it again. */
static int put_new(const struct call *c, struct value *record, struct value **items)
{
    const struct put *p = c->seq->params;
    struct eval *e = c->eval;
    int r = 0;

    if (e->n_memo == EVAL_MEMO)
        return fault_set(&e->fault, ELOOP, "more than %d records within records", EVAL_MEMO);
    e->memo[e->n_memo++] = (struct eval_memo){c->seq->in[0], c->i, record};
    for (uint32_t k = 0; k < value_len(record) && r == 0; k++) {
        uint32_t in = find_name(p, value_name(record, k), p->n_new);
        if (in > 0)
            r = seq_get(c->seq->in[in], e, c->i, &items[k]);
        else
            items[k] = value_ref(value_item(record, k));
    }
    e->n_memo--;
    return r;
}

static void unref_items(struct value **items, uint32_t len)
{
    for (uint32_t k = 0; k < len; k++)
        value_unref(items[k]);
}

static int put_get(const struct call *c, struct value **ret)
{
    OWN(value_unref) struct value *record = NULL;
    const struct seq *part;
    uint64_t j;

    if (seq_type(c->seq, c->i).parted && seq_part(c->seq->in[0], c->i, 0, &part, &j))
        return seq_collect(c->seq, c->eval, c->i, ret);
    int r = seq_get(c->seq->in[0], c->eval, c->i, &record);
    if (r < 0)
        return r;
    if (value_kind(record) != VALUE_RECORD)
        return fault_set(&c->eval->fault, EINVAL, "the element is %s, only records have fields",
                         value_kind_name(value_kind(record)));
    uint32_t len = value_len(record);
    g_autofree struct value **items = g_new0(struct value *, len ? len : 1);
    g_autofree const char **names = g_new(const char *, len ? len : 1);
    r = put_new(c, record, items);
    if (r < 0) {
        unref_items(items, len);
        return r;
    }
    for (uint32_t k = 0; k < len; k++)
        names[k] = value_name(record, k);
    *ret = value_new_record(len, names, items);
    return 0;
}

static void put_identify(const struct call *c, struct digest *d)
{
    const struct put *p = c->seq->params;

    if (seq_n_parts(c->seq, c->i) > 0 && digest_parts(d, c->seq, c->i))
        return;
    digest_step(d, c);
    digest_element(d, c->seq->in[0], c->i);
    digest_number(d, p->n_new);
    for (uint32_t n = 0; n < p->n_new; n++) {
        digest_text(d, p->names[n]);
        digest_element(d, c->seq->in[n + 1], c->i);
    }
}

const struct op op_put = {
    .abi = SEQFS_OP_ABI,
    .name = "put",
    .brief = "Records with some of their fields replaced.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct put),
    .type = type_of_first,
    .route = route_to_first,
    .where = where_it_was,
    .n_parts = n_parts_of_first,
    .part = put_part,
    .field = field_of_first,
    .part_type = put_part_type,
    .identify = put_identify,
    .get = put_get,
};

static bool regroup_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                         uint64_t *ret_i)
{
    if (i == SEQ_ANY)
        return false;
    *ret_s = s->in[1];
    *ret_i = parts_first(s->in[2]->self, i) + k;
    return true;
}

static struct type regroup_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct parts *parts = s->in[2]->self;

    return i == SEQ_ANY ? seq_part_type(s->in[0], i, k)
                        : seq_type(s->in[1], parts_first(parts, i) + k);
}

/* What has no parts may be what fails, of which none are known. */
static int regroup_get(const struct call *c, struct value **ret)
{
    const struct seq *whole = c->seq->in[0];

    if (seq_n_parts(whole, c->i) == 0)
        return seq_get(whole, c->eval, c->i, ret);
    return seq_collect(c->seq, c->eval, c->i, ret);
}

static void regroup_identify(const struct call *c, struct digest *d)
{
    if (seq_n_parts(c->seq->in[0], c->i) == 0)
        digest_element(d, c->seq->in[0], c->i);
    else if (!digest_parts(d, c->seq, c->i))
        digest_cannot_tell(d);
}

const struct op op_regroup = {
    .abi = SEQFS_OP_ABI,
    .name = "regroup",
    .brief = "Lists or records with all their parts replaced.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .type = type_of_first,
    .route = route_to_first,
    .where = where_it_was,
    .n_parts = n_parts_of_first,
    .part = regroup_part,
    .field = field_of_first,
    .part_type = regroup_part_type,
    .identify = regroup_identify,
    .get = regroup_get,
};

static void either_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    struct random r;

    random_init(&r, s, i, RANDOM_CHANCE);
    *ret_in = random_uniform(&r) < s->chance ? 1 : 0;
    *ret_i = i;
}

const struct op op_either = {
    .abi = SEQFS_OP_ABI,
    .name = "either",
    .brief = "Elements of one sequence or of another, by chance.",
    .kind = OP_SEQUENCE,
    .route = either_route,
};
