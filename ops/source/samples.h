/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members that belong together, as WebDataset has it: neighbours whose paths are the same up to the
 * first dot of the file name.  What follows the dot, in lower case, is the field. */
#pragma once

#include "ops/source/members.h"

#include <stdbool.h>

#define SAMPLES_FIELDS 1000       /* that are found by themselves */
#define SAMPLES_NONE (UINT32_MAX) /* as a field's number: it is none of them */

/* "dir/000.seg.png": how long "dir/000" is, and "seg.png" as it is written.  false: the name is not
 * of that form, or the field's name cannot be a file's. */
bool samples_split(const char *path, size_t *ret_key_len, const char **ret_field);

/* One sample: members first to first + len of a table, some of which may be none of it. */
struct sample {
    uint64_t first;
    uint32_t len;
    uint32_t table; /* number of the table, in the order they were added */
};

/* Lifetime: its owner's.  All-zero is valid and empty. */
struct samples {
    GPtrArray *fields; /* names, owned; in order of appearance, or as given; NULL = samples_init()
                          was not called */
    struct sample *at; /* owned */
    uint64_t len, cap;
    uint32_t **numbers; /* of each table, the field of each member; owned */
    uint32_t n_tables;
    GHashTable *known; /* field to its number, counted from 1; owned */
    bool given;        /* other fields than these are none */
};

/* given: the fields; n_given 0 = all that appear. */
void samples_init(struct samples *s, const char *const *given, uint32_t n_given);
int samples_add(struct samples *s, const struct members *m, struct fault *f);
/* No more tables come.  only_whole: leaves out samples that lack a field. */
void samples_end(struct samples *s, bool only_whole);
void samples_finish(struct samples *s);

/* How many members of a sample are field k: the first two of them. */
uint32_t samples_find(const struct samples *s, uint64_t i, uint32_t k, uint64_t ret[2]);
/* Whether member i of a table is of some field. */
bool samples_has(const struct samples *s, uint32_t table, uint64_t i);
/* Whether some member is of field k. */
bool samples_has_field(const struct samples *s, uint32_t k);
/* The number of a field as it is written in a path, or SAMPLES_NONE. */
uint32_t samples_number(const struct samples *s, const char *field);
