/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an open file holds: its content, and what the kernel has been told of its end. */
#pragma once

#include "fs/content.h"

#include <stdbool.h>

/* Lifetime: shared; from the open to the release, and while a read is being answered.  Any thread.
 */
struct handle;

struct handle *handle_new(struct content *own);
struct handle *handle_ref(struct handle *h);
void handle_unref(struct handle *h); /* takes NULL */
OWN_DEFINE(struct handle, handle_unref)

struct content *handle_content(const struct handle *h); /* borrowed */

/* Where the kernel believes a file to be longer than it is, it reads ahead behind its end, and
 * takes a short answer for the end of the file; but of several answers under way it believes the
 * first. So a read behind the end has to be refused until the end itself has been told; a refusal
 * of what was only read ahead harms nobody, and who really wants to read there asks again. */
bool handle_must_refuse(struct handle *h, uint64_t off);

/* After a reply of the bytes up to end was sent. */
void handle_told(struct handle *h, uint64_t end);
