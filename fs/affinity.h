/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps a worker on one CPU while it has that CPU to itself.
 *
 * An image is computed by several threads that wake each other some 35 times; where they may cross
 * over to another CPU, each of these wake-ups can take as long as the work between them. */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

/* Lifetime: a worker's.  One thread. */
struct affinity {
    cpu_set_t all;     /* where it may run at all */
    int cpu;           /* where it is kept; -1 = nowhere */
    unsigned n_loose;  /* jobs until it is tried again; 0 = it is kept there now */
    int64_t began;     /* the job under way: monotonic nanoseconds */
    int64_t began_cpu; /* CPU time of the process then */
};

/* place: the worker's number among those of its crew; -1 = it is not to be kept. */
void affinity_init(struct affinity *a, int place);

/* Around each job.  One that got less than its share of the CPU lets the worker go elsewhere for a
 * while. */
void affinity_begin(struct affinity *a);
void affinity_end(struct affinity *a);
