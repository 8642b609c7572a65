/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mix: several sequences in given proportions. */
#include "ops/op.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define MAX_PERIOD (1u << 20) /* elements after which the proportions begin anew */

enum until { UNTIL_FIRST, UNTIL_ALL };

struct mix {
    struct weights of;
    int64_t until;
    int64_t length;
};

enum { GIVEN_LENGTH = 1 << 2 };

/* One place of the period: whose turn it is, and how many turns that sequence had before. */
struct turn {
    uint32_t in, rank;
};

/* Lifetime: the sequence's. */
struct period {
    struct turn *turns; /* len; owned */
    uint32_t *shares;   /* of each sequence, how many of the turns; owned */
    uint32_t len;
    bool again;       /* sequences that have run out start again */
    struct type type; /* of all */
};

/* Shares. */

/* x >= 1 as a fraction p/q by its continued fraction; false if none with p up to MAX_PERIOD is x to
 * 13 digits: two different ones with such p and q are further apart. */
static bool find_fraction(double x, uint64_t *ret_p, uint64_t *ret_q)
{
    uint64_t p[2] = {0, 1}, q[2] = {1, 0};

    for (double rest = x; rest <= MAX_PERIOD; rest = 1 / (rest - floor(rest))) {
        const uint64_t whole = (uint64_t)rest;
        const uint64_t next_p = whole * p[1] + p[0], next_q = whole * q[1] + q[0];

        if (next_p > MAX_PERIOD)
            return false;
        if (fabs((double)next_p / (double)next_q - x) <= 1e-13 * x) {
            *ret_p = next_p;
            *ret_q = next_q;
            return true;
        }
        memmove(&p[0], &p[1], sizeof p[0]);
        memmove(&q[0], &q[1], sizeof q[0]);
        p[1] = next_p;
        q[1] = next_q;
    }
    return false;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The smallest whole numbers in the proportions of the weights; false if their sum is over
 * MAX_PERIOD.  unit: the smallest weight that is not 0. */
static bool find_shares(const struct weights *of, double unit, uint32_t *shares, uint32_t *ret_sum)
{
    uint64_t denominator = 1, sum = 0, p, q;

    for (uint32_t k = 0; k < of->len; k++) {
        if (of->at[k] == 0)
            continue;
        if (!find_fraction(of->at[k] / unit, &p, &q))
            return false;
        denominator *= q / common_divisor(denominator, q);
        if (denominator > MAX_PERIOD)
            return false;
    }
    for (uint32_t k = 0; k < of->len; k++) {
        if (of->at[k] == 0)
            continue;
        find_fraction(of->at[k] / unit, &p, &q);
        sum += denominator / q * p;
        if (sum > MAX_PERIOD)
            return false;
        shares[k] = (uint32_t)(denominator / q * p);
    }
    *ret_sum = (uint32_t)sum;
    return true;
}

static int set_shares(struct period *self, const struct weights *of, struct fault *f)
{
    double unit = 0;

    self->shares = g_new0(uint32_t, of->len);
    for (uint32_t k = 0; k < of->len; k++) {
        if (!(of->at[k] >= 0 && isfinite(of->at[k])))
            return fault_set_arg(f, EINVAL, "of", (int)k,
                                 "mix: the weight of '%.64s' is %.15g; wanted is 0 or more",
                                 of->names[k], of->at[k]);
        if (of->at[k] > 0 && (unit == 0 || of->at[k] < unit))
            unit = of->at[k];
    }
    if (unit == 0)
        return fault_set_arg(f, EINVAL, "of", -1, "mix: there is no weight above 0");
    if (!find_shares(of, unit, self->shares, &self->len))
        return fault_set_arg(f, EINVAL, "of", -1,
                             "mix: with these weights the proportions only come out after more "
                             "than %u elements; wanted are weights of fewer digits, such as 3 and "
                             "0.25",
                             MAX_PERIOD);
    return 0;
}

/* Turns. */

/* Turn m of a sequence lies in a window of places: from floor(m / share) to ceil((m + 1) / share),
 * in parts of the period.  Whoever keeps to its windows is never a whole element before or behind
 * its proportion; they can all be kept by taking the window that ends first (Horn, "Some simple
 * scheduling algorithms", 1974), as Tijdeman's "The chairman assignment problem" (1980) does. */
struct window {
    uint32_t in, start, end;
};

static struct window find_window(const struct period *self, uint32_t in, uint32_t m)
{
    const uint64_t len = self->len, share = self->shares[in];

    return (struct window){.in = in,
                           .start = (uint32_t)(m * len / share),
                           .end = (uint32_t)(((m + 1) * len - 1) / share + 1)};
}

/* Of two that end together, whoever has waited longer: that spreads rare sequences out. */
static bool is_before(struct window a, struct window b)
{
    if (a.end != b.end)
        return a.end < b.end;
    return a.start != b.start ? a.start < b.start : a.in < b.in;
}

/* A binary heap of windows, the one that ends first on top. */
static void push(struct window *heap, uint32_t *len, struct window w)
{
    uint32_t i = (*len)++;

    for (; i > 0 && is_before(w, heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = w;
}

static struct window pop(struct window *heap, uint32_t *len)
{
    struct window top = heap[0], last = heap[--*len];
    uint32_t i = 0, child;

    while ((child = 2 * i + 1) < *len) {
        if (child + 1 < *len && is_before(heap[child + 1], heap[child]))
            child++;
        if (!is_before(heap[child], last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

/* Lists of the sequences whose next window opens at each place.  Lifetime: call. */
struct opening {
    uint32_t *first; /* place -> sequence + 1; 0 = none */
    uint32_t *next;  /* sequence -> the next of the same place, likewise */
};

static void await(struct opening *o, uint32_t place, uint32_t in)
{
    o->next[in] = o->first[place];
    o->first[place] = in + 1;
}

static void fill(struct period *self, struct opening *o, struct window *heap, uint32_t *ranks)
{
    uint32_t n = 0;

    for (uint32_t place = 0; place < self->len; place++) {
        struct window w;

        for (uint32_t in = o->first[place]; in > 0; in = o->next[in - 1])
            push(heap, &n, find_window(self, in - 1, ranks[in - 1]));
        assert(n > 0);
        w = pop(heap, &n);
        self->turns[place] = (struct turn){w.in, ranks[w.in]};
        if (++ranks[w.in] < self->shares[w.in])
            await(o, MAX(place + 1, find_window(self, w.in, ranks[w.in]).start), w.in);
    }
}

static int set_turns(struct period *self, uint32_t n, struct fault *f)
{
    g_autofree uint32_t *first = g_try_new0(uint32_t, self->len);
    g_autofree uint32_t *next = g_new0(uint32_t, n);
    g_autofree uint32_t *ranks = g_new0(uint32_t, n);
    g_autofree struct window *heap = g_new(struct window, n);
    struct opening opening = {first, next};

    self->turns = g_try_new(struct turn, self->len);
    if (!first || !self->turns)
        return fault_set(f, ENOMEM, "mix: no memory for proportions of %" PRIu32 " elements",
                         self->len);
    for (uint32_t k = n; k-- > 0;)
        if (self->shares[k] > 0)
            await(&opening, 0, k);
    fill(self, &opening, heap, ranks);
    return 0;
}

/* Length. */

/* A place beyond all others stands for one beyond 64 bits. */
static uint64_t add_periods(const struct period *self, uint64_t periods, uint32_t place)
{
    uint64_t ret;

    if (__builtin_mul_overflow(periods, self->len, &ret) ||
        __builtin_add_overflow(ret, place, &ret))
        return UINT64_MAX;
    return ret;
}

/* first: the index at which the first sequence would be asked for more than it has.  Otherwise the
 * index behind the last element of the sequence that takes longest. */
static uint64_t measure(const struct seq *s, bool first)
{
    const struct period *self = s->self;
    uint64_t ret = first ? UINT64_MAX : 0;

    for (uint32_t place = 0; place < self->len; place++) {
        const struct turn t = self->turns[place];
        const uint64_t turn = s->in[t.in]->len - !first;
        uint64_t at;

        if (turn % self->shares[t.in] != t.rank)
            continue;
        at = add_periods(self, turn / self->shares[t.in], place);
        if (first)
            ret = MIN(ret, at);
        else
            ret = MAX(ret, at == UINT64_MAX ? at : at + 1);
    }
    return ret;
}

static int set_length(struct seq *s, struct fault *f)
{
    const struct mix *p = s->params;
    struct period *self = s->self;
    const bool given = s->given & GIVEN_LENGTH;

    self->again = given || p->until == UNTIL_ALL;
    for (uint32_t k = 0; self->again && k < s->n_in; k++)
        if (self->shares[k] > 0 && s->in[k]->len == 0 && !(given && p->length == 0))
            return fault_set_arg(f, EINVAL, "of", (int)k,
                                 "mix: '%.64s' has no elements to start again with",
                                 p->of.names[k]);
    s->len = given ? (uint64_t)p->length : measure(s, !self->again);
    if (s->len > INT64_MAX)
        return fault_set_arg(f, EOVERFLOW, "of", -1, "mix: more than %" PRId64 " elements",
                             INT64_MAX);
    return 0;
}

static void set_type(struct seq *s)
{
    struct period *self = s->self;
    bool any = false;

    for (uint32_t k = 0; k < s->n_in; k++) {
        struct type t = seq_type(s->in[k], SEQ_ANY);

        if (self->shares[k] == 0 || s->in[k]->len == 0)
            continue;
        self->type = any ? type_common(self->type, t) : t;
        any = true;
    }
}

static int mix_open(struct seq *s, struct fault *f)
{
    const struct mix *p = s->params;
    int r;

    s->self = g_new0(struct period, 1);
    r = set_shares(s->self, &p->of, f);
    if (r == 0)
        r = set_turns(s->self, s->n_in, f);
    if (r == 0)
        r = set_length(s, f);
    if (r == 0)
        set_type(s);
    return r;
}

static void mix_close(struct seq *s)
{
    struct period *self = s->self;

    if (!self)
        return;
    g_free(self->turns);
    g_free(self->shares);
    g_free(self);
}

static void mix_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct period *self = s->self;
    const struct turn t = self->turns[i % self->len];
    uint64_t at = i / self->len * self->shares[t.in] + t.rank;

    *ret_in = t.in;
    *ret_i = self->again ? at % s->in[t.in]->len : at;
}

static struct type mix_type(const struct seq *s, uint64_t i)
{
    const struct seq *in;
    uint64_t k;

    if (i == SEQ_ANY)
        return ((const struct period *)s->self)->type;
    seq_route(s, i, &in, &k);
    return seq_type(in, k);
}

static const struct param_choice untils[] = {{"first", UNTIL_FIRST}, {"all", UNTIL_ALL}, {NULL, 0}};

const struct op op_mix = {
    .abi = SEQFS_OP_ABI,
    .name = "mix",
    .brief = "Several sequences in given proportions, evenly spread.",
    .manual =
        "Among the first n elements, whatever n is, each sequence has its share to within less "
        "than one element; nothing is random. Of each, the elements come in order. A weight of 0 "
        "leaves a sequence out.\n\n"
        "`until: first` ends where the first sequence has no more to give; `until: all` starts "
        "again those that have run out, until every one was through once; `length` takes so many "
        "elements, also starting again. The weights' proportions must come out within 1048576 "
        "elements, as they do of weights that add up to 1 and have up to six decimals.",
    .kind = OP_SEQUENCE,
    .flags = OP_COMBINES,
    .params_size = sizeof(struct mix),
    .params = PARAMS(PARAM(WEIGHTS, struct mix, of, .required = true, .main = true,
                           .brief = "names of sequences, and how much of each"),
                     PARAM(CHOICE, struct mix, until, .fallback = "first", .choices = untils,
                           .brief = "where it ends"),
                     PARAM(INT, struct mix, length, .max = 0x1p63,
                           .brief = "how many elements there are, instead")),
    .examples = EXAMPLES(
        {"- mix: {of: {a: 2, b: 1}}\nsequences:\n  a: {range: 10}\n  b: {values: [x, y, z]}",
         "0 x 1 2 y 3 4 z 5 6"},
        {"- mix: {of: {a: 0.75, b: 0.25}, until: all}\nsequences:\n  a: {range: 2}\n  b: {values: "
         "[x, y]}",
         "0 1 x 0 1 0 y"},
        {"- mix: {of: {a: 1, b: 1}, length: 7}\nsequences:\n  a: {range: 2}\n  b: {values: [x, y, "
         "z]}",
         "0 x 1 y 0 z 1"},
        {"- mix: {of: {a: -1}}\nsequences:\n  a: {range: 2}",
         "!1:13: mix: the weight of 'a' is -1; wanted is 0 or more"}),
    .open = mix_open,
    .close = mix_close,
    .type = mix_type,
    .route = mix_route,
};
