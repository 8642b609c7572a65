/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shard: one part of several that hold all elements together. */
#include "ops/op.h"

enum mode { CONTIGUOUS, STRIDED };

struct shard {
    int64_t index, count;
    int64_t mode;
};

/* len * i / count, rounded down, for i <= count < 2^32: nothing overflows. */
static uint64_t cut(uint64_t len, uint64_t i, uint64_t count)
{
    return len / count * i + len % count * i / count;
}

static int shard_open(struct seq *s, struct fault *f)
{
    const struct shard *p = s->params;
    const uint64_t index = (uint64_t)p->index, count = (uint64_t)p->count;
    struct stretch *self;

    if (index >= count)
        return fault_set_arg(f, EINVAL, "index", -1,
                             "shard: index %" PRIu64 ", but of %" PRIu64
                             " shards the last is %" PRIu64 ", as they count from 0",
                             index, count, count - 1);
    s->self = self = g_new0(struct stretch, 1);
    if (p->mode == STRIDED) {
        *self = (struct stretch){.start = index, .step = count};
        s->len = index < s->len ? (s->len - index - 1) / count + 1 : 0;
    } else {
        *self = (struct stretch){.start = cut(s->len, index, count), .step = 1};
        s->len = cut(s->len, index + 1, count) - self->start;
    }
    self->len = s->len;
    return 0;
}

static void shard_close(struct seq *s)
{
    g_free(s->self);
}

static void shard_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct stretch *self = s->self;

    *ret_in = 0;
    *ret_i = self->start + i * self->step;
}

static bool shard_where(const struct seq *s, uint64_t j, uint64_t *ret_i)
{
    return stretch_find(s->self, j, ret_i);
}

static const struct param_choice modes[] = {
    {"contiguous", CONTIGUOUS}, {"strided", STRIDED}, {NULL, 0}};

const struct op op_shard = {
    .abi = SEQFS_OP_ABI,
    .name = "shard",
    .brief = "One part of several: what one of several machines works on.",
    .manual =
        "The shards 0 to count - 1 have every element once between them, and their lengths differ "
        "by at most 1. Contiguous ones are stretches of neighbours, in order; strided ones take "
        "every count-th element, beginning at index. Shuffled before, each shard is a random "
        "part; shuffled behind it, each shard keeps its elements in every epoch.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct shard),
    .params = PARAMS(PARAM(INT, struct shard, index, .required = true, .max = INT32_MAX,
                           .brief = "which shard, from 0"),
                     PARAM(INT, struct shard, count, .required = true, .min = 1, .max = INT32_MAX,
                           .brief = "how many shards there are"),
                     PARAM(CHOICE, struct shard, mode, .fallback = "contiguous", .choices = modes,
                           .brief = "neighbours, or every count-th")),
    .examples =
        EXAMPLES({"[{range: 10}, {shard: {index: 0, count: 3}}]", "0 1 2"},
                 {"[{range: 10}, {shard: {index: 2, count: 3}}]", "6 7 8 9"},
                 {"[{range: 10}, {shard: {index: 1, count: 3, mode: strided}}]", "1 4 7"},
                 {"[{range: 10}, {shard: {index: 3, count: 3}}]",
                  "!1:31: shard: index 3, but of 3 shards the last is 2, as they count from 0"}),
    .open = shard_open,
    .close = shard_close,
    .route = shard_route,
    .where = shard_where,
};
