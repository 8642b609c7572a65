/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of tree, for its files alone: tree.c looks things up, planting.c builds,
 * folders.c adds and sorts the folders. */
#pragma once

#include "fs/table.h"
#include "fs/tree.h"

struct folder {
    uint32_t parent;
    uint32_t output;
    uint32_t first_child; /* in children */
    uint32_t n_children;
    struct spot maker;   /* the list that it is, or the first file or list below */
    uint32_t first_file; /* in the branch's order */
    uint32_t n_files;
    const char *name; /* in the tree's strings */
};

/* One output.  by_name and order are empty where it is not planted. */
struct branch {
    struct label label;
    struct mark mark;
    uint32_t top;
    struct table by_name; /* of paths below top */
    uint32_t *order;      /* owned: file numbers, folder by folder; NULL = as they are */
};

struct tree {
    GStringChunk *strings;
    GArray *folders;         /* struct folder */
    struct table by_parent;  /* of folders */
    uint32_t *children;      /* owned: folder numbers, parent by parent */
    struct branch *branches; /* owned */
    uint32_t n_branches;
};

static inline struct folder *tree_folder(const struct tree *t, uint32_t folder)
{
    return &g_array_index(t->folders, struct folder, folder);
}

uint64_t tree_hash_path(const char *path, size_t len);
uint64_t tree_hash_folder(uint32_t parent, const char *name, size_t len);

/* The folder of a name in another, or TREE_NONE. */
uint32_t tree_find_part(const struct tree *t, uint32_t parent, const char *name, size_t len);

/* Adds a folder to f.parent, where none has this name yet; name need not outlive the call.
 * TREE_NONE = no memory. */
uint32_t tree_add_folder(struct tree *t, struct folder f, const char *name, size_t len);

/* Sets b->order, by the folder of each file (TREE_NONE: it is left out); first_folder: the first
 * that was added for this branch.  false = no memory. */
bool tree_sort_files(struct tree *t, struct branch *b, const uint32_t *folder_of,
                     uint32_t first_folder);

/* Sets t->children, once all folders are there.  false = no memory. */
bool tree_sort_folders(struct tree *t);

/* The file whose path below the branch's top this is; false = none. */
bool tree_find_path(const struct branch *b, const char *path, size_t len, GString *scratch,
                    uint32_t *ret);
