/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Places of the mounted tree, their inode numbers and their names.
 *
 * Pure: nothing is remembered per request, and nothing changes once built; only slices are numbered
 * as they are asked for.  Names that the index gives are arithmetic.  Names that a `name` step
 * gives are computed from the element's attributes when they are needed; what is kept is a hash
 * table of file numbers (about 20 bytes a file) and the folders.
 *
 *     /                         PLACE_DIR: the root, datasets, folders of names; output: its number
 *     /003                      PLACE_LIST: a list or record that is a folder; output, level, index
 *     /003/7.jpg                PLACE_ELEMENT: a file; output, index
 *     /.errors[/DATASET][/3]    PLACE_ERRORS: a list's; output (or PLACE_ALL), level, index
 *     /.errors/007.image        PLACE_ERROR: a file's; output, index
 *     /.errors/007              PLACE_ERROR_ROW: the first of a record's; output, level, index
 *     /.seqfs                   PLACE_CONTROL_DIR
 *     /.seqfs/stats             PLACE_CONTROL, index: its number in control's table
 *     /.seqfs/at[/DATASET][/3]  PLACE_AT: of a list; output (or PLACE_ALL), level, index
 *     /.seqfs/at/12             PLACE_AT_LINK: a symbolic link to a file; output, index
 *     /.seqfs/sequences         PLACE_VIEWS, index: enum views; output: PLACE_ALL, or the dataset
 *     /.seqfs/sequences/NAME    PLACE_VIEW: an output that is a view; output
 *     /.seqfs/slice/2:8         PLACE_SLICE, index: its number in slices
 *     /.seqfs/slice/2:8/003     PLACE_LINK: a symbolic link to a folder; output, level, index
 *
 * Levels and indices of lists are those of struct spot; level 0 is all of an output.
 *
 * Inode numbers: each kind has a range, so number and place give each other by arithmetic. */
#pragma once

#include "ops/core/plan.h"

#include <stdbool.h>

enum place_kind {
    PLACE_DIR,
    PLACE_LIST,
    PLACE_ELEMENT,
    PLACE_ERRORS,
    PLACE_ERROR,
    PLACE_ERROR_ROW,
    PLACE_CONTROL_DIR,
    PLACE_CONTROL,
    PLACE_AT,
    PLACE_AT_LINK,
    PLACE_VIEWS,
    PLACE_VIEW,
    PLACE_SLICE,
    PLACE_LINK,
};

#define PLACE_N_KINDS (PLACE_LINK + 1)

/* The folders of views. */
enum views { VIEWS_SEQUENCES, VIEWS_STAGES, VIEWS_SLICE, VIEWS_CONTACT, VIEWS_N };

#define PLACE_ALL UINT32_MAX /* as output: the folder of the datasets' folders */

struct place {
    enum place_kind kind;
    uint32_t output; /* or, of PLACE_DIR, the folder's number */
    uint64_t index;
    uint32_t level;
};

/* Lifetime: until unmount.  Any thread. */
struct names;

/* Builds the tree.  Complaints (two elements with one name: both are named; `..`, an empty part,
 * over 255 bytes, a clash with .errors or .seqfs) have the mark of the output. */
int names_new(const struct plan *p, const char *const *controls, struct complaints *c,
              struct names **ret);
void names_free(struct names *n);
OWN_DEFINE(struct names, names_free)

uint64_t names_ino(const struct names *n, struct place p);
uint64_t names_end_of_inos(const struct names *n); /* all are below */
bool names_place(const struct names *n, uint64_t ino,
                 struct place *ret); /* false = no such inode */
bool names_is_dir(struct place p);
bool names_is_link(struct place p);

/* Lets a plan know how its files are called here; n must live as long as its elements are computed.
 */
void names_tell(const struct names *n, struct plan *p);

/* Whether an output is in the tree.  Datasets are; views for whose files there are not enough inode
 * numbers are left out. */
bool names_is_mounted(const struct names *n, uint32_t output);

/* The entry of a folder, by name. */
bool names_find(const struct names *n, struct place dir, const char *name, struct place *ret);
/* Whether there is no room for a name that was not found: for another slice. */
bool names_is_full(const struct names *n, struct place dir);

/* The entry at position *pos of a folder, or the first one behind it, in the order of listing: its
 * place and its name (appended); *pos is then the next position.  Positions are below 2^62; entries
 * of arithmetic folders need not fill them.  false = no more.  The errors' folders are not listed
 * here (who failed changes: see names_next_error()), .errors and .seqfs neither. */
bool names_next(const struct names *n, struct place dir, uint64_t *pos, struct place *ret,
                GString *name);

/* The files of an output whose errors a place stands for: from *ret_first up to, not including,
 * *ret_end. */
void names_span(const struct names *n, struct place p, uint64_t *ret_first, uint64_t *ret_end);
/* The entry of an errors' folder that leads to the error of a file below it: its place and its name
 * (appended). */
void names_error_entry(const struct names *n, struct place dir, uint64_t file, struct place *ret,
                       GString *name);

struct place names_parent(const struct names *n, struct place p);

/* Appends the name of a place in its folder. */
void names_print(const struct names *n, struct place p, GString *ret);
/* Appends the path from the root, without a leading slash: "train/cats/007.jpg". */
void names_print_path(const struct names *n, struct place p, GString *ret);
/* The place of such a path. */
bool names_find_path(const struct names *n, const char *path, struct place *ret);

/* The element that an index path names, as in reports: "7", "-1", "train/3/7", "7.image",
 * ".seqfs/sequences/small/7": a PLACE_AT_LINK or PLACE_ERROR; or of a list PLACE_AT or
 * PLACE_ERRORS. */
bool names_find_index(const struct names *n, const char *path, struct place *ret);

/* Appends where a symbolic link points: "../../007.jpg". */
void names_print_link(const struct names *n, struct place p, GString *ret);
