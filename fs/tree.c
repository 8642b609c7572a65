/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks up folders and the files in them. */
#include "fs/tree.h"

#include <string.h>
#include <xxhash.h>

#include "fs/tree_parts.h"

void tree_free(struct tree *t)
{
    if (t == NULL)
        return;
    for (uint32_t n = 0; n < t->n_branches; n++) {
        label_finish(&t->branches[n].label);
        table_finish(&t->branches[n].by_name);
        g_free(t->branches[n].order);
    }
    g_free(t->branches);
    table_finish(&t->by_parent);
    g_free(t->children);
    g_array_unref(t->folders);
    g_string_chunk_free(t->strings);
    g_free(t);
}

uint64_t tree_hash_path(const char *path, size_t len)
{
    return XXH3_64bits(path, len);
}

uint64_t tree_hash_folder(uint32_t parent, const char *name, size_t len)
{
    return XXH3_64bits_withSeed(name, len, (uint64_t)parent + 1);
}

uint32_t tree_find_part(const struct tree *t, uint32_t parent, const char *name, size_t len)
{
    const uint64_t hash = tree_hash_folder(parent, name, len);
    uint64_t at = hash;
    uint32_t found;

    while (table_next(&t->by_parent, hash, &at, &found)) {
        const struct folder *f = tree_folder(t, found);

        if (f->parent == parent && strncmp(f->name, name, len) == 0 && f->name[len] == '\0')
            return found;
    }
    return TREE_NONE;
}

bool tree_find_path(const struct branch *b, const char *path, size_t len, GString *scratch,
                    uint32_t *ret)
{
    const uint64_t hash = tree_hash_path(path, len);
    uint64_t at = hash;
    uint32_t found;

    while (table_next(&b->by_name, hash, &at, &found)) {
        g_string_truncate(scratch, 0);
        label_print_path(&b->label, shape_file(b->label.output, found), scratch);
        if (scratch->len == len && memcmp(scratch->str, path, len) == 0) {
            *ret = found;
            return true;
        }
    }
    return false;
}

const struct label *tree_label(const struct tree *t, uint32_t output)
{
    return &t->branches[output].label;
}

uint32_t tree_top(const struct tree *t, uint32_t output)
{
    return t->branches[output].top;
}

uint32_t tree_n_folders(const struct tree *t)
{
    return t->folders->len;
}

uint32_t tree_parent(const struct tree *t, uint32_t folder)
{
    return tree_folder(t, folder)->parent;
}

const char *tree_name(const struct tree *t, uint32_t folder)
{
    return tree_folder(t, folder)->name;
}

uint32_t tree_output(const struct tree *t, uint32_t folder)
{
    return tree_folder(t, folder)->output;
}

uint32_t tree_n_subfolders(const struct tree *t, uint32_t folder)
{
    return tree_folder(t, folder)->n_children;
}

uint32_t tree_subfolder(const struct tree *t, uint32_t folder, uint32_t i)
{
    return t->children[tree_folder(t, folder)->first_child + i];
}

static const struct branch *planted_branch(const struct tree *t, uint32_t folder)
{
    const uint32_t output = tree_folder(t, folder)->output;
    const struct branch *b = output != TREE_NONE ? &t->branches[output] : NULL;

    return b != NULL && b->label.planted ? b : NULL;
}

uint64_t tree_n_files(const struct tree *t, uint32_t folder)
{
    return planted_branch(t, folder) != NULL ? tree_folder(t, folder)->n_files : 0;
}

uint64_t tree_file(const struct tree *t, uint32_t folder, uint64_t i)
{
    const struct branch *b = planted_branch(t, folder);

    return b->order != NULL ? b->order[tree_folder(t, folder)->first_file + i] : i;
}

uint32_t tree_find_folder(const struct tree *t, uint32_t folder, const char *name)
{
    return tree_find_part(t, folder, name, strlen(name));
}

/* Appends the path of a folder from another one above it, with a slash after each part. */
static void print_path(const struct tree *t, uint32_t above, uint32_t folder, GString *ret)
{
    const gsize start = ret->len;

    for (; folder != above; folder = tree_folder(t, folder)->parent) {
        g_string_insert_c(ret, (gssize)start, '/');
        g_string_insert(ret, (gssize)start, tree_folder(t, folder)->name);
    }
}

bool tree_find_file(const struct tree *t, uint32_t folder, const char *name, uint64_t *ret)
{
    const struct branch *b = planted_branch(t, folder);
    g_autoptr(GString) path = NULL;
    g_autoptr(GString) scratch = NULL;
    uint32_t found;

    if (b == NULL)
        return false;
    path = g_string_new(NULL);
    scratch = g_string_new(NULL);
    print_path(t, b->top, folder, path);
    g_string_append(path, name);
    if (!tree_find_path(b, path->str, path->len, scratch, &found))
        return false;
    *ret = found;
    return true;
}

/* Walks down the folders of a path; *path is then its last part. */
static uint32_t walk(const struct tree *t, uint32_t folder, const char **path)
{
    const char *slash;

    for (; (slash = strchr(*path, '/')) != NULL; *path = slash + 1)
        folder = tree_find_part(t, folder, *path, (size_t)(slash - *path));
    return folder;
}

uint32_t tree_locate(const struct tree *t, uint32_t output, uint64_t file, GString *name)
{
    const struct branch *b = &t->branches[output];
    g_autoptr(GString) path = g_string_new(NULL);
    const char *leaf;
    uint32_t folder;

    label_print_path(&b->label, shape_file(b->label.output, file), path);
    leaf = path->str;
    folder = walk(t, b->top, &leaf);
    if (name != NULL)
        g_string_append(name, leaf);
    return folder;
}

uint32_t tree_locate_folder(const struct tree *t, uint32_t output, struct spot s)
{
    const struct branch *b = &t->branches[output];
    g_autoptr(GString) path = NULL;
    const char *leaf;
    uint32_t folder;

    if (s.level == 0)
        return b->top;
    path = g_string_new(NULL);
    label_print_path(&b->label, s, path);
    leaf = path->str;
    folder = walk(t, b->top, &leaf);
    return tree_find_part(t, folder, leaf, strlen(leaf));
}

bool tree_find_list(const struct tree *t, uint32_t output, const char *name, struct spot *ret)
{
    const struct branch *b = &t->branches[output];
    const uint32_t folder = tree_find_folder(t, b->top, name);
    struct spot maker;

    if (folder == TREE_NONE)
        return false;
    maker = tree_folder(t, folder)->maker;
    if (!label_is_folder(&b->label, maker) || tree_locate_folder(t, output, maker) != folder)
        return false;
    *ret = maker;
    return true;
}
