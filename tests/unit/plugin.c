/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plug-ins: what is believed of a shared object, and sizes that operators promise. */
#include <errno.h>

#include "fs/direct.h"
#include "tests/unit/folder.h"

#include "ops/core/identity.h"

/* A sequence in which %s is the plug-in.  Owned by the caller. */
static char *with_object(const char *format)
{
    g_auto(GStrv) parts = g_strsplit(format, "%s", -1);

    return g_strjoinv(PLUGGED, parts);
}

static void load(struct folder *d, const char *format)
{
    g_autofree char *sequence = with_object(format);

    folder_files(d, sequence);
}

static void assert_all(struct folder *d, const char *format, const char *want)
{
    g_autofree char *sequence = with_object(format);

    assert_elements(d, sequence, want);
}

static void assert_bad(struct folder *d, const char *format, const char *want)
{
    g_autofree char *sequence = with_object(format);
    g_autofree char *said = with_object(want);

    assert_refused(d, sequence, said);
}

static void a_source_a_sequence_step_and_an_element_step_can_be_plugged_in(void **state)
{
    assert_all(
        *state,
        "[{plugin: {path: %s, name: letters, n: 3}}, {plugin: {path: %s, name: turned-round}}]",
        "c|b|a");
    assert_all(*state, "[{range: 2}, {plugin: {path: %s, name: promise, bytes: 0}}]", "|");
}

static void arguments_are_bound_by_the_table_of_the_operator(void **state)
{
    assert_bad(*state, "{plugin: {path: %s, name: letters, n: 0}}",
               "letters: argument 'n': 0 is outside of 1..1000000000");
    assert_bad(*state, "{plugin: {path: %s, name: letters}}", "letters: argument 'n' is missing");
    assert_bad(*state, "{plugin: {path: %s, name: letters, n: 1, m: 1}}", "letters: ");
}

static void an_element_step_takes_a_chance_and_a_field(void **state)
{
    struct folder *d = *state;

    assert_all(
        d, "[{values: [{a: 1}]}, {plugin: {path: %s, name: promise, bytes: 0, on: a}}, {get: a}]",
        "");
    load(d, "[{values: [x]}, {plugin: {path: %s, name: promise, bytes: 3, p: 0}}]");
    assert_element(d, 0, "x\n");
}

static void the_place_of_a_step_is_checked_by_its_kind(void **state)
{
    assert_bad(*state, "[{range: 1}, {plugin: {path: %s, name: letters, n: 1}}]",
               "letters makes a sequence: it can only stand first");
    assert_bad(*state, "{plugin: {path: %s, name: turned-round}}",
               "turned-round works on a sequence: it cannot stand first");
}

static void what_is_no_plugin_is_refused_with_the_reason(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "empty.so", "");
    folder_put_text(d, "text.so", "this is no program");
    assert_refused(d, "{plugin: {path: none.so, name: a}}", "none.so': No such file or directory");
    assert_refused(d, "{plugin: {path: ., name: a}}", "is no shared object");
    assert_refused(d, "{plugin: {path: empty.so, name: a}}", "empty.so' is no shared object");
    assert_refused(d, "{plugin: {path: text.so, name: a}}", "text.so' is no shared object");
    assert_bad(d, "{plugin: {path: %s, name: missing}}",
               "plugin: '%s' has no operator 'missing': it does not define 'op_missing'");
    assert_bad(d, "{plugin: {path: %s, name: '../x'}}", "cannot be an operator's name");
    assert_bad(d, "{plugin: {path: %s, name: ''}}", "cannot be an operator's name");
}

static void an_operator_of_another_version_is_refused(void **state)
{
    assert_bad(*state, "[{range: 1}, {plugin: {path: %s, name: old}}]",
               "plugin: '%s' was built for operators of version 2, and this seqfs has version 1: "
               "build it again, against the headers of this seqfs");
    assert_int_equal(complaints_kind(((struct folder *)*state)->complaints), COMPLAINT_SOURCE);
}

static void an_operator_that_cannot_work_is_refused(void **state)
{
    assert_bad(*state, "[{range: 1}, {plugin: {path: %s, name: empty}}]",
               "lacks a name, a brief, or the function");
    assert_bad(*state, "{plugin: {path: %s, name: shadowed}}",
               "has an argument 'path', which is the plugin step's own");
}

static void a_copy_of_the_object(struct folder *d, const char *name)
{
    g_autofree char *bytes = NULL;
    gsize len;

    assert_true(g_file_get_contents(PLUGGED, &bytes, &len, NULL));
    folder_put(d, name, bytes, len);
}

static void elements_of_another_build_have_another_identity(void **state)
{
    struct folder *d = *state;
    struct identity ids[2];

    for (int n = 0; n < 2; n++) {
        a_copy_of_the_object(d, n == 0 ? "a.so" : "b.so");
        folder_files(d, n == 0 ? "{plugin: {path: a.so, name: letters, n: 1}}"
                               : "{plugin: {path: b.so, name: letters, n: 1}}");
        ids[n] = seq_identity(d->seq, 0);
        assert_false(identity_is_none(ids[n]));
    }
    assert_false(identity_equal(ids[0], ids[1]));
}

static void an_object_that_was_replaced_is_refused(void **state)
{
    struct folder *d = *state;

    a_copy_of_the_object(d, "a.so");
    assert_elements(d, "{plugin: {path: a.so, name: letters, n: 1}}", "a");
    a_copy_of_the_object(d, "a.so"); /* written aside and renamed */
    assert_refused(d, "{plugin: {path: a.so, name: letters, n: 1}}",
                   "was replaced since it was loaded: unmount and mount again");
}

/* The loader maps what the headers promise, and would die of what is not there. */
static void an_object_that_is_cut_off_is_refused(void **state)
{
    struct folder *d = *state;
    g_autofree char *bytes = NULL;
    gsize len;

    assert_true(g_file_get_contents(PLUGGED, &bytes, &len, NULL));
    for (gsize part = 8; part < len; part += len / 40) {
        folder_put(d, "cut.so", bytes, part);
        assert_refused(d, "{plugin: {path: cut.so, name: letters, n: 1}}",
                       "cut.so' is cut off: its ");
    }
    folder_put(d, "cut.so", bytes, len - 1);
    assert_refused(d, "{plugin: {path: cut.so, name: letters, n: 1}}", "section headers end at");
}

static void a_failure_without_a_reason_says_so(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    load(d, "[{range: 1}, {plugin: {path: %s, name: silent}}]");
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), -EIO);
    assert_string_equal(d->eval.fault.text, "it failed and gave no reason");
}

static void assert_size(const struct folder *d, uint64_t i, uint64_t want)
{
    OWN(direct_free) struct direct *direct = direct_new(d->plan);
    uint64_t size;
    struct fault f;

    assert_int_equal(direct_size(direct, (struct key){0, i}, &f, &size), 0);
    assert_int_equal(size, want);
}

static void a_size_is_known_before_the_element_is_computed(void **state)
{
    struct folder *d = *state;

    load(d, "[{range: 5}, {plugin: {path: %s, name: promise, bytes: 70000}}]");
    assert_int_equal(plan_output(d->plan, 0)->each, 70000);
    assert_size(d, 4, 70000);
    load(d, "[{range: 5}, {plugin: {path: %s, name: promise, bytes: 10, same: false}}, "
            "{slice: '::-1'}]");
    assert_int_equal(plan_output(d->plan, 0)->each, OUTPUT_DIFFER);
    assert_true(plan_output(d->plan, 0)->sized);
    assert_size(d, 0, 14);
    assert_size(d, 4, 10);
}

static void outputs_without_sizes_are_not_asked(void **state)
{
    struct folder *d = *state;
    g_autofree char *sequence =
        with_object("[{range: 2}, {plugin: {path: %s, name: promise, bytes: 1}}, {exec: cat}]");

    folder_files(d, sequence);
    assert_false(plan_output(d->plan, 0)->sized);
    assert_int_equal(plan_output(d->plan, 0)->each, OUTPUT_DIFFER);
}

static void assert_broken(struct folder *d, const char *format, uint64_t i, const char *want)
{
    GBytes *bytes = NULL;

    load(d, format);
    assert_int_equal(plan_eval(d->plan, &d->eval, 0, i, &bytes), -EPROTO);
    assert_null(bytes);
    assert_string_equal(d->eval.fault.text, want);
    assert_int_equal(d->eval.fault.trail_len, 1);
    assert_int_equal(d->eval.fault.trail[0].index, i);
}

static void an_element_of_another_size_than_was_promised_fails(void **state)
{
    assert_broken(*state, "[{range: 5}, {plugin: {path: %s, name: promise, bytes: 8, gives: 9}}]",
                  0, "the step promised 8 bytes and gave 9");
    assert_broken(
        *state,
        "[{range: 5}, {plugin: {path: %s, name: promise, bytes: 8, gives: 0, same: false}}]", 3,
        "the step promised 11 bytes and gave 3");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FOLDER(a_source_a_sequence_step_and_an_element_step_can_be_plugged_in),
        IN_FOLDER(arguments_are_bound_by_the_table_of_the_operator),
        IN_FOLDER(an_element_step_takes_a_chance_and_a_field),
        IN_FOLDER(the_place_of_a_step_is_checked_by_its_kind),
        IN_FOLDER(what_is_no_plugin_is_refused_with_the_reason),
        IN_FOLDER(an_operator_of_another_version_is_refused),
        IN_FOLDER(an_operator_that_cannot_work_is_refused),
        IN_FOLDER(elements_of_another_build_have_another_identity),
        IN_FOLDER(an_object_that_was_replaced_is_refused),
        IN_FOLDER(an_object_that_is_cut_off_is_refused),
        IN_FOLDER(a_failure_without_a_reason_says_so),
        IN_FOLDER(a_size_is_known_before_the_element_is_computed),
        IN_FOLDER(outputs_without_sizes_are_not_asked),
        IN_FOLDER(an_element_of_another_size_than_was_promised_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
