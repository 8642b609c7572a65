/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All functions of the scheduler at once, from many threads: clients want and give up, sources
 * change, others foresee; workers end evaluations, well or not; the disk has some. */
#include "tests/unit/crews.h"
#include "tests/unit/folder.h"

#define KEYS 40
#define CLIENTS 3
#define WORKERS 2
#define WANTS 4000

struct race {
    struct crew_play *play;
    struct sched *sched;
    struct sched_rooms rooms;
    GAsyncQueue *work; /* index + 1 of what a worker is to do; KEYS sends it home */
    atomic_int free;   /* workers */
    unsigned foreseen; /* under the scheduler's lock */
};

struct race_want {
    atomic_uint n_told;
    bool given_up;
};

static bool offer(void *crew, struct key k)
{
    struct race *r = crew;
    int left = atomic_load(&r->free);

    do {
        if (left == 0)
            return false;
    } while (!atomic_compare_exchange_weak(&r->free, &left, left - 1));
    g_async_queue_push(r->work, GSIZE_TO_POINTER(k.index + 1));
    return true;
}

/* Every element again and again, but not for ever. */
static bool foresee(void *ctx, struct key *ret, uint64_t *ret_owner)
{
    struct race *r = ctx;

    if (r->foreseen == WANTS)
        return false;
    *ret = at(r->foreseen++ % KEYS);
    *ret_owner = 1;
    return true;
}

static gpointer work(gpointer data)
{
    struct race *r = data;
    uint64_t index;

    for (unsigned n = 0;; n++) {
        struct fault f = {0};
        struct outcome o = {.fault = &f};

        index = GPOINTER_TO_SIZE(g_async_queue_pop(r->work)) - 1;
        if (index == KEYS)
            return NULL;
        if (n % 5 == 4) {
            fault_set(&f, EIO, "bad luck");
            f.transient = n % 2;
        } else {
            o.own_content = play_content(r->play, index);
        }
        atomic_fetch_add(&r->free, 1);
        sched_done(r->sched, at(index), &o);
    }
}

static void tell_racer(void *ctx, struct content *content, int err)
{
    struct race_want *w = ctx;

    atomic_fetch_add(&w->n_told, 1);
    if (err == 0 && content_len(content) != 6)
        abort();
}

static gpointer act(gpointer data)
{
    struct race *r = data;
    struct race_want *wants = g_new0(struct race_want, WANTS);
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    for (unsigned i = 0; i < WANTS; i++) {
        struct key k = at((uint64_t)g_rand_int_range(random, 0, KEYS));
        struct want *w = sched_want(r->sched, k, play_identity(k.index), tell_racer, &wants[i]);

        if (g_rand_int_range(random, 0, 3) == 0)
            wants[i].given_up = sched_unwant(r->sched, w);
        if (g_rand_int_range(random, 0, 4) == 0)
            sched_stir(r->sched);
        if (g_rand_int_range(random, 0, 50) == 0)
            play_change(k.index, i % 20 ? i : PLAY_NAMELESS);
        if (errlog_forget(r->rooms.errlog, k))
            sizes_forget(r->rooms.sizes, k);
    }
    return wants;
}

/* What is still under way is for the workers and the disk alone to finish: no job may be left
 * lying, but what nobody waits for. */
static void wait_until_idle(struct race *r)
{
    struct sched_figures now;

    do {
        g_thread_yield();
        sched_look_figures(r->sched, &now);
    } while (now.running + now.fetching + now.waiting > 0 || now.queued > now.ahead);
}

/* The scheduler is stopped once so many evaluations have ended; 0 = it is not. */
static void race(struct race *r, uint64_t stop_at)
{
    GThread *clients[CLIENTS], *workers[WORKERS];
    struct race_want *wants[CLIENTS];

    for (unsigned i = 0; i < WORKERS; i++)
        workers[i] = g_thread_new("worker", work, r);
    for (unsigned i = 0; i < CLIENTS; i++)
        clients[i] = g_thread_new("client", act, r);
    while (stats_look(r->rooms.stats, STAT_EVALUATIONS) < stop_at)
        g_thread_yield();
    if (stop_at)
        sched_stop(r->sched, -ENODEV);
    for (unsigned i = 0; i < CLIENTS; i++)
        wants[i] = g_thread_join(clients[i]);
    wait_until_idle(r);
    for (unsigned i = 0; i < WORKERS; i++)
        g_async_queue_push(r->work, GSIZE_TO_POINTER(KEYS + 1));
    for (unsigned i = 0; i < WORKERS; i++)
        g_thread_join(workers[i]);
    for (unsigned c = 0; c < CLIENTS; c++) {
        for (unsigned i = 0; i < WANTS; i++)
            assert_int_equal(atomic_load(&wants[c][i].n_told) + wants[c][i].given_up, 1);
        g_free(wants[c]);
    }
}

static void run(const struct folder *d, bool with_disk, uint64_t stop_at)
{
    g_autofree char *path = folder_path(d, "vault");
    OWN(play_free)
    struct crew_play *play = play_open(&(struct play_conf){
        .n_workers = WORKERS, .budget = 2000, .vault = with_disk ? path : NULL});
    struct race r = {.play = play,
                     .rooms = play->rooms,
                     .sched = play->sched,
                     .work = g_async_queue_new(),
                     .free = WORKERS};

    sched_set_crew(play->sched, offer, &r);
    sched_set_foresight(play->sched, URGENCY_STREAM, (struct foresight){foresee, &r});
    race(&r, stop_at);
    /* What waits for room goes on waiting. */
    assert_int_equal(reserved(play), 0);
    sched_stop(play->sched, -ENODEV);
    sched_settle(play->sched);
    g_async_queue_unref(r.work);
}

static void test_threads_have_every_want_answered_or_given_up_exactly_once(void **state)
{
    run(*state, false, 0);
}

static void test_so_they_have_with_a_disk(void **state)
{
    run(*state, true, 0);
}

/* Of the elements at least half are evaluated, with or without luck. */
static void test_so_they_have_while_it_is_stopped(void **state)
{
    run(*state, false, KEYS / 2);
}

static void test_so_they_have_while_it_is_stopped_with_a_disk(void **state)
{
    run(*state, true, KEYS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_threads_have_every_want_answered_or_given_up_exactly_once),
        IN_FOLDER(test_so_they_have_with_a_disk),
        IN_FOLDER(test_so_they_have_while_it_is_stopped),
        IN_FOLDER(test_so_they_have_while_it_is_stopped_with_a_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
