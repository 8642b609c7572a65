/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that workers come from, started by a server that has threads: it is this program once
 * more, has the same plan, and leaves nothing behind. */
#include "fs/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fs/crew.h"
#include "fs/shelf.h"
#include "fs/spawned.h"
#include "tests/unit/folder.h"

#define PATIENCE (30 * G_USEC_PER_SEC) /* for what is sure to come */

/* A plan of a file, and a crew that may come of it.  Lifetime: one test. */
struct spawn_test {
    struct folder *folder;
    struct plan *plan;
    struct zygote *zygote;
    struct stats *stats;
    struct log *log;
    struct crew *crew;
    struct crew_conf conf;
    char *defines[2];
    int program;
    GThread *thread; /* that does nothing: there is more than one */
    GMutex lock;
    GCond told;
    bool over;        /* under lock, as all below */
    bool is_answered; /* with: */
    char *answer;     /* owned; NULL = it failed */
};

static void *idle(void *ctx)
{
    struct spawn_test *t = ctx;

    g_mutex_lock(&t->lock);
    while (!t->over)
        g_cond_wait(&t->told, &t->lock);
    g_mutex_unlock(&t->lock);
    return NULL;
}

static int begin(void **state)
{
    struct spawn_test *t = g_new0(struct spawn_test, 1);

    folder_open((void **)&t->folder);
    g_setenv("TMPDIR", t->folder->path, TRUE);
    t->conf = (struct crew_conf){.count = 1, .isolation = ISOLATION_PROCESS, .timeout = 20};
    t->program = zygote_open_program();
    assert_true(t->program > SPAWNED_SOCKET);
    g_mutex_init(&t->lock);
    g_cond_init(&t->told);
    *state = t;
    return 0;
}

static void end_threads(struct spawn_test *t)
{
    crew_free(g_steal_pointer(&t->crew));
    g_mutex_lock(&t->lock);
    t->over = true;
    g_cond_broadcast(&t->told);
    g_mutex_unlock(&t->lock);
    if (t->thread)
        g_thread_join(g_steal_pointer(&t->thread));
}

static int finish(void **state)
{
    struct spawn_test *t = *state;

    end_threads(t);
    zygote_stop(t->zygote);
    log_free(t->log);
    stats_free(t->stats);
    plan_free(t->plan);
    close(t->program);
    g_free(t->answer);
    g_cond_clear(&t->told);
    g_mutex_clear(&t->lock);
    folder_close((void **)&t->folder);
    g_free(t);
    return 0;
}

static void put_spec(const struct spawn_test *t, const char *text)
{
    folder_put_text(t->folder, "spec.yaml", text);
}

static void load(struct spawn_test *t, const char *text)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    g_autofree char *path = folder_path(t->folder, "spec.yaml");

    put_spec(t, text);
    if (plan_load(path, t->defines, NULL, NULL, c, &t->plan) < 0) {
        g_autofree char *said = complaints_text(c);

        fail_msg("%s", said);
    }
}

static int spawn(struct spawn_test *t, struct fault *f)
{
    const struct zygote_spawn_conf conf = {
        .crew = &t->conf, .defines = t->defines, .program = t->program};

    if (!t->thread)
        t->thread = g_thread_new("idle", idle, t);
    fault_clear(f);
    return zygote_spawn(t->plan, &conf, f, &t->zygote);
}

/* Nothing but the spec is in the folder, which is the one for temporary files, too, and no process
 * has come of the test. */
static void assert_nothing_is_left(const struct spawn_test *t)
{
    g_autoptr(GDir) dir = g_dir_open(t->folder->path, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)))
        assert_false(g_str_has_prefix(name, "seqfs-"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void assert_refused_to_spawn(struct spawn_test *t, const char *want)
{
    struct fault f;

    assert_true(spawn(t, &f) < 0);
    assert_null(t->zygote);
    assert_string_equal(f.text, want);
    assert_nothing_is_left(t);
}

static void done(void *ctx, struct key k, struct outcome *o)
{
    struct spawn_test *t = ctx;

    g_mutex_lock(&t->lock);
    g_clear_pointer(&t->answer, g_free);
    if (o->own_content)
        t->answer = g_strndup(content_memory(o->own_content), content_len(o->own_content));
    t->is_answered = true;
    g_cond_broadcast(&t->told);
    g_mutex_unlock(&t->lock);
    content_unref(o->own_content);
}

static void employ(struct spawn_test *t)
{
    struct fault f;

    assert_int_equal(spawn(t, &f), 0);
    t->stats = stats_new(t->plan);
    t->log = log_new(false);
    assert_int_equal(crew_new(&t->conf, t->plan, g_steal_pointer(&t->zygote), t->stats, t->log,
                              done, t, &f, &t->crew),
                     0);
}

static const char *compute(struct spawn_test *t, uint64_t index)
{
    int64_t until = g_get_monotonic_time() + PATIENCE;

    t->is_answered = false;
    assert_true(crew_offer(t->crew, (struct key){0, index}));
    g_mutex_lock(&t->lock);
    while (!t->is_answered)
        assert_true(g_cond_wait_until(&t->told, &t->lock, until));
    g_mutex_unlock(&t->lock);
    assert_non_null(t->answer);
    return t->answer;
}

static void assert_ends(int pidfd)
{
    struct pollfd fd = {pidfd, POLLIN, 0};

    assert_int_equal(poll(&fd, 1, (int)(PATIENCE / 1000)), 1);
    close(pidfd);
}

static int open_pid(pid_t pid)
{
    int fd = pidfd_open(pid, 0);

    assert_true(fd >= 0);
    return fd;
}

static void its_workers_compute(void **state)
{
    struct spawn_test *t = *state;
    char define[] = "word=defined";

    g_setenv("SEQFS_TEST_WORD", "inherited", TRUE);
    t->defines[0] = define;
    load(t,
         "params: {word: null}\n"
         "dataset: [{values: ['${word}', '${env:SEQFS_TEST_WORD}']}, {exec: [sed, 's/^/is /']}]");
    employ(t);
    assert_string_equal(compute(t, 0), "is defined\n");
    assert_string_equal(compute(t, 1), "is inherited\n");
    g_unsetenv("SEQFS_TEST_WORD");
}

static void its_workers_have_the_settings_of_the_crew(void **state)
{
    struct spawn_test *t = *state;

    t->conf.nice = 3;
    load(t, "dataset: [{range: 1}, {exec: [nice]}]");
    employ(t);
    g_autofree char *want = g_strdup_printf("%d\n", MIN(getpriority(PRIO_PROCESS, 0) + 3, 19));
    assert_string_equal(compute(t, 0), want);
}

static uint32_t find_step(const struct plan *p, uint32_t from, const char *name)
{
    while (strcmp(plan_step(p, from)->name, name) != 0)
        from++;
    return from;
}

static void the_figures_of_what_its_workers_keep_can_be_read(void **state)
{
    struct spawn_test *t = *state;
    struct shelf_figures low, high;

    load(t, "dataset: [{range: 9}, {cache: 5}, {exec: [cat]}, {cache: {bytes: 64K}}]");
    employ(t);
    for (uint64_t i = 0; i < 9; i++)
        compute(t, i);
    assert_string_equal(compute(t, 7), "7\n");

    uint32_t first = find_step(t->plan, 0, "cache");
    const struct shelf *s = crew_shelf(t->crew);
    assert_true(shelf_look_figures(s, first, &low));
    assert_true(shelf_look_figures(s, find_step(t->plan, first + 1, "cache"), &high));
    assert_int_equal(low.misses, 9);
    assert_int_equal(low.hits, 0);
    assert_int_equal(low.kept.n, 5);
    assert_int_equal(low.kept.evicted, 4);
    assert_int_equal(high.misses, 9);
    assert_int_equal(high.hits, 1);
    assert_int_equal(high.kept.n, 9);
}

static void the_memory_of_other_steps_is_refused(void **state)
{
    struct spawn_test *t = *state;
    OWN(shelf_free) struct shelf *one = NULL;
    struct shelf *other = NULL;
    OWN(plan_free) struct plan *larger = plan_of("dataset: [{range: 9}, {cache: {bytes: 1M}}]");
    struct fault f;

    load(t, "dataset: [{range: 9}, {cache: {bytes: 64K}}]");
    assert_int_equal(shelf_new(t->plan, &f, &one), 0);
    assert_true(shelf_fd(one) >= 0);
    assert_true(shelf_open(larger, dup(shelf_fd(one)), &f, &other) < 0);
    assert_true(shelf_open(larger, -1, &f, &other) < 0);
    assert_null(other);
    assert_int_equal(shelf_open(t->plan, dup(shelf_fd(one)), &f, &other), 0);
    shelf_free(other);
}

static void a_changed_spec_is_refused(void **state)
{
    struct spawn_test *t = *state;

    load(t, "dataset: [{range: 3}, {exec: [cat]}]");
    put_spec(t, "dataset: [{range: 3}, {exec: [tac]}]");
    assert_refused_to_spawn(
        t, "the spec or a source of it was changed while it was loaded; load it again");
}

static void a_spec_that_was_broken_meanwhile_is_refused_with_what_is_wrong(void **state)
{
    struct spawn_test *t = *state;
    struct fault f;

    load(t, "dataset: [{range: 3}, {exec: [cat]}]");
    put_spec(t, "dataset: [{range: 3}, {exek: [cat]}]");
    assert_refused_to_spawn(t, "the spec cannot be loaded once more; was it changed meanwhile?");
    spawn(t, &f);
    if (!strstr(f.detail, "/spec.yaml:1:24: unknown operator 'exek'; did you mean 'exec'?\n"))
        assert_string_equal(f.detail, "");
}

static void changed_sources_are_refused_even_if_they_are_as_many(void **state)
{
    struct spawn_test *t = *state;
    g_autofree char *gone = folder_path(t->folder, "src/2");

    folder_put_text(t->folder, "src/1", "one");
    folder_put_text(t->folder, "src/2", "two");
    load(t, "dataset: [{files: src/*}]");
    g_remove(gone);
    folder_put_text(t->folder, "src/3", "three");
    assert_refused_to_spawn(
        t, "the spec or a source of it was changed while it was loaded; load it again");
}

/* As an upgrade does it: a new file in place of the old one. */
static void the_program_may_have_been_replaced(void **state)
{
    struct spawn_test *t = *state;
    g_autofree char *copy = folder_path(t->folder, "program"), *bytes = NULL;
    gsize len;

    assert_true(g_file_get_contents("/proc/self/exe", &bytes, &len, NULL));
    folder_put(t->folder, "program", bytes, len);
    assert_int_equal(g_chmod(copy, 0755), 0);
    close(t->program);
    t->program = fcntl(open(copy, O_PATH | O_CLOEXEC), F_DUPFD_CLOEXEC, SPAWNED_SOCKET + 1);
    folder_put_text(t->folder, "program", "this is no program");
    load(t, "dataset: [{range: 3}, {exec: [cat]}]");
    employ(t);
    assert_string_equal(compute(t, 2), "2\n");
}

static void without_a_program_it_says_so(void **state)
{
    struct spawn_test *t = *state;

    load(t, "dataset: [{range: 3}, {exec: [cat]}]");
    close(t->program);
    t->program = open(t->folder->path, O_PATH | O_CLOEXEC);
    assert_refused_to_spawn(t, "starting the process that workers come from: permission denied");
}

static void what_is_not_ready_is_told_how_it_ended(void **state)
{
    struct spawn_test *t = *state;

    load(t, "dataset: [{range: 3}, {exec: [cat]}]");
    close(t->program);
    t->program = open("/bin/false", O_PATH | O_CLOEXEC);
    assert_refused_to_spawn(
        t, "the process that workers come from exited with status 1 before it was ready");
}

/* Field n, counted from 1, of what stat tells of a process. */
static int stat_field(pid_t pid, unsigned n)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *text = NULL;

    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) fields = g_strsplit(strrchr(text, ')') + 2, " ", -1);
    return (int)g_ascii_strtoll(fields[n - 3], NULL, 10);
}

static pid_t parent_of(pid_t pid)
{
    return stat_field(pid, 4);
}

static void it_is_out_of_the_servers_reach(void **state)
{
    struct spawn_test *t = *state;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    char byte;
    int ends[2];
    sigset_t blocked, old;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, &old);
    sigaction(SIGUSR2, &ignore, &before);
    assert_int_equal(pipe(ends), 0); /* not close-on-exec, on purpose */
    load(t, "dataset: [{range: 9}, {exec: {argv: 'echo $PPID; trap \"echo cut\" ALRM USR2; "
            "kill -ALRM $$; kill -USR2 $$', shell: true}}]");
    employ(t);
    const char *said = compute(t, 0);
    pid_t worker = (pid_t)g_ascii_strtoll(said, NULL, 10), zygote = parent_of(worker);
    assert_non_null(strstr(said, "\ncut\ncut\n"));
    assert_int_equal(parent_of(zygote), getpid());
    assert_int_equal(getsid(zygote), zygote);
    assert_int_equal(stat_field(zygote, 7), 0); /* no terminal */
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* nobody else has the other end */
    close(ends[0]);
    kill(zygote, SIGTERM);
    kill(zygote, SIGINT);
    assert_int_equal((pid_t)g_ascii_strtoll(compute(t, 1), NULL, 10), worker);
    sigaction(SIGUSR2, &before, NULL);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void nothing_is_left_when_it_is_stopped(void **state)
{
    struct spawn_test *t = *state;

    load(t, "dataset: [{range: 1}, {exec: {argv: 'touch $TMPDIR/a; echo $TMPDIR', shell: true}}]");
    employ(t);
    assert_true(g_str_has_prefix(compute(t, 0), t->folder->path));
    end_threads(t);
    assert_nothing_is_left(t);
}

/* As the server: computes until it is killed. */
G_NORETURN static void serve(struct spawn_test *t)
{
    employ(t);
    crew_offer(t->crew, (struct key){0, 0});
    for (;;)
        pause();
}

static FILE *make_fifo(const struct spawn_test *t)
{
    g_autofree char *path = folder_path(t->folder, "fifo");

    assert_int_equal(mkfifo(path, 0600), 0);
    FILE *fifo = fopen(path, "r+");
    assert_non_null(fifo);
    return fifo;
}

static void nothing_outlives_a_server_that_is_killed(void **state)
{
    struct spawn_test *t = *state;
    FILE *fifo = make_fifo(t);
    int worker, program, stray;

    load(t, "dataset: [{range: 2}, {exec: {argv: 'setsid sleep 1000 & echo $PPID $$ $! > fifo; "
            "wait', shell: true}}]");
    pid_t server = fork();
    if (server == 0)
        serve(t);
    assert_int_equal(fscanf(fifo, "%d %d %d", &worker, &program, &stray), 3);
    int fds[] = {open_pid(worker), open_pid(program), open_pid(stray), open_pid(parent_of(worker))};
    kill(server, SIGKILL);
    assert_int_equal(waitpid(server, NULL, 0), server);
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        assert_ends(fds[i]);
    fclose(fifo);
    assert_nothing_is_left(t);
}

/* The program whose output is counted holds it up, but not when the server's own plan is made. */
static void nothing_outlives_a_server_that_is_killed_while_it_loads(void **state)
{
    struct spawn_test *t = *state;
    FILE *fifo = make_fifo(t);
    int zygote, program;

    load(t, "dataset: [{program: {argv: 'echo 1; [ ! -e go ] || { echo $PPID $$ > fifo; "
            "exec sleep 1000; }', shell: true}}]");
    folder_put_text(t->folder, "go", "");
    pid_t server = fork();
    if (server == 0)
        serve(t);
    assert_int_equal(fscanf(fifo, "%d %d", &zygote, &program), 2);
    int fds[] = {open_pid(zygote), open_pid(program)};
    assert_int_equal(parent_of(zygote), server);
    kill(server, SIGKILL);
    assert_int_equal(waitpid(server, NULL, 0), server);
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        assert_ends(fds[i]);
    fclose(fifo);
    assert_nothing_is_left(t);
}

static void nobody_else_can_start_it(void **state)
{
    char program[] = "seqfs", word[] = SPAWNED_WORD, spec[] = "spec.yaml";
    char *argv[] = {program, word, spec, NULL};
    struct fault f;

    assert_true(spawned_is_wanted(3, argv));
    assert_false(spawned_is_wanted(1, argv));
    assert_false(spawned_is_wanted(2, argv + 1));
    assert_int_equal(spawned_main(3, argv, &f), -EPERM);
    assert_string_equal(f.text, "'.zygote' is what the server starts by itself");
}

#define SPAWN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        SPAWN_TEST(nothing_outlives_a_server_that_is_killed),
        SPAWN_TEST(nothing_outlives_a_server_that_is_killed_while_it_loads),
        SPAWN_TEST(its_workers_compute),
        SPAWN_TEST(its_workers_have_the_settings_of_the_crew),
        SPAWN_TEST(the_figures_of_what_its_workers_keep_can_be_read),
        SPAWN_TEST(the_memory_of_other_steps_is_refused),
        SPAWN_TEST(a_changed_spec_is_refused),
        SPAWN_TEST(a_spec_that_was_broken_meanwhile_is_refused_with_what_is_wrong),
        SPAWN_TEST(changed_sources_are_refused_even_if_they_are_as_many),
        SPAWN_TEST(the_program_may_have_been_replaced),
        SPAWN_TEST(without_a_program_it_says_so),
        SPAWN_TEST(what_is_not_ready_is_told_how_it_ended),
        SPAWN_TEST(it_is_out_of_the_servers_reach),
        SPAWN_TEST(nothing_is_left_when_it_is_stopped),
        cmocka_unit_test(nobody_else_can_start_it),
    };
    struct fault f;

    if (spawned_is_wanted(argc, argv))
        return spawned_main(argc, argv, &f) < 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
