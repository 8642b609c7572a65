/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain evaluator: what looks at attributes. */
#include "tests/unit/model.h"

#include <string.h>

/* Attributes: numbers only. */

enum attr { ATTR_NUMBER, ATTR_TEXT, ATTR_OPEN };

static enum attr attr_of(const struct row *in, unsigned i, const char *name, int64_t *ret)
{
    const struct thing *t = in->at[i];

    if (strcmp(name, "index") == 0) {
        *ret = i;
        return ATTR_NUMBER;
    }
    if (strcmp(name, "value") != 0)
        t = row_is_uniform(in) ? thing_part(t, name) : NULL;
    if (!t || !t->plain || (t->kind != THING_INT && t->kind != THING_TEXT))
        return ATTR_OPEN;
    *ret = t->n;
    return t->kind == THING_INT ? ATTR_NUMBER : t->text[0] >= 'a' ? ATTR_TEXT : ATTR_OPEN;
}

static int64_t modulo(int64_t a, int64_t b)
{
    return (a % b + b) % b;
}

/* Whether the expression holds for a number; a text compares as false with numbers. */
static bool holds(unsigned form, int64_t x, int64_t k)
{
    switch (form) {
    case 0:
        return modulo(x, 3) == k;
    case 1:
        return x > k;
    case 2:
        return x == k || x == k + 2;
    case 3:
        return x <= k || x == k + 3;
    case 4:
        return x != k;
    default:
        return x - k >= 2 && x != 7;
    }
}

/* Where elements differ in kind, whether all have the attribute may not be known. */
static void note_kinds(struct model *m, const struct row *in, const char *name)
{
    if (strcmp(name, "index") == 0)
        return;
    m->may_refuse |= in->vague;
    for (unsigned i = 1; i < in->len; i++)
        m->may_refuse |= in->at[i]->kind != in->at[0]->kind;
}

enum verdict lists_filter(struct model *m, const struct step *s, const struct row *in,
                          struct row *ret)
{
    unsigned n = 0;

    note_kinds(m, in, s->words[0]);
    *ret = thing_row(m, in->len);
    for (unsigned i = 0; i < in->len; i++) {
        int64_t x = 0;
        enum attr a = attr_of(in, i, s->words[0], &x);

        if (a == ATTR_OPEN)
            return VERDICT_BEYOND;
        if (a == ATTR_TEXT && (s->form == 0 || s->form == 5))
            return model_wrong(m, s);
        if (a == ATTR_TEXT ? s->form == 4 : holds(s->form, x, s->nums[0]))
            ret->at[n++] = in->at[i];
    }
    ret->len = n;
    return VERDICT_RIGHT;
}

/* By insertion, which is stable; turned round, equal elements stay in their order as in Python. */
enum verdict lists_sort(struct model *m, const struct step *s, const struct row *in,
                        struct row *ret)
{
    g_autofree int64_t *keys = g_new0(int64_t, in->len + 1);

    note_kinds(m, in, s->words[0]);
    *ret = thing_row(m, in->len);
    for (unsigned i = 0; i < in->len; i++) {
        unsigned at = i;
        int64_t x;

        if (attr_of(in, i, s->words[0], &x) != ATTR_NUMBER)
            return VERDICT_BEYOND;
        x = s->form == 2 || s->form == 4 ? modulo(x, 3) : x;
        x = s->form == 0 || s->form == 2 ? x : -x;
        for (; at > 0 && keys[at - 1] > x; at--) {
            keys[at] = keys[at - 1];
            ret->at[at] = ret->at[at - 1];
        }
        keys[at] = x;
        ret->at[at] = in->at[i];
    }
    return VERDICT_RIGHT;
}
