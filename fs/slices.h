/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stretches of datasets that were asked for as .seqfs/slice/FROM:TO:STEP, numbered as they
 * come. */
#pragma once

#include "ops/base/own.h"
#include "ops/base/stretch.h"

#include <stdbool.h>

#define SLICES_MAX 65536

struct slice {
    uint32_t output;
    const char *text; /* as it was asked for */
    struct stretch stretch;
};

/* Lifetime: names'.  Any thread.  Grows up to SLICES_MAX slices and never forgets one: the kernel
 * may ask for its number at any time. */
struct slices;

struct slices *slices_new(void);
void slices_free(struct slices *s);
OWN_DEFINE(struct slices, slices_free)

/* The number of a slice of a sequence of seq_len elements; false = no stretch has this form, or
 * there is no room for another. */
bool slices_find(struct slices *s, uint32_t output, const char *text, uint64_t seq_len,
                 uint32_t *ret);
bool slices_is_full(struct slices *s);

/* NULL = there is none yet.  As long as the slices. */
const struct slice *slices_look(struct slices *s, uint32_t number);
