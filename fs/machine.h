/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the machine, or the part of it that we may use, has. */
#pragma once

#include <stdint.h>

/* Bytes of memory: the machine's, or what our control group (version 2) or one above it allows, if
 * that is less. files: where the kernel shows itself, "" but in tests.  Any thread. */
uint64_t machine_memory(const char *files);
