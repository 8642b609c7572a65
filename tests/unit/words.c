/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words: the forms of a text, wherever it is cut, and what is wrong with it. */
#include "fs/words.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Words are taken into a GString, each with a '|' behind it; words with '?' mean nothing. */
static int take(void *ctx, const char *word, struct fault *f)
{
    if (strchr(word, '?'))
        return fault_set(f, ENOENT, "'%s' is not there", word);
    g_string_append_printf(ctx, "%s|", word);
    return 0;
}

/* Adds a text in pieces of so many bytes; what was taken, or "LINE: sentence". */
static char *words_of(const char *text, size_t len, size_t piece)
{
    g_autoptr(GString) all = g_string_new(NULL);
    OWN(words_free) struct words *w = words_new(take, all);
    struct fault f = {0};
    int r = 0;

    for (size_t at = 0; r == 0 && at < len; at += piece)
        r = words_add(w, text + at, MIN(piece, len - at), &f);
    if (r == 0)
        r = words_end(w, &f);
    if (r < 0)
        g_string_printf(all, "%" PRIu64 ": %s", words_line(w), f.text);
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static void assert_words(const char *text, const char *want)
{
    for (size_t piece = 1; piece <= strlen(text) + 1; piece++) {
        g_autofree char *got = words_of(text, strlen(text), piece);

        assert_string_equal(got, want);
    }
}

static void numbers_stand_between_lines_commas_and_blanks(void **state)
{
    assert_words("", "");
    assert_words("\n \n\t\n", "");
    assert_words("7", "7|");
    assert_words("7\n-1\n", "7|-1|");
    assert_words("  1, 2,3\r\n4 5\t6,,\n\n0-99 -9--1", "1|2|3|4|5|6|0-99|-9--1|");
}

static void a_name_may_have_commas_and_blanks(void **state)
{
    assert_words("a b.jpg\nc, d.jpg\r\n e\n", "a b.jpg|c, d.jpg| e|");
    assert_words("1 2 monkeys.jpg\n", "1 2 monkeys.jpg|");
}

static void a_line_that_means_nothing_is_tried_word_by_word(void **state)
{
    assert_words("a/1?", "1: 'a/1?' is not there");
    assert_words("x\nb c, d?", "2: 'd?' is not there");
    assert_words("b? c", "1: 'b? c' is not there");
}

/* As paths: nothing but single words is there. */
static int take_single(void *ctx, const char *word, struct fault *f)
{
    if (strpbrk(word, ", "))
        return fault_set(f, ENOENT, "'%s' is not there", word);
    return take(ctx, word, f);
}

static void names_in_a_line_are_told_apart_where_they_are_known_alone(void **state)
{
    g_autoptr(GString) all = g_string_new(NULL);
    OWN(words_free) struct words *w = words_new(take_single, all);
    const char *text = "a/1, a/2 a/3,\ta/4 \nall, none\n";
    struct fault f;

    assert_int_equal(words_add(w, text, strlen(text), &f), 0);
    assert_string_equal(all->str, "a/1|a/2|a/3|a/4|all|none|");
}

static void a_json_list_has_numbers_and_strings(void **state)
{
    assert_words("[]", "");
    assert_words(" \n[ 1,-2 ,\n\"a, b\\\"\\u00e4\\\\\", 3\n]\n\n", "1|-2|a, b\"\u00e4\\|3|");
    assert_words("[7]", "7|");
}

static void a_wrong_json_list_is_told_where(void **state)
{
    assert_words("[", "1: the JSON list does not end: ']' is wanted");
    assert_words("[1,\n2", "2: the JSON list does not end: ']' is wanted");
    assert_words("[1,\n2 3]", "2: '3' in a JSON list where ',' or ']' is wanted");
    assert_words("[1,]", "1: ']' in a JSON list where a number or a string is wanted");
    assert_words("[\n\n[1]]", "3: '[' in a JSON list where a number or a string is wanted");
    assert_words("[1] x", "1: 'x' in a JSON list where nothing more is wanted");
    assert_words("[\001]", "1: byte 1 in a JSON list where a number or a string is wanted");
    assert_words("[1.5]", "1: '1.5' in a JSON list is no index; names stand in quotes");
    assert_words("[train]", "1: 'train' in a JSON list is no index; names stand in quotes");
    assert_words("[-]", "1: '-' in a JSON list is no index; names stand in quotes");
    assert_words("[\"x?\"]", "1: 'x?' is not there");
}

static void a_string_that_is_no_json_is_refused(void **state)
{
    g_autofree char *got = words_of("[\"\\x\"]", 6, 6);

    assert_true(g_str_has_prefix(got, "1: \"\\x\" is no JSON string: "));
}

static void a_line_of_any_length_may_hold_numbers(void **state)
{
    const uint64_t n = 40000;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) want = g_string_new(NULL);

    for (uint64_t i = 0; i < n; i++) {
        g_string_append_printf(text, "%" PRIu64 ", ", i);
        g_string_append_printf(want, "%" PRIu64 "|", i);
    }
    for (size_t piece = 4096; piece <= (1u << 20); piece *= 4) {
        g_autofree char *got = words_of(text->str, text->len, piece);

        assert_string_equal(got, want->str);
    }
}

static void a_word_of_any_length_is_refused(void **state)
{
    g_autofree char *text = g_strnfill(WORDS_MAX + 1000, 'x');
    g_autofree char *digits = g_strnfill(200, '1');
    g_autofree char *plain = words_of(text, WORDS_MAX + 1000, 4096);
    g_autofree char *number = words_of(digits, 200, 4096);
    g_autofree char *json = NULL;

    assert_non_null(strstr(plain, "is a word of more than 65536 bytes"));
    assert_non_null(strstr(number, "is a number of 200 digits"));
    text[0] = '[';
    text[1] = '"';
    json = words_of(text, WORDS_MAX + 1000, 4096);
    assert_non_null(strstr(json, "is a word of more than 65536 bytes"));
}

static void a_byte_of_0_is_refused(void **state)
{
    g_autofree char *got = words_of("1\nab\0c\n", 7, 7);

    assert_string_equal(got, "2: a byte of 0 is no text");
}

static void a_text_goes_on_behind_an_end_as_if_there_had_been_none(void **state)
{
    g_autoptr(GString) all = g_string_new(NULL);
    OWN(words_free) struct words *w = words_new(take, all);
    struct fault f;

    assert_int_equal(words_add(w, "1\n12", 4, &f), 0);
    assert_int_equal(words_end(w, &f), 0);
    assert_string_equal(all->str, "1|12|");
    assert_int_equal(words_add(w, "3\n4", 3, &f), 0);
    assert_int_equal(words_end(w, &f), 0);
    assert_string_equal(all->str, "1|12|123|4|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stand_between_lines_commas_and_blanks),
        cmocka_unit_test(a_name_may_have_commas_and_blanks),
        cmocka_unit_test(a_line_that_means_nothing_is_tried_word_by_word),
        cmocka_unit_test(names_in_a_line_are_told_apart_where_they_are_known_alone),
        cmocka_unit_test(a_json_list_has_numbers_and_strings),
        cmocka_unit_test(a_wrong_json_list_is_told_where),
        cmocka_unit_test(a_string_that_is_no_json_is_refused),
        cmocka_unit_test(a_line_of_any_length_may_hold_numbers),
        cmocka_unit_test(a_word_of_any_length_is_refused),
        cmocka_unit_test(a_byte_of_0_is_refused),
        cmocka_unit_test(a_text_goes_on_behind_an_end_as_if_there_had_been_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
