/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The images of an operation that takes several: the element itself, those of other fields, lists
 * of them. */
#pragma once

#include "ops/core/seq.h"
#include "ops/image/arguments.h"
#include "ops/image/loaders.h"

/* That the element can be the first image where that is no argument.  For open(). */
int inputs_check(const struct arguments *a, const struct seq *s, struct fault *f);

/* Which of the step's in[] the first image is. */
uint32_t inputs_first(const struct arguments *a, const struct seq *s);

/* Computes them and sets the properties of operation.  Bytes are decoded, arrays
 * made images; what streams is settled,
 * once however many arguments it stands for.  in: of apply(), or NULL. */
int inputs_set(const struct arguments *a, const struct loaders *l, const struct call *c,
               struct value *in, VipsObject *operation);
