/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scheduler: who is answered what, what is started when, what is remembered; and many threads
 * at once. */
#include "fs/sched.h"

#include <stdatomic.h>

#include "tests/unit/crews.h"

#define PLENTY (1 << 20) /* a store's budget */

/* What one want was told. */
struct told {
    unsigned n;
    int err;
    char text[8];
};

static void tell(void *ctx, struct content *content, int err)
{
    struct told *t = ctx;

    t->n++;
    t->err = err;
    if (content)
        assert_int_equal(content_read(content, 0, t->text, sizeof t->text), 6);
}

static struct key at(uint64_t index)
{
    return (struct key){0, index};
}

static struct want *want(struct crew_play *play, uint64_t index, struct told *t)
{
    return sched_want(play->sched, at(index), tell, t);
}

static void assert_told(const struct told *t, const char *text)
{
    assert_int_equal(t->n, 1);
    assert_int_equal(t->err, 0);
    assert_string_equal(t->text, text);
}

static void assert_refused(const struct told *t, int err)
{
    assert_int_equal(t->n, 1);
    assert_int_equal(t->err, err);
}

static bool is_kept(struct crew_play *play, uint64_t index)
{
    OWN(content_unref) struct content *c = store_look(play->rooms.store, at(index), false);

    return c;
}

static void test_a_want_is_answered_when_its_evaluation_ends(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(2, PLENTY);
    struct told t = {0};
    uint64_t size;

    assert_non_null(want(play, 7, &t));
    assert_started(play, "7");
    assert_int_equal(t.n, 0);
    play_done(play, 7);
    assert_told(&t, "000007");
    assert_int_equal(sizes_look(play->rooms.sizes, at(7), &size), SIZE_KNOWN);
    assert_int_equal(size, 6);
}

static void test_one_evaluation_answers_all_who_ask(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(2, PLENTY);
    struct told t[3] = {0};

    for (unsigned i = 0; i < 3; i++)
        assert_non_null(want(play, 7, &t[i]));
    assert_started(play, "7");
    play_done(play, 7);
    for (unsigned i = 0; i < 3; i++)
        assert_told(&t[i], "000007");
}

static void test_what_is_kept_is_answered_at_once(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(2, PLENTY);
    struct told first = {0}, second = {0};

    want(play, 7, &first);
    play_done(play, 7);
    assert_null(want(play, 7, &second));
    assert_told(&second, "000007");
    assert_started(play, "7");
}

static void test_elements_start_in_the_order_in_which_they_are_wanted(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[4] = {0};

    for (unsigned i = 0; i < 4; i++)
        want(play, 9 - i, &t[i]);
    assert_started(play, "9");
    for (unsigned i = 0; i < 4; i++)
        play_done(play, 9 - i);
    assert_started(play, "9 8 7 6");
}

static void test_demand_goes_before_hints(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};

    sched_hint(play->sched, at(1));
    sched_hint(play->sched, at(2));
    want(play, 5, &t[0]);
    want(play, 6, &t[1]);
    for (unsigned i = 0; i < 4; i++)
        play_done(play, g_array_index(play->started, uint64_t, i));
    assert_started(play, "1 5 6 2");
    assert_int_equal(stats_look(play->rooms.stats, STAT_AHEAD), 2);
    assert_int_equal(stats_look(play->rooms.stats, STAT_EVALUATIONS), 4);
}

static void test_a_hint_that_is_wanted_becomes_demand(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};

    sched_hint(play->sched, at(1));
    sched_hint(play->sched, at(2));
    sched_hint(play->sched, at(3));
    want(play, 5, &t[0]);
    want(play, 3, &t[1]);
    for (unsigned i = 0; i < 4; i++)
        play_done(play, g_array_index(play->started, uint64_t, i));
    assert_started(play, "1 5 3 2");
    assert_told(&t[1], "000003");
}

static void test_a_hint_for_what_is_known_starts_nothing(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(4, PLENTY);
    struct told t[3] = {0};
    struct sched_figures now;

    want(play, 1, &t[0]);
    play_done(play, 1);
    want(play, 2, &t[1]);
    play_fail(play, 2, EINVAL, false);
    want(play, 3, &t[2]);
    for (uint64_t i = 1; i <= 3; i++)
        sched_hint(play->sched, at(i));
    assert_started(play, "1 2 3");
    sched_look_figures(play->sched, &now);
    assert_int_equal(now.hinted, 0);
    assert_int_equal(now.running, 1);
    assert_int_equal(now.waiting, 1);
}

static void test_of_too_many_hints_the_oldest_are_dropped(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(0, PLENTY);
    struct sched_figures now;

    for (uint64_t i = 0; i < 5000; i++)
        sched_hint(play->sched, at(i));
    sched_look_figures(play->sched, &now);
    assert_int_equal(now.hinted, 4096);
    play->cap = 1;
    sched_hint(play->sched, at(5000));
    assert_started(play, "905");
}

static void test_a_failure_is_told_recorded_and_told_at_once_from_then_on(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[3] = {0};
    OWN(failure_unref) struct failure *f = NULL;
    g_autoptr(GString) log = g_string_new(NULL);

    want(play, 7, &t[0]);
    play_fail(play, 7, EINVAL, false);
    assert_refused(&t[0], -EIO);
    assert_null(want(play, 7, &t[1]));
    assert_refused(&t[1], -EIO);
    assert_started(play, "7");

    f = errlog_look(play->rooms.errlog, at(7));
    assert_non_null(f);
    assert_string_equal(f->fault.text, "it went wrong");
    assert_int_equal(f->attempt, 1);
    assert_true(f->seconds == 0.5);
    log_print(play->log, log);
    assert_non_null(strstr(log->str, "element a/7: "));
    assert_non_null(strstr(log->str, "it went wrong\n"));

    errlog_forget(play->rooms.errlog, at(7));
    sizes_forget(play->rooms.sizes, at(7));
    assert_non_null(want(play, 7, &t[2]));
    play_done(play, 7);
    assert_told(&t[2], "000007");
}

static void test_what_may_pass_is_tried_again_so_many_times(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};
    OWN(failure_unref) struct failure *f = NULL;

    want(play, 7, &t);
    play_fail(play, 7, ENOMEM, true);
    play_fail(play, 7, ENOMEM, true);
    assert_int_equal(t.n, 0);
    assert_started(play, "7 7 7");
    play_fail(play, 7, ENOMEM, true);
    assert_refused(&t, -EIO);
    assert_started(play, "7 7 7");
    f = errlog_look(play->rooms.errlog, at(7));
    assert_int_equal(f->attempt, 3);
    assert_int_equal(stats_look(play->rooms.stats, STAT_RETRIES), 2);
    assert_int_equal(stats_look(play->rooms.stats, STAT_FAILURES), 1);
}

static void test_another_attempt_goes_before_the_rest(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};

    want(play, 1, &t[0]);
    want(play, 2, &t[1]);
    play_fail(play, 1, ENOMEM, true);
    play_done(play, 1);
    assert_started(play, "1 1 2");
    assert_told(&t[0], "000001");
    assert_null(errlog_look(play->rooms.errlog, at(1)));
}

static void test_a_failure_of_run_ahead_is_told_at_open(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    sched_hint(play->sched, at(7));
    play_fail(play, 7, EINVAL, false);
    assert_null(want(play, 7, &t));
    assert_refused(&t, -EIO);
    assert_int_equal(errlog_len(play->rooms.errlog), 1);
}

static void test_another_attempt_of_run_ahead_remains_a_hint(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    sched_hint(play->sched, at(1));
    want(play, 2, &t);
    play_fail(play, 1, ENOMEM, true);
    assert_started(play, "1 2");
    play_done(play, 2);
    assert_started(play, "1 2 1");
}

static void test_an_evaluation_that_was_cancelled_is_no_failure(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};
    uint64_t size;

    want(play, 7, &t);
    play_fail(play, 7, ECANCELED, false);
    assert_refused(&t, -ECANCELED);
    assert_int_equal(sizes_look(play->rooms.sizes, at(7), &size), SIZE_UNKNOWN);
    assert_int_equal(errlog_len(play->rooms.errlog), 0);
    assert_int_equal(stats_look(play->rooms.stats, STAT_EVALUATIONS), 0);
}

static void test_a_want_that_was_given_up_is_not_answered(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};
    struct want *w = want(play, 7, &t[0]);

    want(play, 7, &t[1]);
    assert_true(sched_unwant(play->sched, w));
    assert_false(sched_unwant(play->sched, w));
    play_done(play, 7);
    assert_int_equal(t[0].n, 0);
    assert_told(&t[1], "000007");
}

static void test_an_evaluation_under_way_goes_on_when_nobody_waits(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    assert_true(sched_unwant(play->sched, want(play, 7, &t)));
    play_done(play, 7);
    assert_int_equal(t.n, 0);
    assert_true(is_kept(play, 7));
}

static void test_a_queued_element_that_nobody_wants_any_more_is_dropped(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[3] = {0};
    struct want *w;

    want(play, 1, &t[0]);
    w = want(play, 2, &t[1]);
    want(play, 3, &t[2]);
    assert_true(sched_unwant(play->sched, w));
    play_done(play, 1);
    assert_started(play, "1 3");
}

static void test_a_ticket_outlives_its_want_and_means_no_other(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};
    struct want *w = want(play, 7, &t[0]);

    play_done(play, 7);
    for (uint64_t i = 0; i < 100; i++)
        want(play, 1000 + i, &t[1]);
    assert_false(sched_unwant(play->sched, w));
    assert_false(sched_unwant(play->sched, NULL));
}

static void test_stopping_answers_all_and_takes_no_more(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[4] = {0};
    struct sched_figures now;

    want(play, 1, &t[0]);
    want(play, 2, &t[1]);
    want(play, 2, &t[2]);
    sched_hint(play->sched, at(3));
    sched_stop(play->sched, -ENODEV);
    for (unsigned i = 0; i < 3; i++)
        assert_refused(&t[i], -ENODEV);
    assert_null(want(play, 4, &t[3]));
    assert_refused(&t[3], -ENODEV);
    sched_hint(play->sched, at(5));
    play_fail(play, 1, ENOMEM, true);
    assert_started(play, "1");
    sched_look_figures(play->sched, &now);
    assert_int_equal(now.queued + now.hinted + now.running + now.waiting, 0);
}

struct chain {
    struct crew_play *play;
    unsigned n;
};

static void want_next(void *ctx, struct content *content, int err)
{
    struct chain *c = ctx;

    if (c->n++ < 5)
        sched_want(c->play->sched, at(c->n), want_next, c);
}

static void test_who_is_answered_may_want_more(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct chain c = {play, 0};

    sched_want(play->sched, at(0), want_next, &c);
    for (uint64_t i = 0; i < 6; i++)
        play_done(play, i);
    assert_started(play, "0 1 2 3 4 5");
    assert_int_equal(c.n, 6);
}

static void test_what_the_store_cannot_keep_is_answered_all_the_same(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, 10);
    struct told t[2] = {0};

    want(play, 7, &t[0]);
    want(play, 7, &t[1]);
    play_done(play, 7);
    assert_told(&t[0], "000007");
    assert_told(&t[1], "000007");
    assert_false(is_kept(play, 7));
}

static void end_first(struct crew_play *play)
{
    play_done(play, 1);
}

static void test_a_worker_that_gets_free_while_a_job_is_refused_gets_it(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};

    want(play, 1, &t[0]);
    play->meanwhile = end_first;
    want(play, 2, &t[1]);
    assert_started(play, "1 2");
}

static void want_the_hinted(struct crew_play *play)
{
    want(play, 2, play->ctx);
}

static void test_a_hint_that_is_wanted_while_it_is_refused_becomes_demand(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};

    sched_hint(play->sched, at(1));
    sched_hint(play->sched, at(2));
    play->meanwhile = want_the_hinted;
    play->ctx = &t[0];
    sched_hint(play->sched, at(3));
    want(play, 4, &t[1]);
    for (unsigned i = 0; i < 4; i++)
        play_done(play, g_array_index(play->started, uint64_t, i));
    assert_told(&t[0], "000002");
    assert_started(play, "1 2 4 3");
}

static void give_up(struct crew_play *play)
{
    assert_true(sched_unwant(play->sched, play->ctx));
}

static void test_what_is_given_up_while_it_is_refused_is_dropped(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[3] = {0};

    want(play, 1, &t[0]);
    play->ctx = want(play, 2, &t[1]);
    play->meanwhile = give_up;
    want(play, 3, &t[2]);
    play_done(play, 1);
    play_done(play, 3);
    assert_started(play, "1 3");
    assert_int_equal(t[1].n, 0);
}

/* The race of all functions: clients want, give up and hint; workers end evaluations, well or not.
 */
#define RACE_KEYS 40
#define RACE_CLIENTS 3
#define RACE_WORKERS 2
#define RACE_WANTS 4000

struct race {
    struct sched_rooms rooms;
    struct sched *sched;
    GAsyncQueue *work; /* index + 1 of what a worker is to do; RACE_KEYS sends it home */
    atomic_int free;   /* workers */
};

struct race_want {
    atomic_uint n_told;
    bool given_up;
};

static bool race_offer(void *crew, struct key k)
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

static gpointer race_worker(gpointer data)
{
    struct race *r = data;
    uint64_t index;

    for (unsigned n = 0;; n++) {
        struct fault f = {0};
        struct outcome o = {.fault = &f};

        index = GPOINTER_TO_SIZE(g_async_queue_pop(r->work)) - 1;
        if (index == RACE_KEYS)
            return NULL;
        if (n % 5 == 4) {
            fault_set(&f, EIO, "bad luck");
            f.transient = n % 2;
        } else {
            o.own_content = play_content(index);
        }
        atomic_fetch_add(&r->free, 1);
        sched_done(r->sched, at(index), &o);
    }
}

static void race_tell(void *ctx, struct content *content, int err)
{
    struct race_want *w = ctx;

    atomic_fetch_add(&w->n_told, 1);
    if (err == 0 && content_len(content) != 6)
        abort();
}

static gpointer race_client(gpointer data)
{
    struct race *r = data;
    struct race_want *wants = g_new0(struct race_want, RACE_WANTS);
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    for (unsigned i = 0; i < RACE_WANTS; i++) {
        struct key k = at((uint64_t)g_rand_int_range(random, 0, RACE_KEYS));
        struct want *w = sched_want(r->sched, k, race_tell, &wants[i]);

        if (g_rand_int_range(random, 0, 3) == 0)
            wants[i].given_up = sched_unwant(r->sched, w);
        if (g_rand_int_range(random, 0, 4) == 0)
            sched_hint(r->sched, at((uint64_t)g_rand_int_range(random, 0, RACE_KEYS)));
        if (errlog_forget(r->rooms.errlog, k))
            sizes_forget(r->rooms.sizes, k);
    }
    return wants;
}

/* stop_at: how many evaluations end before the scheduler is stopped; 0 = it is not. */
static void run_race(uint64_t stop_at)
{
    OWN(play_free) struct crew_play *play = play_new(0, 2000);
    struct race r = {.rooms = play->rooms,
                     .sched = play->sched,
                     .work = g_async_queue_new(),
                     .free = RACE_WORKERS};
    GThread *clients[RACE_CLIENTS], *workers[RACE_WORKERS];
    struct race_want *wants[RACE_CLIENTS];
    struct sched_figures now;

    sched_set_crew(play->sched, race_offer, &r);
    for (unsigned i = 0; i < RACE_WORKERS; i++)
        workers[i] = g_thread_new("worker", race_worker, &r);
    for (unsigned i = 0; i < RACE_CLIENTS; i++)
        clients[i] = g_thread_new("client", race_client, &r);
    while (stats_look(play->rooms.stats, STAT_EVALUATIONS) < stop_at)
        g_thread_yield();
    if (stop_at)
        sched_stop(play->sched, -ENODEV);
    for (unsigned i = 0; i < RACE_CLIENTS; i++)
        wants[i] = g_thread_join(clients[i]);
    /* What is still queued is for the workers alone to finish: no job may be left lying. */
    do {
        sched_look_figures(play->sched, &now);
        g_thread_yield();
    } while (now.queued + now.hinted + now.running > 0);
    for (unsigned i = 0; i < RACE_WORKERS; i++)
        g_async_queue_push(r.work, GSIZE_TO_POINTER(RACE_KEYS + 1));
    for (unsigned i = 0; i < RACE_WORKERS; i++)
        g_thread_join(workers[i]);
    for (unsigned c = 0; c < RACE_CLIENTS; c++) {
        for (unsigned i = 0; i < RACE_WANTS; i++)
            assert_int_equal(atomic_load(&wants[c][i].n_told) + wants[c][i].given_up, 1);
        g_free(wants[c]);
    }
    g_async_queue_unref(r.work);
}

static void test_threads_have_every_want_answered_or_given_up_exactly_once(void **state)
{
    run_race(0);
}

static void test_so_they_have_while_it_is_stopped(void **state)
{
    run_race(RACE_KEYS / 2); /* every element is evaluated at least once, so this many are */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_want_is_answered_when_its_evaluation_ends),
        cmocka_unit_test(test_one_evaluation_answers_all_who_ask),
        cmocka_unit_test(test_what_is_kept_is_answered_at_once),
        cmocka_unit_test(test_elements_start_in_the_order_in_which_they_are_wanted),
        cmocka_unit_test(test_demand_goes_before_hints),
        cmocka_unit_test(test_a_hint_that_is_wanted_becomes_demand),
        cmocka_unit_test(test_a_hint_for_what_is_known_starts_nothing),
        cmocka_unit_test(test_of_too_many_hints_the_oldest_are_dropped),
        cmocka_unit_test(test_a_failure_is_told_recorded_and_told_at_once_from_then_on),
        cmocka_unit_test(test_what_may_pass_is_tried_again_so_many_times),
        cmocka_unit_test(test_another_attempt_goes_before_the_rest),
        cmocka_unit_test(test_a_failure_of_run_ahead_is_told_at_open),
        cmocka_unit_test(test_another_attempt_of_run_ahead_remains_a_hint),
        cmocka_unit_test(test_an_evaluation_that_was_cancelled_is_no_failure),
        cmocka_unit_test(test_a_want_that_was_given_up_is_not_answered),
        cmocka_unit_test(test_an_evaluation_under_way_goes_on_when_nobody_waits),
        cmocka_unit_test(test_a_queued_element_that_nobody_wants_any_more_is_dropped),
        cmocka_unit_test(test_a_ticket_outlives_its_want_and_means_no_other),
        cmocka_unit_test(test_stopping_answers_all_and_takes_no_more),
        cmocka_unit_test(test_who_is_answered_may_want_more),
        cmocka_unit_test(test_what_the_store_cannot_keep_is_answered_all_the_same),
        cmocka_unit_test(test_a_worker_that_gets_free_while_a_job_is_refused_gets_it),
        cmocka_unit_test(test_a_hint_that_is_wanted_while_it_is_refused_becomes_demand),
        cmocka_unit_test(test_what_is_given_up_while_it_is_refused_is_dropped),
        cmocka_unit_test(test_threads_have_every_want_answered_or_given_up_exactly_once),
        cmocka_unit_test(test_so_they_have_while_it_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
