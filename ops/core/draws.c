/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies a step's arguments and fills in what is drawn for one element. */
#include "ops/core/draws.h"

#include "ops/core/digest.h"

#include <string.h>

#define MAX_CHECKED 4096 /* combinations of drawn arguments */

/* One drawn argument. */
struct entry {
    const struct param *param;
    int item;
    struct draw *draw; /* owned */
};

struct draws {
    const struct param *table;
    size_t params_size;
    GArray *entries; /* struct entry */
};

static void entry_clear(void *entry)
{
    draw_free(((struct entry *)entry)->draw);
}

struct draws *draws_new(const struct param *table, size_t params_size)
{
    struct draws *d = g_new0(struct draws, 1);

    d->table = table;
    d->params_size = params_size;
    d->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    g_array_set_clear_func(d->entries, entry_clear);
    return d;
}

void draws_free(struct draws *d)
{
    if (!d)
        return;
    g_array_unref(d->entries);
    g_free(d);
}

void draws_add(struct draws *d, const struct param *param, int item, struct draw *own)
{
    struct entry entry = {param, item, own};

    g_array_append_val(d->entries, entry);
}

uint32_t draws_len(const struct draws *d)
{
    return d->entries->len;
}

bool draws_are_random(const struct draws *d)
{
    for (guint n = 0; n < d->entries->len; n++)
        if (draw_is_random(g_array_index(d->entries, struct entry, n).draw))
            return true;
    return false;
}

void draws_digest(const struct draws *d, struct digest *digest)
{
    for (guint n = 0; n < d->entries->len; n++) {
        const struct entry *e = &g_array_index(d->entries, struct entry, n);

        digest_text(digest, e->param->name);
        digest_number(digest, (uint64_t)e->item);
        draw_digest(e->draw, digest);
    }
}

/* Bytes of an item of a list; all lists have the layout of struct ints, and items of 8 bytes or a
 * pointer. */
static size_t item_size(const struct param *p)
{
    return p->kind == PARAM_STRINGS ? sizeof(const char *) : sizeof(int64_t);
}

/* A list that may be written to: the copy of one with the first item that is drawn. */
static void *own_item(struct drawn_params *p, const struct param *param, int item)
{
    struct ints *list = (struct ints *)((char *)p->params + param->offset);
    size_t size = item_size(param);

    if (!p->lists)
        p->lists = g_ptr_array_new_with_free_func(g_free);
    if (!g_ptr_array_find(p->lists, list->at, NULL)) {
        list->at = g_memdup2(list->at, list->len * size);
        g_ptr_array_add(p->lists, list->at);
    }
    return (char *)list->at + (size_t)item * size;
}

/* Lifetime: call. */
struct checking {
    const struct draws *draws;
    struct drawn_params made;
    draws_checker *check;
    unsigned left; /* combinations that are yet to be checked */
};

/* The combinations of the entries from n on. */
static int check_from(struct checking *c, guint n, struct fault *f)
{
    int r = 0;

    if (c->left == 0)
        return 0;
    if (n == c->draws->entries->len) {
        c->left--;
        return c->check(c->made.params, f);
    }
    const struct entry *e = &g_array_index(c->draws->entries, struct entry, n);
    const uint32_t len = draw_n_choices(e->draw);
    if (len == 0) /* what stands there is a sample */
        return check_from(c, n + 1, f);
    void *field = e->item < 0 ? (char *)c->made.params + e->param->offset
                              : own_item(&c->made, e->param, e->item);
    for (uint32_t i = 0; i < len && r == 0; i++) {
        draw_choice(e->draw, i, field);
        r = check_from(c, n + 1, f);
    }
    return r;
}

int draws_check(const struct draws *d, const void *params, draws_checker *check, struct fault *f)
{
    struct checking c = {.draws = d, .check = check, .left = MAX_CHECKED};

    for (guint n = 0; n < d->entries->len; n++)
        if (!draw_is_random(g_array_index(d->entries, struct entry, n).draw))
            return 0;
    c.made.params = g_memdup2(params, d->params_size ? d->params_size : 1);
    int r = check_from(&c, 0, f);
    draws_release(&c.made);
    return r;
}

int draws_make(const struct draws *d, const struct seq *s, uint64_t i, struct fault *f,
               struct drawn_params *ret)
{
    struct drawn_params made = {
        .params = g_memdup2(s->params, d->params_size ? d->params_size : 1),
        .strings = g_string_chunk_new(64),
    };
    int r = 0;

    for (guint n = 0; n < d->entries->len && r == 0; n++) {
        const struct entry *e = &g_array_index(d->entries, struct entry, n);
        void *field = e->item < 0 ? (char *)made.params + e->param->offset
                                  : own_item(&made, e->param, e->item);
        r = draw_get(e->draw, s, i, RANDOM_ARGUMENTS + n, made.strings, field, f);
    }
    if (r < 0)
        draws_release(&made);
    else
        *ret = made;
    return r;
}

void draws_release(struct drawn_params *p)
{
    g_clear_pointer(&p->params, g_free);
    g_clear_pointer(&p->lists, g_ptr_array_unref);
    g_clear_pointer(&p->strings, g_string_chunk_free);
}
