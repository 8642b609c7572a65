/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes one step: finds its operator, makes its input fit, binds its arguments, opens it. */
#include <errno.h>
#include <string.h>

#include "ops/base/nearest.h"
#include "ops/core/digest.h"
#include "ops/core/forward.h"
#include "ops/core/pipeline_parts.h"

/* The keys that any element step takes beside its own. */
static const struct param manner[] = {
    {.name = "p", .kind = PARAM_DOUBLE, .min = 0, .max = 1},
    {.name = "on", .kind = PARAM_STRINGS},
    {0},
};
enum { MANNER_CHANCE, MANNER_ON };

void *pipeline_complain(struct pipeline *p, struct mark at, const char *fmt, ...)
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
        return pipeline_complain(p, w->mark, "%s: %s", w->op, why);
    nearest_init(&near, w->op);
    if (!complaints_enough(p->bind.complaints))
        registry_offer(p->registry, &near);
    return pipeline_complain(p, w->mark, "unknown operator '%.64s'%s", w->op,
                             nearest_hint(&near, hint, sizeof hint));
}

static bool stands_alone(const struct op *op)
{
    return op->kind == OP_SOURCE || op->flags & OP_COMBINES;
}

static bool check_position(struct pipeline *p, const struct op *op, const struct wording *w)
{
    if (w->first && !stands_alone(op)) {
        pipeline_complain(
            p, w->mark,
            "%s works on a sequence: it cannot stand first, a source or a name comes before it",
            w->op);
        return false;
    }
    if (!w->first && stands_alone(op)) {
        pipeline_complain(p, w->mark, "%s makes a sequence: it can only stand first", w->op);
        return false;
    }
    return true;
}

/* The argument that is the image to work on, or NULL where the element itself is. */
static const struct node *find_main_image(const struct op *op, const struct node *args)
{
    if (!args || args->kind != NODE_MAPPING)
        return NULL;
    for (const struct param *q = op->params; q && q->name; q++) {
        if (q->kind != PARAM_INPUT && q->kind != PARAM_INPUTS)
            continue;
        for (uint32_t i = 0; i < args->len; i++)
            if (param_same_name(args->keys[i]->text, q->name))
                return args->items[i];
        return NULL;
    }
    return NULL;
}

/* What to write where an image is wanted and a record is there. */
static void *complain_record(struct pipeline *p, const struct op *op, const struct wording *w)
{
    if (op->input != OP_TAKES_FIELDS)
        return pipeline_complain(
            p, w->mark, "%s takes an image, but gets record: say which of its fields by 'on'",
            w->op);
    for (const struct param *q = op->params; q->name; q++)
        if (q->kind == PARAM_INPUT || q->kind == PARAM_INPUTS)
            return pipeline_complain(p, w->mark,
                                     "%s takes an image, but gets record: say which of its fields "
                                     "by 'on', or by %s: {field: NAME}",
                                     w->op, q->name);
    g_assert_not_reached();
}

/* Puts the step in between that turns the input into what the operator takes. */
static struct seq *convert(struct pipeline *p, const struct op *op, const struct wording *w,
                           struct seq *input)
{
    struct type t = seq_type(input, SEQ_ANY);
    bool lists = op->input == OP_TAKES_FIELDS && t.kind == VALUE_LIST;

    if (op->input == OP_TAKES_ITEMS && t.known && t.kind == VALUE_ARRAY)
        return input;
    if ((op->input == OP_TAKES_FILE || op->input == OP_TAKES_ITEMS) &&
        !(t.known && t.kind == VALUE_BYTES))
        return pipeline_imply(p, "encode", input, w->mark, NULL);
    if (op->input == OP_TAKES_PIXELS && t.known && t.kind != VALUE_BYTES)
        return input;
    if (op->input != OP_TAKES_PIXELS && op->input != OP_TAKES_IMAGE && op->input != OP_TAKES_FIELDS)
        return input;
    if (op->input == OP_TAKES_FIELDS && find_main_image(op, w->args))
        return input;
    if (t.known && (t.kind == VALUE_IMAGE || lists))
        return input;
    if (t.known && t.kind == VALUE_RECORD)
        return complain_record(p, op, w);
    if (t.known && t.kind != VALUE_BYTES && t.kind != VALUE_ARRAY)
        return pipeline_complain(p, w->mark, "%s takes an image, but gets %s", w->op,
                                 value_kind_name(t.kind));
    const bool passes = op->input == OP_TAKES_PIXELS && !t.known;
    return pipeline_imply(p, "decode", input, w->mark,
                          passes ? pipeline_pair(p, "others", "pass", w->mark) : NULL);
}

struct seq *pipeline_new_seq(struct pipeline *p, const struct op *op, const struct wording *w)
{
    struct seq *s = g_new0(struct seq, 1);

    s->op = op;
    s->id = p->steps->len;
    s->plugged = w->plugged;
    s->name = g_string_chunk_insert_const(p->bind.strings, w->op);
    s->mark = w->mark;
    s->implied = w->implied;
    s->params = g_malloc0(op->params_size ? op->params_size : 1);
    s->folder = p->bind.folder;
    s->seed = p->seed;
    s->fast = p->fast;
    s->chance = 1;
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

void pipeline_preset(struct seq *s, GPtrArray *inputs)
{
    s->n_in = inputs->len;
    s->in = (struct seq **)g_ptr_array_steal(inputs, NULL);
    s->len = s->n_in ? s->in[0]->len : 0;
    s->trivial = s->op->flags & OP_TRIVIAL || (s->op->kind == OP_SEQUENCE && !s->op->get);
    s->isolate = s->op->flags & OP_ISOLATE;
    s->random =
        s->op->flags & OP_RANDOM || s->chance < 1 || (s->draws && draws_are_random(s->draws));
    s->depth = 1;
    for (uint32_t i = 0; i < s->n_in; i++) {
        s->depth = MAX(s->depth, s->in[i]->depth + 1);
        s->random = s->random || s->in[i]->random;
    }
}

static bool has_fields_of(const struct seq *s, const struct seq *other)
{
    uint64_t len = seq_n_parts(s, SEQ_ANY);

    if (s->len == 0 || !s->any.known || s->any.kind != VALUE_RECORD)
        return true; /* no element of it comes from there */
    for (uint64_t k = 0; len != SEQ_ANY && k < len; k++)
        if (g_strcmp0(seq_field(s, k), seq_field(other, k)) != 0)
            return false;
    return len != SEQ_ANY && seq_n_parts(other, SEQ_ANY) == len;
}

/* Records that come now from one input, now from another have parts in common only if their fields
 * are the same. */
static bool have_same_fields(const struct seq *s)
{
    for (uint32_t n = 0; !s->op->field && s->len > 0 && n < s->n_in; n++)
        if (!has_fields_of(s->in[n], s))
            return false;
    return true;
}

struct seq *pipeline_open_seq(struct pipeline *p, struct seq *s, const struct wording *w)
{
    struct fault f = {0};

    if (s->depth > PIPELINE_DEPTH)
        return pipeline_complain(p, w->mark, "%s stands on more than %d steps", w->op,
                                 PIPELINE_DEPTH);
    if (s->op->open && s->op->open(s, &f) < 0) {
        struct mark at = bind_mark(s->op->params, w->args, f.arg, f.item, w->mark);
        complaints_add(p->bind.complaints, f.source ? COMPLAINT_SOURCE : COMPLAINT_SPEC, at,
                       "%s%s%s", f.text, f.detail[0] ? ": " : "", f.detail);
        return NULL;
    }
    s->trivial = s->trivial && all_trivial(s);
    s->any = seq_type(s, SEQ_ANY);
    if (s->any.kind == VALUE_RECORD && !have_same_fields(s))
        s->any.parted = false;
    s->measured = true;
    digest_seal(s);
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
    struct seq *s = pipeline_new_seq(p, &stand_in, w);

    s->len = 1;
    s->depth = 1;
    return s;
}

struct seq *pipeline_make_indexable(struct pipeline *p, struct seq *s, const struct op *next)
{
    if (!s || !forward_only(s) || (next && strcmp(next->name, "uniter") == 0))
        return s;
    return pipeline_imply(p, "uniter", s, s->mark, NULL);
}

uint32_t pipeline_count_use(struct pipeline *p, const struct op *op)
{
    uint32_t use = GPOINTER_TO_UINT(g_hash_table_lookup(p->uses, op->name));

    g_hash_table_insert(p->uses, (gpointer)op->name, GUINT_TO_POINTER(use + 1));
    return use;
}

static int bind_step(struct pipeline *p, struct seq *s, const struct wording *w,
                     const struct setting *at, GPtrArray *inputs)
{
    bool may_draw = s->op->kind == OP_ELEMENT;
    OWN(draws_free)
    struct draws *draws = may_draw ? draws_new(s->op->params, s->op->params_size) : NULL;
    struct bind_use use = {
        .what = w->op,
        .mark = w->mark,
        .table = s->op->params,
        .args = w->args,
        .inputs = inputs,
        .subject = at->record ? at->record : at->input,
        .draws = draws,
    };
    int r = bind_params(&p->bind, &use, (void *)s->params, &s->given);

    if (r < 0 || !draws || draws_len(draws) == 0)
        return r;
    s->draws = g_steal_pointer(&draws);
    if (at->record) {
        s->subject = inputs->len;
        g_ptr_array_add(inputs, at->record);
    }
    return 0;
}

/* The first parameter of an operator that reseeds says how often; what it gets are copies. */
static bool reseed(struct pipeline *p, const struct seq *s, const struct wording *w,
                   GPtrArray *inputs)
{
    struct seq *input = inputs->pdata[0];
    int64_t n = *(const int64_t *)s->params;

    g_ptr_array_set_size(inputs, 0);
    return pipeline_reseed(p, input, (uint64_t)n, w, inputs);
}

struct seq *pipeline_build_plain(struct pipeline *p, const struct op *op, const struct wording *w,
                                 const struct setting *at)
{
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    struct seq *input = at->input ? convert(p, op, w, at->input) : NULL;

    if (input)
        g_ptr_array_add(inputs, input);
    struct seq *s = pipeline_new_seq(p, op, w);
    s->chance = at->chance;
    s->use = pipeline_count_use(p, op);
    int r = bind_step(p, s, w, at, inputs);
    if (r < 0 || (!w->first && !input))
        return NULL;
    if (op->flags & OP_RESEEDS && !reseed(p, s, w, inputs))
        return NULL;
    if (op->flags & OP_COMBINES && !op->field)
        pipeline_align_fields(p, inputs, w->mark);
    pipeline_preset(s, inputs);
    s = pipeline_open_seq(p, s, w);
    return at->broken ? NULL : s;
}

const struct node *pipeline_without(struct pipeline *p, const struct node *args, uint32_t which)
{
    struct node *rest = g_memdup2(args, sizeof *args);

    g_ptr_array_add(p->bind.blocks, rest);
    rest->items = g_new(struct node *, args->len);
    g_ptr_array_add(p->bind.blocks, rest->items);
    rest->keys = g_new(struct node *, args->len);
    g_ptr_array_add(p->bind.blocks, rest->keys);
    rest->len = 0;
    for (uint32_t i = 0; i < args->len; i++) {
        if (i == which)
            continue;
        rest->items[rest->len] = args->items[i];
        rest->keys[rest->len++] = args->keys[i];
    }
    return rest;
}

/* Takes `p` or `on` out of a step's arguments; NULL = it is not there, or the operator's own. */
static const struct node *take_out(struct pipeline *p, const struct op *op, struct wording *w,
                                   const struct param *key)
{
    const struct node *args = w->args, *n;

    if (!args || args->kind != NODE_MAPPING || op->kind != OP_ELEMENT ||
        param_find(op->params, key->name))
        return NULL;
    for (uint32_t i = 0; i < args->len; i++) {
        if (strcmp(args->keys[i]->text, key->name) != 0)
            continue;
        n = args->items[i];
        w->args = pipeline_without(p, args, i);
        return n;
    }
    return NULL;
}

/* false after having complained. */
static bool read_chance(struct pipeline *p, const struct wording *w, const struct node *n,
                        double *ret)
{
    struct fault f = {0};
    char found[80];

    if (n->broken)
        return false;
    if (n->kind != NODE_SCALAR)
        fault_set(&f, EINVAL, "argument 'p' is %s, wanted: number 0..1",
                  node_describe(n, found, sizeof found));
    else if (param_parse(&manner[MANNER_CHANCE], n->text, NULL, p->bind.strings, ret, &f) == 0)
        return true;
    pipeline_complain(p, n->mark, "%s: %s", w->op, f.text);
    return false;
}

struct seq *pipeline_build_step(struct pipeline *p, const struct wording *w, struct seq *input,
                                bool broken)
{
    const struct op *op = find_op(p, w);
    struct wording inner = *w;
    struct setting at = {.broken = broken, .chance = 1};

    if (op && op->flags & OP_PLUGS)
        op = pipeline_plug(p, op, &inner);
    if (!op || !check_position(p, op, &inner))
        return NULL;
    if (broken && op->kind == OP_ELEMENT)
        input = new_stand_in(p, w);
    at.input = pipeline_make_indexable(p, input, op);
    const struct node *chance = take_out(p, op, &inner, &manner[MANNER_CHANCE]);
    const struct node *on =
        op->flags & OP_MAPS ? NULL : take_out(p, op, &inner, &manner[MANNER_ON]);
    if (chance && !read_chance(p, &inner, chance, &at.chance)) {
        at.broken = true;
        at.chance = 1;
    }
    if (op->flags & OP_MAPS)
        return pipeline_build_map(p, op, &inner, &at);
    if (on && at.input)
        return pipeline_build_on(p, op, &inner, &at, on);
    if (op->flags & OP_BY_PART && at.input)
        return pipeline_build_by_part(p, op, &inner, &at);
    return pipeline_build_plain(p, op, &inner, &at);
}

struct seq *pipeline_imply(struct pipeline *p, const char *op, struct seq *input, struct mark at,
                           const struct node *args)
{
    struct wording w = {.op = op, .mark = at, .implied = true, .args = args};

    return pipeline_build_step(p, &w, input, false);
}

struct seq *pipeline_append(struct pipeline *p, const struct op *op, struct seq *input,
                            struct mark at)
{
    struct wording w = {.op = op->name, .mark = at, .implied = true};
    struct setting setting = {.input = input, .chance = 1};

    return pipeline_build_plain(p, op, &w, &setting);
}

const struct node *pipeline_word(struct pipeline *p, const char *text, struct mark at)
{
    struct node *n = g_new0(struct node, 1);

    g_ptr_array_add(p->bind.blocks, n);
    n->kind = NODE_SCALAR;
    n->mark = at;
    n->text = text;
    return n;
}

const struct node *pipeline_pair(struct pipeline *p, const char *key, const char *text,
                                 struct mark at)
{
    struct node *n = (struct node *)pipeline_word(p, NULL, at);

    n->kind = NODE_MAPPING;
    n->len = 1;
    n->keys = g_new(struct node *, 1);
    g_ptr_array_add(p->bind.blocks, n->keys);
    n->items = g_new(struct node *, 1);
    g_ptr_array_add(p->bind.blocks, n->items);
    n->keys[0] = (struct node *)pipeline_word(p, key, at);
    n->items[0] = (struct node *)pipeline_word(p, text, at);
    return n;
}
