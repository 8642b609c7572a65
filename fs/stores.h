/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is kept of contents, whatever plan is being served: memory and disk. */
#pragma once

#include "fs/conf.h"
#include "fs/disk.h"
#include "fs/spill.h"
#include "fs/store.h"

/* Lifetime: mount, longer than all contents.  The rooms may be used by any thread. */
struct stores {
    struct budget *budget;
    struct spill *spill;
    struct store *store;
    struct disk *disk; /* NULL = none */
    struct stores_listener *listener;
};

/* As conf says; the log is borrowed.  A folder for the disk that cannot be had is told there. */
struct stores *stores_new(const struct conf *conf, struct log *log);
/* No content is left anywhere else. */
void stores_free(struct stores *s); /* takes NULL */
OWN_DEFINE(struct stores, stores_free)

/* Who is told of what was computed ahead and dropped unread, from now on.  When this returns, the
 * one before is told no more. */
void stores_set_wasted(struct stores *s, store_wasted_fn *wasted, void *ctx);
/* That one goes: nobody is told in its place, unless another one is already. */
void stores_unset_wasted(struct stores *s, const void *ctx);
