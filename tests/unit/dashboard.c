/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The figures for a person: right ones, in lines of a hundred columns, whatever the JSON says. */
#include "fs/dashboard.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static json_t *figures(const char *text)
{
    struct fault f = {0};
    json_t *all = NULL;

    if (dashboard_parse(text, strlen(text), &f, &all) < 0)
        fail_msg("%s", f.text);
    return all;
}

/* Owned by the caller.  before: NULL = none. */
static char *show(const char *now, const char *before)
{
    json_t *a = figures(now), *b = before ? figures(before) : NULL;
    GString *ret = g_string_new(NULL);

    dashboard_print("/mnt/ds", a, b, ret);
    json_decref(a);
    json_decref(b);
    return g_string_free(ret, FALSE);
}

static void assert_line(const char *text, const char *want)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    if (!g_strv_contains((const char *const *)lines, want))
        fail_msg("no line\n%s\nin\n%s", want, text);
}

static void assert_says(const char *text, const char *want, bool does)
{
    if ((strstr(text, want) != NULL) != does)
        fail_msg("'%s' is %s in\n%s", want, does ? "not" : "there", text);
}

static void assert_fits(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    assert_true(g_utf8_validate(text, -1, NULL));
    for (char **line = lines; *line; line++)
        if (g_utf8_strlen(*line, -1) > DASHBOARD_COLUMNS)
            fail_msg("wider than %d columns: %s", DASHBOARD_COLUMNS, *line);
}

static void assert_refused(const char *text, const char *want)
{
    struct fault f = {0};
    json_t *all = NULL;

    assert_int_equal(dashboard_parse(text, strlen(text), &f, &all), -EINVAL);
    assert_null(all);
    if (!strstr(f.text, want))
        fail_msg("wanted '%s', got '%s'", want, f.text);
}

static void what_are_no_figures_is_refused(void **state)
{
    assert_refused("", "no figures of seqfs: line 1, column 0: ");
    assert_refused("{\"counts\": {\n\"opens\": 5", "no figures of seqfs: line 2");
    assert_refused("[1, 2]", "'counts' is missing");
    assert_refused("{\"counts\": 5}", "'counts' is missing");
}

/* A hundred seconds after the mount, and ten seconds later. */
static const char then[] =
    "{\"uptime_s\": 100, \"counts\": {\"opens\": 50, \"evaluations\": 20},"
    " \"opens\": {\"memory\": 40, \"waited\": 10, \"joined\": 4},"
    " \"ahead\": {\"started\": 10},"
    " \"steps\": [{\"name\": \"encode\", \"at\": \"4:5\", \"calls\": 20, \"mean_ms\": 5},"
    "             {\"name\": \"thumbnail\", \"at\": \"3:5\", \"calls\": 20, \"mean_ms\": 20}]}";
static const char later[] =
    "{\"uptime_s\": 110, \"counts\": {\"opens\": 150, \"evaluations\": 40, \"failures\": 3},"
    " \"opens\": {\"memory\": 115, \"waited\": 35, \"joined\": 14,"
    "             \"wait\": {\"n\": 35, \"mean_ms\": 12.34, \"p50_ms\": 8, \"p99_ms\": 1234}},"
    " \"queues\": {\"opens_waiting\": 2, \"running\": 1, \"demand\": 6},"
    " \"ahead\": {\"started\": 30, \"used\": 25, \"wasted\": 2},"
    " \"steps\": [{\"name\": \"encode\", \"at\": \"4:5\", \"calls\": 40, \"mean_ms\": 5},"
    "             {\"name\": \"thumbnail\", \"at\": \"3:5\", \"calls\": 40, \"mean_ms\": 17.5,"
    "              \"p99_ms\": 80, \"failures\": 3}]}";

static void alone_the_figures_are_those_since_the_mount(void **state)
{
    g_autofree char *text = show(then, NULL);

    assert_says(text, "up 1 min 40 s; rates and shares since the mount", true);
    assert_line(text, "  count              40         0         0         0        10         4   "
                      "      0        50");
    assert_line(text, "  per second        0.4       0.0       0.0       0.0       0.1       0.0   "
                      "    0.0       0.5");
    assert_line(text, "  share          80.0 %     0.0 %     0.0 %     0.0 %    20.0 %     8.0 %   "
                      "  0.0 %");
    assert_line(text, "waits        0 waiting now");
}

static void between_two_looks_rates_and_shares_are_of_that_time(void **state)
{
    g_autofree char *text = show(later, then);

    assert_says(text, "up 1 min 50 s; rates and shares of the last 10.0 s", true);
    assert_line(text, "  count             115         0         0         0        35        14   "
                      "      0       150");
    assert_line(text, "  per second        7.5       0.0       0.0       0.0       2.5       1.0   "
                      "    0.0      10.0");
    assert_line(text, "  share          75.0 %     0.0 %     0.0 %     0.0 %    25.0 %    10.0 %   "
                      "  0.0 %");
    assert_line(text, "waits        12.3 ms in the mean, half of them at most 8.0 ms, 99 % at most "
                      "1.2 s; 2 waiting now");
    assert_line(text, "evaluations  40, 2.0/s; 3 failed, 0 tried again; 1 under way, 6 wanted and "
                      "not begun");
    assert_line(text, "run-ahead    30 started, 2.0/s; 25 used, 2 wasted");
}

static void steps_are_told_the_longest_first(void **state)
{
    g_autofree char *text = show(later, then);
    const char *thumbnail = strstr(text, "  thumbnail"), *encode = strstr(text, "  encode");

    assert_true(thumbnail != NULL && encode != NULL && thumbnail < encode);
    /* 300 of 400 ms were its own since */
    assert_line(text, "  thumbnail                 3:5               40       2.0    17.5 ms    "
                      "80.0 ms        3     75.0 %");
    assert_line(text, "  encode                    4:5               40       2.0     5.0 ms       "
                      "0 us        0     25.0 %");
}

/* Its time is that of others. */
static void a_monitor_takes_no_share_from_the_steps_before_it(void **state)
{
    g_autofree char *text =
        show("{\"counts\": {}, \"uptime_s\": 1, \"steps\": ["
             "{\"name\": \"monitor\", \"at\": \"1:2\", \"calls\": 1, \"mean_ms\": 10,"
             " \"monitor\": \"all\"},"
             "{\"name\": \"exec\", \"at\": \"1:1\", \"calls\": 1, \"mean_ms\": 8}]}",
             NULL);

    assert_line(text, "  monitor all               1:2                1       1.0    10.0 ms       "
                      "0 us        0    125.0 %");
    assert_line(text, "  exec                      1:1                1       1.0     8.0 ms       "
                      "0 us        0    100.0 %");
}

static void steps_that_were_never_called_are_left_out(void **state)
{
    g_autofree char *text =
        show("{\"counts\": {}, \"steps\": [{\"name\": \"range\", \"calls\": 0}]}", NULL);

    assert_says(text, "range", false);
    assert_says(text, "steps", false);
}

static void a_spec_that_was_loaded_anew_begins_anew(void **state)
{
    g_autofree char *text =
        show("{\"uptime_s\": 2, \"counts\": {}, \"steps\":"
             " [{\"name\": \"crop\", \"at\": \"3:5\", \"calls\": 6, \"mean_ms\": 1}]}",
             "{\"uptime_s\": 1, \"counts\": {}, \"steps\":"
             " [{\"name\": \"flip\", \"at\": \"3:5\", \"calls\": 4, \"mean_ms\": 1}]}");

    assert_line(text, "  crop                      3:5                6       6.0     1.0 ms       "
                      "0 us        0    100.0 %");
}

static void a_mount_that_came_later_is_not_compared(void **state)
{
    g_autofree char *text = show(then, later);

    assert_says(text, "since the mount", true);
}

static void the_bar_tells_what_memory_is_for(void **state)
{
    g_autofree char *text = show(
        "{\"counts\": {}, \"budget\": {\"limit\": 104857600, \"held\": 52428800,"
        " \"pinned\": 10485760, \"reserved\": 5242880, \"transfer\": 5242880, \"spilled\": 2048}}",
        NULL);

    assert_line(text, "memory       [##========++........] 60 % of 100M: 10.0M # in open files, "
                      "40.0M = kept,");
    assert_line(text, "             10.0M + for what is under way; 2.0K in a temporary file");
}

static void more_than_the_budget_does_not_burst_the_bar(void **state)
{
    g_autofree char *text =
        show("{\"counts\": {}, \"budget\": {\"limit\": 10, \"held\": 90, \"pinned\": 5}}", NULL);

    assert_says(text, "[##########==========] 900 % of 10", true);
}

static void workers_have_a_bar(void **state)
{
    g_autofree char *text =
        show("{\"counts\": {\"workers_lost\": 1}, \"workers\": {\"count\": 4, \"busy\": 3,"
             " \"utilisation\": 0.5, \"utilisation_10s\": 0.75}}",
             NULL);

    assert_line(text,
                "workers      [###############.....] 75 % in 10 s, 50 % in all; 3 of 4 busy, 1 "
                "lost");
}

static void what_is_off_is_left_out(void **state)
{
    g_autofree char *text =
        show("{\"counts\": {}, \"disk\": null, \"size_index\": null, \"hints\":"
             " {\"order\": {\"len\": 0}, \"warm\": {\"asked\": 0}}, \"ahead\": {\"streams\": []}}",
             NULL);

    assert_says(text, "disk cache", false);
    assert_says(text, "size index", false);
    assert_says(text, "order", false);
    assert_says(text, "warm", false);
    assert_says(text, "streams", false);
}

static void what_is_on_is_told(void **state)
{
    g_autofree char *text =
        show("{\"counts\": {}, \"disk\": {\"bytes\": 1048576, \"limit\": 2097152, \"hits\": 1,"
             " \"misses\": 2, \"kept\": 3, \"skipped\": 4},"
             " \"size_index\": {\"hits\": 5, \"misses\": 6, \"kept\": 7, \"failures\": 8},"
             " \"hints\": {\"order\": {\"len\": 9, \"readers\": 2, \"at\": 5},"
             "             \"warm\": {\"asked\": 100, \"done\": 30, \"failed\": 1}},"
             " \"ahead\": {\"streams\":"
             "   [{\"dataset\": \"\", \"at\": 7, \"stride\": -2, \"window\": 64, \"ahead\": 60}]}}",
             NULL);

    assert_line(text, "disk cache   1.0M of 2.0M; 1 hits, 2 misses; 3 kept, 4 skipped");
    assert_line(text, "size index   5 hits, 6 misses; 7 kept; 8 failures remembered");
    assert_line(text, "order        9 entries; 2 readers, the latest at 5");
    assert_line(text, "warm         30 of 100 done, 1 failed");
    assert_line(text, "  dataset                                                      7        -2  "
                      "      64        60");
}

/* Of so many that are alike, in a list. */
static char *many(const char *head, const char *each, unsigned n, const char *tail)
{
    GString *ret = g_string_new(head);

    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(ret, "%s%s", i > 0 ? "," : "", each);
    g_string_append(ret, tail);
    return g_string_free(ret, FALSE);
}

static void a_long_table_is_cut_and_says_so(void **state)
{
    g_autofree char *json =
        many("{\"counts\": {}, \"steps\": [", "{\"name\": \"flip\", \"calls\": 1}", 27, "]}");
    g_autofree char *text = show(json, NULL);

    assert_line(text, "  and 7 more");
}

static void no_line_is_too_long_whatever_there_is_to_tell(void **state)
{
    g_autofree char *name = g_strnfill(300, 'n');
    g_autofree char *step = g_strdup_printf(
        "{\"name\": \"%s\", \"at\": \"%s\", \"calls\": 12345678901, \"mean_ms\": 1234567,"
        " \"p99_ms\": 98765432, \"failures\": 99999999}",
        name, name);
    g_autofree char *stream =
        g_strdup_printf("{\"dataset\": \"%s\", \"at\": 999999999999999, \"stride\": -12345678,"
                        " \"window\": 1024, \"ahead\": 1024}",
                        name);
    g_autofree char *streams = many("\"ahead\": {\"started\": 98765432, \"used\": 98765432,"
                                    " \"wasted\": 98765432, \"streams\": [",
                                    stream, 30, "]}");
    g_autofree char *steps = many("\"steps\": [", step, 30, "]");
    g_autofree char *json = g_strdup_printf(
        "{\"uptime_s\": 98765432.1, \"counts\": {\"opens\": 12345678901, \"evaluations\": 98765432,"
        " \"failures\": 98765432, \"workers_lost\": 9876},"
        " \"opens\": {\"memory\": 12345678901, \"wait\":"
        "   {\"n\": 5, \"mean_ms\": 99999, \"p50_ms\": 99999, \"p99_ms\": 999999}},"
        " \"queues\": {\"opens_waiting\": 1000},"
        " \"workers\": {\"count\": 256, \"busy\": 256, \"utilisation\": 1, \"utilisation_10s\": 1},"
        " \"budget\": {\"limit\": 99999999999, \"held\": 99999999999, \"pinned\": 99999999999},"
        " %s, %s}",
        streams, steps);
    g_autofree char *text = show(json, NULL);

    assert_fits(text);
    assert_line(text, "  and 20 more");
    assert_line(text, "  and 10 more");
}

static void figures_of_the_wrong_kind_are_taken_for_nothing(void **state)
{
    g_autofree char *text = show(
        "{\"counts\": {\"opens\": \"many\"}, \"opens\": 7, \"budget\": [], \"uptime_s\": 1e308,"
        " \"ahead\": {\"streams\": [5, null]}, \"steps\": [null, {\"calls\": 3},"
        " {\"calls\": -1e300, \"mean_ms\": 1e300, \"name\": 4}]}",
        "{\"counts\": {}, \"uptime_s\": -1e308, \"steps\": {}}");

    assert_line(text, "  ?                         ?                  3       0.0       0 us       "
                      "0 us        0      0.0 %");
}

static void a_time_before_the_mount_is_taken_for_none(void **state)
{
    g_autofree char *text = show("{\"counts\": {}, \"uptime_s\": -5}", NULL);

    assert_says(text, "up 0 s;", true);
}

static void names_move_no_cursor(void **state)
{
    g_autofree char *text = show("{\"counts\": {}, \"steps\":"
                                 " [{\"name\": \"a\\u001b[2Jb\", \"calls\": 1}]}",
                                 NULL);

    assert_says(text, "a?[2Jb", true);
    assert_says(text, "\033", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_are_no_figures_is_refused),
        cmocka_unit_test(alone_the_figures_are_those_since_the_mount),
        cmocka_unit_test(between_two_looks_rates_and_shares_are_of_that_time),
        cmocka_unit_test(steps_are_told_the_longest_first),
        cmocka_unit_test(a_monitor_takes_no_share_from_the_steps_before_it),
        cmocka_unit_test(steps_that_were_never_called_are_left_out),
        cmocka_unit_test(a_spec_that_was_loaded_anew_begins_anew),
        cmocka_unit_test(a_mount_that_came_later_is_not_compared),
        cmocka_unit_test(the_bar_tells_what_memory_is_for),
        cmocka_unit_test(more_than_the_budget_does_not_burst_the_bar),
        cmocka_unit_test(workers_have_a_bar),
        cmocka_unit_test(what_is_off_is_left_out),
        cmocka_unit_test(what_is_on_is_told),
        cmocka_unit_test(a_long_table_is_cut_and_says_so),
        cmocka_unit_test(no_line_is_too_long_whatever_there_is_to_tell),
        cmocka_unit_test(figures_of_the_wrong_kind_are_taken_for_nothing),
        cmocka_unit_test(a_time_before_the_mount_is_taken_for_none),
        cmocka_unit_test(names_move_no_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
