/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shuffle: a seeded permutation. */
#include "ops/op.h"

struct shuffle {
    int64_t seed, epoch;
};

enum { GIVEN_SEED = 1 << 0, GIVEN_EPOCH = 1 << 1 };

static int shuffle_open(struct seq *s, struct fault *f)
{
    const struct shuffle *p = s->params;
    uint64_t seed = s->given & GIVEN_SEED ? (uint64_t)p->seed : s->seed;
    uint64_t epoch = s->given & GIVEN_EPOCH ? (uint64_t)p->epoch : s->epoch;
    struct permutation *self = g_new(struct permutation, 1);

    s->self = self;
    permutation_init(self, s->len, random_key(seed, epoch, 0));
    s->random = s->in[0]->random || !(s->given & GIVEN_EPOCH);
    return 0;
}

static void shuffle_close(struct seq *s)
{
    g_free(s->self);
}

static void shuffle_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = permutation_at(s->self, i);
}

static bool shuffle_where(const struct seq *s, uint64_t j, uint64_t *ret_i)
{
    *ret_i = permutation_find(s->self, j);
    return true;
}

const struct op op_shuffle = {
    .abi = SEQFS_OP_ABI,
    .name = "shuffle",
    .brief = "The elements in a random order that is always the same.",
    .manual =
        "The order follows from the seed, the epoch and the number of elements alone, and is the "
        "same on every machine; so two sequences of one length that are shuffled apart stay "
        "together, unless their seeds differ. It is computed, not stored: any number of elements "
        "can be shuffled.\n\n"
        "Below `epochs`, each epoch has another order, unless `epoch` is given.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct shuffle),
    .params = PARAMS(PARAM(INT, struct shuffle, seed, .main = true,
                           .brief = "another seed is another order; the spec's `seed` if not "
                                    "given"),
                     PARAM(INT, struct shuffle, epoch,
                           .brief = "another epoch is another order; if not given, which of "
                                    "`epochs` it is, or 0")),
    .examples = EXAMPLES({"[{range: 8}, shuffle]", "5 1 6 2 4 7 0 3"},
                         {"[{range: 8}, {shuffle: 7}]", "2 0 7 5 4 6 1 3"},
                         {"[{range: 8}, {shuffle: {seed: 7, epoch: 1}}]", "4 7 1 5 3 2 6 0"},
                         {"[{range: 8}, {shuffle: high}]",
                          "!1:24: shuffle: argument 'seed': 'high' is no whole number"}),
    .open = shuffle_open,
    .close = shuffle_close,
    .route = shuffle_route,
    .where = shuffle_where,
};
