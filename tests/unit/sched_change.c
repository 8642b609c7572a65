/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scheduler and what elements are: sources that change, values without a name, one value under
 * several indices; and who is told of what becomes known. */
#include "tests/unit/crews.h"

static void assert_learnt(struct crew_play *play, guint i, struct key k, struct identity id,
                          uint64_t size)
{
    const struct play_news *news;

    assert_true(i < play->learnt->len);
    news = &g_array_index(play->learnt, struct play_news, i);
    assert_true(key_equal(&news->key, &k));
    assert_true(identity_equal(news->id, id));
    assert_false(news->failed);
    assert_int_equal(news->size, size);
}

static void test_a_source_that_changed_meanwhile_has_its_element_computed_again(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    want(play, 7, &t);
    play_change(7, 1);
    play_give(play, 7, "old");
    assert_int_equal(t.n, 0);
    assert_started(play, "7 7");
    play_give(play, 7, "new!");
    assert_told(&t, "new!");
    assert_true(is_kept(play, 7));
    assert_int_equal(sizes_look_stamp(play->rooms.sizes, at(7)), play_identity(7).a);
    assert_int_equal(play->learnt->len, 1);
    assert_learnt(play, 0, at(7), play_identity(7), 4);
}

static void test_a_failure_of_what_changed_meanwhile_is_none(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    want(play, 7, &t);
    play_change(7, 1);
    play_fail(play, 7, EINVAL, false);
    assert_int_equal(t.n, 0);
    assert_int_equal(errlog_len(play->rooms.errlog), 0);
    play_done(play, 7);
    assert_told(&t, "000007");
}

/* A source that never keeps still: the last of four evaluations is under way. */
static void keep_changing(struct crew_play *play, struct told *t)
{
    want(play, 7, t);
    for (unsigned i = 1; i <= 3; i++) {
        play_change(7, i);
        play_give(play, 7, "old");
    }
    play_change(7, 4);
    assert_int_equal(t->n, 0);
    assert_started(play, "7 7 7 7");
}

static void test_what_keeps_changing_is_computed_three_times_more_and_not_kept(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};
    struct store_figures kept;

    keep_changing(play, &t[0]);
    play_give(play, 7, "last");
    assert_told(&t[0], "last");
    assert_started(play, "7 7 7 7");
    store_look_figures(play->rooms.store, &kept);
    assert_int_equal(kept.n, 0);
    assert_int_equal(play->learnt->len, 1);
    assert_learnt(play, 0, at(7), (struct identity){0}, 4); /* not to be remembered */
    assert_non_null(want(play, 7, &t[1]));
    play_give(play, 7, "still");
    assert_told(&t[1], "still");
}

/* By its stamp, the next open finds the element to be another. */
static void assert_stamped_as_before(struct crew_play *play, uint64_t index)
{
    const uint64_t stamp = sizes_look_stamp(play->rooms.sizes, at(index));

    assert_int_not_equal(stamp, 0);
    assert_int_not_equal(stamp, play_identity(index).a);
}

static void test_what_keeps_changing_is_noticed_at_the_next_open(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    keep_changing(play, &t);
    play_give(play, 7, "last");
    assert_stamped_as_before(play, 7);
}

static void test_so_it_is_when_it_fails(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};

    keep_changing(play, &t);
    play_fail(play, 7, EINVAL, false);
    assert_answered(&t, -EIO);
    assert_stamped_as_before(play, 7);
    assert_true(identity_is_none(g_array_index(play->learnt, struct play_news, 0).id));
}

static void test_readers_of_two_versions_all_get_the_present_one(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};

    want(play, 7, &t[0]);
    play_change(7, 1);
    want(play, 7, &t[1]);
    play_give(play, 7, "old");
    play_give(play, 7, "new");
    assert_told(&t[0], "new");
    assert_told(&t[1], "new");
    assert_started(play, "7 7");
}

static void test_a_version_that_is_kept_does_not_answer_for_another(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[3] = {0};

    want(play, 7, &t[0]);
    play_give(play, 7, "one");
    play_change(7, 1);
    assert_non_null(want(play, 7, &t[1]));
    play_give(play, 7, "two");
    assert_told(&t[1], "two");
    play_change(7, 0);
    assert_null(want(play, 7, &t[2]));
    assert_told(&t[2], "one");
}

static void test_what_changed_while_it_was_queued_is_computed_once(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[3] = {0};

    want(play, 5, &t[0]);
    want(play, 7, &t[1]);
    play_change(7, 1);
    want(play, 7, &t[2]);
    play_done(play, 5);
    play_give(play, 7, "new");
    assert_started(play, "5 7");
    assert_told(&t[1], "new");
    assert_true(is_kept(play, 7));
}

static void test_what_has_no_identity_is_computed_each_time_and_never_kept(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t[2] = {0};
    struct store_figures kept;

    play_change(7, PLAY_NAMELESS);
    for (unsigned i = 0; i < 2; i++) {
        assert_non_null(want(play, 7, &t[i]));
        play_done(play, 7);
        assert_told(&t[i], "000007");
    }
    assert_started(play, "7 7");
    store_look_figures(play->rooms.store, &kept);
    assert_int_equal(kept.n, 0);
    assert_int_equal(sizes_look_stamp(play->rooms.sizes, at(7)), 0);
    assert_learnt(play, 0, at(7), (struct identity){0}, 6);
}

static void test_another_size_than_was_remembered_is_another_version(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct sizes *sizes = play->rooms.sizes;
    struct told t[3] = {0};
    uint64_t size;

    want(play, 7, &t[0]);
    play_give(play, 7, "abc");
    store_drop(play->rooms.store, play_identity(7));
    want(play, 7, &t[1]);
    play_give(play, 7, "xyz");
    assert_int_equal(sizes_version(sizes, at(7)), 0);
    store_drop(play->rooms.store, play_identity(7));
    want(play, 7, &t[2]);
    play_give(play, 7, "abcd");
    assert_int_equal(sizes_version(sizes, at(7)), 1);
    assert_int_equal(sizes_look(sizes, at(7), &size), SIZE_KNOWN);
    assert_int_equal(size, 4);
    assert_int_equal(sizes_look_stamp(sizes, at(7)), play_identity(7).a);
}

static void test_what_comes_of_another_source_is_another_version_whatever_its_size(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct sizes *sizes = play->rooms.sizes;
    struct told t[3] = {0};

    want(play, 7, &t[0]);
    play_give(play, 7, "abc");
    assert_int_equal(sizes_version(sizes, at(7)), 0);
    play_change(7, 1);
    want(play, 7, &t[1]);
    play_give(play, 7, "xyz");
    assert_told(&t[1], "xyz");
    assert_int_equal(sizes_version(sizes, at(7)), 1);
    play_change(7, 2);
    want(play, 7, &t[2]);
    play_fail(play, 7, EINVAL, false);
    assert_int_equal(t[2].n, 1);
    assert_int_equal(sizes_version(sizes, at(7)), 2);
}

static void test_who_finds_the_value_of_another_element_learns_its_size(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    const struct key twin = {1, 7};
    struct told t[2] = {0};
    uint64_t size;

    want(play, 7, &t[0]);
    play_done(play, 7);
    assert_null(sched_want(play->sched, twin, play_identity(7), tell, &t[1]));
    assert_told(&t[1], "000007");
    assert_int_equal(sizes_look(play->rooms.sizes, twin, &size), SIZE_KNOWN);
    assert_int_equal(size, 6);
    assert_int_equal(sizes_look_stamp(play->rooms.sizes, twin), play_identity(7).a);
    assert_int_equal(play->learnt->len, 2);
    assert_learnt(play, 1, twin, play_identity(7), 6);
}

static void test_so_it_is_ahead_of_its_reader(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    const struct key twin = {1, 7};
    struct told t = {0};
    uint64_t size;

    want(play, 7, &t);
    play_done(play, 7);
    g_queue_push_tail(&play->foresights[URGENCY_WARM].keys, g_memdup2(&twin, sizeof twin));
    sched_stir(play->sched);
    assert_started(play, "7");
    assert_int_equal(sizes_look(play->rooms.sizes, twin, &size), SIZE_KNOWN);
    assert_int_equal(play->passed->len, 1);
}

static void test_what_was_learnt_of_an_element_is_told(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    const struct play_news *news;
    struct told t[4] = {0};

    want(play, 1, &t[0]);
    want(play, 1, &t[1]); /* joins */
    play_done(play, 1);
    want(play, 1, &t[2]); /* finds it */
    want(play, 2, &t[3]);
    play_fail(play, 2, ENOMEM, true); /* may pass */
    play_fail(play, 2, EINVAL, false);
    assert_int_equal(play->learnt->len, 2);
    assert_learnt(play, 0, at(1), play_identity(1), 6);
    news = &g_array_index(play->learnt, struct play_news, 1);
    assert_true(news->failed);
    assert_int_equal(news->key.index, 2);
    assert_true(identity_equal(news->id, play_identity(2)));
}

static void test_a_failure_that_was_found_without_a_worker_is_one_like_any_other(void **state)
{
    OWN(play_free) struct crew_play *play = play_new(1, PLENTY);
    struct told t = {0};
    struct fault f = {0};

    fault_set(&f, ENOENT, "it is gone");
    sched_fail(play->sched, at(7), play_identity(7), &f, 0.25);
    assert_null(want(play, 7, &t));
    assert_answered(&t, -EIO);
    assert_int_equal(sizes_look_stamp(play->rooms.sizes, at(7)), play_identity(7).a);
    assert_int_equal(play->learnt->len, 1);
    assert_true(g_array_index(play->learnt, struct play_news, 0).failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_source_that_changed_meanwhile_has_its_element_computed_again),
        cmocka_unit_test(test_a_failure_of_what_changed_meanwhile_is_none),
        cmocka_unit_test(test_what_keeps_changing_is_computed_three_times_more_and_not_kept),
        cmocka_unit_test(test_what_keeps_changing_is_noticed_at_the_next_open),
        cmocka_unit_test(test_so_it_is_when_it_fails),
        cmocka_unit_test(test_readers_of_two_versions_all_get_the_present_one),
        cmocka_unit_test(test_a_version_that_is_kept_does_not_answer_for_another),
        cmocka_unit_test(test_what_changed_while_it_was_queued_is_computed_once),
        cmocka_unit_test(test_what_has_no_identity_is_computed_each_time_and_never_kept),
        cmocka_unit_test(test_another_size_than_was_remembered_is_another_version),
        cmocka_unit_test(test_what_comes_of_another_source_is_another_version_whatever_its_size),
        cmocka_unit_test(test_who_finds_the_value_of_another_element_learns_its_size),
        cmocka_unit_test(test_so_it_is_ahead_of_its_reader),
        cmocka_unit_test(test_what_was_learnt_of_an_element_is_told),
        cmocka_unit_test(test_a_failure_that_was_found_without_a_worker_is_one_like_any_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
