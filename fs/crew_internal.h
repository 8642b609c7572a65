/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two kinds of crew have in common. */
#pragma once

#include "fs/crew.h"

#include <glib.h>

struct crew_common {
    struct crew_conf conf;
    const struct plan *plan;
    struct stats *stats;
    struct log *log;
    crew_done_fn *done;
    void *ctx;
    const struct shelf *shelf;
    struct budget *budget; /* where results are counted; NULL = nowhere */
};

/* One kind of crew; self is its own. */
struct crew_kind {
    void (*free)(void *self);
    bool (*offer)(void *self, struct key k);
    unsigned (*busy)(void *self);
    unsigned (*alive)(void *self);
};

extern const struct crew_kind crew_processes, crew_threads;

/* common lives as long as the crew. */
int crew_process_new(const struct crew_common *common, struct zygote *own_z, struct fault *f,
                     void **ret);
int crew_thread_new(const struct crew_common *common, struct fault *f, void **ret);

/* A thread that takes no signal of the process: those are for the threads that wait for them. */
GThread *crew_start_thread(const char *name, GThreadFunc run, void *arg, struct fault *f);

/* How a process ended, as "was killed by signal 11 (segmentation fault)", with what may be behind
 * it.  Appends. */
void crew_describe_end(const struct crew_conf *conf, int status, GString *ret);
