/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contents in memory and in files: reading, lengths, and files that change behind them. */
#include "fs/content.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A file without a name that holds text. */
static int file_of(const char *text)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("seqfs-content-XXXXXX", &path, NULL);

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    return fd;
}

static void assert_reads(const struct content *c, uint64_t off, size_t len, const char *want)
{
    char buf[64];

    memset(buf, '#', sizeof buf);
    assert_int_equal(content_read(c, off, buf, len), (ssize_t)strlen(want));
    assert_memory_equal(buf, want, strlen(want));
    assert_int_equal(buf[strlen(want)], '#');
}

static void test_memory_is_read_like_a_file(void **state)
{
    OWN(content_unref) struct content *c = content_new_bytes(g_bytes_new("0123456789", 10), NULL);

    assert_int_equal(content_len(c), 10);
    assert_reads(c, 0, 10, "0123456789");
    assert_reads(c, 3, 4, "3456");
    assert_reads(c, 8, 20, "89");
    assert_reads(c, 10, 5, "");
    assert_reads(c, UINT64_MAX, 5, "");
}

static void test_empty_memory_is_memory(void **state)
{
    OWN(content_unref) struct content *c = content_new_bytes(g_bytes_new(NULL, 0), NULL);

    assert_int_equal(content_len(c), 0);
    assert_non_null(content_memory(c));
    assert_reads(c, 0, 5, "");
}

static void test_a_stretch_is_read_with_its_tail(void **state)
{
    OWN(content_unref)
    struct content *c = content_new_stretch(file_of("first second third"), 6, 6, "\r\n");

    assert_int_equal(content_len(c), 8);
    assert_null(content_memory(c));
    assert_reads(c, 0, 20, "second\r\n");
    assert_reads(c, 2, 3, "con");
    assert_reads(c, 4, 3, "nd\r");
    assert_reads(c, 6, 2, "\r\n");
    assert_reads(c, 7, 9, "\n");
    assert_reads(c, 8, 1, "");
}

static void test_a_stretch_without_a_tail_ends_with_it(void **state)
{
    OWN(content_unref) struct content *c = content_new_stretch(file_of("abcdef"), 2, 3, NULL);

    assert_int_equal(content_len(c), 3);
    assert_reads(c, 0, 9, "cde");
}

static void test_a_file_that_shrank_is_an_error_and_no_short_read(void **state)
{
    int fd = file_of("0123456789");
    OWN(content_unref) struct content *c = content_new_stretch(fd, 0, 10, "\n");
    char buf[16];

    assert_int_equal(ftruncate(fd, 4), 0);
    assert_reads(c, 0, 4, "0123");
    assert_int_equal(content_read(c, 0, buf, 10), -EIO);
    assert_int_equal(content_read(c, 4, buf, 2), -EIO);
    assert_int_equal(content_read(c, 8, buf, 9), -EIO);
    assert_int_equal(content_len(c), 11);
}

static void test_the_file_is_closed_with_the_last_reference(void **state)
{
    int fd = file_of("x");
    struct content *c = content_new_stretch(fd, 0, 1, NULL);

    content_ref(c);
    content_unref(c);
    assert_true(fcntl(fd, F_GETFD) >= 0);
    content_unref(c);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    content_unref(NULL);
}

static void test_what_it_costs_is_memory_and_not_files(void **state)
{
    OWN(content_unref)
    struct content *memory = content_new_bytes(g_bytes_new_take(g_malloc0(5000), 5000), NULL);
    OWN(content_unref) struct content *stretch = content_new_stretch(file_of("x"), 0, 5000, NULL);

    assert_true(content_cost(memory) >= 5000);
    assert_true(content_cost(stretch) < 200);
}

static struct content *memory_of(size_t len, struct budget *b)
{
    return content_new_bytes(g_bytes_new_take(g_malloc0(len), len), b);
}

static void test_memory_is_counted_as_long_as_it_lives(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(100000);
    struct content *c = memory_of(5000, b);

    assert_int_equal(budget_used(b, BUDGET_HELD), content_cost(c));
    assert_ptr_equal(content_budget(c), b);
    content_ref(c);
    content_unref(c);
    assert_int_equal(budget_used(b, BUDGET_HELD), content_cost(c));
    content_unref(c);
    assert_int_equal(budget_total(b), 0);
}

static void test_pins_count_once_and_keep_the_content(void **state)
{
    OWN(budget_free) struct budget *b = budget_new(100000);
    struct content *c = memory_of(5000, b);

    assert_false(content_is_pinned(c));
    assert_ptr_equal(content_pin(c), c);
    content_pin(c);
    content_unref(c);
    assert_int_equal(budget_used(b, BUDGET_PINNED), content_cost(c));
    content_unpin(c);
    assert_true(content_is_pinned(c));
    assert_int_equal(budget_used(b, BUDGET_PINNED), content_cost(c));
    assert_int_equal(budget_used(b, BUDGET_HELD), content_cost(c));
    content_unpin(c);
    assert_int_equal(budget_used(b, BUDGET_PINNED), 0);
    assert_int_equal(budget_used(b, BUDGET_HELD), 0);
    content_unpin(NULL);
}

struct heard {
    unsigned calls;
    bool pinned;
    struct identity id;
};

static void hear(void *ctx, struct identity id, const struct content *c)
{
    struct heard *h = ctx;

    h->calls++;
    h->pinned = content_is_pinned(c);
    h->id = id;
}

static void test_the_keeper_hears_of_the_first_pin_and_of_the_last_one_to_go(void **state)
{
    OWN(content_unref) struct content *c = memory_of(10, NULL);
    struct heard h = {0};
    const struct content_keeper keeper = {hear, &h};

    content_set_keeper(c, &keeper, (struct identity){3, 4});
    content_pin(c);
    assert_true(h.calls == 1 && h.pinned);
    assert_true(identity_equal(h.id, (struct identity){3, 4}));
    content_pin(c);
    content_unpin(c);
    assert_int_equal(h.calls, 1);
    content_unpin(c);
    assert_true(h.calls == 2 && !h.pinned);
    content_set_keeper(c, NULL, h.id);
    content_unpin(content_pin(c));
    assert_int_equal(h.calls, 2);
}

struct given {
    uint64_t off, len;
    unsigned calls;
};

static void take_back(void *ctx, uint64_t off, uint64_t len)
{
    struct given *g = ctx;

    *g = (struct given){off, len, g->calls + 1};
}

static void test_a_stretch_that_was_lent_is_handed_back(void **state)
{
    int fd = file_of("0123456789");
    struct given back = {0};
    struct content *c = content_new_lent(fd, 2, 5, take_back, &back);

    assert_reads(c, 0, 10, "23456");
    content_unref(content_ref(c));
    assert_int_equal(back.calls, 0);
    content_unref(c);
    assert_true(back.calls == 1 && back.off == 2 && back.len == 5);
    assert_int_equal(close(fd), 0);
}

static int passthrough_of(struct content *own)
{
    OWN(content_unref) struct content *c = own;

    return content_passthrough_fd(c);
}

static void test_only_a_whole_file_that_stays_can_be_passed_through(void **state)
{
    int fd = file_of("0123456789");
    struct given back = {0};

    assert_int_equal(passthrough_of(content_new_lent(fd, 0, 10, take_back, &back)), -1);
    assert_int_equal(passthrough_of(content_new_stretch(dup(fd), 1, 9, NULL)), -1);
    assert_int_equal(passthrough_of(content_new_stretch(dup(fd), 0, 9, NULL)), -1);
    assert_int_equal(passthrough_of(content_new_stretch(dup(fd), 0, 10, "\n")), -1);
    assert_int_equal(passthrough_of(memory_of(10, NULL)), -1);
    assert_int_equal(passthrough_of(content_new_stretch(dup(fd), 0, 10, NULL)), -1);
    assert_int_equal(passthrough_of(content_new_final(dup(fd), 9)), -1);
    assert_int_equal(passthrough_of(content_new_final(fd, 10)), fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_read_like_a_file),
        cmocka_unit_test(test_empty_memory_is_memory),
        cmocka_unit_test(test_a_stretch_is_read_with_its_tail),
        cmocka_unit_test(test_a_stretch_without_a_tail_ends_with_it),
        cmocka_unit_test(test_a_file_that_shrank_is_an_error_and_no_short_read),
        cmocka_unit_test(test_the_file_is_closed_with_the_last_reference),
        cmocka_unit_test(test_what_it_costs_is_memory_and_not_files),
        cmocka_unit_test(test_memory_is_counted_as_long_as_it_lives),
        cmocka_unit_test(test_pins_count_once_and_keep_the_content),
        cmocka_unit_test(test_the_keeper_hears_of_the_first_pin_and_of_the_last_one_to_go),
        cmocka_unit_test(test_a_stretch_that_was_lent_is_handed_back),
        cmocka_unit_test(test_only_a_whole_file_that_stays_can_be_passed_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
