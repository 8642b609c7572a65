/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a shared object is whole, so that the loader, which maps what its headers promise, does
 * not reach behind its end. */
#pragma once

#include "ops/base/fault.h"

/* Reads its headers alone.  Faults: it is no shared object; it is cut off.  Of one that is not for
 * programs like this one nothing is known: the loader tells. */
int elffile_check(const char *path, struct fault *f);
