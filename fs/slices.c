/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers the slices that were asked for. */
#include "fs/slices.h"

#include <string.h>

/* Three numbers of 20 digits, signs and blanks; else any text might be kept. */
#define TEXT_MAX 80

struct slices {
    GMutex lock;
    /* below: under lock */
    GPtrArray *all;      /* owned struct slice */
    GHashTable *numbers; /* struct slice to its number + 1 */
};

static guint hash(gconstpointer slice)
{
    const struct slice *s = slice;

    return g_str_hash(s->text) ^ s->output * 2654435761u;
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
    const struct slice *x = a, *y = b;

    return x->output == y->output && strcmp(x->text, y->text) == 0;
}

static void free_slice(void *slice)
{
    struct slice *s = slice;

    g_free((char *)s->text);
    g_free(s);
}

struct slices *slices_new(void)
{
    struct slices *s = g_new0(struct slices, 1);

    g_mutex_init(&s->lock);
    s->all = g_ptr_array_new_with_free_func(free_slice);
    s->numbers = g_hash_table_new(hash, equal);
    return s;
}

void slices_free(struct slices *s)
{
    if (s == NULL)
        return;
    g_hash_table_unref(s->numbers);
    g_ptr_array_unref(s->all);
    g_mutex_clear(&s->lock);
    g_free(s);
}

static bool add_locked(struct slices *s, const struct slice *wanted, uint32_t *ret)
{
    struct slice *made;

    if (s->all->len >= SLICES_MAX)
        return false;
    made = g_memdup2(wanted, sizeof *wanted);
    made->text = g_strdup(wanted->text);
    *ret = s->all->len;
    g_ptr_array_add(s->all, made);
    g_hash_table_insert(s->numbers, made, GUINT_TO_POINTER(s->all->len));
    return true;
}

bool slices_find(struct slices *s, uint32_t output, const char *text, uint64_t seq_len,
                 uint32_t *ret)
{
    struct slice wanted = {.output = output, .text = text};
    struct fault f;
    guint number;
    bool found;

    if (strlen(text) > TEXT_MAX || seq_len > INT64_MAX ||
        stretch_parse(text, seq_len, &f, &wanted.stretch) < 0)
        return false;
    g_mutex_lock(&s->lock);
    number = GPOINTER_TO_UINT(g_hash_table_lookup(s->numbers, &wanted));
    found = number != 0;
    if (found)
        *ret = number - 1;
    else
        found = add_locked(s, &wanted, ret);
    g_mutex_unlock(&s->lock);
    return found;
}

bool slices_is_full(struct slices *s)
{
    bool full;

    g_mutex_lock(&s->lock);
    full = s->all->len >= SLICES_MAX;
    g_mutex_unlock(&s->lock);
    return full;
}

const struct slice *slices_look(struct slices *s, uint32_t number)
{
    const struct slice *found;

    g_mutex_lock(&s->lock);
    found = number < s->all->len ? s->all->pdata[number] : NULL;
    g_mutex_unlock(&s->lock);
    return found;
}
