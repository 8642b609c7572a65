/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unbatch: from lists back to their items. */
#include "ops/op.h"

struct unbatch {
    int64_t size, last_size; /* 0 = not given */
};

/* Lifetime: the sequence's. */
struct unbatching {
    struct parts *parts; /* owned; NULL = the lists must be computed to see what is in them */
    uint64_t size, last_size;
};

/* How many items list i is said to have, the last of n; 0 = any number. */
static uint64_t wanted_size(const struct unbatch *p, uint64_t i, uint64_t n)
{
    return (uint64_t)(p->last_size && i + 1 == n ? p->last_size : p->size);
}

static int check_list(const struct seq *s, uint64_t i, struct fault *f)
{
    const struct unbatch *p = s->params;
    uint64_t n = s->in[0]->len, has = seq_n_parts(s->in[0], i), wanted = wanted_size(p, i, n);
    bool last = i + 1 == n;

    if (!wanted || has == wanted || (last && !p->last_size && has < wanted))
        return 0;
    return fault_set_arg(f, EINVAL, last && p->last_size ? "last_size" : "size", -1,
                         "unbatch: list %" PRIu64 " has length %" PRIu64 ", not %" PRIu64
                         "; sizes need not be given, these are known",
                         i, has, wanted);
}

static int open_known(struct seq *s, struct unbatching *u, struct fault *f)
{
    uint64_t n = s->in[0]->len;
    bool alike = seq_n_parts(s->in[0], SEQ_ANY) != SEQ_ANY;

    for (uint64_t i = 0; i < n; i += alike ? MAX(n - 1, 1) : 1) {
        int r = check_list(s, i, f);

        if (r < 0)
            return r;
    }
    if (parts_new(s->in[0], VALUE_LIST, f, &u->parts) < 0)
        return fault_set_arg(f, f->err, NULL, -1, "unbatch: %s", f->text);
    s->len = parts_len(u->parts);
    return 0;
}

static int open_unknown(struct seq *s, struct unbatching *u, struct fault *f)
{
    const struct unbatch *p = s->params;
    uint64_t n = s->in[0]->len;

    if (!p->size)
        return fault_set_arg(f, EINVAL, NULL, -1,
                             "unbatch: how many elements a list has is not known before it is "
                             "computed: argument 'size' tells it");
    if (p->last_size > p->size)
        return fault_set_arg(f, EINVAL, "last_size", -1,
                             "unbatch: 'last_size' is %" PRId64 ", more than 'size', %" PRId64,
                             p->last_size, p->size);
    u->size = (uint64_t)p->size;
    u->last_size = wanted_size(p, n - 1, n);
    if (n == 0)
        return 0;
    if (__builtin_mul_overflow(n - 1, u->size, &s->len) ||
        __builtin_add_overflow(s->len, u->last_size, &s->len) || s->len > INT64_MAX)
        return fault_set_arg(f, EOVERFLOW, "size", -1, "unbatch: more than %" PRId64 " elements",
                             INT64_MAX);
    return 0;
}

static int unbatch_open(struct seq *s, struct fault *f)
{
    struct type in = seq_type(s->in[0], SEQ_ANY);
    struct unbatching *u;

    if (in.known && in.kind != VALUE_LIST)
        return fault_set(f, EINVAL, "unbatch: wanted are lists, but each element is %s",
                         value_kind_name(in.kind));
    s->self = u = g_new0(struct unbatching, 1);
    return in.known && in.parted ? open_known(s, u, f) : open_unknown(s, u, f);
}

static void unbatch_close(struct seq *s)
{
    struct unbatching *u = s->self;

    if (u)
        parts_free(u->parts);
    g_free(u);
}

static const struct parts *parts_of(const struct seq *s)
{
    return ((const struct unbatching *)s->self)->parts;
}

static struct type unbatch_type(const struct seq *s, uint64_t i)
{
    return parts_of(s) ? parts_type(parts_of(s), i) : (struct type){0};
}

static bool unbatch_reach(const struct seq *s, uint64_t i, const struct seq **ret_s,
                          uint64_t *ret_i)
{
    return parts_of(s) && parts_reach(parts_of(s), i, ret_s, ret_i);
}

static void unbatch_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct unbatching *u = s->self;
    uint64_t part;

    *ret_in = 0;
    if (u->parts)
        parts_find(u->parts, i, ret_i, &part);
    else
        *ret_i = i / u->size;
}

static uint64_t unbatch_n_parts(const struct seq *s, uint64_t i)
{
    return parts_of(s) ? parts_n_parts(parts_of(s), i) : SEQ_ANY;
}

static bool unbatch_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                         uint64_t *ret_i)
{
    return parts_of(s) && parts_part(parts_of(s), i, k, ret_s, ret_i);
}

static const char *unbatch_field(const struct seq *s, uint64_t k)
{
    return parts_of(s) ? parts_field(parts_of(s), k) : NULL;
}

static struct type unbatch_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    return parts_of(s) ? parts_part_type(parts_of(s), i, k) : (struct type){0};
}

static int get_computed(const struct call *c, const struct unbatching *u, struct value **ret)
{
    const struct seq *in = c->seq->in[0];
    uint64_t i = c->i / u->size, wanted = i + 1 < in->len ? u->size : u->last_size;
    OWN(value_unref) struct value *list = NULL;
    int r = seq_get(in, c->eval, i, &list);

    if (r < 0)
        return r;
    if (value_kind(list) != VALUE_LIST)
        return fault_set(&c->eval->fault, EINVAL, "element %" PRIu64 " is %s, wanted is a list", i,
                         value_kind_name(value_kind(list)));
    if (value_len(list) != wanted)
        return fault_set(&c->eval->fault, ERANGE,
                         "list %" PRIu64 " has length %u, wanted is %" PRIu64, i, value_len(list),
                         wanted);
    *ret = value_ref(value_item(list, (uint32_t)(c->i % u->size)));
    return 0;
}

static int unbatch_get(const struct call *c, struct value **ret)
{
    const struct unbatching *u = c->seq->self;

    return u->parts ? parts_get(u->parts, c->eval, c->i, ret) : get_computed(c, u, ret);
}

static void unbatch_identify(const struct call *c, struct digest *d)
{
    const struct unbatching *u = c->seq->self;

    if (u->parts) {
        parts_identify(u->parts, c, d);
        return;
    }
    digest_step(d, c);
    digest_number(d, c->i % u->size);
    digest_number(d, c->i / u->size + 1 < c->seq->in[0]->len ? u->size : u->last_size);
    digest_element(d, c->seq->in[0], c->i / u->size);
}

const struct op op_unbatch = {
    .abi = SEQFS_OP_ABI,
    .name = "unbatch",
    .brief = "From lists back to their elements.",
    .manual =
        "Undoes `batch` and `split`. How long the lists are is known of what `batch`, `split` and "
        "`values` make; then `size` may be left out, and is checked where it is given. Of lists "
        "that a program computes it must be given, and a list of another length is a failure of "
        "its elements; each element computes its whole list.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL | OP_SPREADS,
    .params_size = sizeof(struct unbatch),
    .params = PARAMS(PARAM(INT, struct unbatch, size, .main = true, .min = 1, .max = 9.3e18,
                           .brief = "elements of a list; the last may have fewer if that is known"),
                     PARAM(INT, struct unbatch, last_size, .min = 1, .max = 9.3e18,
                           .brief = "elements of the last list; as the others if not given")),
    .examples = EXAMPLES(
        {"[{values: [[1, 2, 3], [4, 5, 6], [7, 8]]}, {unbatch: {size: 3, last_size: 2}}]",
         "1 2 3 4 5 6 7 8"},
        {"[{range: 5}, {batch: 2}, unbatch]", "0 1 2 3 4"},
        {"[{range: 5}, {batch: 2}, {unbatch: {size: 2, last_size: 1}}]", "0 1 2 3 4"},
        {"[{values: [[a, b], [], [c]]}, unbatch]", "a b c"},
        {"[{range: 5}, {batch: 2}, {unbatch: 3}]",
         "!1:36: unbatch: list 0 has length 2, not 3; sizes need not be given, these are known"},
        {"[{range: 5}, unbatch]", "!1:14: unbatch: wanted are lists, but each element is int"}),
    .open = unbatch_open,
    .close = unbatch_close,
    .type = unbatch_type,
    .route = unbatch_route,
    .reach = unbatch_reach,
    .n_parts = unbatch_n_parts,
    .part = unbatch_part,
    .field = unbatch_field,
    .part_type = unbatch_part_type,
    .identify = unbatch_identify,
    .get = unbatch_get,
};
