/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counters of a mount, how long its readers wait, how busy its workers are, and the times of every
 * step. */
#pragma once

#include "ops/base/own.h"
#include "ops/core/eval.h"
#include "ops/core/plan.h"

#include <glib.h>

enum stats_count {
    STAT_OPENS,             /* of elements; each of them is one of the next six, too */
    STAT_OPENS_MEMORY,      /* answered with bytes that were held in memory */
    STAT_OPENS_KERNEL,      /* with those that the kernel still had, and nobody else */
    STAT_OPENS_DISK,        /* from the disk cache */
    STAT_OPENS_DIRECT,      /* needed no worker: files as they are, trivial values */
    STAT_OPENS_WAITED,      /* had to wait for an evaluation */
    STAT_OPENS_FAILED,      /* were told at once of a failure */
    STAT_OPENS_JOINED,      /* of those that waited: the evaluation was under way before */
    STAT_OPENS_PASSTHROUGH, /* of all: the kernel reads the file itself, there are no reads */
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

/* How long an open that waited did so, until it was answered or given up. */
void stats_add_wait(struct stats *s, double seconds);

/* Of the opens that waited.  Percentiles within 10 %. */
struct wait_figures {
    uint64_t n;
    double mean, p50, p99; /* seconds */
};
void stats_look_waits(const struct stats *s, struct wait_figures *ret);

/* How long a worker was busy with an evaluation that has just ended. */
void stats_add_busy(struct stats *s, double seconds);

/* Utilisation is busy / (workers * uptime), or recently, recent_busy / (workers * recent).  What is
 * still under way is not in it. */
struct busy_figures {
    double uptime, busy; /* seconds since the start; those that all workers together were busy */
    double recent, recent_busy; /* the same of the last ten seconds */
};
void stats_look_busy(const struct stats *s, struct busy_figures *ret);

/* The timings of one evaluation, for the calls, mean, 99th percentile and failures of each step. */
void stats_add_timings(struct stats *s, const struct eval_timing *timings, uint32_t n);

/* One step's figures so far.  p99 within 10 %. */
struct step_figures {
    uint64_t calls, failures;
    double mean, p99; /* seconds */
};
void stats_look_step(const struct stats *s, uint32_t step, struct step_figures *ret);
