/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counters and histograms, all of them atomic: nobody waits to count. */
#include "fs/stats.h"

#include <assert.h>
#include <stdatomic.h>

/* A histogram has log-linear buckets: SUBS of equal width to each power of two, so that the middle
 * of a bucket is within 1/16 of whatever fell into it.  Up to 2^OCTAVES ns, which is 39 hours. */
#define SUB_BITS 3
#define SUBS (1u << SUB_BITS)
#define OCTAVES 47
#define BUCKETS ((OCTAVES - SUB_BITS + 1) * SUBS)

struct step_stats {
    atomic_uint_fast64_t calls;
    atomic_uint_fast64_t failures;
    atomic_uint_fast64_t ns;
    atomic_uint buckets[BUCKETS]; /* calls, by their ns */
};

struct stats {
    atomic_uint_fast64_t counts[STAT_N];
    uint32_t n_steps;
    struct step_stats steps[];
};

static const char *const names[STAT_N] = {
    [STAT_OPENS] = "opens",
    [STAT_OPENS_WAITED] = "opens_waited",
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

static unsigned bucket_of(uint64_t ns)
{
    unsigned octave;

    if (ns < SUBS)
        return (unsigned)ns;
    octave = 63 - (unsigned)__builtin_clzll(ns);
    if (octave >= OCTAVES)
        return BUCKETS - 1;
    return (octave - SUB_BITS + 1) * SUBS + ((ns >> (octave - SUB_BITS)) & (SUBS - 1));
}

/* The middle of a bucket, in ns. */
static double bucket_middle(unsigned bucket)
{
    unsigned shift;

    if (bucket < SUBS)
        return bucket;
    shift = bucket / SUBS - 1;
    return ((double)(SUBS + bucket % SUBS) + 0.5) * (double)(UINT64_C(1) << shift);
}

void stats_add_timings(struct stats *s, const struct eval_timing *timings, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct step_stats *step;

        if (timings[i].step >= s->n_steps) /* timings come from workers */
            continue;
        step = &s->steps[timings[i].step];
        add(&step->calls, 1);
        add(&step->failures, timings[i].failed ? 1 : 0);
        add(&step->ns, timings[i].ns);
        atomic_fetch_add_explicit(&step->buckets[bucket_of(timings[i].ns)], 1,
                                  memory_order_relaxed);
    }
}

/* The time, in seconds, that 99 of 100 calls did not exceed. */
static double percentile_99(const struct step_stats *step)
{
    uint64_t n = 0, seen = 0;

    for (unsigned i = 0; i < BUCKETS; i++)
        n += atomic_load_explicit(&step->buckets[i], memory_order_relaxed);
    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += atomic_load_explicit(&step->buckets[i], memory_order_relaxed);
        if (seen > 0 && seen >= n - n / 100)
            return bucket_middle(i) * 1e-9;
    }
    return 0;
}

void stats_look_step(const struct stats *s, uint32_t step, struct step_figures *ret)
{
    assert(step < s->n_steps);
    const struct step_stats *at = &s->steps[step];
    uint64_t calls = look(&at->calls);

    *ret = (struct step_figures){
        .calls = calls,
        .failures = look(&at->failures),
        .mean = calls ? (double)look(&at->ns) * 1e-9 / (double)calls : 0,
        .p99 = percentile_99(at),
    };
}
