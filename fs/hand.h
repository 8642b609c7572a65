/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places that a crew has for worker processes: the state and the job of each, under one lock.
 *
 *     state     process  job  leaves it when
 *     ABSENT    no       no   a job is offered: ASKED
 *     ASKED     coming   any  born: BUSY or IDLE; not born: ABSENT
 *     IDLE      yes      no   a job is offered: BUSY; too long idle: ABSENT
 *     BUSY      yes      yes  reply: IDLE; deadline, line cut: DYING
 *     DYING     yes      any  died: ABSENT, or ASKED for a job that it had not begun
 *     REFUSED   no       yes  the crew's thread has answered the job: ABSENT
 *
 * Any thread may offer and count; everything else is for the crew's thread, which alone opens and
 * closes the lines to the workers and calls done. */
#pragma once

#include "fs/crew_internal.h"
#include "fs/worker.h"
#include "fs/zygote.h"

enum hand_state { HAND_ABSENT, HAND_ASKED, HAND_IDLE, HAND_BUSY, HAND_DYING, HAND_REFUSED };

/* Lifetime: crew. */
struct hand {
    /* under the lock of the hands: */
    enum hand_state state;
    bool has_job;
    bool sent;       /* the job was, to this process */
    bool late;       /* killed at the deadline */
    unsigned births; /* processes asked for this job */
    struct key job;
    int64_t started; /* the job: offered, then sent; monotonic microseconds, as all times here */
    int64_t since;   /* IDLE, DYING: when it became so */
    struct worker worker; /* all-zero if none; offers only send, and only to the idle */
    /* of the crew's thread: */
    pid_t pid; /* 0 = none */
    int pidfd;
};

/* Lifetime: crew. */
struct hands {
    const struct crew_common *common;
    struct zygote *zygote; /* owned */
    int offers;            /* an eventfd, owned: the crew's thread is to look at the clock again */
    unsigned len;
    GMutex lock;
    /* under lock: */
    struct hand *at;  /* owned */
    int64_t wakes_at; /* when the crew's thread, asleep, looks at the clock; 0 = it is awake */
    bool active;      /* a job was answered since it last slept */
    bool orphaned;    /* the zygote has gone */
    bool stopping;
};

int hands_init(struct hands *hs, const struct crew_common *common, struct zygote *own_z);
void hands_finish(struct hands *hs);

/* As crew_offer() and its like.  Any thread. */
bool hands_offer(struct hands *hs, struct key k);
unsigned hands_busy(struct hands *hs);
unsigned hands_alive(struct hands *hs);
void hands_stop(struct hands *hs);

/* Milliseconds that the crew's thread may sleep, -1 = for ever. */
int hands_time_to_sleep(struct hands *hs);
/* To be called after sleeping; false = the crew is being freed. */
bool hands_wake(struct hands *hs);
void hands_set_orphaned(struct hands *hs);

/* A copy of what the hand is now. */
struct hand hand_look(struct hands *hs, const struct hand *h);
/* Whether the clock asks for something: the state that the hand is in then, else HAND_ABSENT.  An
 * idle worker whose time has come has been let go. */
enum hand_state hand_look_due(struct hands *hs, struct hand *h);
/* A process for the hand; takes over everything.  It gets the hand's job. */
void hand_welcome(struct hands *hs, struct hand *h, const struct worker *own_worker, pid_t pid,
                  int own_pidfd);
/* The hand has no process any more.  A job it has is still to be answered. */
void hand_release(struct hands *hs, struct hand *h);
/* The same, and one more process is asked for, for its job that none has begun; false = there were
 * enough, nothing is done. */
bool hand_try_another(struct hands *hs, struct hand *h);
/* Kills its process.  The zygote will tell when it has died.  late: since the deadline has passed.
 */
void hand_put_down(struct hands *hs, struct hand *h, bool late);
void hand_kill(const struct hand *h);
/* Calls done; the hand is free before. */
void hand_answer(struct hands *hs, struct hand *h, struct outcome *o);
void hand_fail(struct hands *hs, struct hand *h, const struct fault *f);
