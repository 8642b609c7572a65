/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Specs to plans: references, positions, implied steps, complaints, evaluation. */
#include "ops/core/plan.h"
#include "ops/core/report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int load(const char *text, struct complaints *c, struct plan **ret)
{
    complaints_set_source(c, "t.yaml", text, strlen(text));
    return plan_parse("/t.yaml", text, strlen(text), NULL, c, ret);
}

/* The plan of a spec that must be right. */
static struct plan *good(const char *text)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct plan *p = NULL;

    if (load(text, c, &p) < 0) {
        complaints_print(c, stderr);
        fail_msg("the spec was refused");
    }
    return p;
}

/* What a spec that must be wrong is told, all of it. */
static char *bad(const char *text)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct plan *p = NULL;
    char *shown = NULL;
    size_t len = 0;

    assert_true(load(text, c, &p) < 0);
    assert_null(p);
    assert_true(complaints_len(c) > 0);
    FILE *out = open_memstream(&shown, &len);
    complaints_print(c, out);
    fclose(out);
    return shown;
}

static void assert_bad(const char *text, const char *const *sentences)
{
    char *shown = bad(text);

    for (; *sentences; sentences++)
        if (!strstr(shown, *sentences))
            fail_msg("wanted '%s' in:\n%s", *sentences, shown);
    free(shown);
}

#define ASSERT_BAD(text, ...) assert_bad(text, (const char *const[]){__VA_ARGS__, NULL})

static void assert_file(const struct plan *p, uint32_t output, uint64_t i, const char *want)
{
    struct eval *e = g_new(struct eval, 1);
    g_autoptr(GBytes) bytes = NULL;

    eval_init(e, NULL);
    if (plan_eval(p, e, output, i, &bytes) < 0)
        fail_msg("element %d: %s", (int)i, e->fault.text);
    assert_int_equal(g_bytes_get_size(bytes), strlen(want));
    assert_memory_equal(g_bytes_get_data(bytes, NULL), want, strlen(want));
    g_free(e);
}

static void a_pipeline_gives_files(void **state)
{
    OWN(plan_free) struct plan *p = good("dataset: [{range: 10}, {slice: \"2:8:2\"}]\n");

    assert_int_equal(plan_n_datasets(p), 1);
    assert_int_equal(plan_output(p, 0)->seq->len, 3);
    assert_string_equal(plan_output(p, 0)->seq->op->name, "encode");
    assert_true(plan_output(p, 0)->seq->implied);
    assert_true(plan_output(p, 0)->seq->trivial);
    assert_file(p, 0, 0, "2\n");
    assert_file(p, 0, 2, "6\n");
}

static void names_refer_to_sequences_built_once(void **state)
{
    OWN(plan_free)
    struct plan *p = good("sequences:\n"
                          "  twice: [{concatenate: [base, base]}]\n"
                          "  base: {range: 3}\n"
                          "datasets:\n"
                          "  a: base\n"
                          "  b: [twice, {gather: [-1, 3]}]\n");

    assert_int_equal(plan_n_named(p), 2);
    assert_ptr_equal(plan_named(p, 1)->seq, plan_output(p, 0)->unencoded);
    assert_ptr_equal(plan_named(p, 0)->seq->in[0], plan_named(p, 0)->seq->in[1]);
    assert_string_equal(plan_output(p, 1)->name, "b");
    assert_file(p, 1, 0, "2\n");
    assert_file(p, 1, 1, "0\n");
}

static void a_cycle_names_both_places(void **state)
{
    ASSERT_BAD(
        "sequences:\n"
        "  a: [b, {slice: \":2\"}]\n"
        "  b: {concatenate: [{range: 2}, a]}\n"
        "dataset: a\n",
        "t.yaml:3:33: sequence 'a' contains itself: 'a' (line 2) -> 'b' (line 3) -> 'a' (line 3)");
}

static void all_faults_are_told_at_once(void **state)
{
    ASSERT_BAD("dataset:\n"
               "  - rnage: 10\n"
               "  - slice: 7\n"
               "  - thumbnial: 200\n"
               "  - exec: {argv: [cat], timout: 3}\n"
               "colour: red\n"
               "seed: many\n",
               "t.yaml:2:5: unknown operator 'rnage'; did you mean 'range'?",
               "t.yaml:4:5: unknown operator 'thumbnial'; did you mean 'thumbnail'?",
               "t.yaml:5:25: exec: no argument 'timout'; did you mean 'timeout'?",
               "t.yaml:6:1: unknown key 'colour'", "t.yaml:7:7: seed: wanted is a whole number");
}

static void faults_of_parameters_and_of_steps_are_told_together(void **state)
{
    char *shown = bad("dataset:\n"
                      "  - range: ${lenght}\n"
                      "  - slcie: \":2\"\n"
                      "params: {length: 5}\n");

    assert_non_null(strstr(shown, "2:12: no parameter 'lenght'; did you mean 'length'?"));
    assert_non_null(strstr(shown, "3:5: unknown operator 'slcie'; did you mean 'slice'?"));
    assert_null(strstr(shown, "whole number"));
    free(shown);
}

static void a_wrong_place_in_a_pipeline_is_told(void **state)
{
    ASSERT_BAD("dataset: [{slice: \":2\"}]\n",
               "1:12: slice works on a sequence: it cannot stand first");
    ASSERT_BAD("dataset: [{range: 2}, {range: 3}]\n",
               "1:24: range makes a sequence: it can only stand first");
    ASSERT_BAD("dataset: [{range: 2}, {concatenate: []}]\n", "1:24: concatenate makes a sequence");
    ASSERT_BAD("dataset: []\n", "an empty list is no sequence");
    ASSERT_BAD("dataset: invert\n", "'invert' is an operator: wanted is a sequence");
    ASSERT_BAD("dataset: [{range: 2, slice: 3}]\n",
               "a step has one operator, here are 'range' and 'slice'");
    ASSERT_BAD("dataset: [{range: 2}, [1, 2]]\n", "is no step: wanted is {operator: arguments}");
    ASSERT_BAD("dataset:\n", "nothing stands here");
}

static void an_unknown_sequence_is_answered_with_the_nearest(void **state)
{
    ASSERT_BAD("sequences: {small: {range: 3}}\ndataset: [smal, {slice: \":1\"}]\n",
               "2:11: unknown sequence 'smal'; did you mean 'small'?");
}

static void the_outputs_are_dataset_or_datasets(void **state)
{
    ASSERT_BAD("sequences: {a: {range: 3}}\n", "there is no 'dataset'");
    ASSERT_BAD("dataset: {range: 3}\ndatasets: {a: {range: 1}}\n", "there is a 'dataset' already");
    ASSERT_BAD("datasets: {}\n", "datasets: there is none");
    ASSERT_BAD("datasets: {a/b: {range: 1}, ..: {range: 1}}\n", "'a/b' cannot be a folder's name",
               "'..' cannot be a folder's name");
    ASSERT_BAD("datasets: [a]\n", "datasets is a list, wanted is a mapping");
}

static void images_are_decoded_where_they_are_needed(void **state)
{
    OWN(plan_free)
    struct plan *p =
        good("dataset: [{values: [x]}, {exec: [cat]}, {invert: }, {flip: horizontal}]\n");
    const struct seq *s = plan_output(p, 0)->seq;

    assert_string_equal(s->op->name, "encode");
    assert_string_equal(s->in[0]->name, "flip");
    assert_string_equal(s->in[0]->in[0]->name, "invert");
    assert_string_equal(s->in[0]->in[0]->in[0]->name, "decode");
    assert_true(s->in[0]->in[0]->in[0]->implied);
    assert_string_equal(s->in[0]->in[0]->in[0]->in[0]->name, "exec");
    assert_string_equal(s->in[0]->in[0]->in[0]->in[0]->in[0]->name, "encode");
    assert_false(s->trivial);
}

static void an_image_step_refuses_what_is_no_image(void **state)
{
    ASSERT_BAD("dataset: [{range: 3}, invert]\n", "1:23: invert takes an image, but gets");
}

static void references_cannot_exhaust_the_stack(void **state)
{
    g_autoptr(GString) text = g_string_new("sequences:\n  s0: {range: 4}\n");

    for (int i = 1; i < 5000; i++)
        g_string_append_printf(text, "  s%d: [s%d, {slice: \":\"}]\n", i, i - 1);
    g_string_append(text, "dataset: s4999\n");
    ASSERT_BAD(text->str, "stands on more than");

    g_string_assign(text, "sequences:\n");
    for (int i = 0; i < 5000; i++)
        g_string_append_printf(text, "  s%d: [s%d, {slice: \":\"}]\n", i, i + 1);
    g_string_append(text, "  s5000: {range: 4}\ndataset: s0\n");
    ASSERT_BAD(text->str, "sequences within sequences");
}

static void sharing_inputs_many_times_over_stays_quick(void **state)
{
    g_autoptr(GString) text = g_string_new("sequences:\n  s0: {range: 4}\n");

    for (int i = 1; i < 60; i++)
        g_string_append_printf(text, "  s%d: [{concatenate: [s%d, s%d]}, {slice: \":4\"}]\n", i,
                               i - 1, i - 1);
    g_string_append(text, "dataset: [s59, {name: \"{index}\"}]\n");
    OWN(plan_free) struct plan *p = good(text->str);
    assert_file(p, 0, 3, "3\n");
}

static void a_section_is_bound_by_its_table(void **state)
{
    struct section {
        int64_t count;
        double timeout;
    };
    static const struct param table[] = {
        PARAM(INT, struct section, count, .fallback = "4", .min = 1, .max = 64),
        PARAM(DURATION, struct section, timeout, .fallback = "30s"),
        {0},
    };
    struct section got = {0};
    OWN(complaints_free) struct complaints *c = complaints_new();
    OWN(plan_free)
    struct plan *p = good("dataset: {range: 1}\nworkers: {timeout: 2m}\ncache: {count: 100}\n");

    assert_int_equal(plan_section(p, "workers", table, c, &got), 0);
    assert_int_equal(got.count, 4);
    assert_true(got.timeout == 120);
    assert_int_equal(plan_section(p, "cache", table, c, &got), -EINVAL);
    assert_int_equal(complaints_len(c), 1);
}

static void a_failure_is_reported_with_its_step_and_chain(void **state)
{
    OWN(plan_free)
    struct plan *p = good("dataset:\n"
                          "  - values: [good, bad]\n"
                          "  - exec: [grep, good]\n"
                          "  - slice: \":\"\n");
    struct eval *e = g_new(struct eval, 1);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GString) report = g_string_new(NULL);
    struct incident at = {.index = 1, .when = 1000000, .attempt = 1, .program = "seqfs"};

    eval_init(e, NULL);
    assert_int_equal(plan_eval(p, e, 0, 0, &bytes), 0);
    assert_true(plan_eval(p, e, 0, 1, &bytes) < 0);
    report_print(p, &at, &e->fault, report);
    assert_true(g_str_has_prefix(report->str, "element 1: exec: "));
    assert_non_null(
        strstr(report->str, "created at /t.yaml:3:5\n    - exec: [grep, good]\n      ^~~~\n"));
    assert_non_null(strstr(report->str, "slice            [1]  /t.yaml:4:5\n"));
    assert_non_null(strstr(report->str, "exec             [1]  /t.yaml:3:5  <- failed here\n"));
    assert_non_null(strstr(report->str, "values           [1]  /t.yaml:2:5\n"));
    assert_non_null(strstr(report->str, "attempt 1\n"));
    assert_non_null(strstr(report->str, "to see it again: seqfs eval /t.yaml 1\n"));
    g_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipeline_gives_files),
        cmocka_unit_test(names_refer_to_sequences_built_once),
        cmocka_unit_test(a_cycle_names_both_places),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(faults_of_parameters_and_of_steps_are_told_together),
        cmocka_unit_test(a_wrong_place_in_a_pipeline_is_told),
        cmocka_unit_test(an_unknown_sequence_is_answered_with_the_nearest),
        cmocka_unit_test(the_outputs_are_dataset_or_datasets),
        cmocka_unit_test(images_are_decoded_where_they_are_needed),
        cmocka_unit_test(an_image_step_refuses_what_is_no_image),
        cmocka_unit_test(references_cannot_exhaust_the_stack),
        cmocka_unit_test(sharing_inputs_many_times_over_stays_quick),
        cmocka_unit_test(a_section_is_bound_by_its_table),
        cmocka_unit_test(a_failure_is_reported_with_its_step_and_chain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
