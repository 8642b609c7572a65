/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many bytes of memory are in use, by what they are for, against the one limit of the mount. */
#pragma once

#include "ops/base/own.h"

#include <stdint.h>

enum budget_kind {
    BUDGET_HELD,     /* contents in memory, and what keeping them costs */
    BUDGET_PINNED,   /* part of those held: open files need them */
    BUDGET_RESERVED, /* jobs under way, before their results are known */
    BUDGET_TRANSFER, /* results in workers' memory */
    BUDGET_N,
};

/* Counts only: nothing is refused and nothing waits.  Whoever counts bytes in asks budget_room()
 * before.  Lifetime: mount, longer than whatever counts in it.  Any thread. */
struct budget;

struct budget_figures {
    uint64_t limit;
    uint64_t held, pinned, reserved, transfer; /* bytes, each read by itself */
    uint64_t peak;                             /* the most of held, reserved and transfer */
};

struct budget *budget_new(uint64_t limit);
void budget_free(struct budget *b);
OWN_DEFINE(struct budget, budget_free)

void budget_take(struct budget *b, enum budget_kind kind, uint64_t bytes);
/* bytes: no more than were taken. */
void budget_give(struct budget *b, enum budget_kind kind, uint64_t bytes);

uint64_t budget_limit(const struct budget *b);
uint64_t budget_used(const struct budget *b, enum budget_kind kind);
/* Held, reserved and in transfer: what the limit is for. */
uint64_t budget_total(const struct budget *b);
/* What the limit leaves; 0 also beyond it.  A full cache leaves nothing, but gives way: see
 * store_make_room(). */
uint64_t budget_room(const struct budget *b);

void budget_look(const struct budget *b, struct budget_figures *ret);
