/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan being served by threads: what is answered at once and what by a worker, failures, figures.
 */
#include "fs/dataset.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/wishing.h"
#include "tests/unit/folder.h"

/* Lifetime: one test. */
struct served {
    struct folder *folder; /* owned; with the file x.txt in it, which holds "hello" */
    struct conf conf;
    struct log *log;
    struct stores *stores;
    struct plan *plan;
    struct names *names;
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
    g_cond_broadcast(&t->news);
    g_mutex_unlock(&t->lock);
}

static void wait_for(struct told *t)
{
    g_mutex_lock(&t->lock);
    while (!t->any)
        g_cond_wait(&t->news, &t->lock);
    g_mutex_unlock(&t->lock);
}

static void set(char **setting, char *own_text)
{
    g_free(*setting);
    *setting = own_text;
}

static int set_up(void **state)
{
    struct served *s = g_new0(struct served, 1);
    void *folder = NULL;

    if (folder_open(&folder) < 0)
        return -1;
    s->folder = folder;
    folder_put_text(s->folder, "x.txt", "hello");
    s->log = log_new(false);
    conf_init(&s->conf);
    s->conf.workers.isolation = ISOLATION_THREAD;
    s->conf.workers.count = 1;
    set(&s->conf.size_index, g_strdup(""));
    set(&s->conf.cache.disk, g_strdup(""));
    *state = s;
    return 0;
}

/* Another mount may follow. */
static void unserve(struct served *s)
{
    g_clear_pointer(&s->dataset, dataset_free);
    g_clear_pointer(&s->names, names_free);
    g_clear_pointer(&s->plan, plan_free);
    g_clear_pointer(&s->stores, stores_free);
}

static int tear_down(void **state)
{
    struct served *s = *state;
    void *folder = s->folder;

    unserve(s);
    conf_finish(&s->conf);
    log_free(s->log);
    folder_close(&folder);
    g_free(s);
    return 0;
}

/* Serves a spec in which %s is the folder. */
static int serve(struct served *s, const char *format, struct fault *f)
{
    static const char *const controls[] = {NULL};
    OWN(complaints_free) struct complaints *c = complaints_new();
    g_auto(GStrv) parts = g_strsplit(format, "%s", -1);
    g_autofree char *text = g_strjoinv(s->folder->path, parts);
    struct dataset_rooms rooms = {.conf = &s->conf, .log = s->log};

    rooms.plan = s->plan = plan_of(text);
    if (names_new(s->plan, controls, c, &s->names) < 0)
        fail_msg("%s", complaints_text(c));
    rooms.names = s->names;
    rooms.stores = s->stores = stores_new(&s->conf, s->log);
    return dataset_new(&rooms, NULL, f, &s->dataset);
}

/* Has sizes and failures remembered from one mount to the next, or results. */
static void remember(struct served *s, char **setting, const char *name)
{
    set(setting, folder_path(s->folder, name));
}

static uint64_t count(const struct served *s, enum stats_count which)
{
    return stats_look(dataset_stats(s->dataset), which);
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

/* As a reader does it. */
static struct want *open_element(struct served *s, uint64_t index, want_done_fn *done, void *ctx)
{
    bool direct;
    struct told *t = ctx;
    struct want *w = dataset_want(s->dataset, at(index), done, ctx, &direct);

    if (!w && t->err == -ESTALE) {
        *t = (struct told){0};
        w = dataset_want(s->dataset, at(index), done, ctx, &direct);
    }
    if (!direct)
        dataset_saw(s->dataset, at(index), w != NULL);
    return w;
}

static void assert_open(struct served *s, uint64_t index, const char *want)
{
    struct told t = {0};

    open_element(s, index, tell, &t);
    wait_for(&t);
    if (t.err < 0) {
        OWN(failure_unref) struct failure *f = dataset_look_failure(s->dataset, at(index));
        fail_msg("error %d: %s %s", t.err, f ? f->fault.text : "", f ? f->fault.detail : "");
    }
    assert_string_equal(t.text, want);
}

static void assert_open_fails(struct served *s, uint64_t index)
{
    struct told t = {0};

    open_element(s, index, tell, &t);
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
    assert_null(open_element(s, 0, tell, &t));
    assert_string_equal(t.text, "hello");
    assert_int_equal(count(s, STAT_OPENS), 1);
    assert_int_equal(count(s, STAT_OPENS_WAITED), 0);
}

static void test_what_a_step_computes_is_answered_by_a_worker_and_then_at_once(void **state)
{
    struct served *s = *state;
    struct told t = {0};
    uint64_t size;

    serve_well(s, "dataset: [{range: 5}, {exec: [cat]}]\n");
    assert_int_equal(dataset_look_size(s->dataset, at(3), &size), SIZE_UNKNOWN);
    assert_open(s, 3, "3\n");
    assert_int_equal(dataset_look_size(s->dataset, at(3), &size), SIZE_KNOWN);
    assert_int_equal(size, 2);
    assert_null(open_element(s, 3, tell, &t));
    assert_string_equal(t.text, "3\n");
    assert_int_equal(count(s, STAT_EVALUATIONS), 1);
    assert_int_equal(count(s, STAT_OPENS_WAITED), 1);
}

static void test_a_failure_stays_until_it_is_forgotten(void **state)
{
    struct served *s = *state;
    struct failure *f;
    uint64_t size;

    serve_well(s, "dataset: [{range: 5}, {exec: ['false']}]\n");
    assert_open_fails(s, 2);
    assert_open_fails(s, 2);
    assert_int_equal(count(s, STAT_EVALUATIONS), 1);
    assert_int_equal(dataset_look_size(s->dataset, at(2), &size), SIZE_FAILED);
    f = dataset_look_failure(s->dataset, at(2));
    assert_non_null(f);
    failure_unref(f);
    assert_true(dataset_forget(s->dataset, at(2)));
    assert_false(dataset_forget(s->dataset, at(2)));
    assert_null(dataset_look_failure(s->dataset, at(2)));
    assert_int_equal(dataset_look_size(s->dataset, at(2), &size), SIZE_UNKNOWN);
    assert_open_fails(s, 2);
    assert_int_equal(count(s, STAT_EVALUATIONS), 2);
}

static void remove_source(const struct served *s)
{
    g_autofree char *path = folder_path(s->folder, "x.txt");

    assert_int_equal(unlink(path), 0);
}

static void test_a_failure_without_a_worker_is_kept_and_logged_like_any_other(void **state)
{
    struct served *s = *state;
    g_autoptr(GString) log = g_string_new(NULL);
    struct failure *f;
    uint64_t size;

    serve_well(s, "dataset: [{files: '%s/x.txt'}]\n");
    remove_source(s);
    assert_int_equal(dataset_look_size(s->dataset, at(0), &size), SIZE_FAILED);
    assert_null(dataset_look_failure(s->dataset, at(0))); /* looking is not opening */
    assert_open_fails(s, 0);
    f = dataset_look_failure(s->dataset, at(0));
    assert_non_null(f);
    assert_int_equal(f->fault.err, ENOENT);
    failure_unref(f);
    log_print(s->log, log);
    assert_non_null(strstr(log->str, "element 0 "));

    assert_open_fails(s, 0);
    folder_put_text(s->folder, "x.txt", "again"); /* another source */
    assert_open(s, 0, "again");
    assert_null(dataset_look_failure(s->dataset, at(0)));
}

static void test_who_reads_in_order_finds_the_next_ones_under_way(void **state)
{
    struct served *s = *state;

    s->conf.prefetch.ahead = 8;
    serve_well(s, "dataset: [{range: 100}, {exec: [cat]}]\n");
    assert_open(s, 0, "0\n");
    assert_int_equal(count(s, STAT_AHEAD), 0);
    assert_open(s, 1, "1\n");
    assert_open(s, 9, "9\n");
    assert_true(count(s, STAT_AHEAD) > 0);
}

static void test_after_the_stop_every_want_is_refused(void **state)
{
    struct served *s = *state;
    struct told t = {0};

    serve_well(s, "dataset: [{range: 5}, {exec: [cat]}]\n");
    dataset_stop(s->dataset, -ENODEV);
    assert_null(open_element(s, 0, tell, &t));
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

static void test_without_run_ahead_nothing_is_computed_that_nobody_opened(void **state)
{
    struct served *s = *state;

    s->conf.prefetch.ahead = 0;
    serve_well(s, "dataset: [{range: 100}, {exec: [cat]}]\n");
    for (uint64_t i = 0; i < 6; i++) {
        g_autofree char *want = g_strdup_printf("%" G_GUINT64_FORMAT "\n", i);
        assert_open(s, i, want);
    }
    assert_int_equal(count(s, STAT_AHEAD), 0);
    assert_int_equal(count(s, STAT_EVALUATIONS), 6);
}

static void test_a_source_that_changed_is_another_element(void **state)
{
    struct served *s = *state;
    uint64_t size;

    serve_well(s, "dataset: [{files: '%s/x.txt'}, {exec: [cat]}]\n");
    assert_open(s, 0, "hello");
    folder_put_text(s->folder, "x.txt", "goodbye");
    dataset_refresh(s->dataset, at(0));
    assert_int_equal(dataset_look_size(s->dataset, at(0), &size), SIZE_UNKNOWN);
    assert_open(s, 0, "goodbye");
    assert_int_equal(dataset_look_size(s->dataset, at(0), &size), SIZE_KNOWN);
    assert_int_equal(size, 7);
    assert_int_equal(sizes_version(dataset_sizes(s->dataset), at(0)), 1);
    assert_int_equal(count(s, STAT_EVALUATIONS), 2);
}

static void test_what_did_not_change_is_not_forgotten(void **state)
{
    struct served *s = *state;
    uint64_t size;

    serve_well(s, "dataset: [{files: '%s/x.txt'}, {exec: [cat]}]\n");
    assert_open(s, 0, "hello");
    dataset_refresh(s->dataset, at(0));
    assert_int_equal(dataset_look_size(s->dataset, at(0), &size), SIZE_KNOWN);
    assert_int_equal(sizes_version(dataset_sizes(s->dataset), at(0)), 0);
}

static void test_a_failure_is_forgotten_when_its_source_is_another(void **state)
{
    struct served *s = *state;

    serve_well(s, "dataset: [{files: '%s/x.txt'}, {exec: [grep, good]}]\n");
    assert_open_fails(s, 0);
    folder_put_text(s->folder, "x.txt", "good\n");
    assert_open(s, 0, "good\n");
    assert_null(dataset_look_failure(s->dataset, at(0)));
}

static void test_two_elements_with_one_value_are_computed_once_and_both_known(void **state)
{
    struct served *s = *state;
    uint64_t size;

    serve_well(s, "dataset: [{range: 9}, {exec: [cat]}, {gather: [4, 4]}]\n");
    assert_open(s, 0, "4\n");
    assert_open(s, 1, "4\n");
    assert_int_equal(count(s, STAT_EVALUATIONS), 1);
    assert_int_equal(dataset_look_size(s->dataset, at(1), &size), SIZE_KNOWN);
    assert_int_equal(size, 2);
}

/* The kernel has an element, and we do not. */
static void leave_to_kernel(struct served *s, uint64_t index)
{
    const struct identity id = dataset_identify(s->dataset, at(index));

    dataset_kernel_has(s->dataset, at(index), id.a);
    store_drop(s->stores->store, id);
}

static void test_what_the_kernel_has_whole_is_not_computed_to_be_opened(void **state)
{
    struct served *s = *state;
    struct told t = {0}, fetched = {0};

    serve_well(s, "dataset: [{range: 5}, {exec: [cat]}]\n");
    assert_open(s, 3, "3\n");
    leave_to_kernel(s, 3);
    assert_null(open_element(s, 3, tell, &t));
    assert_true(t.any);
    assert_int_equal(t.err, 0);
    assert_string_equal(t.text, ""); /* no content */
    assert_int_equal(count(s, STAT_OPENS_KERNEL), 1);
    assert_int_equal(count(s, STAT_EVALUATIONS), 1);

    assert_non_null(dataset_fetch(s->dataset, at(3), 0, tell, &fetched));
    wait_for(&fetched);
    assert_string_equal(fetched.text, "3\n");
    assert_int_equal(count(s, STAT_OPENS), 2);
}

static void test_what_the_kernel_has_of_another_version_does_not_count(void **state)
{
    struct served *s = *state;
    uint64_t stamp;

    serve_well(s, "dataset: [{files: '%s/x.txt'}, {exec: [cat]}]\n");
    assert_open(s, 0, "hello");
    stamp = dataset_identify(s->dataset, at(0)).a;
    leave_to_kernel(s, 0);
    folder_put_text(s->folder, "x.txt", "goodbye");
    dataset_kernel_has(s->dataset, at(0), stamp); /* a reader of the old one is done */
    assert_open(s, 0, "goodbye");
    dataset_kernel_has(s->dataset, at(0), stamp);
    assert_false(sizes_is_kept(dataset_sizes(s->dataset), at(0)));
    assert_int_equal(count(s, STAT_OPENS_KERNEL), 0);
}

/* The same file, with these bytes since then. */
static void rewrite(const struct served *s, const char *text, time_t when)
{
    const struct timespec times[] = {{.tv_sec = when}, {.tv_sec = when}};
    g_autofree char *path = folder_path(s->folder, "x.txt");
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static void test_what_it_has_counts_for_the_version_that_it_was_told_of(void **state)
{
    struct served *s = *state;
    uint64_t stamp;

    serve_well(s, "dataset: [{files: '%s/x.txt'}, {exec: [cat]}]\n");
    rewrite(s, "one", 1000000);
    assert_open(s, 0, "one");
    stamp = dataset_identify(s->dataset, at(0)).a;
    rewrite(s, "two", 2000000);
    assert_open(s, 0, "two");
    rewrite(s, "one", 1000000); /* as it was, but the kernel has been told of the other one */
    assert_int_equal(dataset_identify(s->dataset, at(0)).a, stamp);
    dataset_kernel_has(s->dataset, at(0), stamp);
    assert_false(sizes_is_kept(dataset_sizes(s->dataset), at(0)));
}

static void test_the_kernel_cannot_have_what_was_never_told(void **state)
{
    struct served *s = *state;

    serve_well(s, "dataset: [{range: 5}, {exec: [cat]}]\n");
    leave_to_kernel(s, 3);
    assert_false(sizes_is_kept(dataset_sizes(s->dataset), at(3)));
    assert_open(s, 3, "3\n");
}

static void test_sizes_are_known_in_the_next_mount(void **state)
{
    static const char spec[] = "dataset: [{range: 5}, {exec: [cat]}]\n";
    struct served *s = *state;
    uint64_t size;

    remember(s, &s->conf.size_index, "sizes");
    serve_well(s, spec);
    assert_open(s, 3, "3\n");
    unserve(s);
    serve_well(s, spec);
    assert_int_equal(dataset_look_size(s->dataset, at(3), &size), SIZE_KNOWN);
    assert_int_equal(size, 2);
    assert_int_equal(dataset_look_size(s->dataset, at(2), &size), SIZE_UNKNOWN);
    assert_int_equal(count(s, STAT_EVALUATIONS), 0);
}

static void test_sizes_of_sources_that_changed_are_not(void **state)
{
    static const char spec[] = "dataset: [{files: '%s/x.txt'}, {exec: [cat]}]\n";
    struct served *s = *state;
    uint64_t size;

    remember(s, &s->conf.size_index, "sizes");
    serve_well(s, spec);
    assert_open(s, 0, "hello");
    unserve(s);
    folder_put_text(s->folder, "x.txt", "goodbye");
    serve_well(s, spec);
    assert_int_equal(dataset_look_size(s->dataset, at(0), &size), SIZE_UNKNOWN);
}

static void test_failures_are_known_in_the_next_mount_until_they_are_forgotten(void **state)
{
    static const char spec[] = "dataset: [{range: 5}, {exec: ['false']}]\n";
    struct served *s = *state;
    uint64_t size;

    remember(s, &s->conf.size_index, "sizes");
    serve_well(s, spec);
    assert_open_fails(s, 2);
    unserve(s);
    serve_well(s, spec);
    assert_int_equal(dataset_look_size(s->dataset, at(2), &size), SIZE_FAILED);
    assert_open_fails(s, 2);
    assert_int_equal(count(s, STAT_EVALUATIONS), 0);
    assert_true(dataset_forget(s->dataset, at(2)));
    unserve(s);
    serve_well(s, spec);
    assert_int_equal(dataset_look_size(s->dataset, at(2), &size), SIZE_UNKNOWN);
}

static void test_results_are_on_disk_in_the_next_mount(void **state)
{
    static const char spec[] = "dataset: [{range: 5}, {exec: [cat]}]\n";
    struct served *s = *state;

    remember(s, &s->conf.cache.disk, "disk");
    serve_well(s, spec);
    assert_open(s, 3, "3\n");
    unserve(s);
    serve_well(s, spec);
    assert_open(s, 3, "3\n");
    assert_int_equal(count(s, STAT_EVALUATIONS), 0);
    assert_int_equal(count(s, STAT_OPENS_DISK), 1);
}

/* Says to the control file what a reader would write to it. */
static void say(struct served *s, enum wish which, const char *text)
{
    OWN(wishing_free) struct wishing *x = wishing_new(dataset_wishes(s->dataset), which);
    struct fault f = {0};

    if (wishing_write(x, text, strlen(text), &f) < 0 || wishing_end(x, &f) < 0)
        fail_msg("%s", f.text);
    dataset_stir(s->dataset);
}

static void test_what_is_to_be_warm_is_computed_without_an_open(void **state)
{
    struct served *s = *state;
    struct told t = {0};

    serve_well(s, "dataset: [{range: 50}, {exec: [cat]}]\n");
    say(s, WISH_WARM, "10-14\n");
    while (count(s, STAT_EVALUATIONS) < 5)
        g_thread_yield();
    assert_int_equal(count(s, STAT_AHEAD), 5);
    open_element(s, 14, tell, &t);
    wait_for(&t); /* its evaluation may have some way to go */
    assert_string_equal(t.text, "14\n");
    assert_int_equal(count(s, STAT_EVALUATIONS), 5);
}

static void test_an_order_is_followed_from_where_its_reader_is(void **state)
{
    struct served *s = *state;

    serve_well(s, "dataset: [{range: 50}, {exec: [cat]}]\n");
    say(s, WISH_ORDER, "30 7 41\n");
    assert_open(s, 30, "30\n");
    while (count(s, STAT_EVALUATIONS) < 3)
        g_thread_yield();
    assert_open(s, 7, "7\n");
    assert_open(s, 41, "41\n");
    assert_int_equal(count(s, STAT_EVALUATIONS), 3);
    assert_true(count(s, STAT_AHEAD) >= 2); /* but perhaps what he opened first */
}

static void drop(void *ctx, struct key k, struct identity id, struct content *own)
{
    content_unref(own);
}

/* The disk is slow: its threads wait until a reader has been answered.  Lifetime: test. */
struct slow {
    struct told *told;
    atomic_uint n_waiting;
};

static void wait_on_disk(void *ctx, struct key k, struct identity id, struct content *own)
{
    struct slow *slow = ctx;

    content_unref(own);
    atomic_fetch_add(&slow->n_waiting, 1);
    wait_for(slow->told);
}

static void test_freeing_it_answers_whoever_waits_for_workers_or_the_disk(void **state)
{
    struct told told[20] = {0};
    struct slow slow = {.told = &told[0]};
    struct served *s = *state;

    remember(s, &s->conf.cache.disk, "disk");
    serve_well(s, "dataset: [{range: 50}, {exec: [cat]}]\n");
    for (uint64_t i = 0; i < 2; i++)
        disk_fetch(s->stores->disk, at(i), (struct identity){1, i}, wait_on_disk, &slow);
    while (atomic_load(&slow.n_waiting) < 2)
        g_thread_yield();
    for (uint64_t i = 0; i < 5000; i++) /* it has enough to do then, too */
        disk_fetch(s->stores->disk, at(i), (struct identity){2, i}, drop, NULL);
    for (uint64_t i = 0; i < G_N_ELEMENTS(told); i++)
        open_element(s, i, tell, &told[i]);
    g_clear_pointer(&s->dataset, dataset_free); /* the stores live on */
    for (uint64_t i = 0; i < G_N_ELEMENTS(told); i++)
        assert_true(told[i].any && told[i].err == -ESHUTDOWN);
    assert_int_equal(budget_used(s->stores->budget, BUDGET_RESERVED), 0);
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
    assert_open(s, 0, "0\n");
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
        TEST(test_without_run_ahead_nothing_is_computed_that_nobody_opened),
        TEST(test_a_source_that_changed_is_another_element),
        TEST(test_what_did_not_change_is_not_forgotten),
        TEST(test_a_failure_is_forgotten_when_its_source_is_another),
        TEST(test_two_elements_with_one_value_are_computed_once_and_both_known),
        TEST(test_what_the_kernel_has_whole_is_not_computed_to_be_opened),
        TEST(test_what_the_kernel_has_of_another_version_does_not_count),
        TEST(test_what_it_has_counts_for_the_version_that_it_was_told_of),
        TEST(test_the_kernel_cannot_have_what_was_never_told),
        TEST(test_sizes_are_known_in_the_next_mount),
        TEST(test_sizes_of_sources_that_changed_are_not),
        TEST(test_failures_are_known_in_the_next_mount_until_they_are_forgotten),
        TEST(test_results_are_on_disk_in_the_next_mount),
        TEST(test_what_is_to_be_warm_is_computed_without_an_open),
        TEST(test_an_order_is_followed_from_where_its_reader_is),
        TEST(test_freeing_it_answers_whoever_waits_for_workers_or_the_disk),
        TEST(test_after_the_stop_every_want_is_refused),
        TEST(test_threads_refuse_steps_that_may_harm_the_mount),
        TEST(test_the_figures_are_json_with_every_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
