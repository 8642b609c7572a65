/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees made at random: mostly right, for which each step is tried on the model first. */
#include "tests/unit/model.h"

#include <string.h>

#define MOST_PARTS 300 /* scalars in the elements of one step, those within lists counted too */
#define TRIES 6

static int pick(GRand *r, int n)
{
    return g_rand_int_range(r, 0, n);
}

static bool chance(GRand *r, int percent)
{
    return pick(r, 100) < percent;
}

/* What the model says of a tree without its orders. */
struct outlook {
    enum verdict verdict;
    unsigned len, parts;  /* parts: of all elements, to the bottom */
    enum thing_kind kind; /* of the first element */
};

static unsigned count_parts(const struct thing *t)
{
    unsigned n = 1;

    for (unsigned i = 0; i < t->len; i++)
        n += count_parts(t->at[i]);
    return n;
}

static struct outlook look_at(const struct step *s)
{
    struct outlook o = {.kind = THING_NULL};
    struct model m;
    struct row row = {0};

    model_init(&m);
    o.verdict = model_run(&m, s, &row);
    o.len = o.verdict == VERDICT_RIGHT ? row.len : 0;
    for (unsigned i = 0; i < o.len; i++)
        o.parts += count_parts(row.at[i]);
    if (o.len > 0)
        o.kind = row.at[0]->kind;
    model_finish(&m);
    return o;
}

/* Sources. */

static const char *literal(GRand *r, unsigned kind)
{
    static const char *const words[][8] = {
        {"0", "1", "2", "3", "5", "7", "-4", "12"},
        {"true", "false", "1", "0", "true", "false", "0.5", "0.0"},
        {"0", "1", "2", "1", "0", "0", "1", "2"},
        {"a", "bc", "c", "x", "bc", "y", "zz", "d"},
        {"[1, 2]", "[3]", "[]", "[a, 0.5]", "[4, 5, 6]", "[[1], 2]", "[7, 8]", "[true]"},
        {"{a: 1, b: x}", "{a: 2, b: y}", "{a: 3, b: x}", "{a: 4, b: zz}", "{a: -1, b: 5}",
         "{a: 0, b: [1]}", "{a: 7, b: x}", "{a: 5, b: null}"},
        {"null", "true", "'7'", "1.5", "a", "{c: 1}", "[1, {a: 2}]", "8"},
    };

    return words[kind][pick(r, 8)];
}

static struct step *make_values(GRand *r, unsigned kind, int len)
{
    struct step *s = step_new(ACT_VALUES);

    for (int i = 0; i < len; i++)
        step_add_word(s, literal(r, kind < 7 ? kind : (unsigned)pick(r, 7)));
    return s;
}

static struct step *make_range(GRand *r)
{
    struct step *s = step_new(ACT_RANGE);

    if (chance(r, 60)) {
        step_add_num(s, pick(r, 12));
        return s;
    }
    step_add_num(s, pick(r, 20) - 10);
    step_add_num(s, pick(r, 20) - 10);
    step_add_num(s, chance(r, 3) ? 0 : chance(r, 70) ? 1 + pick(r, 3) : -1 - pick(r, 3));
    return s;
}

static struct step *make_source(GRand *r)
{
    struct step *s;

    if (chance(r, 55))
        return make_range(r);
    if (chance(r, 80))
        return make_values(r, (unsigned)pick(r, 8), pick(r, 8));
    s = step_new(ACT_REPEAT);
    step_add_word(s, literal(r, (unsigned)pick(r, 7)));
    step_add_num(s, pick(r, 7));
    return s;
}

/* Steps on one input, whose length is known. */

static int64_t index_of(GRand *r, unsigned len)
{
    return chance(r, 1) || len == 0 ? pick(r, 30) - 15
                                    : pick(r, (int)len) - (chance(r, 30) ? (int)len : 0);
}

static void set_slice(GRand *r, struct step *s, const struct outlook *in)
{
    int around = (int)in->len + 3;

    s->form = (unsigned)pick(r, 8);
    step_add_num(s, pick(r, 2 * around) - around);
    step_add_num(s, pick(r, 2 * around) - around);
    step_add_num(s, chance(r, 2) ? 0 : chance(r, 60) ? 1 + pick(r, 3) : -1 - pick(r, 3));
}

static void set_gather(GRand *r, struct step *s, const struct outlook *in)
{
    for (int n = in->len == 0 ? 0 : pick(r, 8); n > 0; n--)
        step_add_num(s, index_of(r, in->len));
}

static void set_shard(GRand *r, struct step *s, const struct outlook *in)
{
    int count = 1 + pick(r, 5);

    s->form = (unsigned)pick(r, 3);
    step_add_num(s, chance(r, 2) ? count : pick(r, count));
    step_add_num(s, count);
}

static void set_shuffle(GRand *r, struct step *s, const struct outlook *in)
{
    for (int n = pick(r, 3); n > 0; n--)
        step_add_num(s, pick(r, 100));
}

static const char *attr(GRand *r, const struct outlook *in)
{
    if (chance(r, 20))
        return "index";
    return in->kind == THING_RECORD ? (chance(r, 80) ? "a" : "b") : "value";
}

static void set_filter(GRand *r, struct step *s, const struct outlook *in)
{
    s->form = (unsigned)pick(r, 6);
    step_add_word(s, attr(r, in));
    step_add_num(s, s->form == 0 ? pick(r, 3) : pick(r, 8));
}

static void set_sort(GRand *r, struct step *s, const struct outlook *in)
{
    s->form = (unsigned)pick(r, 5);
    step_add_word(s, attr(r, in));
}

static void set_batch(GRand *r, struct step *s, const struct outlook *in)
{
    s->form = chance(r, 98) ? (unsigned)pick(r, 3) : BATCH_DROP_AND_PAD;
    step_add_num(s, chance(r, 2) ? pick(r, 3) - 2 : 1 + pick(r, 5));
    if (s->form >= BATCH_PAD)
        step_add_word(s, literal(r, (unsigned)pick(r, 4)));
}

static void set_unbatch(GRand *r, struct step *s, const struct outlook *in)
{
    if (chance(r, 80))
        return;
    s->form = (unsigned)pick(r, 2);
    step_add_num(s, 1 + pick(r, 5));
}

static void set_edges(GRand *r, struct step *s, const struct outlook *in)
{
    int64_t at = 0;

    for (int n = 1 + pick(r, 3); n > 0; n--) {
        at += chance(r, 4) ? pick(r, 20) - 10 : 1 + pick(r, MAX((int)in->len / 2, 1));
        step_add_num(s, chance(r, 20) && at < in->len ? at - (int64_t)in->len : at);
    }
}

static void set_fractions(GRand *r, struct step *s)
{
    static const char *const names[] = {"train", "val", "test"};
    int64_t left = chance(r, 3) ? 150 : 100;

    for (unsigned n = 0; n < 3 && left > 0; n++) {
        int64_t part = chance(r, 30) ? left : 10 * pick(r, (int)left / 10 + 1);

        step_add_num(s, part);
        if (s->form == SPLIT_FRACTIONS)
            step_add_word(s, names[n]);
        left -= part;
    }
}

static void set_split(GRand *r, struct step *s, const struct outlook *in)
{
    s->form = (unsigned)pick(r, SPLIT_FRACTIONS_LIST + 1);
    if (s->form <= SPLIT_PARTS_LONG)
        step_add_num(s, chance(r, 2) ? pick(r, 2) - 1 : 1 + pick(r, 5));
    else if (s->form <= SPLIT_EDGES_LONG)
        set_edges(r, s, in);
    else if (s->form >= SPLIT_FRACTIONS)
        set_fractions(r, s);
    for (int n = s->form == SPLIT_RANGES ? 1 + pick(r, 3) : 0; n > 0; n--) {
        int64_t from = pick(r, (int)in->len + 1);

        step_add_num(s, from);
        step_add_num(s, from + pick(r, (int)(in->len - from) + 1));
    }
}

static void set_get(GRand *r, struct step *s, const struct outlook *in)
{
    static const char *const words[] = {"a", "b", "a", "b", "0", "1", "c"};

    step_add_word(s, in->kind == THING_LIST ? words[4 + pick(r, 2)] : words[pick(r, 7)]);
}

/* A count that may be left out, or 0. */
static void set_count(GRand *r, struct step *s, const struct outlook *in)
{
    if (s->act == ACT_CYCLE)
        step_add_num(s, chance(r, 1) ? -1 : in->len == 0 && chance(r, 80) ? 0 : pick(r, 20));
    else if (s->act == ACT_EPOCHS)
        step_add_num(s, chance(r, 3) ? 0 : 1 + pick(r, 3));
    else if (s->act == ACT_FLATTEN)
        s->form = in->kind == THING_RECORD ? FLATTEN_RECORDS : (unsigned)pick(r, 3);
    else if (s->act == ACT_NAME)
        s->form = (unsigned)pick(r, N_NAME_FORMS);
    else if (s->act == ACT_CACHE && chance(r, 50))
        step_add_num(s, 1 + pick(r, 4));
}

typedef void set_fn(GRand *r, struct step *s, const struct outlook *in);

/* What may stand on elements of a kind, more often what is made for them. */
static enum act pick_act(GRand *r, enum thing_kind kind)
{
    if (kind == THING_LIST && chance(r, 45))
        return chance(r, 50) ? ACT_UNBATCH : ACT_FLATTEN;
    if (kind == THING_RECORD && chance(r, 50))
        return chance(r, 70) ? ACT_GET : ACT_FLATTEN;
    if (kind == THING_INT && chance(r, 20))
        return chance(r, 50) ? ACT_FILTER : ACT_SORT;
    return ACT_SLICE + (enum act)pick(r, N_ACTS - ACT_SLICE);
}

static struct step *make_step(GRand *r, const struct step *in, const struct outlook *of)
{
    static set_fn *const set[N_ACTS] = {
        [ACT_SLICE] = set_slice,   [ACT_GATHER] = set_gather,   [ACT_SHARD] = set_shard,
        [ACT_FILTER] = set_filter, [ACT_SHUFFLE] = set_shuffle, [ACT_SORT] = set_sort,
        [ACT_BATCH] = set_batch,   [ACT_UNBATCH] = set_unbatch, [ACT_SPLIT] = set_split,
        [ACT_GET] = set_get,
    };
    struct step *s = step_new(pick_act(r, of->kind));

    (set[s->act] ? set[s->act] : set_count)(r, s, of);
    step_add_in(s, step_copy(in));
    return s;
}

/* Puts one more step on a tree, where one is found that the model knows the answer of. */
static struct step *extend(GRand *r, struct step *own_s)
{
    struct outlook of = look_at(own_s);

    if (of.verdict != VERDICT_RIGHT)
        return own_s;
    for (int i = 0; i < TRIES; i++) {
        struct step *longer = make_step(r, own_s, &of);
        struct outlook o = look_at(longer);

        if (o.verdict != VERDICT_BEYOND && o.parts <= MOST_PARTS) {
            longer->in[0]->named |= chance(r, 10);
            step_free(own_s);
            return longer;
        }
        step_free(longer);
    }
    return own_s;
}

/* Combinators. */

static struct step *make(GRand *r, unsigned depth);

static struct step *resize(GRand *r, struct step *own_s, unsigned len)
{
    struct outlook of = look_at(own_s);
    struct step *s;

    if (of.len == len || of.verdict != VERDICT_RIGHT || chance(r, 3))
        return own_s;
    if (of.len == 0) {
        step_free(own_s);
        return make_values(r, (unsigned)pick(r, 4), (int)len);
    }
    s = step_new(of.len > len ? ACT_SLICE : ACT_CYCLE);
    s->form = of.len > len ? 2 : 0; /* of a slice: only where it ends */
    step_add_num(s, of.len > len ? 0 : len);
    if (of.len > len)
        step_add_num(s, len);
    step_add_in(s, own_s);
    return s;
}

static struct step *make_chooser(GRand *r, enum act act, unsigned len)
{
    if (chance(r, 25))
        return resize(r, make(r, 0), len);
    return make_values(r, chance(r, 15) ? 6 : act == ACT_SWITCH ? 1 : 2, (int)len);
}

/* Inputs that have to be of one length. */
static void add_equal(GRand *r, struct step *s, unsigned depth)
{
    static const char *const fields[] = {"a", "b", "c", "d"};
    unsigned len = (unsigned)pick(r, 9);
    unsigned n = s->act == ACT_SWITCH ? 3 : 2 + (unsigned)pick(r, 2);
    bool fielded = s->act == ACT_COLLATE && chance(r, 80);

    for (unsigned k = 0; k < n; k++) {
        if (k == 0 && s->act != ACT_COLLATE)
            step_add_in(s, make_chooser(r, s->act, len));
        else
            step_add_in(s, resize(r, make(r, depth), len));
        if (fielded)
            step_add_word(s, fields[k]);
    }
}

static void add_weights(GRand *r, struct step *s)
{
    for (unsigned k = 0; k < s->n_in; k++)
        step_add_num(s, chance(r, 8) ? 0 : 1 + pick(r, 40));
    if (chance(r, 25))
        step_add_num(s, pick(r, 30));
}

static struct step *make_combinator(GRand *r, unsigned depth)
{
    struct step *s = step_new(ACT_CONCATENATE + (enum act)pick(r, ACT_MIX - ACT_CONCATENATE + 1));

    if (s->act == ACT_COLLATE || s->act == ACT_SWITCH || s->act == ACT_CASE) {
        add_equal(r, s, depth);
        return s;
    }
    for (int n = 1 + pick(r, 3); n > 0; n--)
        step_add_in(s, s->n_in > 0 && chance(r, 10) ? step_copy(s->in[0]) : make(r, depth));
    if (s->act == ACT_MIX)
        add_weights(r, s);
    return s;
}

static struct step *make(GRand *r, unsigned depth)
{
    struct step *s = depth == 0 || chance(r, 35) ? make_source(r) : make_combinator(r, depth - 1);
    struct outlook o = look_at(s);

    if (o.verdict == VERDICT_BEYOND || o.parts > MOST_PARTS) {
        step_free(s);
        s = make_source(r);
    }
    for (int n = pick(r, 4); n > 0; n--)
        s = extend(r, s);
    s->named |= chance(r, 10);
    return s;
}

struct step *make_tree(GRand *rand)
{
    struct step *s = make(rand, 1 + (unsigned)pick(rand, 2));

    for (int n = pick(rand, 4); n > 0; n--)
        s = extend(rand, s);
    return s;
}
