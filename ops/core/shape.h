/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What lies in what within an output: its levels, seen as a tree of lists, records and files. */
#pragma once

#include "ops/core/plan.h"

/* A list, a record or a file of an output.  Level 0, index 0 is the whole output, a list of what
 * the spec describes; level n is an element of levels[n - 1].  So at level n_levels are the files,
 * and their index is that of the output.
 *
 * An element that has no parts stands for itself in the next level too: spots that these functions
 * give are settled, the deepest of those that mean the same. */
struct spot {
    uint32_t level;
    uint64_t index;
};

enum spot_kind { SPOT_FILE, SPOT_LIST, SPOT_RECORD };

struct spot shape_settle(const struct output *o, struct spot n);
struct spot shape_file(const struct output *o, uint64_t i); /* file i of the output */

/* Of settled spots. */
enum spot_kind shape_kind(const struct output *o, struct spot n);
/* A record whose fields lie among its siblings, as files or folders. */
bool shape_is_row(const struct output *o, struct spot n);
/* A list, or a record that is none of these. */
bool shape_is_folder(const struct output *o, struct spot n);
uint64_t shape_n_children(const struct output *o, struct spot n);
struct spot shape_child(const struct output *o, struct spot n, uint64_t k); /* settled */
const char *shape_field(const struct output *o, struct spot record, uint64_t k);

/* What a spot lies in, as which child, and the spot as it stands there, before it was settled.
 * Level > 0. */
struct spot shape_parent(const struct output *o, struct spot n, uint64_t *ret_k,
                         struct spot *ret_birth);

/* The files below a spot are those from the first up to, not including, the end. */
uint64_t shape_first(const struct output *o, struct spot n);
uint64_t shape_end(const struct output *o, struct spot n);

/* The first file or list that is found below a record through its first fields, or the spot itself
 * if it is none; false = a record without fields. */
bool shape_first_leaf(const struct output *o, struct spot n, struct spot *ret);

/* The names by index: "7" of an element, "7.image" of a field of it.  Elements of lists within
 * lists are a path of these, "3/7.image". */

/* The list that a spot has its index in. */
struct spot shape_list(const struct output *o, struct spot n);
/* Appends the name within that list.  padded: with zeros, to as many digits as that list's last
 * one has. */
void shape_print_number(const struct output *o, struct spot n, bool padded, GString *ret);
/* Appends the path below the output. */
void shape_print_path(const struct output *o, struct spot n, GString *ret);
/* What has this name in a list; leading zeros as one likes; may_count_back: "-1" is the last
 * element. */
bool shape_find_number(const struct output *o, struct spot list, const char *name,
                       bool may_count_back, struct spot *ret);

/* Appends an index, zero-padded as the last one of n would be. */
void shape_print_index(uint64_t i, uint64_t n, GString *ret);
