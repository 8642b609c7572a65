/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stretches: Python's slices, forwards and back. */
#include "ops/base/stretch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The elements of a stretch of a sequence of len, each with a blank behind it. */
static char *elements(const char *text, uint64_t len)
{
    GString *all = g_string_new(NULL);
    struct stretch s;
    struct fault f;

    assert_int_equal(stretch_parse(text, len, &f, &s), 0);
    for (uint64_t n = 0; n < s.len; n++)
        g_string_append_printf(all, "%d ", (int)(s.start + n * s.step));
    return g_string_free(all, FALSE);
}

static void stretches_are_those_of_python(void **state)
{
    static const struct {
        const char *text;
        uint64_t len;
        const char *wanted;
    } cases[] = {
        {":", 3, "0 1 2 "},   {"1:", 3, "1 2 "},    {":-1", 3, "0 1 "},    {"-2:", 3, "1 2 "},
        {"::2", 5, "0 2 4 "}, {"1:5:3", 5, "1 4 "}, {"::-1", 3, "2 1 0 "}, {"-1:0:-2", 5, "4 2 "},
        {"9:", 3, ""},        {"-9:2", 3, "0 1 "},  {"2:1", 3, ""},        {":", 0, ""},
        {"::-1", 0, ""},      {" 1 : 2 ", 3, "1 "}, {"5::-3", 3, "2 "},
    };

    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        g_autofree char *got = elements(cases[n].text, cases[n].len);

        assert_string_equal(got, cases[n].wanted);
    }
}

static void what_is_no_stretch_is_told(void **state)
{
    static const char *const wrong[] = {"", "1", "a:", "1:2:3:4", "1:b", "::0", "1.5:2"};
    struct stretch s = {.len = 7};
    struct fault f;

    for (size_t n = 0; n < G_N_ELEMENTS(wrong); n++) {
        assert_int_equal(stretch_parse(wrong[n], 9, &f, &s), -EINVAL);
        assert_int_equal(s.len, 7);
    }
    assert_string_equal(f.text, "'1.5:2' is no stretch; wanted is \"from:to\" or \"from:to:step\"");
}

static void each_element_is_found_where_it_lies(void **state)
{
    static const char *const texts[] = {":", "3:17:4", "17:2:-5", "::-1", "5:5", "-4:"};
    struct stretch s;
    struct fault f;

    for (size_t t = 0; t < G_N_ELEMENTS(texts); t++) {
        uint64_t n_found = 0, at;

        assert_int_equal(stretch_parse(texts[t], 20, &f, &s), 0);
        for (uint64_t i = 0; i < 20; i++) {
            if (!stretch_find(&s, i, &at))
                continue;
            assert_int_equal(s.start + at * s.step, i);
            n_found++;
        }
        assert_int_equal(n_found, s.len);
    }
}

static void positions_count_from_either_end(void **state)
{
    static const struct {
        int64_t at;
        uint64_t len, wanted;
    } inside[] = {{0, 0, 0},  {0, 3, 0},  {3, 3, 3},
                  {-1, 3, 2}, {-3, 3, 0}, {INT64_MIN, UINT64_C(1) << 63, 0}},
      outside[] = {{1, 0}, {4, 3}, {-1, 0}, {-4, 3}, {INT64_MIN, INT64_MAX}};
    uint64_t at = 7;

    for (size_t n = 0; n < G_N_ELEMENTS(outside); n++)
        assert_false(stretch_place(outside[n].at, outside[n].len, &at));
    assert_int_equal(at, 7);
    for (size_t n = 0; n < G_N_ELEMENTS(inside); n++) {
        assert_true(stretch_place(inside[n].at, inside[n].len, &at));
        assert_int_equal(at, inside[n].wanted);
    }
}

static void the_longest_sequences_have_stretches(void **state)
{
    struct stretch s;
    struct fault f;
    uint64_t at;

    assert_int_equal(stretch_parse("::-1", INT64_MAX, &f, &s), 0);
    assert_int_equal(s.len, INT64_MAX);
    assert_true(stretch_find(&s, 0, &at));
    assert_int_equal(at, INT64_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_are_those_of_python),
        cmocka_unit_test(what_is_no_stretch_is_told),
        cmocka_unit_test(each_element_is_found_where_it_lies),
        cmocka_unit_test(positions_count_from_either_end),
        cmocka_unit_test(the_longest_sequences_have_stretches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
