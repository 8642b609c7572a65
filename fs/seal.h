/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What proves that a file is what was written under its name: in an attribute of the file, or
 * beside it where there are none. */
#pragma once

#include "ops/core/identity.h"

#include <stdbool.h>
#include <stdint.h>
#include <xxhash.h>

#define SEAL_BESIDE ".sum" /* behind the name of the file */

/* As it is stored; the same on every machine.  Plain data. */
struct seal {
    char magic[8];          /* another one: another version wrote it */
    unsigned char name[16]; /* the identity; the highest byte of each half first */
    unsigned char len[8];   /* of the bytes; likewise */
    XXH128_canonical_t sum; /* of the bytes */
};

struct seal seal_make(struct identity id, uint64_t len, XXH128_hash_t sum);
bool seal_equal(const struct seal *a, const struct seal *b);

/* The seal of an open file of this path; false = it has none that we know. */
bool seal_look(int fd, const char *path, struct seal *ret);

/* Puts it into an attribute of an open file; -ENOTSUP: into a file beside it, then. */
int seal_attach(int fd, const struct seal *s);
