/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values as flat bytes, to hand them from one process to another of the same build. */
#pragma once

#include "ops/core/eval.h"
#include "ops/core/value.h"

/* Raised with every change of what is written: some of it is kept on disk. */
#define PACK_VERSION 2
#define PACK_DEPTH 200 /* lists and records within one another */

/* Bytes that are put one behind the other.  Caller's memory; all-zero is empty. */
struct pack_writer {
    unsigned char *at; /* owned */
    size_t len, cap;
};

/* Bytes that are taken from the beginning on.  Lifetime: call. */
struct pack_reader {
    GBytes *all; /* borrowed */
    const unsigned char *at;
    size_t left;
};

/* false = no memory; nothing was added then. */
bool pack_add(struct pack_writer *w, const void *data, size_t len);
/* false = there are not that many left. */
bool pack_take(struct pack_reader *r, void *ret, size_t len);
/* The same without a copy: the result holds on to all of the bytes. */
bool pack_take_bytes(struct pack_reader *r, size_t len, GBytes **ret);

/* How pictures are packed, which only their own room knows: see ops/image. */
struct pack_images {
    int (*pack)(const struct value *v, struct eval *e, struct pack_writer *w);
    /* r has what pack() added, or anything. */
    int (*unpack)(struct pack_reader *r, struct eval *e, struct value **ret);
};
extern const struct pack_images image_packing;

/* Pictures are computed to their end: faults are late.  -ENOMEM where it does not fit memory;
 * -E2BIG where lists and records are deeper than PACK_DEPTH, nothing else is wrong then. */
int pack_value(const struct value *v, struct eval *e, GBytes **ret);

/* What is no packed value is a fault, never a crash.  Long values share the memory of packed. */
int pack_unpack(GBytes *packed, struct eval *e, struct value **ret);

/* The faults of both, for the room of pictures: no memory; no packed value. */
int pack_no_memory(struct eval *e);
int pack_damaged(struct eval *e);
