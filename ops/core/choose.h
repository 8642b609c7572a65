/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operators that choose among sequences by the element of another: what `switch` and `case` have in
 * common.  in[0] says which, the others are chosen from.
 *
 * Where a look at in[0] is enough, names, types and attributes are those of what is chosen. */
#pragma once

#include "ops/core/seq.h"

/* From an element of in[0] to the input that is meant, 1 to n; else a fault. */
typedef int choose_fn(const struct value *v, uint32_t n, struct fault *f, uint32_t *ret);

/* Makes self.  The inputs must be there, all of one length. */
void choose_open(struct seq *s, choose_fn *choose);

/* The functions of struct op of these names. */
void choose_close(struct seq *s);
struct type choose_type(const struct seq *s, uint64_t i);
void choose_route(const struct seq *s, uint64_t i, uint32_t *ret_in, uint64_t *ret_i);
bool choose_extent(const struct seq *s, uint64_t i, struct extent *ret);
uint64_t choose_n_parts(const struct seq *s, uint64_t i);
bool choose_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                 uint64_t *ret_i);
const char *choose_field(const struct seq *s, uint64_t k);
struct type choose_part_type(const struct seq *s, uint64_t i, uint64_t k);
int choose_get(const struct call *c, struct value **ret);
void choose_identify(const struct call *c, struct digest *d);
