/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of a process and its descendants. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Bytes, without files that are mapped: their pages are shared with whoever else maps them.  Pages
 * that several of the family share are counted once in own, and once a process in resident, which
 * has those of files, too. */
struct memory {
    uint64_t own, resident;
    unsigned n_processes;
};

/* What has ended meanwhile counts nothing. */
void memory_look(pid_t root, struct memory *ret);
