/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of lists or records, numbered through: by arithmetic where it will do, else by a table
 * of sums. */
#include "ops/core/parts.h"

#include "ops/core/digest.h"
#include "ops/core/nested.h"

#include <errno.h>
#include <inttypes.h>

#define TABLE_MAX (UINT64_C(1) << 28) /* elements: 2 GiB of sums */

struct parts {
    const struct seq *s;
    enum value_kind kind;
    bool mixed;            /* some elements may have parts and others none */
    bool whole;            /* none has parts */
    uint64_t each;         /* parts of each element but one; without a table */
    uint64_t odd;          /* that one; s->len = there is none */
    uint64_t odd_len;      /* its parts */
    uint64_t *first;       /* s->len + 1 sums; owned; NULL = arithmetic will do */
    uint64_t len;          /* of all */
    struct type type;      /* of all parts */
    struct nested *nested; /* owned; NULL = they are not lists or records that are parted */
};

static bool is_parted(struct type t, enum value_kind kind)
{
    return t.known && t.kind == kind && t.parted;
}

bool parts_has(const struct parts *p, uint64_t i)
{
    return p->mixed ? is_parted(seq_type(p->s, i), p->kind) : !p->whole;
}

static int too_many(struct fault *f)
{
    return fault_set(f, EOVERFLOW, "more than %" PRId64 " parts", INT64_MAX);
}

/* All elements but one have p->each. */
static int measure(struct parts *p, struct fault *f)
{
    uint64_t n = p->s->len, others;
    bool odd = !p->whole && seq_find_odd(p->s, &p->odd);

    if (!odd)
        p->odd = n;
    p->odd_len = odd ? seq_n_parts(p->s, p->odd) : 0;
    if (__builtin_mul_overflow(odd ? n - 1 : n, p->each, &others) ||
        __builtin_add_overflow(others, p->odd_len, &p->len) || p->len > INT64_MAX)
        return too_many(f);
    return 0;
}

static int tabulate(struct parts *p, struct fault *f)
{
    uint64_t n = p->s->len, sum = 0;

    if (n > TABLE_MAX)
        return fault_set(f, EFBIG,
                         "the parts of %" PRIu64 " elements that differ in length would have to be "
                         "counted; at most %" PRIu64 " can be",
                         n, TABLE_MAX);
    p->first = g_try_new(uint64_t, n + 1);
    if (!p->first)
        return fault_set(f, ENOMEM, "no memory to count the parts of %" PRIu64 " elements", n);
    for (uint64_t i = 0; i < n; i++) {
        p->first[i] = sum;
        if (__builtin_add_overflow(sum, parts_has(p, i) ? seq_n_parts(p->s, i) : 1, &sum) ||
            sum > INT64_MAX)
            return too_many(f);
    }
    p->first[n] = p->len = sum;
    return 0;
}

static struct type common_type(const struct parts *p)
{
    struct type t = {0};

    if (p->mixed)
        return t;
    if (p->whole)
        return seq_type(p->s, SEQ_ANY);
    const uint64_t n = p->kind == VALUE_RECORD ? seq_n_parts(p->s, SEQ_ANY) : 1;
    for (uint64_t k = 0; k < n; k++) {
        struct type part = seq_part_type(p->s, SEQ_ANY, k);

        t = k == 0 ? part : type_common(t, part);
    }
    return t;
}

static void add_element(const struct parts *p, uint64_t i, struct nested *n)
{
    uint64_t n_parts = seq_n_parts(p->s, i);
    const struct seq *in;
    uint64_t j;

    if (p->kind == VALUE_LIST)
        n_parts = MIN(n_parts, 1); /* all parts of a list lie in one sequence */
    for (uint64_t k = 0; k < n_parts; k++)
        if (seq_part(p->s, i, k, &in, &j))
            nested_add(n, in);
}

/* What parts that have parts again have in common. */
static void look_inside(struct parts *p)
{
    const uint64_t stride = nested_stride(p->s->len);
    OWN(nested_free) struct nested *n = NULL;

    if (!p->type.known || !p->type.parted)
        return;
    n = nested_new(p->type.kind);
    if (p->whole)
        nested_add(n, p->s);
    for (uint64_t i = 0; !p->whole && i < p->s->len; i += stride)
        add_element(p, i, n);
    if (nested_is_parted(n))
        p->nested = g_steal_pointer(&n);
    else
        p->type.parted = false;
}

/* Lists or records that have no parts in common may have some each. */
static bool has_some(const struct seq *s, enum value_kind kind)
{
    for (uint64_t i = 0; i < s->len; i++)
        if (is_parted(seq_type(s, i), kind))
            return true;
    return false;
}

int parts_new(const struct seq *s, enum value_kind kind, struct fault *f, struct parts **ret)
{
    OWN(parts_free) struct parts *p = g_new0(struct parts, 1);
    struct type t = seq_type(s, SEQ_ANY);
    int r;

    p->s = s;
    p->kind = kind;
    p->mixed = !t.known || (t.kind == kind && !t.parted && has_some(s, kind));
    p->whole = !p->mixed && !is_parted(t, kind);
    p->each = p->whole ? 1 : p->mixed ? SEQ_ANY : seq_n_parts(s, SEQ_ANY);
    r = p->each == SEQ_ANY ? tabulate(p, f) : measure(p, f);
    if (r < 0)
        return r;
    p->type = common_type(p);
    look_inside(p);
    *ret = g_steal_pointer(&p);
    return 0;
}

void parts_free(struct parts *p)
{
    if (!p)
        return;
    g_free(p->first);
    nested_free(p->nested);
    g_free(p);
}

uint64_t parts_len(const struct parts *p)
{
    return p->len;
}

uint64_t parts_first(const struct parts *p, uint64_t i)
{
    if (p->first)
        return p->first[i];
    return i <= p->odd ? i * p->each : (i - 1) * p->each + p->odd_len;
}

/* The last element that begins at or before the part: those of no parts before it begin there, too.
 */
static uint64_t search(const struct parts *p, uint64_t at)
{
    uint64_t low = 0, high = p->s->len - 1;

    while (low < high) {
        uint64_t mid = low + (high - low + 1) / 2;

        if (p->first[mid] <= at)
            low = mid;
        else
            high = mid - 1;
    }
    return low;
}

/* The same by arithmetic. */
static uint64_t divide(const struct parts *p, uint64_t at)
{
    const uint64_t before = p->odd * p->each;

    if (at < before)
        return at / p->each;
    if (at - before < p->odd_len || p->each == 0)
        return p->odd;
    return p->odd + 1 + (at - before - p->odd_len) / p->each;
}

bool parts_find(const struct parts *p, uint64_t at, uint64_t *ret_i, uint64_t *ret_part)
{
    uint64_t i = p->first ? search(p, at) : divide(p, at);

    *ret_i = i;
    *ret_part = at - parts_first(p, i);
    return parts_has(p, i);
}

bool parts_reach(const struct parts *p, uint64_t at, const struct seq **ret_s, uint64_t *ret_i)
{
    uint64_t i, k;

    if (parts_find(p, at, &i, &k))
        return seq_part(p->s, i, k, ret_s, ret_i);
    *ret_s = p->s;
    *ret_i = i;
    return true;
}

/* Records that have other fields each are parted each. */
struct type parts_type(const struct parts *p, uint64_t at)
{
    const struct seq *in;
    struct type t;
    uint64_t i, k;

    if (at == SEQ_ANY)
        return p->type;
    t = parts_find(p, at, &i, &k) ? seq_part_type(p->s, i, k) : seq_type(p->s, i);
    if (p->type.known && !p->nested)
        t.parted = t.parted && t.kind == VALUE_RECORD && parts_reach(p, at, &in, &i);
    return t;
}

int parts_get(const struct parts *p, struct eval *e, uint64_t at, struct value **ret)
{
    uint64_t i, k;

    if (parts_find(p, at, &i, &k))
        return seq_get_part(p->s, e, i, k, ret);
    return seq_get(p->s, e, i, ret);
}

/* A part that is not reached is one of what is computed as a whole. */
void parts_identify(const struct parts *p, const struct call *c, struct digest *d)
{
    uint64_t i, k;

    if (parts_find(p, c->i, &i, &k)) {
        digest_step(d, c);
        digest_number(d, k);
    }
    digest_element(d, p->s, i);
}

uint64_t parts_n_parts(const struct parts *p, uint64_t at)
{
    const struct seq *in;
    uint64_t i;

    if (at == SEQ_ANY)
        return p->nested ? nested_n_parts(p->nested) : SEQ_ANY;
    return parts_reach(p, at, &in, &i) ? seq_n_parts(in, i) : 0;
}

bool parts_part(const struct parts *p, uint64_t at, uint64_t k, const struct seq **ret_s,
                uint64_t *ret_i)
{
    const struct seq *in;
    uint64_t i;

    return parts_reach(p, at, &in, &i) && seq_part(in, i, k, ret_s, ret_i);
}

const char *parts_field(const struct parts *p, uint64_t k)
{
    return p->nested ? nested_field(p->nested, k) : NULL;
}

struct type parts_part_type(const struct parts *p, uint64_t at, uint64_t k)
{
    const struct seq *in;
    uint64_t i;

    if (at == SEQ_ANY)
        return p->nested ? nested_part_type(p->nested, k) : (struct type){0};
    return parts_reach(p, at, &in, &i) ? seq_part_type(in, i, k) : (struct type){0};
}
