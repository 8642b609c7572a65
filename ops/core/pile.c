/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Piles values up: arrays are copied to their place, others are kept until all are there. */
#include "ops/core/pile.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ops/core/convert.h"
#include "ops/core/numbers.h"
#include "ops/core/shaped.h"

struct pile {
    uint64_t n, len;
    bool typed;
    enum dtype dtype;
    GPtrArray *values;      /* struct value, owned: what are no arrays */
    struct array_type item; /* of arrays: each of them */
    struct array_type type; /* of all together */
    uint64_t n_items;       /* of each */
    char *items;            /* owned; NULL = they are no arrays */
};

static void unref(void *v)
{
    value_unref(v);
}

struct pile *pile_new(uint64_t n, const enum dtype *dtype)
{
    struct pile *p = g_new0(struct pile, 1);

    p->n = n;
    p->typed = dtype;
    p->dtype = dtype ? *dtype : DTYPE_BOOL;
    p->values = g_ptr_array_new_with_free_func(unref);
    return p;
}

void pile_free(struct pile *p)
{
    if (!p)
        return;
    g_ptr_array_unref(p->values);
    g_free(p->items);
    g_free(p);
}

bool pile_takes(enum value_kind kind)
{
    return kind != VALUE_IMAGE && kind != VALUE_BYTES;
}

/* The first array tells what all are like. */
static int begin_arrays(struct pile *p, const struct array_type *item, struct fault *f)
{
    void *items;

    if (item->n_dims == ARRAY_DIMS)
        return fault_set(f, EINVAL, "arrays of %d axes, which have no room for one more",
                         ARRAY_DIMS);
    p->item = *item;
    p->type = (struct array_type){
        .dtype = p->typed ? p->dtype : item->dtype, .n_dims = item->n_dims + 1, .dims = {p->n}};
    memcpy(p->type.dims + 1, item->dims, item->n_dims * sizeof *item->dims);
    int r = shaped_alloc(&p->type, f, &items);
    if (r < 0)
        return r;
    array_n_items(item, &p->n_items);
    p->items = items;
    return 0;
}

static bool fits(const struct pile *p, const struct array_type *t)
{
    struct array_type typed = *t;

    if (p->typed)
        typed.dtype = p->item.dtype;
    return array_is_same(&typed, &p->item);
}

static void describe(const struct value *v, GString *ret)
{
    if (value_kind(v) != VALUE_ARRAY) {
        g_string_append(ret, value_kind_name(value_kind(v)));
        return;
    }
    g_string_append(ret, "an array of ");
    array_print(value_array_type(v), ret);
}

static int refuse(const struct pile *p, uint64_t i, const struct value *v, struct fault *f)
{
    g_autoptr(GString) said = g_string_new(NULL);

    g_string_printf(said, "item %" PRIu64 " is ", i);
    describe(v, said);
    g_string_append(said, ", but item 0 is ");
    if (p->items) {
        g_string_append(said, "an array of ");
        array_print(&p->item, said);
    } else {
        describe(p->values->pdata[0], said);
    }
    return fault_set(f, EINVAL, "%s", said->str);
}

static int add_array(struct pile *p, const struct value *v, struct fault *f)
{
    const struct array_type *t = value_array_type(v);
    int r = p->len == 0 ? begin_arrays(p, t, f) : 0;

    if (r < 0)
        return r;
    if (!p->items || !fits(p, t))
        return refuse(p, p->len, v, f);
    convert_items(t->dtype, g_bytes_get_data(value_bytes(v), NULL), p->type.dtype,
                  p->items + p->len * p->n_items * dtype_size(p->type.dtype), p->n_items);
    p->len++;
    return 0;
}

int pile_add(struct pile *p, struct value *v, struct fault *f)
{
    g_assert(p->len < p->n);
    if (value_kind(v) == VALUE_ARRAY)
        return add_array(p, v, f);
    if (!pile_takes(value_kind(v)))
        return fault_set(f, EINVAL,
                         "item %" PRIu64 " is %s: put 'array' before, which makes an array of it",
                         p->len, value_kind_name(value_kind(v)));
    if (p->items)
        return refuse(p, p->len, v, f);
    g_ptr_array_add(p->values, value_ref(v));
    p->len++;
    return 0;
}

/* What stands for the kinds that may be mixed. */
static int family_of(const struct value *v)
{
    return value_kind(v) == VALUE_RECORD ? 2 : numbers_has(value_kind(v)) ? 1 : 0;
}

static int check_families(const struct pile *p, struct fault *f)
{
    for (guint i = 1; i < p->values->len; i++)
        if (family_of(p->values->pdata[i]) != family_of(p->values->pdata[0]))
            return refuse(p, i, p->values->pdata[i], f);
    return 0;
}

static struct value *take_list(struct pile *p)
{
    guint n = p->values->len;
    struct value **items = (struct value **)g_ptr_array_steal(p->values, NULL);
    struct value *list = value_new_list(n, items);

    g_free(items);
    return list;
}

static int end_numbers(struct pile *p, struct fault *f, struct value **ret)
{
    OWN(value_unref) struct value *list = take_list(p);
    OWN(value_unref) struct value *array = NULL;
    struct array_type type;
    void *items;
    int r = numbers_array(list, f, &array);

    if (r == 0 && !p->typed)
        *ret = g_steal_pointer(&array);
    if (r < 0 || !p->typed)
        return r;
    type = *value_array_type(array);
    type.dtype = p->dtype;
    r = shaped_alloc(&type, f, &items);
    if (r < 0)
        return r;
    convert_items(value_array_type(array)->dtype, g_bytes_get_data(value_bytes(array), NULL),
                  type.dtype, items, type.dims[0]);
    *ret = shaped_end(&type, items);
    return 0;
}

/* One field of all records. */
static int end_field(const struct pile *p, const char *name, struct fault *f, struct value **ret)
{
    OWN(pile_free) struct pile *field = pile_new(p->values->len, p->typed ? &p->dtype : NULL);
    int r = 0;

    for (guint i = 0; r == 0 && i < p->values->len; i++) {
        struct value *v = value_field(p->values->pdata[i], name);

        if (!v)
            return fault_set(f, EINVAL, "item %u has no field '%.64s', but item 0 has", i, name);
        r = pile_add(field, v, f);
    }
    if (r == 0)
        r = pile_end(field, NULL, f, ret);
    if (r < 0) {
        g_autofree char *why = g_strdup(f->text);
        g_snprintf(f->text, sizeof f->text, "field '%.64s': %s", name, why);
    }
    return r;
}

static int end_records(const struct pile *p, struct fault *f, struct value **ret)
{
    const struct value *first = p->values->pdata[0];
    uint32_t n = value_len(first), len = 0;
    g_autofree struct value **fields = g_new(struct value *, MAX(n, 1));
    g_autofree const char **names = g_new(const char *, MAX(n, 1));
    int r = 0;

    while (len < n && r == 0) {
        names[len] = value_name(first, len);
        r = end_field(p, names[len], f, &fields[len]);
        len += r == 0;
    }
    if (r == 0)
        *ret = value_new_record(n, names, fields);
    else
        while (len > 0)
            value_unref(fields[--len]);
    return r;
}

int pile_end(struct pile *p, const struct array_type *known, struct fault *f, struct value **ret)
{
    int r;

    g_assert(p->len == p->n);
    if (p->items) {
        *ret = shaped_end(&p->type, g_steal_pointer(&p->items));
        return 0;
    }
    if (p->n == 0 && known) {
        *ret = shaped_end(known, g_malloc0(1));
        return 0;
    }
    r = check_families(p, f);
    if (r < 0)
        return r;
    if (p->n > 0 && family_of(p->values->pdata[0]) == 2)
        return end_records(p, f, ret);
    if (p->n > 0 && family_of(p->values->pdata[0]) == 1)
        return end_numbers(p, f, ret);
    *ret = take_list(p);
    return 0;
}
