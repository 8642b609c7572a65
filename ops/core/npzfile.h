/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays in one of NumPy's .npz files: a zip in which each is an .npy file, stored as it is. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"
#include "ops/core/value.h"

/* Lifetime: call. */
struct npzfile;

struct npzfile *npzfile_new(void);
void npzfile_free(struct npzfile *z);
OWN_DEFINE(struct npzfile, npzfile_free)

/* name: what np.load() shall call it.  array: VALUE_ARRAY, of which a reference is kept. */
void npzfile_add(struct npzfile *z, const char *name, struct value *array);

/* Adds an array of which only the length of its file counts: all can be measured, not written. */
void npzfile_announce(struct npzfile *z, const char *name, uint64_t len);

/* How long the npz of what was announced will be, exactly; false = it is too long to be told. */
bool npzfile_size(const struct npzfile *z, uint64_t *ret);

/* In the order they were added: the same arrays are the same bytes, whenever, wherever and in
 * whatever locale. */
int npzfile_write(const struct npzfile *z, struct fault *f, GBytes **ret);
