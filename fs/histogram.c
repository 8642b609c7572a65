/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Log-linear buckets, each of them an atomic count. */
#include "fs/histogram.h"

/* SUBS buckets of equal width to each power of two, so that the middle of a bucket is within 1/16
 * of whatever fell into it. */
#define SUBS (1u << HISTOGRAM_SUB_BITS)

static unsigned bucket_of(uint64_t ns)
{
    unsigned octave;

    if (ns < SUBS)
        return (unsigned)ns;
    octave = 63 - (unsigned)__builtin_clzll(ns);
    if (octave >= HISTOGRAM_OCTAVES)
        return HISTOGRAM_BUCKETS - 1;
    return (octave - HISTOGRAM_SUB_BITS + 1) * SUBS +
           ((ns >> (octave - HISTOGRAM_SUB_BITS)) & (SUBS - 1));
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

void histogram_add(struct histogram *h, uint64_t ns)
{
    atomic_fetch_add_explicit(&h->n, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->ns, ns, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->buckets[bucket_of(ns)], 1, memory_order_relaxed);
}

uint64_t histogram_len(const struct histogram *h)
{
    return atomic_load_explicit(&h->n, memory_order_relaxed);
}

double histogram_mean(const struct histogram *h)
{
    uint64_t n = histogram_len(h);

    if (n == 0)
        return 0;
    return (double)atomic_load_explicit(&h->ns, memory_order_relaxed) * 1e-9 / (double)n;
}

/* Counts move on meanwhile, so they are summed here rather than taken from n. */
double histogram_percentile(const struct histogram *h, unsigned percent)
{
    uint64_t n = 0, seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        n += atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
        if (seen > 0 && seen >= n - n * (100 - percent) / 100)
            return bucket_middle(i) * 1e-9;
    }
    return 0;
}
