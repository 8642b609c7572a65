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

/* As sizes_look(), for whoever tells the kernel: unless the size is known, notes in the same step
 * that a placeholder is told. */
enum size_state sizes_tell(struct sizes *s, struct key k, uint64_t *ret);

/* Whether the kernel may hold a placeholder, and that it has been told the size since. */
bool sizes_has_guess(const struct sizes *s, struct key k);
void sizes_clear_guess(struct sizes *s, struct key k);

/* Notes that the kernel has all bytes of an element whose size is known; until sizes_renew(),
 * or until it has lost them. */
void sizes_keep(struct sizes *s, struct key k);
void sizes_unkeep(struct sizes *s, struct key k);
bool sizes_is_kept(const struct sizes *s, struct key k);

/* What the element was when that became known: a part of its identity; 0 = none: nothing is noted,
 * none was noted. */
void sizes_stamp(struct sizes *s, struct key k, uint64_t stamp);
uint64_t sizes_look_stamp(const struct sizes *s, struct key k);

/* Notes that the kernel is about to have this version open: before its reply, and before it is
 * looked whether it still is the present one. */
void sizes_open(struct sizes *s, struct key k);

/* It is another by now: back to SIZE_UNKNOWN, all notes and the stamp are forgotten.  true = that
 * is another version; false: nothing but a placeholder was told of this one, so it still is. */
bool sizes_renew(struct sizes *s, struct key k);
/* How often that was so, modulo SIZES_VERSIONS. */
#define SIZES_VERSIONS 128
unsigned sizes_version(const struct sizes *s, struct key k);
/* The highest that any element has had. */
unsigned sizes_newest(const struct sizes *s);
