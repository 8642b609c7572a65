/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Faults: what they say, and that they always hold valid text. */
#include "ops/base/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void setting_a_fault_returns_the_negative_errno(void **state)
{
    struct fault f;

    assert_int_equal(fault_set(&f, EINVAL, "slice: %d is too much", 9), -EINVAL);
    assert_int_equal(f.err, EINVAL);
    assert_string_equal(f.text, "slice: 9 is too much");
    assert_int_equal(f.item, -1);
    assert_null(f.arg);
}

static void a_new_fault_forgets_the_one_before(void **state)
{
    struct fault f;

    fault_set_arg(&f, ERANGE, "width", 2, "first");
    f.late = f.source = f.transient = true;
    fault_detail(&f, "said", -1);
    fault_pass(&f, 1, 2);
    fault_set(&f, EIO, "second");
    assert_string_equal(f.text, "second");
    assert_string_equal(f.detail, "");
    assert_null(f.arg);
    assert_int_equal(f.item, -1);
    assert_int_equal(f.trail_len, 0);
    assert_false(f.late || f.source || f.transient);
}

static void an_argument_and_its_item_are_kept(void **state)
{
    struct fault f;

    assert_int_equal(fault_set_arg(&f, ERANGE, "edges", 3, "edges go down"), -ERANGE);
    assert_string_equal(f.arg, "edges");
    assert_int_equal(f.item, 3);
}

static void an_errno_ends_the_sentence_in_lower_case(void **state)
{
    struct fault f;

    assert_int_equal(fault_set_errno(&f, ENOENT, "cannot open '%s'", "a.jpg"), -ENOENT);
    assert_string_equal(f.text, "cannot open 'a.jpg': no such file or directory");
}

static void a_long_message_is_cut_but_keeps_its_errno(void **state)
{
    g_autofree char *name = g_strnfill(5000, 'x');
    struct fault f;

    fault_set_errno(&f, EACCES, "cannot open '%s'", name);
    assert_int_equal(strlen(f.text), FAULT_TEXT - 1);
    assert_true(g_str_has_suffix(f.text, "xxx...: permission denied"));
}

static void a_long_message_is_cut_between_characters(void **state)
{
    for (unsigned shift = 0; shift < 3; shift++) {
        g_autoptr(GString) text = g_string_new(NULL);
        struct fault f;

        for (unsigned i = 0; i < shift; i++)
            g_string_append_c(text, 'a');
        while (text->len < FAULT_TEXT)
            g_string_append(text, "\xe2\x82\xac");
        fault_set(&f, EIO, "%s", text->str);
        assert_true(g_utf8_validate(f.text, -1, NULL));
        assert_true(g_str_has_suffix(f.text, "\xe2\x82\xac..."));
        assert_true(strlen(f.text) >= FAULT_TEXT - 3);
    }
}

static void a_message_that_just_fits_is_not_cut(void **state)
{
    g_autofree char *text = g_strnfill(FAULT_TEXT - 1, 'x');
    struct fault f;

    fault_set(&f, EIO, "%s", text);
    assert_string_equal(f.text, text);
}

static void bytes_that_are_no_text_become_question_marks(void **state)
{
    struct fault f;

    fault_set(&f, EIO, "file '%s' %s", "a\xff\nb", "\xe2\x82");
    assert_string_equal(f.text, "file 'a??b' ??");
}

static void a_fault_can_quote_itself(void **state)
{
    struct fault f;

    fault_set(&f, EIO, "inner");
    fault_set(&f, EINVAL, "outer: %s", f.text);
    assert_string_equal(f.text, "outer: inner");
}

static void a_plug_in_that_gives_no_errno_gets_one(void **state)
{
    struct fault f;

    assert_int_equal(fault_set(&f, 0, "odd"), -EIO);
    assert_int_equal(fault_set(&f, -5, "odd"), -EIO);
    assert_int_equal(f.err, EIO);
}

static void the_detail_keeps_the_last_words(void **state)
{
    g_autoptr(GString) said = g_string_new(NULL);
    struct fault f;

    while (said->len < 3 * FAULT_DETAIL)
        g_string_append(said, "\xe2\x82\xac");
    g_string_append(said, "end");
    fault_set(&f, EIO, "x");
    assert_int_equal(fault_detail(&f, said->str, -1), -EIO);
    assert_true(g_str_has_suffix(f.detail, "\xe2\x82\xac"
                                           "end"));
    assert_true(g_utf8_validate(f.detail, -1, NULL));
    assert_true(g_str_has_prefix(f.detail, "\xe2\x82\xac"));
    assert_in_range(strlen(f.detail), FAULT_DETAIL - 4, FAULT_DETAIL - 1);
}

static void the_detail_keeps_its_lines_and_hides_nul(void **state)
{
    static const char said[] = {'a', '\n', '\0', 'b', '\xff'};
    struct fault f;

    fault_set(&f, EIO, "x");
    fault_detail(&f, said, sizeof said);
    assert_string_equal(f.detail, "a\n?b?");
}

static void a_long_trail_keeps_both_ends(void **state)
{
    struct fault f;

    fault_clear(&f);
    for (unsigned i = 0; i < 1000; i++)
        fault_pass(&f, i, 2 * i);
    assert_int_equal(f.trail_len, FAULT_TRAIL);
    assert_int_equal(f.trail[0].step, 0);
    assert_int_equal(f.trail[FAULT_TRAIL / 2 - 1].step, FAULT_TRAIL / 2 - 1);
    assert_int_equal(f.trail[FAULT_TRAIL / 2].step, 1000 - FAULT_TRAIL / 2);
    assert_int_equal(f.trail[FAULT_TRAIL - 1].step, 999);
    assert_int_equal(f.trail[FAULT_TRAIL - 1].index, 1998);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_a_fault_returns_the_negative_errno),
        cmocka_unit_test(a_new_fault_forgets_the_one_before),
        cmocka_unit_test(an_argument_and_its_item_are_kept),
        cmocka_unit_test(an_errno_ends_the_sentence_in_lower_case),
        cmocka_unit_test(a_long_message_is_cut_but_keeps_its_errno),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(a_message_that_just_fits_is_not_cut),
        cmocka_unit_test(bytes_that_are_no_text_become_question_marks),
        cmocka_unit_test(a_fault_can_quote_itself),
        cmocka_unit_test(a_plug_in_that_gives_no_errno_gets_one),
        cmocka_unit_test(the_detail_keeps_the_last_words),
        cmocka_unit_test(the_detail_keeps_its_lines_and_hides_nul),
        cmocka_unit_test(a_long_trail_keeps_both_ends),
    };

    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
