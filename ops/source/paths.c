/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths: 16 bytes and the name for a file; folders are shared. */
#include "ops/source/paths.h"

#include <errno.h>
#include <string.h>

static int no_memory(const struct paths *p, struct fault *f)
{
    return fault_set(f, ENOMEM, "no memory for more than %" G_GUINT64_FORMAT " files", p->len);
}

int paths_add_folder(struct paths *p, const char *folder, struct fault *f, uint32_t *ret)
{
    gpointer number;
    char *name;

    if (!p->folders) {
        p->folders = g_ptr_array_new();
        p->numbers = g_hash_table_new(g_str_hash, g_str_equal);
    }
    if (g_hash_table_lookup_extended(p->numbers, folder, NULL, &number)) {
        *ret = GPOINTER_TO_UINT(number);
        return 0;
    }
    if (p->folders->len == G_MAXUINT32)
        return fault_set(f, EOVERFLOW, "more than %u folders", G_MAXUINT32);
    name = arena_add(&p->names, folder, strlen(folder));
    if (!name)
        return no_memory(p, f);
    *ret = p->folders->len;
    g_hash_table_insert(p->numbers, name, GUINT_TO_POINTER(*ret));
    g_ptr_array_add(p->folders, name);
    return 0;
}

int paths_keep_name(struct paths *p, const char *name, struct fault *f, const char **ret)
{
    const char *kept = arena_add(&p->names, name, strlen(name));

    if (!kept)
        return no_memory(p, f);
    *ret = kept;
    return 0;
}

int paths_add(struct paths *p, uint32_t folder, const char *kept_name, struct fault *f)
{
    if (p->len == p->cap) {
        uint64_t cap = p->cap == 0 ? 16 : p->cap * 2;
        struct path *at = g_try_realloc_n(p->at, cap, sizeof *at);

        if (!at)
            return no_memory(p, f);
        p->at = at;
        p->cap = cap;
    }
    p->at[p->len++] = (struct path){.name = kept_name, .folder = folder};
    return 0;
}

void paths_set_base(struct paths *p, uint64_t from, uint32_t base)
{
    for (uint64_t i = from; i < p->len; i++)
        p->at[i].base = base;
}

/* Makes one item for each path: its key and its position.  Keys are kept in *keys. */
static int make_items(const struct paths *p, enum order order, struct arena *keys,
                      struct order_item *items)
{
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(GString) key = g_string_new(NULL);

    for (uint64_t i = 0; i < p->len; i++) {
        GString *text = path;

        g_string_truncate(path, 0);
        paths_print(p, i, path);
        if (order == ORDER_NATURAL) {
            g_string_truncate(key, 0);
            order_natural(path->str, key);
            text = key;
        }
        items[i].key = arena_add(keys, text->str, text->len);
        items[i].data = GSIZE_TO_POINTER(i);
        if (!items[i].key)
            return -ENOMEM;
    }
    return 0;
}

/* Leaves the first of each run of equal keys in it and clears the names of the others. */
static void clear_doubles(struct paths *p, const struct order_item *items)
{
    for (uint64_t i = 0, end; i < p->len; i = end) {
        size_t first = GPOINTER_TO_SIZE(items[i].data);

        for (end = i + 1; end < p->len && strcmp(items[i].key, items[end].key) == 0; end++)
            first = MIN(first, GPOINTER_TO_SIZE(items[end].data));
        for (uint64_t k = i; k < end; k++) {
            if (GPOINTER_TO_SIZE(items[k].data) != first)
                p->at[GPOINTER_TO_SIZE(items[k].data)].name = NULL;
        }
    }
}

/* Puts the paths in the order of items and leaves out those without a name. */
static void take_sorted(struct paths *p, enum order order, const struct order_item *items,
                        struct path *own_sorted)
{
    uint64_t len = 0;

    for (uint64_t i = 0; i < p->len; i++) {
        const struct path *path = &p->at[order == ORDER_NONE ? i : GPOINTER_TO_SIZE(items[i].data)];

        if (path->name)
            own_sorted[len++] = *path;
    }
    g_free(p->at);
    p->at = own_sorted;
    p->cap = p->len;
    p->len = len;
}

int paths_sort(struct paths *p, enum order order, bool unique, struct fault *f)
{
    g_autofree struct order_item *items = g_try_new(struct order_item, p->len);
    g_autofree struct path *sorted = g_try_new(struct path, p->len);
    struct arena keys = {0};
    int r = 0;

    if (p->len < 2)
        return 0;
    if (!items || !sorted || make_items(p, order, &keys, items) < 0)
        r = no_memory(p, f);
    if (r == 0) {
        order_sort(items, p->len);
        if (unique)
            clear_doubles(p, items);
        take_sorted(p, order, items, g_steal_pointer(&sorted));
    }
    arena_finish(&keys);
    return r;
}

void paths_close(struct paths *p)
{
    struct path *at = p->len > 0 ? g_try_realloc_n(p->at, p->len, sizeof *at) : NULL;

    g_clear_pointer(&p->numbers, g_hash_table_unref);
    if (at) {
        p->at = at;
        p->cap = p->len;
    }
}

void paths_finish(struct paths *p)
{
    g_clear_pointer(&p->numbers, g_hash_table_unref);
    g_clear_pointer(&p->folders, g_ptr_array_unref);
    arena_finish(&p->names);
    g_free(p->at);
    memset(p, 0, sizeof *p);
}

const char *paths_folder(const struct paths *p, uint64_t i)
{
    return g_ptr_array_index(p->folders, p->at[i].folder);
}

void paths_print(const struct paths *p, uint64_t i, GString *ret)
{
    g_string_append(ret, paths_folder(p, i));
    g_string_append(ret, p->at[i].name);
}

void paths_print_subdir(const struct paths *p, uint64_t i, GString *ret)
{
    const char *folder = paths_folder(p, i);
    const size_t len = strlen(folder);
    size_t base = MIN(p->at[i].base, len);

    base += base == 0 && *folder == '/';
    if (len > base)
        g_string_append_len(ret, folder + base, (gssize)(len - base - 1));
}

static void print_dir(const char *folder, GString *ret)
{
    size_t len = strlen(folder);

    if (len == 0)
        g_string_append_c(ret, '.');
    else
        g_string_append_len(ret, folder, len == 1 ? 1 : (gssize)len - 1);
}

/* The last folder alone: nothing where there is none. */
static void print_parent(const char *folder, GString *ret)
{
    gsize end = strlen(folder), start;

    if (end < 2)
        return;
    for (start = --end; start > 0 && folder[start - 1] != '/';)
        start--;
    g_string_append_len(ret, folder + start, (gssize)(end - start));
}

bool paths_attr(const char *folder, const char *name, const char *attr, GString *ret)
{
    const char *ext = paths_ext(name);

    if (strcmp(attr, "path") == 0) {
        g_string_append(ret, folder);
        g_string_append(ret, name);
    } else if (strcmp(attr, "dir") == 0) {
        print_dir(folder, ret);
    } else if (strcmp(attr, "parent") == 0) {
        print_parent(folder, ret);
    } else if (strcmp(attr, "name") == 0) {
        g_string_append(ret, name);
    } else if (strcmp(attr, "stem") == 0) {
        g_string_append_len(ret, name, *ext ? ext - 1 - name : (gssize)strlen(name));
    } else if (strcmp(attr, "ext") == 0) {
        g_string_append(ret, ext);
    } else {
        return false;
    }
    return true;
}

const char *paths_ext(const char *name)
{
    const char *first = name + strspn(name, ".");
    const char *dot = strrchr(first, '.');

    return dot ? dot + 1 : first + strlen(first);
}
