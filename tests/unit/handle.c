/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open files: what they hold, what the kernel has been told of it, and what is refused. */
#include "fs/handle.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LEN 1000

static struct handle *open_bytes(void)
{
    OWN(content_unref)
    struct content *c = content_new_bytes(g_bytes_new_take(g_malloc0(LEN), LEN), NULL);

    return handle_new(c, LEN, NULL);
}

/* If it is closed now. */
static bool is_whole(struct handle *h)
{
    handle_close(h);
    return handle_take_whole(h);
}

static void test_a_read_behind_the_end_is_refused_until_the_end_was_told(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    assert_false(handle_must_refuse(h, 0));
    assert_true(handle_must_refuse(h, 4096));
    assert_true(handle_must_refuse(h, 8192));
    handle_told(h, 0, 512);
    assert_true(handle_must_refuse(h, 4096));
    handle_told(h, 512, LEN - 512);
    assert_false(handle_must_refuse(h, 4096));
    assert_false(handle_must_refuse(h, 12288));
}

static void test_who_asks_again_is_answered(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    assert_true(handle_must_refuse(h, 4096));
    assert_false(handle_must_refuse(h, 4096));
}

static void test_a_read_at_the_end_tells_it(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    assert_false(handle_must_refuse(h, LEN));
    handle_told(h, LEN, 0);
    assert_false(handle_must_refuse(h, 4096));
}

static void test_a_handle_lives_as_long_as_anybody_reads(void **state)
{
    struct handle *h = open_bytes(), *reading = handle_ref(h);

    handle_unref(h);
    assert_int_equal(content_len(handle_content(reading)), LEN);
    handle_unref(reading);
}

static void test_an_open_file_pins_what_it_holds(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(1 << 20);
    struct content *c = content_new_bytes(g_bytes_new_take(g_malloc0(LEN), LEN), b);
    struct handle *h = handle_new(c, LEN, NULL), *second = handle_new(c, LEN, NULL);

    content_unref(c);
    assert_true(content_is_pinned(handle_content(h)));
    assert_true(budget_used(b, BUDGET_PINNED) >= LEN);
    handle_unref(h);
    assert_true(content_is_pinned(handle_content(second)));
    handle_unref(second);
    assert_int_equal(budget_used(b, BUDGET_PINNED), 0);
    assert_int_equal(budget_used(b, BUDGET_HELD), 0);
}

static void test_it_knows_which_element_in_which_version_it_is_of(void **state)
{
    const struct handle_source source = {.key = {3, 7}, .stamp = 11, .generation = 2};
    OWN(handle_unref) struct handle *h = handle_new(NULL, LEN, &source);

    assert_int_equal(handle_source(h)->key.output, 3);
    assert_int_equal(handle_source(h)->key.index, 7);
    assert_int_equal(handle_source(h)->stamp, 11);
    assert_int_equal(handle_source(h)->generation, 2);
    assert_false(handle_is_written(h));
}

static void test_what_the_kernel_has_is_fetched_only_when_it_asks(void **state)
{
    OWN(handle_unref) struct handle *h = handle_new(NULL, 5, NULL);
    OWN(content_unref) struct content *c = content_new_bytes(g_bytes_new("hello", 5), NULL);
    OWN(content_unref) struct content *late = content_new_bytes(g_bytes_new("hello", 5), NULL);
    OWN(content_unref) struct content *other = content_new_bytes(g_bytes_new("changed", 7), NULL);

    assert_null(handle_content(h));
    assert_false(handle_fill(h, other)); /* not what was opened */
    assert_null(handle_content(h));
    assert_false(content_is_pinned(other));
    assert_true(handle_fill(h, c));
    assert_ptr_equal(handle_content(h), c);
    assert_true(handle_fill(h, late)); /* another read had asked, too */
    assert_ptr_equal(handle_content(h), c);
    assert_false(content_is_pinned(late));
}

static void test_it_is_whole_once_all_bytes_were_told_in_any_order(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    assert_false(is_whole(h));
    handle_told(h, 800, 200);
    handle_told(h, 400, 100);
    handle_told(h, 200, 200);
    handle_told(h, 450, 350); /* overlaps */
    assert_false(is_whole(h));
    handle_told(h, 0, 200);
    assert_true(is_whole(h));
}

static void test_it_is_not_whole_with_a_gap(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    handle_told(h, 0, 499);
    handle_told(h, 500, 500);
    assert_false(is_whole(h));
    handle_told(h, 0, 499);
    assert_false(is_whole(h));
    handle_told(h, 499, 1);
    assert_true(is_whole(h));
}

static void test_of_too_many_gaps_the_kernel_is_taken_to_have_less(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    for (uint64_t off = LEN - 100; off > 0; off -= 100)
        handle_told(h, off, 100);
    handle_told(h, 0, 100);
    assert_false(is_whole(h));
    for (uint64_t off = 0; off < LEN; off += 100)
        handle_told(h, off, 100);
    assert_true(is_whole(h));
}

static void test_that_it_is_whole_is_told_once_after_it_was_closed(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    handle_told(h, 0, 500);
    handle_close(h);
    assert_false(handle_take_whole(h));
    handle_told(h, 500, 500); /* was on its way */
    assert_true(handle_take_whole(h));
    assert_false(handle_take_whole(h));
}

static void test_an_open_file_is_not_whole_yet(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    handle_told(h, 0, LEN);
    assert_false(handle_take_whole(h));
    handle_close(h);
    assert_true(handle_take_whole(h));
}

static void test_what_is_empty_is_never_whole(void **state)
{
    OWN(handle_unref) struct handle *h = handle_new(NULL, 0, NULL);

    handle_told(h, 0, 0);
    assert_false(is_whole(h));
}

#define ROUNDS 100

static gpointer tell_half(gpointer handle)
{
    for (uint64_t off = 0; off < LEN; off += 2 * (LEN / 10))
        handle_told(handle, off, LEN / 10);
    return NULL;
}

static void test_reads_of_one_file_may_end_at_the_same_time(void **state)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        OWN(handle_unref) struct handle *h = open_bytes();
        GThread *other = g_thread_new("other", tell_half, h);

        for (uint64_t off = LEN / 10; off < LEN; off += 2 * (LEN / 10))
            handle_told(h, off, LEN / 10);
        g_thread_join(other);
        tell_half(h); /* what there was no place for */
        for (uint64_t off = 0; off < LEN; off += LEN / 10)
            handle_told(h, off, LEN / 10);
        assert_true(is_whole(h));
    }
}

static void test_what_is_written_to_may_go_away_before_its_writer(void **state)
{
    OWN(handle_unref) struct handle *h = handle_new_writing(NULL);
    struct fault f = {0};

    assert_true(handle_is_written(h));
    handle_close_writing(h);
    assert_int_equal(handle_write(h, "1\n", 2, &f), -ESTALE);
    assert_int_equal(handle_flush(h, &f), -ESTALE);
    assert_int_equal(handle_end(h, &f), -ESTALE);
    assert_string_equal(f.text, "the spec was read again meanwhile");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_read_behind_the_end_is_refused_until_the_end_was_told),
        cmocka_unit_test(test_who_asks_again_is_answered),
        cmocka_unit_test(test_a_read_at_the_end_tells_it),
        cmocka_unit_test(test_a_handle_lives_as_long_as_anybody_reads),
        cmocka_unit_test(test_an_open_file_pins_what_it_holds),
        cmocka_unit_test(test_it_knows_which_element_in_which_version_it_is_of),
        cmocka_unit_test(test_what_the_kernel_has_is_fetched_only_when_it_asks),
        cmocka_unit_test(test_it_is_whole_once_all_bytes_were_told_in_any_order),
        cmocka_unit_test(test_it_is_not_whole_with_a_gap),
        cmocka_unit_test(test_of_too_many_gaps_the_kernel_is_taken_to_have_less),
        cmocka_unit_test(test_that_it_is_whole_is_told_once_after_it_was_closed),
        cmocka_unit_test(test_an_open_file_is_not_whole_yet),
        cmocka_unit_test(test_what_is_empty_is_never_whole),
        cmocka_unit_test(test_reads_of_one_file_may_end_at_the_same_time),
        cmocka_unit_test(test_what_is_written_to_may_go_away_before_its_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
