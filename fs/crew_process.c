/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A crew of processes, kept by one thread that sleeps until one of them, the zygote or the clock
 * has news.
 *
 * A job is handed straight to an idle worker by whoever offers it.  Everything else is this
 * thread's: it hears replies and deaths, kills at the deadline, and calls done. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fs/crew_internal.h"
#include "fs/hand.h"

enum { FROM_ZYGOTE = -1, FROM_OFFER = -2 }; /* epoll's data; the rest are hands */

/* Lifetime: crew. */
struct pool {
    const struct crew_common *common;
    struct hands hands;
    GThread *thread;
    int epoll; /* owned */
};

static int watch(const struct pool *p, int fd, int64_t from)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = (uint64_t)from};

    return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

static bool has_job(struct pool *p, const struct hand *h)
{
    return hand_look(&p->hands, h).has_job;
}

static void set_orphaned(struct fault *f)
{
    fault_set(f, EIO,
              "the process that workers come from has gone; send SIGHUP to seqfs, or unmount and "
              "mount again");
    f->transient = true;
}

static void set_late(const struct pool *p, const char *what, struct fault *f)
{
    fault_set(f, ETIMEDOUT, "%s %g s", what, p->common->conf.timeout);
}

/* status: as of waitpid(2), or NULL if its end was not seen. */
static void set_lost(const struct pool *p, const int *status, struct fault *f)
{
    g_autoptr(GString) how = g_string_new(NULL);

    if (status)
        crew_describe_end(&p->common->conf, *status, how);
    else
        g_string_append(how, "hung up");
    fault_set(f, EIO, "its worker %s", how->str);
    f->transient = true;
}

static void log_loss(struct pool *p, const struct hand *h, const struct fault *f)
{
    const struct crew_common *c = p->common;
    const struct seq *in = f->trail_len ? plan_step(c->plan, f->trail[0].step) : NULL;
    g_autofree char *was = h->late ? g_strdup_printf("was killed after %g s", c->conf.timeout)
                                   : g_strdup(f->text + strlen("its worker "));

    stats_add(c->stats, STAT_WORKERS_LOST, 1);
    log_add(c->log, "worker %d %s%s%s, element %" PRIu64, (int)h->pid, was, in ? " in " : "",
            in ? in->name : "", h->job.index);
}

/* Answers the job that a worker took with it.  status as above. */
static void mourn(struct pool *p, struct hand *h, const int *status)
{
    struct hand now = hand_look(&p->hands, h);
    struct fault f;

    if (now.late)
        set_late(p, "gave up after", &f);
    else
        set_lost(p, status, &f);
    f.late = true;
    worker_trail(&h->worker, p->common->plan, &f);
    log_loss(p, &now, &f);
    if (status)
        hand_release(&p->hands, h);
    hand_fail(&p->hands, h, &f);
}

static void put_down(struct pool *p, struct hand *h, bool late)
{
    epoll_ctl(p->epoll, EPOLL_CTL_DEL, h->worker.socket, NULL);
    hand_put_down(&p->hands, h, late);
}

static void deliver(struct pool *p, struct hand *h, const struct worker_reply *r)
{
    struct outcome o = {.timings = r->timings, .n_timings = r->n_timings, .notes = r->notes};
    struct budget *budget = p->common->budget;
    GBytes *bytes;
    struct fault f;

    if (budget)
        budget_take(budget, BUDGET_TRANSFER, r->len);
    if (r->failed)
        o.fault = &r->fault;
    else if (worker_take(&h->worker, r->len, &f, &bytes) < 0)
        o.fault = &f;
    else
        o.own_content = content_new_bytes(bytes, budget);
    if (budget)
        budget_give(budget, BUDGET_TRANSFER, r->len);
    if (r->leaving)
        hand_release(&p->hands, h);
    hand_answer(&p->hands, h, &o);
}

static void hear(struct pool *p, struct hand *h)
{
    struct hand now = hand_look(&p->hands, h);
    struct worker_reply r;

    if (!now.pid)
        return; /* let go since epoll told of it */
    int got = worker_receive(&h->worker, p->common->plan, &r);
    if (got > 0 && now.has_job && now.sent)
        deliver(p, h, &r);
    else if (got != 0)
        put_down(p, h, false);
}

static void regret(struct pool *p, struct hand *h, int err)
{
    struct fault f, why;

    fault_set_errno(&why, err, "no worker could be started");
    fault_set(&f, EIO, "%s", why.text);
    f.transient = true;
    hand_release(&p->hands, h);
    if (has_job(p, h))
        hand_fail(&p->hands, h, &f);
}

static void welcome(struct pool *p, const struct zygote_event *e)
{
    struct hand *h = &p->hands.at[e->ticket];
    struct worker w;
    int r = worker_open(&w, e->socket, e->slot);

    if (r < 0) { /* without its line it ends */
        close(e->pidfd);
        regret(p, h, -r);
        return;
    }
    r = watch(p, w.socket, e->ticket);
    if (r < 0) {
        worker_close(&w);
        close(e->pidfd);
        regret(p, h, -r);
        return;
    }
    stats_add(p->common->stats, STAT_WORKERS_STARTED, 1);
    hand_welcome(&p->hands, h, &w, e->pid, e->pidfd);
}

static struct hand *find(struct pool *p, pid_t pid)
{
    for (unsigned i = 0; i < p->hands.len; i++)
        if (p->hands.at[i].pid == pid)
            return &p->hands.at[i];
    return NULL;
}

static void bury(struct pool *p, const struct zygote_event *e)
{
    struct hand *h = find(p, e->pid);
    struct worker_reply r;

    if (!h)
        return; /* it had been let go */
    struct hand now = hand_look(&p->hands, h);
    bool begun = now.has_job && now.sent && worker_has_begun(&h->worker);
    if (begun && worker_receive(&h->worker, p->common->plan, &r) > 0) {
        r.leaving = 1; /* its last words */
        deliver(p, h, &r);
    } else if (!now.has_job) {
        hand_release(&p->hands, h);
    } else if (begun || !hand_try_another(&p->hands, h)) {
        mourn(p, h, &e->status);
    }
}

static void end_all(struct pool *p, const struct fault *f)
{
    for (unsigned i = 0; i < p->hands.len; i++) {
        struct hand *h = &p->hands.at[i];
        hand_kill(h);
        hand_release(&p->hands, h);
        if (has_job(p, h))
            hand_fail(&p->hands, h, f);
    }
}

/* The workers die with the zygote. */
static void be_orphaned(struct pool *p)
{
    struct fault f;

    log_add(p->common->log, "the process that workers come from has gone: nothing more can be "
                            "computed until SIGHUP or the next mount");
    hands_set_orphaned(&p->hands);
    epoll_ctl(p->epoll, EPOLL_CTL_DEL, zygote_fd(p->hands.zygote), NULL);
    set_orphaned(&f);
    end_all(p, &f);
}

/* Who waited for it has been told; this is for the log. */
static void log_host_loss(const struct pool *p, int status)
{
    g_autoptr(GString) how = g_string_new(NULL);

    crew_describe_end(&p->common->conf, status, how);
    log_add(p->common->log, "the process that reads sources forward %s", how->str);
}

static void hear_zygote(struct pool *p)
{
    struct zygote_event e;

    while (zygote_next(p->hands.zygote, &e)) {
        switch (e.kind) {
        case ZYGOTE_BORN:
            welcome(p, &e);
            break;
        case ZYGOTE_NOT_BORN:
            regret(p, &p->hands.at[e.ticket], e.status);
            break;
        case ZYGOTE_DIED:
            bury(p, &e);
            break;
        case ZYGOTE_HOST_DIED:
            log_host_loss(p, e.status);
            break;
        case ZYGOTE_GONE:
            be_orphaned(p);
            break;
        }
    }
}

/* Does what the clock asks for. */
static void attend(struct pool *p, struct hand *h)
{
    enum hand_state state = hand_look_due(&p->hands, h);
    struct fault f;

    if (state == HAND_ABSENT)
        return;
    if (state == HAND_BUSY) {
        put_down(p, h, true);
    } else if (state == HAND_DYING && hand_look(&p->hands, h).sent) {
        mourn(p, h, NULL); /* stuck in the kernel: its place stays taken */
    } else if (state == HAND_REFUSED) {
        set_orphaned(&f);
        hand_fail(&p->hands, h, &f);
    } else {
        set_late(p, "no worker could be had within", &f);
        hand_fail(&p->hands, h, &f);
    }
}

static void hear_all(struct pool *p, const struct epoll_event *events, int n)
{
    eventfd_t n_offers;

    for (int i = 0; i < n; i++) {
        int64_t from = (int64_t)events[i].data.u64;
        if (from == FROM_ZYGOTE)
            hear_zygote(p);
        else if (from == FROM_OFFER)
            eventfd_read(p->hands.offers, &n_offers);
        else
            hear(p, &p->hands.at[from]);
    }
}

static void *run(void *arg)
{
    struct pool *p = arg;
    struct epoll_event events[32];
    struct fault f;
    int n = 0;

    while (hands_wake(&p->hands)) {
        hear_all(p, events, n);
        for (unsigned i = 0; i < p->hands.len; i++)
            attend(p, &p->hands.at[i]);
        n = epoll_wait(p->epoll, events, G_N_ELEMENTS(events), hands_time_to_sleep(&p->hands));
    }
    fault_set(&f, ECANCELED, "the mount is being stopped");
    end_all(p, &f);
    return NULL;
}

static void pool_free(void *self)
{
    struct pool *p = self;

    if (p->thread) {
        hands_stop(&p->hands);
        g_thread_join(p->thread);
    }
    hands_finish(&p->hands);
    if (p->epoll >= 0)
        close(p->epoll);
    g_free(p);
}

static bool pool_offer(void *self, struct key k)
{
    return hands_offer(&((struct pool *)self)->hands, k);
}

static unsigned pool_busy(void *self)
{
    return hands_busy(&((struct pool *)self)->hands);
}

static unsigned pool_alive(void *self)
{
    return hands_alive(&((struct pool *)self)->hands);
}

const struct crew_kind crew_processes = {
    .free = pool_free,
    .offer = pool_offer,
    .busy = pool_busy,
    .alive = pool_alive,
};

static int prepare(struct pool *p, struct zygote *own_z)
{
    int r = hands_init(&p->hands, p->common, own_z);

    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (r == 0 && p->epoll < 0)
        r = -errno;
    if (r == 0)
        r = watch(p, zygote_fd(own_z), FROM_ZYGOTE);
    return r < 0 ? r : watch(p, p->hands.offers, FROM_OFFER);
}

int crew_process_new(const struct crew_common *common, struct zygote *own_z, struct fault *f,
                     void **ret)
{
    struct pool *p = g_new0(struct pool, 1);

    p->common = common;
    int r = prepare(p, own_z);
    if (r < 0)
        fault_set_errno(f, -r, "setting up the crew of workers");
    else if (!(p->thread = crew_start_thread("crew", run, p, f)))
        r = -f->err;
    if (r < 0) {
        pool_free(p);
        return r;
    }
    *ret = p;
    return 0;
}
