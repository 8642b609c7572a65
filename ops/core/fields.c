/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that work on parts of elements: on fields of records, and behind every part of a list. */
#include <string.h>

#include "ops/base/nearest.h"
#include "ops/core/pipeline_parts.h"
#include "ops/core/structure.h"

struct seq *pipeline_get_field(struct pipeline *p, struct seq *record, const struct node *name)
{
    return pipeline_imply(p, "get", record, name->mark, name);
}

/* Whether records are there whose fields can be named; false after having complained.  what: "on"
 * or "field", as the spec says it. */
static bool check_field(struct pipeline *p, const char *op, const char *what,
                        const struct seq *record, const struct node *name)
{
    struct type t = seq_type(record, SEQ_ANY);
    struct nearest near;
    char hint[128];
    uint64_t k;

    if (name->broken)
        return false;
    if (name->kind != NODE_SCALAR || node_is_null(name)) {
        pipeline_complain(p, name->mark, "%s: argument '%s': wanted is the name of a field", op,
                          what);
        return false;
    }
    if (t.known && t.kind != VALUE_RECORD) {
        pipeline_complain(p, name->mark,
                          "%s: %s '%.64s': the elements are %s, only records have fields", op, what,
                          name->text, value_kind_name(t.kind));
        return false;
    }
    if (!t.known || !t.parted || seq_find_field(record, name->text, &k))
        return true;
    nearest_init(&near, name->text);
    for (k = 0; k < seq_n_parts(record, SEQ_ANY); k++)
        nearest_offer(&near, seq_field(record, k));
    pipeline_complain(p, name->mark, "%s: %s '%.64s': the records have no such field%s", op, what,
                      name->text, nearest_hint(&near, hint, sizeof hint));
    return false;
}

struct seq *pipeline_get_image(struct pipeline *p, const char *op, struct seq *record,
                               const struct node *name)
{
    struct seq *s =
        check_field(p, op, "field", record, name) ? pipeline_get_field(p, record, name) : NULL;
    struct type t = s ? seq_type(s, SEQ_ANY) : (struct type){0};

    if (!s || (t.known && t.kind == VALUE_IMAGE))
        return s;
    if (t.known && t.kind != VALUE_BYTES && t.kind != VALUE_ARRAY)
        return pipeline_complain(p, name->mark, "%s: field '%.64s' is %s, wanted is an image", op,
                                 name->text, value_kind_name(t.kind));
    return pipeline_imply(p, "decode", s, name->mark, NULL);
}

static bool has_records(const struct seq *s)
{
    return s->len > 0 && s->any.known && s->any.kind == VALUE_RECORD && s->any.parted;
}

/* The same fields, but not in the same order. */
static bool is_shuffled(const struct seq *s, const struct seq *model)
{
    const uint64_t n = seq_n_parts(model, SEQ_ANY);
    bool moved = false;
    uint64_t at;

    if (seq_n_parts(s, SEQ_ANY) != n)
        return false;
    for (uint64_t k = 0; k < n; k++) {
        if (!seq_find_field(s, seq_field(model, k), &at))
            return false;
        moved = moved || at != k;
    }
    return moved;
}

/* The names of the fields of a sequence, as the spec would list them. */
static const struct node *list_fields(struct pipeline *p, const struct seq *s, struct mark at)
{
    const uint64_t n = seq_n_parts(s, SEQ_ANY);
    struct node *list = g_new0(struct node, 1);

    g_ptr_array_add(p->bind.blocks, list);
    list->kind = NODE_LIST;
    list->mark = at;
    list->len = (uint32_t)n;
    list->items = g_new(struct node *, n);
    g_ptr_array_add(p->bind.blocks, list->items);
    for (uint64_t k = 0; k < n; k++)
        list->items[k] = (struct node *)pipeline_word(p, seq_field(s, k), at);
    return list;
}

void pipeline_align_fields(struct pipeline *p, GPtrArray *inputs, struct mark at)
{
    const struct seq *model = NULL;

    for (guint n = 0; n < inputs->len; n++) {
        struct seq *s = inputs->pdata[n], *aligned = NULL;

        if (!has_records(s))
            continue;
        if (!model)
            model = s;
        else if (is_shuffled(s, model))
            aligned = pipeline_imply(p, "fields", s, at, list_fields(p, model, at));
        if (aligned)
            inputs->pdata[n] = aligned;
    }
}

#define LOOKED_AT 1000 /* elements, at most, until one that is not empty tells for all */

/* Whether the parts of elements can be had one by one without computing the whole. */
static bool is_reachable(const struct seq *s)
{
    const struct seq *part;
    uint64_t j;

    for (uint64_t i = 0; i < MIN(s->len, LOOKED_AT); i++)
        if (seq_n_parts(s, i) > 0)
            return seq_part(s, i, 0, &part, &j);
    return false;
}

/* Fields that nothing was done to are led to as well, so that asking for one computes only that. */
static void add_others(struct pipeline *p, struct seq *record, GPtrArray *names, GPtrArray *inputs,
                       struct mark at)
{
    struct type t = seq_type(record, SEQ_ANY);

    if (!t.known || !t.parted || is_reachable(record))
        return;
    for (uint64_t k = 0; k < seq_n_parts(record, SEQ_ANY); k++) {
        const char *name = seq_field(record, k);
        if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            continue;
        struct seq *field = pipeline_get_field(p, record, pipeline_word(p, name, at));
        if (!field)
            return;
        g_ptr_array_add(names, (gpointer)name);
        g_ptr_array_add(inputs, field);
    }
}

/* The records with some of their fields replaced: inputs are the records and the new fields. */
static struct seq *put_back(struct pipeline *p, const struct wording *w, GPtrArray *names,
                            GPtrArray *inputs)
{
    struct wording put = {.op = w->op, .mark = w->mark, .implied = true};
    uint32_t n_new = names->len;

    add_others(p, inputs->pdata[0], names, inputs, w->mark);
    struct seq *s = pipeline_new_seq(p, &op_put, &put);
    const char **at = g_new(const char *, names->len);
    g_ptr_array_add(p->bind.blocks, at);
    for (guint i = 0; i < names->len; i++)
        at[i] = names->pdata[i];
    *(struct put *)s->params = (struct put){.names = at, .len = names->len, .n_new = n_new};
    pipeline_preset(s, inputs);
    return pipeline_open_seq(p, s, &put);
}

static GHashTable *copy_uses(GHashTable *uses)
{
    GHashTable *ret = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    gpointer name, count;

    g_hash_table_iter_init(&iter, uses);
    while (g_hash_table_iter_next(&iter, &name, &count))
        g_hash_table_insert(ret, name, count);
    return ret;
}

/* The steps on each of several fields are the same uses of their operators, so that they draw the
 * same numbers. */
static void share_uses(struct pipeline *p, GHashTable *before)
{
    g_hash_table_unref(p->uses);
    p->uses = copy_uses(before);
}

/* One field, got out of its record and worked on. */
typedef struct seq *work_fn(struct pipeline *p, const struct op *op, const struct wording *w,
                            const struct setting *field);

static struct seq *build_fields(struct pipeline *p, const struct op *op, const struct wording *w,
                                const struct setting *at, const struct node *on, work_fn *work)
{
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GHashTable) before = copy_uses(p->uses);
    struct setting field = *at;
    uint32_t len = on->kind == NODE_LIST ? on->len : 1;

    field.record = at->input;
    g_ptr_array_add(inputs, at->input);
    for (uint32_t i = 0; i < len; i++) {
        const struct node *name = on->kind == NODE_LIST ? on->items[i] : on;
        if (!check_field(p, w->op, "on", at->input, name))
            return NULL;
        share_uses(p, before);
        field.input = pipeline_get_field(p, at->input, name);
        struct seq *s = field.input ? work(p, op, w, &field) : NULL;
        if (!s)
            return NULL;
        g_ptr_array_add(names, (gpointer)name->text);
        g_ptr_array_add(inputs, s);
    }
    if (len == 0)
        return pipeline_complain(p, on->mark, "%s: argument 'on' names no field", w->op);
    return put_back(p, w, names, inputs);
}

struct seq *pipeline_build_on(struct pipeline *p, const struct op *op, const struct wording *w,
                              const struct setting *at, const struct node *on)
{
    if (at->broken) {
        pipeline_build_plain(p, op, w, at);
        return NULL;
    }
    return build_fields(p, op, w, at, on, pipeline_build_plain);
}

/* The steps of a `map` on one sequence.  NULL after having complained. */
static struct seq *build_steps(struct pipeline *p, const struct wording *w, const struct node *n,
                               struct seq *s)
{
    uint32_t len = n->kind == NODE_LIST ? n->len : 1;
    bool broken = !s;

    if (len == 0)
        return pipeline_complain(p, n->mark, "%s: there are no steps", w->op);
    for (uint32_t i = 0; i < len && !complaints_enough(p->bind.complaints); i++) {
        struct wording step = {0};
        s = pipeline_read_wording(p, n->kind == NODE_LIST ? n->items[i] : n, &step)
                ? pipeline_build_step(p, &step, s, broken)
                : NULL;
        broken = broken || !s;
    }
    return broken ? NULL : s;
}

/* The group of steps, on some elements, by their chance. */
static struct seq *apply_by_chance(struct pipeline *p, const struct op *op, const struct wording *w,
                                   const struct setting *at, struct seq *applied)
{
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    struct wording either = {.op = w->op, .mark = w->mark, .implied = true};

    g_ptr_array_add(inputs, at->input);
    g_ptr_array_add(inputs, applied);
    struct seq *s = pipeline_new_seq(p, &op_either, &either);
    s->chance = at->chance;
    s->use = pipeline_count_use(p, op);
    pipeline_preset(s, inputs);
    return pipeline_open_seq(p, s, &either);
}

static struct seq *map_group(struct pipeline *p, const struct op *op, const struct wording *w,
                             const struct setting *at)
{
    struct seq *s = build_steps(p, w, w->args, at->input);

    if (!s || at->chance >= 1)
        return s;
    if (s->len != at->input->len)
        return pipeline_complain(
            p, w->mark, "%s: with 'p' its steps must not change the number of elements", w->op);
    return apply_by_chance(p, op, w, at, s);
}

static struct seq *map_field(struct pipeline *p, const struct op *op, const struct wording *w,
                             const struct setting *field)
{
    struct seq *s = map_group(p, op, w, field);

    if (s && s->len != field->input->len)
        return pipeline_complain(p, w->mark,
                                 "%s: its steps change the number of elements, so the fields "
                                 "would not go together",
                                 w->op);
    return s;
}

/* The mapping {on, do}: each key at most once, no other. */
static bool read_map(struct pipeline *p, const struct wording *w, const struct node **ret_on,
                     const struct node **ret_do)
{
    const struct node *args = w->args;
    bool ok = true;

    for (uint32_t i = 0; i < args->len; i++) {
        const char *key = args->keys[i]->text;
        if (strcmp(key, "on") == 0)
            *ret_on = args->items[i];
        else if (strcmp(key, "do") == 0)
            *ret_do = args->items[i];
        else {
            pipeline_complain(p, args->keys[i]->mark,
                              "%s: no argument '%.64s'; there are 'on', 'do' and 'p'", w->op, key);
            ok = false;
        }
    }
    if (ok && !*ret_do)
        pipeline_complain(p, w->mark, "%s: argument 'do' is missing: a step, or a list of steps",
                          w->op);
    return ok && *ret_do;
}

struct seq *pipeline_build_map(struct pipeline *p, const struct op *op, const struct wording *w,
                               const struct setting *at)
{
    const struct node *on = NULL, *steps = w->args;
    struct wording inner = *w;

    if (!w->args || node_is_null(w->args))
        return pipeline_complain(p, w->mark, "%s: wanted is {on: FIELD, do: STEPS}, or steps",
                                 w->op);
    if (w->args->kind == NODE_MAPPING && (node_find(w->args, "do") || node_find(w->args, "on")) &&
        !read_map(p, w, &on, &steps))
        return NULL;
    inner.args = steps;
    if (on && !at->broken)
        return build_fields(p, op, &inner, at, on, map_field);
    struct seq *s = map_group(p, op, &inner, at);
    return at->broken ? NULL : s;
}

/* The elements of its input as they were, but made of other parts. */
static struct seq *regroup(struct pipeline *p, const struct wording *w, struct seq *whole,
                           struct seq *parts, struct seq *flat)
{
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    struct wording group = {.op = w->op, .mark = w->mark, .implied = true};

    g_ptr_array_add(inputs, whole);
    g_ptr_array_add(inputs, parts);
    g_ptr_array_add(inputs, flat);
    struct seq *s = pipeline_new_seq(p, &op_regroup, &group);
    pipeline_preset(s, inputs);
    return pipeline_open_seq(p, s, &group);
}

struct seq *pipeline_build_by_part(struct pipeline *p, const struct op *op, const struct wording *w,
                                   const struct setting *at)
{
    struct type t = seq_type(at->input, SEQ_ANY);
    struct setting inner = *at;

    if (!t.known || !t.parted || !is_reachable(at->input))
        return pipeline_build_plain(p, op, w, at);
    const char *what = t.kind == VALUE_LIST ? "lists" : "records";
    struct seq *flat =
        pipeline_imply(p, "flatten", at->input, w->mark, pipeline_word(p, what, w->mark));
    if (!flat)
        return NULL;
    inner.input = flat;
    struct seq *parts = pipeline_build_by_part(p, op, w, &inner);
    return parts ? regroup(p, w, at->input, parts, flat) : NULL;
}
