/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pass over tars that can only be read forward: start(), next() and stop() of struct op. */
#pragma once

#include "ops/source/shards.h"

#define PASS_MAX ((uint64_t)1 << 31) /* bytes of a member that is read into memory */

int pass_start(const struct seq *s, struct fault *f, void **ret_reader);
int pass_next(void *reader, int64_t deadline, struct fault *f, struct value **ret);
void pass_stop(void *reader);
