/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SplitMix64's way to spread the bits of a key: Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators" (2014). */
#pragma once

#include <stdint.h>

/* 2^64 divided by the golden ratio. */
#define SPLITMIX_STEP UINT64_C(0x9e3779b97f4a7c15)

/* The finaliser: a bijection. */
static inline uint64_t splitmix_finish(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}
