/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parameters of specs: how they are filled in, and what is said of those that cannot be. */
#include "tests/unit/specs.h"

static void parameters_are_filled_in_everywhere(void **state)
{
    static const char *const defines[] = {"w=300", "root=/da=ta", NULL};
    OWN(spec_free)
    struct spec *s =
        parse("params: {root: ~, w: 224, crop-it: centre}\na: ${root}/x.jpg\nb: '${w}'\n"
              "c: \"${w}x${w}\"\nd: $${w} $w $\n${crop-it}: e\n",
              defines);

    assert_string_equal(text_at(s, "a"), "/da=ta/x.jpg");
    assert_string_equal(text_at(s, "b"), "300");
    assert_string_equal(text_at(s, "c"), "300x300");
    assert_string_equal(text_at(s, "d"), "${w} $w $");
    assert_string_equal(text_at(s, "centre"), "e");
}

static void a_lone_parameter_is_no_longer_quoted(void **state)
{
    OWN(spec_free)
    struct spec *s = parse("params: {w: '3'}\na: '${w}'\nb: '${w}.'\nc: '$${w}'", NULL);

    assert_false(node_find(spec_root(s), "a")->quoted);
    assert_true(node_find(spec_root(s), "b")->quoted);
    assert_true(node_find(spec_root(s), "c")->quoted);
}

static void values_are_not_looked_at_again(void **state)
{
    static const char *const defines[] = {"a=${b}", NULL};
    OWN(spec_free) struct spec *s = parse("params: {a: 1, b: 2}\nx: ${a}$${b}", defines);

    assert_string_equal(text_at(s, "x"), "${b}${b}");
}

static void the_environment_can_be_read(void **state)
{
    g_setenv("SEQFS_TEST_SET", "value", TRUE);
    g_setenv("SEQFS_TEST_EMPTY", "", TRUE);
    g_unsetenv("SEQFS_TEST_UNSET");
    OWN(spec_free)
    struct spec *s = parse("params: {p: '${env:SEQFS_TEST_SET}/p'}\na: ${env:SEQFS_TEST_SET}\n"
                           "b: ${env:SEQFS_TEST_UNSET:-no:-ne}\nc: ${env:SEQFS_TEST_EMPTY:-x}\n"
                           "d: a${env:SEQFS_TEST_EMPTY}b\ne: ${p}\nf: a${env:SEQFS_TEST_UNSET:-}\n",
                           NULL);

    assert_string_equal(text_at(s, "a"), "value");
    assert_string_equal(text_at(s, "b"), "no:-ne");
    assert_string_equal(text_at(s, "c"), "x");
    assert_string_equal(text_at(s, "d"), "ab");
    assert_string_equal(text_at(s, "e"), "value/p");
    assert_string_equal(text_at(s, "f"), "a");
}

static void bad_uses_of_parameters_are_told(void **state)
{
    g_setenv("SEQFS_TEST_LATIN", "\xe9", TRUE);
    g_unsetenv("SEQFS_TEST_UNSET");
    BAD("params: {width: 1}\na: ${widht}\nb: x${\nc: ${}\nd: ${env:}\ne: ${env:SEQFS_TEST_UNSET}\n"
        "f: ${env:SEQFS_TEST_LATIN}\ng: ${a${width}}\nh: ${env:1}${zzz}\n",
        "2:4: no parameter 'widht'; did you mean 'width'?\n"
        "3:4: '${' without '}'; a literal '${' is written '$${'\n"
        "4:4: '${}' names no parameter; a literal '${' is written '$${'\n"
        "5:4: '${env:}' names no environment variable\n"
        "6:4: environment variable 'SEQFS_TEST_UNSET' is not set; set it, or give it a default: "
        "${env:SEQFS_TEST_UNSET:-...}\n"
        "7:4: environment variable 'SEQFS_TEST_LATIN' is not UTF-8\n"
        "8:4: '${a${width}': a parameter cannot hold another\n"
        "9:4: '${env:1}' names no environment variable\n"
        "9:4: no parameter 'zzz'; the top-level 'params' gives every parameter its default");
}

static void bad_definitions_are_told(void **state)
{
    BAD("params: 3", "1:9: 'params' is a mapping of names to defaults, not '3'");
    BAD("params: {root: null, 3: 4, x: [1], i: '${j}', j: 1}\na: ${root}${x}",
        "1:10: parameter 'root' has no default: give it with -D root=VALUE\n"
        "1:22: the name of a parameter is letters, digits, '_' and '-', and no digit first\n"
        "1:31: parameter 'x' is a text or a number, not a list\n"
        "1:39: '${j}': a default can use ${env:NAME}, but no other parameter");
}

static void bad_defines_are_told_without_a_place(void **state)
{
    static const char *const defines[] = {"widht=3", "width", "width=\xff", NULL};
    static const char text[] = "params: {width: 1}";

    check_bad(text, strlen(text), defines,
              " -D widht=3: no parameter 'widht'; did you mean 'width'?\n"
              " -D width: a parameter is given as name=value\n"
              " -D width=\xef\xbf\xbd: the value is not UTF-8");
}

static void a_default_that_is_overridden_may_be_impossible(void **state)
{
    static const char *const defines[] = {"a=1", "a=2", NULL};
    OWN(spec_free)
    struct spec *s = parse("params: {a: '${env:NO_SUCH_VARIABLE}'}\nb: ${a}", defines);

    assert_string_equal(text_at(s, "b"), "2");
}

static void keys_may_become_equal_by_parameters(void **state)
{
    BAD("params: {a: b}\nb: 1\n${a}: 2\n", "3:1: key 'b' is given twice, the first time at 2:1");
}

static void what_parameters_make_is_bounded(void **state)
{
    g_autofree char *big = g_strnfill(60000, 'x');
    g_autofree char *define = g_strconcat("p=", big, NULL);
    const char *const defines[] = {define, NULL};
    g_autofree char *many = fill_spec("params: {p: 1}\na: [", "'${p}',");
    static const char twice[] = "params: {p: 1}\na: ${p}${p}";

    check_bad(twice, strlen(twice), defines,
              "2:4: with its parameters filled in this is longer than 65536 bytes");
    memcpy(many + strlen(many) - 1, "]", 1);
    check_bad(many, strlen(many), defines,
              "2:1958: parameters make the spec larger than 16777216 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_filled_in_everywhere),
        cmocka_unit_test(a_lone_parameter_is_no_longer_quoted),
        cmocka_unit_test(values_are_not_looked_at_again),
        cmocka_unit_test(the_environment_can_be_read),
        cmocka_unit_test(bad_uses_of_parameters_are_told),
        cmocka_unit_test(bad_definitions_are_told),
        cmocka_unit_test(bad_defines_are_told_without_a_place),
        cmocka_unit_test(a_default_that_is_overridden_may_be_impossible),
        cmocka_unit_test(keys_may_become_equal_by_parameters),
        cmocka_unit_test(what_parameters_make_is_bounded),
    };

    return cmocka_run_group_tests_name("params", tests, NULL, NULL);
}
