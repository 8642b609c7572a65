/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/handle.h"

#define LEN 1000

static struct handle *open_bytes(void)
{
    return handle_new(content_new_bytes(g_bytes_new_take(g_malloc0(LEN), LEN)));
}

static void test_a_read_behind_the_end_is_refused_until_the_end_was_told(void **state)
{
    OWN(handle_unref) struct handle *h = open_bytes();

    assert_false(handle_must_refuse(h, 0));
    assert_true(handle_must_refuse(h, 4096));
    assert_true(handle_must_refuse(h, 8192));
    handle_told(h, 512);
    assert_true(handle_must_refuse(h, 4096));
    handle_told(h, LEN);
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
}

static void test_a_handle_lives_as_long_as_anybody_reads(void **state)
{
    struct handle *h = open_bytes(), *reading = handle_ref(h);

    handle_unref(h);
    assert_int_equal(content_len(handle_content(reading)), LEN);
    handle_unref(reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_read_behind_the_end_is_refused_until_the_end_was_told),
        cmocka_unit_test(test_who_asks_again_is_answered),
        cmocka_unit_test(test_a_read_at_the_end_tells_it),
        cmocka_unit_test(test_a_handle_lives_as_long_as_anybody_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
