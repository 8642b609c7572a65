/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON to values, and back to JSON. */
#include "ops/core/json.h"

#include <errno.h>

#include "tests/unit/plans.h"

/* What a text reads as when it is printed again, or "!" and why not.  Owned. */
static char *again(const char *text, size_t len, uint64_t first_line)
{
    OWN(value_unref) struct value *v = NULL;
    GString *ret = g_string_new(NULL);
    struct fault f = {0};

    if (json_parse_lines(text, len, first_line, &f, &v) < 0) {
        assert_int_equal(f.err, EINVAL);
        g_string_printf(ret, "!%s", f.text);
    } else {
        assert_int_equal(json_print(v, ret, &f), 0);
    }
    return g_string_free(ret, FALSE);
}

static void assert_again(const char *text, const char *want)
{
    g_autofree char *got = again(text, strlen(text), 1);

    assert_string_equal(got, want);
}

static void values_of_all_kinds_are_as_they_were(void **state)
{
    assert_again(" {\"b\": [1, -2.5, true, null, \"x\\u00e4\"], \"a\": {}} \r\n",
                 "{\"b\": [1, -2.5, true, null, \"x\xc3\xa4\"], \"a\": {}}");
    assert_again("false", "false");
    assert_again("\"\"", "\"\"");
    assert_again("9223372036854775807", "9223372036854775807");
}

static void whole_numbers_and_fractions_are_of_their_kinds(void **state)
{
    OWN(value_unref) struct value *v = NULL;
    struct fault f = {0};

    assert_int_equal(json_parse("[1, 1.0]", 8, &f, &v), 0);
    assert_int_equal(value_kind(value_item(v, 0)), VALUE_INT);
    assert_int_equal(value_kind(value_item(v, 1)), VALUE_FLOAT);
}

static void what_is_no_json_is_told_with_its_place(void **state)
{
    assert_again("{\"a\": 1,\n \"b\": }", "!line 2, column 7: unexpected token near '}'");
    assert_again("NaN", "!line 1, column 3: invalid token near 'NaN'");
    assert_again("[1] 2", "!line 1, column 5: end of file expected near '2'");
}

static void what_has_no_single_meaning_is_refused(void **state)
{
    g_autofree char *bad = again("\"\xff\"", 3, 7);

    assert_again("{\"a\": 1, \"a\": 2}", "!line 1, column 12: duplicate object key near '\"a\"'");
    assert_again("9223372036854775808",
                 "!line 1, column 19: too big integer near '9223372036854775808'");
    assert_again(
        "\"a\\u0000b\"",
        "!line 1, column 10: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"a\\u0000b\"'");
    assert_true(g_str_has_prefix(bad, "!line 7, column 1: unable to decode byte 0xff"));
}

static void what_is_too_deep_is_a_fault(void **state)
{
    g_autofree char *deep = g_strnfill(100000, '[');
    g_autofree char *got = again(deep, strlen(deep), 1);

    assert_true(g_str_has_prefix(got, "!line 1, column 2049: maximum parsing depth reached"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_all_kinds_are_as_they_were),
        cmocka_unit_test(whole_numbers_and_fractions_are_of_their_kinds),
        cmocka_unit_test(what_is_no_json_is_told_with_its_place),
        cmocka_unit_test(what_has_no_single_meaning_is_refused),
        cmocka_unit_test(what_is_too_deep_is_a_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
