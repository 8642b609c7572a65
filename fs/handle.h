/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an open file holds: its content, and what the kernel has been told of it. */
#pragma once

#include "fs/content.h"
#include "fs/key.h"
#include "fs/wishing.h"

#include <stdbool.h>

/* Lifetime: shared; from the open to the release, and while a read is being answered.  Any thread.
 */
struct handle;

/* Which element an open file is of.  Plain data. */
struct handle_source {
    struct key key;
    uint64_t ino;        /* in the kernel */
    uint64_t stamp;      /* its version (sizes_look_stamp()); 0 = none */
    uint64_t generation; /* of what is served */
    bool uncached;       /* what is read does not stay in the kernel */
};

/* Pins the content; NULL = the kernel has it, and it may have to be fetched yet.  len: its length.
 * source: NULL = no element. */
struct handle *handle_new(struct content *c, uint64_t len, const struct handle_source *source);
/* An open file that is written. */
struct handle *handle_new_writing(struct wishing *own);
struct handle *handle_ref(struct handle *h);
void handle_unref(struct handle *h); /* takes NULL */
OWN_DEFINE(struct handle, handle_unref)

struct content *handle_content(const struct handle *h); /* borrowed; NULL = not fetched yet */
const struct handle_source *handle_source(const struct handle *h);
bool handle_is_written(const struct handle *h);

/* Of one that is written: as of wishing, by one thread at a time. */
int handle_write(struct handle *h, const char *text, size_t len, struct fault *f);
int handle_flush(struct handle *h, struct fault *f);
int handle_end(struct handle *h, struct fault *f);
/* What it was written to goes away: from now on the three above fail with ESTALE. */
void handle_close_writing(struct handle *h);

/* Pins the content that was fetched, whose version the caller has checked; false = it cannot be
 * what was opened. */
bool handle_fill(struct handle *h, struct content *c);

/* Where the kernel believes a file to be longer than it is, it reads ahead behind its end, and
 * takes a short answer for the end of the file; but of several answers under way it believes the
 * first. So a read behind the end has to be refused until the end itself has been told; a refusal
 * of what was only read ahead harms nobody, and who really wants to read there asks again. */
bool handle_must_refuse(struct handle *h, uint64_t off);

/* After a reply of the len bytes from off was sent. */
void handle_told(struct handle *h, uint64_t off, uint64_t len);

/* The file is closed; the last reply may still be on its way back to who sent it. */
void handle_close(struct handle *h);
/* Whether it is closed, and the kernel has been sent all bytes: true once. */
bool handle_take_whole(struct handle *h);
