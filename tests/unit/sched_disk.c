/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scheduler and the disk: what is fetched, for whom, and what becomes of it when the disk does
 * not have it, is slow, or has another version. */
#include "tests/unit/crews.h"
#include "tests/unit/folder.h"

/* A scheduler with a vault, which holds an element of that index as "disk". */
static struct crew_play *open_with(const struct folder *d, const struct play_conf *conf,
                                   uint64_t index)
{
    g_autofree char *path = folder_path(d, "vault");
    struct play_conf all = *conf;
    struct crew_play *play;
    struct vault *v;

    all.vault = path;
    play = play_open(&all);
    v = play_vault(path);
    assert_int_equal(vault_put(v, play_identity(index), "disk", 4), 0);
    vault_free(v);
    return play;
}

static struct crew_play *open_plenty(const struct folder *d)
{
    return open_with(d, &(struct play_conf){.cap = 1, .budget = PLENTY}, 7);
}

/* The disk is slow: both of its threads wait at a gate. */

static void wait_at_gate(void *ctx, struct key k, struct identity id, struct content *own)
{
    struct crew_play *play = ctx;

    content_unref(own);
    g_mutex_lock(&play->lock);
    play->n_held++;
    g_cond_broadcast(&play->changed);
    while (play->disk_held)
        g_cond_wait(&play->changed, &play->lock);
    g_mutex_unlock(&play->lock);
}

static void hold_disk(struct crew_play *play)
{
    play->disk_held = true;
    for (uint64_t i = 0; i < 2; i++)
        disk_fetch(play->rooms.disk, at(i), (struct identity){i, ~i}, wait_at_gate, play);
    g_mutex_lock(&play->lock);
    while (play->n_held < 2)
        g_cond_wait(&play->changed, &play->lock);
    g_mutex_unlock(&play->lock);
}

static void release_disk(struct crew_play *play)
{
    g_mutex_lock(&play->lock);
    play->disk_held = false;
    g_cond_broadcast(&play->changed);
    g_mutex_unlock(&play->lock);
}

static void wait_started(struct crew_play *play, guint n)
{
    g_mutex_lock(&play->lock);
    while (play->started->len < n)
        g_cond_wait(&play->changed, &play->lock);
    g_mutex_unlock(&play->lock);
}

static struct sched_figures figures(struct crew_play *play)
{
    struct sched_figures ret;

    sched_look_figures(play->sched, &ret);
    return ret;
}

/* The disk has answered, and the scheduler has done with it what there was to be done. */
static void wait_fetched(struct crew_play *play)
{
    while (figures(play).fetching > 0 || figures(play).ahead > 0)
        g_thread_yield();
}

static struct vault_figures disk_figures(struct crew_play *play)
{
    struct disk_figures ret;

    disk_look_figures(play->rooms.disk, &ret);
    return ret.vault;
}

static uint64_t n_kept(struct crew_play *play)
{
    struct store_figures ret;

    store_look_figures(play->rooms.store, &ret);
    return ret.n;
}

static void test_what_the_disk_has_needs_no_worker(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    struct told t = {0};
    uint64_t size;

    assert_non_null(want(play, 7, &t));
    wait_for(&t);
    assert_told(&t, "disk");
    assert_started(play, "");
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_DISK), 1);
    assert_int_equal(stats_look(play->rooms.stats, STAT_EVALUATIONS), 0);
    assert_int_equal(sizes_look(play->rooms.sizes, at(7), &size), SIZE_KNOWN);
    assert_int_equal(size, 4);
    assert_int_equal(sizes_look_stamp(play->rooms.sizes, at(7)), play_identity(7).a);
    assert_int_equal(play->learnt->len, 1);
    assert_int_equal(n_kept(play), 0); /* the kernel keeps files */
}

static void test_what_it_does_not_have_is_computed_and_kept_there(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    struct told t = {0};

    want(play, 8, &t);
    wait_started(play, 1);
    play_done(play, 8);
    assert_told(&t, "000008");
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_WAITED), 1);
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_DISK), 0);
    while (disk_figures(play).kept == 0)
        g_thread_yield();
    store_drop(play->rooms.store, play_identity(8));
    t = (struct told){0};
    want(play, 8, &t);
    wait_for(&t);
    assert_told(&t, "000008");
    assert_started(play, "8");
}

static void test_ahead_of_its_reader_it_comes_to_memory(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    struct told t = {0};

    play_stir(play, URGENCY_STREAM, 7);
    wait_fetched(play);
    assert_true(store_unread(play->rooms.store) > 0);
    assert_int_equal(reserved(play), 0);
    assert_null(want(play, 7, &t));
    assert_told(&t, "disk");
    assert_started(play, "");
    assert_int_equal(store_unread(play->rooms.store), 0);
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_MEMORY), 1);
}

static void test_what_is_missing_ahead_of_its_reader_is_computed(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);

    play_stir(play, URGENCY_STREAM, 8);
    wait_started(play, 1);
    play_done(play, 8);
    assert_true(is_kept(play, 8));
    assert_int_equal(stats_look(play->rooms.stats, STAT_AHEAD), 1);
    assert_int_equal(reserved(play), 0);
}

static void test_who_wants_what_is_being_fetched_joins(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    struct told t = {0};

    hold_disk(play);
    play_stir(play, URGENCY_STREAM, 7);
    assert_int_equal(figures(play).fetching, 1);
    assert_true(reserved(play) > 0);
    assert_non_null(want(play, 7, &t));
    release_disk(play);
    wait_for(&t);
    assert_told(&t, "disk");
    assert_started(play, "");
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_JOINED), 1);
    assert_int_equal(stats_look(play->rooms.stats, STAT_OPENS_DISK), 1);
    assert_int_equal(reserved(play), 0);
}

static void test_nothing_is_fetched_ahead_where_there_is_no_room(void **state)
{
    OWN(play_free)
    struct crew_play *play = open_with(*state, &(struct play_conf){.cap = 1, .budget = 100000}, 7);

    play_stir(play, URGENCY_STREAM, 7);
    assert_int_equal(figures(play).queued, 1);
    assert_int_equal(figures(play).fetching, 0);
    assert_int_equal(disk_figures(play).hits, 0);
    assert_int_equal(reserved(play), 0);
}

static void test_only_so_much_is_fetched_ahead_at_a_time(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);

    hold_disk(play);
    for (uint64_t i = 10; i < 20; i++)
        play_hint(play, URGENCY_STREAM, i);
    sched_stir(play->sched);
    assert_int_equal(figures(play).fetching, 3); /* a worker, and two more */
    assert_int_equal(play->foresights[URGENCY_STREAM].asked, 3);
    release_disk(play);
}

static void test_what_is_to_be_warm_on_disk_is_on_nobodys_account(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);

    play_stir(play, URGENCY_WARM, 8);
    wait_started(play, 1);
    play_done(play, 8);
    assert_true(is_kept(play, 8));
    assert_int_equal(store_unread(play->rooms.store), 0);
}

static void test_what_has_no_identity_is_no_matter_for_the_disk(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    g_autofree char *path = folder_path(*state, "vault");
    OWN(vault_free) struct vault *v = play_vault(path);
    struct told t = {0};
    uint64_t len;
    int fd;

    play_change(9, PLAY_NAMELESS);
    want(play, 9, &t);
    assert_started(play, "9");
    play_done(play, 9);
    assert_told(&t, "000009");
    assert_int_equal(disk_figures(play).misses, 0);
    sched_stop(play->sched, -ENODEV);
    disk_free(g_steal_pointer(&play->rooms.disk)); /* all is written now */
    assert_int_equal(vault_get(v, (struct identity){0}, &fd, &len), -ENOENT);
}

static void test_another_version_than_the_disk_has_is_computed(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    struct told t = {0};

    hold_disk(play);
    want(play, 7, &t);
    play_change(7, 1);
    release_disk(play);
    wait_started(play, 1);
    assert_int_equal(t.n, 0);
    play_give(play, 7, "new");
    assert_told(&t, "new");
    assert_int_equal(sizes_look_stamp(play->rooms.sizes, at(7)), play_identity(7).a);
}

static void test_whoever_waits_for_the_disk_is_answered_at_the_stop(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    struct told t[2] = {0};

    hold_disk(play);
    want(play, 7, &t[0]);
    want(play, 8, &t[1]);
    play_stir(play, URGENCY_STREAM, 9);
    sched_stop(play->sched, -ENODEV);
    assert_answered(&t[0], -ENODEV);
    assert_answered(&t[1], -ENODEV);
    release_disk(play);
    sched_settle(play->sched);
    assert_int_equal(figures(play).fetching + figures(play).queued, 0);
    assert_int_equal(reserved(play), 0);
    assert_started(play, "");
    assert_int_equal(t[0].n + t[1].n, 2);
}

static void test_what_nobody_waits_for_any_more_is_fetched_but_not_computed(void **state)
{
    OWN(play_free) struct crew_play *play = open_plenty(*state);
    struct told t[2] = {0};

    hold_disk(play);
    assert_true(sched_unwant(play->sched, want(play, 7, &t[0])));
    assert_true(sched_unwant(play->sched, want(play, 8, &t[1])));
    release_disk(play);
    wait_fetched(play);
    assert_started(play, "");
    assert_true(is_kept(play, 7));
    assert_int_equal(t[0].n + t[1].n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_what_the_disk_has_needs_no_worker),
        IN_FOLDER(test_what_it_does_not_have_is_computed_and_kept_there),
        IN_FOLDER(test_ahead_of_its_reader_it_comes_to_memory),
        IN_FOLDER(test_what_is_missing_ahead_of_its_reader_is_computed),
        IN_FOLDER(test_who_wants_what_is_being_fetched_joins),
        IN_FOLDER(test_nothing_is_fetched_ahead_where_there_is_no_room),
        IN_FOLDER(test_only_so_much_is_fetched_ahead_at_a_time),
        IN_FOLDER(test_what_is_to_be_warm_on_disk_is_on_nobodys_account),
        IN_FOLDER(test_what_has_no_identity_is_no_matter_for_the_disk),
        IN_FOLDER(test_another_version_than_the_disk_has_is_computed),
        IN_FOLDER(test_whoever_waits_for_the_disk_is_answered_at_the_stop),
        IN_FOLDER(test_what_nobody_waits_for_any_more_is_fetched_but_not_computed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
