/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files in one tar file. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Lifetime: call. */
struct tarball;

struct tarball *tarball_new(void);
void tarball_free(struct tarball *t);
OWN_DEFINE(struct tarball, tarball_free)

/* Adds a file.  head: what it begins with, before the content; or NULL. */
void tarball_add(struct tarball *t, const char *name, GBytes *head, GBytes *content);
/* Adds a file of which only the length counts: the tarball can be measured, but not written. */
void tarball_announce(struct tarball *t, const char *name, uint64_t len);

/* How long the tar will be, exactly; false = longer than any file. */
bool tarball_size(const struct tarball *t, uint64_t *ret);

/* In the order they were added: the same files are the same bytes, whenever and in whatever locale.
 * Plain ustar, but with pax headers where a name is over 100 bytes long or a file over 8 GiB.
 * Contents are let go as they are written: once, and after that it can only be freed. */
int tarball_write(struct tarball *t, struct fault *f, GBytes **ret);
