/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of tree, for its files alone: tree.c looks things up, planting.c builds. */
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

/* The file whose path below the branch's top this is; false = none. */
bool tree_find_path(const struct branch *b, const char *path, size_t len, GString *scratch,
                    uint32_t *ret);
