/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* split: a list of stretches of a sequence. */
#include "ops/op.h"

#include <math.h>
#include <string.h>

/* Fractions are counted in units of this, exactly: sums of them come out alike on every machine. */
#define WHOLE INT64_C(1000000000000000)
#define WHOLE_SLACK INT64_C(1000000) /* what thirds and the like may lack, or be over */

enum { GIVEN_SEED = 5 }; /* its place in the table of parameters */

struct split {
    const struct node *by;
    int64_t parts;
    struct ints edges;
    const struct node *ranges, *fractions;
    int64_t seed;
};

struct piece {
    uint64_t from, to;
};

/* Lifetime: the sequence's. */
struct pieces {
    uint64_t n;
    struct piece *at;         /* owned; NULL = n pieces about equal */
    const struct node *names; /* the fractions, where they have names; else NULL */
    bool shuffled;
    struct permutation order;
};

static int out_of_range(struct fault *f, const char *arg, int item, int64_t at, uint64_t len)
{
    return fault_set_arg(f, EINVAL, arg, item,
                         "split: %" PRId64 " is outside of the %" PRIu64 " elements", at, len);
}

static void make_room(struct pieces *p, uint64_t n)
{
    p->n = n;
    p->at = g_new0(struct piece, n + 1);
}

/* arg: the argument that has the edges. */
static int by_edges(struct pieces *p, const struct ints *edges, uint64_t len, const char *arg,
                    struct fault *f)
{
    uint64_t at = 0;

    make_room(p, (uint64_t)edges->len + 1);
    for (uint32_t i = 0; i < edges->len; i++) {
        p->at[i].from = at;
        if (!stretch_place(edges->at[i], len, &at))
            return out_of_range(f, arg, (int)i, edges->at[i], len);
        p->at[i].to = at;
        if (p->at[i].to < p->at[i].from)
            return fault_set_arg(f, EINVAL, arg, (int)i,
                                 "split: edge %" PRId64 " comes before the one before it; wanted "
                                 "are edges in order",
                                 edges->at[i]);
    }
    p->at[edges->len] = (struct piece){.from = at, .to = len};
    return 0;
}

/* A bare number, or a bare list. */
static int by_bare(struct pieces *p, const struct node *by, uint64_t len, struct fault *f)
{
    g_autofree int64_t *at = NULL;
    char found[80];
    int64_t n;

    if (by->kind == NODE_SCALAR) {
        if (!scan_int(by->text, &n) || n < 1 || n > INT32_MAX)
            return fault_set_arg(f, EINVAL, "by", -1,
                                 "split: '%.40s' is no number of parts, which are 1..%d", by->text,
                                 INT32_MAX);
        p->n = (uint64_t)n;
        return 0;
    }
    at = g_new0(int64_t, by->len + 1);
    for (uint32_t i = 0; i < by->len; i++) {
        const struct node *item = by->items[i];

        if (item->kind == NODE_LIST)
            return fault_set_arg(f, EINVAL, "by", (int)i,
                                 "split: an edge is a list; wanted is a whole number, or stretches "
                                 "as {ranges: [[0, 2], ...]}");
        if (item->kind != NODE_SCALAR || !scan_int(item->text, &at[i]))
            return fault_set_arg(f, EINVAL, "by", (int)i,
                                 "split: an edge is %s; wanted is a whole number",
                                 node_describe(item, found, sizeof found));
    }
    return by_edges(p, &(struct ints){.at = at, .len = by->len}, len, "by", f);
}

/* The two ends of "a:b" or [a, b]; what is left out is the beginning and the end. */
static bool read_range(const struct node *n, uint64_t len, int64_t ret[2])
{
    g_auto(GStrv) words = n->kind == NODE_SCALAR ? g_strsplit(n->text, ":", 3) : NULL;

    ret[0] = 0;
    ret[1] = (int64_t)len;
    if (n->kind == NODE_LIST)
        return n->len == 2 && n->items[0]->kind == NODE_SCALAR &&
               n->items[1]->kind == NODE_SCALAR && scan_int(n->items[0]->text, &ret[0]) &&
               scan_int(n->items[1]->text, &ret[1]);
    if (!words || g_strv_length(words) != 2)
        return false;
    for (int i = 0; i < 2; i++)
        if (*g_strstrip(words[i]) && !scan_int(words[i], &ret[i]))
            return false;
    return true;
}

static int by_ranges(struct pieces *p, const struct node *ranges, uint64_t len, struct fault *f)
{
    char found[80];

    if (ranges->kind != NODE_LIST)
        return fault_set_arg(f, EINVAL, "ranges", -1,
                             "split: argument 'ranges' is %s; wanted is a list such as "
                             "[[0, 10], [10, 12]]",
                             node_describe(ranges, found, sizeof found));
    make_room(p, ranges->len);
    for (uint32_t i = 0; i < ranges->len; i++) {
        struct piece *at = &p->at[i];
        int64_t ends[2];

        if (!read_range(ranges->items[i], len, ends))
            return fault_set_arg(f, EINVAL, "ranges", (int)i,
                                 "split: range %u is %s; wanted is [from, to] or \"from:to\"", i,
                                 node_describe(ranges->items[i], found, sizeof found));
        if (!stretch_place(ends[0], len, &at->from))
            return out_of_range(f, "ranges", (int)i, ends[0], len);
        if (!stretch_place(ends[1], len, &at->to))
            return out_of_range(f, "ranges", (int)i, ends[1], len);
        if (at->to < at->from)
            return fault_set_arg(f, EINVAL, "ranges", (int)i,
                                 "split: range %u ends before it begins", i);
    }
    return 0;
}

static bool is_folder_name(const char *name)
{
    return filename_is_one(name) && strlen(name) <= 255;
}

static int read_fraction(const struct node *fractions, uint32_t i, int64_t *ret, struct fault *f)
{
    const struct node *n = fractions->items[i];
    char found[80];
    double x;

    if (n->kind != NODE_SCALAR || !scan_double(n->text, &x) || !(x >= 0 && x <= 1))
        return fault_set_arg(f, EINVAL, "fractions", (int)i,
                             "split: a fraction is %s; wanted is a number 0..1",
                             node_describe(n, found, sizeof found));
    if (fractions->kind == NODE_MAPPING && !is_folder_name(fractions->keys[i]->text))
        return fault_set_arg(f, EINVAL, "fractions", -1,
                             "split: '%.64s' cannot be the name of a folder",
                             fractions->keys[i]->text);
    *ret = llround(x * (double)WHOLE);
    return 0;
}

/* Where the fractions so far end.  A sum that is one but for rounding is all elements. */
static uint64_t place(int64_t sum, uint64_t len)
{
    if (sum >= WHOLE - WHOLE_SLACK)
        return len;
    return (uint64_t)((unsigned __int128)sum * len / (uint64_t)WHOLE);
}

static int by_fractions(struct pieces *p, const struct node *fractions, uint64_t len,
                        struct fault *f)
{
    int64_t sum = 0, one = 0;
    char found[80];

    if (fractions->kind == NODE_SCALAR)
        return fault_set_arg(f, EINVAL, "fractions", -1,
                             "split: argument 'fractions' is %s; wanted is a mapping such as "
                             "{train: 0.8, val: 0.2}",
                             node_describe(fractions, found, sizeof found));
    make_room(p, fractions->len);
    p->names = fractions->kind == NODE_MAPPING ? fractions : NULL;
    for (uint32_t i = 0; i < fractions->len; i++) {
        int r = read_fraction(fractions, i, &one, f);

        if (r < 0)
            return r;
        p->at[i].from = place(sum, len);
        sum += one;
        if (sum > WHOLE + WHOLE_SLACK)
            return fault_set_arg(f, EINVAL, "fractions", -1,
                                 "split: the fractions are more than 1 together");
        p->at[i].to = place(sum, len);
    }
    return 0;
}

static int make_pieces(const struct seq *s, struct pieces *pieces, struct fault *f)
{
    const struct split *p = s->params;
    unsigned given = !!p->by + (p->parts > 0) + !!p->edges.at + !!p->ranges + !!p->fractions;

    if (given != 1)
        return fault_set(f, EINVAL,
                         "split: wanted is one of 'parts', 'edges', 'ranges' and 'fractions'");
    if (p->by)
        return by_bare(pieces, p->by, s->len, f);
    if (p->edges.at)
        return by_edges(pieces, &p->edges, s->len, "edges", f);
    if (p->ranges)
        return by_ranges(pieces, p->ranges, s->len, f);
    if (p->fractions)
        return by_fractions(pieces, p->fractions, s->len, f);
    pieces->n = (uint64_t)p->parts;
    return 0;
}

/* floor(i * len / n), in pieces that cannot overflow: n has 31 bits. */
static uint64_t equal_edge(uint64_t i, uint64_t n, uint64_t len)
{
    return i * (len / n) + i * (len % n) / n;
}

static struct piece piece_of(const struct seq *s, uint64_t i)
{
    const struct pieces *p = s->self;
    uint64_t len = s->in[0]->len;

    if (p->at)
        return p->at[i];
    return (struct piece){equal_edge(i, p->n, len), equal_edge(i + 1, p->n, len)};
}

static int split_open(struct seq *s, struct fault *f)
{
    const struct split *p = s->params;
    struct pieces *pieces = s->self = g_new0(struct pieces, 1);
    uint64_t longest = 0;
    int r = make_pieces(s, pieces, f);

    if (r < 0)
        return r;
    pieces->shuffled = s->given >> GIVEN_SEED & 1 && s->len > 0;
    if (pieces->shuffled)
        permutation_init(&pieces->order, s->len, random_key((uint64_t)p->seed, 0, 0));
    for (uint64_t i = 0; pieces->at && i < pieces->n; i++)
        longest = MAX(longest, pieces->at[i].to - pieces->at[i].from);
    s->trivial = s->trivial && (pieces->at ? longest : s->len / pieces->n) < SEQ_QUICK_PARTS;
    s->len = pieces->n;
    return 0;
}

static void split_close(struct seq *s)
{
    struct pieces *p = s->self;

    if (p)
        g_free(p->at);
    g_free(p);
}

static struct type split_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_LIST, .parted = true};
}

static uint64_t split_n_parts(const struct seq *s, uint64_t i)
{
    const struct pieces *p = s->self;

    if (i != SEQ_ANY)
        return piece_of(s, i).to - piece_of(s, i).from;
    return !p->at && s->in[0]->len % p->n == 0 ? s->in[0]->len / p->n : SEQ_ANY;
}

static bool split_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                       uint64_t *ret_i)
{
    const struct pieces *p = s->self;
    uint64_t at = piece_of(s, i).from + k;

    *ret_s = s->in[0];
    *ret_i = p->shuffled ? permutation_at(&p->order, at) : at;
    return true;
}

static struct type split_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    const struct seq *in;
    uint64_t j;

    if (i == SEQ_ANY)
        return seq_type(s->in[0], SEQ_ANY);
    split_part(s, i, k, &in, &j);
    return seq_type(in, j);
}

static enum name_part split_name_of(const struct seq *s, uint64_t i, GString *ret)
{
    const struct pieces *p = s->self;

    if (!p->names)
        return NAME_NONE;
    g_string_append(ret, p->names->keys[i]->text);
    return NAME_STEM;
}

static int split_get(const struct call *c, struct value **ret)
{
    return seq_collect(c->seq, c->eval, c->i, ret);
}

const struct op op_split = {
    .abi = SEQFS_OP_ABI,
    .name = "split",
    .brief = "A list of stretches of a sequence, each a folder.",
    .manual =
        "A bare number is that many parts, about equal; a bare list is edges: the indices where it "
        "is cut, so that there is one part more. Ranges may leave elements out or take them twice. "
        "Negative positions count from the end. Fractions divide the elements in order, without "
        "overlap; those in a mapping name the folders, and what is missing to 1 is left out.\n\n"
        "With `seed` the elements are put in a random order first, the same for the same seed "
        "and number of elements on every machine.",
    .kind = OP_SEQUENCE,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct split),
    .params = PARAMS(
        PARAM(NODE, struct split, by, .main = true, .brief = "how many parts, or a list of edges"),
        PARAM(INT, struct split, parts, .min = 1, .max = INT32_MAX,
              .brief = "how many parts, about equal"),
        PARAM(INTS, struct split, edges, .brief = "indices where another part begins, in order"),
        PARAM(NODE, struct split, ranges, .brief = "[from, to] or \"from:to\", each a part"),
        PARAM(NODE, struct split, fractions,
              .brief = "names to numbers that are 1 together or less; or a list of numbers"),
        PARAM(INT, struct split, seed, .brief = "put the elements in this random order first")),
    .examples = EXAMPLES(
        {"[{values: [aa, ab, ac, ad, ba, bb, ca, cb, cc, cd]}, {split: [4, 6]}, {encode: json}]",
         "[\"aa\", \"ab\", \"ac\", \"ad\"] [\"ba\", \"bb\"] [\"ca\", \"cb\", \"cc\", \"cd\"]"},
        {"[{values: [aa, ab, ac, ad, ba, bb, ca, cb, cc, cd]}, "
         "{split: {ranges: [[0, 2], [4, 6], [6, 8]]}}, {encode: json}]",
         "[\"aa\", \"ab\"] [\"ba\", \"bb\"] [\"ca\", \"cb\"]"},
        {"[{range: 8}, {split: 3}, {encode: json}]", "[0, 1] [2, 3, 4] [5, 6, 7]"},
        {"[{range: 10}, {split: {ranges: [\":2\", \"-1:\"]}}]", "0 1 9"},
        {"[{range: 10}, {split: {fractions: {train: 0.7, val: 0.1, test: 0.2}}}, {encode: json}]",
         "[0, 1, 2, 3, 4, 5, 6] [7] [8, 9]"},
        {"[{range: 6}, {split: {fractions: {train: 0.5, val: 0.5}, seed: 7}}, {encode: json}]",
         "[2, 0, 3] [5, 4, 1]"},
        {"[{range: 5}, {split: [4, 2]}]",
         "!1:26: split: edge 2 comes before the one before it; wanted are edges in order"},
        {"[{range: 5}, {split: {fractions: [0.8, 0.3]}}]",
         "!1:34: split: the fractions are more than 1 together"}),
    .open = split_open,
    .close = split_close,
    .type = split_type,
    .n_parts = split_n_parts,
    .part = split_part,
    .part_type = split_part_type,
    .name_of = split_name_of,
    .get = split_get,
};
