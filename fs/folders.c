/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds folders to the tree while it is built, and sorts what lies in them when all are there. */
#include <string.h>

#include "fs/tree_parts.h"

/* Folders are few or as many as elements: their table grows by rehashing. */
static bool grow(struct tree *t)
{
    if (t->folders->len < table_cap(&t->by_parent))
        return true;
    if (!table_reserve(&t->by_parent, (uint64_t)t->folders->len * 2 + 8))
        return false;
    for (uint32_t n = 1; n < t->folders->len; n++) {
        const struct folder *f = tree_folder(t, n);

        table_put(&t->by_parent, tree_hash_folder(f->parent, f->name, strlen(f->name)), n);
    }
    return true;
}

uint32_t tree_add_folder(struct tree *t, struct folder f, const char *name, size_t len)
{
    const uint32_t number = t->folders->len;

    if (!grow(t))
        return TREE_NONE;
    f.name = g_string_chunk_insert_len(t->strings, name, (gssize)len);
    g_array_append_val(t->folders, f);
    table_put(&t->by_parent, tree_hash_folder(f.parent, name, len), number);
    tree_folder(t, f.parent)->n_children++;
    return number;
}

/* Counting sort; needless where all lie at the top. */
bool tree_sort_files(struct tree *t, struct branch *b, const uint32_t *folder_of,
                     uint32_t first_folder)
{
    const uint32_t len = (uint32_t)b->label.output->seq->len;
    uint32_t start = tree_folder(t, b->top)->n_files;

    if (start == len)
        return true;
    b->order = g_try_new(uint32_t, len);
    if (b->order == NULL)
        return false;
    tree_folder(t, b->top)->n_files = 0;
    for (uint32_t n = first_folder; n < t->folders->len; n++) {
        struct folder *f = tree_folder(t, n);

        f->first_file = start;
        start += f->n_files;
        f->n_files = 0;
    }
    for (uint32_t i = 0; i < len; i++) {
        struct folder *f = folder_of[i] != TREE_NONE ? tree_folder(t, folder_of[i]) : NULL;

        if (f != NULL)
            b->order[f->first_file + f->n_files++] = i;
    }
    return true;
}

bool tree_sort_folders(struct tree *t)
{
    uint32_t start = 0;

    t->children = g_try_new(uint32_t, t->folders->len);
    if (t->children == NULL)
        return false;
    for (uint32_t n = 0; n < t->folders->len; n++) {
        struct folder *f = tree_folder(t, n);

        f->first_child = start;
        start += f->n_children;
        f->n_children = 0;
    }
    for (uint32_t n = 1; n < t->folders->len; n++) {
        struct folder *parent = tree_folder(t, tree_folder(t, n)->parent);

        t->children[parent->first_child + parent->n_children++] = n;
    }
    return true;
}
