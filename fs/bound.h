/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps a vault's folder within its bound, however many mounts and hosts write there.
 *
 * How much lies there is an estimate in the file `usage` of the folder, which all who write add to
 * now and then.  When it passes the bound (or is not known), one of them looks at every entry and
 * removes the least recently used ones, down to nine tenths.
 *
 *     FOLDER/3/f/0123456789abcdef0123456789abcd       an entry; its time of modification is when it
 *                                                     was last used, within a minute or so
 *     FOLDER/3/f/0123456789abcdef0123456789abcd.sum   its seal, where there are no attributes
 *     FOLDER/tmp/seqfs-XXXXXX                         being written
 *     FOLDER/usage
 *
 * Nothing else in the folder is ever touched. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BOUND_NAME 30 /* hexadecimal digits of an entry's name */
#define BOUND_TEMPORARY "tmp"
#define BOUND_TEMPORARY_PREFIX "seqfs-"

/* Atomics, so that it may lie in memory that several processes share.  All-zero is a beginning. */
struct bound_state {
    int64_t pending;  /* bytes that were not added to the file yet */
    uint64_t total;   /* bytes in the folder when the file was last looked at */
    uint64_t evicted; /* entries, since the start */
    int64_t again;    /* g_get_monotonic_time() before which no entries are looked at: the last time
                         it did not help */
};

/* Plain data; any thread. */
struct bound {
    const char *folder; /* absolute */
    uint64_t size;      /* bytes */
    struct bound_state *state;
};

/* What an entry of so many bytes costs: whole blocks.  (A seal beside it is not counted.) */
uint64_t bound_cost(uint64_t len);

/* Entries of so many bytes, by their costs, were added, or removed if it is less than 0.  May look
 * at all entries and remove some; a folder that cannot be written to stays as it is. */
void bound_add(const struct bound *b, int64_t bytes);

/* Adds what is pending to the file. */
void bound_finish(const struct bound *b);

/* Removes what writers left that were killed: temporary files older than an hour. */
void bound_clean(const struct bound *b);
