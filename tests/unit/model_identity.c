/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements of random pipelines by their identities: of two with one identity, none differs. */
#include "tests/unit/folder.h"
#include "tests/unit/model.h"

#include "ops/core/identity.h"

#include <inttypes.h>

#define MOST 40 /* elements of a step that are looked at */

static guint hash(gconstpointer id)
{
    return (guint)((const struct identity *)id)->a;
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
    return identity_equal(*(const struct identity *)a, *(const struct identity *)b);
}

void identities_init(struct identities *x)
{
    *x = (struct identities){.known = g_hash_table_new_full(hash, equal, g_free, g_free)};
}

void identities_finish(struct identities *x)
{
    g_hash_table_unref(x->known);
}

/* What an element is, or of what kind its failure. */
static char *compute(const struct seq *s, struct eval *e, uint64_t i)
{
    OWN(value_unref) struct value *v = NULL;
    GString *ret = g_string_new(NULL);

    if (seq_get(s, e, i, &v) < 0) {
        g_string_printf(ret, "!%d", e->fault.err);
        fault_clear(&e->fault);
    } else {
        g_string_append_printf(ret, "%s ", value_kind_name(value_kind(v)));
        print_element(v, ret);
    }
    return g_string_free(ret, FALSE);
}

/* NULL, or what else there is of the same identity. */
static const char *add(struct identities *x, struct identity id, const char *what)
{
    const char *other = g_hash_table_lookup(x->known, &id);

    x->again += other != NULL;
    if (!other)
        g_hash_table_insert(x->known, g_memdup2(&id, sizeof id), g_strdup(what));
    return other && strcmp(other, what) != 0 ? other : NULL;
}

static char *check_step(struct identities *x, const struct seq *s, struct eval *e)
{
    for (uint64_t i = 0; i < MIN(s->len, MOST); i++) {
        struct identity id = seq_identity(s, i);
        g_autofree char *what = NULL;
        const char *other;

        x->asked++;
        x->none += identity_is_none(id);
        if (identity_is_none(id))
            continue;
        what = compute(s, e, i);
        other = add(x, id, what);
        if (other)
            return g_strdup_printf("element %" PRIu64 " of '%s' at %" PRIu32 ":%" PRIu32
                                   " is '%s', and by its identity '%s'",
                                   i, s->name, s->mark.line, s->mark.column, what, other);
    }
    return NULL;
}

/* Not all steps of a plan are used: some are of views that cannot be. */
static void find_steps(const struct seq *s, GHashTable *seen, GPtrArray *ret)
{
    if (!g_hash_table_add(seen, (gpointer)s))
        return;
    g_ptr_array_add(ret, (gpointer)s);
    for (uint32_t n = 0; n < s->n_in; n++)
        find_steps(s->in[n], seen, ret);
}

static GPtrArray *steps_of(const struct plan *p)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    GPtrArray *steps = g_ptr_array_new();

    for (uint32_t n = 0; n < plan_n_outputs(p); n++)
        if (plan_output(p, n)->kind != OUTPUT_CONTACT)
            find_steps(plan_output(p, n)->seq, seen, steps);
    for (uint32_t n = 0; n < plan_n_named(p); n++)
        find_steps(plan_named(p, n)->seq, seen, steps);
    return steps;
}

/* As files if they can be such; NULL = it is wrong, too. */
static struct plan *load_spec(struct step *root, char **spec)
{
    struct plan *p = NULL;

    for (int files = 1; files >= 0 && !p; files--) {
        OWN(complaints_free) struct complaints *c = complaints_new();

        g_free(*spec);
        *spec = step_spec(root, files);
        if (*spec)
            plan_try("/", *spec, c, &p);
    }
    return p;
}

char *identities_check(struct identities *x, struct step *root, char **spec)
{
    OWN(plan_free) struct plan *p = load_spec(root, spec);
    char *said = NULL;
    struct eval e;

    eval_init(&e, NULL);
    if (!p)
        return NULL;
    g_autoptr(GPtrArray) steps = steps_of(p);
    for (guint n = 0; n < steps->len && !said; n++)
        said = check_step(x, steps->pdata[n], &e);
    return said;
}
