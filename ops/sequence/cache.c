/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cache: keeps the values at this point, for all that comes after it. */
#include "ops/op.h"

struct cache {
    int64_t count;
    uint64_t bytes;
    const struct node *disk;
};

static int cache_open(struct seq *s, struct fault *f)
{
    const struct cache *p = s->params;
    OWN(depot_finish) struct depot depot = {0};
    struct fault wrong = {0};

    if (depot_parse(p->disk, s->folder, &wrong, &depot) < 0)
        return fault_set_arg(f, EINVAL, "disk", -1, "cache: 'disk': %s", wrong.text);
    return 0;
}

static void cache_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

static bool has_image(const struct value *v)
{
    enum value_kind kind = value_kind(v);

    if (kind != VALUE_LIST && kind != VALUE_RECORD)
        return kind == VALUE_IMAGE;
    for (uint32_t i = 0; i < value_len(v); i++)
        if (has_image(value_item(v, i)))
            return true;
    return false;
}

/* A picture is its pixels from here on, kept or not, so that it is the same whoever asks.
 * *ret_packed stays NULL where nobody keeps it and it has none, and where the value is too deep to
 * be packed; it is given all the same. */
static int compute(const struct call *c, bool keep, GBytes **ret_packed, struct value **ret)
{
    OWN(value_unref) struct value *v = NULL;
    struct eval *e = c->eval;
    int r = seq_get(c->seq->in[0], e, c->i, &v);

    if (r < 0)
        return r;
    if (keep || has_image(v))
        r = pack_value(v, e, ret_packed);
    if (r < 0 && r != -E2BIG)
        return r;
    if (*ret_packed)
        return pack_unpack(*ret_packed, e, ret);
    if (r < 0)
        fault_clear(&e->fault);
    *ret = g_steal_pointer(&v);
    return 0;
}

static int cache_get(const struct call *c, struct value **ret)
{
    const struct keeper *keeper = c->eval->keeper;
    enum keeper_answer answer = KEEPER_NONE;
    g_autoptr(GBytes) packed = NULL;
    int r;

    if (keeper)
        answer = keeper->begin(keeper->ctx, c->seq, c->i, c->eval->deadline, &packed);
    switch (answer) {
    case KEEPER_HAS:
        return pack_unpack(packed, c->eval, ret);
    case KEEPER_NONE:
        return compute(c, false, &packed, ret);
    case KEEPER_MISS:
        break;
    }
    r = compute(c, true, &packed, ret);
    keeper->end(keeper->ctx, c->seq, c->i, r < 0 ? NULL : packed);
    return r;
}

static bool may_have_image(const struct seq *s, uint64_t i)
{
    const struct type t = seq_type(s, i);

    return !t.known || t.kind >= VALUE_IMAGE;
}

/* A picture is its pixels from here on, which not every step makes the same of as of its file. */
static void cache_identify(const struct call *c, struct digest *d)
{
    const struct seq *in = c->seq->in[0];

    if (may_have_image(in, c->i))
        digest_text(d, c->seq->op->name);
    digest_element(d, in, c->i);
}

const struct op op_cache = {
    .abi = SEQFS_OP_ABI,
    .name = "cache",
    .brief = "Keep the values at this point, so that what comes after it has them computed once.",
    .manual =
        "For values that are asked for several times: by several datasets, by steps that combine "
        "sequences, by the next epoch. (The files of the mount are kept without it.) All workers "
        "share what is kept; one that asks for what another is computing waits for it. The values "
        "least recently used make room for new ones. Lists and records are kept part by part. "
        "Each value takes up whole KiB; one that is larger than the cache is not kept, nor is a "
        "failure. With 'disk' values are also kept on disk, for the next mount and for other "
        "mounts: under $XDG_CACHE_HOME/seqfs/disk or ~/.cache/seqfs/disk, or in the folder told, "
        "the least recently used ones making room when it is full. They are known by the steps "
        "before this one and by the source files, so steps after it may change. Pictures are kept "
        "as pixels: a thumbnail after it cannot scale while decoding, "
        "so put the cache after the thumbnail, or before the decoding. Values that are as quick "
        "to make as to keep pass unchanged, as do files that are not worked on.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL | OP_BY_PART,
    .params_size = sizeof(struct cache),
    .params = PARAMS(PARAM(INT, struct cache, count, .main = true, .min = 1, .max = 1e15,
                           .brief = "how many values are kept; as many as fit if not given"),
                     PARAM(SIZE, struct cache, bytes, .fallback = "256M", .min = 1, .max = 1e12,
                           .brief = "memory for them"),
                     PARAM(NODE, struct cache, disk,
                           .brief = "true, or {path: FOLDER, size: 10G}: on disk, too")),
    .examples =
        EXAMPLES({"[{range: 3}, {cache: 2}]", "0 1 2"},
                 {"[{files: \"*.txt\"}, {slice: \":2\"}, cache, {exec: [tr, a, A]}]", "AlphA betA"},
                 {"[{files: photo.jpg}, {thumbnail: 8}, {cache: {bytes: 64M}}, invert]", "8x6x3"},
                 {"[{files: \"*.txt\"}, {exec: [tr, a, A]}, {cache: {disk: {size: lots}}}]",
                  "!1:55: cache: 'disk': 'size' is 'lots'; wanted is a size such as 512M or 10G"},
                 {"[{range: 3}, {cache: 0}]", "!1:22: cache: argument 'count': 0 is less than 1"}),
    .open = cache_open,
    .route = cache_route,
    .identify = cache_identify,
    .get = cache_get,
};
