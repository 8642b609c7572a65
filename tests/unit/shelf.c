/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The shelf: what one process keeps another finds, who computes is waited for, and whoever is
 * killed at it harms nobody. */
#include "fs/shelf.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/folder.h"

/* One test's: a plan with two `cache` steps, the second over the first. */
struct shelf_test {
    struct plan *plan;
    struct shelf *shelf;
    const struct keeper *keeper;
    const struct seq *low, *high;
};

static int start(void **state)
{
    struct shelf_test *t = g_new0(struct shelf_test, 1);
    struct fault f;

    *state = t;
    t->plan = plan_of("dataset: [{range: 1000}, {cache: 3}, {exec: [cat]}, {cache: {bytes: 64K}}]");
    assert_int_equal(shelf_new(t->plan, &f, &t->shelf), 0);
    t->keeper = shelf_keeper(t->shelf);
    t->high = plan_output(t->plan, 0)->seq;
    for (t->low = t->high->in[0]; strcmp(t->low->name, "cache") != 0; t->low = t->low->in[0])
        continue;
    return 0;
}

static int finish(void **state)
{
    struct shelf_test *t = *state;

    shelf_free(t->shelf);
    plan_free(t->plan);
    g_free(t);
    return 0;
}

static enum keeper_answer begin(const struct shelf_test *t, const struct seq *s, uint64_t i,
                                GBytes **ret)
{
    *ret = NULL;
    return t->keeper->begin(t->keeper->ctx, s, i, 0, ret);
}

static void end(const struct shelf_test *t, const struct seq *s, uint64_t i, const char *text)
{
    g_autoptr(GBytes) bytes = text ? g_bytes_new(text, strlen(text)) : NULL;

    t->keeper->end(t->keeper->ctx, s, i, bytes);
}

static void keep(const struct shelf_test *t, const struct seq *s, uint64_t i, const char *text)
{
    GBytes *bytes;

    assert_int_equal(begin(t, s, i, &bytes), KEEPER_MISS);
    end(t, s, i, text);
}

static bool has(const struct shelf_test *t, const struct seq *s, uint64_t i, const char *text)
{
    g_autoptr(GBytes) bytes = NULL;

    return begin(t, s, i, &bytes) == KEEPER_HAS && g_bytes_get_size(bytes) == strlen(text) &&
           memcmp(g_bytes_get_data(bytes, NULL), text, strlen(text)) == 0;
}

/* A worker: what it returns is its exit status. */
static pid_t be_elsewhere(int (*work)(const struct shelf_test *t, int line),
                          const struct shelf_test *t, int line)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        _exit(work(t, line));
    }
    return pid;
}

static int status_of(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void what_is_kept_is_found(void **state)
{
    const struct shelf_test *t = *state;

    keep(t, t->low, 5, "five");
    assert_true(has(t, t->low, 5, "five"));
    keep(t, t->low, 6, "six");
    assert_true(has(t, t->low, 5, "five"));
}

static void each_step_has_its_own(void **state)
{
    const struct shelf_test *t = *state;

    keep(t, t->low, 5, "low");
    keep(t, t->high, 5, "high");
    assert_true(has(t, t->low, 5, "low"));
    assert_true(has(t, t->high, 5, "high"));
}

static void the_copies_of_a_step_share_it_under_keys_of_their_own(void **state)
{
    const struct shelf_test *t = *state;
    struct seq copy = *t->low;

    copy.epoch = 1;
    keep(t, t->low, 5, "first");
    keep(t, &copy, 5, "second");
    assert_true(has(t, t->low, 5, "first"));
    assert_true(has(t, &copy, 5, "second"));
    keep(t, t->low, 1, "a");
    keep(t, t->low, 2, "b");
    assert_true(has(t, &copy, 5, "second")); /* three are kept, of both together */
    keep(t, t->low, 5, "first again");
}

static void a_failure_is_not_kept(void **state)
{
    const struct shelf_test *t = *state;

    keep(t, t->low, 5, NULL);
    keep(t, t->low, 5, "five");
    assert_true(has(t, t->low, 5, "five"));
}

static void a_step_that_keeps_nothing_is_told_so(void **state)
{
    const struct shelf_test *t = *state;
    struct seq unknown = *t->low;
    struct shelf_figures now;
    GBytes *bytes;

    assert_int_equal(begin(t, t->low->in[0], 5, &bytes), KEEPER_NONE);
    unknown.id = 100000;
    assert_int_equal(begin(t, &unknown, 5, &bytes), KEEPER_NONE);
    assert_false(shelf_look_figures(t->shelf, t->low->in[0]->id, &now));
    assert_false(shelf_look_figures(t->shelf, 100000, &now));
}

static void who_asks_for_what_it_computes_itself_does_not_wait(void **state)
{
    const struct shelf_test *t = *state;
    GBytes *bytes;

    assert_int_equal(begin(t, t->low, 5, &bytes), KEEPER_MISS);
    assert_int_equal(begin(t, t->low, 5, &bytes), KEEPER_NONE);
    keep(t, t->low, 6, "six");
    end(t, t->low, 5, "five");
    assert_true(has(t, t->low, 5, "five"));
    assert_true(has(t, t->low, 6, "six"));
}

static void its_figures_are_told(void **state)
{
    const struct shelf_test *t = *state;
    struct shelf_figures now;

    for (uint64_t i = 0; i < 5; i++)
        keep(t, t->low, i, "12345");
    assert_true(has(t, t->low, 4, "12345"));
    assert_true(shelf_look_figures(t->shelf, t->low->id, &now));
    assert_int_equal(now.kept.n, 3);
    assert_int_equal(now.kept.bytes, 15);
    assert_int_equal(now.kept.evicted, 2);
    assert_int_equal(now.hits, 1);
    assert_int_equal(now.misses, 5);
}

static int keep_elsewhere(const struct shelf_test *t, int line)
{
    GBytes *bytes;

    if (begin(t, t->low, 5, &bytes) != KEEPER_MISS)
        return 1;
    end(t, t->low, 5, "from elsewhere");
    return 0;
}

static void what_another_process_keeps_is_found(void **state)
{
    const struct shelf_test *t = *state;

    assert_int_equal(status_of(be_elsewhere(keep_elsewhere, t, -1)), 0);
    assert_true(has(t, t->low, 5, "from elsewhere"));
}

static int find_elsewhere(const struct shelf_test *t, int line)
{
    /* "I am about to ask"; the answer comes when the other has ended, however long that takes. */
    if (write(line, "?", 1) != 1)
        return 1;
    return has(t, t->low, 5, "late") ? 0 : 2;
}

static void who_comes_while_it_is_computed_waits_for_it(void **state)
{
    const struct shelf_test *t = *state;
    pid_t pids[4];
    int line[2];
    GBytes *bytes;
    char said;

    assert_int_equal(pipe(line), 0);
    assert_int_equal(begin(t, t->low, 5, &bytes), KEEPER_MISS);
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++)
        pids[i] = be_elsewhere(find_elsewhere, t, line[1]);
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++)
        assert_int_equal(read(line[0], &said, 1), 1);
    end(t, t->low, 5, "late");
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++)
        assert_int_equal(status_of(pids[i]), 0);
    close(line[0]);
    close(line[1]);
}

static int give_up_elsewhere(const struct shelf_test *t, int line)
{
    GBytes *bytes = NULL;
    int64_t before = g_get_monotonic_time();
    enum keeper_answer a = t->keeper->begin(t->keeper->ctx, t->low, 5, before + 50000, &bytes);

    if (a != KEEPER_NONE)
        return 1;
    return g_get_monotonic_time() >= before + 50000 ? 0 : 2;
}

static void nobody_waits_beyond_its_deadline(void **state)
{
    const struct shelf_test *t = *state;
    GBytes *bytes;

    assert_int_equal(begin(t, t->low, 5, &bytes), KEEPER_MISS);
    assert_int_equal(status_of(be_elsewhere(give_up_elsewhere, t, -1)), 0);
    end(t, t->low, 5, "five");
    assert_true(has(t, t->low, 5, "five"));
}

static int die_computing(const struct shelf_test *t, int line)
{
    GBytes *bytes;

    if (begin(t, t->low, 5, &bytes) != KEEPER_MISS || write(line, "!", 1) != 1)
        return 1;
    pause();
    return 2;
}

static void when_who_computes_is_killed_the_next_one_computes(void **state)
{
    const struct shelf_test *t = *state;
    int line[2];
    GBytes *bytes;
    char said;

    keep(t, t->low, 1, "one");
    assert_int_equal(pipe(line), 0);
    pid_t pid = be_elsewhere(die_computing, t, line[1]);
    assert_int_equal(read(line[0], &said, 1), 1);
    kill(pid, SIGKILL);
    assert_int_equal(begin(t, t->low, 5, &bytes), KEEPER_MISS); /* waits until it has died */
    assert_true(WIFSIGNALED(status_of(pid)));
    end(t, t->low, 5, "five");
    assert_true(has(t, t->low, 5, "five"));
    assert_true(has(t, t->low, 1, "one"));
    close(line[0]);
    close(line[1]);
}

/* More of them than there are places to compute at. */
static void places_of_the_dead_are_used_again(void **state)
{
    const struct shelf_test *t = *state;
    int line[2];
    char said;

    assert_int_equal(pipe(line), 0);
    for (unsigned i = 0; i < 300; i++) {
        pid_t pid = be_elsewhere(die_computing, t, line[1]);
        assert_int_equal(read(line[0], &said, 1), 1);
        kill(pid, SIGKILL);
        assert_true(WIFSIGNALED(status_of(pid)));
    }
    for (uint64_t i = 0; i < 300; i++)
        keep(t, t->low, i, "again");
    close(line[0]);
    close(line[1]);
}

/* Begins forty and stays with them until it is killed. */
static int begin_many(const struct shelf_test *t, int line)
{
    GBytes *bytes;

    for (uint64_t i = 0; i < 40; i++)
        begin(t, t->high, (uint64_t)getpid() * 100 + i, &bytes);
    if (write(line, "!", 1) != 1)
        return 1;
    pause();
    return 2;
}

static void more_than_can_be_computed_at_a_time_are_not_kept(void **state)
{
    const struct shelf_test *t = *state;
    pid_t pids[7]; /* 280 elements, and there are 256 places */
    int line[2];
    GBytes *bytes;
    char said;

    assert_int_equal(pipe(line), 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++)
        pids[i] = be_elsewhere(begin_many, t, line[1]);
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++)
        assert_int_equal(read(line[0], &said, 1), 1);
    assert_int_equal(begin(t, t->high, 1, &bytes), KEEPER_NONE);
    keep(t, t->low, 1, "another step has its own places");
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++) {
        kill(pids[i], SIGKILL);
        assert_true(WIFSIGNALED(status_of(pids[i])));
    }
    keep(t, t->high, 1, "there is room again");
    close(line[0]);
    close(line[1]);
}

/* Its bytes cannot be read to their end, so that it dies while it puts them on the board. */
static int die_keeping(const struct shelf_test *t, int line)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    GBytes *bytes;

    if (memory == MAP_FAILED || mprotect(memory + page, page, PROT_NONE) < 0 ||
        begin(t, t->high, 5, &bytes) != KEEPER_MISS)
        return 1;
    bytes = g_bytes_new_static(memory, 2 * page);
    t->keeper->end(t->keeper->ctx, t->high, 5, bytes);
    return 2;
}

static void when_one_is_killed_at_the_board_it_is_emptied_and_all_goes_on(void **state)
{
    const struct shelf_test *t = *state;
    struct shelf_figures now;

    keep(t, t->high, 1, "one");
    keep(t, t->low, 1, "low one");
    assert_true(WIFSIGNALED(status_of(be_elsewhere(die_keeping, t, -1))));
    keep(t, t->high, 5, "five");
    keep(t, t->high, 1, "one again");
    assert_true(has(t, t->high, 5, "five"));
    assert_true(has(t, t->high, 1, "one again"));
    assert_true(has(t, t->low, 1, "low one"));
    assert_true(shelf_look_figures(t->shelf, t->high->id, &now));
    assert_int_equal(now.kept.n, 2);
}

static int use_much(const struct shelf_test *t, int line)
{
    GRand *random = g_rand_new_with_seed((guint32)getpid());
    char text[3000];

    for (unsigned n = 0; n < 3000; n++) {
        uint64_t i = (uint64_t)g_rand_int_range(random, 0, 50);
        g_autoptr(GBytes) bytes = NULL;

        memset(text, 'a' + (int)(i % 26), sizeof text);
        text[i * 50] = '\0';
        enum keeper_answer a = begin(t, t->high, i, &bytes);
        if (a == KEEPER_MISS)
            end(t, t->high, i, text);
        else if (a != KEEPER_HAS || g_bytes_get_size(bytes) != i * 50 ||
                 memcmp(g_bytes_get_data(bytes, NULL) ? g_bytes_get_data(bytes, NULL) : "", text,
                        i * 50) != 0)
            return 1;
    }
    g_rand_free(random);
    return 0;
}

static void many_processes_never_get_what_is_anothers(void **state)
{
    const struct shelf_test *t = *state;
    pid_t pids[4];

    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++)
        pids[i] = be_elsewhere(use_much, t, -1);
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++)
        assert_int_equal(status_of(pids[i]), 0);
}

static void *use_much_in_thread(void *t)
{
    return GINT_TO_POINTER(use_much(t, -1));
}

static void many_threads_never_get_what_is_anothers(void **state)
{
    GThread *threads[4];

    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("worker", use_much_in_thread, *state);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_null(g_thread_join(threads[i]));
}

/* On disk. */

static void mount_free(struct shelf_test *t)
{
    shelf_free(t->shelf);
    plan_free(t->plan);
    g_free(t);
}
OWN_DEFINE(struct shelf_test, mount_free)

/* A mount of its own, of a spec with one `cache` step: low. */
static struct shelf_test *mount_of(const struct folder *d, const char *spec)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    struct shelf_test *t = g_new0(struct shelf_test, 1);
    struct fault f;

    if (plan_try(d->path, spec, c, &t->plan) < 0) {
        g_autofree char *said = complaints_text(c);
        fail_msg("%s", said);
    }
    assert_int_equal(shelf_new(t->plan, &f, &t->shelf), 0);
    t->keeper = shelf_keeper(t->shelf);
    for (t->low = plan_output(t->plan, 0)->seq; strcmp(t->low->name, "cache") != 0;)
        t->low = t->low->in[0];
    return t;
}

static const char spec_on_disk[] =
    "dataset: [{files: '*.txt'}, {exec: [cat]}, {cache: {disk: {path: vault}}}, {exec: [cat]}]";

static void put_sources(const struct folder *d)
{
    folder_put_text(d, "a.txt", "a");
    folder_put_text(d, "b.txt", "b");
}

static void assert_misses(const struct shelf_test *m, uint64_t i)
{
    GBytes *bytes;

    assert_int_equal(begin(m, m->low, i, &bytes), KEEPER_MISS);
    end(m, m->low, i, NULL);
}

static void mounted_keep(const struct shelf_test *m, uint64_t i, const char *text)
{
    keep(m, m->low, i, text);
}

static bool mounted_has(const struct shelf_test *m, uint64_t i, const char *text)
{
    return has(m, m->low, i, text);
}

static struct shelf_figures figures_of(const struct shelf_test *m)
{
    struct shelf_figures now;

    assert_true(shelf_look_figures(m->shelf, m->low->id, &now));
    return now;
}

static void what_is_kept_on_disk_is_found_by_the_next_mount(void **state)
{
    const struct folder *d = *state;

    put_sources(d);
    struct shelf_test *m = mount_of(d, spec_on_disk);
    mounted_keep(m, 0, "packed a");
    mount_free(m);
    m = mount_of(d, spec_on_disk);
    assert_true(mounted_has(m, 0, "packed a"));
    assert_true(mounted_has(m, 0, "packed a"));
    assert_misses(m, 1);
    assert_true(figures_of(m).on_disk);
    assert_int_equal(figures_of(m).disk.hits, 1); /* from then on it is in memory */
    assert_int_equal(figures_of(m).disk.misses, 1);
    assert_int_equal(figures_of(m).hits, 1);
    mount_free(m);
}

static void steps_after_it_may_change_and_steps_before_it_may_not(void **state)
{
    const struct folder *d = *state;

    put_sources(d);
    OWN(mount_free) struct shelf_test *first = mount_of(d, spec_on_disk);
    mounted_keep(first, 0, "packed");
    OWN(mount_free)
    struct shelf_test *after =
        mount_of(d, "dataset: [{files: '*.txt'}, {exec: [cat]}, {cache: {disk: {path: vault}}}]");
    assert_true(mounted_has(after, 0, "packed"));
    OWN(mount_free)
    struct shelf_test *before =
        mount_of(d, "dataset: [{files: '*.txt'}, {cache: {disk: {path: vault}}}, {exec: [cat]}]");
    assert_misses(before, 0);
}

static void a_changed_source_is_another_value(void **state)
{
    const struct folder *d = *state;

    put_sources(d);
    OWN(mount_free) struct shelf_test *first = mount_of(d, spec_on_disk);
    mounted_keep(first, 0, "packed");
    folder_put_text(d, "a.txt", "something else");
    OWN(mount_free) struct shelf_test *second = mount_of(d, spec_on_disk);
    assert_misses(second, 0);
}

static void what_changes_while_it_is_computed_is_not_kept_on_disk(void **state)
{
    const struct folder *d = *state;
    GBytes *bytes;

    put_sources(d);
    OWN(mount_free) struct shelf_test *first = mount_of(d, spec_on_disk);
    assert_int_equal(begin(first, first->low, 0, &bytes), KEEPER_MISS);
    folder_put_text(d, "a.txt", "something else");
    end(first, first->low, 0, "half old, half new");
    assert_int_equal(figures_of(first).disk.kept, 0);
    OWN(mount_free) struct shelf_test *second = mount_of(d, spec_on_disk);
    assert_misses(second, 0);
}

static void a_failure_is_not_kept_on_disk(void **state)
{
    const struct folder *d = *state;

    put_sources(d);
    OWN(mount_free) struct shelf_test *first = mount_of(d, spec_on_disk);
    mounted_keep(first, 0, NULL);
    OWN(mount_free) struct shelf_test *second = mount_of(d, spec_on_disk);
    assert_misses(second, 0);
}

static int find_on_disk_elsewhere(const struct shelf_test *t, int line)
{
    return has(t, t->low, 0, "packed") ? 0 : 1;
}

static void what_another_process_finds_on_disk_all_have(void **state)
{
    const struct folder *d = *state;

    put_sources(d);
    OWN(mount_free) struct shelf_test *first = mount_of(d, spec_on_disk);
    mounted_keep(first, 0, "packed");
    OWN(mount_free) struct shelf_test *second = mount_of(d, spec_on_disk);
    assert_int_equal(status_of(be_elsewhere(find_on_disk_elsewhere, second, -1)), 0);
    assert_true(mounted_has(second, 0, "packed"));
    assert_int_equal(figures_of(second).disk.hits, 1);
}

static int damage(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    return kind == FTW_F && st->st_size == 6 ? truncate(path, 3) : 0;
}

static void a_damaged_value_is_computed_again_and_told_once(void **state)
{
    const struct folder *d = *state;
    g_autofree char *path = folder_path(d, "vault");
    struct fault f = {0};

    put_sources(d);
    OWN(mount_free) struct shelf_test *first = mount_of(d, spec_on_disk);
    mounted_keep(first, 0, "packed");
    assert_int_equal(nftw(path, damage, 16, FTW_PHYS), 0);
    OWN(mount_free) struct shelf_test *second = mount_of(d, spec_on_disk);
    mounted_keep(second, 0, "packed again");
    assert_true(shelf_take_trouble(second->shelf, &f));
    assert_non_null(strstr(f.text, "damaged"));
    assert_false(shelf_take_trouble(second->shelf, &f));
    OWN(mount_free) struct shelf_test *third = mount_of(d, spec_on_disk);
    assert_true(mounted_has(third, 0, "packed again"));
}

static void a_folder_that_cannot_be_had_is_told_once_and_memory_keeps(void **state)
{
    const struct folder *d = *state;
    struct fault f = {0};

    put_sources(d);
    folder_put_text(d, "vault", "not a folder");
    OWN(mount_free) struct shelf_test *m = mount_of(d, spec_on_disk);
    assert_true(shelf_take_trouble(m->shelf, &f));
    assert_non_null(strstr(f.text, "disk cache"));
    assert_false(shelf_take_trouble(m->shelf, &f));
    mounted_keep(m, 0, "in memory");
    assert_true(mounted_has(m, 0, "in memory"));
    assert_false(figures_of(m).on_disk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_kept_is_found),
        TEST(each_step_has_its_own),
        TEST(the_copies_of_a_step_share_it_under_keys_of_their_own),
        TEST(a_failure_is_not_kept),
        TEST(a_step_that_keeps_nothing_is_told_so),
        TEST(who_asks_for_what_it_computes_itself_does_not_wait),
        TEST(its_figures_are_told),
        TEST(what_another_process_keeps_is_found),
        TEST(who_comes_while_it_is_computed_waits_for_it),
        TEST(nobody_waits_beyond_its_deadline),
        TEST(when_who_computes_is_killed_the_next_one_computes),
        TEST(places_of_the_dead_are_used_again),
        TEST(more_than_can_be_computed_at_a_time_are_not_kept),
        TEST(when_one_is_killed_at_the_board_it_is_emptied_and_all_goes_on),
        TEST(many_processes_never_get_what_is_anothers),
        TEST(many_threads_never_get_what_is_anothers),
        IN_FOLDER(what_is_kept_on_disk_is_found_by_the_next_mount),
        IN_FOLDER(steps_after_it_may_change_and_steps_before_it_may_not),
        IN_FOLDER(a_changed_source_is_another_value),
        IN_FOLDER(what_changes_while_it_is_computed_is_not_kept_on_disk),
        IN_FOLDER(a_failure_is_not_kept_on_disk),
        IN_FOLDER(what_another_process_finds_on_disk_all_have),
        IN_FOLDER(a_damaged_value_is_computed_again_and_told_once),
        IN_FOLDER(a_folder_that_cannot_be_had_is_told_once_and_memory_keeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
