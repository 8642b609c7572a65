/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which version of its source an element is made from. */
#pragma once

#include "fs/key.h"
#include "ops/core/plan.h"

/* A number that another size, time or inode of the element's source file changes; the same for all
 * that are missing; 0 for what comes from no file.  One stat(2).  Any thread. */
uint64_t source_stamp(const struct plan *p, struct key k);
