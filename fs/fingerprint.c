/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hashes what tells one plan from another. */
#include "fs/fingerprint.h"

#include <string.h>
#include <xxhash.h>

static void add(XXH3_state_t *h, const void *data, size_t len)
{
    XXH3_128bits_update(h, data, len);
}

static void add_number(XXH3_state_t *h, uint64_t n)
{
    add(h, &n, sizeof n);
}

/* With its end, so that what follows cannot be taken for a part of it. */
static void add_text(XXH3_state_t *h, const char *text)
{
    add(h, text, strlen(text) + 1);
}

static void visit_origin(void *h, const char *path)
{
    add_text(h, path);
}

static void add_origins(XXH3_state_t *h, const struct seq *s)
{
    const uint64_t stride = MAX(s->len / FINGERPRINT_ELEMENTS, 1);

    for (uint64_t i = 0; i < s->len; i += MIN(stride, s->len - i)) {
        add_number(h, i);
        seq_each_origin(s, i, visit_origin, h);
    }
}

static void add_output(XXH3_state_t *h, const struct output *o)
{
    add_text(h, o->name);
    add_number(h, o->kind);
    add_number(h, o->seq->id);
    add_number(h, o->seq->len);
    add_number(h, o->n_levels);
    if (o->kind == OUTPUT_DATASET)
        add_origins(h, o->seq);
}

struct fingerprint fingerprint_plan(const struct plan *p)
{
    XXH3_state_t *h = XXH3_createState();
    size_t len;
    const char *text = spec_text(plan_spec(p), &len);

    g_assert(h);
    XXH3_128bits_reset(h);
    add_number(h, len);
    add(h, text, len);
    add_number(h, plan_seed(p));
    add_number(h, plan_n_steps(p));
    for (uint32_t i = 0; i < plan_n_steps(p); i++) {
        add_text(h, plan_step(p, i)->name);
        add_number(h, plan_step(p, i)->len);
    }
    add_number(h, plan_n_outputs(p));
    for (uint32_t i = 0; i < plan_n_outputs(p); i++)
        add_output(h, plan_output(p, i));
    XXH128_hash_t sum = XXH3_128bits_digest(h);
    XXH3_freeState(h);
    return (struct fingerprint){sum.low64, sum.high64};
}

bool fingerprint_equal(struct fingerprint x, struct fingerprint y)
{
    return x.a == y.a && x.b == y.b;
}
