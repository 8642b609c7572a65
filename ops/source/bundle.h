/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The arrays in an npz archive: which there are, which are meant, and their bytes.  Needs libzip.
 */
#pragma once

#include "ops/base/fault.h"
#include "ops/source/plain.h"

#include <glib.h>
#include <zip.h>

struct strings;

#define BUNDLE_SUFFIX ".npy" /* of the names of members that are arrays */
#define BUNDLE_MAX 256       /* arrays that become fields */

/* An array.  Lifetime: the bundle's. */
struct bundle_member {
    const char *name; /* with its suffix; borrowed from the archive */
    uint64_t index;
    zip_stat_t st;
};

/* An archive that is open.  Lifetime: call.  All-zero is valid and closed. */
struct bundle {
    zip_t *zip;         /* owned */
    const char *path;   /* as written; borrowed */
    struct plain plain; /* the archive as a file; owned */
    GArray *members;    /* struct bundle_member: those that are meant; owned */
};

/* Opens an archive and finds its arrays.  Messages begin with its path, and name no operator. */
int bundle_open(const char *path, const char *folder, struct fault *f, struct bundle *ret);
void bundle_close(struct bundle *b);

/* Leaves the arrays of these names, with or without the suffix, in that order.  Faults are those of
 * the argument 'member' of npz. */
int bundle_pick(struct bundle *b, const struct strings *names, struct fault *f);

/* Whether the arrays that are left can be fields: not too many, of names that files can have, each
 * once. */
int bundle_check_fields(const struct bundle *b, struct fault *f);
/* Whether a member is in the clear, and what the archive tells of it agrees. */
int bundle_check(const struct bundle *b, const struct bundle_member *m, struct fault *f);

const struct bundle_member *bundle_at(const struct bundle *b, guint k);
/* Without the suffix.  Owned by the caller. */
char *bundle_name(const struct bundle_member *m);

/* The archive alone: at origin, called path in messages; owned by the caller, zip_discard(). */
int bundle_open_zip(const char *path, const char *origin, struct fault *f, zip_t **ret);
/* Exactly len bytes from where the file is. */
int bundle_read(zip_file_t *file, const char *what, char *buf, uint64_t len, struct fault *f);
/* A fault of what was read, with what libzip said. */
int bundle_blame(const char *what, const char *said, struct fault *f);
