/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One failure: an errno, a sentence, what a library or a program said, and the steps it passed
 * through. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define FAULT_TEXT 512
#define FAULT_DETAIL 4096
#define FAULT_TRAIL 64
#define FAULT_KEY (-2) /* as item: the argument's name, not its value */

/* One step on the way of a failure: its number in the plan and the element's index there. */
struct fault_step {
    uint32_t step;
    uint64_t index;
};

/* Lifetime: call, or inside a struct eval.  Plain data without pointers that matter outside of the
 * process that made it (`arg` is only set while a plan is loaded), so it can be sent as it is. */
struct fault {
    int err;               /* positive errno; 0 = no fault */
    bool transient;        /* may pass (no memory, a killed worker): worth another attempt */
    bool late;             /* surfaced when pixels were computed: a step before may be to blame */
    bool source;           /* the world's data is at fault, not the spec (exit status 4, not 3) */
    char text[FAULT_TEXT]; /* one sentence, lower case, no full stop */
    char detail[FAULT_DETAIL]; /* what a library or a program said, word for word; may be empty */
    const char *arg; /* while loading: the argument at fault, or NULL for the whole step */
    int item;        /* while loading: the item of that argument's list; -1; or FAULT_KEY */
    uint32_t trail_len;
    struct fault_step trail[FAULT_TRAIL]; /* innermost first */
};

/* Forgets everything f says. */
void fault_clear(struct fault *f);

/* Sets f to one failure and returns -err, for "return fault_set(...)".  err is a positive errno. */
int fault_set(struct fault *f, int err, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* The same, naming the argument (and its list item, or -1) that is at fault.  For op->open. */
int fault_set_arg(struct fault *f, int err, const char *arg, int item, const char *fmt, ...)
    G_GNUC_PRINTF(5, 6);

/* The same for a failure of the world outside: the message ends with strerror(err).  Want of memory
 * is taken to pass. */
int fault_set_errno(struct fault *f, int err, const char *fmt, ...) G_GNUC_PRINTF(3, 4);

/* Keeps what a library or a program said (len < 0: a C string): its last FAULT_DETAIL bytes, made
 * valid UTF-8.  Returns -f->err, so that it can end a return statement. */
int fault_detail(struct fault *f, const char *said, gssize len);

/* Adds a step to the trail; beyond FAULT_TRAIL steps the innermost and outermost are kept. */
void fault_pass(struct fault *f, uint32_t step, uint64_t index);
