/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of lists or records laid end to end: which element each belongs to, without asking for
 * any. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/seq.h"

/* Lifetime: plan.  Immutable; any thread.  Where all elements have equally many parts (but for the
 * last), it is arithmetic; else 8 bytes an element, of which there are at most 2^28. */
struct parts;

/* kind: VALUE_LIST or VALUE_RECORD.  An element of s that is none, or whose type is not parted,
 * counts as one part, itself.  s must outlive it. */
int parts_new(const struct seq *s, enum value_kind kind, struct fault *f, struct parts **ret);
void parts_free(struct parts *p);
OWN_DEFINE(struct parts, parts_free)

uint64_t parts_len(const struct parts *p);               /* of all elements together */
uint64_t parts_first(const struct parts *p, uint64_t i); /* i up to and including s->len */

/* Which element part number `at` belongs to, and which part it is there; false = the element has no
 * parts and is meant itself. */
bool parts_find(const struct parts *p, uint64_t at, uint64_t *ret_i, uint64_t *ret_part);

/* Whether element i has parts: it may be a list or record of none. */
bool parts_has(const struct parts *p, uint64_t i);

/* The parts as elements of a sequence, for the operators that lay them end to end: functions of
 * struct op with the parts in place of the sequence.  `at` is a part, or SEQ_ANY. */
bool parts_reach(const struct parts *p, uint64_t at, const struct seq **ret_s, uint64_t *ret_i);
struct type parts_type(const struct parts *p, uint64_t at);
int parts_get(const struct parts *p, struct eval *e, uint64_t at, struct value **ret);
void parts_identify(const struct parts *p, const struct call *c, struct digest *d);
uint64_t parts_n_parts(const struct parts *p, uint64_t at);
bool parts_part(const struct parts *p, uint64_t at, uint64_t k, const struct seq **ret_s,
                uint64_t *ret_i);
const char *parts_field(const struct parts *p, uint64_t k);
struct type parts_part_type(const struct parts *p, uint64_t at, uint64_t k);
