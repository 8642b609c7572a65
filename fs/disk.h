/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server's threads at a vault: contents are read and written there, and nobody waits for it. */
#pragma once

#include "fs/content.h"
#include "fs/key.h"
#include "fs/log.h"
#include "fs/vault.h"

/* Lifetime: mount.  Any thread. */
struct disk;

struct disk_figures {
    struct vault_figures vault;
    uint64_t skipped; /* contents that were not kept: too much was waiting to be written */
    uint64_t queued;  /* bytes that wait to be written now */
};

/* Two threads: one reads; the other one writes, and reads while there is nothing to be written.
 * Troubles of the vault go to the log. */
struct disk *disk_new(struct vault *own, struct log *log);

/* Answers what was asked for (perhaps with NULL), and writes what waits, but not for longer than
 * two seconds.  Takes NULL. */
void disk_free(struct disk *d);
OWN_DEFINE(struct disk, disk_free)

/* own: the content, a stretch of an open file, counted; NULL = it is not there.  On a thread of the
 * disk: it must not wait. */
typedef void disk_done_fn(void *ctx, struct key k, struct identity id, struct content *own);

/* Looks for a content; done() is called once, always. */
void disk_fetch(struct disk *d, struct key k, struct identity id, disk_done_fn *done, void *ctx);

/* Writes a content, later.  Holds a reference until then.  Of what waits there are 64 MiB at most,
 * or one content; what is too much is skipped.  id: told before the content was computed, and still
 * the same after it was. */
void disk_keep(struct disk *d, struct identity id, struct content *c);

void disk_look_figures(struct disk *d, struct disk_figures *ret);
