/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header of NumPy's .npy files, versions 1 to 3.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#pragma once

#include "ops/base/fault.h"
#include "ops/core/array.h"

#define NPY_HEADER_MAX 65536 /* bytes of a header that is read */

struct npy_header {
    struct array_type type;
    bool swapped; /* items are not in the byte order of the machine */
    bool fortran; /* the first axis is the fastest */
    size_t len;   /* bytes of the header: the items begin there */
};

/* Parses what a file begins with, at most NPY_HEADER_MAX bytes.  Faults (EINVAL): it is no npy
 * file, its header goes on beyond what is there, its type has no name here (objects, texts, dates,
 * records), its shape is too large; messages name no file. */
int npy_parse(const void *data, size_t len, struct fault *f, struct npy_header *ret);

/* Appends the header of a file with such items, in C order and in the byte order of the machine: of
 * version 1, as np.save() writes it, a multiple of 64 bytes long. */
void npy_print(const struct array_type *t, GString *ret);

/* How long that is.  The exact size of the file is this and the items. */
size_t npy_header_len(const struct array_type *t);
