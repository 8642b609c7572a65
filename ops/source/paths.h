/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Millions of file paths, each folder kept once. */
#pragma once

#include "ops/base/fault.h"
#include "ops/source/arena.h"
#include "ops/source/order.h"

#include <stdbool.h>

/* Lifetime: the list's. */
struct path {
    const char *name; /* of the file, without its folder */
    uint32_t folder;  /* number in folders */
    uint32_t base;    /* bytes of the folder that the pattern has without wildcards */
};

/* Lifetime: plan.  All-zero is valid and empty. */
struct paths {
    struct path *at; /* owned */
    uint64_t len, cap;
    struct arena names;  /* of files and folders */
    GPtrArray *folders;  /* in names; "" or ending in '/' */
    GHashTable *numbers; /* folder to number; only while the list grows */
};

/* The number of a folder, which is "" or ends in '/'. */
int paths_add_folder(struct paths *p, const char *folder, struct fault *f, uint32_t *ret);

/* Keeps the name of a file, to be added later or never. */
int paths_keep_name(struct paths *p, const char *name, struct fault *f, const char **ret);

/* Adds a file whose name is kept. */
int paths_add(struct paths *p, uint32_t folder, const char *kept_name, struct fault *f);

/* Of the files from number `from` on: how much of their folders is as the pattern has it. */
void paths_set_base(struct paths *p, uint64_t from, uint32_t base);

/* Sorts the whole list (ORDER_NONE: leaves it in order); unique: drops all but the first of equal
 * paths. */
int paths_sort(struct paths *p, enum order order, bool unique, struct fault *f);

/* Gives back the memory that only growing needed.  Nothing can be added any more. */
void paths_close(struct paths *p);
void paths_finish(struct paths *p);

const char *paths_folder(const struct paths *p, uint64_t i);
void paths_print(const struct paths *p, uint64_t i, GString *ret); /* appends */
/* Appends the folder below that base, without a slash at its ends. */
void paths_print_subdir(const struct paths *p, uint64_t i, GString *ret);

/* The attributes that paths_attr() knows. */
#define PATHS_ATTRS "path", "dir", "parent", "name", "stem", "ext"

/* Appends the attribute of the file name in folder ("" or ending in '/'); false = none of that
 * name. */
bool paths_attr(const char *folder, const char *name, const char *attr, GString *ret);

/* What stands behind the last dot of a file name, inside of name; "" = no suffix.  ".hidden" has
 * none. */
const char *paths_ext(const char *name);
