/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/opened.h"

#define STAMP 1000

static int add(struct opened *o, uint64_t ino, uint64_t len, int own_backing)
{
    return opened_add(o, &(struct opened_file){ino, len, STAMP}, own_backing);
}

/* The next one to be closed is this, or 0: none. */
static void assert_spent(struct opened *o, int backing, uint64_t ino)
{
    struct opened_spent spent = {0};

    assert_int_equal(opened_take_spent(o, &spent), backing != 0);
    assert_int_equal(spent.backing, backing);
    assert_int_equal(spent.ino, ino);
}

static void test_an_inode_is_known_as_long_as_it_is_open(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();
    uint64_t len = 0;

    assert_false(opened_look(o, 7, &len));
    add(o, 7, 100, 0);
    add(o, 7, 100, 0);
    add(o, 8, 200, 0);
    opened_remove(o, 7);
    assert_true(opened_look(o, 7, &len));
    assert_int_equal(len, 100);
    opened_remove(o, 7);
    assert_false(opened_look(o, 7, &len));
    assert_true(opened_look(o, 8, &len));
    assert_int_equal(len, 200);
}

static void test_inodes_differ_in_all_bits(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();
    uint64_t len = 0;

    add(o, 7, 100, 0);
    add(o, UINT64_C(1) << 56 | 7, 200, 0);
    assert_true(opened_look(o, 7, &len));
    assert_int_equal(len, 100);
    assert_true(opened_look(o, UINT64_C(1) << 56 | 7, &len));
    assert_int_equal(len, 200);
}

static void test_all_open_files_have_the_backing_file_of_the_first(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();

    assert_true(opened_may_back(o, 7));
    assert_int_equal(add(o, 7, 100, 3), 3);
    assert_false(opened_may_back(o, 7));
    assert_int_equal(add(o, 7, 100, 0), 3);
    assert_int_equal(add(o, 7, 100, 4), 3);
    assert_spent(o, 4, 0);
    assert_spent(o, 0, 0);
}

static void test_what_is_open_without_a_backing_file_gets_none(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();

    assert_int_equal(add(o, 7, 100, 0), 0);
    assert_false(opened_may_back(o, 7));
    assert_int_equal(add(o, 7, 100, 3), 0);
    assert_spent(o, 3, 0);
    opened_remove(o, 7);
    assert_int_equal(add(o, 7, 100, 0), 0);
    opened_remove(o, 7);
    opened_remove(o, 7);
    assert_true(opened_may_back(o, 7));
    assert_int_equal(add(o, 7, 100, 5), 5);
}

static void test_a_backing_file_outlives_the_open_files(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();
    uint64_t len = 0;

    add(o, 7, 100, 3);
    opened_remove(o, 7);
    assert_false(opened_look(o, 7, &len));
    assert_false(opened_may_back(o, 7));
    assert_int_equal(add(o, 7, 100, 0), 3);
    assert_true(opened_look(o, 7, &len));
    assert_spent(o, 0, 0);
}

static void test_another_version_has_nothing_of_the_old_one(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();
    const struct opened_file other = {7, 50, STAMP + 1};

    add(o, 7, 100, 3);
    assert_int_equal(opened_add(o, &other, 4), -ESTALE);
    assert_spent(o, 4, 0);
    opened_remove(o, 7);
    assert_int_equal(opened_add(o, &other, 5), 5);
    assert_spent(o, 3, 0);
    assert_spent(o, 0, 0);
}

static void test_only_so_many_backing_files_are_kept(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();

    for (int i = 1; i <= OPENED_IDLE_MAX; i++) {
        add(o, (uint64_t)i, 100, i);
        opened_remove(o, (uint64_t)i);
    }
    assert_spent(o, 0, 0);
    add(o, 1, 100, 0);
    opened_remove(o, 1); /* now 2 is the one that was closed first */
    add(o, 5000, 100, 5000);
    assert_spent(o, 0, 0);
    opened_remove(o, 5000);
    assert_spent(o, 2, 2);
    assert_spent(o, 0, 0);
    assert_true(opened_may_back(o, 2));
    assert_false(opened_may_back(o, 1));
}

static void test_only_so_many_bytes_of_backing_files_are_kept(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();

    add(o, 1, OPENED_IDLE_BYTES / 2, 1);
    add(o, 2, OPENED_IDLE_BYTES / 2, 2);
    add(o, 3, 1, 3);
    add(o, 4, OPENED_IDLE_BYTES + 1, 4);
    for (uint64_t ino = 1; ino <= 2; ino++)
        opened_remove(o, ino);
    assert_spent(o, 0, 0);
    opened_remove(o, 3);
    assert_spent(o, 1, 1);
    opened_remove(o, 4);
    for (int i = 4; i >= 2; i--)
        assert_spent(o, i, (uint64_t)i);
    assert_spent(o, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_inode_is_known_as_long_as_it_is_open),
        cmocka_unit_test(test_inodes_differ_in_all_bits),
        cmocka_unit_test(test_all_open_files_have_the_backing_file_of_the_first),
        cmocka_unit_test(test_what_is_open_without_a_backing_file_gets_none),
        cmocka_unit_test(test_a_backing_file_outlives_the_open_files),
        cmocka_unit_test(test_another_version_has_nothing_of_the_old_one),
        cmocka_unit_test(test_only_so_many_backing_files_are_kept),
        cmocka_unit_test(test_only_so_many_bytes_of_backing_files_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
