/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Complaints: their order, their lines, and carets that stand where they should. */
#include "ops/spec/complain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_print(const struct complaints *c, const char *wanted)
{
    char *printed = NULL;
    size_t len;
    FILE *out = open_memstream(&printed, &len);

    complaints_print(c, out);
    fclose(out);
    assert_string_equal(printed, wanted);
    free(printed);
}

static void check_show(const char *text, size_t len, struct mark at, const char *wanted)
{
    char *printed = NULL;
    size_t n;
    FILE *out = open_memstream(&printed, &n);

    complain_show(text, len, at, out);
    fclose(out);
    assert_string_equal(printed, wanted);
    free(printed);
}

#define SHOW(text, line, column, len, wanted) \
    check_show(text, strlen(text), (struct mark){line, column, len}, wanted)

static void a_complaint_shows_its_place_line_and_caret(void **state)
{
    static const char text[] = "dataset:\n  - files: a\n  - thumbnail: {widht: 224}\n";
    OWN(complaints_free) struct complaints *c = complaints_new();

    complaints_set_source(c, "src.yaml", text, strlen(text));
    complaints_add(c, COMPLAINT_SPEC, (struct mark){3, 17, 5}, "thumbnail: no argument '%s'",
                   "widht");
    check_print(c, "src.yaml:3:17: thumbnail: no argument 'widht'\n"
                   "    - thumbnail: {widht: 224}\n"
                   "                  ^~~~~\n");
}

static void complaints_are_printed_in_the_order_of_their_places(void **state)
{
    OWN(complaints_free) struct complaints *c = complaints_new();

    complaints_set_source(c, "s", NULL, 0);
    complaints_add(c, COMPLAINT_SPEC, (struct mark){9, 1, 1}, "third");
    complaints_add(c, COMPLAINT_SPEC, (struct mark){2, 7, 1}, "second");
    complaints_add(c, COMPLAINT_SPEC, (struct mark){2, 7, 1}, "second too");
    complaints_add(c, COMPLAINT_SPEC, (struct mark){2, 3, 1}, "first");
    complaints_add(c, COMPLAINT_SPEC, (struct mark){0}, "nowhere");
    check_print(c, "s: nowhere\ns:2:3: first\ns:2:7: second\ns:2:7: second too\ns:9:1: third\n");
}

static void the_same_complaint_counts_once(void **state)
{
    OWN(complaints_free) struct complaints *c = complaints_new();

    for (int i = 0; i < 3; i++)
        complaints_add(c, COMPLAINT_SPEC, (struct mark){1, 2, 3}, "same");
    complaints_add(c, COMPLAINT_SPEC, (struct mark){1, 3, 3}, "same");
    assert_int_equal(complaints_len(c), 2);
}

static void one_of_the_spec_outweighs_those_of_sources(void **state)
{
    OWN(complaints_free) struct complaints *c = complaints_new();

    complaints_add(c, COMPLAINT_SOURCE, (struct mark){1, 1, 1}, "a");
    assert_int_equal(complaints_kind(c), COMPLAINT_SOURCE);
    complaints_add(c, COMPLAINT_SPEC, (struct mark){1, 1, 1}, "b");
    complaints_add(c, COMPLAINT_SOURCE, (struct mark){1, 1, 1}, "c");
    assert_int_equal(complaints_kind(c), COMPLAINT_SPEC);
}

static void a_hundred_are_shown_and_the_rest_counted(void **state)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    g_autoptr(GString) wanted = g_string_new(NULL);

    for (unsigned i = 1; i <= 5000; i++)
        complaints_add(c, COMPLAINT_SPEC, (struct mark){i, 1, 1}, "bad");
    assert_int_equal(complaints_len(c), 5000);
    for (unsigned i = 1; i <= 100; i++)
        g_string_append_printf(wanted, "%u:1: bad\n", i);
    g_string_append(wanted, "and at least 4900 more\n");
    check_print(c, wanted->str);
}

static void a_sentence_is_one_line_of_bounded_length(void **state)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    g_autofree char *text = g_strnfill(100000, 'x');
    g_autofree char *wanted = g_strdup_printf("a?b %.396s...\n", text);

    complaints_add(c, COMPLAINT_SPEC, (struct mark){0}, "a\nb %s", text);
    check_print(c, wanted);
}

static void the_caret_stands_under_wide_and_combining_characters(void **state)
{
    SHOW("ab: x", 1, 5, 1, "  ab: x\n      ^\n");
    SHOW("日本: x", 1, 5, 1, "  日本: x\n        ^\n");
    SHOW("日本: x", 1, 1, 2, "  日本: x\n  ^~~~\n");
    SHOW("e\xcc\x81: x", 1, 5, 1, "  e\xcc\x81: x\n     ^\n");
}

static void tabs_become_blanks_and_junk_a_question_mark(void **state)
{
    SHOW("\ta:\tx", 1, 5, 1, "   a: x\n      ^\n");
    SHOW("a\xff\x07x", 1, 4, 1, "  a??x\n     ^\n");
    check_show("a\0x", 3, (struct mark){1, 3, 1}, "  a?x\n    ^\n");
    SHOW("a\x1b[31mx", 1, 1, 1, "  a?[31mx\n  ^\n");
}

static void an_underline_ends_with_its_line(void **state)
{
    SHOW("abc\ndef\n", 1, 2, 1000, "  abc\n   ^~\n");
    SHOW("abc\n", 1, 4, 1, "  abc\n     ^\n");
    SHOW("abc\n", 1, 90, 1, "  abc\n     ^\n");
}

static void every_line_break_of_yaml_ends_a_line(void **state)
{
    static const char text[] = "1\n2\r\n3\r4\xc2\x85"
                               "5\xe2\x80\xa8"
                               "6\xe2\x80\xa9"
                               "7";
    static const char *const lines[] = {"1", "2", "3", "4", "5", "6", "7"};

    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *wanted = g_strdup_printf("  %s\n  ^\n", lines[i]);
        struct mark place = complain_place(text, strlen(text), strstr(text, lines[i]) - text);

        SHOW(text, i + 1, 1, 1, wanted);
        assert_int_equal(place.line, i + 1);
        assert_int_equal(place.column, 1);
    }
}

static void a_line_that_is_not_there_shows_nothing(void **state)
{
    SHOW("a\n", 0, 1, 1, "");
    SHOW("a\n", 2, 1, 1, "");
    SHOW("a\n", 4000000000u, 1, 1, "");
    SHOW("", 1, 1, 1, "");
    SHOW("a\n\nb", 2, 1, 1, "  \n  ^\n");
}

static void a_long_line_is_cut_around_its_caret(void **state)
{
    g_autofree char *line = g_strnfill(1000, 'x');
    g_autofree char *late = g_strdup_printf("  ...%.40sY%.55s...\n  %43s^\n", line, line, "");
    g_autofree char *early = g_strdup_printf("  xxY%.93s...\n    ^~\n", line);

    line[499] = 'Y';
    SHOW(line, 1, 500, 1, late);
    line[499] = 'x';
    line[2] = 'Y';
    SHOW(line, 1, 3, 2, early);
}

static void a_place_counts_characters(void **state)
{
    static const char text[] = "ab\n\xe2\x82\xac\xff"
                               "c\n";
    struct mark at = complain_place(text, strlen(text), strchr(text, 'c') - text);

    assert_int_equal(at.line, 2);
    assert_int_equal(at.column, 3);
    at = complain_place(text, strlen(text), 1000);
    assert_int_equal(at.line, 3);
    assert_int_equal(at.column, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complaint_shows_its_place_line_and_caret),
        cmocka_unit_test(complaints_are_printed_in_the_order_of_their_places),
        cmocka_unit_test(the_same_complaint_counts_once),
        cmocka_unit_test(one_of_the_spec_outweighs_those_of_sources),
        cmocka_unit_test(a_hundred_are_shown_and_the_rest_counted),
        cmocka_unit_test(a_sentence_is_one_line_of_bounded_length),
        cmocka_unit_test(the_caret_stands_under_wide_and_combining_characters),
        cmocka_unit_test(tabs_become_blanks_and_junk_a_question_mark),
        cmocka_unit_test(an_underline_ends_with_its_line),
        cmocka_unit_test(every_line_break_of_yaml_ends_a_line),
        cmocka_unit_test(a_line_that_is_not_there_shows_nothing),
        cmocka_unit_test(a_long_line_is_cut_around_its_caret),
        cmocka_unit_test(a_place_counts_characters),
    };

    return cmocka_run_group_tests_name("complain", tests, NULL, NULL);
}
