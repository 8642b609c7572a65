/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps a set of numbers as a sorted row of ranges, of which those before a mark may be empty. */
#include "fs/ranges.h"

#include <assert.h>
#include <errno.h>

struct ranges {
    GArray *spans; /* owned; struct span; once settled in order, apart from each other, empty only
                      where all of it was taken */
    guint at;      /* the one that numbers are taken of */
    uint64_t last; /* one behind the number that was taken last */
    uint64_t len;
};

struct ranges *ranges_new(void)
{
    struct ranges *r = g_new0(struct ranges, 1);

    r->spans = g_array_new(FALSE, FALSE, sizeof(struct span));
    return r;
}

void ranges_free(struct ranges *r)
{
    if (!r)
        return;
    g_array_unref(r->spans);
    g_free(r);
}

static struct span *span_at(const struct ranges *r, guint i)
{
    return &g_array_index(r->spans, struct span, i);
}

int ranges_add(struct ranges *r, struct span more, struct fault *f)
{
    struct span *last = r->spans->len > 0 ? span_at(r, r->spans->len - 1) : NULL;

    assert(more.first <= more.end);
    if (more.first == more.end)
        return 0;
    if (last && more.first == last->end) {
        last->end = more.end;
        return 0;
    }
    if (r->spans->len == RANGES_MAX)
        return fault_set(f, EFBIG, "more than %d ranges are too many; wanted are longer ones",
                         RANGES_MAX);
    g_array_append_val(r->spans, more);
    return 0;
}

static gint compare(gconstpointer a, gconstpointer b)
{
    const struct span *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Adds a range to those of a set that begin before it. */
static void append(GArray *spans, struct span s)
{
    struct span *last = spans->len > 0 ? &g_array_index(spans, struct span, spans->len - 1) : NULL;

    if (s.first == s.end)
        return;
    if (last && s.first <= last->end)
        last->end = MAX(last->end, s.end);
    else
        g_array_append_val(spans, s);
}

/* Goes on from where it was. */
static void replace(struct ranges *r, GArray *own_spans)
{
    g_array_unref(r->spans);
    r->spans = own_spans;
    r->len = 0;
    for (r->at = 0; r->at < r->spans->len && span_at(r, r->at)->end <= r->last;)
        r->at++;
    for (guint i = 0; i < r->spans->len; i++)
        r->len += span_at(r, i)->end - span_at(r, i)->first;
}

void ranges_settle(struct ranges *r)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct span));

    g_array_sort(r->spans, compare);
    for (guint i = 0; i < r->spans->len; i++)
        append(spans, *span_at(r, i));
    replace(r, spans);
}

void ranges_clear(struct ranges *r)
{
    g_array_set_size(r->spans, 0);
    r->at = 0;
    r->last = 0;
    r->len = 0;
}

int ranges_join(struct ranges *r, const struct ranges *more, struct fault *f)
{
    g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(struct span));

    for (guint i = 0, j = 0; i < r->spans->len || j < more->spans->len;) {
        if (j == more->spans->len ||
            (i < r->spans->len && span_at(r, i)->first < span_at(more, j)->first))
            append(spans, *span_at(r, i++));
        else
            append(spans, *span_at(more, j++));
    }
    if (spans->len > RANGES_MAX)
        return fault_set(f, EFBIG,
                         "more than %d ranges are too many, with those that are not done yet",
                         RANGES_MAX);
    replace(r, g_steal_pointer(&spans));
    return 0;
}

uint64_t ranges_len(const struct ranges *r)
{
    return r->len;
}

static bool take_from(struct ranges *r, struct span *s, uint64_t *ret)
{
    if (s->first == s->end)
        return false;
    *ret = s->first++;
    r->last = *ret + 1;
    r->len--;
    return true;
}

bool ranges_take(struct ranges *r, uint64_t *ret)
{
    if (r->len == 0)
        return false;
    for (;; r->at++) {
        if (r->at >= r->spans->len)
            r->at = 0;
        if (take_from(r, span_at(r, r->at), ret))
            return true;
    }
}

GArray *ranges_list(const struct ranges *r)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct span));

    for (guint i = 0; i < r->spans->len; i++)
        if (span_at(r, i)->first < span_at(r, i)->end)
            g_array_append_vals(list, span_at(r, i), 1);
    return list;
}
