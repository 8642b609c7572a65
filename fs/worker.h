/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One worker process, seen from both ends: what runs in it, and the crew's line to it.
 *
 * A job and its reply are one message each on a socket that keeps messages whole.  The bytes of a
 * result lie in the worker's slot, a memory file sealed against shrinking, behind a head that tells
 * what the worker is doing. */
#pragma once

#include "fs/key.h"
#include "ops/core/plan.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* The head of a slot.  Written by the worker; its stack is read when the worker has died. */
struct worker_head {
    uint64_t taken; /* jobs begun so far */
    struct eval_stack stack;
};

#define WORKER_HEAD 4096 /* bytes before the result; also the size of a new slot */

/* What a worker starts with.  Lifetime: call. */
struct worker_start {
    const struct plan *plan;
    const struct keeper *keeper; /* what `cache` steps keep; may be NULL */
    pid_t parent;                /* it dies with this process */
    const char *folder;          /* its temporary folder, which it makes */
    int readers; /* socket to the process that keeps readers, of host_connect(); -1 = none */
    int socket, slot;
    double timeout; /* as in struct crew_conf, also: */
    uint64_t memory;
    int place; /* its number in the crew, to keep it on a CPU of its own; -1 = do not */
    int nice;
};

/* Does one job after the other until the crew hangs up.  For a process just forked, with one
 * thread. */
G_NORETURN void worker_main(const struct worker_start *start);

/* The crew's end of a worker.  Lifetime: the crew's; all-zero is none. */
struct worker {
    int socket, slot; /* owned */
    uint64_t sent;    /* jobs so far */
    size_t mapped;    /* bytes of the slot, from its beginning */
    unsigned char *map;
};

/* What a worker answers.  Lifetime: call. */
struct worker_reply {
    uint64_t len;     /* bytes of the result in its slot, if it did not fail */
    uint32_t failed;  /* 1 = fault tells why */
    uint32_t leaving; /* 1 = this was its last job */
    uint32_t n_timings;
    uint32_t notes_len; /* bytes of notes */
    struct eval_timing timings[EVAL_TIMINGS];
    struct fault fault;     /* not sent without need, as all that follows */
    char notes[EVAL_NOTES]; /* of `debug` steps; received: UTF-8 with a NUL */
};

/* Takes the descriptors over, also when it fails. */
int worker_open(struct worker *w, int own_socket, int own_slot);
void worker_close(struct worker *w);

/* Never waits.  -EPIPE and the like: the worker has gone. */
int worker_send(struct worker *w, struct key k);

/* 1 = a reply, made sound whatever the worker wrote; 0 = none yet; negative: it has gone, or talks
 * nonsense. Never waits. */
int worker_receive(struct worker *w, const struct plan *p, struct worker_reply *ret);

/* A copy of the len bytes of a result, which may be a lie: then it is a fault. */
int worker_take(struct worker *w, uint64_t len, struct fault *f, GBytes **ret);

/* Of one that has died: whether it had begun the job sent last, and in which steps it was
 * (innermost first). */
bool worker_has_begun(const struct worker *w);
void worker_trail(const struct worker *w, const struct plan *p, struct fault *f);
