/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counters, histograms and a meter, all of them atomic: nobody waits to count. */
#include "fs/stats.h"

#include <assert.h>
#include <stdatomic.h>

#include "fs/histogram.h"
#include "fs/meter.h"

struct step_stats {
    atomic_uint_fast64_t failures;
    struct histogram calls;
};

struct stats {
    int64_t start; /* g_get_monotonic_time() */
    atomic_uint_fast64_t counts[STAT_N];
    struct histogram waits;
    struct meter busy;
    uint32_t n_steps;
    struct step_stats steps[];
};

static const char *const names[STAT_N] = {
    [STAT_OPENS] = "opens",
    [STAT_OPENS_MEMORY] = "opens_memory",
    [STAT_OPENS_KERNEL] = "opens_kernel",
    [STAT_OPENS_DISK] = "opens_disk",
    [STAT_OPENS_DIRECT] = "opens_direct",
    [STAT_OPENS_WAITED] = "opens_waited",
    [STAT_OPENS_FAILED] = "opens_failed",
    [STAT_OPENS_JOINED] = "opens_joined",
    [STAT_OPENS_PASSTHROUGH] = "opens_passthrough",
    [STAT_READS] = "reads",
    [STAT_BYTES_READ] = "bytes_read",
    [STAT_EVALUATIONS] = "evaluations",
    [STAT_FAILURES] = "failures",
    [STAT_RETRIES] = "retries",
    [STAT_AHEAD] = "ahead",
    [STAT_INTERRUPTED] = "interrupted",
    [STAT_WORKERS_STARTED] = "workers_started",
    [STAT_WORKERS_LOST] = "workers_lost",
};

struct stats *stats_new(const struct plan *p)
{
    uint32_t n_steps = plan_n_steps(p);
    struct stats *s = g_malloc0(sizeof *s + n_steps * sizeof *s->steps);

    s->start = g_get_monotonic_time();
    s->n_steps = n_steps;
    return s;
}

void stats_free(struct stats *s)
{
    g_free(s);
}

static void add(atomic_uint_fast64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t look(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void stats_add(struct stats *s, enum stats_count which, uint64_t n)
{
    add(&s->counts[which], n);
}

uint64_t stats_look(const struct stats *s, enum stats_count which)
{
    return look(&s->counts[which]);
}

const char *stats_name(enum stats_count which)
{
    return names[which];
}

#define SECONDS_MAX 1e9 /* of what is counted: clocks may be set meanwhile */

/* In 1 / unit of a second. */
static uint64_t scaled(double seconds, double unit)
{
    return seconds > 0 ? (uint64_t)(MIN(seconds, SECONDS_MAX) * unit) : 0;
}

void stats_add_wait(struct stats *s, double seconds)
{
    histogram_add(&s->waits, scaled(seconds, 1e9));
}

void stats_look_waits(const struct stats *s, struct wait_figures *ret)
{
    *ret = (struct wait_figures){
        .n = histogram_len(&s->waits),
        .mean = histogram_mean(&s->waits),
        .p50 = histogram_percentile(&s->waits, 50),
        .p99 = histogram_percentile(&s->waits, 99),
    };
}

static uint64_t uptime(const struct stats *s)
{
    return (uint64_t)(g_get_monotonic_time() - s->start);
}

void stats_add_busy(struct stats *s, double seconds)
{
    meter_add(&s->busy, uptime(s), scaled(seconds, 1e6));
}

void stats_look_busy(const struct stats *s, struct busy_figures *ret)
{
    const uint64_t now = uptime(s);
    uint64_t span;
    const uint64_t recent = meter_recent(&s->busy, now, &span);

    *ret = (struct busy_figures){
        .uptime = (double)now * 1e-6,
        .busy = (double)meter_total(&s->busy) * 1e-6,
        .recent = (double)span * 1e-6,
        .recent_busy = (double)recent * 1e-6,
    };
}

void stats_add_timings(struct stats *s, const struct eval_timing *timings, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct step_stats *step;

        if (timings[i].step >= s->n_steps) /* timings come from workers */
            continue;
        step = &s->steps[timings[i].step];
        add(&step->failures, timings[i].failed ? 1 : 0);
        histogram_add(&step->calls, timings[i].ns);
    }
}

void stats_look_step(const struct stats *s, uint32_t step, struct step_figures *ret)
{
    assert(step < s->n_steps);
    const struct step_stats *at = &s->steps[step];

    *ret = (struct step_figures){
        .calls = histogram_len(&at->calls),
        .failures = look(&at->failures),
        .mean = histogram_mean(&at->calls),
        .p99 = histogram_percentile(&at->calls, 99),
    };
}
