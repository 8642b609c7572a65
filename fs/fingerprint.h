/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether two processes that have loaded a spec have the same plan. */
#pragma once

#include "ops/core/plan.h"

#include <stdbool.h>

/* 128 bits of a hash.  Plain data. */
struct fingerprint {
    uint64_t a, b;
};

/* Of the text of the spec, all steps and their lengths, the outputs, and the files that elements
 * come from: of every dataset at least as many elements as these, evenly spread, or all. */
#define FINGERPRINT_ELEMENTS 4096
struct fingerprint fingerprint_plan(const struct plan *p);

bool fingerprint_equal(struct fingerprint x, struct fingerprint y);
