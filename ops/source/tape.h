/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A tar, compressed or not, read forward with libarchive: what stands where in it, and the content
 * of its files. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets are those of the tar as it was before it was compressed, from where reading began.
 * Lifetime: until the next entry is asked for. */
struct tape_entry {
    const char *name; /* the bytes that it has in the tar, whatever the locale */
    const char *link; /* what this is a hard link to, without content of its own; or NULL */
    bool is_file;     /* regular, or a hard link */
    uint64_t len;     /* bytes of its content */
    uint64_t header;  /* where its headers begin, and */
    uint64_t data;    /* where they end */
};

/* Lifetime: its owner's.  One thread at a time. */
struct tape;

/* From where the file is positioned.  packed: it is one that stream_is_packed(), at its beginning.
 * path: for messages; must live as long. */
int tape_open(int own_fd, const char *path, bool packed, struct fault *f, struct tape **ret);

/* 1 and the next entry, whose predecessor's content was passed over as far as it was not read; 0 at
 * the end, where only ret->header is set.  Faults, EIO: it is no tar, is damaged, or ends too soon.
 */
int tape_next(struct tape *t, struct fault *f, struct tape_entry *ret);

/* The next bytes of the entry's content, holes as zeros; *ret_len 0 = its end. */
int tape_read(struct tape *t, void *buf, size_t len, struct fault *f, size_t *ret_len);

void tape_close(struct tape *t); /* takes NULL */
OWN_DEFINE(struct tape, tape_close)
