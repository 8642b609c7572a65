/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interleave: an element of each sequence in turn, going on with those that are left. */
#include "ops/op.h"

struct interleave {
    struct seqs of;
};

/* A run of rounds, one element of each sequence in play a round; it ends where the shortest of them
 * does. */
struct phase {
    uint64_t start; /* index of its first element */
    uint64_t round; /* its first round: that index in every sequence */
};

/* Lifetime: the sequence's.  In phase k all are in play but the k shortest; which of those is the
 * n-th as the spec lists them is asked of a wavelet matrix over the order by length: of Claude,
 * Navarro and Ordonez, "The wavelet matrix" (2015). */
struct turns {
    struct phase *phases; /* one a sequence; owned */
    unsigned levels;
    /* Of each level: how many of the first i numbers have the level's bit clear, 0..n.  Owned. */
    uint32_t *clear;
};

static int compare_lengths(const void *a, const void *b, void *ctx)
{
    struct seq *const *in = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    if (in[x]->len != in[y]->len)
        return in[x]->len < in[y]->len ? -1 : 1;
    return x < y ? -1 : 1;
}

static int set_phases(struct seq *s, const uint32_t *order, struct fault *f)
{
    struct turns *self = s->self;
    uint64_t round = 0;

    s->len = 0;
    for (uint32_t k = 0; k < s->n_in; k++) {
        const uint64_t rounds = s->in[order[k]]->len - round;
        uint64_t elements;

        self->phases[k] = (struct phase){.start = s->len, .round = round};
        if (__builtin_mul_overflow(rounds, s->n_in - k, &elements) || elements > INT64_MAX - s->len)
            return fault_set_arg(f, EOVERFLOW, "of", (int)order[k],
                                 "interleave: more than %" PRId64 " elements", INT64_MAX);
        s->len += elements;
        round += rounds;
    }
    return 0;
}

/* Fills the levels, from the highest bit down: each level moves the numbers with a clear bit to the
 * front.  numbers is used up. */
static void set_levels(struct turns *self, uint32_t *numbers, uint32_t n)
{
    g_autofree uint32_t *set = g_new(uint32_t, n);

    for (unsigned level = 0; level < self->levels; level++) {
        uint32_t *clear = self->clear + (size_t)level * (n + 1);
        const unsigned bit = self->levels - 1 - level;
        uint32_t n_clear = 0, n_set = 0;

        for (uint32_t i = 0; i < n; i++) {
            clear[i] = n_clear;
            if (numbers[i] >> bit & 1)
                set[n_set++] = numbers[i];
            else
                numbers[n_clear++] = numbers[i];
        }
        clear[n] = n_clear;
        for (uint32_t i = 0; i < n_set; i++)
            numbers[n_clear + i] = set[i];
    }
}

/* The n-th smallest of the numbers from first on. */
static uint32_t find_nth(const struct turns *self, uint32_t len, uint32_t first, uint32_t n)
{
    uint32_t end = len, ret = 0;

    for (unsigned level = 0; level < self->levels; level++) {
        const uint32_t *clear = self->clear + (size_t)level * (len + 1);
        const uint32_t n_clear = clear[end] - clear[first];

        ret <<= 1;
        if (n < n_clear) {
            first = clear[first];
            end = clear[end];
        } else {
            n -= n_clear;
            first += clear[len] - clear[first];
            end += clear[len] - clear[end];
            ret |= 1;
        }
    }
    return ret;
}

static int interleave_open(struct seq *s, struct fault *f)
{
    const uint32_t n = s->n_in;
    g_autofree uint32_t *order = g_new(uint32_t, n);
    struct turns *self = g_new0(struct turns, 1);
    int r;

    s->self = self;
    self->phases = g_new(struct phase, n);
    self->levels = n > 1 ? 32 - (unsigned)__builtin_clz(n - 1) : 0;
    self->clear = g_try_new(uint32_t, (size_t)self->levels * (n + 1) + 1);
    if (!self->clear)
        return fault_set(f, ENOMEM, "interleave: no memory for %" PRIu32 " sequences", n);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (n > 0)
        g_qsort_with_data(order, (int)n, sizeof *order, compare_lengths, s->in);
    r = set_phases(s, order, f);
    if (r < 0)
        return r;
    set_levels(self, order, n);
    return 0;
}

static void interleave_close(struct seq *s)
{
    struct turns *self = s->self;

    if (!self)
        return;
    g_free(self->phases);
    g_free(self->clear);
    g_free(self);
}

static void interleave_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct turns *self = s->self;
    uint32_t low = 0, high = s->n_in - 1; /* the last phase that starts at i or before it */
    uint64_t off;

    while (low < high) {
        uint32_t mid = high - (high - low) / 2;

        if (self->phases[mid].start <= i)
            low = mid;
        else
            high = mid - 1;
    }
    off = i - self->phases[low].start;
    *ret_in = find_nth(self, s->n_in, low, (uint32_t)(off % (s->n_in - low)));
    *ret_i = self->phases[low].round + off / (s->n_in - low);
}

const struct op op_interleave = {
    .abi = SEQFS_OP_ABI,
    .name = "interleave",
    .brief = "An element of each of several sequences in turn.",
    .manual = "Where one ends before the others, it goes on with those that are left, so every "
              "element of every sequence comes once. `mix` takes more of one than of another.",
    .kind = OP_SEQUENCE,
    .flags = OP_COMBINES,
    .params_size = sizeof(struct interleave),
    .params = PARAMS(PARAM(SEQS, struct interleave, of, .required = true, .main = true,
                           .brief = "the sequences: names, steps or lists of steps")),
    .examples = EXAMPLES(
        {"{interleave: [{values: [1, 2, 3, 4, 5]}, {values: [a, b, c]}, "
         "{values: [.1, .2, .3, .4]}]}",
         "1 a 0.1 2 b 0.2 3 c 0.3 4 0.4 5"},
        {"{interleave: [{range: 3}, {range: 0}, {values: [a]}]}", "0 a 1 2"},
        {"{interleave: 3}", "!1:14: interleave: argument 'of' is '3', wanted: list of sequence"}),
    .open = interleave_open,
    .close = interleave_close,
    .route = interleave_route,
};
