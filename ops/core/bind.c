/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binds the arguments of a step, or of a section, to its params struct. */
#include "ops/core/bind.h"

#include "ops/base/nearest.h"

#include <errno.h>
#include <string.h>

static int complain(const struct bind *b, const struct bind_use *use, struct mark at,
                    const char *sentence)
{
    complaints_add(b->complaints, COMPLAINT_SPEC, at, "%s: %s", use->what, sentence);
    return -EINVAL;
}

static int wrong_shape(const struct bind *b, const struct bind_use *use, const struct param *p,
                       const struct node *n)
{
    g_autoptr(GString) wanted = g_string_new(NULL);
    char found[80];

    param_print_kind(p, wanted);
    complaints_add(b->complaints, COMPLAINT_SPEC, n->mark, "%s: argument '%s' is %s, wanted: %s",
                   use->what, p->name, node_describe(n, found, sizeof found), wanted->str);
    return -EINVAL;
}

static void *keep(const struct bind *b, size_t size)
{
    void *block = g_malloc0(size ? size : 1);

    g_ptr_array_add(b->blocks, block);
    return block;
}

/* {uniform: [a, b]} and the like in place of a scalar; item as of draws_add(). */
static int bind_drawn(const struct bind *b, const struct bind_use *use, const struct param *p,
                      int item, const struct node *n, void *field)
{
    struct param one = *p;
    struct draw *draw = NULL;
    struct fault f = {0};

    if (!use->subject) /* its faults were told */
        return -EINVAL;
    if (draw_new(&one, n, use->subject, b->folder, b->strings, &f, &draw) < 0)
        return complain(b, use, n->mark, f.text);
    draw_sample(draw, field);
    draws_add(use->draws, param_find(use->table, p->name), item, draw);
    return 0;
}

/* A mapping where a value is wanted: perhaps a draw that is mistyped. */
static int wrong_draw(const struct bind *b, const struct bind_use *use, const struct param *p,
                      const struct node *n)
{
    static const char *const words[] = {"uniform", "normal", "choice", "field"};
    struct nearest near;
    char hint[128];

    nearest_init(&near, n->keys[0]->text);
    for (size_t k = 0; k < G_N_ELEMENTS(words); k++)
        nearest_offer(&near, words[k]);
    if (!near.best[0])
        return wrong_shape(b, use, p, n);
    complaints_add(b->complaints, COMPLAINT_SPEC, n->keys[0]->mark,
                   "%s: argument '%s': '%.64s' is no way to draw%s", use->what, p->name,
                   n->keys[0]->text, nearest_hint(&near, hint, sizeof hint));
    return -EINVAL;
}

static int bind_scalar(const struct bind *b, const struct bind_use *use, const struct param *p,
                       int item, const struct node *n, void *field)
{
    struct fault f = {0};

    if (n->broken)
        return -EINVAL;
    if (use->draws && draw_is(n))
        return bind_drawn(b, use, p, item, n, field);
    if (n->kind == NODE_MAPPING && use->draws && n->len > 0)
        return wrong_draw(b, use, p, n);
    if (n->kind != NODE_SCALAR)
        return wrong_shape(b, use, p, n);
    if (param_parse(p, n->text, b->folder, b->strings, field, &f) < 0)
        return complain(b, use, n->mark, f.text);
    return 0;
}

/* Flags may also be written as a list of words.  What is drawn takes the place of all of them, so
 * one of the list cannot be. */
static int bind_flags(const struct bind *b, const struct bind_use *use, const struct param *p,
                      const struct node *n, int64_t *field)
{
    int64_t all = 0;

    if (n->kind != NODE_LIST)
        return bind_scalar(b, use, p, -1, n, field);
    for (uint32_t i = 0; i < n->len; i++) {
        int64_t one = 0;
        int r = draw_is(n->items[i]) ? wrong_shape(b, use, p, n->items[i])
                                     : bind_scalar(b, use, p, -1, n->items[i], &one);
        if (r < 0)
            return r;
        all |= one;
    }
    *field = all;
    return 0;
}

/* The lists of scalars differ only in what an item is and how large.  All have the layout of struct
 * ints. */
static int bind_list(const struct bind *b, const struct bind_use *use, const struct param *p,
                     const struct node *n, void *field)
{
    static const struct {
        enum param_kind kind;
        size_t size;
    } items[] = {
        [PARAM_INTS] = {PARAM_INT, sizeof(int64_t)},
        [PARAM_DOUBLES] = {PARAM_DOUBLE, sizeof(double)},
        [PARAM_STRINGS] = {PARAM_STRING, sizeof(const char *)},
        [PARAM_CHOICES] = {PARAM_CHOICE, sizeof(int64_t)},
    };
    struct param item = *p;
    struct ints *list = field;
    uint32_t len = n->kind == NODE_LIST ? n->len : 1;

    if (n->kind == NODE_MAPPING && !(use->draws && draw_is(n)))
        return wrong_shape(b, use, p, n);
    item.kind = items[p->kind].kind;
    size_t size = items[p->kind].size;
    char *at = keep(b, len * size);
    int r = 0;
    for (uint32_t i = 0; i < len; i++)
        if (bind_scalar(b, use, &item, (int)i, n->kind == NODE_LIST ? n->items[i] : n,
                        at + i * size) < 0)
            r = -EINVAL;
    list->at = (void *)at;
    list->len = len;
    return r;
}

static int bind_seq(const struct bind *b, const struct bind_use *use, const struct node *n,
                    struct seq **ret)
{
    struct seq *s = b->build(b->ctx, n);

    if (!s)
        return -EINVAL;
    g_ptr_array_add(use->inputs, s);
    *ret = s;
    return 0;
}

static int bind_seqs(const struct bind *b, const struct bind_use *use, const struct param *p,
                     const struct node *n, struct seqs *field)
{
    int r = 0;

    if (n->broken)
        return -EINVAL;
    if (n->kind != NODE_LIST)
        return wrong_shape(b, use, p, n);
    struct seq **at = keep(b, n->len * sizeof(*at));
    for (uint32_t i = 0; i < n->len; i++)
        if (bind_seq(b, use, n->items[i], &at[i]) < 0)
            r = -EINVAL;
    *field = (struct seqs){at, n->len};
    return r;
}

static int bind_fields(const struct bind *b, const struct bind_use *use, const struct node *n,
                       struct fields *field)
{
    int r = 0;

    if (n->broken)
        return -EINVAL;
    if (n->kind == NODE_SCALAR)
        return complain(b, use, n->mark,
                        "wanted is a mapping of names to sequences, or a list of sequences");
    const char **names = keep(b, n->len * sizeof *names);
    for (uint32_t i = 0; i < n->len; i++) {
        struct seq *s;
        g_autofree char *number = g_strdup_printf("%u", i);
        names[i] =
            n->kind == NODE_MAPPING ? n->keys[i]->text : g_string_chunk_insert(b->strings, number);
        if (bind_seq(b, use, n->items[i], &s) < 0)
            r = -EINVAL;
    }
    *field = (struct fields){names, n->len};
    return r;
}

static int bind_weights(const struct bind *b, const struct bind_use *use, const struct param *p,
                        const struct node *n, struct weights *field)
{
    const struct param number = {
        .name = p->name, .kind = PARAM_DOUBLE, .min = p->min, .max = p->max};
    int r = 0;

    if (n->broken)
        return -EINVAL;
    if (n->kind != NODE_MAPPING)
        return wrong_shape(b, use, p, n);
    const char **names = keep(b, n->len * sizeof *names);
    double *at = keep(b, n->len * sizeof *at);
    for (uint32_t i = 0; i < n->len; i++) {
        struct seq *s;
        names[i] = n->keys[i]->text;
        if (bind_seq(b, use, n->keys[i], &s) < 0 ||
            bind_scalar(b, use, &number, -1, n->items[i], &at[i]) < 0)
            r = -EINVAL;
    }
    *field = (struct weights){names, at, n->len};
    return r;
}

/* {field: NAME} as an image of its own. */
static int bind_input(const struct bind *b, const struct bind_use *use, const struct param *p,
                      const struct node *n, uint32_t *field)
{
    const struct node *name = n->kind == NODE_MAPPING ? node_find(n, "field") : NULL;

    if (n->broken || !use->subject)
        return -EINVAL;
    if (!name || n->len != 1 || name->kind != NODE_SCALAR)
        return wrong_shape(b, use, p, n);
    struct seq *s = b->field(b->ctx, use->what, use->subject, name);
    if (!s)
        return -EINVAL;
    *field = use->inputs->len;
    g_ptr_array_add(use->inputs, s);
    return 0;
}

static int bind_inputs(const struct bind *b, const struct bind_use *use, const struct param *p,
                       const struct node *n, struct inputs *field)
{
    uint32_t len = n->kind == NODE_LIST ? n->len : 1;
    uint32_t *at = keep(b, len * sizeof *at);
    int r = 0;

    for (uint32_t i = 0; i < len; i++)
        if (bind_input(b, use, p, n->kind == NODE_LIST ? n->items[i] : n, &at[i]) < 0)
            r = -EINVAL;
    *field = (struct inputs){at, len};
    return r;
}

static int bind_one(const struct bind *b, const struct bind_use *use, const struct param *p,
                    const struct node *n, void *field)
{
    switch (p->kind) {
    case PARAM_INTS:
    case PARAM_DOUBLES:
    case PARAM_STRINGS:
    case PARAM_CHOICES:
        return bind_list(b, use, p, n, field);
    case PARAM_FLAGS:
        return bind_flags(b, use, p, n, field);
    case PARAM_SEQ:
        return bind_seq(b, use, n, field);
    case PARAM_SEQS:
        return bind_seqs(b, use, p, n, field);
    case PARAM_FIELDS:
        return bind_fields(b, use, n, field);
    case PARAM_WEIGHTS:
        return bind_weights(b, use, p, n, field);
    case PARAM_INPUT:
        return bind_input(b, use, p, n, field);
    case PARAM_INPUTS:
        return bind_inputs(b, use, p, n, field);
    case PARAM_NODE:
        *(const struct node **)field = n;
        return n->broken ? -EINVAL : 0;
    default:
        return bind_scalar(b, use, p, -1, n, field);
    }
}

static const struct param *main_param(const struct param *table)
{
    for (const struct param *p = table; p && p->name; p++)
        if (p->main)
            return p;
    return NULL;
}

static int unknown_argument(const struct bind *b, const struct bind_use *use,
                            const struct node *key)
{
    struct nearest near;
    char hint[128];

    if (key->broken)
        return -EINVAL;
    if (!use->table || !use->table->name) {
        complaints_add(b->complaints, COMPLAINT_SPEC, key->mark, "%s takes no arguments",
                       use->what);
        return -EINVAL;
    }
    nearest_init(&near, key->text);
    for (const struct param *p = use->table; p->name && !complaints_enough(b->complaints); p++)
        nearest_offer(&near, p->name);
    complaints_add(b->complaints, COMPLAINT_SPEC, key->mark, "%s: no argument '%.64s'%s", use->what,
                   key->text, nearest_hint(&near, hint, sizeof hint));
    return -EINVAL;
}

/* An entry that takes the whole mapping as sequences. */
static bool is_whole(const struct param *p)
{
    return p && (p->kind == PARAM_FIELDS || p->kind == PARAM_WEIGHTS);
}

static bool is_sequence(const struct param *p)
{
    return p->kind == PARAM_SEQ || p->kind == PARAM_SEQS;
}

/* Sequences are bound in the order of the table, whatever order they are written in: operators find
 * them in seq->in by their place there. */
static int bind_sequences(const struct bind *b, const struct bind_use *use, char *params)
{
    int r = 0;

    for (const struct param *p = use->table; p && p->name; p++)
        for (uint32_t i = 0; is_sequence(p) && i < use->args->len; i++)
            if (param_same_name(p->name, use->args->keys[i]->text) &&
                bind_one(b, use, p, use->args->items[i], params + p->offset) < 0)
                r = -EINVAL;
    return r;
}

static int bind_mapping(const struct bind *b, const struct bind_use *use, char *params,
                        uint64_t *given)
{
    const struct param *rest = param_find(use->table, BIND_REST);
    int r = 0;

    if (is_whole(rest)) {
        *given |= UINT64_C(1) << (rest - use->table);
        return bind_one(b, use, rest, use->args, params + rest->offset);
    }
    if (rest)
        *(const struct node **)(params + rest->offset) = use->args;
    for (uint32_t i = 0; i < use->args->len; i++) {
        const struct node *key = use->args->keys[i];
        const struct param *p = param_find(use->table, key->text);
        if (!p && rest)
            continue;
        if (!p || p == rest) {
            r = unknown_argument(b, use, key);
            continue;
        }
        if (*given & UINT64_C(1) << (p - use->table))
            r = complain(b, use, key->mark, "the argument is given twice");
        *given |= UINT64_C(1) << (p - use->table);
        if (!is_sequence(p) && bind_one(b, use, p, use->args->items[i], params + p->offset) < 0)
            r = -EINVAL;
    }
    return bind_sequences(b, use, params) < 0 ? -EINVAL : r;
}

static int bind_main(const struct bind *b, const struct bind_use *use, char *params,
                     uint64_t *given)
{
    const struct param *p = main_param(use->table);

    if (!p && (!use->table || !use->table->name)) {
        complaints_add(b->complaints, COMPLAINT_SPEC, use->args->mark, "%s takes no arguments",
                       use->what);
        return -EINVAL;
    }
    if (!p)
        return complain(b, use, use->args->mark, "wanted is a mapping, {argument: value, ...}");
    *given |= UINT64_C(1) << (p - use->table);
    return bind_one(b, use, p, use->args, params + p->offset);
}

static int bind_absent(const struct bind *b, const struct bind_use *use, char *params,
                       uint64_t given)
{
    int r = 0;

    for (const struct param *p = use->table; p && p->name; p++) {
        if (given & UINT64_C(1) << (p - use->table))
            continue;
        if (p->required) {
            g_autoptr(GString) wanted = g_string_new(NULL);
            param_print_kind(p, wanted);
            complaints_add(b->complaints, COMPLAINT_SPEC, use->mark,
                           "%s: argument '%s' is missing: %s", use->what, p->name, wanted->str);
            r = -EINVAL;
        } else if (p->fallback) {
            struct fault f = {0};
            int bad = param_parse(p, p->fallback, NULL, b->strings, params + p->offset, &f);
            g_assert(bad == 0);
        }
    }
    return r;
}

/* `rotate: {uniform: [-10, 10]}`: the mapping stands for the main argument. */
static bool is_drawn_main(const struct bind_use *use)
{
    return use->draws && draw_is(use->args) && main_param(use->table) &&
           !param_find(use->table, use->args->keys[0]->text);
}

int bind_params(const struct bind *b, const struct bind_use *use, void *ret_params,
                uint64_t *ret_given)
{
    uint64_t given = 0;
    int r = 0;

    if (use->args && use->args->kind == NODE_MAPPING && !is_drawn_main(use))
        r = bind_mapping(b, use, ret_params, &given);
    else if (use->args && !node_is_null(use->args))
        r = bind_main(b, use, ret_params, &given);
    if (bind_absent(b, use, ret_params, given) < 0)
        r = -EINVAL;
    if (ret_given)
        *ret_given = given;
    return r;
}

static struct mark mark_in_mapping(const struct node *args, const char *arg, int item,
                                   struct mark fallback)
{
    for (uint32_t i = 0; i < args->len; i++) {
        const struct node *n = args->items[i];
        if (!param_same_name(args->keys[i]->text, arg))
            continue;
        if (item == FAULT_KEY)
            return args->keys[i]->mark;
        return item >= 0 && n->kind == NODE_LIST && (uint32_t)item < n->len ? n->items[item]->mark
                                                                            : n->mark;
    }
    return fallback;
}

struct mark bind_mark(const struct param *table, const struct node *args, const char *arg, int item,
                      struct mark fallback)
{
    const struct param *p = arg ? param_find(table, arg) : NULL;

    if (!args || !arg)
        return fallback;
    if (args->kind == NODE_MAPPING)
        return mark_in_mapping(args, arg, item, fallback);
    if (!p || !p->main)
        return fallback;
    if (item >= 0 && args->kind == NODE_LIST && (uint32_t)item < args->len)
        return args->items[item]->mark;
    return args->mark;
}
