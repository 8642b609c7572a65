/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of names, for its files alone: names.c turns numbers and places into each other,
 * finding.c finds what is in a folder, telling.c prints, views.c knows .seqfs' folders. */
#pragma once

#include "fs/names.h"
#include "fs/slices.h"
#include "fs/tree.h"

/* Inode numbers [first, first + len) are the places of one kind, output and level. */
struct range {
    uint64_t first, len;
    enum place_kind kind;
    uint32_t output;
    uint32_t level;
};

struct names {
    const struct plan *plan;
    struct tree *tree;           /* owned */
    struct slices *slices;       /* owned */
    const char *const *controls; /* borrowed */
    uint64_t n_controls;
    uint32_t n_outputs;
    uint32_t n_datasets;
    bool has_folders;    /* `datasets`: each has a folder, everywhere */
    GArray *ranges;      /* owned; struct range, without gaps, in order of inode numbers */
    uint32_t *manifests; /* owned: of each dataset the output that is its manifest; 0 = none */
    uint32_t *starts;    /* owned: number of the first range of a kind and output; NAMES_NO_RANGE */
};

#define NAMES_NO_RANGE UINT32_MAX

/* What a place of an output stands for in it. */
static inline struct spot names_spot(struct place p)
{
    return (struct spot){.level = p.level, .index = p.index};
}

static inline struct place names_place_of(enum place_kind kind, uint32_t output, struct spot s)
{
    return (struct place){.kind = kind, .output = output, .index = s.index, .level = s.level};
}

/* The whole of a kind of folders: where datasets have folders, the folder of those. */
static inline struct place names_whole(const struct names *n, enum place_kind kind)
{
    return (struct place){.kind = kind, .output = n->has_folders ? PLACE_ALL : 0};
}

static inline const struct label *names_label(const struct names *n, uint32_t output)
{
    return tree_label(n->tree, output);
}

/* Where a file or folder of an output is. */
struct place names_of_spot(const struct names *n, uint32_t output, struct spot s);

/* The manifest that is in a folder of the tree; false = it has none. */
bool names_find_manifest(const struct names *n, uint32_t folder, struct place *ret);

/* Datasets' folders: the dataset of this name; false = none. */
bool names_find_dataset(const struct names *n, const char *name, uint32_t *ret);
const char *names_dataset_name(const struct names *n, uint32_t output);

/* What is in PLACE_VIEWS and PLACE_SLICE. */
bool views_find(const struct names *n, struct place dir, const char *name, struct place *ret);
bool views_next(const struct names *n, struct place dir, uint64_t *pos, struct place *ret,
                GString *name);
/* The folders in .seqfs: false = there is nothing to see in it. */
bool views_exist(const struct names *n, enum views views);
const char *views_name(enum views views);
struct place views_parent(const struct names *n, struct place p);
void views_print(const struct names *n, struct place p, GString *ret);
/* Appends the name of a contact sheet: "0-99.jpg". */
void views_print_sheet(const struct names *n, struct place sheet, GString *ret);
