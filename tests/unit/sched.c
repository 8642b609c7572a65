/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scheduler: who is answered what, in which order it is started, what is remembered. */
#include "tests/unit/crews.h"

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

static void test_a_failure_is_told_recorded_and_told_at_once_from_then_on(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[3] = {0};
    OWN(failure_unref) struct failure *f = NULL;
    g_autoptr(GString) log = g_string_new(NULL);

    want(play, 7, &t[0]);
    play_fail(play, 7, EINVAL, false);
    assert_answered(&t[0], -EIO);
    assert_null(want(play, 7, &t[1]));
    assert_answered(&t[1], -EIO);
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
    assert_answered(&t, -EIO);
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

static void test_an_evaluation_that_was_cancelled_is_no_failure(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};
    uint64_t size;

    want(play, 7, &t);
    play_fail(play, 7, ECANCELED, false);
    assert_answered(&t, -ECANCELED);
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
    play_hint(play, URGENCY_STREAM, 3);
    sched_stop(play->sched, -ENODEV);
    for (unsigned i = 0; i < 3; i++)
        assert_answered(&t[i], -ENODEV);
    assert_null(want(play, 4, &t[3]));
    assert_answered(&t[3], -ENODEV);
    sched_stir(play->sched);
    play_fail(play, 1, ENOMEM, true);
    assert_started(play, "1");
    sched_look_figures(play->sched, &now);
    assert_int_equal(now.queued + now.ahead + now.running + now.waiting, 0);
    assert_int_equal(play->foresights[URGENCY_STREAM].asked, 0);
}

struct chain {
    struct crew_play *play;
    unsigned n;
};

static void want_next(void *ctx, struct content *content, int err)
{
    struct chain *c = ctx;

    if (c->n++ < 5)
        sched_want(c->play->sched, at(c->n), play_identity(c->n), want_next, c);
}

static void test_who_is_answered_may_want_more(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct chain c = {play, 0};

    sched_want(play->sched, at(0), play_identity(0), want_next, &c);
    for (uint64_t i = 0; i < 6; i++)
        play_done(play, i);
    assert_started(play, "0 1 2 3 4 5");
    assert_int_equal(c.n, 6);
}

static void test_what_the_store_cannot_keep_is_answered_all_the_same(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, 10);
    struct told t[3] = {0};

    want(play, 7, &t[0]);
    want(play, 7, &t[1]);
    play_done(play, 7);
    assert_told(&t[0], "000007");
    assert_told(&t[1], "000007");
    want(play, 8, &t[2]);
    play_done(play, 8);
    assert_told(&t[2], "000008");
    assert_false(is_kept(play, 7));
}

static void test_with_a_full_budget_demand_goes_on_one_at_a_time(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(4, 10);
    struct told t[3] = {0};

    for (unsigned i = 0; i < 3; i++)
        want(play, i, &t[i]);
    assert_started(play, "0");
    play_done(play, 0);
    assert_started(play, "0 1");
    play_fail(play, 1, EINVAL, false);
    assert_started(play, "0 1 2");
    play_done(play, 2);
    assert_told(&t[2], "000002");
}

static void test_what_open_files_hold_leaves_demand_one_at_a_time(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(2, UINT64_C(1) << 20);
    OWN(content_unref) struct content *c = NULL;
    struct told t[3] = {0};

    want(play, 1, &t[0]);
    play_give_bytes(play, 1, 1000000);
    c = store_look(play->rooms.store, play_identity(1), true);
    content_pin(c);
    want(play, 2, &t[1]);
    want(play, 3, &t[2]);
    assert_started(play, "1 2");
    content_unpin(c);
    play_done(play, 2);
    assert_started(play, "1 2 3");
}

static void test_what_a_job_will_need_is_reserved_and_given_back_however_it_ends(void **state)
{
    OWN(play_free)
    struct crew_play *play =
        play_open(&(struct play_conf){.cap = 1, .n_workers = 2, .budget = PLENTY});
    struct told t[5] = {0};

    want(play, 1, &t[0]);
    assert_true(reserved(play) > 0);
    play_done(play, 1);
    assert_int_equal(reserved(play), 0);

    want(play, 2, &t[1]);
    assert_int_equal(reserved(play), 6); /* as much as others took */
    want(play, 3, &t[2]);                /* the crew refuses it */
    assert_int_equal(reserved(play), 6);
    play_fail(play, 2, ENOMEM, true); /* another attempt */
    assert_int_equal(reserved(play), 6);
    play_fail(play, 2, EINVAL, false);
    assert_int_equal(reserved(play), 6); /* of 3 */
    play_change(3, 1);
    play_done(play, 3); /* again, since it is another */
    assert_int_equal(reserved(play), 6);
    play_fail(play, 3, ECANCELED, false);
    assert_int_equal(reserved(play), 0);

    assert_true(sched_unwant(play->sched, want(play, 4, &t[3])));
    assert_int_equal(reserved(play), 6);
    play_done(play, 4);
    assert_int_equal(reserved(play), 0);

    want(play, 5, &t[4]);
    sched_stop(play->sched, -ENODEV);
    assert_int_equal(reserved(play), 6);
    play_done(play, 5);
    assert_int_equal(reserved(play), 0);
}

static void end_first(struct crew_play *play)
{
    play_done(play, 1);
}

static void test_a_worker_that_gets_free_while_a_job_is_refused_gets_it(void **state)
{
    OWN(play_free)
    struct crew_play *play =
        play_open(&(struct play_conf){.cap = 1, .n_workers = 2, .budget = PLENTY});
    struct told t[2] = {0};

    want(play, 1, &t[0]);
    play->meanwhile = end_first;
    want(play, 2, &t[1]);
    assert_started(play, "1 2");
}

static void give_up(struct crew_play *play)
{
    assert_true(sched_unwant(play->sched, play->ctx));
}

static void test_what_is_given_up_while_it_is_refused_is_dropped(void **state)
{
    OWN(play_free)
    struct crew_play *play =
        play_open(&(struct play_conf){.cap = 1, .n_workers = 2, .budget = PLENTY});
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_want_is_answered_when_its_evaluation_ends),
        cmocka_unit_test(test_one_evaluation_answers_all_who_ask),
        cmocka_unit_test(test_what_is_kept_is_answered_at_once),
        cmocka_unit_test(test_elements_start_in_the_order_in_which_they_are_wanted),
        cmocka_unit_test(test_a_failure_is_told_recorded_and_told_at_once_from_then_on),
        cmocka_unit_test(test_what_may_pass_is_tried_again_so_many_times),
        cmocka_unit_test(test_another_attempt_goes_before_the_rest),
        cmocka_unit_test(test_an_evaluation_that_was_cancelled_is_no_failure),
        cmocka_unit_test(test_a_want_that_was_given_up_is_not_answered),
        cmocka_unit_test(test_an_evaluation_under_way_goes_on_when_nobody_waits),
        cmocka_unit_test(test_a_queued_element_that_nobody_wants_any_more_is_dropped),
        cmocka_unit_test(test_a_ticket_outlives_its_want_and_means_no_other),
        cmocka_unit_test(test_stopping_answers_all_and_takes_no_more),
        cmocka_unit_test(test_who_is_answered_may_want_more),
        cmocka_unit_test(test_what_the_store_cannot_keep_is_answered_all_the_same),
        cmocka_unit_test(test_with_a_full_budget_demand_goes_on_one_at_a_time),
        cmocka_unit_test(test_what_open_files_hold_leaves_demand_one_at_a_time),
        cmocka_unit_test(test_what_a_job_will_need_is_reserved_and_given_back_however_it_ends),
        cmocka_unit_test(test_a_worker_that_gets_free_while_a_job_is_refused_gets_it),
        cmocka_unit_test(test_what_is_given_up_while_it_is_refused_is_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
