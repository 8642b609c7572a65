/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* slice: a stretch of a sequence, by Python's rules. */
#include "ops/op.h"

#include <string.h>

struct slice {
    const char *range;
};

/* Lifetime: the sequence's. */
struct stretch {
    uint64_t start;
    uint64_t step; /* added modulo 2^64, so that it may go down */
};

/* "a:b:c"; what is left out stays as it is and is not in *ret_given (bit 0, 1, 2). */
static bool parse(const char *text, int64_t ret[3], unsigned *ret_given)
{
    g_auto(GStrv) words = g_strsplit(text, ":", 4);
    guint n = g_strv_length(words);
    unsigned given = 0;

    if (n < 2 || n > 3)
        return false;
    for (guint i = 0; i < n; i++) {
        g_strstrip(words[i]);
        if (words[i][0] != '\0' && !scan_int(words[i], &ret[i]))
            return false;
        if (words[i][0] != '\0')
            given |= 1u << i;
    }
    *ret_given = given;
    return true;
}

/* Where a written position lies in 0..len, or -1..len-1 when going down. */
static int64_t place(int64_t at, int64_t len, bool down)
{
    if (at < 0)
        at += len;
    return CLAMP(at, down ? -1 : 0, down ? len - 1 : len);
}

static int slice_open(struct seq *s, struct fault *f)
{
    const char *text = ((const struct slice *)s->params)->range;
    const int64_t len = (int64_t)s->len;
    int64_t at[3] = {0, 0, 1};
    unsigned given;
    struct stretch *self;
    bool down;

    if (!parse(text, at, &given))
        return fault_set_arg(
            f, EINVAL, "range", -1,
            "slice: '%s' is no stretch; wanted is \"from:to\" or \"from:to:step\"%s", text,
            strchr(text, ':') ? "" : ", or gather for one element");
    if (at[2] == 0)
        return fault_set_arg(f, EINVAL, "range", -1, "slice: the step in '%s' is 0", text);
    if (s->len > INT64_MAX)
        return fault_set(f, EOVERFLOW, "slice: %" PRIu64 " elements are too many", s->len);
    down = at[2] < 0;
    at[0] = given & 1 ? place(at[0], len, down) : down ? len - 1 : 0;
    at[1] = given & 2 ? place(at[1], len, down) : down ? -1 : len;
    s->self = self = g_new(struct stretch, 1);
    *self = (struct stretch){.start = (uint64_t)at[0], .step = (uint64_t)at[2]};
    if (down)
        s->len = at[1] < at[0] ? (uint64_t)(at[0] - at[1] - 1) / (0 - self->step) + 1 : 0;
    else
        s->len = at[0] < at[1] ? (uint64_t)(at[1] - at[0] - 1) / self->step + 1 : 0;
    return 0;
}

static void slice_close(struct seq *s)
{
    g_free(s->self);
}

static void slice_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    const struct stretch *self = s->self;

    *ret_in = 0;
    *ret_i = self->start + i * self->step;
}

const struct op op_slice = {
    .abi = SEQFS_OP_ABI,
    .name = "slice",
    .brief = "A stretch of the elements, \"from:to:step\" as in Python.",
    .manual = "Positions count from 0, negative ones from the end; what is left out is the "
              "beginning, the end and 1. `slice: \"::-1\"` turns the order round. A stretch that "
              "reaches beyond the elements takes those that are there.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct slice),
    .params = PARAMS(PARAM(STRING, struct slice, range, .required = true, .main = true,
                           .brief = "from:to or from:to:step; to is not included")),
    .examples = EXAMPLES(
        {"[{range: 5}, {slice: \"1:4\"}]", "1 2 3"}, {"[{range: 5}, {slice: \"-2:\"}]", "3 4"},
        {"[{range: 5}, {slice: \"::-2\"}]", "4 2 0"},
        {"[{range: 5}, {slice: \"1\"}]",
         "!1:22: slice: '1' is no stretch; wanted is \"from:to\" or \"from:to:step\", or "
         "gather for one element"}),
    .open = slice_open,
    .close = slice_close,
    .route = slice_route,
};
