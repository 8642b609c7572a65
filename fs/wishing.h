/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open .seqfs/order or .seqfs/warm that somebody writes.
 *
 * order: what will be opened, in that order: words as roll has them, in one of the forms of words.
 * All elements or some, also several times; a list or a folder stands for all its files.  A text
 * without words ends the order.
 * warm: what is to be computed ahead, in any order; `none`: and nothing that was asked before.
 *
 * Whatever is wrong is told once, as "order: line 3: ...", in f and in the log (the caller need not
 * log it); what was written then changes nothing, and every further call fails the same way.
 * EINVAL: the text is wrong; EFBIG: it is too long; ENOMEM. */
#pragma once

#include "fs/wishes.h"

/* Lifetime: an open file.  One thread at a time. */
struct wishing;

struct wishing *wishing_new(struct wishes *w, enum wish which);
void wishing_free(struct wishing *x);
OWN_DEFINE(struct wishing, wishing_free)

/* Takes a piece of text, which may be cut anywhere: whatever is complete is checked at once. */
int wishing_write(struct wishing *x, const char *text, size_t len, struct fault *f);

/* One of its descriptors was closed: what was written so far holds from now on, if there is
 * anything new.  More may be written, and is then added to it: a shell and the programs that it
 * starts have one file open at the same time.  So a last line that is wrong may still become right:
 * it is told here, but not logged. */
int wishing_flush(struct wishing *x, struct fault *f);

/* The last descriptor was closed: the same for good.  An order without words counts, too. */
int wishing_end(struct wishing *x, struct fault *f);
