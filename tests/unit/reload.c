/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A changed spec beside the one that is served: all of it is had, or nothing and the reason. */
#include "fs/reload.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/load.h"
#include "fs/spawned.h"
#include "tests/unit/folder.h"

#define PATIENCE (30 * G_USEC_PER_SEC) /* for what is sure to come */

/* A crew that is asked for one element after the other. */
struct asking {
    struct crew *crew;
    struct stats *stats;
    struct log *log;
    GMutex lock;
    GCond told;
    /* Under lock. */
    unsigned n;   /* answers */
    char *answer; /* owned: the last one, or why there is none */
};

static void done(void *ctx, struct key k, struct outcome *o)
{
    struct asking *a = ctx;

    g_mutex_lock(&a->lock);
    g_free(a->answer);
    if (o->own_content)
        a->answer = g_strndup(content_memory(o->own_content), content_len(o->own_content));
    else
        a->answer = g_strdup_printf("!%s", o->fault->text);
    content_unref(o->own_content);
    a->n++;
    g_cond_broadcast(&a->told);
    g_mutex_unlock(&a->lock);
}

static void ask_of(struct asking *a, const struct conf *conf, const struct plan *p,
                   struct zygote *own_z)
{
    struct crew_conf crew;
    struct fault f;

    *a = (struct asking){.stats = stats_new(p), .log = log_new(false)};
    g_mutex_init(&a->lock);
    g_cond_init(&a->told);
    conf_crew(conf, &crew);
    assert_int_equal(crew_new(&crew, p, own_z, a->stats, a->log, done, a, &f, &a->crew), 0);
}

static const char *ask(struct asking *a, uint64_t index)
{
    int64_t until = g_get_monotonic_time() + PATIENCE;

    g_mutex_lock(&a->lock);
    unsigned n = a->n;
    g_mutex_unlock(&a->lock);
    assert_true(crew_offer(a->crew, (struct key){0, index}));
    g_mutex_lock(&a->lock);
    while (a->n == n)
        assert_true(g_cond_wait_until(&a->told, &a->lock, until));
    g_mutex_unlock(&a->lock);
    return a->answer;
}

static void ask_no_more(struct asking *a)
{
    crew_free(a->crew);
    log_free(a->log);
    stats_free(a->stats);
    g_free(a->answer);
    g_cond_clear(&a->told);
    g_mutex_clear(&a->lock);
}

/* What is served, in the state of a mount.  Lifetime: one test. */
struct reload_test {
    struct folder *folder;
    struct conf conf;
    struct plan *plan;
    struct names *names;
    struct asking served;
    int program;
    GString *why;
};

static int begin(void **state)
{
    struct reload_test *t = g_new0(struct reload_test, 1);

    folder_open((void **)&t->folder);
    g_setenv("TMPDIR", t->folder->path, TRUE);
    conf_init(&t->conf);
    t->conf.spec = folder_path(t->folder, "spec.yaml");
    t->program = zygote_open_program();
    t->why = g_string_new(NULL);
    *state = t;
    return t->program >= 0 ? 0 : -1;
}

static int finish(void **state)
{
    struct reload_test *t = *state;

    if (t->served.crew)
        ask_no_more(&t->served);
    names_free(t->names);
    plan_free(t->plan);
    conf_finish(&t->conf);
    close(t->program);
    g_string_free(t->why, TRUE);
    folder_close((void **)&t->folder);
    g_free(t);
    return 0;
}

static void put_spec(const struct reload_test *t, const char *text)
{
    folder_put_text(t->folder, "spec.yaml", text);
}

/* As a server begins: one thread, a plan, a process forked; and then it has threads. */
static void serve(struct reload_test *t, const char *text)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct zygote *z = NULL;
    struct crew_conf crew;
    struct fault f;

    put_spec(t, text);
    assert_int_equal(load_spec(&t->conf, c, &t->plan, &t->names), 0);
    conf_crew(&t->conf, &crew);
    if (crew.isolation == ISOLATION_PROCESS)
        assert_int_equal(zygote_start(t->plan, &crew, &f, &z), 0);
    ask_of(&t->served, &t->conf, t->plan, z);
}

static int reload(struct reload_test *t, const char *text, struct reload *ret)
{
    put_spec(t, text);
    g_string_truncate(t->why, 0);
    return reload_plan(&t->conf, t->program, t->why, ret);
}

static void assert_why(const struct reload_test *t, const char *want)
{
    if (!strstr(t->why->str, want))
        assert_string_equal(t->why->str, want);
}

static unsigned n_temporary_folders(const struct reload_test *t)
{
    g_autoptr(GDir) dir = g_dir_open(t->folder->path, 0, NULL);
    const char *name;
    unsigned n = 0;

    while ((name = g_dir_read_name(dir)))
        n += g_str_has_prefix(name, "seqfs-");
    return n;
}

/* Children of this process that run, and those that wait to be buried. */
static unsigned n_children(void)
{
    g_autofree char *text = NULL;
    unsigned n = 0;

    assert_true(g_file_get_contents("/proc/thread-self/children", &text, NULL, NULL));
    for (const char *at = text; (at = strchr(at, ' ')); at++)
        n++;
    return n;
}

static void a_changed_spec_is_had_beside_the_old_one(void **state)
{
    struct reload_test *t = *state;
    struct reload r = {0};
    struct asking renewed;
    struct place place;

    serve(t, "dataset: [{range: 3}, {exec: [sed, 's/^/old /']}]");
    assert_string_equal(ask(&t->served, 1), "old 1\n");
    assert_int_equal(reload(t, "datasets: {a: [{range: 5}, {exec: [sed, 's/^/new /']}]}", &r), 0);
    assert_string_equal(t->why->str, "");
    assert_int_equal(plan_output(r.plan, 0)->seq->len, 5);
    assert_true(names_find_path(r.names, "a/4.bin", &place));
    assert_false(names_find_path(t->names, "a/4.bin", &place));

    ask_of(&renewed, &r.conf, r.plan, g_steal_pointer(&r.zygote));
    assert_string_equal(ask(&renewed, 4), "new 4\n");
    assert_string_equal(ask(&t->served, 2), "old 2\n");
    ask_no_more(&renewed);
    assert_string_equal(ask(&t->served, 0), "old 0\n");
    reload_finish(&r);
}

static void what_is_not_taken_over_is_freed(void **state)
{
    struct reload_test *t = *state;
    struct reload r = {0};

    serve(t, "dataset: [{range: 3}, {exec: [cat]}]");
    unsigned children = n_children(), folders = n_temporary_folders(t);
    assert_int_equal(reload(t, "dataset: [{range: 4}, {cache: 2}]", &r), 0);
    assert_int_equal(n_children(), children + 1);
    reload_finish(&r);
    assert_int_equal(n_children(), children);
    assert_int_equal(n_temporary_folders(t), folders);
    assert_null(r.plan);
}

static void assert_nothing_came(struct reload_test *t, const char *spec, const char *want)
{
    unsigned children = n_children(), folders = n_temporary_folders(t);
    struct reload r = {0};

    assert_true(reload(t, spec, &r) < 0);
    assert_why(t, want);
    assert_null(r.plan);
    assert_null(r.names);
    assert_null(r.zygote);
    assert_int_equal(n_children(), children);
    assert_int_equal(n_temporary_folders(t), folders);
    assert_string_equal(ask(&t->served, 1), "1\n");
}

static void a_wrong_spec_is_told_with_places_and_all_that_is_wrong(void **state)
{
    struct reload_test *t = *state;

    serve(t, "dataset: [{range: 3}, {exec: [cat]}]");
    assert_nothing_came(t, "dataset: [{rang: 3}, {exec: [cat]}]\nworkers: {count: 0}\n",
                        "spec.yaml:1:12: unknown operator 'rang'; did you mean 'range'?\n"
                        "  dataset: [{rang: 3}, {exec: [cat]}]\n"
                        "             ^~~~\n");
    assert_why(t, "spec.yaml:2:18: workers: 'count': 0 is outside of 1..1024 (or auto)\n");
    assert_nothing_came(t, "dataset: [", "spec.yaml:2:1: ");
    assert_nothing_came(t, "dataset: [{range: 3}, {name: same}]", "same");
    assert_nothing_came(t,
                        "dataset: [{files: '*.yaml'}, {invert: {}}]\n"
                        "workers: {isolation: thread}\n",
                        "decode: not possible with 'isolation: thread'");
}

static void a_spec_that_has_gone_is_told(void **state)
{
    struct reload_test *t = *state;
    struct reload r = {0};

    serve(t, "dataset: [{range: 3}, {exec: [cat]}]");
    assert_int_equal(g_remove(t->conf.spec), 0);
    assert_true(reload_plan(&t->conf, t->program, t->why, &r) < 0);
    assert_why(t, "spec.yaml: cannot read the spec: no such file or directory\n");
    assert_string_equal(ask(&t->served, 1), "1\n");
}

/* The source is another every time it is counted. */
static void a_source_that_changes_meanwhile_is_told(void **state)
{
    struct reload_test *t = *state;

    serve(t, "dataset: [{range: 3}, {exec: [cat]}]");
    assert_nothing_came(t, "dataset: [{program: {argv: 'echo 1 >>all; cat all', shell: true}}]",
                        "the spec or a source of it was changed while it was loaded");
}

static void options_stay_and_what_the_old_spec_said_goes(void **state)
{
    struct reload_test *t = *state;
    struct reload r = {0};
    char program[] = "seqfs", option[] = "--workers=3", d[] = "-D", define[] = "len=4";
    char *words[] = {program, option, d, define, NULL}, **argv = words;
    int argc = 4;
    struct fault f;

    assert_int_equal(conf_parse_args(&t->conf, &argc, &argv, &f), 0);
    serve(t, "params: {len: 1}\ndataset: [{range: '${len}'}]\n"
             "errors: {retry: 9}\nworkers: {count: 7, timeout: 3s}\n");
    assert_int_equal(t->conf.errors.retry, 9);
    assert_int_equal(
        reload(t, "params: {len: 1}\ndataset: [{range: '${len}'}]\nworkers: {count: 8, nice: 1}\n",
               &r),
        0);
    assert_int_equal(plan_output(r.plan, 0)->seq->len, 4);
    assert_int_equal(r.conf.workers.count, 3);
    assert_int_equal(r.conf.workers.nice, 1);
    assert_int_equal(r.conf.errors.retry, 2);
    assert_true(r.conf.workers.timeout > 29);
    assert_int_equal(t->conf.errors.retry, 9);
    reload_finish(&r);
}

static void threads_need_no_process(void **state)
{
    struct reload_test *t = *state;
    struct reload r = {0};
    struct asking renewed;

    serve(t, "dataset: [{range: 3}, {exec: [cat]}]");
    assert_int_equal(
        reload(t, "dataset: [{range: 4}, {encode: text}]\nworkers: {isolation: thread}\n", &r), 0);
    assert_null(r.zygote);
    ask_of(&renewed, &r.conf, r.plan, NULL);
    assert_string_equal(ask(&renewed, 3), "3\n");
    ask_no_more(&renewed);
    reload_finish(&r);
}

/* What asks and is answered without end, until told to stop.  Lifetime: call. */
struct load {
    struct reload_test *test;
    gint over; /* atomic */
    unsigned n;
};

static void *keep_asking(void *ctx)
{
    struct load *l = ctx;

    while (!g_atomic_int_get(&l->over))
        assert_string_equal(ask(&l->test->served, l->n++ % 3), "0\n");
    return NULL;
}

static void it_does_not_disturb_the_threads_that_serve(void **state)
{
    struct reload_test *t = *state;
    struct load load = {.test = t};

    serve(t, "dataset: [{repeat: {value: 0, times: 3}}, {encode: text}]\n"
             "workers: {isolation: thread}\n");
    GThread *thread = g_thread_new("asking", keep_asking, &load);
    for (unsigned i = 0; i < 8; i++) {
        struct reload r = {0};

        assert_int_equal(reload(t,
                                "dataset: [{files: '*.yaml'}, {thumbnail: 4}, {invert: {}}, "
                                "{rotate: 5}, {encode: png}]",
                                &r),
                         0);
        assert_non_null(r.zygote);
        reload_finish(&r);
    }
    g_atomic_int_set(&load.over, 1);
    g_thread_join(thread);
    assert_true(load.n > 0);
}

#define RELOAD_TEST(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        RELOAD_TEST(a_changed_spec_is_had_beside_the_old_one),
        RELOAD_TEST(what_is_not_taken_over_is_freed),
        RELOAD_TEST(a_wrong_spec_is_told_with_places_and_all_that_is_wrong),
        RELOAD_TEST(a_spec_that_has_gone_is_told),
        RELOAD_TEST(a_source_that_changes_meanwhile_is_told),
        RELOAD_TEST(options_stay_and_what_the_old_spec_said_goes),
        RELOAD_TEST(threads_need_no_process),
        RELOAD_TEST(it_does_not_disturb_the_threads_that_serve),
    };
    struct fault f;

    if (spawned_is_wanted(argc, argv))
        return spawned_main(argc, argv, &f) < 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
