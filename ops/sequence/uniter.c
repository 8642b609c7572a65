/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* uniter: any order over what can only be read forward. */
#include "ops/op.h"

#include "ops/core/forward.h"

#include <string.h>

enum { ARG_LENGTH = 2 }; /* its place in the table */

/* Reads and drops elements, to a number of them or to the end; those that are wrong count. */
static int skip(const struct seq *in, void *reader, uint64_t n, int64_t deadline, struct fault *f,
                uint64_t *ret_n)
{
    uint64_t done;

    for (done = 0; done < n; done++) {
        OWN(value_unref) struct value *v = NULL;
        int r = in->op->next(reader, deadline, f, &v);

        if (r == 0)
            break;
        if (r < 0 && r != -EILSEQ)
            return r;
    }
    *ret_n = done;
    return 0;
}

/* A complaint about a spec is one line: of what was said, the last. */
static const char *last_line(char *said)
{
    const char *newline = strrchr(g_strchomp(said), '\n');

    return newline ? newline + 1 : said;
}

/* How many elements there are, which only reading tells. */
static int count(struct seq *s, struct fault *f)
{
    const struct seq *in = s->in[0];
    struct fault why;
    void *reader;
    int r = in->op->start(in, f, &reader);

    if (r == 0) {
        r = skip(in, reader, INT64_MAX, 0, f, &s->len);
        in->op->stop(reader);
    }
    if (r == 0)
        return 0;
    why = *f;
    fault_set(f, why.err, "%s: %s", in->name, why.text);
    fault_detail(f, last_line(why.detail), -1);
    f->source = true;
    return r;
}

static int uniter_open(struct seq *s, struct fault *f)
{
    const struct forward *p = s->params;

    if (s->given & (UINT64_C(1) << ARG_LENGTH)) {
        if (!forward_only(s->in[0]) && (uint64_t)p->len != s->in[0]->len)
            return fault_set_arg(f, EINVAL, "length", -1,
                                 "uniter: argument 'length' is %" PRId64
                                 ", but its input has %" PRIu64 " elements",
                                 p->len, s->in[0]->len);
        s->len = (uint64_t)p->len;
        return 0;
    }
    return s->in[0]->len == SEQ_UNCOUNTED ? count(s, f) : 0;
}

static void uniter_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = i;
}

/* From the beginning up to the element: for those who evaluate without keeping readers. */
static int read_once(const struct call *c, struct value **ret)
{
    const struct seq *in = c->seq->in[0];
    struct fault *f = &c->eval->fault;
    uint64_t n = 0;
    void *reader;
    int r = in->op->start(in, f, &reader);

    if (r < 0)
        return r;
    r = skip(in, reader, c->i, c->eval->deadline, f, &n);
    if (r == 0 && n == c->i) {
        r = in->op->next(reader, c->eval->deadline, f, ret);
        n += r > 0;
    }
    in->op->stop(reader);
    if (r == 0 && n <= c->i)
        return forward_set_short(f, n, c->seq->len);
    return r < 0 ? r : 0;
}

static int uniter_get(const struct call *c, struct value **ret)
{
    const struct seq *in = c->seq->in[0];
    const struct readers *readers = c->eval->readers;
    int r;

    if (!forward_only(in))
        return seq_get(in, c->eval, c->i, ret);
    if (readers)
        r = readers->get(readers->ctx, c->seq, c->i, c->eval->deadline, &c->eval->fault, ret);
    else
        r = read_once(c, ret);
    /* The source has no call of its own in which it could be noted. */
    if (r < 0)
        fault_pass(&c->eval->fault, in->id, c->i);
    return r;
}

static void uniter_identify(const struct call *c, struct digest *d)
{
    digest_element(d, c->seq->in[0], c->i);
}

const struct op op_uniter = {
    .abi = SEQFS_OP_ABI,
    .name = "uniter",
    .brief = "Any order over a source that can only be read from its beginning on.",
    .manual =
        "Compressed files and the output of programs can only be read forward. This step keeps "
        "readers of such a source where they are and the elements that went by last (at most "
        "64 MiB of them): reading in order reads the source once, however many workers there are; "
        "an element that has gone by and is not kept any more costs reading from the beginning. "
        "It is put in by itself, with its defaults, where anything else follows such a source. "
        "Behind any other sequence it changes nothing.\n\n"
        "Unless it is known or given, the length is found by reading the source once when the "
        "spec is loaded. A source that ends sooner when it is read again has failures in place of "
        "the elements that are missing.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct forward),
    .params =
        PARAMS(PARAM(INT, struct forward, cache, .fallback = "1000", .min = 1, .max = 1e9,
                     .brief = "how many elements are kept that went by last"),
               PARAM(INT, struct forward, parallel, .fallback = "4", .min = 1, .max = 64,
                     .brief = "how many readers there are at most, each at a place of its own"),
               PARAM_AS("length", INT, struct forward, len, .min = 0, .max = 9007199254740992.0,
                        .brief = "how many elements there are; counted when not given")),
    .examples = EXAMPLES({"[{program: [seq, 4]}, {uniter: {cache: 2, parallel: 1}}]", "1 2 3 4"},
                         {"[{program: [seq, 4]}, uniter, {gather: [3, 0]}]", "4 1"},
                         {"[{program: [seq, 4]}, {uniter: {length: 2}}]", "1 2"},
                         {"[{range: 2}, uniter]", "0 1"},
                         {"[{program: [seq, 4]}, {uniter: {parallel: 0}}]",
                          "!1:43: uniter: argument 'parallel': 0 is outside of 1..64"}),
    .open = uniter_open,
    .route = uniter_route,
    .identify = uniter_identify,
    .get = uniter_get,
};
