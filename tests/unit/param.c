/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of arguments: parsing one scalar, and printing what is wanted. */
#include "ops/core/param.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct args {
    bool deep;
    int64_t width, crop, marks;
    double angle, wait;
    uint64_t bytes;
    const char *text, *path;
};

static const struct param_choice crops[] = {{"none", 0}, {"centre", 1}, {"low", 7}, {0}};
static const struct param_choice bits[] = {{"red", 1}, {"green", 2}, {"blue", 4}, {0}};

static const struct param table[] = {
    PARAM(BOOL, struct args, deep),
    PARAM(INT, struct args, width, .min = 1, .max = 100),
    PARAM(CHOICE, struct args, crop, .choices = crops),
    PARAM(FLAGS, struct args, marks, .choices = bits),
    PARAM(DOUBLE, struct args, angle, .min = -10, .max = 10),
    PARAM(DURATION, struct args, wait),
    PARAM(SIZE, struct args, bytes),
    PARAM(STRING, struct args, text),
    PARAM_AS("input-path", PATH, struct args, path),
    {0},
};

static int parse(const char *name, const char *text, struct args *ret, struct fault *f)
{
    static GStringChunk *strings;
    const struct param *p = param_find(table, name);

    if (!strings)
        strings = g_string_chunk_new(256);
    assert_non_null(p);
    return param_parse(p, text, "/specs", strings, (char *)ret + p->offset, f);
}

static void each_kind_reads_its_own_form(void **state)
{
    struct args a = {0};
    struct fault f = {0};

    assert_int_equal(parse("deep", "true", &a, &f), 0);
    assert_int_equal(parse("width", "100", &a, &f), 0);
    assert_int_equal(parse("crop", "low", &a, &f), 0);
    assert_int_equal(parse("marks", "red|blue", &a, &f), 0);
    assert_int_equal(parse("angle", "-2.5", &a, &f), 0);
    assert_int_equal(parse("wait", "2m", &a, &f), 0);
    assert_int_equal(parse("bytes", "64K", &a, &f), 0);
    assert_int_equal(parse("text", "a b", &a, &f), 0);
    assert_int_equal(parse("input_path", "photos/x.jpg", &a, &f), 0);
    assert_true(a.deep);
    assert_int_equal(a.width, 100);
    assert_int_equal(a.crop, 7);
    assert_int_equal(a.marks, 5);
    assert_true(a.angle == -2.5);
    assert_true(a.wait == 120);
    assert_int_equal(a.bytes, 65536);
    assert_string_equal(a.text, "a b");
    assert_string_equal(a.path, "/specs/photos/x.jpg");
}

static void a_wrong_value_is_a_sentence_and_leaves_the_field(void **state)
{
    static const struct {
        const char *name, *text, *sentence;
    } cases[] = {
        {"deep", "banana", "argument 'deep': 'banana' is no truth value: it is true or false"},
        {"width", "12abc", "argument 'width': '12abc' is no whole number"},
        {"width", "101", "argument 'width': 101 is outside of 1..100"},
        {"width", "0", "argument 'width': 0 is outside of 1..100"},
        {"angle", "0,5", "argument 'angle': '0,5' is no number"},
        {"angle", "1e9", "argument 'angle': 1e9 is outside of -10..10"},
        {"crop", "center",
         "argument 'crop': no value 'center', there are none, centre, low; did you mean 'centre'?"},
        {"marks", "red|pink", "argument 'marks': no value 'pink', there are red, green, blue"},
        {"wait", "soon", "argument 'wait': 'soon' is no time such as 30s or 5m"},
        {"bytes", "64X", "argument 'bytes': '64X' is no size such as 64K, 512M or 2G"},
        {"input-path", "", "argument 'input-path' is empty, a path is wanted"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct args a, before;
        struct fault f = {0};
        memset(&a, 0x5a, sizeof a);
        before = a;
        assert_int_equal(parse(cases[i].name, cases[i].text, &a, &f), -EINVAL);
        assert_string_equal(f.text, cases[i].sentence);
        assert_memory_equal(&a, &before, sizeof a);
    }
}

static void names_take_either_dash(void **state)
{
    assert_non_null(param_find(table, "input_path"));
    assert_non_null(param_find(table, "input-path"));
    assert_null(param_find(table, "input"));
    assert_null(param_find(table, "input-paths"));
    assert_null(param_find(NULL, "x"));
}

static void what_is_wanted_reads_well(void **state)
{
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"deep", "true or false"},
        {"width", "int 1..100"},
        {"crop", "one of none, centre, low"},
        {"marks", "some of red, green, blue"},
        {"bytes", "size"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        param_print_kind(param_find(table, cases[i].name), text);
        assert_string_equal(text->str, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_reads_its_own_form),
        cmocka_unit_test(a_wrong_value_is_a_sentence_and_leaves_the_field),
        cmocka_unit_test(names_take_either_dash),
        cmocka_unit_test(what_is_wanted_reads_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
