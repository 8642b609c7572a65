/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes under keys in one stretch of memory, which several processes may share: bounded by number
 * and by size, the least recently used ones dropped first.
 *
 * The memory is cut into blocks, and what is kept is a chain of them: it never has to be moved.
 * There are no locks in it and no pointers: whoever uses it sees to it that one does at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define BOARD_BLOCK 1024
#define BOARD_MAX (UINT64_C(1) << 40) /* bytes */

struct board_key {
    uint64_t epoch, index;
};

/* How large a board is.  Any thread may read these at any time. */
struct board_figures {
    uint64_t n;       /* kept now */
    uint64_t bytes;   /* of them */
    uint64_t evicted; /* so far */
};

/* The beginning of the memory. */
struct board;

/* Bytes of memory that a board wants for so many bytes (at most BOARD_MAX) of at most count things;
 * 0 = no limit by number.  A multiple of the page size. */
uint64_t board_size(uint64_t bytes, uint64_t count);

/* memory: all-zero, of board_size() bytes, beginning with a page.  Pages that were not needed yet
 * are not touched. */
struct board *board_init(void *memory, uint64_t bytes, uint64_t count);

/* Forgets everything, whatever state it is in, and gives the memory back to the system. */
void board_clear(struct board *b);

/* A copy, now the one most recently used; false = it is not there (*ret is NULL), or there is no
 * memory for the copy. */
bool board_get(struct board *b, struct board_key k, GBytes **ret);
bool board_has(const struct board *b, struct board_key k);

/* Keeps a copy, in place of what is kept under that key; what is larger than the board is not kept.
 */
void board_put(struct board *b, struct board_key k, GBytes *bytes);

void board_look_figures(const struct board *b, struct board_figures *ret);
