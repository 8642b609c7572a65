/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of one element's file: held in memory, or lying ready in a file. */
#pragma once

#include "fs/budget.h"
#include "ops/base/own.h"
#include "ops/core/identity.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Lifetime: shared.  Its bytes never change.  Any thread. */
struct content;

/* Its cost is counted as held in b (not NULL: borrowed) for as long as it lives. */
struct content *content_new_bytes(GBytes *own, struct budget *b);

/* A stretch of an open file, then tail (static, or NULL).  own_fd is closed with the content. */
struct content *content_new_stretch(int own_fd, uint64_t off, uint64_t len, const char *tail);

/* All of a file that nobody writes to or truncates any more, at most unlinks. */
struct content *content_new_final(int own_fd, uint64_t len);

/* A stretch of a file that is another's: instead of being closed it is handed back, on the thread
 * that drops the last reference. */
typedef void content_release_fn(void *ctx, uint64_t off, uint64_t len);
struct content *content_new_lent(int fd, uint64_t off, uint64_t len, content_release_fn *release,
                                 void *ctx);

struct content *content_ref(struct content *c);
void content_unref(struct content *c); /* takes NULL */
OWN_DEFINE(struct content, content_unref)

/* An open file pins what it holds: a pin is a reference, and a content in memory is counted once as
 * pinned, in the budget that it is counted in, while it has any.  Not with a lock held that is a
 * keeper's. */
struct content *content_pin(struct content *c);
void content_unpin(struct content *c); /* takes NULL */
bool content_is_pinned(const struct content *c);

/* Who keeps a content under an identity.  `pinned` is called, with no lock of ours held, after the
 * first pin and after the last one is gone, on the thread that did it; two of these calls may
 * overlap or come in the wrong order: content_is_pinned() is what counts.  The content lives until
 * the callee returns. */
struct content_keeper {
    void (*pinned)(void *ctx, struct identity id, const struct content *c);
    void *ctx;
};

/* keeper: borrowed; NULL = nobody's again.  One that was loaded before may still be called.  A
 * content that has a keeper gets no other, and never another identity. */
void content_set_keeper(struct content *c, const struct content_keeper *keeper, struct identity id);

uint64_t content_len(const struct content *c);  /* bytes of the element's file */
uint64_t content_cost(const struct content *c); /* bytes of our memory that it holds */

/* The budget that it is counted in; NULL = none. */
const struct budget *content_budget(const struct content *c);

/* The bytes, if they are in memory, else NULL.  Borrowed. */
const void *content_memory(const struct content *c);

/* A file whose bytes are the content's, all of them and no more, now and later; -1 = there is none.
 * A source is none: whoever reads it through us is told when it becomes shorter.  Borrowed. */
int content_passthrough_fd(const struct content *c);

/* Copies up to len bytes from off into buf, as pread(2): short only at the end; a source file that
 * shrank meanwhile is -EIO, never a short or an empty success. */
ssize_t content_read(const struct content *c, uint64_t off, void *buf, size_t len);
