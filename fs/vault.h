/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values on disk: a folder of files, each named by the identity of its value and holding exactly
 * its bytes.
 *
 * A value is written aside and renamed, and sealed with its length and a checksum, in an attribute
 * (or beside it, where there are none).  What is read is checked, all of it, each time.  Threads,
 * mounts and hosts may share a folder, and be killed at any point.  What goes wrong is a miss, and
 * told once. */
#pragma once

#include "fs/bound.h"
#include "ops/base/fault.h"
#include "ops/base/own.h"
#include "ops/core/identity.h"

#include <glib.h>

/* Lifetime: mount.  Any thread, any process after a fork.  No threads, locks or open files of its
 * own. */
struct vault;

struct vault_figures {
    uint64_t hits, misses;
    uint64_t kept;          /* values written */
    uint64_t failed;        /* values not written: no room, no right, too large */
    uint64_t damaged;       /* of misses: entries that were removed */
    uint64_t evicted;       /* entries, by this mount */
    uint64_t bytes_read;    /* of hits */
    uint64_t bytes_written; /* of kept */
    uint64_t total;         /* bytes in the folder, about */
    uint64_t size;          /* its bound */
};

/* What can go wrong, each told once. */
enum vault_trouble {
    VAULT_DAMAGED,
    VAULT_REMOVED, /* the folder; it is made again */
    VAULT_FULL,
    VAULT_DENIED, /* nothing can be written there, or nothing read */
    VAULT_OTHER,
    VAULT_N_TROUBLES
};

/* What a vault counts and has to tell.  Atomics, so that it may lie in memory that several
 * processes share.  All-zero is a beginning. */
struct vault_state {
    struct vault_figures figures; /* but for evicted, total and size */
    struct bound_state bound;
    int64_t pause; /* g_get_monotonic_time() until which nothing is written: the last time there was
                      no room, or no right */
    int32_t troubles[VAULT_N_TROUBLES]; /* an errno; -1 = was told */
};

/* $XDG_CACHE_HOME/seqfs/disk, or below ~/.cache.  Owned by the caller. */
char *vault_default_path(void);

/* Makes the folder if need be, for nobody but this user.  path: absolute; size: bytes that values
 * may have there together.  A fault where it cannot be had. */
int vault_new(const char *path, uint64_t size, struct fault *f, struct vault **ret);
void vault_free(struct vault *v); /* takes NULL; the folder stays */
OWN_DEFINE(struct vault, vault_free)

/* Counts there from now on: before the first use, s outlives v. */
void vault_set_state(struct vault *v, struct vault_state *s);

/* Finds a value; counts as used.  -ENOENT = it is not there, or not as it was written. */
/* A file that holds it from the beginning to the end; it goes on when the entry is evicted. */
int vault_get(struct vault *v, struct identity id, int *ret_fd, uint64_t *ret_len);
int vault_get_bytes(struct vault *v, struct identity id, GBytes **ret);

/* Keeps a value.  A negative errno = it is not kept: there is nothing that the caller need do. */
int vault_put(struct vault *v, struct identity id, const void *data, size_t len);

/* The same piece by piece, of so many bytes together.  NULL = it is not kept. */
struct vault_writing;
struct vault_writing *vault_write(struct vault *v, struct identity id, uint64_t len);
/* After a failure, the rest is taken and ignored. */
void vault_write_add(struct vault_writing *w, const void *data, size_t len);
/* own_w may be NULL.  0 = kept; -ECANCELED where there were fewer bytes than was told. */
int vault_write_end(struct vault_writing *own_w);

/* Something to tell, once for each trouble: a sentence.  false = nothing; cheap. */
bool vault_take_trouble(struct vault *v, struct fault *ret);

void vault_look_figures(const struct vault *v, struct vault_figures *ret);
