/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents by identity, within the budget: what the kernel has goes first, then what was used
 * longest ago, and never what an open file holds. */
#pragma once

#include "fs/budget.h"
#include "fs/content.h"
#include "fs/spill.h"
#include "ops/core/identity.h"

#include <stdbool.h>

/* Lifetime: mount.  Any thread; waits for nothing but, in store_put(), a file to spill to. */
struct store;

/* What was computed ahead for an owner has gone without being read.  Called with no lock of ours
 * held. */
typedef void store_wasted_fn(void *ctx, uint64_t owner);

struct store_figures {
    uint64_t n, bytes;           /* kept now; bytes of memory */
    uint64_t budget;             /* the limit */
    uint64_t unread;             /* of bytes: computed ahead, not read yet */
    uint64_t hits, misses;       /* by readers; as all below since the start */
    uint64_t used;               /* computed ahead for an owner, and had a reader then */
    uint64_t evicted;            /* to make room */
    uint64_t evicted_unread;     /* of evicted: computed ahead and never read */
    uint64_t evicted_kernel;     /* of evicted: the kernel had them */
    uint64_t refused;            /* computed ahead, and there was no room */
    uint64_t spilled, unspilled; /* handed out as files; past the budget in memory */
};

/* sp: NULL = nothing is spilled.  wasted: NULL = nobody is told.  All are borrowed. */
struct store *store_new(struct budget *b, struct spill *sp, store_wasted_fn *wasted, void *ctx);
/* No content of it is being pinned or unpinned; they may live on. */
void store_free(struct store *s);
OWN_DEFINE(struct store, store_free)

/* Counted, or NULL.  It is now the one used last.  read: a reader asks, which counts as hit or
 * miss, and it is unread no longer. */
struct content *store_look(struct store *s, struct identity id, bool read);

/* Keeps a content (put once, under one identity) and drops others until the budget holds.  Returns
 * what to hand out, counted:
 * - own, or what is kept under that identity already, if it is as long;
 * - its copy in a file, if memory is full of what open files hold.
 * wanted: a reader waits.  Else owner (0 = nobody) is on whose account it was computed ahead, and
 * it is kept only if that drops nothing that is unread: else the owner's is wasted at once.  Under
 * no identity it is not kept, and spilled all the same. */
struct content *store_put(struct store *s, struct identity id, struct content *own, uint64_t owner,
                          bool wanted);

/* The kernel has read it whole: it goes first from now on. */
void store_kernel_has(struct store *s, struct identity id);

/* Forgets a content that is out of date. */
void store_drop(struct store *s, struct identity id);

/* Drops what is needed for so many bytes to fit into the budget; wanted as in store_put().  false =
 * they do not fit, and nothing was dropped. */
bool store_make_room(struct store *s, uint64_t bytes, bool wanted);

/* The same for what is computed ahead for an owner: all of that may fill half of the budget.  What
 * has been unread for long gives way, and is wasted. */
bool store_make_room_ahead(struct store *s, uint64_t bytes);

/* Bytes computed ahead and not read yet. */
uint64_t store_unread(struct store *s);

void store_look_figures(struct store *s, struct store_figures *ret);
