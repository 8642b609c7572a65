/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A run of bytes that is read forward, cut into elements: lines, texts that end with NUL, or frames
 * with their length before them. */
#pragma once

#include "ops/op.h"

#include <stdbool.h>

#define PIECES_MAX ((size_t)64 << 20) /* bytes of one element */

enum pieces_split {
    PIECES_LINES,  /* text, without the newline, or carriage return and newline */
    PIECES_NUL,    /* text, without the NUL */
    PIECES_LENGTH, /* bytes behind a 32-bit big-endian length */
};

/* Up to len bytes; *ret_len 0 = the end.  -ETIMEDOUT: it may be called again. */
typedef int pieces_read_fn(void *ctx, void *buf, size_t len, int64_t deadline, struct fault *f,
                           size_t *ret_len);

/* Lifetime: its owner's.  Set the first four, the rest is 0.  One thread at a time. */
struct pieces {
    pieces_read_fn *read;
    void *ctx;
    enum pieces_split split;
    const char *what; /* "the output of 'sh'": for messages; borrowed */
    char *buf;        /* owned */
    size_t at, len;   /* what is not given yet is buf[at..len) */
    size_t cap;
    size_t scanned; /* bytes from `at` that have no end of an element */
    uint64_t n;     /* elements given or refused */
    bool ended;     /* nothing more is to be read */
    bool skipping;  /* an element too long has been thrown away so far */
};

/* 1 and the next element; 0 at the end.  -EILSEQ: this element is not what it should be, and the
 * next call gives the one after it.  -ETIMEDOUT: nothing has changed, the next call goes on.  Other
 * faults are the end. */
int pieces_next(struct pieces *p, int64_t deadline, struct fault *f, struct value **ret);

void pieces_finish(struct pieces *p);
