/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees of steps. */
#include "tests/unit/model.h"

static const char *const ops[N_ACTS] = {
    [ACT_RANGE] = "range",
    [ACT_VALUES] = "values",
    [ACT_REPEAT] = "repeat",
    [ACT_CONCATENATE] = "concatenate",
    [ACT_INTERLEAVE] = "interleave",
    [ACT_COLLATE] = "collate",
    [ACT_SWITCH] = "switch",
    [ACT_CASE] = "case",
    [ACT_MIX] = "mix",
    [ACT_SLICE] = "slice",
    [ACT_GATHER] = "gather",
    [ACT_CYCLE] = "cycle",
    [ACT_SHARD] = "shard",
    [ACT_SHUFFLE] = "shuffle",
    [ACT_FILTER] = "filter",
    [ACT_SORT] = "sort",
    [ACT_BATCH] = "batch",
    [ACT_UNBATCH] = "unbatch",
    [ACT_FLATTEN] = "flatten",
    [ACT_SPLIT] = "split",
    [ACT_GET] = "get",
    [ACT_EPOCHS] = "epochs",
    [ACT_NAME] = "name",
    [ACT_CACHE] = "cache",
    [ACT_DEBUG] = "debug",
    [ACT_MONITOR] = "monitor",
    [ACT_PREFETCH] = "prefetch",
};

const char *step_op(enum act act)
{
    return ops[act];
}

struct step *step_new(enum act act)
{
    struct step *s = g_new0(struct step, 1);

    s->act = act;
    return s;
}

void step_free(struct step *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->n_in; i++)
        step_free(s->in[i]);
    for (unsigned i = 0; i < s->n_words; i++)
        g_free(s->words[i]);
    g_free(s);
}

struct step *step_copy(const struct step *s)
{
    struct step *copy = g_new(struct step, 1);

    *copy = *s;
    for (unsigned i = 0; i < s->n_in; i++)
        copy->in[i] = step_copy(s->in[i]);
    for (unsigned i = 0; i < s->n_words; i++)
        copy->words[i] = g_strdup(s->words[i]);
    return copy;
}

void step_add_num(struct step *s, int64_t n)
{
    g_assert(s->n_nums < STEP_ITEMS);
    s->nums[s->n_nums++] = n;
}

void step_add_word(struct step *s, const char *word)
{
    g_assert(s->n_words < STEP_ITEMS);
    s->words[s->n_words++] = g_strdup(word);
}

void step_add_in(struct step *s, struct step *own_in)
{
    g_assert(s->n_in < STEP_INPUTS);
    s->in[s->n_in++] = own_in;
}

unsigned step_count(const struct step *s)
{
    unsigned n = 1;

    for (unsigned i = 0; i < s->n_in; i++)
        n += step_count(s->in[i]);
    return n;
}

static struct step **find(struct step **at, unsigned *left)
{
    struct step **found = NULL;

    if (*left == 0)
        return at;
    --*left;
    for (unsigned i = 0; i < (*at)->n_in && !found; i++)
        found = find(&(*at)->in[i], left);
    return found;
}

struct step **step_find(struct step **root, unsigned n)
{
    return find(root, &n);
}
