/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan being served by threads: what is answered at once and what by a worker, failures, figures.
 */
#include "fs/dataset.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include "tests/unit/plans.h"

#include <cmocka.h>

/* Lifetime: one test. */
struct served {
    char *folder, *file; /* owned: a folder and the file x.txt in it, which holds "hello" */
    struct conf conf;
    struct log *log;
    struct plan *plan;
    struct dataset *dataset;
};

/* What an open was told.  any: at least one was. */
struct told {
    GMutex lock;
    GCond news;
    bool any;
    int err;
    char text[32];
};

static void tell(void *ctx, struct content *content, int err)
{
    struct told *t = ctx;

    g_mutex_lock(&t->lock);
    t->any = true;
    t->err = err;
    if (content)
        content_read(content, 0, t->text, sizeof t->text - 1);
    g_cond_signal(&t->news);
    g_mutex_unlock(&t->lock);
}

static void wait_for(struct told *t)
{
    g_mutex_lock(&t->lock);
    while (!t->any)
        g_cond_wait(&t->news, &t->lock);
    g_mutex_unlock(&t->lock);
}

static int set_up(void **state)
{
    struct served *s = g_new0(struct served, 1);

    s->folder = g_dir_make_tmp("seqfs-dataset-XXXXXX", NULL);
    if (!s->folder)
        return -1;
    s->file = g_build_filename(s->folder, "x.txt", NULL);
    s->log = log_new(false);
    conf_init(&s->conf);
    s->conf.workers.isolation = ISOLATION_THREAD;
    s->conf.workers.count = 1;
    *state = s;
    return g_file_set_contents(s->file, "hello", -1, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct served *s = *state;

    dataset_free(s->dataset);
    plan_free(s->plan);
    conf_finish(&s->conf);
    log_free(s->log);
    unlink(s->file);
    rmdir(s->folder);
    g_free(s->file);
    g_free(s->folder);
    g_free(s);
    return 0;
}

/* Serves a spec in which %s is the folder. */
static int serve(struct served *s, const char *format, struct fault *f)
{
    g_auto(GStrv) parts = g_strsplit(format, "%s", -1);
    g_autofree char *text = g_strjoinv(s->folder, parts);

    s->plan = plan_of(text);
    return dataset_new(&s->conf, s->plan, NULL, s->log, f, &s->dataset);
}

static void serve_well(struct served *s, const char *format)
{
    struct fault f = {0};

    if (serve(s, format, &f) < 0)
        fail_msg("%s", f.text);
}

static struct key at(uint64_t index)
{
    return (struct key){0, index};
}

static void assert_opens(struct served *s, uint64_t index, const char *want)
{
    struct told t = {0};

    dataset_want(s->dataset, at(index), tell, &t);
    wait_for(&t);
    if (t.err < 0) {
        OWN(failure_unref) struct failure *f = dataset_look_failure(s->dataset, at(index));
        fail_msg("error %d: %s %s", t.err, f ? f->fault.text : "", f ? f->fault.detail : "");
    }
    assert_string_equal(t.text, want);
}

static void assert_fails(struct served *s, uint64_t index)
{
    struct told t = {0};

    dataset_want(s->dataset, at(index), tell, &t);
    wait_for(&t);
    assert_int_equal(t.err, -EIO);
}

static void test_what_needs_no_worker_is_answered_at_once(void **state)
{
    struct served *s = *state;
    struct told t = {0};
    uint64_t size;

    serve_well(s, "dataset: [{files: '%s/x.txt'}]\n");
    assert_int_equal(dataset_look_size(s->dataset, at(0), &size), SIZE_KNOWN);
    assert_int_equal(size, 5);
    assert_null(dataset_want(s->dataset, at(0), tell, &t));
    assert_string_equal(t.text, "hello");
    assert_int_equal(stats_look(dataset_stats(s->dataset), STAT_OPENS), 1);
    assert_int_equal(stats_look(dataset_stats(s->dataset), STAT_OPENS_WAITED), 0);
}

static void test_what_a_step_computes_is_answered_by_a_worker_and_then_at_once(void **state)
{
    struct served *s = *state;
    struct told t = {0};
    uint64_t size;

    serve_well(s, "dataset: [{range: 5}, {exec: [cat]}]\n");
    assert_int_equal(dataset_look_size(s->dataset, at(3), &size), SIZE_UNKNOWN);
    assert_opens(s, 3, "3\n");
    assert_int_equal(dataset_look_size(s->dataset, at(3), &size), SIZE_KNOWN);
    assert_int_equal(size, 2);
    assert_null(dataset_want(s->dataset, at(3), tell, &t));
    assert_string_equal(t.text, "3\n");
    assert_int_equal(stats_look(dataset_stats(s->dataset), STAT_EVALUATIONS), 1);
    assert_int_equal(stats_look(dataset_stats(s->dataset), STAT_OPENS_WAITED), 1);
}

static void test_a_failure_stays_until_it_is_forgotten(void **state)
{
    struct served *s = *state;
    struct failure *f;
    uint64_t size;

    serve_well(s, "dataset: [{range: 5}, {exec: ['false']}]\n");
    assert_fails(s, 2);
    assert_fails(s, 2);
    assert_int_equal(stats_look(dataset_stats(s->dataset), STAT_EVALUATIONS), 1);
    assert_int_equal(dataset_look_size(s->dataset, at(2), &size), SIZE_FAILED);
    f = dataset_look_failure(s->dataset, at(2));
    assert_non_null(f);
    failure_unref(f);
    assert_true(dataset_forget(s->dataset, at(2)));
    assert_false(dataset_forget(s->dataset, at(2)));
    assert_null(dataset_look_failure(s->dataset, at(2)));
    assert_int_equal(dataset_look_size(s->dataset, at(2), &size), SIZE_UNKNOWN);
    assert_fails(s, 2);
    assert_int_equal(stats_look(dataset_stats(s->dataset), STAT_EVALUATIONS), 2);
}

static void test_a_failure_without_a_worker_is_kept_and_logged_like_any_other(void **state)
{
    struct served *s = *state;
    g_autoptr(GString) log = g_string_new(NULL);
    struct failure *f;
    uint64_t size;

    serve_well(s, "dataset: [{files: '%s/x.txt'}]\n");
    unlink(s->file);
    assert_int_equal(dataset_look_size(s->dataset, at(0), &size), SIZE_FAILED);
    assert_null(dataset_look_failure(s->dataset, at(0))); /* looking is not opening */
    assert_fails(s, 0);
    f = dataset_look_failure(s->dataset, at(0));
    assert_non_null(f);
    assert_int_equal(f->fault.err, ENOENT);
    failure_unref(f);
    log_print(s->log, log);
    assert_non_null(strstr(log->str, "element 0 "));

    assert_fails(s, 0);
    assert_true(g_file_set_contents(s->file, "again", -1, NULL)); /* another source */
    assert_opens(s, 0, "again");
    assert_null(dataset_look_failure(s->dataset, at(0)));
}

static void test_who_reads_in_order_finds_the_next_ones_under_way(void **state)
{
    struct served *s = *state;

    s->conf.prefetch.ahead = 8;
    serve_well(s, "dataset: [{range: 100}, {exec: [cat]}]\n");
    assert_opens(s, 0, "0\n");
    assert_int_equal(stats_look(dataset_stats(s->dataset), STAT_AHEAD), 0);
    assert_opens(s, 1, "1\n");
    assert_opens(s, 9, "9\n");
    assert_true(stats_look(dataset_stats(s->dataset), STAT_AHEAD) > 0);
}

static void test_after_the_stop_every_want_is_refused(void **state)
{
    struct served *s = *state;
    struct told t = {0};

    serve_well(s, "dataset: [{range: 5}, {exec: [cat]}]\n");
    dataset_stop(s->dataset, -ENODEV);
    assert_null(dataset_want(s->dataset, at(0), tell, &t));
    assert_int_equal(t.err, -ENODEV);
}

static void test_threads_refuse_steps_that_may_harm_the_mount(void **state)
{
    struct served *s = *state;
    struct fault f = {0};

    assert_int_equal(serve(s, "dataset: [{files: '%s/x.txt'}, {thumbnail: {width: 9}}]\n", &f),
                     -EINVAL);
    assert_null(s->dataset);
    assert_non_null(strstr(f.text, "isolation: 'thread' is not for '"));
    assert_non_null(strstr(f.text, "(line 1, column "));
}

static json_t *member(json_t *object, const char *name, json_type type)
{
    json_t *found = json_object_get(object, name);

    assert_non_null(found);
    assert_int_equal(json_typeof(found), type);
    return found;
}

static void test_the_figures_are_json_with_every_step(void **state)
{
    struct served *s = *state;
    g_autoptr(GString) text = g_string_new("kept: ");
    json_t *all, *step;

    serve_well(s, "dataset: [{range: 5}, {exec: [cat]}]\n");
    assert_opens(s, 0, "0\n");
    dataset_print_stats(s->dataset, text);
    assert_memory_equal(text->str, "kept: ", 6);
    all = json_loads(text->str + 6, 0, NULL);
    assert_non_null(all);
    assert_int_equal(
        json_integer_value(member(member(all, "counts", JSON_OBJECT), "opens", JSON_INTEGER)), 1);
    member(member(all, "queues", JSON_OBJECT), "opens_waiting", JSON_INTEGER);
    member(member(all, "workers", JSON_OBJECT), "alive", JSON_INTEGER);
    assert_int_equal(
        json_integer_value(member(member(all, "cache", JSON_OBJECT), "elements", JSON_INTEGER)), 1);
    assert_int_equal(json_array_size(member(all, "steps", JSON_ARRAY)), plan_n_steps(s->plan));
    step = json_array_get(member(all, "steps", JSON_ARRAY), 0);
    assert_string_equal(json_string_value(member(step, "name", JSON_STRING)), "range");
    assert_string_equal(json_string_value(member(step, "at", JSON_STRING)), "1:12");
    assert_int_equal(json_integer_value(member(step, "calls", JSON_INTEGER)), 1);
    member(step, "mean_ms", JSON_REAL);
    member(step, "p99_ms", JSON_REAL);
    json_decref(all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_needs_no_worker_is_answered_at_once),
        TEST(test_what_a_step_computes_is_answered_by_a_worker_and_then_at_once),
        TEST(test_a_failure_stays_until_it_is_forgotten),
        TEST(test_a_failure_without_a_worker_is_kept_and_logged_like_any_other),
        TEST(test_who_reads_in_order_finds_the_next_ones_under_way),
        TEST(test_after_the_stop_every_want_is_refused),
        TEST(test_threads_refuse_steps_that_may_harm_the_mount),
        TEST(test_the_figures_are_json_with_every_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
