/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identities of elements, and of whole outputs. */
#include "ops/core/identity.h"

#include "ops/core/digest.h"

struct identity seq_identity(const struct seq *s, uint64_t i)
{
    OWN(digest_free) struct digest *d = digest_new();
    uint64_t hash[2];

    digest_element(d, s, i);
    return digest_end(d, hash) ? (struct identity){hash[0], hash[1]} : (struct identity){0};
}

/* A walk through the steps of an output.  Lifetime: call. */
struct walk {
    struct digest *digest;
    GHashTable *numbers; /* struct seq -> its number from 1, in the order of the walk */
};

static void add_chain(struct walk *w, const struct seq *s);

/* A step that several stand on is told once, and then by its number. */
static void add_input(struct walk *w, const struct seq *s)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(w->numbers, s));

    digest_number(w->digest, number);
    if (number == 0)
        add_chain(w, s);
}

/* Depth is that of the plan. */
static void add_chain(struct walk *w, const struct seq *s)
{
    struct digest *d = w->digest;

    g_hash_table_insert(w->numbers, (gpointer)s,
                        GUINT_TO_POINTER(g_hash_table_size(w->numbers) + 1));
    digest_bytes(d, s->digest, sizeof s->digest);
    digest_number(d, s->len);
    digest_bytes(d, &s->chance, sizeof s->chance);
    digest_number(d, s->subject);
    digest_number(d, s->random);
    if (s->random) {
        digest_number(d, s->use);
        digest_number(d, s->epoch);
    }
    digest_number(d, s->n_in);
    for (uint32_t n = 0; n < s->n_in; n++)
        add_input(w, s->in[n]);
}

struct identity plan_identity(const struct plan *p, uint32_t output)
{
    OWN(digest_free) struct digest *d = digest_new();
    g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
    struct walk w = {d, numbers};
    uint64_t hash[2] = {0};

    digest_text(d, spec_folder(plan_spec(p)));
    digest_number(d, plan_seed(p));
    add_input(&w, plan_output(p, output)->seq);
    digest_end(d, hash);
    return (struct identity){hash[0], hash[1]};
}
