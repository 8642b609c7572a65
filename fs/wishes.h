/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What readers have said they want: the order in which they will open elements, and elements to
 * have ready.  What they write goes through wishing; here it holds, and is handed out. */
#pragma once

#include "fs/itinerary.h"
#include "fs/log.h"
#include "fs/ranges.h"
#include "fs/roll.h"

/* .seqfs/order and .seqfs/warm. */
enum wish { WISH_ORDER, WISH_WARM };

/* The bit by which the owners that are handed out here are told from others. */
#define WISHES_OWNER (UINT64_C(1) << 63)

/* Lifetime: mount.  Any thread; its lock comes behind the scheduler's, and nothing is called with
 * it held. */
struct wishes;

/* All must outlive it.  log is told what was written, and what was wrong with it. */
struct wishes *wishes_new(const struct plan *p, const struct names *n, struct log *log);
void wishes_free(struct wishes *w);
OWN_DEFINE(struct wishes, wishes_free)

/* How many elements to keep ahead of each reader who follows the order, at most; 0 = none, which
 * does not concern what is to be warm.  Some at first; changes any time. */
void wishes_set_window(struct wishes *w, unsigned window);

/* An element was opened.  true = the order goes on from there: there may be something new to hand
 * out. */
bool wishes_saw(struct wishes *w, struct key k);

/* An element that was handed out has been computed, or was found done or failed: what is warm is
 * counted by that.  Of any other element: nothing. */
void wishes_done(struct wishes *w, struct key k, bool failed);

/* Something that was handed out for an owner was dropped unread.  Others' owners: nothing. */
void wishes_wasted(struct wishes *w, uint64_t owner);

/* As struct foresight has them. */
bool wishes_next_order(void *wishes, struct key *ret, uint64_t *ret_owner);
bool wishes_next_warm(void *wishes, struct key *ret, uint64_t *ret_owner);

/* Appends the order, or what is still to be handed out to be warm, in the form it is written in,
 * a line each; only the first WISHES_LINES of them. */
#define WISHES_LINES 1000000
void wishes_print(struct wishes *w, enum wish which, GString *ret);
/* Appends JSON, in a line:
 *     {"order": {"len": 5, "at": 2, "readers": [{"at": 2, "ahead": 3, "window": 8}]},
 *      "warm": {"asked": 9, "done": 4, "failed": 1}}
 * at: where in the order the latest open was, and what is behind it for each reader; warm: of all
 * since there was nothing left to do; done and failed are apart. */
void wishes_print_progress(struct wishes *w, GString *ret);

struct wishes_figures {
    uint64_t len, readers, at;    /* of the order: entries; who follows it; the latest open's */
    uint64_t asked, done, failed; /* elements to be warm */
};
void wishes_look_figures(struct wishes *w, struct wishes_figures *ret);

/* For wishing. */

const struct roll *wishes_roll(const struct wishes *w);
struct log *wishes_log(const struct wishes *w);

/* From now on this order holds; it is sealed.  An empty one: none does. */
void wishes_put_order(struct wishes *w, struct itinerary *own);
/* More to be warm; cancel: instead of all that was. */
int wishes_put_warm(struct wishes *w, const struct ranges *more, bool cancel, struct fault *f);

/* Accounts for n more positions that are being written, of which there are ITINERARY_MAX at most
 * altogether. */
int wishes_claim(struct wishes *w, uint64_t n, struct fault *f);
void wishes_release(struct wishes *w, uint64_t n);
