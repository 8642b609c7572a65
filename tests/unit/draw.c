/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drawn arguments: what may be drawn, what comes out, and what is refused. */
#include "ops/core/bind.h"

#include <errno.h>
#include <math.h>

#include "tests/unit/folder.h"
#include "tests/unit/specs.h"

#define DRAWS 100000

struct args {
    bool deep;
    int64_t width, any, crop;
    double angle, wait, free;
    uint64_t bytes;
    const char *text, *path;
};

static const struct param_choice crops[] = {{"none", 3}, {"centre", 5}, {"low", 7}, {0}};

static const struct param table[] = {
    PARAM(BOOL, struct args, deep),
    PARAM(INT, struct args, width, .min = 1, .max = 100, .fallback = "30"),
    PARAM(INT, struct args, any),
    PARAM(CHOICE, struct args, crop, .choices = crops),
    PARAM(DOUBLE, struct args, angle, .min = -180, .max = 180),
    PARAM(DOUBLE, struct args, free),
    PARAM(DURATION, struct args, wait),
    PARAM(SIZE, struct args, bytes),
    PARAM(STRING, struct args, text),
    PARAM(PATH, struct args, path),
    {0},
};

/* One argument of a step on five files, and what it draws. */
struct stand {
    struct folder *folder;
    struct seq *files; /* the input of the step */
    struct seq step;
    GStringChunk *strings;
    struct spec *spec; /* holds the node */
    struct draw *draw;
    const struct param *param;
    struct fault fault;
};

static int setup(void **state)
{
    struct stand *t = g_new0(struct stand, 1);
    void *folder;

    folder_open(&folder);
    t->folder = folder;
    folder_put_text(folder, "p/12.abc", "");
    folder_put_text(folder, "p/200.none", "");
    folder_put_text(folder, "p/centre.low", "");
    t->files = (struct seq *)folder_seq(folder, "{files: \"p/*\"}");
    t->step = (struct seq){.op = t->files->op, .in = &t->files, .n_in = 1, .len = t->files->len};
    t->strings = g_string_chunk_new(64);
    *state = t;
    return 0;
}

static void forget(struct stand *t)
{
    g_clear_pointer(&t->draw, draw_free);
    g_clear_pointer(&t->spec, spec_free);
}

static int teardown(void **state)
{
    struct stand *t = *state;
    void *folder = t->folder;

    forget(t);
    folder_close(&folder);
    g_string_chunk_free(t->strings);
    g_free(t);
    return 0;
}

static int prepare(struct stand *t, const char *name, const char *yaml)
{
    g_autofree char *text = g_strdup_printf("dataset: %s\n", yaml);
    const struct node *n;

    forget(t);
    t->spec = parse(text, NULL);
    n = node_find(spec_root(t->spec), "dataset");
    assert_true(draw_is(n));
    t->param = param_find(table, name);
    assert_non_null(t->param);
    return draw_new(t->param, n, t->files, "/specs", t->strings, &t->fault, &t->draw);
}

static void want(struct stand *t, const char *name, const char *yaml)
{
    if (prepare(t, name, yaml) < 0)
        fail_msg("%s: %s", yaml, t->fault.text);
}

static struct args drawn(struct stand *t, uint64_t i, uint32_t stream)
{
    struct args a = {0};

    assert_int_equal(draw_get(t->draw, &t->step, i, stream, t->strings,
                              (char *)&a + t->param->offset, &t->fault),
                     0);
    return a;
}

static struct args drawn_at(struct stand *t, uint64_t i)
{
    return drawn(t, i, RANDOM_ARGUMENTS);
}

static struct args sampled(struct stand *t)
{
    struct args a = {0};

    draw_sample(t->draw, (char *)&a + t->param->offset);
    return a;
}

static void assert_refusal(struct stand *t, const char *name, const char *yaml, const char *want)
{
    assert_true(prepare(t, name, yaml) < 0);
    assert_null(t->draw);
    assert_string_equal(t->fault.text, want);
    assert_string_equal(t->fault.arg, name);
}

static void only_a_mapping_of_one_known_word_is_drawn(void **state)
{
    static const struct {
        const char *yaml;
        bool is;
    } nodes[] = {
        {"{uniform: [1, 2]}", true},
        {"{normal: [1, 2]}", true},
        {"{choice: [1]}", true},
        {"{field: x}", true},
        {"{uniform: [1], p: 1}", false},
        {"{draw: [1]}", false},
        {"[uniform]", false},
        {"uniform", false},
        {"{}", false},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++) {
        g_autofree char *text = g_strdup_printf("dataset: %s\n", nodes[i].yaml);
        OWN(spec_free) struct spec *spec = parse(text, NULL);

        assert_int_equal(draw_is(node_find(spec_root(spec), "dataset")), nodes[i].is);
    }
}

static void whole_numbers_are_drawn_with_both_ends_and_evenly(void **state)
{
    unsigned counts[6] = {0};

    want(*state, "width", "{uniform: [3, 8]}");
    for (uint64_t i = 0; i < DRAWS; i++) {
        int64_t n = drawn_at(*state, i).width;

        assert_in_range(n, 3, 8);
        counts[n - 3]++;
    }
    /* Within five deviations of what is expected. */
    for (unsigned i = 0; i < 6; i++)
        assert_true(fabs(counts[i] - DRAWS / 6.0) < 5 * sqrt(DRAWS * 5.0 / 36));
}

static void whole_numbers_reach_both_ends_of_their_kind(void **state)
{
    int64_t low = INT64_MAX, high = INT64_MIN;

    want(*state, "any", "{uniform: [-9223372036854775808, 9223372036854775807]}");
    for (uint64_t i = 0; i < 1000; i++) {
        int64_t n = drawn_at(*state, i).any;

        low = MIN(low, n);
        high = MAX(high, n);
    }
    assert_true(low < -INT64_C(9000000000000000000) && high > INT64_C(9000000000000000000));
}

static void all_64_bits_are_drawn_in_one_order(void **state)
{
    struct stand *t = *state;
    struct random r;

    want(t, "any", "{uniform: [-0x8000000000000000, 0x7fffffffffffffff]}");
    random_init(&r, &t->step, 3, RANDOM_ARGUMENTS);
    const uint64_t high = random_bits(&r), low = random_bits(&r);
    assert_true((uint64_t)drawn_at(t, 3).any == (high << 32 | low));
}

static void numbers_are_drawn_below_the_upper_end(void **state)
{
    double sum = 0, low = 100, high = -100;

    want(*state, "angle", "{uniform: [-10, 20]}");
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = drawn_at(*state, i).angle;

        assert_true(x >= -10 && x < 20);
        low = MIN(low, x);
        high = MAX(high, x);
        sum += x;
    }
    assert_true(low < -9.9 && high > 19.9);
    assert_true(fabs(sum / DRAWS - 5) < 5 * 30 / sqrt(12.0 * DRAWS));
}

static void two_ends_that_are_the_same_are_what_is_drawn(void **state)
{
    want(*state, "angle", "{uniform: [0.1, 0.1]}");
    assert_true(drawn_at(*state, 5).angle == 0.1);
    want(*state, "width", "{uniform: [7, 7]}");
    assert_int_equal(drawn_at(*state, 5).width, 7);
}

static void the_smallest_stretch_is_not_left(void **state)
{
    want(*state, "free", "{uniform: [1, 1.0000000000000002]}");
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(drawn_at(*state, i).free == 1);
    want(*state, "free", "{uniform: [-1.7e308, 1.7e308]}");
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(isfinite(drawn_at(*state, i).free));
}

static void sizes_and_times_are_written_with_their_units(void **state)
{
    want(*state, "bytes", "{uniform: [1K, 2K]}");
    for (uint64_t i = 0; i < 1000; i++)
        assert_in_range(drawn_at(*state, i).bytes, 1024, 2048);
    want(*state, "wait", "{uniform: [100ms, 1s]}");
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(drawn_at(*state, i).wait >= 0.1 && drawn_at(*state, i).wait < 1);
    want(*state, "bytes", "{normal: [1K, 1]}");
    for (uint64_t i = 0; i < 1000; i++)
        assert_in_range(drawn_at(*state, i).bytes, 1014, 1034);
}

static void normal_numbers_have_their_mean_and_deviation(void **state)
{
    double sum = 0, squares = 0;

    want(*state, "free", "{normal: [5, 2]}");
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = drawn_at(*state, i).free;

        sum += x;
        squares += (x - 5) * (x - 5);
    }
    assert_true(fabs(sum / DRAWS - 5) < 5 * 2 / sqrt(DRAWS));
    assert_true(fabs(squares / DRAWS - 4) < 5 * 4 * sqrt(2.0 / DRAWS));
}

static void normal_numbers_are_cut_off_at_the_bounds(void **state)
{
    unsigned at_end = 0, beyond_zero = 0;

    want(*state, "width", "{normal: [95.5, 20]}");
    for (uint64_t i = 0; i < DRAWS; i++) {
        int64_t n = drawn_at(*state, i).width;

        assert_in_range(n, 1, 100);
        at_end += n == 100;
    }
    assert_true(at_end > DRAWS / 4);
    want(*state, "wait", "{normal: [1, 100]}");
    for (uint64_t i = 0; i < 1000; i++)
        beyond_zero += drawn_at(*state, i).wait < 0;
    assert_int_equal(beyond_zero, 0);
    want(*state, "any", "{normal: [0, 1e300]}");
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(llabs(drawn_at(*state, i).any / 2) > 1);
}

static void a_deviation_of_zero_is_the_mean(void **state)
{
    want(*state, "width", "{normal: [2.5, 0]}");
    assert_int_equal(drawn_at(*state, 9).width, 3);
    want(*state, "angle", "{normal: [2.5, 0]}");
    assert_true(drawn_at(*state, 9).angle == 2.5);
}

static void a_choice_may_be_of_any_kind(void **state)
{
    unsigned counts[8] = {0}, n_true = 0;

    want(*state, "crop", "{choice: [none, low]}");
    for (uint64_t i = 0; i < DRAWS; i++)
        counts[drawn_at(*state, i).crop]++;
    assert_int_equal(counts[3] + counts[7], DRAWS);
    assert_true(abs((int)counts[3] - DRAWS / 2) < 5 * sqrt(DRAWS) / 2);
    want(*state, "deep", "{choice: [true, false]}");
    for (uint64_t i = 0; i < 1000; i++)
        n_true += drawn_at(*state, i).deep;
    assert_in_range(n_true, 400, 600);
    want(*state, "text", "{choice: [a b]}");
    assert_string_equal(drawn_at(*state, 0).text, "a b");
    want(*state, "path", "{choice: [x.icc]}");
    assert_string_equal(drawn_at(*state, 0).path, "/specs/x.icc");
    want(*state, "angle", "{choice: [0, 90]}");
    assert_true(fmod(drawn_at(*state, 0).angle, 90) == 0);
    want(*state, "bytes", "{choice: [2K]}");
    assert_int_equal(drawn_at(*state, 0).bytes, 2048);
}

static void the_same_key_draws_the_same(void **state)
{
    struct stand *t = *state;

    for (uint64_t i = 0; i < 100; i++) {
        double x;

        want(t, "angle", "{uniform: [-10, 10]}");
        x = drawn_at(t, i).angle;
        drawn_at(t, 100 - i);
        assert_true(drawn_at(t, i).angle == x);
        want(t, "angle", "{uniform: [-10, 10]}");
        assert_true(drawn_at(t, i).angle == x);
    }
}

static void another_key_draws_another(void **state)
{
    struct stand *t = *state;
    double x;

    want(t, "angle", "{uniform: [-10, 10]}");
    x = drawn_at(t, 7).angle;
    assert_true(drawn_at(t, 8).angle != x);
    assert_true(drawn(t, 7, RANDOM_ARGUMENTS + 1).angle != x);
    t->step.seed = 1;
    assert_true(drawn_at(t, 7).angle != x);
    t->step.seed = 0;
    t->step.epoch = 1;
    assert_true(drawn_at(t, 7).angle != x);
    t->step.epoch = 0;
    t->step.use = 1;
    assert_true(drawn_at(t, 7).angle != x);
    t->step.use = 0;
    assert_true(drawn_at(t, 7).angle == x);
}

static void a_field_is_an_attribute_of_the_input(void **state)
{
    struct stand *t = *state;

    want(t, "width", "{field: stem}");
    assert_false(draw_is_random(t->draw));
    assert_int_equal(drawn_at(t, 0).width, 12);
    want(t, "angle", "{field: index}");
    assert_true(drawn_at(t, 2).angle == 2);
    want(t, "crop", "{field: ext}");
    assert_int_equal(drawn_at(t, 1).crop, 3);
    want(t, "path", "{field: name}");
    assert_string_equal(drawn_at(t, 2).path, "/specs/centre.low");
    want(t, "text", "{field: stem}");
    assert_string_equal(drawn_at(t, 2).text, "centre");
}

static void a_field_that_does_not_fit_is_that_elements_fault(void **state)
{
    struct stand *t = *state;
    int64_t n = 77;

    want(t, "width", "{field: stem}");
    assert_int_equal(draw_get(t->draw, &t->step, 1, 1000, t->strings, &n, &t->fault), -EINVAL);
    assert_string_equal(t->fault.text, "argument 'width': 200 is outside of 1..100");
    assert_int_equal(draw_get(t->draw, &t->step, 2, 1000, t->strings, &n, &t->fault), -EINVAL);
    assert_string_equal(t->fault.text, "argument 'width': 'centre' is no whole number");
    assert_int_equal(n, 77);
}

static void a_sample_is_one_that_fits(void **state)
{
    struct stand *t = *state;

    want(t, "width", "{uniform: [3, 8]}");
    assert_in_range(sampled(t).width, 3, 8);
    want(t, "width", "{normal: [99.7, 5]}");
    assert_int_equal(sampled(t).width, 100);
    want(t, "crop", "{choice: [low, none]}");
    assert_true(sampled(t).crop == 7 || sampled(t).crop == 3);
    want(t, "width", "{field: stem}");
    assert_int_equal(sampled(t).width, 30);
    want(t, "crop", "{field: stem}");
    assert_int_equal(sampled(t).crop, 3);
    want(t, "text", "{field: stem}");
    assert_string_equal(sampled(t).text, "");
    want(t, "angle", "{field: stem}");
    assert_true(sampled(t).angle == 0);
}

static void all_but_fields_are_random(void **state)
{
    struct stand *t = *state;
    static const char *const forms[] = {"{uniform: [1, 2]}", "{normal: [1, 1]}",
                                        "{choice: [1, 2]}"};

    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        want(t, "angle", forms[i]);
        assert_true(draw_is_random(t->draw));
    }
}

static void what_could_be_drawn_is_checked_at_load(void **state)
{
    assert_refusal(*state, "width", "{uniform: [1, 200]}",
                   "argument 'width': 200 is outside of 1..100");
    assert_refusal(*state, "width", "{uniform: [1.5, 2]}",
                   "argument 'width': '1.5' is no whole number");
    assert_refusal(*state, "width", "{choice: [1, 2, x]}",
                   "argument 'width': 'x' is no whole number");
    assert_refusal(*state, "width", "{normal: [500, 1]}",
                   "argument 'width': 500 is outside of 1..100");
    assert_refusal(*state, "crop", "{choice: [centre, lwo]}",
                   "argument 'crop': no value 'lwo', there are none, centre, low; did you mean "
                   "'low'?");
}

static void shapes_that_draw_nothing_are_refused(void **state)
{
    assert_refusal(
        *state, "angle", "{uniform: 5}",
        "argument 'angle': 'uniform' is '5', wanted is a list of two numbers, [from, to]");
    assert_refusal(*state, "angle", "{uniform: [5]}",
                   "argument 'angle': 'uniform' has 1 items, wanted is a list of two numbers, "
                   "[from, to]");
    assert_refusal(*state, "angle", "{normal: [1, 2, 3]}",
                   "argument 'angle': 'normal' has 3 items, wanted is a list of two numbers, "
                   "[mean, deviation]");
    assert_refusal(*state, "angle", "{choice: []}",
                   "argument 'angle': 'choice' has 0 items, wanted is a list such as [a, b, c]");
    assert_refusal(*state, "angle", "{choice: [[1], 2]}",
                   "argument 'angle': in 'choice' is a list, wanted is a list such as [a, b, c]");
    assert_refusal(*state, "angle", "{field: [a]}",
                   "argument 'angle': 'field' is a list, wanted is a name");
}

static void ranges_that_draw_nothing_are_refused(void **state)
{
    assert_refusal(*state, "angle", "{uniform: [10, -10]}",
                   "argument 'angle': 'uniform' goes from 10 to -10; write [-10, 10]");
    assert_refusal(*state, "any", "{uniform: [2, 1]}",
                   "argument 'any': 'uniform' goes from 2 to 1; write [1, 2]");
    assert_refusal(*state, "bytes", "{uniform: [2K, 5]}",
                   "argument 'bytes': 'uniform' goes from 2K to 5; write [5, 2K]");
    assert_refusal(*state, "free", "{uniform: [0, inf]}",
                   "argument 'free': 'inf' of 'uniform' has no end");
    assert_refusal(*state, "angle", "{normal: [0, -1]}",
                   "argument 'angle': the deviation of 'normal' is -1, below 0");
}

static void only_numbers_are_drawn_from_ranges(void **state)
{
    assert_refusal(*state, "deep", "{uniform: [0, 1]}",
                   "argument 'deep': 'uniform' draws numbers, wanted is true or false; 'choice' "
                   "draws one of a list");
    assert_refusal(*state, "crop", "{normal: [0, 1]}",
                   "argument 'crop': 'normal' draws numbers, wanted is one of none, centre, low; "
                   "'choice' draws one of a list");
}

static void an_unknown_field_is_answered_with_the_nearest(void **state)
{
    assert_refusal(*state, "angle", "{field: stme}",
                   "argument 'angle': no attribute 'stme'; did you mean 'stem'?");
}

static void one_word_of_several_is_not_drawn(void **state)
{
    struct stand *t = *state;
    const struct param flags[] = {{.name = "of", .kind = PARAM_FLAGS, .choices = crops}, {0}};
    OWN(draws_free) struct draws *draws = draws_new(flags, sizeof(int64_t));
    OWN(complaints_free) struct complaints *c = complaints_new();
    g_autoptr(GPtrArray) blocks = g_ptr_array_new_with_free_func(g_free);
    struct bind b = {.complaints = c, .strings = t->strings, .blocks = blocks, .folder = "/"};
    struct bind_use use = {.what = "op", .table = flags, .subject = t->files, .draws = draws};
    int64_t all = 0;

    forget(t);
    t->spec = parse("dataset: {of: [none, {choice: [low]}]}\n", NULL);
    use.args = node_find(spec_root(t->spec), "dataset");
    assert_int_equal(bind_params(&b, &use, &all, NULL), -EINVAL);
    g_autofree char *said = complaints_text(c);
    assert_non_null(strstr(said, "op: argument 'of' is a mapping, wanted: some of none, centre"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_a_mapping_of_one_known_word_is_drawn),
        TEST(whole_numbers_are_drawn_with_both_ends_and_evenly),
        TEST(whole_numbers_reach_both_ends_of_their_kind),
        TEST(all_64_bits_are_drawn_in_one_order),
        TEST(numbers_are_drawn_below_the_upper_end),
        TEST(two_ends_that_are_the_same_are_what_is_drawn),
        TEST(the_smallest_stretch_is_not_left),
        TEST(sizes_and_times_are_written_with_their_units),
        TEST(normal_numbers_have_their_mean_and_deviation),
        TEST(normal_numbers_are_cut_off_at_the_bounds),
        TEST(a_deviation_of_zero_is_the_mean),
        TEST(a_choice_may_be_of_any_kind),
        TEST(the_same_key_draws_the_same),
        TEST(another_key_draws_another),
        TEST(a_field_is_an_attribute_of_the_input),
        TEST(a_field_that_does_not_fit_is_that_elements_fault),
        TEST(a_sample_is_one_that_fits),
        TEST(all_but_fields_are_random),
        TEST(what_could_be_drawn_is_checked_at_load),
        TEST(shapes_that_draw_nothing_are_refused),
        TEST(ranges_that_draw_nothing_are_refused),
        TEST(only_numbers_are_drawn_from_ranges),
        TEST(an_unknown_field_is_answered_with_the_nearest),
        TEST(one_word_of_several_is_not_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
