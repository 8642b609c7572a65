/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who gets a job, what is due when, and every change of a worker's state. */
#include "fs/hand.h"

#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define IDLE_US (60 * G_USEC_PER_SEC) /* after which a worker is let go */
#define GRACE_US (5 * G_USEC_PER_SEC) /* for a killed worker to be seen dead */
#define BIRTHS 3                      /* processes that may die before one begins a job */

int hands_init(struct hands *hs, const struct crew_common *common, struct zygote *own_z)
{
    *hs = (struct hands){.common = common, .zygote = own_z, .len = common->conf.count};
    hs->at = g_new0(struct hand, hs->len);
    g_mutex_init(&hs->lock);
    hs->offers = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return hs->offers < 0 ? -errno : 0;
}

void hands_finish(struct hands *hs)
{
    zygote_stop(hs->zygote);
    if (hs->offers >= 0)
        close(hs->offers);
    g_mutex_clear(&hs->lock);
    g_free(hs->at);
}

static int64_t timeout_of(const struct hands *hs)
{
    double us = hs->common->conf.timeout * 1e6;

    return us > 0 && us < 1e15 ? (int64_t)us : 0;
}

static int64_t deadline_locked(const struct hands *hs, const struct hand *h)
{
    return timeout_of(hs) ? h->started + timeout_of(hs) : G_MAXINT64;
}

/* When the crew's thread has to look after a hand. */
static int64_t due_locked(const struct hands *hs, const struct hand *h)
{
    switch (h->state) {
    case HAND_ABSENT:
        break;
    case HAND_IDLE:
        return h->since + IDLE_US;
    case HAND_ASKED:
        return h->has_job ? deadline_locked(hs, h) : G_MAXINT64;
    case HAND_BUSY:
        return deadline_locked(hs, h);
    case HAND_DYING:
        if (h->has_job)
            return h->sent ? h->since + GRACE_US : deadline_locked(hs, h);
        break;
    case HAND_REFUSED:
        return 0;
    }
    return G_MAXINT64;
}

/* The crew's thread sleeps no longer than until due. */
static void wake_for_locked(struct hands *hs, int64_t due)
{
    if (due >= hs->wakes_at)
        return;
    hs->wakes_at = 0;
    eventfd_write(hs->offers, 1);
}

/* Asks for a process for the hand's job. */
static void raise_locked(struct hands *hs, struct hand *h)
{
    h->births++;
    h->sent = h->late = false;
    h->started = g_get_monotonic_time();
    h->state = HAND_ASKED;
    if (hs->orphaned || zygote_ask(hs->zygote, (uint32_t)(h - hs->at)) < 0)
        h->state = HAND_REFUSED;
}

/* A worker that died unnoticed keeps the job until its death is known, then another gets it. */
static void send_locked(struct hand *h)
{
    h->sent = worker_send(&h->worker, h->job) == 0;
    h->state = h->sent ? HAND_BUSY : HAND_DYING;
    h->started = h->since = g_get_monotonic_time();
}

/* The idle hand whose caches are warmest, or one that can get a process, or one that will; NULL =
 * all have jobs. */
static struct hand *choose_locked(const struct hands *hs)
{
    static const int rank[] = {
        [HAND_IDLE] = 3, [HAND_ABSENT] = 2, [HAND_ASKED] = 1, [HAND_DYING] = 1};
    struct hand *best = NULL;

    for (unsigned i = 0; i < hs->len; i++) {
        struct hand *h = &hs->at[i];
        if (h->has_job)
            continue;
        if (!best || rank[h->state] > rank[best->state] ||
            (h->state == HAND_IDLE && best->state == HAND_IDLE && h->since > best->since))
            best = h;
    }
    return best;
}

static void give_locked(struct hands *hs, struct hand *h, struct key k)
{
    h->has_job = true;
    h->sent = h->late = false;
    h->births = 0;
    h->job = k;
    h->started = g_get_monotonic_time();
    if (h->state == HAND_IDLE)
        send_locked(h);
    else if (h->state == HAND_ABSENT)
        raise_locked(hs, h);
    wake_for_locked(hs, due_locked(hs, h));
}

/* Messages are sent under the lock, since the crew's thread might close the line meanwhile; they
 * cannot wait. */
bool hands_offer(struct hands *hs, struct key k)
{
    g_mutex_lock(&hs->lock);
    struct hand *h = hs->stopping ? NULL : choose_locked(hs);
    if (h)
        give_locked(hs, h, k);
    g_mutex_unlock(&hs->lock);
    return h != NULL;
}

unsigned hands_busy(struct hands *hs)
{
    unsigned n = 0;

    g_mutex_lock(&hs->lock);
    for (unsigned i = 0; i < hs->len; i++)
        n += hs->at[i].has_job;
    g_mutex_unlock(&hs->lock);
    return n;
}

unsigned hands_alive(struct hands *hs)
{
    unsigned n = 0;

    g_mutex_lock(&hs->lock);
    for (unsigned i = 0; i < hs->len; i++)
        n += hs->at[i].state == HAND_IDLE || hs->at[i].state == HAND_BUSY;
    g_mutex_unlock(&hs->lock);
    return n;
}

void hands_stop(struct hands *hs)
{
    g_mutex_lock(&hs->lock);
    hs->stopping = true;
    wake_for_locked(hs, 0);
    g_mutex_unlock(&hs->lock);
}

/* After a job the clock is looked at once more than needed, so that the next job, whose deadline is
 * later, does not have to wake the thread for that. */
int hands_time_to_sleep(struct hands *hs)
{
    int64_t now = g_get_monotonic_time(), due = G_MAXINT64;

    g_mutex_lock(&hs->lock);
    for (unsigned i = 0; i < hs->len; i++)
        due = MIN(due, due_locked(hs, &hs->at[i]));
    if (hs->active && timeout_of(hs))
        due = MIN(due, now + timeout_of(hs));
    hs->active = false;
    if (hs->stopping)
        due = 0;
    hs->wakes_at = due;
    g_mutex_unlock(&hs->lock);
    if (due == G_MAXINT64)
        return -1;
    return due <= now ? 0 : (int)MIN((due - now + 999) / 1000, G_MAXINT);
}

bool hands_wake(struct hands *hs)
{
    g_mutex_lock(&hs->lock);
    hs->wakes_at = 0;
    bool go_on = !hs->stopping;
    g_mutex_unlock(&hs->lock);
    return go_on;
}

void hands_set_orphaned(struct hands *hs)
{
    g_mutex_lock(&hs->lock);
    hs->orphaned = true;
    g_mutex_unlock(&hs->lock);
}

struct hand hand_look(struct hands *hs, const struct hand *h)
{
    g_mutex_lock(&hs->lock);
    struct hand copy = *h;
    g_mutex_unlock(&hs->lock);
    return copy;
}

static void close_line_locked(struct hand *h)
{
    worker_close(&h->worker);
    if (h->pid)
        close(h->pidfd);
    h->pid = 0;
    h->pidfd = -1;
    h->state = HAND_ABSENT;
}

enum hand_state hand_look_due(struct hands *hs, struct hand *h)
{
    g_mutex_lock(&hs->lock);
    bool due = due_locked(hs, h) <= g_get_monotonic_time();
    if (due && h->state == HAND_IDLE)
        close_line_locked(h); /* upon which it goes */
    enum hand_state state = due ? h->state : HAND_ABSENT;
    g_mutex_unlock(&hs->lock);
    return state;
}

void hand_welcome(struct hands *hs, struct hand *h, const struct worker *own_worker, pid_t pid,
                  int own_pidfd)
{
    g_mutex_lock(&hs->lock);
    h->worker = *own_worker;
    h->pid = pid;
    h->pidfd = own_pidfd;
    h->state = HAND_IDLE;
    h->since = g_get_monotonic_time();
    if (h->has_job)
        send_locked(h);
    g_mutex_unlock(&hs->lock);
}

void hand_release(struct hands *hs, struct hand *h)
{
    g_mutex_lock(&hs->lock);
    close_line_locked(h);
    g_mutex_unlock(&hs->lock);
}

bool hand_try_another(struct hands *hs, struct hand *h)
{
    g_mutex_lock(&hs->lock);
    bool may = h->births < BIRTHS;
    if (may) {
        close_line_locked(h);
        raise_locked(hs, h);
    }
    g_mutex_unlock(&hs->lock);
    return may;
}

void hand_kill(const struct hand *h)
{
    if (h->pid)
        pidfd_send_signal(h->pidfd, SIGKILL, NULL, 0);
}

void hand_put_down(struct hands *hs, struct hand *h, bool late)
{
    g_mutex_lock(&hs->lock);
    if (h->state != HAND_DYING) {
        h->state = HAND_DYING;
        h->since = g_get_monotonic_time();
        h->late = late;
    }
    g_mutex_unlock(&hs->lock);
    hand_kill(h);
}

void hand_answer(struct hands *hs, struct hand *h, struct outcome *o)
{
    g_mutex_lock(&hs->lock);
    int64_t now = g_get_monotonic_time();
    struct key k = h->job;
    o->seconds = (double)(now - h->started) / 1e6;
    h->has_job = false;
    if (h->state == HAND_BUSY) {
        h->state = HAND_IDLE;
        h->since = now;
    } else if (h->state == HAND_REFUSED) {
        h->state = HAND_ABSENT;
    }
    hs->active = true;
    g_mutex_unlock(&hs->lock);
    hs->common->done(hs->common->ctx, k, o);
}

void hand_fail(struct hands *hs, struct hand *h, const struct fault *f)
{
    hand_answer(hs, h, &(struct outcome){.fault = f});
}
