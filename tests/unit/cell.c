/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cells: whatever is told fits its columns and moves no cursor. */
#include "fs/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void assert_said(char *own_text, const char *want)
{
    assert_string_equal(own_text, want);
    g_free(own_text);
}

static void counts_are_told_in_full_up_to_seven_digits(void **state)
{
    assert_said(cell_count(0), "0");
    assert_said(cell_count(9999999), "9999999");
    assert_said(cell_count(12345678), "12.3M");
    assert_said(cell_count(123456789), "123M");
    assert_said(cell_count(999999999), "1.0G");
    assert_said(cell_count(5e14), "500T");
}

static void rates_have_a_decimal_as_long_as_it_matters(void **state)
{
    assert_said(cell_rate(0), "0.0");
    assert_said(cell_rate(999.94), "999.9");
    assert_said(cell_rate(999.96), "1000");
    assert_said(cell_rate(123456), "123456");
}

static void sizes_have_powers_of_1024(void **state)
{
    assert_said(cell_bytes(1023), "1023");
    assert_said(cell_bytes(1024), "1.0K");
    assert_said(cell_bytes(1.5 * 1024 * 1024), "1.5M");
    assert_said(cell_bytes(400.0 * 1024 * 1024), "400M");
    assert_said(cell_bytes(1023.9 * 1024), "1.0M");
    assert_said(cell_bytes(64.0 * 1024 * 1024 * 1024 * 1024), "64.0T");
}

static void times_have_the_unit_that_suits_them(void **state)
{
    assert_said(cell_time(0), "0 us");
    assert_said(cell_time(0.0123), "12 us");
    assert_said(cell_time(12.34), "12.3 ms");
    assert_said(cell_time(345.6), "346 ms");
    assert_said(cell_time(1234), "1.2 s");
    assert_said(cell_time(123456), "123 s");
}

static void shares_are_of_a_hundred(void **state)
{
    assert_said(cell_percent(0), "0.0 %");
    assert_said(cell_percent(0.4567), "45.7 %");
    assert_said(cell_percent(1), "100.0 %");
}

static void no_number_is_wider_than_nine_columns(void **state)
{
    for (double n = 1e-6; n < 1e19; n *= 1.7) {
        g_autofree char *count = cell_count(n), *rate = cell_rate(n), *bytes = cell_bytes(n);

        assert_true(strlen(count) <= 9 && strlen(rate) <= 9 && strlen(bytes) <= 9);
    }
}

static void assert_text(const char *text, unsigned width, const char *want, unsigned columns)
{
    g_autoptr(GString) ret = g_string_new(NULL);

    assert_int_equal(cell_text(text, width, ret), columns);
    assert_string_equal(ret->str, want);
}

static void text_is_cut_to_the_columns_that_there_are(void **state)
{
    assert_text("dataset", 10, "dataset", 7);
    assert_text("dataset", 4, "data", 4);
    assert_text("gr\303\266\303\237e", 3, "gr\303\266", 3);
    assert_text("\345\233\276\345\203\217", 3, "\345\233\276", 2); /* of two columns each */
    assert_text("e\314\201x", 2, "e\314\201x", 2);                 /* an accent of none */
}

static void text_moves_no_cursor(void **state)
{
    assert_text("a\033[2Jb\nc", 20, "a?[2Jb?c", 8);
    assert_text("\377", 5, "\357\277\275", 1);
    assert_text(NULL, 5, "?", 1);
}

static void cells_stand_in_columns(void **state)
{
    g_autoptr(GString) ret = g_string_new(NULL);

    cell_left("name", 8, ret);
    cell_right(g_strdup("12"), 5, ret);
    cell_left("a long one", 6, ret);
    cell_end(ret);
    assert_string_equal(ret->str, "name       12a lon\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_told_in_full_up_to_seven_digits),
        cmocka_unit_test(rates_have_a_decimal_as_long_as_it_matters),
        cmocka_unit_test(sizes_have_powers_of_1024),
        cmocka_unit_test(times_have_the_unit_that_suits_them),
        cmocka_unit_test(shares_are_of_a_hundred),
        cmocka_unit_test(no_number_is_wider_than_nine_columns),
        cmocka_unit_test(text_is_cut_to_the_columns_that_there_are),
        cmocka_unit_test(text_moves_no_cursor),
        cmocka_unit_test(cells_stand_in_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
