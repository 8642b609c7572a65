/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files of all datasets, numbered through, and what words of readers mean among them.
 *
 *     7  -1  7.image          element 7, the last one, a field; of a record without it, all fields
 *     3/7  train/7            within a list, or a dataset where they have folders
 *     0-99  -100--1  3/0-9    these elements, the last one included
 *     cats/tom.jpg            a file by its path, whatever it is called
 *     cats  .seqfs/slice/::2  all files of a folder
 *     all                     all files (./all: what is called so)
 *
 * A number alone is an index; else a path comes first. */
#pragma once

#include "fs/key.h"
#include "fs/names.h"

/* Lifetime: mount.  Immutable; any thread. */
struct roll;

/* Both must outlive it. */
struct roll *roll_new(const struct plan *p, const struct names *n);
void roll_free(struct roll *r);
OWN_DEFINE(struct roll, roll_free)

uint64_t roll_len(const struct roll *r);
struct key roll_key(const struct roll *r, uint64_t number);
bool roll_number(const struct roll *r, struct key k, uint64_t *ret); /* false = of no dataset */

/* Takes the numbers from first up to, not including, end.  0, or -errno and f. */
typedef int roll_take_fn(void *ctx, uint64_t first, uint64_t end, struct fault *f);

/* Has all that a word means taken.  -ENOENT: it means nothing, and nothing was taken; another
 * -errno: it cannot be meant, or what take() answered. */
int roll_find(const struct roll *r, const char *word, roll_take_fn *take, void *ctx,
              struct fault *f);

/* Appends the words for the numbers from first up to, not including, end, a line each: at most
 * `max` lines. Returns how many. */
uint64_t roll_print(const struct roll *r, uint64_t first, uint64_t end, uint64_t max, GString *ret);
