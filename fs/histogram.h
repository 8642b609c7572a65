/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Durations counted by how long they were, for their mean and percentiles. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_SUB_BITS 3
#define HISTOGRAM_OCTAVES 47 /* 2^47 ns are 39 hours */
#define HISTOGRAM_BUCKETS ((HISTOGRAM_OCTAVES - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

/* Caller's memory; all-zero is empty.  Any thread; nobody waits to count. */
struct histogram {
    atomic_uint_fast64_t n;
    atomic_uint_fast64_t ns; /* of all of them */
    atomic_uint buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t ns);

/* In seconds; 0 while it is empty.  percentile: what `percent` of 100 did not exceed, within 10 %
 * (what took longer than 39 hours counts as that). */
uint64_t histogram_len(const struct histogram *h);
double histogram_mean(const struct histogram *h);
double histogram_percentile(const struct histogram *h, unsigned percent);
