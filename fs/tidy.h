/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of ours that other mounts of this or another machine may use, too: opened for sharing, and
 * removed when they are old. */
#pragma once

#include "ops/base/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* What the files are called: 32 hexadecimal digits and a suffix.  Nothing else in a folder is ever
 * touched. */
#define TIDY_NAME 32

/* Opens folder/name, which is marked as in use and as used now until fd is closed.  If it is not
 * there, or is_ours(ctx, fd) refuses it, a new one takes its place that begins with len bytes of
 * head; then it is there whole or not at all.  A file that cannot be written is opened for reading,
 * if it is ours.  Returns the descriptor, owned by the caller, or -errno. */
int tidy_open(const char *folder, const char *name, const void *head, size_t len,
              bool (*is_ours)(const void *ctx, int fd), const void *ctx);

/* Takes the mark of use for this process alone; false = others use the file as well (or it is being
 * removed), and nothing is changed.  tidy_share() goes back. */
bool tidy_claim(int fd);
void tidy_share(int fd);

/* Puts a new file that begins with len bytes of head in the place of folder/name.  Returns its
 * descriptor as above, or -errno; then the old one is still there. */
int tidy_replace(const char *folder, const char *name, const void *head, size_t len);

/* Removes the files that were used least recently and are not in use, down to so many, and so many
 * bytes of disk; and what is left of new ones that were never finished. */
void tidy_folder(const char *folder, uint64_t max_bytes, unsigned max_files);
