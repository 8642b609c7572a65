/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files in one tar file. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>

/* Lifetime: call. */
struct tarball;

struct tarball *tarball_new(void);
void tarball_free(struct tarball *t);
OWN_DEFINE(struct tarball, tarball_free)

void tarball_add(struct tarball *t, const char *name, GBytes *content);

/* In the order they were added: the same files are the same bytes, whenever and in whatever locale.
 * Plain ustar, but with pax headers where a name is over 100 bytes long or a file over 8 GiB. */
int tarball_write(const struct tarball *t, struct fault *f, GBytes **ret);
