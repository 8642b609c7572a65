/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways of readers through one output: which orders are seen in the opens, and which elements
 * they lead to. */
#pragma once

#include "ops/base/own.h"

#include <stdbool.h>
#include <stdint.h>

/* Readers that are told apart. */
#define STREAMS_MAX 64

/* Lifetime: its owner's.  Not locked.  No call allocates or costs more than a microsecond or so. */
struct streams;

/* len: elements of the output.  window: how many are computed ahead of one reader; 0 = none.  It
 * doubles when a reader had to wait, up to 1024; if it is fixed it is the most. */
struct streams *streams_new(uint64_t len, unsigned window, bool fixed);
void streams_free(struct streams *s);
OWN_DEFINE(struct streams, streams_free)

/* How many may be ahead of all readers together: each has an equal part of it, but at least one
 * element unless it is 0.  No bound before the first call. */
void streams_limit(struct streams *s, uint64_t n);

/* An element was opened.  waited: it was not there, or was still under way. */
void streams_saw(struct streams *s, uint64_t index, bool waited);

/* The next element to compute ahead, and the stream it is for (never 0): of the reader who has the
 * least ahead of him.  Each is given once a stream.  false = none until the next open. */
bool streams_next(struct streams *s, uint64_t *ret_index, uint64_t *ret_stream);

/* What was computed for a stream was dropped before it was opened: its window halves. */
void streams_wasted(struct streams *s, uint64_t stream);

/* One reader's way. */
struct streams_way {
    uint64_t at;     /* the furthest element opened */
    int64_t stride;  /* from one element to the next; negative = backwards */
    unsigned window; /* elements that may be ahead */
    unsigned ahead;  /* that have been given by streams_next() and were not opened yet */
};

/* Those that are followed now, the latest used first; returns how many.  ret has STREAMS_MAX
 * places. */
unsigned streams_look(const struct streams *s, struct streams_way *ret);

/* Opens so far of what had been given by streams_next(). */
uint64_t streams_used(const struct streams *s);
