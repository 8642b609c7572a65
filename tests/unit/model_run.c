/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain evaluator: sources, and the acts that choose and order elements. */
#include "tests/unit/model.h"

#include <inttypes.h>
#include <string.h>

#define MOST 4000 /* elements of a row; more are beyond the model */

static void complain_rule(struct model *m, const struct step *s, const char *what)
{
    if (!m->broken_rule)
        m->broken_rule = g_strdup_printf("%s: %s", step_op(s->act), what);
}

/* Sources. */

static enum verdict run_range(struct model *m, const struct step *s, const struct row *in,
                              struct row *ret)
{
    int64_t start = s->n_nums > 1 ? s->nums[0] : 0, stop = s->nums[s->n_nums > 1];
    int64_t step = s->n_nums > 1 ? s->nums[2] : 1;
    unsigned n = 0;

    if (step == 0)
        return model_wrong(m, s);
    for (int64_t x = start; (step > 0 ? x < stop : x > stop) && n <= MOST; x += step)
        n++;
    *ret = thing_row(m, n);
    for (unsigned i = 0; i < n; i++) {
        ret->at[i] = model_alloc(m, sizeof *ret->at[i]);
        *ret->at[i] =
            (struct thing){.kind = THING_INT, .n = start + (int64_t)i * step, .plain = true};
    }
    return VERDICT_RIGHT;
}

static enum verdict run_values(struct model *m, const struct step *s, const struct row *in,
                               struct row *ret)
{
    *ret = thing_row(m, s->n_words);
    for (unsigned i = 0; i < s->n_words; i++)
        ret->at[i] = model_literal(m, s->words[i]);
    for (unsigned i = 0; i < s->n_words && !row_is_uniform(ret); i++)
        ret->at[i]->hazy |= ret->at[i]->kind == THING_RECORD;
    return VERDICT_RIGHT;
}

static enum verdict run_repeat(struct model *m, const struct step *s, const struct row *in,
                               struct row *ret)
{
    if (s->nums[0] < 0)
        return model_wrong(m, s);
    *ret = thing_row(m, (unsigned)s->nums[0]);
    for (unsigned i = 0; i < ret->len; i++)
        ret->at[i] = model_literal(m, s->words[0]);
    return VERDICT_RIGHT;
}

/* Combinators. */

static unsigned total(const struct step *s, const struct row *in)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->n_in; i++)
        n += in[i].len;
    return n;
}

static enum verdict run_concatenate(struct model *m, const struct step *s, const struct row *in,
                                    struct row *ret)
{
    unsigned n = 0;

    *ret = thing_row(m, total(s, in));
    for (unsigned k = 0; k < s->n_in; k++)
        for (unsigned i = 0; i < in[k].len; i++)
            ret->at[n++] = in[k].at[i];
    return VERDICT_RIGHT;
}

static enum verdict run_interleave(struct model *m, const struct step *s, const struct row *in,
                                   struct row *ret)
{
    unsigned n = 0;

    *ret = thing_row(m, total(s, in));
    for (unsigned i = 0; n < ret->len; i++)
        for (unsigned k = 0; k < s->n_in; k++)
            if (i < in[k].len)
                ret->at[n++] = in[k].at[i];
    return VERDICT_RIGHT;
}

static bool has_other_fields(const struct thing *a, const struct thing *b)
{
    bool other = a->kind == THING_RECORD && b->kind == THING_RECORD && a->len != b->len;

    for (unsigned k = 0; a->kind == THING_RECORD && !other && k < MIN(a->len, b->len); k++)
        other = b->kind == THING_RECORD && strcmp(a->names[k], b->names[k]) != 0;
    return other;
}

/* Whether elements, or the parts of theirs, are of several kinds. */
static bool differ(struct thing *const *at, unsigned len)
{
    for (unsigned i = 0; i < len; i++)
        if (at[i]->kind != at[0]->kind ||
            (at[i]->kind == THING_LIST && (at[i]->len == 0 || differ(at[i]->at, at[i]->len))))
            return true;
    return false;
}

/* The same of sequences: what the elements have in common that might be there. */
static bool inputs_differ(const struct row *in, unsigned n_in)
{
    for (unsigned k = 0; k < n_in; k++)
        if (in[k].vague || in[k].len == 0 || in[k].at[0]->kind != in[0].at[0]->kind ||
            has_other_fields(in[k].at[0], in[0].at[0]) || differ(in[k].at, in[k].len))
            return true;
    return false;
}

/* The element chosen by one whose value may not be known while loading.  hazy: branches are not of
 * one kind. */
static struct thing *chosen(struct model *m, const struct row *by, const struct thing *t, bool hazy)
{
    struct thing *copy = model_copy(m, t);

    copy->hazy |= hazy || !by->quick;
    copy->unsure |= !by->quick;
    copy->plain &= by->quick;
    return copy;
}

static struct thing *broken(struct model *m, const struct row *by, const char *op)
{
    struct thing *t = model_alloc(m, sizeof *t);

    *t = (struct thing){.kind = THING_BROKEN, .text = op, .unsure = !by->quick};
    return t;
}

/* Element i of the branch that in[0] chooses; NULL = none. */
static struct thing *choose(const struct step *s, const struct row *in, unsigned i)
{
    const struct thing *by = in[0].at[i];

    if (s->act == ACT_SWITCH)
        return by->kind == THING_BOOL || by->kind == THING_INT || by->kind == THING_FLOAT
                   ? in[by->n ? 1 : 2].at[i]
                   : NULL;
    return by->kind == THING_INT && by->n >= 0 && by->n < s->n_in - 1 ? in[1 + by->n].at[i] : NULL;
}

static enum verdict run_choice(struct model *m, const struct step *s, const struct row *in,
                               struct row *ret)
{
    bool hazy = inputs_differ(in + 1, s->n_in - 1);
    unsigned scalars = 0;

    for (unsigned k = 1; k < s->n_in; k++)
        if (in[k].len != in[0].len)
            return model_wrong(m, s);
    *ret = thing_row(m, in[0].len);
    for (unsigned i = 0; i < ret->len; i++) {
        const char *fault = thing_fault(in[0].at[i]);
        struct thing *t = fault ? NULL : choose(s, in, i);

        ret->at[i] =
            t ? chosen(m, &in[0], t, hazy) : broken(m, &in[0], fault ? fault : step_op(s->act));
        scalars += in[0].at[i]->kind == THING_INT ||
                   (in[0].at[i]->kind <= THING_FLOAT && s->act == ACT_SWITCH);
    }
    m->may_refuse |= scalars == 0; /* its type may tell that no element can choose */
    return VERDICT_RIGHT;
}

/* Orders that are not prescribed. */

/* Counts of a mix so far, and whether they are as near to their shares as they can be. */
static bool is_fair(const struct step *s, const unsigned counts[], unsigned n)
{
    int64_t all = 0;

    for (unsigned k = 0; k < s->n_in; k++)
        all += s->nums[k];
    for (unsigned k = 0; k < s->n_in; k++)
        if (ABS((int64_t)counts[k] * all - (int64_t)n * s->nums[k]) >= all)
            return false;
    return true;
}

/* The stream that is furthest behind its share. */
static uint32_t furthest(const struct step *s, const unsigned counts[], unsigned n)
{
    int64_t all = 0, most = INT64_MIN;
    uint32_t best = 0;

    for (unsigned k = 0; k < s->n_in; k++)
        all += s->nums[k];
    for (uint32_t k = 0; k < s->n_in; k++) {
        int64_t behind = (int64_t)(n + 1) * s->nums[k] - (int64_t)counts[k] * all;
        if (s->nums[k] > 0 && behind > most) {
            most = behind;
            best = k;
        }
    }
    return best;
}

/* Whether the mix has an element n, and which. */
static bool mix_next(struct model *m, const struct step *s, const struct row *in,
                     const unsigned counts[], unsigned n, uint32_t *ret_in, uint64_t *ret_i)
{
    bool endless = s->n_nums > s->n_in;

    if (endless && n >= s->nums[s->n_in])
        return false;
    if (m->look)
        return m->look(m->ctx, s, m->epoch, n, ret_in, ret_i);
    *ret_in = furthest(s, counts, n);
    *ret_i = counts[*ret_in];
    if (endless)
        *ret_i %= MAX(in[*ret_in].len, 1);
    return *ret_i < in[*ret_in].len;
}

static enum verdict mix_check(struct model *m, const struct step *s, const struct row *in)
{
    unsigned usable = 0;

    for (unsigned k = 0; k < s->n_in; k++) {
        if (s->nums[k] < 0)
            return model_wrong(m, s);
        usable += s->nums[k] > 0;
        if (s->n_nums > s->n_in && in[k].len == 0)
            return VERDICT_BEYOND;
    }
    if (s->n_nums > s->n_in && s->nums[s->n_in] < 0)
        return model_wrong(m, s);
    return usable > 0 ? VERDICT_RIGHT : model_wrong(m, s);
}

/* When it ends, one of the sequences is at its end; with a length, when that is reached. */
static void mix_check_end(struct model *m, const struct step *s, const struct row *in,
                          const unsigned counts[], unsigned n)
{
    bool ended = false;

    for (unsigned k = 0; k < s->n_in; k++)
        ended |= s->nums[k] > 0 && counts[k] == in[k].len;
    if (s->n_nums > s->n_in ? n != s->nums[s->n_in] : !ended)
        complain_rule(m, s, "it ends although no sequence is at its end");
}

static enum verdict run_mix(struct model *m, const struct step *s, const struct row *in,
                            struct row *ret)
{
    enum verdict v = mix_check(m, s, in);
    unsigned counts[STEP_INPUTS] = {0}, n = 0, most = total(s, in);
    uint64_t i;
    uint32_t k;

    if (v != VERDICT_RIGHT)
        return v;
    if (s->n_nums > s->n_in)
        most = (unsigned)s->nums[s->n_in];
    m->guessed |= !m->look && s->n_nums == s->n_in;
    *ret = thing_row(m, most);
    for (; mix_next(m, s, in, counts, n, &k, &i); n++) {
        if (n >= most || k >= s->n_in || i >= in[k].len || i != counts[k] % in[k].len) {
            complain_rule(m, s, "an element is not the next of its sequence");
            return VERDICT_RIGHT;
        }
        counts[k]++;
        if (!is_fair(s, counts, n + 1))
            complain_rule(m, s, "a sequence is further from its share than one element");
        ret->at[n] = in[k].at[i];
    }
    mix_check_end(m, s, in, counts, n);
    ret->len = n;
    return VERDICT_RIGHT;
}

static enum verdict run_shuffle(struct model *m, const struct step *s, const struct row *in,
                                struct row *ret)
{
    g_autofree bool *seen = g_new0(bool, in->len + 1);

    *ret = thing_row(m, in->len);
    for (unsigned i = 0; i < in->len; i++) {
        uint64_t j = i;
        uint32_t k = 0;

        if (m->look && (!m->look(m->ctx, s, m->epoch, i, &k, &j) || j >= in->len || seen[j])) {
            complain_rule(m, s, "its order is no permutation");
            j = i;
        }
        seen[j] = true;
        ret->at[i] = in->at[j];
    }
    return VERDICT_RIGHT;
}

/* Choosing by index. */

static enum verdict run_slice(struct model *m, const struct step *s, const struct row *in,
                              struct row *ret)
{
    int64_t step = s->form & 4 ? s->nums[2] : 1, len = in->len, n = 0;
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? len - 1 : len;
    int64_t start = step < 0 ? high : low, stop = step < 0 ? low : high;

    if (step == 0)
        return model_wrong(m, s);
    if (s->form & 1)
        start = CLAMP(s->nums[0] < 0 ? s->nums[0] + len : s->nums[0], low, high);
    if (s->form & 2)
        stop = CLAMP(s->nums[1] < 0 ? s->nums[1] + len : s->nums[1], low, high);
    *ret = thing_row(m, in->len);
    for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step)
        ret->at[n++] = in->at[i];
    ret->len = (unsigned)n;
    return VERDICT_RIGHT;
}

static enum verdict run_gather(struct model *m, const struct step *s, const struct row *in,
                               struct row *ret)
{
    *ret = thing_row(m, s->n_nums);
    for (unsigned i = 0; i < s->n_nums; i++) {
        int64_t at = s->nums[i] < 0 ? s->nums[i] + in->len : s->nums[i];

        if (at < 0 || at >= in->len)
            return model_wrong(m, s);
        ret->at[i] = in->at[at];
    }
    return VERDICT_RIGHT;
}

static enum verdict run_cycle(struct model *m, const struct step *s, const struct row *in,
                              struct row *ret)
{
    if (s->nums[0] < 0 || (s->nums[0] > 0 && in->len == 0))
        return model_wrong(m, s);
    *ret = thing_row(m, (unsigned)s->nums[0]);
    for (unsigned i = 0; i < ret->len; i++)
        ret->at[i] = in->at[i % in->len];
    return VERDICT_RIGHT;
}

static enum verdict run_shard(struct model *m, const struct step *s, const struct row *in,
                              struct row *ret)
{
    int64_t index = s->nums[0], count = s->nums[1];
    unsigned n = 0;

    if (count < 1 || index < 0 || index >= count)
        return model_wrong(m, s);
    *ret = thing_row(m, in->len);
    for (unsigned i = 0; i < in->len; i++)
        if (s->form == 2 ? i % count == index
                         : i >= index * in->len / count && i < (index + 1) * in->len / count)
            ret->at[n++] = in->at[i];
    ret->len = n;
    return VERDICT_RIGHT;
}

/* Names. */

static const char *name_of(struct model *m, const struct step *s, unsigned i, const struct thing *t)
{
    switch (s->form) {
    case NAMES_INDEX:
        return model_printf(m, "%u", i);
    case NAMES_PADDED:
        return model_printf(m, "f%03u", i);
    case NAMES_SUFFIX:
        return model_printf(m, "%u.x", i);
    case NAMES_FOLDER:
        return model_printf(m, "d/%u", i);
    case NAMES_BRACES:
        return model_printf(m, "{}%u", i);
    default:
        return model_printf(m, "v%" PRId64, t->n);
    }
}

static enum verdict run_name(struct model *m, const struct step *s, const struct row *in,
                             struct row *ret)
{
    *ret = thing_row(m, in->len);
    m->may_refuse |= s->form == NAMES_VALUE && in->vague;
    for (unsigned i = 0; i < in->len; i++) {
        struct thing *t = model_copy(m, in->at[i]);

        if (s->form == NAMES_VALUE && (t->kind != THING_INT || !t->plain))
            return VERDICT_BEYOND;
        t->name = name_of(m, s, i, t);
        t->whole = s->form == NAMES_SUFFIX;
        t->unsure = false;
        ret->at[i] = t;
    }
    return VERDICT_RIGHT;
}

enum verdict model_run(struct model *m, const struct step *s, struct row *ret)
{
    static enum verdict (*const acts[N_ACTS])(struct model *, const struct step *,
                                              const struct row *, struct row *) = {
        [ACT_RANGE] = run_range,
        [ACT_VALUES] = run_values,
        [ACT_REPEAT] = run_repeat,
        [ACT_CONCATENATE] = run_concatenate,
        [ACT_INTERLEAVE] = run_interleave,
        [ACT_COLLATE] = lists_collate,
        [ACT_SWITCH] = run_choice,
        [ACT_CASE] = run_choice,
        [ACT_MIX] = run_mix,
        [ACT_SLICE] = run_slice,
        [ACT_GATHER] = run_gather,
        [ACT_CYCLE] = run_cycle,
        [ACT_SHARD] = run_shard,
        [ACT_SHUFFLE] = run_shuffle,
        [ACT_FILTER] = lists_filter,
        [ACT_SORT] = lists_sort,
        [ACT_BATCH] = lists_batch,
        [ACT_UNBATCH] = lists_unbatch,
        [ACT_FLATTEN] = lists_flatten,
        [ACT_SPLIT] = lists_split,
        [ACT_GET] = lists_get,
        [ACT_EPOCHS] = lists_epochs,
        [ACT_NAME] = run_name,
        [ACT_CACHE] = lists_watch,
        [ACT_DEBUG] = lists_watch,
        [ACT_MONITOR] = lists_watch,
        [ACT_PREFETCH] = lists_watch,
    };
    struct row in[STEP_INPUTS] = {0};
    enum verdict v = VERDICT_RIGHT;

    for (unsigned i = 0; i < s->n_in; i++) {
        enum verdict of = model_run(m, s->in[i], &in[i]);
        v = of == VERDICT_WRONG || v == VERDICT_WRONG ? VERDICT_WRONG : MAX(v, of);
    }
    if (v == VERDICT_RIGHT)
        v = acts[s->act](m, s, in, ret);
    if (v != VERDICT_RIGHT)
        return v;
    ret->quick = s->act != ACT_CACHE && s->act != ACT_DEBUG && s->act != ACT_MONITOR;
    ret->vague |= ret->len == 0 || differ(ret->at, ret->len) ||
                  (s->n_in > 1 && s->act != ACT_COLLATE && inputs_differ(in, s->n_in));
    for (unsigned i = 0; i < s->n_in; i++) {
        ret->quick &= in[i].quick;
        ret->vague |= in[i].vague;
    }
    return ret->len > MOST ? VERDICT_BEYOND : VERDICT_RIGHT;
}
