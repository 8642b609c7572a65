/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks through the steps that a sequence is made by, each once. */
#include "ops/core/digest.h"

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

void digest_steps(struct digest *d, const struct seq *s)
{
    g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
    struct walk w = {d, numbers};

    add_input(&w, s);
}
