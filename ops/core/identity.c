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

struct identity plan_identity(const struct plan *p, uint32_t output)
{
    OWN(digest_free) struct digest *d = digest_new();
    uint64_t hash[2] = {0};

    digest_text(d, spec_folder(plan_spec(p)));
    digest_number(d, plan_seed(p));
    digest_steps(d, plan_output(p, output)->seq);
    digest_end(d, hash);
    return (struct identity){hash[0], hash[1]};
}
