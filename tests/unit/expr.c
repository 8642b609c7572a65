/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions: what they give for elements whose attributes are at hand, and what is said of those
 * that are wrong. */
#include "ops/core/expr.h"

#include <errno.h>
#include <math.h>

#include "tests/unit/folder.h"

/* Files with attributes of every look; they are elements in the order of their names. */
enum { CAT_7, CAT_NAME, NO_EXT, SEVEN, TRUTH, ZERO };

static int setup(void **state)
{
    struct folder *d;

    folder_open(state);
    d = *state;
    folder_put_text(d, "data/7.cat", "");
    folder_put_text(d, "data/Cat.jpg", "");
    folder_put_text(d, "data/noext", "");
    folder_put_text(d, "data/seven.07", "");
    folder_put_text(d, "data/true.null", "");
    folder_put_text(d, "data/zero.0", "");
    folder_seq(d, "{files: \"data/*\"}");
    return 0;
}

static void print_result(const struct expr_value *v, GString *ret)
{
    static const char *const words[] = {"null", "bool", "number", "text"};

    g_string_append_printf(ret, "%s", words[v->kind]);
    if (v->kind == EXPR_BOOL)
        g_string_append(ret, v->b ? " true" : " false");
    else if (v->kind == EXPR_NUMBER)
        g_string_append_printf(ret, " %.17g", v->x);
    else if (v->kind == EXPR_TEXT)
        g_string_append_printf(ret, " %s", v->text);
}

/* "number 3", or "!" and the fault. */
static char *result(struct folder *d, const char *text, uint64_t i)
{
    OWN(expr_free) struct expr *x = NULL;
    GString *ret = g_string_new(NULL);
    struct fault *f = &d->eval.fault;
    struct expr_value v;

    if (expr_new(text, d->seq, f, &x) < 0)
        g_string_printf(ret, "refused: %s", f->text);
    else if (expr_get(x, d->seq, i, f, &v) < 0)
        g_string_printf(ret, "!%s", f->text);
    else {
        print_result(&v, ret);
        g_free(v.kind == EXPR_TEXT ? v.text : NULL);
    }
    return g_string_free(ret, FALSE);
}

static void assert_result(struct folder *d, const char *text, uint64_t i, const char *want)
{
    g_autofree char *got = result(d, text, i);

    if (strcmp(got, want) != 0)
        fail_msg("%s: wanted '%s', got '%s'", text, want, got);
}

static void assert_refusal(struct folder *d, const char *text, const char *want)
{
    OWN(expr_free) struct expr *x = NULL;

    assert_int_equal(expr_new(text, d->seq, &d->eval.fault, &x), -EINVAL);
    assert_null(x);
    assert_string_equal(d->eval.fault.text, want);
}

static bool test(struct folder *d, const char *text, uint64_t i)
{
    OWN(expr_free) struct expr *x = NULL;
    struct fault *f = &d->eval.fault;
    bool is_true = false;

    if (expr_new(text, d->seq, f, &x) < 0 || expr_test(x, d->seq, i, f, &is_true) < 0)
        fail_msg("%s: %s", text, f->text);
    return is_true;
}

#define assert_holds(d, text, i) assert_true(test(d, text, i))
#define assert_fails(d, text, i) assert_false(test(d, text, i))

static void literals_are_numbers_texts_and_words(void **state)
{
    assert_result(*state, "1.5e1", 0, "number 15");
    assert_result(*state, ".5", 0, "number 0.5");
    assert_result(*state, "0x10", 0, "number 16");
    assert_result(*state, "'a \"b\" c'", 0, "text a \"b\" c");
    assert_result(*state, "\"it's\"", 0, "text it's");
    assert_result(*state, "'it''s'", 0, "text it's");
    assert_result(*state, "'\\d'", 0, "text \\d");
    assert_result(*state, "''", 0, "text ");
    assert_result(*state, "true", 0, "bool true");
    assert_result(*state, "null", 0, "null");
}

static void an_attribute_alone_is_what_it_looks_like(void **state)
{
    assert_result(*state, "stem", CAT_7, "number 7");
    assert_result(*state, "stem", CAT_NAME, "text Cat");
    assert_result(*state, "stem", TRUTH, "bool true");
    assert_result(*state, "ext", TRUTH, "null");
    assert_result(*state, "index", NO_EXT, "number 2");
    assert_result(*state, "text(stem)", CAT_7, "text 7");
}

static void arithmetic_has_the_precedence_of_python(void **state)
{
    assert_result(*state, "1 + 2 * 3 - 4 / 8", 0, "number 6.5");
    assert_result(*state, "(1 + 2) * 3", 0, "number 9");
    assert_result(*state, "10 - 4 - 3", 0, "number 3");
    assert_result(*state, "100 / 10 / 5 * 2", 0, "number 4");
    assert_result(*state, "-2 * -3", 0, "number 6");
    assert_result(*state, "--2", 0, "number 2");
    assert_result(*state, "1-1", 0, "number 0");
    assert_result(*state, "index+ext * 2", SEVEN, "number 17");
}

static void modulo_has_the_sign_of_the_divisor(void **state)
{
    assert_result(*state, "7 % 3", 0, "number 1");
    assert_result(*state, "-7 % 3", 0, "number 2");
    assert_result(*state, "7 % -3", 0, "number -2");
    assert_result(*state, "-7 % -3", 0, "number -1");
    assert_result(*state, "5.5 % 2", 0, "number 1.5");
    assert_result(*state, "6 % -3 == 0", 0, "bool true");
}

static void a_division_by_zero_is_a_fault(void **state)
{
    assert_result(*state, "1 / (index - 1)", 1, "!'/' by zero");
    assert_result(*state, "1 / (index - 1)", 2, "number 1");
    assert_result(*state, "1 % ext", ZERO, "!'%' by zero");
}

static void arithmetic_on_what_is_no_number_is_a_fault(void **state)
{
    assert_result(*state, "stem + 1", CAT_NAME, "!'+' wants numbers, but 'stem' is 'Cat'");
    assert_result(*state, "2 * ext", TRUTH, "!'*' wants numbers, but 'ext' is 'null'");
    assert_result(*state, "-lower(stem)", CAT_NAME, "!'-' wants numbers, not 'cat'");
    assert_result(*state, "'5' + 1", 0, "!'+' wants numbers, not '5'");
    assert_result(*state, "1 + true", 0, "!'+' wants numbers, not 'true'");
    assert_result(*state, "abs(null)", 0, "!'abs' wants numbers, not 'null'");
}

static void an_attribute_is_a_number_beside_a_number(void **state)
{
    assert_holds(*state, "ext == 7", SEVEN);
    assert_holds(*state, "7 == ext", SEVEN);
    assert_holds(*state, "ext < 7.5 and ext >= 7 and ext <= 7 and ext > 6", SEVEN);
    assert_holds(*state, "stem != 7", SEVEN);
    assert_fails(*state, "stem < 7", SEVEN);
    assert_fails(*state, "stem >= 7", SEVEN);
}

static void an_attribute_is_a_text_beside_a_text(void **state)
{
    assert_fails(*state, "ext == '7'", SEVEN);
    assert_holds(*state, "ext == '07'", SEVEN);
    assert_holds(*state, "stem > 'Cas' and stem < 'Caterpillar'", CAT_NAME);
    assert_holds(*state, "stem < 'a'", CAT_NAME);
    assert_holds(*state, "ext == 'null' and stem == 'true'", TRUTH);
    assert_holds(*state, "ext == ''", NO_EXT);
}

static void two_attributes_are_numbers_if_both_look_so(void **state)
{
    struct folder *d = *state;

    assert_holds(d, "stem != ext", SEVEN);
    folder_put_text(d, "pairs/7.07", "");
    folder_put_text(d, "pairs/9.10", "");
    folder_put_text(d, "pairs/9.x", "");
    folder_seq(d, "{files: \"pairs/*\"}");
    assert_holds(d, "stem == ext", 0);
    assert_holds(d, "stem < ext", 1);
    assert_holds(d, "stem < ext", 2);
    assert_fails(d, "text(stem) < text(ext)", 1);
}

static void an_attribute_is_a_truth_value_beside_one(void **state)
{
    assert_holds(*state, "stem == true and stem != false and stem > false", TRUTH);
    assert_holds(*state, "stem != true", SEVEN);
    assert_fails(*state, "stem == true or stem > true", SEVEN);
}

static void what_is_of_another_kind_is_unequal(void **state)
{
    assert_fails(*state, "'5' == 5", 0);
    assert_holds(*state, "'5' != 5", 0);
    assert_fails(*state, "'5' < 6 or '5' > 4", 0);
    assert_fails(*state, "1 == true", 0);
}

static void only_equality_with_null_is_true_of_null(void **state)
{
    assert_holds(*state, "ext == null", TRUTH);
    assert_holds(*state, "null == ext", TRUTH);
    assert_fails(*state, "ext != null", TRUTH);
    assert_holds(*state, "ext != null", NO_EXT);
    assert_holds(*state, "null == null", 0);
    assert_fails(*state, "ext == 5 or ext != 5 or ext < 5 or ext >= 5", TRUTH);
    assert_fails(*state, "ext in [5] or ext not in [5]", TRUTH);
    assert_fails(*state, "number(stem) matches 'x' or number(stem) not matches 'x'", SEVEN);
    assert_fails(*state, "null < 1 or null >= null", 0);
}

static void an_element_without_the_attribute_has_null(void **state)
{
    struct folder *d = *state;
    OWN(expr_free) struct expr *x = NULL;
    const struct seq *files = d->seq;
    struct plan *kept = g_steal_pointer(&d->plan); /* files is of it */
    bool is_null;

    assert_int_equal(
        expr_new("stem == null and not startswith(stem, '')", files, &d->eval.fault, &x), 0);
    folder_seq(d, "{range: 2}");
    assert_int_equal(expr_test(x, d->seq, 1, &d->eval.fault, &is_null), 0);
    assert_true(is_null);
    plan_free(kept);
}

static void nan_is_unequal_to_all(void **state)
{
    assert_holds(*state, "1e308 * 10 - 1e308 * 10 != 0", 0);
    assert_fails(*state, "1e308 * 10 - 1e308 * 10 == 1e308 * 10 - 1e308 * 10", 0);
    assert_fails(*state, "1e308 * 10 - 1e308 * 10 < 0", 0);
}

static void and_or_and_not_bind_as_in_python(void **state)
{
    assert_holds(*state, "true or true and false", 0);
    assert_fails(*state, "(true or true) and false", 0);
    assert_holds(*state, "not false and true", 0);
    assert_holds(*state, "not 1 == 2", 0);
    assert_fails(*state, "not not 0", 0);
    assert_result(*state, "1 and 'x'", 0, "bool true");
}

static void what_follows_a_decision_is_not_evaluated(void **state)
{
    assert_fails(*state, "false and 1 / 0", 0);
    assert_holds(*state, "true or 1 / 0", 0);
    assert_holds(*state, "index in [0, 1 / 0]", 0);
}

static void null_zero_and_nothing_are_false(void **state)
{
    assert_fails(*state, "null or 0 or '' or false or -0.0", 0);
    assert_holds(*state, "'0' and 'false' and 0.1", 0);
    assert_fails(*state, "ext", NO_EXT);
    assert_fails(*state, "ext", ZERO);
    assert_fails(*state, "ext", TRUTH);
    assert_holds(*state, "stem", TRUTH);
    assert_fails(*state, "index", 0);
}

static void in_asks_for_equality_with_any(void **state)
{
    assert_holds(*state, "ext in ['png', 'jpg']", CAT_NAME);
    assert_fails(*state, "ext not in ['png', 'jpg']", CAT_NAME);
    assert_holds(*state, "ext not in ['png']", CAT_NAME);
    assert_holds(*state, "ext in [1, 3 + 4]", SEVEN);
    assert_fails(*state, "ext in ['7']", SEVEN);
    assert_holds(*state, "ext in [1, null]", TRUTH);
    assert_fails(*state, "ext not in [1, null]", TRUTH);
    assert_fails(*state, "ext in []", CAT_NAME);
    assert_holds(*state, "not ext in ['x'] and stem in [lower('CAT'), 'Cat']", CAT_NAME);
}

static void matches_searches_for_a_regular_expression(void **state)
{
    assert_holds(*state, "stem matches 'a'", CAT_NAME);
    assert_fails(*state, "stem matches '^a'", CAT_NAME);
    assert_holds(*state, "stem matches '(?i)^cAT$'", CAT_NAME);
    assert_holds(*state, "stem not matches '\\d'", CAT_NAME);
    assert_holds(*state, "stem matches '^\\d$'", CAT_7);
    assert_holds(*state, "index * 2 matches '^10$'", ZERO);
    assert_holds(*state, "not stem matches 'dog'", CAT_NAME);
}

static void a_regular_expression_that_takes_for_ever_is_a_fault(void **state)
{
    struct folder *d = *state;
    g_autofree char *all = g_strnfill(200, 'a');
    g_autofree char *file = g_strdup_printf("slow/%sb", all);
    OWN(expr_free) struct expr *x = NULL;
    bool found;

    folder_put_text(d, file, "");
    folder_seq(d, "{files: \"slow/*\"}");
    assert_int_equal(expr_new("name matches '^(a|a?)+$'", d->seq, &d->eval.fault, &x), 0);
    assert_true(expr_test(x, d->seq, 0, &d->eval.fault, &found) < 0);
    assert_non_null(strstr(d->eval.fault.text, "matching '^(a|a?)+$': "));
}

static void functions_of_texts(void **state)
{
    assert_result(*state, "len('größe')", 0, "number 5");
    assert_result(*state, "len(stem)", CAT_7, "number 1");
    assert_result(*state, "upper('größe') == 'GRÖSSE'", 0, "bool true");
    assert_result(*state, "lower(stem)", CAT_NAME, "text cat");
    assert_result(*state, "upper(stem) + 0", CAT_7, "!'+' wants numbers, not '7'");
    assert_result(*state, "startswith(stem, 'Ca') and not startswith(stem, 'at')", CAT_NAME,
                  "bool true");
    assert_result(*state, "endswith(stem, 'at') and not endswith(stem, 'Ca')", CAT_NAME,
                  "bool true");
    assert_result(*state, "contains(name, 't.j') and not contains('a', 'aa')", CAT_NAME,
                  "bool true");
    assert_result(*state, "startswith(stem, stem) and endswith(stem, '')", CAT_NAME, "bool true");
    assert_result(*state, "startswith(index, 4)", TRUTH, "bool true");
}

static void functions_of_numbers(void **state)
{
    assert_result(*state, "abs(-2.5)", 0, "number 2.5");
    assert_result(*state, "floor(-2.5)", 0, "number -3");
    assert_result(*state, "floor(ext / 2)", SEVEN, "number 3");
    assert_result(*state, "number('2.5') + number(true)", 0, "number 3.5");
    assert_result(*state, "number(stem)", CAT_NAME, "null");
    assert_result(*state, "number(ext) + 1", SEVEN, "number 8");
}

static void text_writes_numbers_as_short_as_can_be(void **state)
{
    assert_result(*state, "text(2)", 0, "text 2");
    assert_result(*state, "text(-0.0)", 0, "text 0");
    assert_result(*state, "text(0.1)", 0, "text 0.1");
    assert_result(*state, "text(0.1 + 0.2)", 0, "text 0.30000000000000004");
    assert_result(*state, "text(1e300)", 0, "text 1e+300");
    assert_result(*state, "text(1 == 1)", 0, "text true");
}

static void functions_of_null_are_null(void **state)
{
    assert_result(*state, "lower(null)", 0, "null");
    assert_result(*state, "len(number('x'))", 0, "null");
    assert_result(*state, "startswith('x', null)", 0, "null");
}

static void names_of_functions_are_no_words(void **state)
{
    struct folder *d = *state;

    assert_result(d, "attr('stem')", CAT_NAME, "text Cat");
    folder_seq(d, "{collate: {len: {values: [3]}, in: {values: [4]}, a b: {values: [5]}, "
                  "größe: {values: [6]}, image: {files: data/Cat.jpg}}}");
    assert_result(d, "len + attr('in') + attr('a b') + größe", 0, "number 18");
    assert_result(d, "lower(image.stem)", 0, "text cat");
}

static void names_that_are_no_utf8_are_looked_at_all_the_same(void **state)
{
    struct folder *d = *state;

    folder_put_text(d,
                    "odd/A\xff"
                    "B",
                    "");
    folder_seq(d, "{files: \"odd/*\"}");
    assert_holds(d, "stem matches '^A.B$' and len(stem) == 3 and endswith(lower(stem), 'b')", 0);
}

static void an_unknown_attribute_is_answered_with_the_nearest(void **state)
{
    struct folder *d = *state;

    assert_refusal(d, "stme == 'x'", "no attribute 'stme'; did you mean 'stem'?");
    assert_refusal(d, "ext == jpeg", "no attribute 'jpeg'; a text stands in quotes");
    assert_refusal(d, "attr('stme')", "no attribute 'stme'; did you mean 'stem'?");
    folder_seq(d, "{collate: {image: {files: data/Cat.jpg}}}");
    assert_refusal(d, "imag.stem == 'x'", "no attribute 'imag.stem'; did you mean 'image.stem'?");
}

static void an_unknown_function_is_answered_with_the_nearest(void **state)
{
    assert_refusal(*state, "1 + lenn(stem)",
                   "no function 'lenn' at character 5; did you mean 'len'?");
    assert_refusal(*state, "frobnicate()", "no function 'frobnicate' at character 1");
}

static void a_function_is_given_its_number_of_arguments(void **state)
{
    assert_refusal(*state, "len()", "'len' at character 1 is given 0 arguments, it takes 1");
    assert_refusal(*state, "startswith(stem)",
                   "'startswith' at character 1 is given 1 arguments, it takes 2");
    assert_refusal(*state, "1 + abs(1, 2)",
                   "'abs' at character 5 is given 2 arguments, it takes 1");
}

static void what_is_missing_is_told_with_its_place(void **state)
{
    assert_refusal(*state, "", "a value is missing at character 1");
    assert_refusal(*state, "(1 + 2", "')' is missing at character 7");
    assert_refusal(*state, "'ä' == (1", "')' is missing at character 10");
    assert_refusal(*state, "1 +", "a value is missing at character 4");
    assert_refusal(*state, "1 + and", "a value is missing at character 5, before 'and'");
    assert_refusal(*state, "len(1", "')' is missing at character 6");
    assert_refusal(*state, "1 in [1 2]", "']' is missing at character 9, before '2'");
    assert_refusal(*state, "1 in [1,]", "a value is missing at character 9, before ']'");
    assert_refusal(*state, "1 in 2",
                   "'[' of a list behind 'in' is missing at character 6, before '2'");
    assert_refusal(*state, "1 not 2", "'in' or 'matches' is missing at character 7, before '2'");
    assert_refusal(*state, "1 2",
                   "'and', 'or' or another operator is missing at character 3, before '2'");
    assert_refusal(*state, "stem matches ext",
                   "a regular expression in quotes is missing at character 14, before 'ext'");
    assert_refusal(*state, "attr(stem)",
                   "the name of an attribute in quotes is missing at character 6, before 'stem'");
}

static void what_is_no_word_is_told_with_its_place(void **state)
{
    assert_refusal(*state, "1 = 1", "'=' at character 3 means nothing here; write '=='");
    assert_refusal(*state, "1 && 1", "'&&' at character 3 means nothing here; write 'and'");
    assert_refusal(*state, "1 || 1", "'||' at character 3 means nothing here; write 'or'");
    assert_refusal(*state, "!stem", "'!' at character 1 means nothing here; write 'not'");
    assert_refusal(*state, "1 <> 2", "'<>' at character 3 means nothing here; write '!='");
    assert_refusal(*state, "{stem}", "'{' at character 1 means nothing here");
    assert_refusal(*state, "stem == 'x", "the text that begins at character 9 does not end");
    assert_refusal(*state, "12px < 1", "'12px' at character 1 is no number");
    assert_refusal(*state, "1.2.3", "'1.2.3' at character 1 is no number");
    assert_refusal(*state, "1e999", "'1e999' at character 1 is no number");
}

static void comparisons_do_not_chain(void **state)
{
    assert_refusal(*state, "1 < index < 3",
                   "'<' at character 11: comparisons do not chain, join two with 'and'");
}

/* The reason is PCRE's, whose words differ from version to version. */
static void a_broken_regular_expression_is_refused_at_load(void **state)
{
    static const char begin[] = "'a(b' at character 14 is no regular expression: missing ";
    struct folder *d = *state;
    OWN(expr_free) struct expr *x = NULL;

    assert_int_equal(expr_new("stem matches 'a(b'", d->seq, &d->eval.fault, &x), -EINVAL);
    assert_true(g_str_has_prefix(d->eval.fault.text, begin));
}

static char *repeated(const char *begin, const char *part, unsigned n, const char *end)
{
    GString *text = g_string_new(begin);

    while (n-- > 0)
        g_string_append(text, part);
    g_string_append(text, end);
    return g_string_free(text, FALSE);
}

static void assert_too_deep(struct folder *d, const char *begin, const char *part, const char *end)
{
    g_autofree char *text = repeated(begin, part, 5000, end);
    OWN(expr_free) struct expr *x = NULL;

    assert_int_equal(expr_new(text, d->seq, &d->eval.fault, &x), -EINVAL);
    assert_true(g_str_has_prefix(d->eval.fault.text, "more than 100 levels at character "));
}

static void depth_is_bounded(void **state)
{
    assert_too_deep(*state, "", "(", "1");
    assert_too_deep(*state, "", "not ", "1");
    assert_too_deep(*state, "", "- ", "1");
    assert_too_deep(*state, "1", " + 1", "");
    assert_too_deep(*state, "", "len(", "1");
    assert_too_deep(*state, "", "1 in [", "1");
}

static void long_rows_of_and_and_or_are_not_deep(void **state)
{
    g_autofree char *some = repeated("index == 0", " or index == 3", 3000, "");
    g_autofree char *list = repeated("index in [0", ", 3", 3000, "]");

    assert_holds(*state, some, 3);
    assert_fails(*state, some, 1);
    assert_holds(*state, list, 3);
}

static void length_is_bounded(void **state)
{
    g_autofree char *text = repeated("1", " ", 65536, "");

    assert_refusal(*state, text, "the expression is longer than 65536 bytes");
}

static void values_sort_by_kind_and_then_by_size(void **state)
{
    static const struct expr_value sorted[] = {
        {.kind = EXPR_NULL},
        {.kind = EXPR_BOOL},
        {.kind = EXPR_BOOL, .b = true},
        {.kind = EXPR_NUMBER, .x = NAN},
        {.kind = EXPR_NUMBER, .x = -1},
        {.kind = EXPR_NUMBER, .x = 10},
        {.kind = EXPR_TEXT, .text = (char *)""},
        {.kind = EXPR_TEXT, .text = (char *)"10"},
        {.kind = EXPR_TEXT, .text = (char *)"9"},
        {.kind = EXPR_TEXT, .text = (char *)"\xc3\xa4"},
    };

    for (int a = 0; a < (int)G_N_ELEMENTS(sorted); a++) {
        for (int b = 0; b < (int)G_N_ELEMENTS(sorted); b++) {
            int order = expr_compare(&sorted[a], &sorted[b]);

            assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(literals_are_numbers_texts_and_words),
        TEST(an_attribute_alone_is_what_it_looks_like),
        TEST(arithmetic_has_the_precedence_of_python),
        TEST(modulo_has_the_sign_of_the_divisor),
        TEST(a_division_by_zero_is_a_fault),
        TEST(arithmetic_on_what_is_no_number_is_a_fault),
        TEST(an_attribute_is_a_number_beside_a_number),
        TEST(an_attribute_is_a_text_beside_a_text),
        TEST(two_attributes_are_numbers_if_both_look_so),
        TEST(an_attribute_is_a_truth_value_beside_one),
        TEST(what_is_of_another_kind_is_unequal),
        TEST(only_equality_with_null_is_true_of_null),
        TEST(an_element_without_the_attribute_has_null),
        TEST(nan_is_unequal_to_all),
        TEST(and_or_and_not_bind_as_in_python),
        TEST(what_follows_a_decision_is_not_evaluated),
        TEST(null_zero_and_nothing_are_false),
        TEST(in_asks_for_equality_with_any),
        TEST(matches_searches_for_a_regular_expression),
        TEST(a_regular_expression_that_takes_for_ever_is_a_fault),
        TEST(functions_of_texts),
        TEST(functions_of_numbers),
        TEST(text_writes_numbers_as_short_as_can_be),
        TEST(functions_of_null_are_null),
        TEST(names_of_functions_are_no_words),
        TEST(names_that_are_no_utf8_are_looked_at_all_the_same),
        TEST(an_unknown_attribute_is_answered_with_the_nearest),
        TEST(an_unknown_function_is_answered_with_the_nearest),
        TEST(a_function_is_given_its_number_of_arguments),
        TEST(what_is_missing_is_told_with_its_place),
        TEST(what_is_no_word_is_told_with_its_place),
        TEST(comparisons_do_not_chain),
        TEST(a_broken_regular_expression_is_refused_at_load),
        TEST(depth_is_bounded),
        TEST(long_rows_of_and_and_or_are_not_deep),
        TEST(length_is_bounded),
        TEST(values_sort_by_kind_and_then_by_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
