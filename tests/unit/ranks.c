/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ranks: which goes first, and that what is pinned costs no second look. */
#include "fs/ranks.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = 8, COST = 100, MANY = 100 };

/* Lifetime: one test's. */
struct play {
    struct ranks ranks;
    struct entry entries[N];
};

static int play_open(void **state)
{
    struct play *p = g_new0(struct play, 1);

    ranks_init(&p->ranks);
    for (int i = 0; i < N; i++) {
        p->entries[i].content = content_new_bytes(g_bytes_new("x", 1), NULL);
        p->entries[i].cost = COST;
    }
    *state = p;
    return 0;
}

static int play_close(void **state)
{
    struct play *p = *state;

    for (int i = 0; i < N; i++)
        content_unref(p->entries[i].content);
    g_free(p);
    return 0;
}

#define PLAY(test) cmocka_unit_test_setup_teardown(test, play_open, play_close)

static void enter_all(struct play *p)
{
    for (int i = 0; i < N; i++)
        ranks_enter(&p->ranks, &p->entries[i]);
}

/* Takes the next one out: its number; -1 = none. */
static int take(struct play *p, enum rank last)
{
    struct entry *e = ranks_next(&p->ranks, last);

    if (!e)
        return -1;
    ranks_leave(&p->ranks, e);
    return (int)(e - p->entries);
}

static unsigned queued(const struct play *p)
{
    unsigned n = 0;

    for (int i = 0; i < RANK_N; i++)
        n += p->ranks.queues[i].entries.length;
    return n;
}

static void test_the_kernel_s_and_the_excess_go_before_all_others(void **state)
{
    struct play *p = *state;

    p->entries[5].kernel = true;
    p->entries[3].excess = true;
    enter_all(p);
    assert_int_equal(take(p, RANK_UNREAD), 3);
    assert_int_equal(take(p, RANK_FIRST), 5);
    assert_int_equal(take(p, RANK_FIRST), -1);
    assert_int_equal(take(p, RANK_UNREAD), 0);
}

static void test_read_and_unread_go_in_one_order_or_the_unread_not_at_all(void **state)
{
    struct play *p = *state;

    p->entries[0].unread = p->entries[2].unread = true;
    enter_all(p);
    assert_int_equal(take(p, RANK_READ), 1);
    assert_int_equal(take(p, RANK_UNREAD), 0);
    assert_int_equal(take(p, RANK_UNREAD), 2);
    assert_int_equal(take(p, RANK_UNREAD), 3);
}

static void test_what_was_used_again_goes_last(void **state)
{
    struct play *p = *state;

    enter_all(p);
    ranks_leave(&p->ranks, &p->entries[0]);
    ranks_enter(&p->ranks, &p->entries[0]);
    for (int i = 1; i < N; i++)
        assert_int_equal(take(p, RANK_UNREAD), i);
    assert_int_equal(take(p, RANK_UNREAD), 0);
    assert_int_equal(take(p, RANK_UNREAD), -1);
}

static void test_loose_bytes_are_those_of_what_can_go(void **state)
{
    struct play *p = *state;

    p->entries[0].kernel = true;
    p->entries[1].unread = true;
    content_pin(p->entries[2].content);
    enter_all(p);
    assert_int_equal(ranks_loose(&p->ranks, RANK_FIRST), COST);
    assert_int_equal(ranks_loose(&p->ranks, RANK_READ), (N - 2) * COST);
    assert_int_equal(ranks_loose(&p->ranks, RANK_UNREAD), (N - 1) * COST);
    ranks_leave(&p->ranks, &p->entries[2]);
    ranks_leave(&p->ranks, &p->entries[3]);
    assert_int_equal(ranks_loose(&p->ranks, RANK_UNREAD), (N - 2) * COST);
    content_unpin(p->entries[2].content);
}

static void test_what_is_pinned_stands_in_no_queue(void **state)
{
    struct play *p = *state;

    for (int i = 0; i < N - 1; i++)
        content_pin(p->entries[i].content);
    enter_all(p);
    assert_int_equal(queued(p), 1);
    assert_int_equal(take(p, RANK_UNREAD), N - 1);
    for (int i = 0; i < N - 1; i++)
        content_unpin(p->entries[i].content);
}

static void test_what_is_found_pinned_is_looked_at_once(void **state)
{
    struct play *p = *state;

    enter_all(p);
    for (int i = 0; i < N - 1; i++)
        content_pin(p->entries[i].content);
    assert_int_equal(queued(p), N);
    assert_ptr_equal(ranks_next(&p->ranks, RANK_UNREAD), &p->entries[N - 1]);
    assert_int_equal(queued(p), 1);
    for (int i = 0; i < N - 1; i++)
        content_unpin(p->entries[i].content);
    ranks_enter(&p->ranks, &p->entries[0]);
    assert_int_equal(queued(p), 2);
}

/* Entries of files, of ten bytes each. */
static struct entry *enter_files(struct ranks *r, int n)
{
    struct entry *files = g_new0(struct entry, (gsize)n);

    for (int i = 0; i < n; i++) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        files[i].content = content_new_stretch(fd, 0, 10, NULL);
        files[i].cost = COST;
        ranks_enter(r, &files[i]);
    }
    return files;
}

static void free_files(struct entry *files, int n)
{
    for (int i = 0; i < n; i++)
        content_unref(files[i].content);
    g_free(files);
}

static void test_files_go_when_they_are_many(void **state)
{
    struct play *p = *state;
    struct entry *files = enter_files(&p->ranks, MANY), *e;
    int n = 0;

    assert_int_equal(ranks_loose(&p->ranks, RANK_UNREAD), 0);
    assert_null(ranks_next(&p->ranks, RANK_UNREAD));
    while ((e = ranks_next_file(&p->ranks, 10 * MANY))) {
        assert_ptr_equal(e, &files[n++]);
        ranks_leave(&p->ranks, e);
    }
    assert_in_range(n, MANY / 4, MANY / 2);
    free_files(files, MANY);
}

static void test_files_go_when_they_are_large(void **state)
{
    struct play *p = *state;
    struct entry *files = enter_files(&p->ranks, 5);

    assert_null(ranks_next_file(&p->ranks, 50));
    assert_ptr_equal(ranks_next_file(&p->ranks, 49), &files[0]);
    ranks_leave(&p->ranks, &files[0]);
    assert_null(ranks_next_file(&p->ranks, 49));
    free_files(files, 5);
}

static void test_what_is_unread_is_stale_after_many_uses_of_others(void **state)
{
    struct play *p = *state;
    unsigned n = 0;

    p->entries[0].unread = p->entries[1].unread = true;
    enter_all(p);
    assert_null(ranks_stale(&p->ranks));
    for (; !ranks_stale(&p->ranks) && n < 1000; n++) {
        ranks_leave(&p->ranks, &p->entries[2]);
        ranks_enter(&p->ranks, &p->entries[2]);
    }
    assert_ptr_equal(ranks_stale(&p->ranks), &p->entries[0]);
    assert_in_range(n, 10, 100);
    ranks_leave(&p->ranks, &p->entries[0]);
    ranks_leave(&p->ranks, &p->entries[1]);
    assert_null(ranks_stale(&p->ranks));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLAY(test_the_kernel_s_and_the_excess_go_before_all_others),
        PLAY(test_read_and_unread_go_in_one_order_or_the_unread_not_at_all),
        PLAY(test_what_was_used_again_goes_last),
        PLAY(test_loose_bytes_are_those_of_what_can_go),
        PLAY(test_what_is_pinned_stands_in_no_queue),
        PLAY(test_what_is_found_pinned_is_looked_at_once),
        PLAY(test_files_go_when_they_are_many),
        PLAY(test_files_go_when_they_are_large),
        PLAY(test_what_is_unread_is_stale_after_many_uses_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
