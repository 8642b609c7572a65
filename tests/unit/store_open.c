/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store and what open files hold: it is never dropped, it is spilled, and it is bounded. */
#include "fs/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/stores.h"

static void test_what_is_open_is_never_dropped(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *a = open_element(p, 0, KB), *b = open_element(p, 1, KB), *again;

    for (uint64_t i = 2; i < 20; i++)
        put(p, i, KB);
    again = open_element(p, 0, KB);
    assert_ptr_equal(again, a);
    assert_true(has(p, 1));
    assert_int_equal(figures(p).n, 4);
    content_unpin(a);
    content_unpin(b);
    content_unpin(again);
}

static void test_what_was_closed_can_go_again_by_its_last_use(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *c = open_element(p, 0, KB);

    for (uint64_t i = 1; i < 8; i++)
        put(p, i, KB);
    content_unpin(c);
    put(p, 8, KB);
    assert_true(has(p, 0));
    for (uint64_t i = 9; i < 13; i++)
        put(p, i, KB);
    assert_false(has(p, 0));
}

static void test_what_was_held_past_the_budget_goes_when_it_is_closed(void **state)
{
    OWN(play_free) struct play *p = play_new(ROOM, false);
    struct content *c[8];

    for (uint64_t i = 0; i < 8; i++)
        c[i] = open_element(p, i, KB);
    assert_true(budget_used(p->budget, BUDGET_PINNED) > ROOM);
    for (uint64_t i = 0; i < 8; i++)
        content_unpin(c[i]);
    assert_true(budget_used(p->budget, BUDGET_HELD) <= ROOM);
    assert_true(figures(p).n > 0);
}

static void test_five_hundred_open_files_stay_within_a_budget_for_sixty(void **state)
{
    need_disk();
    OWN(play_free) struct play *p = play_new(64 * BIG, true);
    struct content *c[500], *again;
    struct budget_figures now;

    for (uint64_t i = 0; i < 500; i++)
        c[i] = open_element(p, i, BIG);
    budget_look(p->budget, &now);
    assert_in_range(now.held, 60 * BIG, 64 * BIG);
    assert_true(now.peak <= 65 * BIG + BIG / 2);
    assert_in_range(spill_figures(p).n, 436, 440);
    again = open_element(p, 499, BIG);
    assert_ptr_equal(again, c[499]);
    content_unpin(again);
    for (uint64_t i = 0; i < 500; i++) {
        assert_true(is_content_of(c[i], i, BIG));
        content_unpin(c[i]);
    }
    assert_true(spill_figures(p).n <= 64);
    assert_int_equal(budget_used(p->budget, BUDGET_PINNED), 0);
}

static void test_a_file_that_was_spilled_and_closed_is_still_found(void **state)
{
    need_disk();
    OWN(play_free) struct play *p = play_new(20 * KB, true);
    struct content *held = open_element(p, 0, 18 * KB), *c = open_element(p, 1, 10 * KB);

    assert_null(content_memory(c));
    content_unpin(c);
    read_element(p, 1);
    assert_int_equal(spill_figures(p).bytes, 10 * KB);
    content_unpin(held);
}

static void test_closed_files_on_disk_are_bounded_by_bytes(void **state)
{
    need_disk();
    OWN(play_free) struct play *p = play_new(20 * KB, true);
    struct content *held = open_element(p, 0, 18 * KB);

    for (uint64_t i = 1; i < 50; i++) {
        content_unpin(open_element(p, i, 9 * KB));
        assert_true(spill_figures(p).bytes <= 20 * KB);
    }
    assert_int_equal(spill_figures(p).n, 2);
    content_unpin(held);
}

static void test_closed_files_are_bounded_by_number(void **state)
{
    OWN(play_free) struct play *p = play_new(100 * KB, false);

    for (uint64_t i = 1; i < 200; i++) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        struct content *c = content_new_stretch(fd, 0, 10, NULL);

        content_unref(store_put(p->store, at(i), c, 0, true));
    }
    assert_int_equal(figures(p).n, 64);
    assert_true(has(p, 199));
    assert_false(has(p, 135));
}

static void test_small_contents_are_never_spilled(void **state)
{
    OWN(play_free) struct play *p = play_new(KB, true);
    struct content *c[50];

    for (uint64_t i = 0; i < 50; i++)
        c[i] = open_element(p, i, 100);
    assert_int_equal(spill_figures(p).total, 0);
    for (uint64_t i = 0; i < 50; i++)
        content_unpin(c[i]);
    assert_true(budget_used(p->budget, BUDGET_HELD) <= KB);
}

static void test_what_is_computed_ahead_is_never_spilled(void **state)
{
    OWN(play_free) struct play *p = play_new(20 * KB, true);
    struct content *held = open_element(p, 0, 18 * KB);

    put_ahead(p, 1, 10 * KB, 7);
    assert_int_equal(spill_figures(p).total, 0);
    assert_wasted(p, 1, 7);
    content_unpin(held);
}

/* Threads. */

enum { THREADS = 4, ROUNDS = 10000, IDENTITIES = 60, HANDLES = 12, LEN = 8 * KB };

struct reader {
    struct play *play;
    guint32 seed;
    struct content *open[HANDLES];
    uint64_t index[HANDLES];
    unsigned wrong;
};

static guint32 draw(struct reader *r, guint32 n)
{
    r->seed = r->seed * 1664525 + 1013904223;
    return (r->seed >> 8) % n;
}

/* Closes what is open in that place, and opens another element. */
static void reopen(struct reader *r, uint64_t i)
{
    struct play *p = r->play;
    const guint32 n = draw(r, HANDLES);
    OWN(content_unref) struct content *c = store_look(p->store, at(i), true);

    if (!c)
        c = store_put(p->store, at(i), make(p, i, LEN), 0, true);
    if (r->open[n])
        r->wrong += !is_content_of(r->open[n], r->index[n], LEN);
    content_unpin(r->open[n]);
    r->open[n] = content_pin(c);
    r->index[n] = i;
}

static void *read_at_random(void *reader)
{
    struct reader *r = reader;
    struct store *s = r->play->store;

    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t i = draw(r, IDENTITIES);

        switch (draw(r, 8)) {
        case 0:
            store_kernel_has(s, at(i));
            break;
        case 1:
            content_unref(store_put(s, at(i), make(r->play, i, LEN), 1 + i % 3, false));
            break;
        case 2:
            store_drop(s, at(i));
            break;
        case 3:
            store_make_room(s, LEN, draw(r, 2));
            break;
        default:
            reopen(r, i);
        }
    }
    for (int n = 0; n < HANDLES; n++)
        content_unpin(r->open[n]);
    return NULL;
}

static void count_wasted(void *ctx, uint64_t owner)
{
    g_atomic_int_inc((gint *)ctx);
}

/* That nothing stays counted, play_free() sees. */
static void test_threads_that_open_and_close_at_random_leave_everything_right(void **state)
{
    OWN(play_free) struct play *p = play_new(10 * LEN, true);
    struct reader readers[THREADS];
    GThread *threads[THREADS];
    gint n_wasted = 0;

    store_free(p->store);
    p->store = store_new(p->budget, p->spill, count_wasted, &n_wasted);
    for (guint32 i = 0; i < THREADS; i++) {
        readers[i] = (struct reader){.play = p, .seed = i};
        threads[i] = g_thread_new("reader", read_at_random, &readers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(readers[i].wrong, 0);
    assert_int_equal(budget_used(p->budget, BUDGET_PINNED), 0);
    assert_true(budget_used(p->budget, BUDGET_HELD) <= 10 * LEN);
    assert_int_equal(budget_used(p->budget, BUDGET_HELD), figures(p).bytes);
    assert_true(figures(p).spilled > 0 && figures(p).evicted > 0);
    assert_int_equal(n_wasted, figures(p).evicted_unread + figures(p).refused);
    /* No unpin was missed: all that is in memory can go; closed files cost a little. */
    assert_true(store_make_room(p->store, 10 * LEN - 5 * KB, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_open_is_never_dropped),
        cmocka_unit_test(test_what_was_closed_can_go_again_by_its_last_use),
        cmocka_unit_test(test_what_was_held_past_the_budget_goes_when_it_is_closed),
        cmocka_unit_test(test_five_hundred_open_files_stay_within_a_budget_for_sixty),
        cmocka_unit_test(test_a_file_that_was_spilled_and_closed_is_still_found),
        cmocka_unit_test(test_closed_files_on_disk_are_bounded_by_bytes),
        cmocka_unit_test(test_closed_files_are_bounded_by_number),
        cmocka_unit_test(test_small_contents_are_never_spilled),
        cmocka_unit_test(test_what_is_computed_ahead_is_never_spilled),
        cmocka_unit_test(test_threads_that_open_and_close_at_random_leave_everything_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
