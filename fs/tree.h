/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of datasets, and of names that cannot be looked up by arithmetic.
 *
 * Of an output whose label is not planted nothing is kept.  Of others their names are still not
 * kept, but a hash table of file numbers and their order by folder: about 20 bytes a file. */
#pragma once

#include "fs/label.h"

#define TREE_NONE UINT32_MAX

/* Lifetime: names'.  Immutable once built; any thread.  Folder 0 is the root. */
struct tree;

/* Builds it for all outputs of p; only datasets are planted.  Complaints are at the `name` step, or
 * the output; at most 20 of each output. */
int tree_new(const struct plan *p, struct complaints *c, struct tree **ret);
void tree_free(struct tree *t);
OWN_DEFINE(struct tree, tree_free)

const struct label *tree_label(const struct tree *t, uint32_t output);
/* The folder that is the dataset's; TREE_NONE of other outputs. */
uint32_t tree_top(const struct tree *t, uint32_t output);

uint32_t tree_n_folders(const struct tree *t);
uint32_t tree_parent(const struct tree *t, uint32_t folder); /* of the root: the root */
const char *tree_name(const struct tree *t, uint32_t folder);
/* TREE_NONE: datasets' folders only. */
uint32_t tree_output(const struct tree *t, uint32_t folder);

/* What lies in a folder: subfolders, then files of its output, if that is planted. */
uint32_t tree_n_subfolders(const struct tree *t, uint32_t folder);
uint32_t tree_subfolder(const struct tree *t, uint32_t folder, uint32_t i);
uint64_t tree_n_files(const struct tree *t, uint32_t folder);
uint64_t tree_file(const struct tree *t, uint32_t folder, uint64_t i);

/* The folder of this name in another, or TREE_NONE. */
uint32_t tree_find_folder(const struct tree *t, uint32_t folder, const char *name);
bool tree_find_file(const struct tree *t, uint32_t folder, const char *name, uint64_t *ret);

/* Of a planted output: the folder of a file, and (unless NULL) its name there, appended. */
uint32_t tree_locate(const struct tree *t, uint32_t output, uint64_t file, GString *name);
/* The folder that a list, or a record that is a folder, has become. */
uint32_t tree_locate_folder(const struct tree *t, uint32_t output, struct spot s);

/* The list that has become the folder of this name right in that of its output. */
bool tree_find_list(const struct tree *t, uint32_t output, const char *name, struct spot *ret);
