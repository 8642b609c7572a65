/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counters of a mount, and the times of every step. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/eval.h"
#include "ops/core/plan.h"

#include <glib.h>

enum stats_count {
    STAT_OPENS,        /* of elements */
    STAT_OPENS_WAITED, /* of them, that had to wait for an evaluation */
    STAT_READS,
    STAT_BYTES_READ,
    STAT_EVALUATIONS, /* finished, failed ones too */
    STAT_FAILURES,
    STAT_RETRIES,
    STAT_AHEAD,       /* evaluations that run-ahead started */
    STAT_INTERRUPTED, /* opens given up by their readers */
    STAT_WORKERS_STARTED,
    STAT_WORKERS_LOST, /* crashed, hung, or too large */
    STAT_N,
};

/* Lifetime: mount.  Any thread. */
struct stats;

struct stats *stats_new(const struct plan *p);
void stats_free(struct stats *s);
OWN_DEFINE(struct stats, stats_free)

void stats_add(struct stats *s, enum stats_count which, uint64_t n);
uint64_t stats_look(const struct stats *s, enum stats_count which);
const char *stats_name(enum stats_count which); /* "opens_waited" */

/* The timings of one evaluation, for the calls, mean, 99th percentile and failures of each step. */
void stats_add_timings(struct stats *s, const struct eval_timing *timings, uint32_t n);

/* One step's figures so far.  p99 within 10 %. */
struct step_figures {
    uint64_t calls, failures;
    double mean, p99; /* seconds */
};
void stats_look_step(const struct stats *s, uint32_t step, struct step_figures *ret);
