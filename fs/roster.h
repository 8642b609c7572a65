/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists of one level that have names of their own, found by name: `train`, `val`. */
#pragma once

#include "ops/core/shape.h"

/* Lifetime: names'.  Immutable; any thread.  About 12 bytes a list; the names are computed when
 * they are needed. */
struct roster;

/* ROSTER_UNNAMED: the index names all of them.  ROSTER_UNFIT: their names cannot be looked up one
 * by one: they have slashes, break a rule, occur twice, might be taken for an index, name files as
 * well, or are more than ROSTER_MAX. */
enum roster_answer { ROSTER_BUILT, ROSTER_UNNAMED, ROSTER_UNFIT };

#define ROSTER_MAX 4000000

/* Of the elements of o->levels[level].  o must outlive it. */
enum roster_answer roster_new(const struct output *o, uint32_t level, struct roster **ret);
void roster_free(struct roster *r);
OWN_DEFINE(struct roster, roster_free)

/* The list of this name in another; settled. */
bool roster_find(const struct roster *r, struct spot list, const char *name, struct spot *ret);

/* NULL, or what is wrong with a path as a file's or folder's name: "has an empty part".  Static. */
const char *roster_check_path(const char *path, size_t len);
