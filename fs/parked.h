/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests of the kernel whose answer has to wait for an element, and who gives it: exactly one of
 * the element's completion, an interrupt that is meant, and the end of the mount. */
#pragma once

#define FUSE_USE_VERSION 314

#include <fuse_lowlevel.h>

#include "fs/dataset.h"

/* One request.  Lifetime: until its answer. */
struct parked {
    fuse_req_t req;
    fuse_ino_t ino;
    struct key key;
    struct fuse_file_info fi; /* of an open; a copy */
    bool fetch;               /* it is no open: see dataset_fetch() */
    uint64_t stamp;           /* then: the version that is wanted, 0 = any */
    void *ctx;
    /* Sends the reply: content to borrow (NULL where the kernel has it all: see dataset_want()) and
     * 0, or NULL and -errno (-EINTR after an interrupt).
     * Called once, on any thread, with no lock held. */
    void (*answer)(const struct parked *p, struct content *content, int err);
};

/* Lifetime: mount. */
struct parking;

struct parking *parking_new(struct dataset *d);
/* No request may be parked any more: see parking_drain(). */
void parking_free(struct parking *lot);
OWN_DEFINE(struct parking, parking_free)

/* Wants p's element and answers p (copied) when it is there: at once, if it is.  Never waits.  Any
 * thread. */
void parking_want(struct parking *lot, const struct parked *p);

/* Answers all that is still parked with err (-errno), and waits until every answer has been sent.
 */
void parking_drain(struct parking *lot, int err);
