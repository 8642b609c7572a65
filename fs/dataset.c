/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the rooms that make and keep contents together, and tells which of them answers. */
#include "fs/dataset.h"

#include <errno.h>
#include <inttypes.h>

#include "fs/dataset_parts.h"
#include "fs/direct.h"
#include "fs/failures.h"
#include "fs/notes.h"
#include "fs/shelf.h"
#include "fs/source.h"
#include "fs/zygote.h"
#include "ops/core/report.h"

static void forgotten(void *ctx, struct key k)
{
    struct dataset *d = ctx;

    sizes_forget(d->sizes, k);
}

static bool offer(void *crew, struct key k)
{
    return crew_offer(crew, k);
}

static uint64_t *plan_lens(const struct plan *p)
{
    uint32_t n = plan_n_outputs(p);
    uint64_t *lens = g_new0(uint64_t, n ? n : 1);

    for (uint32_t i = 0; i < n; i++)
        lens[i] = plan_output(p, i)->seq->len;
    return lens;
}

/* A number that was given is the most; else it is what a reader in order begins with. */
static struct ahead *new_ahead(const struct dataset *d, const uint64_t *lens)
{
    const struct dataset_rooms *r = &d->rooms;
    const uint32_t n = plan_n_outputs(r->plan);
    g_autofree struct ahead_window *windows = g_new0(struct ahead_window, n ? n : 1);
    struct ahead_window usual = {.elements = MAX(8, 4 * d->n_workers)};
    const uint64_t most = budget_limit(r->stores->budget) / 2;

    if (r->conf->prefetch.ahead >= 0)
        usual = (struct ahead_window){(unsigned)r->conf->prefetch.ahead, true, 0};
    for (uint32_t i = 0; i < n; i++)
        windows[i] = ahead_plan(plan_output(r->plan, i)->seq, &usual);
    return ahead_new(windows, lens, n,
                     r->conf->prefetch.bytes ? MIN(r->conf->prefetch.bytes, most) : most);
}

/* Who tells what comes is followed as far as those who do not, where they may be followed. */
static struct wishes *new_wishes(const struct dataset *d)
{
    const struct dataset_rooms *r = &d->rooms;
    struct wishes *w = wishes_new(r->plan, r->names, r->log);

    if (r->conf->prefetch.ahead >= 0)
        wishes_set_window(w, (unsigned)r->conf->prefetch.ahead);
    return w;
}

/* Workers cannot log what goes wrong with the disk of a `cache` step. */
static void tell_troubles(const struct dataset *d)
{
    struct fault f;

    while (shelf_take_trouble(crew_shelf(d->crew), &f))
        log_add(d->rooms.log, "%s", f.text);
}

/* A sched_learnt_fn. */
static void learnt(void *ctx, struct key k, struct identity id, const uint64_t *size)
{
    struct dataset *d = ctx;

    tell_troubles(d);
    wishes_done(d->wishes, k, !size);
    if (size)
        ahead_weigh(d->ahead, k.output, *size);
    if (size && d->ledger)
        ledger_put(d->ledger, k, id, *size);
    if (!size && d->failures) {
        OWN(failure_unref) struct failure *failure = errlog_look(d->errlog, k);

        if (failure)
            failures_put(d->failures, failure, id);
    }
}

static void passed(void *ctx, struct key k, bool failed)
{
    struct dataset *d = ctx;

    wishes_done(d->wishes, k, failed);
}

/* A store_wasted_fn. */
static void wasted(void *ctx, uint64_t owner)
{
    struct dataset *d = ctx;

    if (owner & WISHES_OWNER)
        wishes_wasted(d->wishes, owner);
    else
        ahead_wasted(d->ahead, owner);
}

static void remember_failure(void *ctx, const struct failure *f, struct identity id)
{
    struct dataset *d = ctx;

    sizes_stamp(d->sizes, f->key, id.a);
    sizes_fail(d->sizes, f->key);
    errlog_put(d->errlog, f);
}

/* What was known before; a mount can do without. */
static void open_memories(struct dataset *d)
{
    const struct dataset_rooms *r = &d->rooms;
    g_autofree char *folder = conf_size_index(r->conf);
    struct fault f = {0};

    if (!folder)
        return;
    if (ledger_new(folder, r->plan, r->log, &f, &d->ledger) < 0 ||
        failures_new(folder, r->plan, r->log, &f, &d->failures) < 0)
        log_add(r->log, "sizes are not remembered: %s", f.text);
    if (d->failures)
        failures_each(d->failures, remember_failure, d);
}

static void start_scheduling(struct dataset *d)
{
    const struct dataset_rooms *r = &d->rooms;
    const struct sched_rooms rooms = {
        .plan = r->plan,
        .budget = r->stores->budget,
        .store = r->stores->store,
        .sizes = d->sizes,
        .errlog = d->errlog,
        .stats = d->stats,
        .log = r->log,
        .notes = d->notes,
        .disk = r->stores->disk,
        .learnt = learnt,
        .passed = passed,
        .ctx = d,
        .retry = (unsigned)r->conf->errors.retry,
        .n_workers = d->n_workers,
    };

    d->sched = sched_new(&rooms);
    sched_set_foresight(d->sched, URGENCY_ORDER, (struct foresight){wishes_next_order, d->wishes});
    sched_set_foresight(d->sched, URGENCY_STREAM, ahead_foresight(d->ahead));
    sched_set_foresight(d->sched, URGENCY_WARM, (struct foresight){wishes_next_warm, d->wishes});
}

/* All rooms but the crew; none of them starts anything. */
static struct dataset *furnish(const struct dataset_rooms *rooms, unsigned n_workers)
{
    struct dataset *d = g_new0(struct dataset, 1);
    const struct plan *p = rooms->plan;
    g_autofree uint64_t *lens = plan_lens(p);

    d->rooms = *rooms;
    d->n_workers = n_workers;
    d->stats = stats_new(p);
    d->sizes = sizes_new(plan_n_outputs(p), lens);
    d->errlog = errlog_new(forgotten, d);
    d->direct = direct_new(p);
    d->notes = notes_new(p, rooms->log);
    d->ahead = new_ahead(d, lens);
    d->wishes = new_wishes(d);
    open_memories(d);
    start_scheduling(d);
    return d;
}

static int check_isolation(const struct crew_conf *crew, const struct plan *p, struct fault *f)
{
    const struct seq *s = crew->isolation == ISOLATION_THREAD ? crew_unsafe_step(p) : NULL;

    if (!s)
        return 0;
    return fault_set(f, EINVAL,
                     "isolation: 'thread' is not for '%s' (line %" PRIu32 ", column %" PRIu32
                     "), which may harm the whole mount in a thread; use isolation: process",
                     s->name, s->mark.line, s->mark.column);
}

int dataset_new(const struct dataset_rooms *rooms, struct zygote *own_z, struct fault *f,
                struct dataset **ret)
{
    OWN(dataset_free) struct dataset *d = NULL;
    struct crew_conf crew;
    int r;

    conf_crew(rooms->conf, &crew);
    r = check_isolation(&crew, rooms->plan, f);
    if (r < 0) {
        zygote_stop(own_z);
        return r;
    }
    d = furnish(rooms, crew.count);
    r = crew_new(&crew, rooms->plan, own_z, d->stats, rooms->log, sched_done, d->sched, f,
                 &d->crew);
    if (r < 0)
        return r;
    crew_set_budget(d->crew, rooms->stores->budget);
    sched_set_crew(d->sched, offer, d->crew);
    stores_set_wasted(rooms->stores, wasted, d);
    *ret = g_steal_pointer(&d);
    return 0;
}

void dataset_free(struct dataset *d)
{
    if (!d)
        return;
    sched_stop(d->sched, -ESHUTDOWN);
    sched_settle(d->sched);
    if (d->crew)
        crew_free(d->crew);
    sched_free(d->sched);
    stores_unset_wasted(d->rooms.stores, d);
    wishes_free(d->wishes);
    ahead_free(d->ahead);
    notes_free(d->notes);
    direct_free(d->direct);
    errlog_free(d->errlog);
    failures_free(d->failures);
    ledger_free(d->ledger);
    sizes_free(d->sizes);
    stats_free(d->stats);
    g_free(d);
}

static void log_failure(struct dataset *d, struct key k, const struct fault *f)
{
    const struct incident at = {.output = k.output, .index = k.index, .attempt = 1};
    g_autoptr(GString) line = g_string_new(NULL);

    report_headline(d->rooms.plan, &at, f, line);
    log_add(d->rooms.log, "%s", line->str);
}

/* A failure that may pass is the reader's alone; the next open tries again. */
static int fail_direct(struct dataset *d, struct key k, struct identity id, const struct fault *f)
{
    if (!f->transient) {
        sched_fail(d->sched, k, id, f, 0);
        return -EIO;
    }
    log_failure(d, k, f);
    return -f->err;
}

void dataset_note_differs(struct dataset *d, struct key k)
{
    struct fault f;

    fault_set(&f, EIO,
              "computed anew, it is not what it was when it was opened: its source has changed, or "
              "a step does not give the same each time");
    log_failure(d, k, &f);
}

struct identity dataset_identify(const struct dataset *d, struct key k)
{
    return seq_identity(plan_output(d->rooms.plan, k.output)->seq, k.index);
}

/* false = there was none. */
static bool forget_failure(struct dataset *d, struct key k)
{
    if (!errlog_forget(d->errlog, k))
        return false;
    if (d->failures)
        failures_forget(d->failures, k);
    return true;
}

/* Forgets what is known of an element if it is another by now; true = so is its version. */
static bool notice_change(struct dataset *d, struct key k, struct identity id)
{
    const uint64_t known = sizes_look_stamp(d->sizes, k);

    if (known == 0 || known == id.a)
        return false;
    forget_failure(d, k);
    return sizes_renew(d->sizes, k);
}

void dataset_refresh(struct dataset *d, struct key k)
{
    if (sizes_look_stamp(d->sizes, k) != 0)
        notice_change(d, k, dataset_identify(d, k));
}

/* Answers what has failed before, and what needs no worker.  false = it needs one. */
static bool open_at_once(struct dataset *d, struct key k, struct identity id, want_done_fn *done,
                         void *ctx)
{
    OWN(content_unref) struct content *c = NULL;
    struct fault f = {0};
    uint64_t size;
    int r = -EIO;

    if (sizes_look(d->sizes, k, &size) != SIZE_FAILED) {
        r = direct_open(d->direct, k, &f, &c);
        if (r == DIRECT_NOT)
            return false;
        sizes_stamp(d->sizes, k, id.a);
        if (r < 0)
            r = fail_direct(d, k, id, &f);
        else
            sizes_put(d->sizes, k, content_len(c));
    }
    stats_add(d->stats, r < 0 ? STAT_OPENS_FAILED : STAT_OPENS_DIRECT, 1);
    done(ctx, c, r);
    return true;
}

/* Answers what the kernel has whole, with the bytes only if they happen to be there.  false = it
 * does not. */
static bool open_kept(struct dataset *d, struct key k, struct identity id, want_done_fn *done,
                      void *ctx)
{
    OWN(content_unref) struct content *c = NULL;

    if (!sizes_is_kept(d->sizes, k))
        return false;
    c = store_look(d->rooms.stores->store, id, true);
    stats_add(d->stats, c ? STAT_OPENS_MEMORY : STAT_OPENS_KERNEL, 1);
    done(ctx, c, 0);
    return true;
}

void dataset_saw(struct dataset *d, struct key k, bool waited)
{
    if (!wishes_saw(d->wishes, k)) /* who keeps to what he told needs no guessing */
        ahead_saw(d->ahead, k, waited);
    sched_stir(d->sched);
}

struct want *dataset_want(struct dataset *d, struct key k, want_done_fn *done, void *ctx,
                          bool *ret_direct)
{
    const struct identity id = dataset_identify(d, k);

    *ret_direct = notice_change(d, k, id);
    if (*ret_direct) {
        done(ctx, NULL, -ESTALE);
        return NULL;
    }
    stats_add(d->stats, STAT_OPENS, 1);
    *ret_direct = open_at_once(d, k, id, done, ctx);
    if (*ret_direct || open_kept(d, k, id, done, ctx))
        return NULL;
    return sched_want(d->sched, k, id, done, ctx);
}

struct want *dataset_fetch(struct dataset *d, struct key k, uint64_t stamp, want_done_fn *done,
                           void *ctx)
{
    const struct identity id = dataset_identify(d, k);

    if (stamp == 0 || id.a == stamp)
        return sched_want_again(d->sched, k, id, done, ctx);
    done(ctx, NULL, -ESTALE);
    return NULL;
}

bool dataset_unwant(struct dataset *d, struct want *w)
{
    return sched_unwant(d->sched, w);
}

void dataset_kernel_has(struct dataset *d, struct key k, uint64_t stamp)
{
    const struct identity id = dataset_identify(d, k);

    if (id.a != stamp || sizes_look_stamp(d->sizes, k) != stamp)
        return;
    sizes_keep(d->sizes, k);
    store_kernel_has(d->rooms.stores->store, id);
}

/* What is told of an element that is measured on the spot is true of it as it is now.  What comes
 * from no file stays what it is. */
static void note_told(struct dataset *d, struct key k)
{
    if (sizes_look_stamp(d->sizes, k) == 0 && source_stamp(d->rooms.plan, k) != 0)
        sizes_stamp(d->sizes, k, dataset_identify(d, k).a);
}

/* What is remembered from before. */
static enum size_state remember_size(struct dataset *d, struct key k, uint64_t *ret)
{
    struct identity id;

    if (!d->ledger || !ledger_may_have(d->ledger, k))
        return SIZE_UNKNOWN;
    id = dataset_identify(d, k);
    if (ledger_look(d->ledger, k, id, ret) != SIZE_KNOWN)
        return SIZE_UNKNOWN;
    if (sizes_look_stamp(d->sizes, k) == 0)
        sizes_stamp(d->sizes, k, id.a);
    sizes_put(d->sizes, k, *ret);
    return SIZE_KNOWN;
}

enum size_state dataset_look_size(struct dataset *d, struct key k, uint64_t *ret)
{
    enum size_state state = sizes_look(d->sizes, k, ret);
    struct fault f;
    int r;

    if (state != SIZE_UNKNOWN)
        return state;
    r = direct_size(d->direct, k, &f, ret);
    if (r == DIRECT_NOT)
        return remember_size(d, k, ret);
    note_told(d, k);
    return r < 0 ? SIZE_FAILED : SIZE_KNOWN;
}

enum size_state dataset_tell_size(struct dataset *d, struct key k, uint64_t *ret)
{
    enum size_state state = dataset_look_size(d, k, ret);

    return state == SIZE_KNOWN ? state : sizes_tell(d->sizes, k, ret);
}

struct failure *dataset_look_failure(struct dataset *d, struct key k)
{
    return errlog_look(d->errlog, k);
}

bool dataset_forget(struct dataset *d, struct key k)
{
    if (!forget_failure(d, k))
        return false;
    sizes_forget(d->sizes, k);
    return true;
}

void dataset_stop(struct dataset *d, int err)
{
    sched_stop(d->sched, err);
}

const struct plan *dataset_plan(const struct dataset *d)
{
    return d->rooms.plan;
}

struct sizes *dataset_sizes(struct dataset *d)
{
    return d->sizes;
}

struct errlog *dataset_errlog(struct dataset *d)
{
    return d->errlog;
}

struct stats *dataset_stats(struct dataset *d)
{
    return d->stats;
}

struct log *dataset_log(struct dataset *d)
{
    return d->rooms.log;
}

struct wishes *dataset_wishes(struct dataset *d)
{
    return d->wishes;
}

void dataset_stir(struct dataset *d)
{
    sched_stir(d->sched);
}
