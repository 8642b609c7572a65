/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log: lines that stay lines, and only the last of them. */
#include "fs/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TIME_LEN strlen("2025-01-31 12:00:00 ")

static char **lines_of(struct log *l)
{
    g_autoptr(GString) text = g_string_new(NULL);

    log_print(l, text);
    return g_strsplit(text->str, "\n", -1);
}

static void test_lines_come_with_their_time_in_order(void **state)
{
    OWN(log_free) struct log *l = log_new(false);
    g_auto(GStrv) lines = NULL;

    log_add(l, "first %d", 1);
    log_add(l, "second");
    lines = lines_of(l);
    assert_int_equal(g_strv_length(lines), 3);
    assert_string_equal(lines[0] + TIME_LEN, "first 1");
    assert_string_equal(lines[1] + TIME_LEN, "second");
    assert_int_equal(lines[0][4], '-');
    assert_int_equal(lines[0][13], ':');
}

static void test_a_line_stays_one_and_steers_no_terminal(void **state)
{
    OWN(log_free) struct log *l = log_new(false);
    g_auto(GStrv) lines = NULL;

    log_add(l, "a\nb\r\x1b[31mc\x7f");
    lines = lines_of(l);
    assert_int_equal(g_strv_length(lines), 2);
    assert_string_equal(lines[0] + TIME_LEN, "a b  [31mc ");
}

static void test_a_long_line_is_cut_between_characters(void **state)
{
    OWN(log_free) struct log *l = log_new(false);
    g_auto(GStrv) lines = NULL;
    g_autofree char *text = g_strnfill(3 * 4096, 0);

    for (unsigned i = 0; i < 4096; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 3);
    log_add(l, "%s", text);
    lines = lines_of(l);
    assert_in_range(strlen(lines[0]), 4094, 4096);
    assert_true(g_utf8_validate(lines[0], -1, NULL));
}

static void test_only_the_last_thousand_are_kept(void **state)
{
    OWN(log_free) struct log *l = log_new(false);
    g_auto(GStrv) lines = NULL;

    for (unsigned i = 0; i < 1500; i++)
        log_add(l, "%u", i);
    lines = lines_of(l);
    assert_int_equal(g_strv_length(lines), 1001);
    assert_string_equal(lines[0] + TIME_LEN, "500");
    assert_string_equal(lines[999] + TIME_LEN, "1499");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_come_with_their_time_in_order),
        cmocka_unit_test(test_a_line_stays_one_and_steers_no_terminal),
        cmocka_unit_test(test_a_long_line_is_cut_between_characters),
        cmocka_unit_test(test_only_the_last_thousand_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
