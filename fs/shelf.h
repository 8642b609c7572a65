/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `cache` steps keep, in memory that all workers of a mount share, and on disk if wanted.
 *
 * Each step has a board, bounded as its arguments say, under a lock of its own; the copies that
 * `epochs` makes of a step share it.  An element that is being computed has a lock too: whoever
 * else wants it waits for that, and then finds it kept.  No worker waits for one that waits for it:
 * while it computes an element of one `cache` step it asks for elements of those below it alone, so
 * all take these locks in the order of the steps, from the output to the source.
 *
 * A worker may be killed at any point.  If it was computing, the next one that waits computes; if
 * it was changing a board, the next one that comes empties that board.
 *
 * What is not on the board is looked for on disk by who would compute it, and what it computes is
 * written there once the others have it. */
#pragma once

#include "fs/board.h"
#include "fs/vault.h"
#include "ops/base/own.h"
#include "ops/core/plan.h"

/* Lifetime: mount.  Made before the processes that share it are forked, or opened there; any thread
 * of any of them. */
struct shelf;

int shelf_new(const struct plan *p, struct fault *f, struct shelf **ret);

/* The memory of a shelf, to be handed to another process: as long as the shelf; -1 = there is none.
 */
int shelf_fd(const struct shelf *s);
/* There: the same shelf.  The plan must be the same; takes the descriptor (or -1) over. */
int shelf_open(const struct plan *p, int own_fd, struct fault *f, struct shelf **ret);
void shelf_free(struct shelf *s); /* of this process; takes NULL */
OWN_DEFINE(struct shelf, shelf_free)

/* For struct eval; as long as the shelf. */
const struct keeper *shelf_keeper(const struct shelf *s);

struct shelf_figures {
    struct board_figures kept;
    uint64_t hits, misses;     /* of the memory */
    bool on_disk;              /* disk has a meaning */
    struct vault_figures disk; /* it is asked for what the memory misses */
};

/* What a step keeps now; false = it is no `cache` step.  Never waits. */
bool shelf_look_figures(const struct shelf *s, uint32_t step, struct shelf_figures *ret);

/* Something about the disk that is to be told, each once: a sentence.  false = nothing; cheap.  Any
 * thread. */
bool shelf_take_trouble(const struct shelf *s, struct fault *ret);
