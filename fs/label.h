/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files and folders of an output are called: by their index, or what a `name` step or
 * named parts say; and a suffix.
 *
 * Names by index are arithmetic in both directions, and so are those of folders of lists with names
 * of their own but for a small table.  An output whose files have names of their own, or whose
 * folders have folders in their names, is `planted`: its names can be printed here, but are looked
 * up in the tree. */
#pragma once

#include "fs/roster.h"

/* Lifetime: names'.  Immutable; any thread. */
struct label {
    const struct output *output;
    const struct seq *step; /* the first step that gives names, or NULL */
    const char *suffix;     /* of every file, or NULL: it differs */
    bool planted;
    bool named[OUTPUT_LEVELS];             /* may have names of their own */
    struct roster *rosters[OUTPUT_LEVELS]; /* owned; NULL = no lists with names there */
    /* How many positions in a folder an element of a level takes, at most: [n] for spots of level
     * n. */
    uint64_t rows[OUTPUT_LEVELS + 1];
};

/* may_plant: names of files and names with folders count; else those have their index. */
void label_init(struct label *l, const struct output *o, bool may_plant);
void label_finish(struct label *l);

/* Whether a settled spot is a folder rather than a file or a row of them. */
bool label_is_folder(const struct label *l, struct spot n);
/* The folder that a spot is in: the whole, a list, or a record that is a folder. */
struct spot label_folder(const struct label *l, struct spot n);

/* Appends the name of a file or folder in its folder: "007.jpg", "007.cls", "train"; where planted,
 * it may have folders itself: "cats/tom.jpg", and break the rules of roster_check_path(). */
void label_print(const struct label *l, struct spot n, GString *ret);
/* Appends the path below the output. */
void label_print_path(const struct label *l, struct spot n, GString *ret);
/* Appends the name that it would have by index. */
void label_print_indexed(const struct label *l, struct spot n, GString *ret);

/* The file or folder at position *pos of a folder, or the next behind it; *pos is then the one
 * behind that.  Positions are in order and below 2^62, but not all are taken.  false = no more. */
bool label_next(const struct label *l, struct spot folder, uint64_t *pos, struct spot *ret);
/* The same among those that child k of the folder gives: *sub is the position there. */
bool label_next_of_child(const struct label *l, struct spot folder, uint64_t k, uint64_t *sub,
                         struct spot *ret);

/* What has this name in a folder; exact: "12.jpg" is not "012.jpg".  Not where planted. */
bool label_find(const struct label *l, struct spot folder, const char *name, struct spot *ret);
/* The same by what label_print_indexed() prints, also where planted. */
bool label_find_indexed(const struct label *l, struct spot folder, const char *name,
                        struct spot *ret);

/* A list in another by its index or by its name: for folders that go by index. */
bool label_find_number(const struct label *l, struct spot list, const char *name,
                       bool may_count_back, struct spot *ret);
