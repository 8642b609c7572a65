/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crew: results are right, a worker costs at most its own job, and nothing is ever left behind.
 */
#include "fs/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "fs/zygote.h"

#define PATIENCE (30 * G_USEC_PER_SEC) /* for what is sure to come */

/* What became of one job.  Lifetime: crew_test. */
struct answer {
    unsigned n; /* how often it was answered */
    char *text; /* owned; NULL = it failed */
    size_t len;
    struct fault fault;
    double seconds;
    uint32_t n_timings;
};

/* A crew on a spec of its own. */
struct crew_test {
    char *folder; /* owned */
    struct plan *plan;
    struct complaints *complaints;
    struct stats *stats;
    struct log *log;
    struct crew *crew;
    struct answer *answers; /* owned; by index */
    uint64_t len;
    uint64_t endless; /* jobs that the callback hands in by itself */
    GMutex lock;
    GCond answered;
    unsigned n_answers; /* under lock */
};

static void done(void *ctx, struct key k, struct outcome *o)
{
    struct crew_test *t = ctx;
    struct answer *a = &t->answers[k.index % t->len];

    g_mutex_lock(&t->lock);
    a->n++;
    a->seconds = o->seconds;
    a->n_timings = o->n_timings;
    g_clear_pointer(&a->text, g_free);
    fault_clear(&a->fault);
    if (o->own_content) {
        a->len = content_len(o->own_content);
        a->text = g_strndup(content_memory(o->own_content), a->len);
    } else {
        a->fault = *o->fault;
    }
    content_unref(o->own_content);
    t->n_answers++;
    if (t->endless > 0) {
        t->endless--;
        assert_true(crew_offer(t->crew, k));
    }
    g_cond_broadcast(&t->answered);
    g_mutex_unlock(&t->lock);
}

static const struct crew_conf two_processes = {
    .count = 2, .isolation = ISOLATION_PROCESS, .timeout = 20};
static const struct crew_conf one_process = {
    .count = 1, .isolation = ISOLATION_PROCESS, .timeout = 20};
static const struct crew_conf two_threads = {
    .count = 2, .isolation = ISOLATION_THREAD, .timeout = 20};

/* HERE in the spec stands for the test's folder. */
static void load(struct crew_test *t, const char *spec)
{
    *t = (struct crew_test){.complaints = complaints_new(), .log = log_new(false)};
    t->folder = g_dir_make_tmp("crew-XXXXXX", NULL);
    assert_non_null(t->folder);

    g_autofree char *path = g_build_filename(t->folder, "spec.yaml", NULL);
    g_auto(GStrv) parts = g_strsplit(spec, "HERE", -1);
    g_autofree char *text = g_strjoinv(t->folder, parts);
    if (plan_parse(path, text, strlen(text), NULL, t->complaints, &t->plan) < 0) {
        complaints_print(t->complaints, stderr);
        fail();
    }
    t->stats = stats_new(t->plan);
    t->len = plan_output(t->plan, 0)->seq->len;
    t->answers = g_new0(struct answer, t->len);
    g_mutex_init(&t->lock);
    g_cond_init(&t->answered);
}

static void start(struct crew_test *t, const struct crew_conf *conf, const char *spec)
{
    struct zygote *z = NULL;
    struct fault f;

    load(t, spec);
    if (conf->isolation == ISOLATION_PROCESS)
        assert_int_equal(zygote_start(t->plan, conf, &f, &z), 0);
    assert_int_equal(crew_new(conf, t->plan, z, t->stats, t->log, done, t, &f, &t->crew), 0);
}

static void finish(struct crew_test *t)
{
    g_autoptr(GDir) dir = g_dir_open(t->folder, 0, NULL);
    const char *name;

    crew_free(t->crew);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(t->folder, name, NULL);
        assert_int_equal(g_remove(path), 0);
    }
    assert_int_equal(g_rmdir(t->folder), 0);
    for (uint64_t i = 0; i < t->len; i++)
        g_free(t->answers[i].text);
    g_free(t->answers);
    g_free(t->folder);
    log_free(t->log);
    stats_free(t->stats);
    plan_free(t->plan);
    complaints_free(t->complaints);
    g_cond_clear(&t->answered);
    g_mutex_clear(&t->lock);
}

static void wait_for_answers(struct crew_test *t, unsigned n)
{
    int64_t until = g_get_monotonic_time() + PATIENCE;

    g_mutex_lock(&t->lock);
    while (t->n_answers < n)
        assert_true(g_cond_wait_until(&t->answered, &t->lock, until));
    g_mutex_unlock(&t->lock);
}

/* Hands a job in as soon as the crew takes it. */
static void offer(struct crew_test *t, uint64_t i)
{
    while (!crew_offer(t->crew, (struct key){0, i})) {
        g_mutex_lock(&t->lock);
        unsigned n = t->n_answers;
        g_mutex_unlock(&t->lock);
        if (!crew_offer(t->crew, (struct key){0, i}))
            wait_for_answers(t, n + 1);
        else
            return;
    }
}

static const struct answer *run(struct crew_test *t, uint64_t i)
{
    g_mutex_lock(&t->lock);
    unsigned n = t->n_answers;
    g_mutex_unlock(&t->lock);
    offer(t, i);
    wait_for_answers(t, n + 1);
    return &t->answers[i];
}

static void run_all(struct crew_test *t)
{
    for (uint64_t i = 0; i < t->len; i++)
        offer(t, i);
    wait_for_answers(t, (unsigned)t->len);
}

static bool ends(int pidfd)
{
    struct pollfd fd = {pidfd, POLLIN, 0};

    return poll(&fd, 1, (int)(PATIENCE / 1000)) == 1;
}

/* A process that is there no more, or will soon be. */
static void assert_ends(pid_t pid)
{
    int fd = pidfd_open(pid, 0);

    if (fd < 0) {
        assert_int_equal(errno, ESRCH);
        return;
    }
    assert_true(ends(fd));
    close(fd);
}

static pid_t number(const char *text)
{
    assert_non_null(text);
    return (pid_t)g_ascii_strtoll(text, NULL, 10);
}

static pid_t parent_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *text = NULL;
    int parent;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_int_equal(sscanf(strrchr(text, ')') + 1, " %*c %d", &parent), 1);
    return parent;
}

static void assert_log(struct crew_test *t, const char *wanted)
{
    g_autoptr(GString) text = g_string_new(NULL);

    log_print(t->log, text);
    if (!wanted)
        assert_string_equal(text->str, "");
    else if (!strstr(text->str, wanted))
        assert_string_equal(text->str, wanted);
}

#define WORKER_PID "dataset: [{values: [1, 2, 3]}, {exec: {argv: 'echo $PPID', shell: true}}]"

static void results_are_the_same_in_processes_and_in_threads(void **state)
{
    const char *spec = "dataset: [{range: 20}, {exec: [sed, 's/^/x/']}]";
    struct crew_test processes, threads;

    start(&threads, &two_threads, spec);
    run_all(&threads);
    crew_free(g_steal_pointer(&threads.crew)); /* no thread may be there when a zygote is forked */
    start(&processes, &two_processes, spec);
    run_all(&processes);
    for (unsigned i = 0; i < 20; i++) {
        g_autofree char *wanted = g_strdup_printf("x%u\n", i);
        assert_string_equal(processes.answers[i].text, wanted);
        assert_string_equal(threads.answers[i].text, wanted);
        assert_true(processes.answers[i].n_timings > 0);
        assert_int_equal(processes.answers[i].n_timings, threads.answers[i].n_timings);
    }
    finish(&processes);
    finish(&threads);
}

static void a_fault_is_the_same_in_processes_and_in_threads(void **state)
{
    const char *spec = "dataset: [{range: 3}, {exec: {argv: 'echo no >&2; exit 3', shell: true}}]";
    struct crew_test processes, threads;

    start(&threads, &two_threads, spec);
    run_all(&threads);
    crew_free(g_steal_pointer(&threads.crew));
    start(&processes, &two_processes, spec);
    run_all(&processes);
    for (unsigned i = 0; i < 3; i++) {
        const struct fault *a = &processes.answers[i].fault, *b = &threads.answers[i].fault;
        assert_string_equal(a->detail, "no\n");
        assert_string_equal(a->text, b->text);
        assert_int_equal(a->err, b->err);
        assert_int_equal(a->trail_len, b->trail_len);
        assert_true(a->trail_len > 0);
        assert_int_equal(a->trail[0].index, i);
        assert_int_equal(a->trail[0].step, b->trail[0].step);
        assert_false(a->transient);
    }
    assert_int_equal(stats_look(processes.stats, STAT_WORKERS_LOST), 0);
    finish(&processes);
    finish(&threads);
}

static void large_and_empty_results_come_whole_one_after_the_other(void **state)
{
    struct crew_test t;

    start(&t, &one_process,
          "dataset: [{values: [20000001, 0, 17000000, 40]}, "
          "{exec: {argv: 'read n; head -c $n /dev/zero | tr \"\\0\" a', shell: true}}]");
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 4; i++) {
            static const size_t wanted[] = {20000001, 0, 17000000, 40};
            const struct answer *a = run(&t, i);
            assert_non_null(a->text);
            assert_int_equal(a->len, wanted[i]);
            assert_int_equal(strspn(a->text, "a"), wanted[i]);
        }
    }
    finish(&t);
}

static void two_hundred_jobs_over_two_workers_are_each_answered_once(void **state)
{
    struct crew_test t;

    start(&t, &two_processes, "dataset: [{range: 200}, {encode: text}]");
    run_all(&t);
    for (unsigned i = 0; i < 200; i++) {
        g_autofree char *wanted = g_strdup_printf("%u\n", i);
        assert_int_equal(t.answers[i].n, 1);
        assert_string_equal(t.answers[i].text, wanted);
    }
    assert_in_range(stats_look(t.stats, STAT_WORKERS_STARTED), 1, 2);
    assert_int_equal(crew_busy(t.crew), 0);
    finish(&t);
}

static void a_crash_costs_one_job_and_names_the_step(void **state)
{
    struct crew_test t;

    start(&t, &one_process,
          "dataset:\n- values: [1, 2, 3]\n"
          "- exec: {argv: 'read n; [ $n != 2 ] || kill -SEGV $PPID; echo $n', shell: true}\n");
    run_all(&t);
    assert_string_equal(t.answers[0].text, "1\n");
    assert_string_equal(t.answers[2].text, "3\n");

    const struct fault *f = &t.answers[1].fault;
    assert_int_equal(f->err, EIO);
    assert_true(f->transient);
    assert_string_equal(f->text, "its worker was killed by signal 11 (segmentation fault)");
    assert_true(f->trail_len > 0);
    assert_string_equal(plan_step(t.plan, f->trail[0].step)->name, "exec");
    assert_int_equal(f->trail[0].index, 1);
    assert_log(&t, "was killed by signal 11 (segmentation fault) in exec, element 1");
    assert_int_equal(stats_look(t.stats, STAT_WORKERS_LOST), 1);
    assert_int_equal(stats_look(t.stats, STAT_WORKERS_STARTED), 2);
    finish(&t);
}

static void an_abort_under_a_memory_limit_gives_a_hint(void **state)
{
    struct crew_conf conf = {.count = 1, .memory = 1 << 30, .timeout = 20};
    struct crew_test t;

    start(&t, &conf,
          "dataset: [{range: 1}, {exec: {argv: 'kill -ABRT $PPID; sleep 100', shell: true}}]");
    assert_string_equal(
        run(&t, 0)->fault.text,
        "its worker was killed by signal 6 (aborted); perhaps out of its 1 GiB of memory");
    finish(&t);
}

/* The programs that it left behind, one of them in a session of its own, are told by their pids. */
static void a_hang_is_ended_at_the_deadline_with_all_its_programs(void **state)
{
    struct crew_conf conf = {.count = 1, .timeout = 0.5};
    struct crew_test t;
    g_autofree char *pids = NULL;
    int own, other;

    start(&t, &conf,
          "dataset: [{range: 2}, {exec: {argv: 'read n; [ $n = 0 ] || exit 0; sleep 1000 & a=$!; "
          "setsid sleep 1000 & echo $a $! > pids; kill -STOP $PPID; wait', shell: true}}]");
    const struct answer *a = run(&t, 0);
    assert_int_equal(a->fault.err, ETIMEDOUT);
    assert_string_equal(a->fault.text, "gave up after 0.5 s");
    assert_false(a->fault.transient);
    assert_true(a->seconds >= 0.5);
    assert_string_equal(plan_step(t.plan, a->fault.trail[0].step)->name, "exec");
    assert_log(&t, "was killed after 0.5 s in exec, element 0");

    g_autofree char *path = g_build_filename(t.folder, "pids", NULL);
    assert_true(g_file_get_contents(path, &pids, NULL, NULL));
    assert_int_equal(sscanf(pids, "%d %d", &own, &other), 2);
    assert_ends(own);
    assert_ends(other);
    assert_non_null(run(&t, 1)->text);
    finish(&t);
}

static void a_worker_may_have_so_much_memory_and_no_more(void **state)
{
    struct crew_conf conf = {.count = 1, .memory = 64 << 20, .timeout = 20};
    struct crew_test t;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    print_message("skipped: a sanitizer needs more memory than a worker may have\n");
    skip();
#endif
    start(&t, &conf,
          "dataset: [{values: ['ulimit -d', 'head -c 300000000 /dev/zero']}, "
          "{exec: {argv: 'sh', shell: true}}]");
    assert_string_equal(run(&t, 0)->text, "65536\n");
    assert_int_equal(run(&t, 1)->fault.err, ENOMEM);
    assert_string_equal(run(&t, 0)->text, "65536\n");
    assert_int_equal(stats_look(t.stats, STAT_WORKERS_LOST), 0);
    finish(&t);
}

static void an_idle_worker_killed_from_outside_is_replaced_silently(void **state)
{
    struct crew_test t;

    start(&t, &one_process, WORKER_PID);
    for (unsigned i = 0; i < 30; i++) {
        pid_t pid = number(run(&t, 0)->text);
        int fd = pidfd_open(pid, 0);
        assert_true(fd >= 0);
        assert_int_equal(pidfd_send_signal(fd, SIGKILL, NULL, 0), 0);
        if (i % 2) /* else the next job races with its death */
            assert_true(ends(fd));
        close(fd);
        const struct answer *a = run(&t, 1);
        assert_non_null(a->text);
        assert_int_not_equal(number(a->text), pid);
    }
    assert_int_equal(stats_look(t.stats, STAT_WORKERS_LOST), 0);
    assert_log(&t, NULL);
    finish(&t);
}

static void a_worker_is_replaced_after_fifty_thousand_jobs(void **state)
{
    struct crew_test t;

    start(&t, &one_process, "dataset: [{range: 1}, {encode: text}]");
    t.endless = 50000;
    offer(&t, 0);
    wait_for_answers(&t, 50001);
    assert_int_equal(stats_look(t.stats, STAT_WORKERS_STARTED), 2);
    assert_int_equal(stats_look(t.stats, STAT_WORKERS_LOST), 0);
    assert_string_equal(t.answers[0].text, "0\n");
    finish(&t);
}

static void temporary_folders_go_with_their_element_and_with_their_worker(void **state)
{
    struct crew_test t;
    struct stat st;

    start(&t, &one_process,
          "dataset: [{range: 1}, {exec: {argv: 'mkdir $TMPDIR/a; touch $TMPDIR/a/b; printf "
          "$TMPDIR', shell: true}}]");
    g_autofree char *folder = g_strdup(run(&t, 0)->text);
    assert_int_equal(stat(folder, &st), -1);
    g_autofree char *workers = g_path_get_dirname(folder), *above = g_path_get_dirname(workers);
    assert_int_equal(stat(workers, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    crew_free(g_steal_pointer(&t.crew));
    assert_int_equal(stat(workers, &st), -1);
    assert_int_equal(stat(above, &st), -1);
    finish(&t);
}

static void workers_are_out_of_the_terminals_reach(void **state)
{
    struct crew_test t;

    start(&t, &one_process, WORKER_PID);
    pid_t pid = number(run(&t, 0)->text), zygote = parent_of(pid);
    assert_int_equal(parent_of(zygote), getpid());
    assert_int_not_equal(getsid(pid), getsid(0));
    assert_int_equal(getpgid(pid), pid);
    assert_int_not_equal(getpgid(zygote), getpgid(0));
    assert_int_equal(kill(zygote, SIGTERM), 0);
    assert_int_equal(kill(zygote, SIGINT), 0);
    assert_int_equal(number(run(&t, 1)->text), pid);
    finish(&t);
}

static void what_runs_when_the_crew_is_freed_is_cancelled(void **state)
{
    struct crew_test t;
    g_autofree char *text = NULL;

    start(&t, &two_processes,
          "dataset: [{range: 2}, {exec: {argv: 'echo $$ >HERE/fifo; exec sleep 1000', shell: "
          "true}}]");
    g_autofree char *path = g_build_filename(t.folder, "fifo", NULL);
    assert_int_equal(mkfifo(path, 0600), 0);
    offer(&t, 0);
    assert_true(g_file_get_contents(path, &text, NULL, NULL)); /* it runs */
    offer(&t, 1);
    assert_false(crew_offer(t.crew, (struct key){0, 0}));
    crew_free(g_steal_pointer(&t.crew));
    assert_int_equal(t.n_answers, 2);
    assert_int_equal(t.answers[0].fault.err, ECANCELED);
    assert_int_equal(t.answers[1].fault.err, ECANCELED);
    assert_ends(number(text));
    finish(&t);
}

/* As the server: works until it is killed. */
G_NORETURN static void serve(struct crew_test *t)
{
    struct zygote *z = NULL;
    struct fault f;

    if (zygote_start(t->plan, &two_processes, &f, &z) < 0 ||
        crew_new(&two_processes, t->plan, z, t->stats, t->log, done, t, &f, &t->crew) < 0)
        _exit(1);
    crew_offer(t->crew, (struct key){0, 0});
    crew_offer(t->crew, (struct key){0, 1});
    for (;;)
        pause();
}

static int open_pid(pid_t pid)
{
    int fd = pidfd_open(pid, 0);

    assert_true(fd >= 0);
    return fd;
}

static void nothing_outlives_a_server_that_is_killed(void **state)
{
    struct crew_test t;
    char folder[200];
    int fds[8], n = 0, worker, program, stray;
    struct stat st;

    load(&t, "dataset: [{range: 2}, {exec: {argv: 'setsid sleep 1000 & "
             "echo $PPID $$ $! $TMPDIR > HERE/fifo; wait', shell: true}}]");
    g_autofree char *path = g_build_filename(t.folder, "fifo", NULL);
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t server = fork();
    if (server == 0)
        serve(&t);
    FILE *fifo = fopen(path, "r+");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(fscanf(fifo, "%d %d %d %199s", &worker, &program, &stray, folder), 4);
        fds[n++] = open_pid(worker);
        fds[n++] = open_pid(program);
        fds[n++] = open_pid(stray);
    }
    fds[n++] = open_pid(parent_of(worker));
    fclose(fifo);
    kill(server, SIGKILL);
    assert_int_equal(waitpid(server, NULL, 0), server);
    while (n > 0) {
        assert_true(ends(fds[--n]));
        close(fds[n]);
    }
    g_autofree char *above = g_path_get_dirname(folder);
    assert_int_equal(stat(above, &st), -1);
    finish(&t);
}

static void without_descriptors_one_job_fails_and_later_ones_may_not(void **state)
{
    struct rlimit few, enough;
    struct crew_test t;

    start(&t, &one_process, WORKER_PID);
    pid_t worker = number(run(&t, 0)->text), zygote = parent_of(worker);
    kill(worker, SIGKILL);
    assert_ends(worker);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &enough), 0);
    few = enough;
    few.rlim_cur = 4;
    assert_int_equal(prlimit(zygote, RLIMIT_NOFILE, &few, NULL), 0);
    const struct answer *a = run(&t, 1);
    assert_int_equal(a->fault.err, EIO);
    assert_true(a->fault.transient);
    assert_string_equal(a->fault.text, "no worker could be started: too many open files");
    assert_int_equal(prlimit(zygote, RLIMIT_NOFILE, &enough, NULL), 0);
    assert_non_null(run(&t, 0)->text);
    finish(&t);
}

static void without_the_zygote_every_job_fails_and_says_why(void **state)
{
    struct crew_test t;

    start(&t, &two_processes, WORKER_PID);
    pid_t zygote = parent_of(number(run(&t, 0)->text));
    kill(zygote, SIGKILL);
    assert_ends(zygote);
    for (unsigned i = 0; i < 3; i++) {
        /* the worker may have got as far as its answer */
        const struct answer *a = run(&t, i);
        if (!a->text)
            assert_non_null(strstr(a->fault.text, "the process that workers come from has gone"));
    }
    assert_null(t.answers[2].text);
    assert_log(&t, "the process that workers come from has gone");
    assert_int_equal(crew_alive(t.crew), 0);
    finish(&t);
}

/* "voluntary_ctxt_switches" of the crew's thread: how often it went to sleep. */
static unsigned sleeps_of_the_crew(void)
{
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    const char *tid;

    while ((tid = g_dir_read_name(tasks))) {
        g_autofree char *path = g_build_filename("/proc/self/task", tid, "status", NULL),
                        *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL) ||
            !g_str_has_prefix(text, "Name:\tcrew\n"))
            continue;
        const char *at = strstr(text, "\nvoluntary_ctxt_switches:");
        assert_non_null(at);
        return (unsigned)g_ascii_strtoull(strchr(at, ':') + 1, NULL, 10);
    }
    fail();
    return 0;
}

/* Here the passing of time is what is tested: the thread looks at the clock once more, then no
 * more. */
static void an_idle_crew_sleeps(void **state)
{
    struct crew_conf conf = {.count = 2, .timeout = 0.2};
    struct crew_test t;

    start(&t, &conf, "dataset: [{range: 4}, {encode: text}]");
    run_all(&t);
    g_usleep(400000);
    unsigned before = sleeps_of_the_crew();
    g_usleep(700000);
    assert_int_equal(sleeps_of_the_crew(), before);
    assert_int_equal(crew_busy(t.crew), 0);
    assert_in_range(crew_alive(t.crew), 1, 2);
    finish(&t);
}

static void threads_give_up_at_the_deadline(void **state)
{
    struct crew_conf conf = {.count = 1, .isolation = ISOLATION_THREAD, .timeout = 0.3};
    struct crew_test t;

    start(&t, &conf, "dataset: [{range: 1}, {exec: [sleep, '1000']}]");
    assert_int_equal(run(&t, 0)->fault.err, ETIMEDOUT);
    finish(&t);
}

static void a_contact_sheet_is_refused_by_threads(void **state)
{
    struct crew_test t;
    uint32_t contact = 1;

    start(&t, &two_threads, "dataset: [{range: 1}, {exec: [cat]}]");
    while (plan_output(t.plan, contact)->kind != OUTPUT_CONTACT)
        contact++;
    assert_true(crew_offer(t.crew, (struct key){contact, 0}));
    wait_for_answers(&t, 1);
    assert_int_equal(t.answers[0].fault.err, ENOTSUP);
    finish(&t);
}

static void steps_that_need_a_process_are_told(void **state)
{
    struct crew_test t;

    load(&t, "dataset: [{range: 1}, {exec: [cat]}]");
    assert_null(crew_unsafe_step(t.plan));
    finish(&t);
    load(&t, "dataset: [{range: 1}, {exec: [cat]}, {thumbnail: 8}, {encode: png}]");
    assert_non_null(crew_unsafe_step(t.plan));
    finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_the_same_in_processes_and_in_threads),
        cmocka_unit_test(a_fault_is_the_same_in_processes_and_in_threads),
        cmocka_unit_test(large_and_empty_results_come_whole_one_after_the_other),
        cmocka_unit_test(two_hundred_jobs_over_two_workers_are_each_answered_once),
        cmocka_unit_test(a_crash_costs_one_job_and_names_the_step),
        cmocka_unit_test(an_abort_under_a_memory_limit_gives_a_hint),
        cmocka_unit_test(a_hang_is_ended_at_the_deadline_with_all_its_programs),
        cmocka_unit_test(a_worker_may_have_so_much_memory_and_no_more),
        cmocka_unit_test(an_idle_worker_killed_from_outside_is_replaced_silently),
        cmocka_unit_test(a_worker_is_replaced_after_fifty_thousand_jobs),
        cmocka_unit_test(temporary_folders_go_with_their_element_and_with_their_worker),
        cmocka_unit_test(workers_are_out_of_the_terminals_reach),
        cmocka_unit_test(what_runs_when_the_crew_is_freed_is_cancelled),
        cmocka_unit_test(nothing_outlives_a_server_that_is_killed),
        cmocka_unit_test(without_descriptors_one_job_fails_and_later_ones_may_not),
        cmocka_unit_test(without_the_zygote_every_job_fails_and_says_why),
        cmocka_unit_test(an_idle_crew_sleeps),
        cmocka_unit_test(threads_give_up_at_the_deadline),
        cmocka_unit_test(a_contact_sheet_is_refused_by_threads),
        cmocka_unit_test(steps_that_need_a_process_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
