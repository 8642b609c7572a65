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
    OWN(content_unref) struct content *c = content_new_bytes(g_bytes_new("0123456789", 10));

    assert_int_equal(content_len(c), 10);
    assert_reads(c, 0, 10, "0123456789");
    assert_reads(c, 3, 4, "3456");
    assert_reads(c, 8, 20, "89");
    assert_reads(c, 10, 5, "");
    assert_reads(c, UINT64_MAX, 5, "");
}

static void test_empty_memory_is_memory(void **state)
{
    OWN(content_unref) struct content *c = content_new_bytes(g_bytes_new(NULL, 0));

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
    struct content *memory = content_new_bytes(g_bytes_new_take(g_malloc0(5000), 5000));
    OWN(content_unref) struct content *stretch = content_new_stretch(file_of("x"), 0, 5000, NULL);

    assert_true(content_cost(memory) >= 5000);
    assert_true(content_cost(stretch) < 200);
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
