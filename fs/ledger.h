/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sizes of elements across mounts: a file for each dataset, which several mounts may share.
 *
 * An entry holds only for the identity that the element had when it was made: after another
 * version of the source, another chain, damage or a torn write the size is just unknown. */
#pragma once

#include "fs/key.h"
#include "fs/log.h"
#include "fs/sizes.h"
#include "ops/core/identity.h"

#define LEDGER_MAX (UINT64_C(1) << 32) /* elements of a dataset */

/* Lifetime: mount.  Any thread.  Its calls read or write 16 bytes of a file that is in the kernel's
 * page cache, and wait for nothing else. */
struct ledger;

/* Opens, or makes, the files of all datasets of p that need workers in a folder, which is made as
 * well; files that have long not been used are removed.  A file that is damaged, or not ours, is
 * replaced.  What cannot be written later on is told once in the log. */
int ledger_new(const char *folder, const struct plan *p, struct log *log, struct fault *f,
               struct ledger **ret);
void ledger_free(struct ledger *l);
OWN_DEFINE(struct ledger, ledger_free)

/* Whether sizes of this output are kept at all: it is a dataset, not trivial, not too long. */
bool ledger_covers(const struct ledger *l, uint32_t output);

/* Whether there is an entry, true or not: what comes before working out an identity.  May be a
 * second behind what other processes put. */
bool ledger_may_have(struct ledger *l, struct key k);

/* SIZE_KNOWN, and *ret is set, or SIZE_UNKNOWN.  An output that is not covered, and an identity
 * that is none, are unknown and are not put. */
enum size_state ledger_look(struct ledger *l, struct key k, struct identity id, uint64_t *ret);
void ledger_put(struct ledger *l, struct key k, struct identity id, uint64_t size);
void ledger_forget(struct ledger *l, struct key k);

struct ledger_figures {
    uint64_t hits, misses; /* answers of ledger_look() */
    uint64_t kept;         /* sizes that were written */
    uint64_t lost;         /* that could not be */
    int error;             /* errno of the first that could not be; 0 = none */
};
void ledger_look_figures(struct ledger *l, struct ledger_figures *ret);
