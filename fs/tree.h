/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of the mounted tree, and which element's file lies in which.
 *
 * Where the index names an output's files, nothing is kept of them.  Where a `name` step does,
 * their names are still not kept, but a hash table of element numbers and their order by folder:
 * about 20 bytes an element. */
#pragma once

#include "fs/label.h"
#include "ops/core/plan.h"

#define TREE_NONE UINT32_MAX

/* Lifetime: names'.  Immutable once built; any thread.  Folder 0 is the root. */
struct tree;

/* Builds it for all outputs of p.  Complaints are at the `name` step, or the output; at most 20 of
 * each output. */
int tree_new(const struct plan *p, struct complaints *c, struct tree **ret);
void tree_free(struct tree *t);
OWN_DEFINE(struct tree, tree_free)

const struct label *tree_label(const struct tree *t, uint32_t output);
uint32_t tree_top(const struct tree *t, uint32_t output); /* the folder that is the output's */

uint32_t tree_n_folders(const struct tree *t);
uint32_t tree_parent(const struct tree *t, uint32_t folder); /* of the root: the root */
const char *tree_name(const struct tree *t, uint32_t folder);
uint32_t tree_output(const struct tree *t, uint32_t folder); /* TREE_NONE: datasets' folders only */

/* What lies in a folder: subfolders, then elements of its output. */
uint32_t tree_n_subfolders(const struct tree *t, uint32_t folder);
uint32_t tree_subfolder(const struct tree *t, uint32_t folder, uint32_t i);
uint64_t tree_n_elements(const struct tree *t, uint32_t folder);
uint64_t tree_element(const struct tree *t, uint32_t folder, uint64_t i);

uint32_t tree_find_folder(const struct tree *t, uint32_t folder,
                          const char *name); /* or TREE_NONE */
bool tree_find_element(const struct tree *t, uint32_t folder, const char *name, uint64_t *ret);

/* The folder of an element, and (unless NULL) its name there, appended. */
uint32_t tree_locate(const struct tree *t, uint32_t output, uint64_t i, GString *name);

/* Appends the path of a folder from another one above it, with a slash after each part. */
void tree_print_path(const struct tree *t, uint32_t above, uint32_t folder, GString *ret);
