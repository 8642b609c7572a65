/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/opened.h"

static void test_an_inode_is_known_as_long_as_it_is_open(void **state)
{
    OWN(opened_free) struct opened *o = opened_new();
    uint64_t len = 0;

    assert_false(opened_look(o, 7, &len));
    opened_add(o, 7, 100);
    opened_add(o, 7, 100);
    opened_add(o, 8, 200);
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

    opened_add(o, 7, 100);
    opened_add(o, UINT64_C(1) << 56 | 7, 200);
    assert_true(opened_look(o, 7, &len));
    assert_int_equal(len, 100);
    assert_true(opened_look(o, UINT64_C(1) << 56 | 7, &len));
    assert_int_equal(len, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_inode_is_known_as_long_as_it_is_open),
        cmocka_unit_test(test_inodes_differ_in_all_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
