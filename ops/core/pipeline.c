/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds sequences from the nodes of a spec. */
#include "ops/core/pipeline_parts.h"

#include "ops/base/nearest.h"

#include <errno.h>
#include <string.h>

static struct seq *build_for_bind(void *ctx, const struct node *n)
{
    return pipeline_build(ctx, n);
}

static struct seq *get_image(void *ctx, const char *what, struct seq *record,
                             const struct node *name)
{
    return pipeline_get_image(ctx, what, record, name);
}

void pipeline_init(struct pipeline *p)
{
    p->bind.build = build_for_bind;
    p->bind.field = get_image;
    p->bind.ctx = p;
    p->under_way = g_ptr_array_new();
    p->uses = g_hash_table_new(g_str_hash, g_str_equal);
}

void pipeline_finish(struct pipeline *p)
{
    g_clear_pointer(&p->under_way, g_ptr_array_unref);
    g_clear_pointer(&p->uses, g_hash_table_unref);
}

void pipeline_free_seq(struct seq *s)
{
    if (s->op->close)
        s->op->close(s);
    if (!s->shared_self) {
        g_free((void *)s->params);
        draws_free(s->draws);
    }
    g_free(s->in);
    g_free(s);
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
    return pipeline_complain(p, at, "sequence '%s' contains itself: %s'%s' (line %u)", again->name,
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
        return pipeline_complain(p, n->mark, "nothing stands here: wanted is a sequence");
    if (registry_find(p->registry, n->text, NULL))
        return pipeline_complain(
            p, n->mark,
            "'%s' is an operator: wanted is a sequence; as a step it is written {%s: ...}", n->text,
            n->text);
    nearest_init(&near, n->text);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, p->names);
    while (!complaints_enough(p->bind.complaints) && g_hash_table_iter_next(&iter, &key, NULL))
        nearest_offer(&near, key);
    return pipeline_complain(p, n->mark, "unknown sequence '%.64s'%s", n->text,
                             nearest_hint(&near, hint, sizeof hint));
}

bool pipeline_read_wording(struct pipeline *p, const struct node *n, struct wording *ret)
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
        pipeline_complain(
            p, n->keys[1]->mark,
            "a step has one operator, here are '%.32s' and '%.32s': each is a step of its "
            "own, or indent the "
            "second as an argument",
            n->keys[0]->text, n->keys[1]->text);
    else
        pipeline_complain(p, n->mark, "%s is no step: wanted is {operator: arguments}",
                          node_describe(n, found, sizeof found));
    return false;
}

static struct seq *build_list(struct pipeline *p, const struct node *n)
{
    struct seq *s = NULL;

    if (complaints_enough(p->bind.complaints))
        return NULL;
    if (n->len == 0)
        return pipeline_complain(
            p, n->mark, "an empty list is no sequence: its first item is a source or a name");
    for (uint32_t i = 0; i < n->len && !complaints_enough(p->bind.complaints); i++) {
        const struct node *item = n->items[i];
        struct wording w = {.first = i == 0};
        if (w.first && item->kind != NODE_MAPPING)
            s = pipeline_build(p, item);
        else if (pipeline_read_wording(p, item, &w))
            s = pipeline_build_step(p, &w, s, i > 0 && !s);
        else
            s = NULL;
    }
    return pipeline_make_indexable(p, s, NULL);
}

static struct seq *build_node(struct pipeline *p, const struct node *n)
{
    struct wording w = {.first = true};

    if (n->kind == NODE_SCALAR)
        return build_reference(p, n);
    if (n->kind == NODE_LIST)
        return build_list(p, n);
    if (!pipeline_read_wording(p, n, &w))
        return NULL;
    return pipeline_make_indexable(p, pipeline_build_step(p, &w, NULL, false), NULL);
}

struct seq *pipeline_build(struct pipeline *p, const struct node *n)
{
    if (p->nesting >= PIPELINE_DEPTH)
        return pipeline_complain(p, n->mark, "more than %d sequences within sequences",
                                 PIPELINE_DEPTH);
    p->nesting++;
    struct seq *s = build_node(p, n);
    p->nesting--;
    return s;
}
