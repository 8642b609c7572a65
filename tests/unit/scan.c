/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scalars: what is taken, what is refused, and that a refusal leaves the result alone. */
#include "ops/base/scan.h"

#include <glib.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define UNTOUCHED 77

static void booleans_are_six_words(void **state)
{
    static const char *const yes[] = {"true", "yes", "on", "True", "ON"};
    static const char *const no[] = {"false", "no", "off", "False"};
    static const char *const bad[] = {"", "1", "y", "true ", "maybe"};
    bool b;

    for (unsigned i = 0; i < G_N_ELEMENTS(yes); i++) {
        b = false;
        assert_true(scan_bool(yes[i], &b) && b);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(no); i++) {
        b = true;
        assert_true(scan_bool(no[i], &b) && !b);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(scan_bool(bad[i], &b));
}

static void integers_are_decimal_or_hexadecimal(void **state)
{
    static const struct {
        const char *text;
        int64_t n;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"+7", 7},
                {"007", 7},
                {"-12", -12},
                {"0x10", 16},
                {"-0xfF", -255},
                {"1.0", 1},
                {"-3.00", -3},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN},
                {"0x7fffffffffffffff", INT64_MAX}};

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        int64_t n = UNTOUCHED;

        assert_true(scan_int(good[i].text, &n));
        assert_true(n == good[i].n);
    }
}

static void what_is_no_integer_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      " 1",
                                      "1 ",
                                      "+",
                                      "--1",
                                      "+-1",
                                      "1.5",
                                      "1.",
                                      ".0",
                                      "0x",
                                      "0x-1",
                                      "0x1.0",
                                      "1e3",
                                      "12a",
                                      "1_000",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999",
                                      "0xffffffffffffffffff"};

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        int64_t n = UNTOUCHED;

        assert_false(scan_int(bad[i], &n));
        assert_true(n == UNTOUCHED);
    }
}

static void digits_at_the_beginning_are_taken(void **state)
{
    static const char *const bad[] = {"", "-1", " 1", "18446744073709551616"};
    const char *text = "18446744073709551615.txt";
    uint64_t n = 7;

    assert_true(scan_digits(&text, &n));
    assert_true(n == UINT64_MAX);
    assert_string_equal(text, ".txt");
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        text = bad[i];
        assert_false(scan_digits(&text, &n));
        assert_ptr_equal(text, bad[i]);
        assert_true(n == UINT64_MAX);
    }
}

static void numbers_are_read_as_c_does(void **state)
{
    static const struct {
        const char *text;
        double x;
    } good[] = {{"0", 0},     {"1.5", 1.5},   {"-.5", -.5},        {"+2.", 2},
                {"1e3", 1e3}, {"2E-2", 2e-2}, {"inf", INFINITY},   {".inf", INFINITY},
                {"0x10", 16}, {"1e-999", 0},  {"-inf", -INFINITY}, {"-.inf", -INFINITY}};

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        double x = UNTOUCHED;

        assert_true(scan_double(good[i].text, &x));
        assert_true(x == good[i].x);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    static const char *const bad[] = {"",   " 1", "1 ",  "nan", ".nan",     "-",     ".",
                                      "e3", "1e", "1,5", "--1", "infinity", "1e999", "1x"};

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        double x = UNTOUCHED;

        assert_false(scan_double(bad[i], &x));
        assert_true(x == UNTOUCHED);
    }
}

static void sizes_take_powers_of_1024(void **state)
{
    static const struct {
        const char *text;
        uint64_t n;
    } good[] = {{"0", 0},
                {"4096", 4096},
                {"64K", 65536},
                {"64k", 65536},
                {"1.5M", 1572864},
                {"2G", 2147483648},
                {"1T", 1099511627776},
                {"0.1K", 102},
                {"0.99999999999999999999K", 1023},
                {"7.0", 7},
                {"18446744073709551615", UINT64_MAX},
                {"16777215T", 16777215ull << 40}};

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        uint64_t n = UNTOUCHED;

        assert_true(scan_size(good[i].text, &n));
        assert_true(n == good[i].n);
    }
}

static void sizes_that_overflow_or_are_none_are_refused(void **state)
{
    static const char *const bad[] = {
        "",    "-1",  "+1",  " 1",  "1 ",  "K",   "1.5",       "1.K",
        ".5K", "1KB", "1KK", "0x1", "1e3", "inf", "16777216T", "18446744073709551616",
        "1P"};

    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        uint64_t n = UNTOUCHED;

        assert_false(scan_size(bad[i], &n));
        assert_true(n == UNTOUCHED);
    }
}

static void durations_are_seconds_unless_told(void **state)
{
    static const struct {
        const char *text;
        double x;
    } good[] = {{"30", 30}, {"1.5", 1.5}, {"200ms", 0.2}, {"30s", 30}, {"2m", 120}, {"1h", 3600}};
    static const char *const bad[] = {"",    "s",     "-1", "1 s", "1d", "1e3",
                                      "inf", "1.2.3", "1S", "ms",  "+2"};

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        double x = UNTOUCHED;

        assert_true(scan_duration(good[i].text, &x));
        assert_true(fabs(x - good[i].x) < 1e-12);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        double x = UNTOUCHED;

        assert_false(scan_duration(bad[i], &x));
        assert_true(x == UNTOUCHED);
    }
}

static void a_duration_of_a_thousand_digits_is_refused(void **state)
{
    g_autofree char *digits = g_strnfill(1000, '9');
    g_autofree char *hours = g_strdup_printf("%.308sh", digits);
    double x;

    assert_false(scan_duration(digits, &x));
    assert_false(scan_duration(hours, &x));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booleans_are_six_words),
        cmocka_unit_test(integers_are_decimal_or_hexadecimal),
        cmocka_unit_test(what_is_no_integer_is_refused),
        cmocka_unit_test(digits_at_the_beginning_are_taken),
        cmocka_unit_test(numbers_are_read_as_c_does),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(sizes_take_powers_of_1024),
        cmocka_unit_test(sizes_that_overflow_or_are_none_are_refused),
        cmocka_unit_test(durations_are_seconds_unless_told),
        cmocka_unit_test(a_duration_of_a_thousand_digits_is_refused),
    };

    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
