/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ops/base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void test_what_was_written_is_read(void **state)
{
    char found[16] = "";
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_int_equal(whole_write(fd, "01234", 5), 0);
    assert_int_equal(whole_write(fd, "56789", 5), 0);
    assert_int_equal(whole_write_at(fd, "ab", 2, 3), 0);
    assert_int_equal(whole_read_at(fd, found, 4, 2), 4);
    assert_string_equal(found, "2ab5");
    close(fd);
}

static void test_a_read_is_short_at_the_end_alone(void **state)
{
    char found[16];
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_int_equal(whole_write(fd, "01234", 5), 0);
    assert_int_equal(whole_read_at(fd, found, sizeof found, 3), 2);
    assert_int_equal(whole_read_at(fd, found, sizeof found, 5), 0);
    assert_int_equal(whole_read_at(fd, found, 0, 0), 0);
    close(fd);
}

static void test_what_cannot_be_done_tells_why(void **state)
{
    char found[4];
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    assert_int_equal(whole_write(-1, "x", 1), -EBADF);
    assert_int_equal(whole_write_at(-1, "x", 1, 0), -EBADF);
    assert_int_equal(whole_read_at(-1, found, sizeof found, 0), -EBADF);
    assert_int_equal(whole_write(full, "x", 1), -ENOSPC);
    assert_int_equal(whole_write(-1, "", 0), 0);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_a_read_is_short_at_the_end_alone),
        cmocka_unit_test(test_what_cannot_be_done_tells_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
