/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attributes of elements, through steps, lists and records. */
#include "ops/base/nearest.h"
#include "ops/core/seq.h"

#include <inttypes.h>
#include <string.h>

static bool is_scalar(struct type t)
{
    return t.known && t.kind <= VALUE_TEXT;
}

static bool is_record(struct type t)
{
    return t.known && t.kind == VALUE_RECORD && t.parted;
}

/* A value that costs no more than a look.  Owned; NULL = it has none. */
static struct value *look(const struct seq *s, uint64_t i)
{
    struct value *v = NULL;
    struct eval e;

    eval_init(&e, NULL);
    return seq_get(s, &e, i, &v) < 0 ? NULL : v;
}

static bool print_value(const struct seq *s, uint64_t i, GString *ret)
{
    struct type t = seq_type(s, i);
    OWN(value_unref) struct value *v = s->trivial && (is_scalar(t) || !t.known) ? look(s, i) : NULL;

    return v && value_print(v, ret);
}

/* Field k of a record that is computed as a whole, by a look. */
static bool print_field(const struct seq *s, uint64_t i, uint64_t k, GString *ret)
{
    OWN(value_unref) struct value *v = s->trivial ? look(s, i) : NULL;

    return v && value_kind(v) == VALUE_RECORD && k < value_len(v) &&
           value_print(value_item(v, (uint32_t)k), ret);
}

static bool find_attr(const struct seq *s, uint64_t i, const char *name, GString *ret);

static bool field_attr(const struct seq *s, uint64_t i, uint64_t k, const char *name, GString *ret)
{
    const struct seq *part;
    uint64_t j;

    if (seq_part(s, i, k, &part, &j))
        return find_attr(part, j, name, ret);
    return strcmp(name, "value") == 0 && print_field(s, i, k, ret);
}

/* The field of one record, which need not be like the others. */
static bool find_field(const struct seq *s, uint64_t i, const char *name, uint64_t *ret)
{
    const uint64_t n = s->any.parted ? 0 : seq_n_parts(s, i);

    if (s->any.parted)
        return seq_find_field(s, name, ret);
    for (*ret = 0; *ret < n; ++*ret)
        if (g_strcmp0(seq_field_of(s, i, *ret), name) == 0)
            return true;
    return false;
}

/* FIELD, FIELD.NAME, or NAME of the first field that has it; a record has no value of its own. */
static bool record_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    uint64_t n = seq_n_parts(s, i), k;

    if (find_field(s, i, name, &k))
        return field_attr(s, i, k, "value", ret);
    /* Fields may have dots in their names, too. */
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
        g_autofree char *before = g_strndup(name, (gsize)(dot - name));

        if (find_field(s, i, before, &k) && field_attr(s, i, k, dot + 1, ret))
            return true;
    }
    for (k = 0; k < n && strcmp(name, "value") != 0; k++)
        if (field_attr(s, i, k, name, ret))
            return true;
    return false;
}

/* A field of a record that has other fields than the others and is had by a look. */
static bool print_own_field(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    OWN(value_unref) struct value *v = s->trivial ? look(s, i) : NULL;
    const struct value *field = v && value_kind(v) == VALUE_RECORD ? value_field(v, name) : NULL;

    return field && value_print(field, ret);
}

static bool find_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    bool value = strcmp(name, "value") == 0;

    for (; s; seq_route(s, i, &s, &i)) {
        if (value && print_value(s, i, ret))
            return true;
        struct type t = seq_type(s, i);
        if (is_record(t))
            return record_attr(s, i, name, ret);
        if (t.known && t.kind == VALUE_RECORD && print_own_field(s, i, name, ret))
            return true;
        if (s->op->kind == OP_SOURCE)
            return s->op->attr && s->op->attr(s, i, name, ret);
    }
    return false;
}

bool seq_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    if (strcmp(name, "index") == 0) {
        g_string_append_printf(ret, "%" PRIu64, i);
        return true;
    }
    return find_attr(s, i, name, ret);
}

/* A search for an attribute through a plan.  Lifetime: call. */
struct search {
    void (*visit)(void *ctx, const char *name); /* told every name on the way; may be NULL */
    void *ctx;
    GHashTable *answers; /* to questions asked before: sequences share inputs many times over */
    const char *prefix;  /* of the names of a field's attributes, or NULL */
    bool some;           /* it is enough if some elements have it */
};

static void offer(const struct search *h, const char *name)
{
    g_autofree char *dotted = h->prefix ? g_strconcat(h->prefix, ".", name, NULL) : NULL;

    if (h->visit)
        h->visit(h->ctx, dotted ? dotted : name);
}

/* What can only be read forward need not know of its elements what it knows of others'. */
static bool is_told(const struct seq *s, const char *name)
{
    g_autoptr(GString) text = NULL;

    if (s->len != SEQ_UNCOUNTED)
        return true;
    text = g_string_new(NULL);
    return s->op->attr && s->op->attr(s, 0, name, text);
}

static bool source_has(const struct seq *s, const char *name, const struct search *h)
{
    bool found = s->op->flags & OP_STANDS_IN;

    for (const char *const *a = s->op->attrs; a && *a; a++) {
        if (!is_told(s, *a))
            continue;
        if (strcmp(*a, name) == 0)
            found = true;
        offer(h, *a);
    }
    return found;
}

#define SAMPLES 64 /* elements that stand for all where parts of different sequences alternate */

static bool has_attr(const struct seq *s, const char *name, struct search *h);

static bool field_has(const struct seq *s, uint64_t k, const char *name, const struct search *h)
{
    struct search inner = {h->visit, h->ctx, h->answers, seq_field(s, k), h->some};
    const struct seq *part;
    uint64_t j;

    if (s->len > 0 && seq_part(s, 0, k, &part, &j))
        return has_attr(part, name, &inner);
    return strcmp(name, "value") == 0 && s->trivial && is_scalar(seq_part_type(s, SEQ_ANY, k));
}

static bool record_has(const struct seq *s, const char *name, const struct search *h)
{
    uint64_t n = seq_n_parts(s, SEQ_ANY), k;
    bool found = false;

    for (k = 0; k < n && h->visit; k++)
        if (field_has(s, k, "value", h))
            offer(h, seq_field(s, k));
    if (seq_find_field(s, name, &k))
        return field_has(s, k, "value", h);
    for (const char *dot = strchr(name, '.'); dot && !found; dot = strchr(dot + 1, '.')) {
        g_autofree char *before = g_strndup(name, (gsize)(dot - name));

        found = seq_find_field(s, before, &k) && field_has(s, k, dot + 1, h);
    }
    for (k = 0; k < n && !found && strcmp(name, "value") != 0; k++)
        found = field_has(s, k, name, h);
    return found;
}

/* Of records with other fields each: whether one of the first has it. */
static bool some_have(const struct seq *s, const char *name)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (uint64_t i = 0; i < MIN(s->len, SAMPLES * SAMPLES); i++)
        if (find_attr(s, i, name, text))
            return true;
    return false;
}

/* Of a step whose elements are parts of others: those have it, to which the first ones lead. */
static bool parts_have(const struct seq *s, const char *name, struct search *h)
{
    const struct seq *part;
    bool all = true, any = false;
    uint64_t j;

    for (uint64_t i = 0; i < MIN(s->len, SAMPLES) && (all || h->visit || h->some); i++) {
        bool has = s->op->reach(s, i, &part, &j) && has_attr(part, name, h);
        all = all && has;
        any = any || has;
    }
    return h->some ? any : all;
}

static bool look_for_attr(const struct seq *s, const char *name, struct search *h)
{
    bool value = strcmp(name, "value") == 0, all = s->n_in > 0, any = false;
    struct type t = seq_type(s, SEQ_ANY);

    if (s->trivial && (is_scalar(t) || (!t.known && s->op->kind == OP_SOURCE))) {
        offer(h, "value");
        if (value)
            return true;
    }
    if (is_record(t))
        return record_has(s, name, h);
    if (h->some && (!t.known || t.kind == VALUE_RECORD) && some_have(s, name))
        return true;
    if (s->op->kind == OP_SOURCE)
        return source_has(s, name, h);
    if (s->op->reach)
        return parts_have(s, name, h);
    if (s->op->get && !s->op->route)
        return false;
    /* Of those that choose, in[0] says what is chosen, and is never chosen itself. */
    for (uint32_t n = s->op->get && s->n_in > 1; n < s->n_in; n++) {
        bool has = has_attr(s->in[n], name, h);
        all = all && has;
        any = any || has;
    }
    return h->some ? any : all;
}

static bool has_attr(const struct seq *s, const char *name, struct search *h)
{
    g_autofree char *question =
        g_strdup_printf("%p %s %s", (const void *)s, h->prefix ? h->prefix : "", name);
    gpointer known;

    if (g_hash_table_lookup_extended(h->answers, question, NULL, &known))
        return GPOINTER_TO_INT(known);
    bool found = look_for_attr(s, name, h);
    g_hash_table_insert(h->answers, g_steal_pointer(&question), GINT_TO_POINTER(found));
    return found;
}

static bool search(const struct seq *s, const char *name, bool some,
                   void (*visit)(void *ctx, const char *name), void *ctx)
{
    g_autoptr(GHashTable) answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct search h = {visit, ctx, answers, NULL, some};

    offer(&h, "index");
    return strcmp(name, "index") == 0 || has_attr(s, name, &h);
}

static void offer_to_nearest(void *near, const char *name)
{
    nearest_offer(near, name);
}

bool seq_has_attr(const struct seq *s, const char *name, struct nearest *near)
{
    return search(s, name, false, near ? offer_to_nearest : NULL, near);
}

bool seq_may_have_attr(const struct seq *s, const char *name)
{
    return search(s, name, true, NULL, NULL);
}

void seq_each_attr(const struct seq *s, void (*visit)(void *ctx, const char *name), void *ctx)
{
    search(s, "", false, visit, ctx);
}
