/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many small strings that live equally long, packed.  As GStringChunk, but running out of memory is
 * an answer. */
#pragma once

#include <stddef.h>

struct arena_chunk;

/* Lifetime: its owner's.  All-zero is valid and empty. */
struct arena {
    struct arena_chunk *chunks; /* owned, newest first */
    char *at;                   /* where the next string goes */
    size_t left;                /* bytes from there to the end of the newest chunk */
    size_t size;                /* bytes of the newest chunk */
};

/* A copy of len bytes and a NUL, which stays where it is until arena_finish(); NULL = no memory. */
char *arena_add(struct arena *a, const char *text, size_t len);
void arena_finish(struct arena *a);
