/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of members: what is written is read, and what is damaged is refused. */
#include "ops/source/members.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static int new_file(void)
{
    int fd = memfd_create("table", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static int write_table(uint64_t len)
{
    struct collected c = {0};
    struct fault f = {0};
    int fd = new_file();

    for (uint64_t i = 0; i < len; i++) {
        g_autofree char *name = g_strdup_printf("name %u", (unsigned)i);

        assert_int_equal(
            members_add(&c, (struct member){.off = i * 512, .len = i, .flags = i % 3}, name, &f),
            0);
    }
    assert_int_equal(members_write(&c, fd, &f), 0);
    members_drop(&c);
    return fd;
}

static void what_is_written_is_read(void **state)
{
    static const uint64_t lens[] = {0, 1, 1000, 50000};

    for (size_t n = 0; n < G_N_ELEMENTS(lens); n++) {
        struct members m = {0};
        struct fault f = {0};
        int fd = write_table(lens[n]);

        assert_int_equal(members_load(fd, &f, &m), 0);
        close(fd);
        assert_int_equal(m.len, lens[n]);
        for (uint64_t i = 0; i < m.len; i++) {
            g_autofree char *name = g_strdup_printf("name %u", (unsigned)i);

            assert_string_equal(members_name(&m, i), name);
            assert_int_equal(m.at[i].off, i * 512);
            assert_int_equal(m.at[i].len, i);
            assert_int_equal(m.at[i].flags, i % 3);
        }
        members_finish(&m);
    }
}

static void assert_damaged(int fd)
{
    struct members m = {0};
    struct fault f = {0};

    assert_int_equal(members_load(fd, &f, &m), -EIO);
    assert_string_equal(f.text, "the index that was kept is damaged");
    assert_null(m.bytes);
    close(fd);
}

static void a_table_that_is_cut_is_refused(void **state)
{
    for (off_t cut = 0; cut < 400; cut += 3) {
        int fd = write_table(10);

        assert_int_equal(ftruncate(fd, cut), 0);
        assert_damaged(fd);
    }
}

static void put_number(int fd, off_t off, uint64_t n)
{
    assert_int_equal(pwrite(fd, &n, sizeof n, off), sizeof n);
}

static void a_table_that_promises_more_than_it_has_is_refused(void **state)
{
    static const uint64_t lens[] = {11, 1000, UINT64_MAX / 32 + 1, UINT64_MAX};

    for (size_t n = 0; n < G_N_ELEMENTS(lens); n++) {
        int fd = write_table(10);

        put_number(fd, 0, lens[n]);
        assert_damaged(fd);
        fd = write_table(10);
        put_number(fd, 8, lens[n]);
        assert_damaged(fd);
    }
}

static void a_name_beyond_the_names_is_refused(void **state)
{
    int fd = write_table(10);

    put_number(fd, 16 + 5 * (off_t)sizeof(struct member) + offsetof(struct member, name), 1000);
    assert_damaged(fd);
}

static void names_without_an_end_are_refused(void **state)
{
    int fd = write_table(10);

    assert_int_equal(pwrite(fd, "x", 1, lseek(fd, 0, SEEK_END) - 1), 1);
    assert_damaged(fd);
}

static void paths_lose_what_says_nothing(void **state)
{
    assert_string_equal(members_trim("./a/b"), "a/b");
    assert_string_equal(members_trim(".//./a"), "a");
    assert_string_equal(members_trim("../a"), "../a");
    assert_string_equal(members_trim(".a"), ".a");
    assert_string_equal(members_trim("/a"), "/a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_table_that_is_cut_is_refused),
        cmocka_unit_test(a_table_that_promises_more_than_it_has_is_refused),
        cmocka_unit_test(a_name_beyond_the_names_is_refused),
        cmocka_unit_test(names_without_an_end_are_refused),
        cmocka_unit_test(paths_lose_what_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
