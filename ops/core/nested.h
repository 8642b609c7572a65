/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the lists or records of several sequences have in common, for steps whose elements come now
 * from one, now from another of them. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/seq.h"

/* Lifetime: that of the step that made it.  Sequences that were added must outlive it. */
struct nested;

/* kind: VALUE_LIST or VALUE_RECORD. */
struct nested *nested_new(enum value_kind kind);
void nested_free(struct nested *n);
OWN_DEFINE(struct nested, nested_free)

/* Elements of s are among those meant.  Adding the same sequence many times in a row is cheap. */
void nested_add(struct nested *n, const struct seq *s);

/* How far apart the elements are that are looked at of a sequence: all of them where there are at
 * most 65536, else as many, evenly spread, so that billions load at once. */
uint64_t nested_stride(uint64_t len);

/* Whether they are parted all: the kind meant, and records with the same fields in the same order.
 * The following hold only then. */
bool nested_is_parted(const struct nested *n);
uint64_t nested_n_parts(const struct nested *n); /* SEQ_ANY = they differ */
const char *nested_field(const struct nested *n, uint64_t k);
struct type nested_part_type(const struct nested *n, uint64_t k); /* of any element */
