/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which version of its source an element is made from. */
#pragma once

#include "fs/key.h"
#include "ops/core/plan.h"

#include <time.h>

/* A number that another size, time or inode of any of the element's source files changes, as does
 * one that goes or comes; 0 for what comes from no file.  A stat(2) a file.  Any thread. */
uint64_t source_stamp(const struct plan *p, struct key k);

/* Makes *latest the time of the source file that was changed last, if that is later. */
void source_look_time(const struct plan *p, struct key k, struct timespec *latest);
