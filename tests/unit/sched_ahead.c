/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scheduler and those who foresee: when they are asked, and what becomes of what they tell. */
#include "tests/unit/crews.h"

/* A budget, and contents of which six are more than half of it. */
#define SMALL (UINT64_C(1) << 20)
#define TENTH 100000

static void test_who_is_more_urgent_is_asked_first(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);

    play_hint(play, URGENCY_WARM, 30);
    play_hint(play, URGENCY_STREAM, 20);
    play_hint(play, URGENCY_STREAM, 21);
    play_hint(play, URGENCY_ORDER, 10);
    sched_stir(play->sched);
    play_done(play, 10);
    play_done(play, 20);
    play_hint(play, URGENCY_ORDER, 11);
    play_done(play, 21);
    play_done(play, 11);
    assert_started(play, "10 20 21 11 30");
}

static void test_nobody_is_asked_while_no_worker_is_free(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};

    play_hint(play, URGENCY_ORDER, 1);
    want(play, 5, &t[0]);
    want(play, 6, &t[1]);
    sched_stir(play->sched);
    play_done(play, 5);
    assert_int_equal(play->foresights[URGENCY_ORDER].asked, 0);
    play_done(play, 6);
    assert_started(play, "5 6 1");
    assert_int_equal(play->foresights[URGENCY_ORDER].asked, 1);
}

static void test_without_an_answer_free_workers_stay_free(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(2, PLENTY);

    sched_stir(play->sched);
    assert_started(play, "");
    for (unsigned u = URGENCY_DEMAND + 1; u < URGENCY_N; u++)
        assert_int_equal(play->foresights[u].asked, 1);
}

static void test_every_free_worker_gets_something(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(3, PLENTY);

    for (uint64_t i = 0; i < 5; i++)
        play_hint(play, URGENCY_STREAM, i);
    sched_stir(play->sched);
    assert_started(play, "0 1 2");
    assert_int_equal(play->foresights[URGENCY_STREAM].asked, 3);
}

static void test_demand_goes_before_what_is_foreseen(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};
    struct sched_figures now;

    play_stir(play, URGENCY_STREAM, 1);
    play_stir(play, URGENCY_STREAM, 2);
    want(play, 5, &t[0]);
    want(play, 6, &t[1]);
    sched_look_figures(play->sched, &now);
    assert_int_equal(now.queued, 2);
    assert_int_equal(now.ahead, 1);
    play_done_in_order(play, 4);
    assert_started(play, "1 5 6 2");
    assert_int_equal(stats_look(play->rooms.stats, STAT_AHEAD), 2);
    assert_int_equal(stats_look(play->rooms.stats, STAT_EVALUATIONS), 4);
}

static void test_who_wants_what_is_under_way_joins_it(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    play_stir(play, URGENCY_STREAM, 1);
    assert_non_null(want(play, 1, &t));
    play_done(play, 1);
    assert_told(&t, "000001");
    assert_started(play, "1");
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_JOINED), 1);
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_WAITED), 1);
    assert_int_equal(store_unread(play->rooms.store), 0); /* it has its reader */
}

/* There are fewer workers than it seemed: what was begun is put back. */
static struct crew_play *play_short_of_workers(void)
{
    return play_open(&(struct play_conf){.cap = 1, .n_workers = 2, .budget = PLENTY});
}

static void test_what_was_foreseen_and_is_wanted_becomes_demand(void **state)
{
    OWN(play_free) struct crew_play *play = play_short_of_workers();
    struct told t[3] = {0};

    play_stir(play, URGENCY_STREAM, 1);
    play_stir(play, URGENCY_STREAM, 2); /* refused */
    play_stir(play, URGENCY_STREAM, 3);
    want(play, 5, &t[0]);
    want(play, 2, &t[1]);
    want(play, 6, &t[2]);
    play_done_in_order(play, 5);
    assert_started(play, "1 5 2 6 3");
    assert_told(&t[1], "000002");
    assert_int_equal(stats_look(play->rooms.stats, STAT_AHEAD), 2); /* 1 and 3 */
}

static void want_the_foreseen(struct crew_play *play)
{
    want(play, 2, play->ctx);
}

static void test_what_is_wanted_while_it_is_refused_becomes_demand(void **state)
{
    OWN(play_free) struct crew_play *play = play_short_of_workers();
    struct told t[2] = {0};

    play_stir(play, URGENCY_STREAM, 1);
    play->meanwhile = want_the_foreseen;
    play->ctx = &t[0];
    play_stir(play, URGENCY_STREAM, 2);
    play_hint(play, URGENCY_STREAM, 3);
    want(play, 4, &t[1]);
    play_done_in_order(play, 4);
    assert_told(&t[0], "000002");
    assert_started(play, "1 2 4 3");
}

static void test_what_was_refused_is_next_when_a_worker_is_free(void **state)
{
    OWN(play_free) struct crew_play *play = play_short_of_workers();

    play_stir(play, URGENCY_STREAM, 1);
    play_stir(play, URGENCY_STREAM, 2); /* refused */
    play_stir(play, URGENCY_STREAM, 3);
    play_done_in_order(play, 3);
    assert_started(play, "1 2 3");
}

static void assert_passed(struct crew_play *play, guint i, uint64_t index, bool failed)
{
    const struct play_news *news;

    assert_true(i < play->passed->len);
    news = &g_array_index(play->passed, struct play_news, i);
    assert_int_equal(news->key.index, index);
    assert_int_equal(news->failed, failed);
}

static void test_what_needs_no_work_is_passed_over_and_told(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(2, PLENTY);
    struct told t[4] = {0};

    want(play, 1, &t[0]); /* kept by the store */
    play_done(play, 1);
    want(play, 2, &t[1]); /* failed */
    play_fail(play, 2, EINVAL, false);
    want(play, 3, &t[2]); /* kept by the kernel alone */
    play_done(play, 3);
    sizes_keep(play->rooms.sizes, at(3));
    store_drop(play->rooms.store, play_identity(3));
    want(play, 4, &t[3]); /* under way */
    for (uint64_t i = 1; i <= 5; i++)
        play_hint(play, URGENCY_WARM, i);
    sched_stir(play->sched);
    assert_started(play, "1 2 3 4 5");
    assert_int_equal(play->passed->len, 3);
    assert_passed(play, 0, 1, false);
    assert_passed(play, 1, 2, true);
    assert_passed(play, 2, 3, false);
    assert_int_equal(stats_look(play->rooms.stats, STAT_AHEAD), 1);
}

static void test_what_was_forgotten_is_computed_ahead_once_more(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    want(play, 1, &t);
    play_done(play, 1);
    store_drop(play->rooms.store, play_identity(1)); /* its size is known, its bytes are not */
    play_stir(play, URGENCY_STREAM, 1);
    assert_started(play, "1 1");
    assert_int_equal(play->passed->len, 0);
}

static void test_what_could_not_be_kept_is_not_computed_ahead(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);

    play_change(1, PLAY_NAMELESS);
    play_stir(play, URGENCY_STREAM, 1);
    play_stir(play, URGENCY_STREAM, 2);
    assert_started(play, "2");
}

static void test_a_failure_of_run_ahead_is_told_at_open(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    play_stir(play, URGENCY_STREAM, 7);
    play_fail(play, 7, EINVAL, false);
    assert_null(want(play, 7, &t));
    assert_answered(&t, -EIO);
    assert_int_equal(errlog_len(play->rooms.errlog), 1);
}

static void test_another_attempt_of_run_ahead_waits_behind_demand(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    play_stir(play, URGENCY_STREAM, 1);
    want(play, 2, &t);
    play_fail(play, 1, ENOMEM, true);
    assert_started(play, "1 2");
    play_done(play, 2);
    assert_started(play, "1 2 1");
}

static void test_what_was_computed_ahead_is_unread_until_it_is_opened(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    play_stir(play, URGENCY_STREAM, 1);
    play_done(play, 1);
    assert_true(store_unread(play->rooms.store) > 6);
    assert_null(want(play, 1, &t));
    assert_told(&t, "000001");
    assert_int_equal(store_unread(play->rooms.store), 0);
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_MEMORY), 1);
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_WAITED), 0);
}

/* Half of the budget is unread; there are so many more to come. */
static struct crew_play *play_half_unread(uint64_t more)
{
    struct crew_play *play = play_new(1, SMALL);

    for (uint64_t i = 0; i < 5 + more; i++)
        play_hint(play, URGENCY_STREAM, i);
    sched_stir(play->sched);
    for (uint64_t i = 0; i < 5; i++)
        play_give_bytes(play, i, TENTH);
    return play;
}

static void test_no_more_than_half_of_the_budget_is_unread(void **state)
{
    OWN(play_free) struct crew_play *play = play_half_unread(3);
    struct sched_figures now;
    struct told t = {0};

    sched_stir(play->sched);
    assert_started(play, "0 1 2 3 4");
    sched_look_figures(play->sched, &now);
    assert_int_equal(now.running, 0);
    assert_int_equal(reserved(play), 0);
    assert_null(want(play, 0, &t));
    sched_stir(play->sched);
    assert_started(play, "0 1 2 3 4 5");
    play_give_bytes(play, 5, TENTH);
    assert_started(play, "0 1 2 3 4 5");
}

static void test_demand_does_not_care_what_is_unread(void **state)
{
    OWN(play_free) struct crew_play *play = play_half_unread(3);
    struct told t = {0};

    want(play, 50, &t);
    assert_started(play, "0 1 2 3 4 50");
    play_done(play, 50);
    assert_told(&t, "000050");
}

static void test_who_foresaw_what_was_dropped_unread_is_told(void **state)
{
    OWN(play_free) struct crew_play *play = play_half_unread(0);
    struct told t[8] = {0};

    for (uint64_t i = 0; i < 8; i++) {
        want(play, 50 + i, &t[i]);
        play_give_bytes(play, 50 + i, TENTH);
    }
    assert_true(play->wasted->len > 0);
    for (guint i = 0; i < play->wasted->len; i++)
        assert_int_equal(g_array_index(play->wasted, uint64_t, i),
                         play->foresights[URGENCY_STREAM].owner);
}

static void test_nothing_is_computed_ahead_where_open_files_leave_no_room(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, SMALL);
    OWN(content_unref) struct content *c = NULL;
    struct told t[2] = {0};

    want(play, 0, &t[0]); /* so that most are small */
    play_done(play, 0);
    want(play, 1, &t[1]);
    play_give_bytes(play, 1, SMALL - TENTH / 5);
    c = store_look(play->rooms.store, play_identity(1), true);
    content_pin(c);
    play_stir(play, URGENCY_WARM, 2);
    assert_started(play, "0 1");
    assert_int_equal(stats_look(play->rooms.stats, STAT_AHEAD), 0);
    content_unpin(c);
    sched_stir(play->sched);
    assert_started(play, "0 1 2");
}

/* A reader who has gone does not keep others from being run ahead of. */
static void test_what_stays_unread_for_long_makes_room(void **state)
{
    OWN(play_free) struct crew_play *play = play_half_unread(3);
    struct told t[200] = {0};

    for (uint64_t i = 0; i < G_N_ELEMENTS(t) && play->wasted->len == 0; i++) {
        want(play, 50, &t[i]);
        if (i == 0)
            play_done(play, 50);
        sched_stir(play->sched);
    }
    assert_int_equal(play->wasted->len, 1);
    assert_int_equal(g_array_index(play->wasted, uint64_t, 0),
                     play->foresights[URGENCY_STREAM].owner);
    assert_started(play, "0 1 2 3 4 50 5");
    play_done(play, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_more_urgent_is_asked_first),
        cmocka_unit_test(test_nobody_is_asked_while_no_worker_is_free),
        cmocka_unit_test(test_without_an_answer_free_workers_stay_free),
        cmocka_unit_test(test_every_free_worker_gets_something),
        cmocka_unit_test(test_demand_goes_before_what_is_foreseen),
        cmocka_unit_test(test_who_wants_what_is_under_way_joins_it),
        cmocka_unit_test(test_what_was_foreseen_and_is_wanted_becomes_demand),
        cmocka_unit_test(test_what_is_wanted_while_it_is_refused_becomes_demand),
        cmocka_unit_test(test_what_was_refused_is_next_when_a_worker_is_free),
        cmocka_unit_test(test_what_needs_no_work_is_passed_over_and_told),
        cmocka_unit_test(test_what_was_forgotten_is_computed_ahead_once_more),
        cmocka_unit_test(test_what_could_not_be_kept_is_not_computed_ahead),
        cmocka_unit_test(test_a_failure_of_run_ahead_is_told_at_open),
        cmocka_unit_test(test_another_attempt_of_run_ahead_waits_behind_demand),
        cmocka_unit_test(test_what_was_computed_ahead_is_unread_until_it_is_opened),
        cmocka_unit_test(test_no_more_than_half_of_the_budget_is_unread),
        cmocka_unit_test(test_demand_does_not_care_what_is_unread),
        cmocka_unit_test(test_who_foresaw_what_was_dropped_unread_is_told),
        cmocka_unit_test(test_nothing_is_computed_ahead_where_open_files_leave_no_room),
        cmocka_unit_test(test_what_stays_unread_for_long_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
