/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds sequences from the nodes of a spec. */
#include "ops/core/pipeline.h"

#include "ops/base/nearest.h"

#include <errno.h>
#include <string.h>

/* A step as the spec writes it.  Lifetime: call. */
struct wording {
    const char *op;
    struct mark mark;
    const struct node *args; /* NULL: none */
    bool first;              /* of its pipeline */
    bool implied;
    bool broken; /* its name was complained about */
};

static struct seq *build_for_bind(void *ctx, const struct node *n)
{
    return pipeline_build(ctx, n);
}

void pipeline_init(struct pipeline *p)
{
    p->bind.build = build_for_bind;
    p->bind.ctx = p;
    p->under_way = g_ptr_array_new();
}

void pipeline_finish(struct pipeline *p)
{
    g_clear_pointer(&p->under_way, g_ptr_array_unref);
}

void pipeline_free_seq(struct seq *s)
{
    if (s->op->close)
        s->op->close(s);
    g_free((void *)s->params);
    g_free(s->in);
    g_free(s);
}

static void *complain(struct pipeline *p, struct mark at, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

static void *complain(struct pipeline *p, struct mark at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *sentence = g_strdup_vprintf(fmt, args);
    va_end(args);
    complaints_add(p->bind.complaints, COMPLAINT_SPEC, at, "%s", sentence);
    return NULL;
}

static const struct op *find_op(struct pipeline *p, const struct wording *w)
{
    const char *why = NULL;
    const struct op *op = registry_find(p->registry, w->op, &why);
    struct nearest near;
    char hint[128];

    if (op || w->broken)
        return op;
    if (why)
        return complain(p, w->mark, "%s: %s", w->op, why);
    nearest_init(&near, w->op);
    if (!complaints_enough(p->bind.complaints))
        registry_offer(p->registry, &near);
    return complain(p, w->mark, "unknown operator '%.64s'%s", w->op,
                    nearest_hint(&near, hint, sizeof hint));
}

static bool stands_alone(const struct op *op)
{
    return op->kind == OP_SOURCE || op->flags & OP_COMBINES;
}

static bool check_position(struct pipeline *p, const struct op *op, const struct wording *w)
{
    if (w->first && !stands_alone(op)) {
        complain(
            p, w->mark,
            "%s works on a sequence: it cannot stand first, a source or a name comes before it",
            w->op);
        return false;
    }
    if (!w->first && stands_alone(op)) {
        complain(p, w->mark, "%s makes a sequence: it can only stand first", w->op);
        return false;
    }
    return true;
}

/* Puts the step in between that turns the input into what the operator takes. */
static struct seq *convert(struct pipeline *p, const struct op *op, const struct wording *w,
                           struct seq *input)
{
    struct type t = seq_type(input, SEQ_ANY);

    if (op->input == OP_TAKES_FILE && !(t.known && t.kind == VALUE_BYTES))
        return pipeline_imply(p, "encode", input, w->mark);
    if (op->input != OP_TAKES_IMAGE || (t.known && t.kind == VALUE_IMAGE))
        return input;
    if (t.known && t.kind != VALUE_BYTES)
        return complain(p, w->mark, "%s takes an image, but gets %s", w->op,
                        value_kind_name(t.kind));
    return pipeline_imply(p, "decode", input, w->mark);
}

static struct seq *new_seq(struct pipeline *p, const struct op *op, const struct wording *w)
{
    struct seq *s = g_new0(struct seq, 1);

    s->op = op;
    s->id = p->steps->len;
    s->name = g_string_chunk_insert_const(p->bind.strings, w->op);
    s->mark = w->mark;
    s->implied = w->implied;
    s->params = g_malloc0(op->params_size ? op->params_size : 1);
    s->folder = p->bind.folder;
    g_ptr_array_add(p->steps, s);
    return s;
}

static bool all_trivial(const struct seq *s)
{
    for (uint32_t i = 0; i < s->n_in; i++)
        if (!s->in[i]->trivial)
            return false;
    return true;
}

/* What open() finds preset. */
static void preset(struct seq *s, GPtrArray *inputs)
{
    s->n_in = inputs->len;
    s->in = (struct seq **)g_ptr_array_steal(inputs, NULL);
    s->len = s->n_in ? s->in[0]->len : 0;
    s->trivial = s->op->flags & OP_TRIVIAL || (s->op->kind == OP_SEQUENCE && !s->op->get);
    s->isolate = s->op->flags & OP_ISOLATE;
    s->depth = 1;
    for (uint32_t i = 0; i < s->n_in; i++)
        s->depth = MAX(s->depth, s->in[i]->depth + 1);
}

static struct seq *open_seq(struct pipeline *p, struct seq *s, const struct wording *w)
{
    struct fault f = {0};

    if (s->depth > PIPELINE_DEPTH)
        return complain(p, w->mark, "%s stands on more than %d steps", w->op, PIPELINE_DEPTH);
    if (s->op->open && s->op->open(s, &f) < 0) {
        struct mark at = bind_mark(s->op->params, w->args, f.arg, f.item, w->mark);
        complaints_add(p->bind.complaints, f.source ? COMPLAINT_SOURCE : COMPLAINT_SPEC, at,
                       "%s%s%s", f.text, f.detail[0] ? ": " : "", f.detail);
        return NULL;
    }
    s->trivial = s->trivial && all_trivial(s);
    s->any = seq_type(s, SEQ_ANY);
    s->measured = true;
    return s;
}

static struct type type_unknown(const struct seq *s, uint64_t i)
{
    return (struct type){0};
}

/* In place of an input that has faults, so that the steps after it can still be checked. */
static const struct op stand_in = {
    .abi = SEQFS_OP_ABI,
    .name = "something",
    .kind = OP_SOURCE,
    .flags = OP_STANDS_IN,
    .type = type_unknown,
};

static struct seq *new_stand_in(struct pipeline *p, const struct wording *w)
{
    struct seq *s = new_seq(p, &stand_in, w);

    s->len = 1;
    s->depth = 1;
    return s;
}

/* One step.  broken: its input has faults, so there will be no sequence, but more complaints
 * perhaps; those of sequence operators depend on the length of the input too much. */
static struct seq *build_step(struct pipeline *p, const struct wording *w, struct seq *input,
                              bool broken)
{
    const struct op *op = find_op(p, w);
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();

    if (!op || !check_position(p, op, w))
        return NULL;
    if (broken && op->kind == OP_ELEMENT)
        input = new_stand_in(p, w);
    if (input)
        input = convert(p, op, w, input);
    if (input)
        g_ptr_array_add(inputs, input);

    struct seq *s = new_seq(p, op, w);
    struct bind_use use = {
        .what = w->op, .mark = w->mark, .table = op->params, .args = w->args, .inputs = inputs};
    int r = bind_params(&p->bind, &use, (void *)s->params, &s->given);
    if (r < 0 || (!w->first && !input))
        return NULL;
    preset(s, inputs);
    s = open_seq(p, s, w);
    return broken ? NULL : s;
}

struct seq *pipeline_imply(struct pipeline *p, const char *op, struct seq *input, struct mark at)
{
    struct wording w = {.op = op, .mark = at, .implied = true};

    return build_step(p, &w, input, false);
}

/* Says "a (line 3) -> b (line 5) -> a" for the names under way from the one that is asked for
 * again. */
static struct seq *complain_cycle(struct pipeline *p, const struct pipeline_name *again,
                                  struct mark at)
{
    g_autoptr(GString) round = g_string_new(NULL);
    bool within = false;

    for (guint i = 0; i < p->under_way->len; i++) {
        const struct pipeline_name *n = p->under_way->pdata[i];
        within = within || n == again;
        if (within)
            g_string_append_printf(round, "'%s' (line %u) -> ", n->name, n->mark.line);
    }
    return complain(p, at, "sequence '%s' contains itself: %s'%s' (line %u)", again->name,
                    round->str, again->name, at.line);
}

struct seq *pipeline_build_name(struct pipeline *p, struct pipeline_name *name)
{
    if (name->state == NAME_BUILT)
        return name->seq;
    name->state = NAME_BUILDING;
    g_ptr_array_add(p->under_way, name);
    name->seq = pipeline_build(p, name->node);
    g_ptr_array_set_size(p->under_way, (gint)p->under_way->len - 1);
    name->state = NAME_BUILT;
    return name->seq;
}

static struct seq *build_reference(struct pipeline *p, const struct node *n)
{
    struct pipeline_name *name = g_hash_table_lookup(p->names, n->text);
    struct nearest near;
    char hint[128];

    if (n->broken)
        return NULL;
    if (name && name->state == NAME_BUILDING)
        return complain_cycle(p, name, n->mark);
    if (name)
        return pipeline_build_name(p, name);
    if (node_is_null(n))
        return complain(p, n->mark, "nothing stands here: wanted is a sequence");
    if (registry_find(p->registry, n->text, NULL))
        return complain(
            p, n->mark,
            "'%s' is an operator: wanted is a sequence; as a step it is written {%s: ...}", n->text,
            n->text);
    nearest_init(&near, n->text);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, p->names);
    while (!complaints_enough(p->bind.complaints) && g_hash_table_iter_next(&iter, &key, NULL))
        nearest_offer(&near, key);
    return complain(p, n->mark, "unknown sequence '%.64s'%s", n->text,
                    nearest_hint(&near, hint, sizeof hint));
}

/* Reads a mapping of one key, or a bare word, as a step; false after having complained. */
static bool read_wording(struct pipeline *p, const struct node *n, struct wording *ret)
{
    char found[80];

    if (n->kind == NODE_SCALAR && !ret->first && !node_is_null(n)) {
        ret->op = n->text;
        ret->mark = n->mark;
        ret->broken = n->broken;
        return true;
    }
    if (n->kind == NODE_MAPPING && n->len == 1) {
        ret->op = n->keys[0]->text;
        ret->mark = n->keys[0]->mark;
        ret->args = n->items[0];
        ret->broken = n->keys[0]->broken;
        return true;
    }
    if (n->kind == NODE_MAPPING && n->len > 1)
        complain(p, n->keys[1]->mark,
                 "a step has one operator, here are '%.32s' and '%.32s': each is a step of its "
                 "own, or indent the "
                 "second as an argument",
                 n->keys[0]->text, n->keys[1]->text);
    else
        complain(p, n->mark, "%s is no step: wanted is {operator: arguments}",
                 node_describe(n, found, sizeof found));
    return false;
}

static struct seq *build_list(struct pipeline *p, const struct node *n)
{
    struct seq *s = NULL;

    if (complaints_enough(p->bind.complaints))
        return NULL;
    if (n->len == 0)
        return complain(p, n->mark,
                        "an empty list is no sequence: its first item is a source or a name");
    for (uint32_t i = 0; i < n->len && !complaints_enough(p->bind.complaints); i++) {
        const struct node *item = n->items[i];
        struct wording w = {.first = i == 0};
        if (w.first && item->kind != NODE_MAPPING)
            s = pipeline_build(p, item);
        else if (read_wording(p, item, &w))
            s = build_step(p, &w, s, i > 0 && !s);
        else
            s = NULL;
    }
    return s;
}

static struct seq *build_node(struct pipeline *p, const struct node *n)
{
    struct wording w = {.first = true};

    if (n->kind == NODE_SCALAR)
        return build_reference(p, n);
    if (n->kind == NODE_LIST)
        return build_list(p, n);
    return read_wording(p, n, &w) ? build_step(p, &w, NULL, false) : NULL;
}

struct seq *pipeline_build(struct pipeline *p, const struct node *n)
{
    if (p->nesting >= PIPELINE_DEPTH)
        return complain(p, n->mark, "more than %d sequences within sequences", PIPELINE_DEPTH);
    p->nesting++;
    struct seq *s = build_node(p, n);
    p->nesting--;
    return s;
}
