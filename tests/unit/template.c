/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Templates, on files whose attributes are at hand. */
#include "ops/core/template.h"

#include <errno.h>

#include "tests/unit/folder.h"

static int setup(void **state)
{
    struct folder *d;

    folder_open(state);
    d = *state;
    folder_put_text(d, "photos/cat.jpg", "");
    folder_put_text(d, "photos/7.tar.gz", "");
    folder_seq(d, "{files: \"photos/*\"}");
    return 0;
}

static void assert_prints(struct folder *d, const char *text, uint64_t i, const char *want)
{
    OWN(template_free) struct template *t = NULL;
    g_autoptr(GString) got = g_string_new(NULL);

    assert_int_equal(template_new(text, d->seq, &d->eval.fault, &t), 0);
    template_print(t, d->seq, i, got);
    assert_string_equal(got->str, want);
}

static void assert_malformed(struct folder *d, const char *text, const char *want)
{
    struct template *t = NULL;

    assert_int_equal(template_new(text, d->seq, &d->eval.fault, &t), -EINVAL);
    assert_null(t);
    assert_string_equal(d->eval.fault.text, want);
}

static bool has_suffix(struct folder *d, const char *text)
{
    OWN(template_free) struct template *t = NULL;

    assert_int_equal(template_new(text, d->seq, &d->eval.fault, &t), 0);
    return template_has_suffix(t);
}

static void fields_stand_for_attributes(void **state)
{
    assert_prints(*state, "{dir}/{stem}-{index}.{ext}", 1, "photos/cat-1.jpg");
    assert_prints(*state, "{path}|{name}", 0, "photos/7.tar.gz|7.tar.gz");
    assert_prints(*state, "no field", 0, "no field");
    assert_prints(*state, "", 0, "");
}

static void an_empty_part_of_a_path_is_left_out(void **state)
{
    assert_prints(*state, "{subdir}/{stem}", 1, "cat");
    assert_prints(*state, "a/{subdir}/{subdir}/{stem}", 1, "a/cat");
    assert_prints(*state, "a{subdir}/{stem}", 1, "a/cat");
    assert_prints(*state, "{subdir}-/{subdir}", 1, "-/");
    assert_prints(*state, "/{stem}", 1, "/cat");
}

static void a_subdir_is_what_lies_below_the_part_without_wildcards(void **state)
{
    struct folder *d = *state;
    g_autofree char *absolute =
        g_strdup_printf("[{files: '%s/arc/**/*.tif'}, {format: '{subdir}'}]", d->path);

    folder_put_text(d, "arc/a.tif", "");
    folder_put_text(d, "arc/19/b.tif", "");
    folder_put_text(d, "arc/19/x/c.tif", "");
    folder_put_text(d, "list", "arc/19/b.tif\na.tif\n");
    assert_elements(d, "[{files: 'arc/**/*.tif'}, {format: '{subdir}'}]", "19|19/x|");
    assert_elements(d, "[{files: './arc//{19/,}[ab].tif'}, {format: '{subdir}'}]", "19|");
    assert_elements(d, absolute, "19|19/x|");
    assert_elements(d, "[{files: 'arc/a.tif'}, {format: '{subdir}'}]", "");
    assert_elements(d, "[{files: {list: list}}, {format: '{subdir}'}]", "arc/19|");
    eval_finish(&d->eval);
}

static void doubled_braces_are_braces(void **state)
{
    assert_prints(*state, "{{{index}}}", 0, "{0}");
    assert_prints(*state, "}}{{", 0, "}{");
}

static void numbers_are_padded(void **state)
{
    assert_prints(*state, "{index:05d}", 1, "00001");
    assert_prints(*state, "{index:3d}|{index:03}", 1, "  1|001");
    assert_prints(*state, "{index:01d}", 1, "1");
}

static void what_is_no_number_is_not_padded(void **state)
{
    assert_prints(*state, "{ext:08d}", 1, "jpg");
}

static void an_unknown_field_is_answered_with_the_nearest(void **state)
{
    assert_malformed(*state, "{stme}", "no field 'stme' for '{stme}'; did you mean 'stem'?");
    assert_malformed(*state, "{idnex:3d}",
                     "no field 'idnex' for '{idnex:3d}'; did you mean 'index'?");
    assert_malformed(*state, "{line}", "no field 'line' for '{line}'");
}

static void broken_braces_are_refused(void **state)
{
    assert_malformed(*state, "a{stem", "'{' without '}' in 'a{stem'; write '{{' for a brace");
    assert_malformed(*state, "a{st{em}}", "'{' without '}' in 'a{st{em}}'; write '{{' for a brace");
    assert_malformed(*state, "stem}", "'}' without '{' in 'stem}'; write '}}' for a brace");
    assert_malformed(*state, "{}", "an empty field '{}'; write '{{' and '}}' for braces");
}

static void broken_formats_are_refused(void **state)
{
    assert_malformed(
        *state, "{index:x}",
        "'x' in field '{index:x}' is no format; a number is padded as in '{index:05d}'");
    assert_malformed(*state, "{index:}", "the width in field '{index:}' is outside 1..64");
    assert_malformed(*state, "{index:065d}", "the width in field '{index:065d}' is outside 1..64");
    assert_malformed(*state, "{index:99999999999999999999d}",
                     "the width in field '{index:99999999999999999999d}' is outside 1..64");
}

static void a_suffix_is_a_word_behind_a_dot_at_the_end(void **state)
{
    assert_true(has_suffix(*state, "{stem}.png"));
    assert_true(has_suffix(*state, "{stem}-small.png"));
    assert_true(has_suffix(*state, "{stem}.{ext}"));
    assert_true(has_suffix(*state, "{name}"));
    assert_true(has_suffix(*state, "{path}"));
    assert_false(has_suffix(*state, "{stem}"));
    assert_false(has_suffix(*state, "{name}-small"));
    assert_false(has_suffix(*state, "v1.0-{index}"));
    assert_false(has_suffix(*state, "{stem}."));
    assert_false(has_suffix(*state, ".hidden"));
    assert_false(has_suffix(*state, "{dir}/.hidden"));
    assert_false(has_suffix(*state, "{dir}.d/x"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fields_stand_for_attributes),
        TEST(an_empty_part_of_a_path_is_left_out),
        TEST(a_subdir_is_what_lies_below_the_part_without_wildcards),
        TEST(doubled_braces_are_braces),
        TEST(numbers_are_padded),
        TEST(what_is_no_number_is_not_padded),
        TEST(an_unknown_field_is_answered_with_the_nearest),
        TEST(broken_braces_are_refused),
        TEST(broken_formats_are_refused),
        TEST(a_suffix_is_a_word_behind_a_dot_at_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
