/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays whose first axis tells the elements apart: what the sources `idx`, `npy`, `npz` and `raw`
 * have in common once they know where the items lie. */
#pragma once

#include "ops/op.h"
#include "ops/source/paths.h"
#include "ops/source/plain.h"

#define TENSOR_MAX ((uint64_t)1 << 53)     /* elements; only those of no bytes can be as many */
#define TENSOR_ROW_MAX ((uint64_t)1 << 31) /* bytes of an element */

struct tensor;

/* Exactly len bytes at off of what a tensor lies in, owned. */
typedef int tensor_read_fn(const struct tensor *t, struct eval *e, uint64_t off, uint64_t len,
                           GBytes **ret);

/* Lifetime: the sequence's.  All-zero is valid and closed. */
struct tensor {
    struct plain plain;    /* the file */
    char *what;            /* "'x.npy'" or "'x.npz' member 'y'", for messages; owned */
    char *field;           /* the member's name; NULL = a file of its own; owned */
    char *folder;          /* of the path as written: "" or ending in '/'; owned */
    tensor_read_fn *read;  /* NULL = plain_read() */
    uint64_t member;       /* for read() */
    const void *owner;     /* for read(), to keep things in an evaluator by; borrowed */
    struct array_type row; /* of an element */
    uint64_t row_len;      /* bytes */
    uint64_t len;          /* elements */
    uint64_t off;          /* of the first item */
    bool swapped;          /* items are not in the byte order of the machine */
    bool fortran;          /* items of all elements alternate */
};

/* What self of these sources is.  Lifetime: the sequence's. */
struct tensors {
    struct tensor *at; /* owned */
    uint32_t len;
    struct columns columns; /* of records: one a tensor; else none */
};

/* Makes s->self of so many, which are all zero. */
struct tensors *tensor_new(struct seq *s, uint32_t len);
/* For close() of struct op. */
void tensor_close(struct seq *s);

/* Names a tensor for messages and attributes, before anything else is done with it.  path: borrowed
 * for as long as it lives; member: or NULL. */
void tensor_name(struct tensor *t, const char *path, const char *member);

/* Takes the rows of an array that begins at off of something of file_len bytes.  Faults name it: no
 * axis, elements too large, less there than it should have. */
int tensor_lay(struct tensor *t, const struct array_type *whole, uint64_t off, uint64_t file_len,
               struct fault *f);
/* The same of an npy file, by what it begins with: len bytes, NPY_HEADER_MAX at most. */
int tensor_lay_npy(struct tensor *t, const void *data, size_t len, uint64_t file_len,
                   struct fault *f);

/* Takes the rows of an open file of its own, by what it begins with. */
typedef int tensor_lay_fn(struct tensor *t, struct fault *f);

/* As open() of a source of one file. */
int tensor_open(struct seq *s, const char *path, tensor_lay_fn *lay, struct fault *f);

/* Puts the operator before what f says of the file, which is the argument 'path'. */
int tensor_refuse(const struct seq *s, struct fault *f);

/* At the end of open(): len and trivial, of the first tensor. */
void tensor_settle(struct seq *s);
/* Whether an element is as quick as a reply. */
bool tensor_is_quick(const struct tensor *t);

#define TENSOR_ATTRS PATHS_ATTRS

/* For struct op; of the tensor whose number is s->column. */
struct type tensor_type(const struct seq *s, uint64_t i);
bool tensor_attr(const struct seq *s, uint64_t i, const char *name, GString *ret);
char *tensor_origin(const struct seq *s, uint64_t i);
void tensor_identify(const struct call *c, struct digest *d);
int tensor_get(const struct call *c, struct value **ret);
