/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Moves contents that open files need, and that memory has no room for, to files without names. */
#pragma once

#include "fs/content.h"

/* Many contents share a file, so that few files are open; its room is given back as contents go.
 * Lifetime: mount, longer than its contents.  Any thread. */
struct spill;

struct spill_figures {
    uint64_t n, bytes; /* in files now */
    uint64_t total;    /* bytes since the start */
    uint64_t failed;   /* contents that could not be written */
};

/* Files are made when they are needed: in folder (NULL = none; made if it is not there), else in
 * /var/tmp, else in the folder for temporary files; never in one that is memory itself. */
struct spill *spill_new(const char *folder);
void spill_free(struct spill *sp);
OWN_DEFINE(struct spill, spill_free)

/* Copies a content in memory to a file; may wait for the disk.  0, or -errno: the disk is full, no
 * folder can be used. */
int spill_content(struct spill *sp, const struct content *memory, struct content **ret);

void spill_look_figures(struct spill *sp, struct spill_figures *ret);
