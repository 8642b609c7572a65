/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operators of a shared object, right ones and wrong ones. */
#include "ops/op.h"

#include <string.h>

/* letters: a source. */

struct letters {
    int64_t n;
};

static int letters_open(struct seq *s, struct fault *f)
{
    s->len = (uint64_t)((const struct letters *)s->params)->n;
    return 0;
}

static struct type letters_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static int letters_get(const struct call *c, struct value **ret)
{
    const char letter = (char)('a' + c->i % 26);

    *ret = value_new_text(&letter, 1);
    return 0;
}

const struct op op_letters = {
    .abi = SEQFS_OP_ABI,
    .name = "letters",
    .brief = "The letters of the alphabet.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct letters),
    .params = PARAMS(PARAM(INT, struct letters, n, .required = true, .main = true, .min = 1,
                           .max = 1e9, .brief = "how many")),
    .open = letters_open,
    .type = letters_type,
    .get = letters_get,
};

/* turned-round: a step on sequences. */

static void turned_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i)
{
    *ret_in = 0;
    *ret_i = s->len - 1 - i;
}

const struct op op_turned_round = {
    .abi = SEQFS_OP_ABI,
    .name = "turned-round",
    .brief = "The last first.",
    .kind = OP_SEQUENCE,
    .route = turned_route,
};

/* promise: a step on elements that tells their sizes, and need not keep its word. */

struct promise {
    uint64_t bytes, gives;
    bool same;
};

static struct type promise_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = "dat"};
}

static uint64_t size_of(const struct seq *s, uint64_t i, uint64_t first)
{
    return first + (((const struct promise *)s->params)->same ? 0 : i);
}

static bool promise_size(const struct seq *s, uint64_t i, uint64_t *ret)
{
    const struct promise *p = s->params;

    if (i == SEQ_ANY && !p->same)
        return false;
    *ret = size_of(s, i, p->bytes);
    return true;
}

static int promise_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct promise *p = c->params;
    const uint64_t len = size_of(c->seq, c->i, c->given & 1 << 1 ? p->gives : p->bytes);

    *ret = value_new_bytes(g_bytes_new_take(g_malloc0(len + 1), len));
    return 0;
}

const struct op op_promise = {
    .abi = SEQFS_OP_ABI,
    .name = "promise",
    .brief = "Zeros, as many as are promised or not.",
    .kind = OP_ELEMENT,
    .params_size = sizeof(struct promise),
    .params =
        PARAMS(PARAM(SIZE, struct promise, bytes, .required = true, .brief = "bytes promised"),
               PARAM(SIZE, struct promise, gives, .brief = "bytes given, if they are others"),
               PARAM(BOOL, struct promise, same, .fallback = "true",
                     .brief = "as many of each; else each has one more than the one before")),
    .type = promise_type,
    .size = promise_size,
    .apply = promise_apply,
};

/* picky: computes scalars, some of which fail. */

static struct type picky_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static int picky_apply(const struct call *c, struct value *in, struct value **ret)
{
    gsize len;
    const char *text = g_bytes_get_data(value_bytes(in), &len);

    if (len == 3 && memcmp(text, "bad", len) == 0)
        return fault_set(&c->eval->fault, EINVAL, "this one is not wanted");
    *ret = value_ref(in);
    return 0;
}

const struct op op_picky = {
    .abi = SEQFS_OP_ABI,
    .name = "picky",
    .brief = "Texts, but for those that are 'bad'.",
    .kind = OP_ELEMENT,
    .type = picky_type,
    .apply = picky_apply,
};

/* Wrong ones. */

static int silent_apply(const struct call *c, struct value *in, struct value **ret)
{
    return -1;
}

const struct op op_silent = {
    .abi = SEQFS_OP_ABI,
    .name = "silent",
    .brief = "Fails and does not say why.",
    .kind = OP_ELEMENT,
    .type = picky_type,
    .apply = silent_apply,
};

const struct op op_old = {
    .abi = SEQFS_OP_ABI + 1,
    .name = "old",
    .brief = "Of another version.",
    .kind = OP_ELEMENT,
    .apply = promise_apply,
};

const struct op op_empty = {
    .abi = SEQFS_OP_ABI,
    .name = "empty",
    .brief = "Without a function.",
    .kind = OP_ELEMENT,
};

const struct op op_shadowed = {
    .abi = SEQFS_OP_ABI,
    .name = "shadowed",
    .brief = "Has an argument that cannot be given.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct letters),
    .params = PARAMS(PARAM_AS("path", INT, struct letters, n, .brief = "a path")),
    .open = letters_open,
    .type = letters_type,
    .get = letters_get,
};
