/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size index: what is known of every element's size, for as long as the mount lives. */
#pragma once

#include "fs/key.h"
#include "ops/base/own.h"

#include <stdbool.h>

/* state    meaning
 * UNKNOWN  never evaluated: a placeholder is told
 * KNOWN    exact, also when the bytes have been dropped since
 * FAILED   its evaluation failed; a placeholder is told */
enum size_state { SIZE_UNKNOWN, SIZE_KNOWN, SIZE_FAILED };

/* Lifetime: mount.  Any thread; without locks.  16 bytes an element, allocated 4096 elements at a
 * time when the first of them is touched. */
struct sizes;

struct sizes *sizes_new(uint32_t n_outputs, const uint64_t *lens);
void sizes_free(struct sizes *s);
OWN_DEFINE(struct sizes, sizes_free)

/* *ret is set if the answer is SIZE_KNOWN. */
enum size_state sizes_look(const struct sizes *s, struct key k, uint64_t *ret);

void sizes_put(struct sizes *s, struct key k, uint64_t size);
void sizes_fail(struct sizes *s, struct key k);
void sizes_forget(struct sizes *s, struct key k); /* back to SIZE_UNKNOWN */

/* Notes that a placeholder is about to be told to the kernel: call it before the reply is sent. */
void sizes_guess(struct sizes *s, struct key k);
/* Whether one was since the last call; the note is gone after it. */
bool sizes_take_guess(struct sizes *s, struct key k);

/* The version of the source (source_stamp()) that what is known was found with; 0 = none: nothing
 * is noted, none was noted. */
void sizes_stamp(struct sizes *s, struct key k, uint64_t stamp);
uint64_t sizes_look_stamp(const struct sizes *s, struct key k);

/* There is another version: its stamp is forgotten, back to SIZE_UNKNOWN, and notes that what the
 * kernel was told and has cached is out of date.  The second tells whether that was so since its
 * last call. */
void sizes_renew(struct sizes *s, struct key k);
bool sizes_take_renewal(struct sizes *s, struct key k);
