/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All figures of a mount as JSON, for .seqfs/stats.
 *
 * What stats, the plan and the shelf know is asked of them; the rest is what the other rooms say of
 * themselves, copied into plain structs.  The keys are an interface: docs/using.md tells what each
 * means. */
#pragma once

#include "fs/shelf.h"
#include "fs/stats.h"
#include "ops/core/plan.h"

#include <glib.h>

/* Evaluations, and opens that wait for them. */
struct figures_queues {
    uint64_t demand;  /* wanted, without a worker yet */
    uint64_t ahead;   /* under way or put back, nobody wants them yet */
    uint64_t running; /* with a worker */
    uint64_t waiting; /* opens */
};

struct figures_workers {
    unsigned count, alive, busy; /* at most; processes or threads now; of them, with a job */
};

/* Bytes. */
struct figures_budget {
    uint64_t limit;
    uint64_t held, pinned; /* in memory; of them, what open files hold */
    uint64_t reserved;     /* for jobs under way */
    uint64_t transfer;     /* results that workers are handing over */
    uint64_t spilled;      /* not in memory: in a temporary file instead */
};

/* The store. */
struct figures_cache {
    uint64_t elements, bytes;
    uint64_t unread; /* of bytes: computed ahead, no reader has asked yet */
    uint64_t hits, misses;
    uint64_t evicted, evicted_unread, evicted_kernel; /* all; of them, unread; the kernel has */
};

/* A reader that goes through an output in order. */
struct figures_stream {
    uint32_t output;
    uint64_t at; /* the element opened last */
    int64_t stride;
    uint64_t window, ahead; /* elements: that may be computed ahead; that are */
};

struct figures_ahead {
    uint64_t used, wasted; /* of what was computed ahead: then opened; evicted unread */
    uint64_t n_streams;
    const struct figures_stream *streams; /* borrowed */
};

struct figures_order {
    uint64_t len; /* entries; 0 = there is no order */
    uint64_t readers;
    uint64_t at; /* the entry behind the latest open */
};

struct figures_warm {
    uint64_t asked, done, failed; /* elements */
};

struct figures_disk {
    bool is_on;
    uint64_t hits, misses;
    uint64_t kept, skipped; /* written; not written, since too much was waiting to be */
    uint64_t bytes, limit;
};

struct figures_size_index {
    bool is_on;
    uint64_t hits, misses; /* sizes that were known from before; that were not */
    uint64_t kept;         /* sizes written */
    uint64_t failures;     /* remembered */
};

/* Lifetime: call. */
struct figures {
    const struct plan *plan;
    const struct stats *stats;
    const struct shelf *shelf; /* NULL = there is none */
    uint64_t failures_kept;
    struct figures_queues queues;
    struct figures_workers workers;
    struct figures_budget budget;
    struct figures_cache cache;
    struct figures_ahead ahead;
    struct figures_order order;
    struct figures_warm warm;
    struct figures_disk disk;
    struct figures_size_index size_index;
};

/* Appends one JSON object and a newline.  Any thread; never waits for long. */
void figures_print(const struct figures *f, GString *ret);
