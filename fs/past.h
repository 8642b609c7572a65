/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sizes of versions that are no longer the present ones, for those who have them open. */
#pragma once

#include "fs/key.h"
#include "ops/base/own.h"

#include <stdbool.h>

/* Lifetime: mount.  Any thread.  Bounded: beyond 4096 versions the oldest is forgotten. */
struct past;

struct past *past_new(void);
void past_free(struct past *p);
OWN_DEFINE(struct past, past_free)

void past_put(struct past *p, struct key k, unsigned version, uint64_t size);
bool past_look(struct past *p, struct key k, unsigned version, uint64_t *ret);
