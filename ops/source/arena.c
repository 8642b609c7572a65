/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chunks that double in size, so that ten strings cost little and ten million few allocations. */
#include "ops/source/arena.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define FIRST_CHUNK ((size_t)1 << 9)
#define LAST_CHUNK ((size_t)1 << 20)

struct arena_chunk {
    struct arena_chunk *older; /* owned */
    char bytes[];
};

static bool add_chunk(struct arena *a, size_t least)
{
    size_t size = a->size == 0 ? FIRST_CHUNK : MIN(a->size * 2, LAST_CHUNK);
    struct arena_chunk *c;

    size = MAX(size, least);
    c = g_try_malloc(sizeof *c + size);
    if (!c)
        return false;
    c->older = a->chunks;
    a->chunks = c;
    a->at = c->bytes;
    a->left = a->size = size;
    return true;
}

char *arena_add(struct arena *a, const char *text, size_t len)
{
    char *ret;

    if (len >= a->left && !add_chunk(a, len + 1))
        return NULL;
    ret = a->at;
    memcpy(ret, text, len);
    ret[len] = '\0';
    a->at += len + 1;
    a->left -= len + 1;
    return ret;
}

void arena_finish(struct arena *a)
{
    while (a->chunks) {
        struct arena_chunk *older = a->chunks->older;

        g_free(a->chunks);
        a->chunks = older;
    }
    memset(a, 0, sizeof *a);
}
