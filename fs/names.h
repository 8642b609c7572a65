/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Places of the mounted tree, their inode numbers and their names.
 *
 * Pure: nothing is remembered per request, and nothing changes once built.  Names that the index
 * gives are arithmetic.  Names that a `name` step gives are computed from the element's attributes
 * when they are needed; what is kept is a hash table of element numbers (about 20 bytes an element)
 * and the folders.
 *
 *     /                         PLACE_DIR, dir 0: folders of datasets and of names; then elements
 *     /.errors[/DATASET]        PLACE_ERRORS, output (or ERRORS_ALL where datasets have folders)
 *     /.errors[/DATASET]/007    PLACE_ERROR, output, index
 *     /.seqfs                   PLACE_CONTROL_DIR
 *     /.seqfs/stats             PLACE_CONTROL, index: its number in control's table
 *     /.seqfs/at[/DATASET]      PLACE_AT, output
 *     /.seqfs/at[/DATASET]/12   PLACE_AT_LINK, output, index: a symbolic link to the element's file
 *
 * Inode numbers: each kind has a range, so number and place give each other by arithmetic. */
#pragma once

#include "fs/key.h"
#include "ops/core/plan.h"

#include <stdbool.h>

enum place_kind {
    PLACE_DIR,
    PLACE_ELEMENT,
    PLACE_ERRORS,
    PLACE_ERROR,
    PLACE_CONTROL_DIR,
    PLACE_CONTROL,
    PLACE_AT,
    PLACE_AT_LINK,
};

#define PLACE_ALL \
    UINT32_MAX /* as output of PLACE_ERRORS, PLACE_AT: the folder of the datasets' folders */

struct place {
    enum place_kind kind;
    uint32_t output; /* or, of PLACE_DIR, the folder's number */
    uint64_t index;
};

/* Lifetime: until unmount.  Immutable; any thread. */
struct names;

/* Builds the tree.  Complaints (two elements with one name: both are named; `..`, an empty part,
 * over 255 bytes, a clash with .errors or .seqfs) have the mark of the output. */
int names_new(const struct plan *p, const char *const *controls, struct complaints *c,
              struct names **ret);
void names_free(struct names *n);
OWN_DEFINE(struct names, names_free)

uint64_t names_ino(const struct names *n, struct place p);
bool names_place(const struct names *n, uint64_t ino,
                 struct place *ret); /* false = no such inode */
bool names_is_dir(struct place p);

/* The entry of a folder, by name. */
bool names_find(const struct names *n, struct place dir, const char *name, struct place *ret);

/* Entry number i of a folder, from 0, in the order of listing: its place and its name (appended).
 * false = no more. The errors' folders are not listed here (who failed changes: see control),
 * .errors and .seqfs neither. */
bool names_entry(const struct names *n, struct place dir, uint64_t i, struct place *ret,
                 GString *name);
uint64_t names_n_entries(const struct names *n, struct place dir);

struct place names_parent(const struct names *n, struct place p);

/* Appends the name of a place in its folder. */
void names_print(const struct names *n, struct place p, GString *ret);
/* Appends the path from the root, without a leading slash: "train/cats/007.jpg". */
void names_print_path(const struct names *n, struct place p, GString *ret);
/* The place of such a path. */
bool names_find_path(const struct names *n, const char *path, struct place *ret);

/* Appends where the symbolic link of a PLACE_AT_LINK points: "../../007.jpg". */
void names_print_link(const struct names *n, struct place p, GString *ret);
