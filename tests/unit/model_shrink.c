/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The smallest tree that seqfs and the model still disagree about. */
#include "tests/unit/model.h"

#include <string.h>

#define TRIALS 3000 /* trees asked about in one search */

/* A way to make one step of a tree simpler: false = there is no way number `way` at that step. */

static void drop_word(struct step *s, unsigned i)
{
    g_free(s->words[i]);
    s->n_words--;
    memmove(s->words + i, s->words + i + 1, (s->n_words - i) * sizeof *s->words);
}

static void drop_num(struct step *s, unsigned i)
{
    s->n_nums--;
    memmove(s->nums + i, s->nums + i + 1, (s->n_nums - i) * sizeof *s->nums);
}

static void drop_in(struct step *s, unsigned i)
{
    step_free(s->in[i]);
    s->n_in--;
    memmove(s->in + i, s->in + i + 1, (s->n_in - i) * sizeof *s->in);
    if (s->n_words > i)
        drop_word(s, i);
    if (s->act == ACT_MIX)
        drop_num(s, i);
}

static void put_input(struct step **at, unsigned i)
{
    struct step *s = *at;

    *at = s->in[i];
    s->in[i] = NULL;
    step_free(s);
}

static void put_range(struct step **at, unsigned n)
{
    step_free(*at);
    *at = step_new(ACT_RANGE);
    step_add_num(*at, n);
}

static bool is_list(const struct step *s)
{
    return s->act == ACT_VALUES || s->act == ACT_GATHER;
}

static unsigned least_inputs(const struct step *s)
{
    return s->act == ACT_SWITCH ? 3 : s->act == ACT_CASE ? 2 : 1;
}

/* Takes `n` off *way, and tells whether it was among the first n. */
static bool among(unsigned *way, unsigned n)
{
    bool in = *way < n;

    *way -= in ? 0 : n;
    return in;
}

static bool simplify_number(struct step *s, unsigned way)
{
    int64_t *n = &s->nums[way / 3];
    int64_t simpler = way % 3 == 0 ? 0 : way % 3 == 1 ? *n / 2 : *n - (*n > 0) + (*n < 0);

    if (*n == simpler)
        return false;
    *n = simpler;
    return true;
}

static bool simplify_word(struct step *s, unsigned way)
{
    if ((s->act != ACT_VALUES && s->act != ACT_REPEAT && s->act != ACT_BATCH) ||
        strlen(s->words[way]) < 2)
        return false;
    g_free(s->words[way]);
    s->words[way] = g_strdup("1");
    return true;
}

enum outcome { CHANGED, SAME, NO_WAY };

static enum outcome simplify_step(struct step **at, unsigned way)
{
    struct step *s = *at;
    unsigned spare = s->n_in > least_inputs(s) ? s->n_in : 0;

    if (among(&way, s->n_in)) {
        put_input(at, way);
        return CHANGED;
    }
    if (among(&way, 4)) {
        bool same = s->act == ACT_RANGE && s->n_nums == 1;
        if (!same)
            put_range(at, way);
        return same ? SAME : CHANGED;
    }
    if (among(&way, spare)) {
        drop_in(s, way);
        return CHANGED;
    }
    if (among(&way, is_list(s) ? s->n_nums + s->n_words : 0)) {
        s->act == ACT_GATHER ? drop_num(s, way) : drop_word(s, way);
        return CHANGED;
    }
    if (among(&way, 1)) {
        bool named = s->named;
        s->named = false;
        return named ? CHANGED : SAME;
    }
    if (among(&way, 3 * s->n_nums))
        return simplify_number(s, way) ? CHANGED : SAME;
    if (among(&way, s->n_words))
        return simplify_word(s, way) ? CHANGED : SAME;
    return NO_WAY;
}

/* One search for a simpler tree: tries each way at each step, and keeps what still disagrees. */
static bool improve(struct step **root, char **spec, unsigned *trials)
{
    for (unsigned n = 0; n < step_count(*root); n++) {
        enum outcome o = SAME;

        for (unsigned way = 0; o != NO_WAY && *trials > 0; way++) {
            struct step *simpler = step_copy(*root);
            g_autofree char *said = NULL;

            o = simplify_step(step_find(&simpler, n), way);
            if (o == CHANGED && --*trials > 0)
                said = compare_tree(simpler, spec);
            if (said) {
                step_free(*root);
                *root = simpler;
                return true;
            }
            step_free(simpler);
        }
    }
    return false;
}

struct step *shrink_tree(const struct step *root, char **spec)
{
    struct step *s = step_copy(root);
    unsigned trials = TRIALS;

    while (trials > 0 && improve(&s, spec, &trials))
        ;
    return s;
}
