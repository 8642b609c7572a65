/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents by key, within a budget of bytes, the least recently used dropped first. */
#pragma once

#include "fs/content.h"
#include "fs/key.h"

#include <stdbool.h>

/* Lifetime: mount.  Any thread; never waits. */
struct store;

struct store_figures {
    uint64_t n, bytes, budget;      /* held now */
    uint64_t hits, misses, evicted; /* since the start */
    uint64_t evicted_unread;        /* of evicted: never asked for */
};

struct store *store_new(uint64_t budget);
void store_free(struct store *s);
OWN_DEFINE(struct store, store_free)

/* Counted, or NULL.  Makes it the most recently used; `read` tells that a reader asks (counts as
 * hit or miss). */
struct content *store_look(struct store *s, struct key k, bool read);

/* Takes a content over, then drops old ones until the budget holds.  What is larger than the budget
 * is not kept.  What an open file holds is alive through its own reference and is not counted once
 * dropped here. */
void store_put(struct store *s, struct key k, struct content *own);

/* Forgets a content that is out of date. */
void store_drop(struct store *s, struct key k);

void store_look_figures(struct store *s, struct store_figures *ret);
