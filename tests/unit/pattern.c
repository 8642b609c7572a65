/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Patterns: what they match, how they are taken apart, which are refused. */
#include "ops/source/pattern.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* "photos/<*.jpg" for each alternative, joined by blanks; wild parts behind '<', deep ones as '>'.
 */
static void assert_parts(const char *text, const char *want)
{
    OWN(pattern_free) struct pattern *p = NULL;
    g_autoptr(GString) got = g_string_new(NULL);
    struct fault f = {0};

    assert_int_equal(pattern_new(text, &f, &p), 0);
    for (guint i = 0; i < p->starts->len; i++) {
        const struct pattern_start *start = &g_array_index(p->starts, struct pattern_start, i);
        const struct pattern_part *part =
            &g_array_index(p->parts, struct pattern_part, start->part);

        g_string_append_printf(got, "%s%s", i > 0 ? " " : "", start->absolute ? "/" : "");
        for (;; part++) {
            g_string_append(got, part->kind == PATTERN_DEEP   ? ">"
                                 : part->kind == PATTERN_WILD ? "<"
                                                              : "");
            g_string_append(got, part->text ? part->text : "");
            if (part->last)
                break;
            g_string_append_c(got, '/');
        }
    }
    assert_string_equal(got->str, want);
}

static void assert_refused(const char *text, const char *want)
{
    struct pattern *p = NULL;
    struct fault f = {0};

    assert_int_equal(pattern_new(text, &f, &p), -EINVAL);
    assert_null(p);
    assert_string_equal(f.text, want);
}

static void stars_match_any_characters(void **state)
{
    assert_true(pattern_match("*", "cat"));
    assert_true(pattern_match("*.jpg", "cat.jpg"));
    assert_true(pattern_match("*.jpg", "a.jpg.jpg"));
    assert_true(pattern_match("c*t*", "cat"));
    assert_true(pattern_match("*a*b?", "xaaxbbz"));
    assert_false(pattern_match("*.jpg", "cat.jpeg"));
    assert_false(pattern_match("*.jpg", "jpg"));
    assert_false(pattern_match("c*t", "cats"));
    assert_false(pattern_match("*a*b?", "xaaxb"));
}

static void a_question_mark_is_one_character(void **state)
{
    assert_true(pattern_match("c?t", "cat"));
    assert_true(pattern_match("c?t", "c\xc3\xa4t"));
    assert_true(pattern_match("?", "\xf0\x9f\x90\x88"));
    assert_false(pattern_match("c?t", "ct"));
    assert_false(pattern_match("??", "\xc3\xa4"));
    assert_false(pattern_match("*??", "\xc3\xa4"));
}

static void bytes_that_are_no_text_are_characters(void **state)
{
    assert_true(pattern_match("c?t", "c\xfft"));
    assert_true(pattern_match("*\xff*", "a\xff\xfe"));
    assert_true(pattern_match("[!a]x", "\xffx"));
    assert_false(pattern_match("?", "\xff\xfe"));
}

static void sets_match_one_of_their_characters(void **state)
{
    assert_true(pattern_match("[abc]", "b"));
    assert_true(pattern_match("[a-c0-9]x", "7x"));
    assert_true(pattern_match("[!a-c]", "d"));
    assert_true(pattern_match("[^a-c]", "d"));
    assert_true(pattern_match("[]a]", "]"));
    assert_true(pattern_match("[a-]", "-"));
    assert_true(pattern_match("[\xc3\xa0-\xc3\xbf]", "\xc3\xa4"));
    assert_true(pattern_match("[*]", "*"));
    assert_false(pattern_match("[*]", "x"));
    assert_false(pattern_match("[abc]", "d"));
    assert_false(pattern_match("[!a-c]", "b"));
    assert_false(pattern_match("[!]a]", "]"));
}

static void a_leading_dot_is_only_matched_by_a_dot(void **state)
{
    assert_false(pattern_match("*", ".hidden"));
    assert_false(pattern_match("?hidden", ".hidden"));
    assert_false(pattern_match("[.]hidden", ".hidden"));
    assert_true(pattern_match(".*", ".hidden"));
    assert_true(pattern_match("\\.h*", ".hidden"));
    assert_true(pattern_match("*", "a.b"));
}

static void a_backslash_takes_a_sign_as_it_is(void **state)
{
    assert_true(pattern_match("\\**", "*x"));
    assert_false(pattern_match("\\**", "xx"));
    assert_parts("a\\*b/c\\{d\\}", "a*b/c{d}");
}

static void a_path_falls_into_parts(void **state)
{
    assert_parts("photos/*.jpg", "photos/<*.jpg");
    assert_parts("/data/**/*.jpg", "/data/>/<*.jpg");
    assert_parts("./a//b/./c", "a/b/c");
    assert_parts("../a/x", "../a/x");
    assert_parts("a/**/**/b", "a/>/b");
}

static void a_last_part_for_any_folders_means_the_files_in_them(void **state)
{
    assert_parts("a/**", "a/>/<*");
    assert_parts("**", ">/<*");
}

static void braces_stand_for_alternatives(void **state)
{
    assert_parts("{a,b}.jpg", "a.jpg b.jpg");
    assert_parts("{a,b}{1,2}", "a1 a2 b1 b2");
    assert_parts("x{,y,{p,q}z}", "x xy xpz xqz");
    assert_parts("{a/*,/b}/c", "a/<*/c /b/c");
    assert_parts("[{]{a,[,]}", "<[{]a <[{][,]");
    assert_parts("{a}", "a");
}

static void braces_cannot_make_endless_patterns(void **state)
{
    assert_refused(
        "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
        "braces that stand for more than 1024 patterns");
}

static void the_deepest_nesting_of_braces_is_taken_apart(void **state)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (int i = 0; i < PATTERN_MAX / 2; i++) {
        g_string_prepend_c(text, '{');
        g_string_append_c(text, '}');
    }
    assert_refused(text->str, "'' names no file");
    g_string_append_c(text, '}');
    assert_refused(text->str, "a pattern of more than 4096 bytes");
}

static void what_is_not_balanced_is_refused(void **state)
{
    assert_refused("{a,b", "'{' without '}' in '{a,b'; write '[{]' for a brace");
    assert_refused("a}", "'}' without '{' in 'a}'; write '[}]' for a brace");
    assert_refused("[ab", "'[' without ']' in '[ab'; write '[[]' for a bracket");
    assert_refused("[a/b]", "'[' without ']' in '[a/b]'; write '[[]' for a bracket");
    assert_refused("a\\", "a backslash before nothing in 'a\\'");
    assert_refused("[[:digit:]]", "a class '[:' in '[[:digit:]]'; write a range such as '[0-9]'");
}

static void what_cannot_mean_files_is_refused(void **state)
{
    assert_refused("", "'' names no file");
    assert_refused(".", "'.' names no file");
    assert_refused("a/", "'a/' stands for folders; write 'a/*'");
    assert_refused("a/**.jpg", "'**' is not a whole part in '**.jpg'; write '**/*.jpg'");
}

/* What a pattern stands for, joined by blanks. */
static void assert_expands(const char *text, const char *want)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct fault f = {0};

    assert_int_equal(pattern_expand(text, texts, &f), 0);
    g_ptr_array_add(texts, NULL);
    g_autofree char *got = g_strjoinv(" ", (char **)texts->pdata);
    assert_string_equal(got, want);
}

static void ranges_count_with_as_many_digits_as_they_are_written(void **state)
{
    assert_expands("x-{8..11}.tar", "x-8.tar x-9.tar x-10.tar x-11.tar");
    assert_expands("x-{008..011}", "x-008 x-009 x-010 x-011");
    assert_expands("{08..100..}", "{08..100..}");
    assert_expands("{98..0100}", "0098 0099 0100");
    assert_expands("{3..1}", "3 2 1");
    assert_expands("{0..0}", "0");
    assert_expands("{999999999999999998..999999999999999999}",
                   "999999999999999998 999999999999999999");
}

static void ranges_and_choices_are_taken_in_turn(void **state)
{
    assert_expands("{a,b}-{1..2}", "a-1 a-2 b-1 b-2");
    assert_expands("{1..2}/{01..2}", "1/01 1/02 2/01 2/02");
    assert_expands("{{1..2},x,{7..8}}.*", "1.* 2.* x.* 7.* 8.*");
}

static void patterns_without_ranges_stay_as_they_are(void **state)
{
    assert_expands("{a,b}/*.jpg", "{a,b}/*.jpg");
    assert_expands("{1..}", "{1..}");
    assert_expands("{a..c}", "{a..c}");
    assert_expands("{1.5}", "{1.5}");
    assert_expands("[{]1..2[}]", "[{]1..2[}]");
    assert_expands("\\{1..2\\}", "\\{1..2\\}");
    assert_expands("{1..2,}", "{1..2,}");
    assert_expands("{1..9999999999999999999}", "{1..9999999999999999999}");
}

static void ranges_are_bounded(void **state)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    struct fault f = {0};

    assert_int_equal(pattern_expand("{0..999999999999}", texts, &f), -EINVAL);
    assert_string_equal(f.text, "braces that stand for more than 1048576 patterns");
    assert_int_equal(pattern_expand("{0..1", texts, &f), -EINVAL);
    assert_parts("{1..3}", "1 2 3");
    assert_refused("{0..1024}", "braces that stand for more than 1024 patterns");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_match_any_characters),
        cmocka_unit_test(a_question_mark_is_one_character),
        cmocka_unit_test(bytes_that_are_no_text_are_characters),
        cmocka_unit_test(sets_match_one_of_their_characters),
        cmocka_unit_test(a_leading_dot_is_only_matched_by_a_dot),
        cmocka_unit_test(a_backslash_takes_a_sign_as_it_is),
        cmocka_unit_test(a_path_falls_into_parts),
        cmocka_unit_test(a_last_part_for_any_folders_means_the_files_in_them),
        cmocka_unit_test(braces_stand_for_alternatives),
        cmocka_unit_test(braces_cannot_make_endless_patterns),
        cmocka_unit_test(the_deepest_nesting_of_braces_is_taken_apart),
        cmocka_unit_test(what_is_not_balanced_is_refused),
        cmocka_unit_test(what_cannot_mean_files_is_refused),
        cmocka_unit_test(ranges_count_with_as_many_digits_as_they_are_written),
        cmocka_unit_test(ranges_and_choices_are_taken_in_turn),
        cmocka_unit_test(patterns_without_ranges_stay_as_they_are),
        cmocka_unit_test(ranges_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
