/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain evaluator: lists and records, and what looks at values. */
#include "tests/unit/model.h"

#include <stdlib.h>
#include <string.h>

static struct thing *new_parts(struct model *m, enum thing_kind kind, unsigned len)
{
    struct thing *t = model_alloc(m, sizeof *t);

    *t = (struct thing){.kind = kind,
                        .len = len,
                        .at = model_alloc(m, len * sizeof *t->at),
                        .names = model_alloc(m, len * sizeof *t->names)};
    return t;
}

/* The elements from..to of a row, as one. */
static struct thing *stretch(struct model *m, const struct row *in, unsigned from, unsigned to)
{
    struct thing *t = new_parts(m, THING_LIST, to - from);

    for (unsigned i = from; i < to; i++)
        t->at[i - from] = in->at[i];
    return t;
}

enum verdict lists_collate(struct model *m, const struct step *s, const struct row *in,
                           struct row *ret)
{
    for (unsigned k = 1; k < s->n_in; k++)
        if (in[k].len != in[0].len)
            return model_wrong(m, s);
    *ret = thing_row(m, in[0].len);
    for (unsigned i = 0; i < ret->len; i++) {
        struct thing *t = new_parts(m, THING_RECORD, s->n_in);

        for (unsigned k = 0; k < s->n_in; k++) {
            t->at[k] = in[k].at[i];
            t->names[k] =
                s->n_words > 0 ? model_printf(m, "%s", s->words[k]) : model_printf(m, "%u", k);
        }
        t->name = in[0].at[i]->name;
        t->whole = in[0].at[i]->whole;
        t->unsure = in[0].at[i]->unsure;
        ret->at[i] = t;
    }
    return VERDICT_RIGHT;
}

enum verdict lists_batch(struct model *m, const struct step *s, const struct row *in,
                         struct row *ret)
{
    int64_t size = s->nums[0];
    unsigned n = 0;

    if (size < 1 || s->form == BATCH_DROP_AND_PAD)
        return model_wrong(m, s);
    *ret = thing_row(m, in->len);
    for (unsigned i = 0; i < in->len; i += (unsigned)size) {
        unsigned to = (unsigned)MIN(i + size, in->len);

        if (to - i < size && s->form == BATCH_DROP)
            break;
        ret->at[n] = stretch(m, in, i, to);
        if (to - i < size && s->form == BATCH_PAD) {
            struct thing *full = new_parts(m, THING_LIST, (unsigned)size);

            for (unsigned k = 0; k < full->len; k++)
                full->at[k] = k < to - i ? in->at[i + k] : model_literal(m, s->words[0]);
            for (unsigned k = to - i; k < full->len; k++)
                full->at[k]->plain = false;
            ret->at[n] = full;
        }
        n++;
    }
    ret->len = n;
    return VERDICT_RIGHT;
}

/* The parts of all elements of a kind, end to end; others stay. */
static enum verdict lay_out(struct model *m, const struct row *in, enum thing_kind kind,
                            struct row *ret)
{
    unsigned len = 0, n = 0;

    for (unsigned i = 0; i < in->len; i++) {
        const struct thing *t = in->at[i];

        if (t->kind == THING_BROKEN || (t->kind == kind && t->hazy))
            return VERDICT_BEYOND;
        if (t->kind == THING_RECORD && kind == THING_RECORD && in->vague)
            return VERDICT_BEYOND; /* among others that are not there, with other fields */
        len += t->kind == kind ? t->len : 1;
    }
    *ret = thing_row(m, len);
    for (unsigned i = 0; i < in->len; i++) {
        if (in->at[i]->kind != kind)
            ret->at[n++] = in->at[i];
        for (unsigned k = 0; in->at[i]->kind == kind && k < in->at[i]->len; k++)
            ret->at[n++] = in->at[i]->at[k];
    }
    return VERDICT_RIGHT;
}

enum verdict lists_flatten(struct model *m, const struct step *s, const struct row *in,
                           struct row *ret)
{
    return lay_out(m, in, s->form == FLATTEN_RECORDS ? THING_RECORD : THING_LIST, ret);
}

/* A size that is given has to be that of the lists; the last one may be shorter, if it is told. */
enum verdict lists_unbatch(struct model *m, const struct step *s, const struct row *in,
                           struct row *ret)
{
    bool fits = true, nearly = true;

    m->may_refuse |= in->vague;
    for (unsigned i = 0; i < in->len; i++) {
        bool fit = s->n_nums == 0 || in->at[i]->len == s->nums[0];

        if (in->at[i]->kind != THING_LIST)
            return VERDICT_BEYOND;
        fits &= fit;
        nearly &= fit || i + 1 == in->len;
    }
    if (fits)
        return lay_out(m, in, THING_LIST, ret);
    return nearly || in->vague || !in->quick || s->nums[0] < 1 ? VERDICT_BEYOND : model_wrong(m, s);
}

/* Splitting: the bounds of all parts, in pairs. */

static enum verdict split_parts(struct model *m, const struct step *s, int64_t len, GArray *bounds)
{
    int64_t n = s->nums[0];

    if (n < 1)
        return model_wrong(m, s);
    for (int64_t i = 0; i < n; i++) {
        int64_t pair[] = {i * len / n, (i + 1) * len / n};
        g_array_append_vals(bounds, pair, 2);
    }
    return VERDICT_RIGHT;
}

static enum verdict split_edges(struct model *m, const struct step *s, int64_t len, GArray *bounds)
{
    int64_t from = 0;

    for (unsigned i = 0; i <= s->n_nums; i++) {
        int64_t to = i == s->n_nums ? len : s->nums[i] < 0 ? s->nums[i] + len : s->nums[i];
        int64_t pair[] = {from, to};

        if (to < from || to > len)
            return model_wrong(m, s);
        m->may_refuse |= to == from; /* whether equal edges ascend is left open */
        g_array_append_vals(bounds, pair, 2);
        from = to;
    }
    return VERDICT_RIGHT;
}

static enum verdict split_ranges(struct model *m, const struct step *s, int64_t len, GArray *bounds)
{
    for (unsigned i = 0; i + 1 < s->n_nums; i += 2) {
        if (s->nums[i] < 0 || s->nums[i + 1] < s->nums[i] || s->nums[i + 1] > len)
            return VERDICT_BEYOND;
        g_array_append_vals(bounds, s->nums + i, 2);
    }
    return VERDICT_RIGHT;
}

static enum verdict split_fractions(struct model *m, const struct step *s, int64_t len,
                                    GArray *bounds)
{
    int64_t percent = 0;

    for (unsigned i = 0; i < s->n_nums; i++) {
        int64_t pair[2] = {percent * len / 100, 0};

        percent += s->nums[i];
        pair[1] = percent * len / 100;
        if (percent > 100 || s->nums[i] < 0)
            return model_wrong(m, s);
        g_array_append_vals(bounds, pair, 2);
    }
    return VERDICT_RIGHT;
}

enum verdict lists_split(struct model *m, const struct step *s, const struct row *in,
                         struct row *ret)
{
    g_autoptr(GArray) bounds = g_array_new(FALSE, FALSE, sizeof(int64_t));
    enum verdict v;

    if (s->form == SPLIT_PARTS || s->form == SPLIT_PARTS_LONG)
        v = split_parts(m, s, in->len, bounds);
    else if (s->form == SPLIT_EDGES || s->form == SPLIT_EDGES_LONG)
        v = split_edges(m, s, in->len, bounds);
    else if (s->form == SPLIT_RANGES)
        v = split_ranges(m, s, in->len, bounds);
    else
        v = split_fractions(m, s, in->len, bounds);
    if (v != VERDICT_RIGHT)
        return v;
    *ret = thing_row(m, bounds->len / 2);
    for (unsigned i = 0; i < ret->len; i++) {
        ret->at[i] = stretch(m, in, (unsigned)g_array_index(bounds, int64_t, 2 * i),
                             (unsigned)g_array_index(bounds, int64_t, 2 * i + 1));
        if (s->form == SPLIT_FRACTIONS)
            ret->at[i]->name = model_printf(m, "%s", s->words[i]);
    }
    return VERDICT_RIGHT;
}

bool row_is_uniform(const struct row *in)
{
    for (unsigned i = 0; i < in->len; i++) {
        const struct thing *t = in->at[i], *first = in->at[0];

        if (t->kind != THING_RECORD || t->hazy || t->len != first->len)
            return false;
        for (unsigned k = 0; k < t->len; k++)
            if (strcmp(t->names[k], first->names[k]) != 0)
                return false;
    }
    return true;
}

struct thing *thing_part(const struct thing *t, const char *name)
{
    char *end;
    long n = strtol(name, &end, 10);

    for (unsigned k = 0; t->kind == THING_RECORD && k < t->len; k++)
        if (strcmp(t->names[k], name) == 0)
            return t->at[k];
    return t->kind == THING_LIST && *end == '\0' && n >= 0 && n < t->len ? t->at[n] : NULL;
}

static bool is_mixed(const struct row *row)
{
    for (unsigned i = 1; i < row->len; i++)
        if (row->at[i]->kind != row->at[0]->kind)
            return true;
    return false;
}

enum verdict lists_get(struct model *m, const struct step *s, const struct row *in, struct row *ret)
{
    bool uniform = row_is_uniform(in);

    m->may_refuse |= in->vague || !uniform;
    *ret = thing_row(m, in->len);
    for (unsigned i = 0; i < in->len; i++) {
        struct thing *t = in->at[i],
                     *part = t->kind == THING_BROKEN ? t : thing_part(t, s->words[0]);

        if (t->kind == THING_BROKEN || ((t->hazy || !part || !uniform) && thing_fault(t)))
            return VERDICT_BEYOND; /* which fault is met is left open */
        if (!part && uniform && !in->vague)
            return model_wrong(m, s);
        if (!part) {
            part = model_alloc(m, sizeof *part);
            *part = (struct thing){.kind = THING_BROKEN, .text = step_op(s->act)};
        }
        ret->at[i] = model_copy(m, part);
        ret->at[i]->unsure |= !part->name; /* that of the record would do */
        if (!uniform) {
            ret->at[i]->unsure = true;
            ret->at[i]->plain = false;
            ret->at[i]->hazy = true;
        }
    }
    for (unsigned i = 0; i < ret->len; i++)
        ret->at[i]->hazy |= ret->at[i]->kind >= THING_LIST && is_mixed(ret);
    return VERDICT_RIGHT;
}

static bool is_random(const struct step *s)
{
    bool random = s->act == ACT_SHUFFLE || s->act == ACT_MIX;

    for (unsigned i = 0; i < s->n_in; i++)
        random |= is_random(s->in[i]);
    return random;
}

enum verdict lists_epochs(struct model *m, const struct step *s, const struct row *in,
                          struct row *ret)
{
    uint64_t outer = m->epoch;
    bool reseeded = m->reseeded;
    enum verdict v = VERDICT_RIGHT;

    if (s->nums[0] < 1)
        return model_wrong(m, s);
    if (m->reseeded && is_random(s))
        return VERDICT_BEYOND;
    *ret = thing_row(m, (unsigned)s->nums[0]);
    m->reseeded = true;
    for (unsigned i = 0; i < ret->len && v == VERDICT_RIGHT; i++) {
        struct row one;

        m->epoch = i;
        v = model_run(m, s->in[0], &one);
        if (v == VERDICT_RIGHT)
            ret->at[i] = stretch(m, &one, 0, one.len);
    }
    m->reseeded = reseeded;
    m->epoch = outer;
    return v;
}

/* Steps that hand values on: behind the parts, where all elements have such. */

static struct thing *watched(struct model *m, const struct thing *t)
{
    struct thing *copy = model_copy(m, t);

    copy->plain = false;
    copy->at = model_alloc(m, t->len * sizeof *t->at);
    for (unsigned i = 0; i < t->len; i++)
        copy->at[i] = t->at[i];
    return copy;
}

/* The row of what lies at these places. */
static struct row row_at(struct model *m, const GPtrArray *places)
{
    struct row row = thing_row(m, places->len);

    for (unsigned i = 0; i < row.len; i++)
        row.at[i] = *(struct thing **)places->pdata[i];
    return row;
}

static bool are_lists(const struct row *row)
{
    for (unsigned i = 0; i < row->len; i++)
        if (row->at[i]->kind != THING_LIST || row->at[i]->hazy)
            return false;
    return true;
}

/* places: of struct thing *, those of all parts at one depth. */
static void watch_all(struct model *m, const GPtrArray *places)
{
    struct row row = row_at(m, places);
    bool through = are_lists(&row) || row_is_uniform(&row);
    g_autoptr(GPtrArray) parts = g_ptr_array_new();

    for (unsigned i = 0; i < row.len; i++) {
        struct thing *t = watched(m, row.at[i]);

        *(struct thing **)places->pdata[i] = t;
        t->hazy = !through;
        t->unsure |= !through && t->kind >= THING_LIST;
        for (unsigned k = 0; through && k < t->len; k++)
            g_ptr_array_add(parts, &t->at[k]);
    }
    if (parts->len > 0)
        watch_all(m, parts);
}

enum verdict lists_watch(struct model *m, const struct step *s, const struct row *in,
                         struct row *ret)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new();

    if (s->n_nums > 0 && s->nums[0] < 0)
        return model_wrong(m, s);
    *ret = thing_row(m, in->len);
    for (unsigned i = 0; i < in->len; i++) {
        ret->at[i] = in->at[i];
        g_ptr_array_add(places, &ret->at[i]);
    }
    if (s->act != ACT_PREFETCH)
        watch_all(m, places);
    return VERDICT_RIGHT;
}
