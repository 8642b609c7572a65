/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of values: a running hash of all that an element depends on.
 *
 * Whatever is added ends where it ends: no two lists of additions look the same.  What cannot be
 * told makes the whole digest none. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/param.h"
#include "ops/core/seq.h"

struct node;
struct stat;

/* Lifetime: call. */
struct digest;

struct digest *digest_new(void);
void digest_free(struct digest *d);
OWN_DEFINE(struct digest, digest_free)

/* What was added so far, of 128 bits that are not all 0; false = it cannot be told. */
bool digest_end(const struct digest *d, uint64_t ret[2]);

/* The value depends on what has no name. */
void digest_cannot_tell(struct digest *d);

void digest_number(struct digest *d, uint64_t n);
void digest_bytes(struct digest *d, const void *bytes, size_t len);
void digest_text(struct digest *d, const char *text); /* or NULL */
void digest_array(struct digest *d, const struct array_type *t);
void digest_node(struct digest *d, const struct node *n);
void digest_value(struct digest *d, const struct value *v); /* of an image: cannot be told */
/* One argument, at its place in a params struct; sequences are left out, whose elements are added
 * apart. */
void digest_argument(struct digest *d, const struct param *p, const void *field);

/* A file by path, size, time and inode, but not its device, which two machines may count
 * differently; one that is missing is that.  A stat(2). */
void digest_file(struct digest *d, const char *path);
/* The same of a file that was looked at; st NULL = it is missing. */
void digest_stat(struct digest *d, const char *path, const struct stat *st);
/* A program that runs in a folder, by its file, and the files that its arguments name: a script is
 * as good as a program.  path: of argv[0]; NULL = a line for a shell, of which only the text is
 * known. */
void digest_program(struct digest *d, const char *path, const struct strings *argv,
                    const char *folder);

/* For identify() of struct op. */
/* The operator, the arguments of this call and, where it draws of its own, what it draws by. */
void digest_step(struct digest *d, const struct call *c);
/* An element of a sequence, as the value that it is: nothing of the steps that only lead to it. */
void digest_element(struct digest *d, const struct seq *s, uint64_t i);
/* The parts that a list or record is made of; false, and nothing added, where not all of them can
 * be reached without computing the whole. */
bool digest_parts(struct digest *d, const struct seq *s, uint64_t i);

/* The steps that a sequence is made by, without a look at any file. */
void digest_steps(struct digest *d, const struct seq *s);

/* For the plan: of a step that is open, operator and arguments with how they are drawn, whatever
 * element it is. */
void digest_seal(struct seq *s);
