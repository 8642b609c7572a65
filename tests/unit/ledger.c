/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sizes that outlive a mount: true or unknown, whatever happens to their files. */
#include "fs/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/folder.h"

#define LEN 100000
#define HEADER 4096 /* bytes before the entries of a file, which have 16 each */

static const struct identity me = {1, 2}, other = {1, 3}, nobody = {0, 0};

/* Lifetime: one test. */
struct ledger_test {
    const struct folder *folder;
    struct plan *plan;
    struct log *log;
    struct ledger *ledger;
};

static struct plan *plan_of_len(uint64_t len)
{
    g_autofree char *spec =
        g_strdup_printf("dataset: [{range: %" G_GUINT64_FORMAT "}, {exec: [cat]}]\n", len);

    return plan_of(spec);
}

static struct ledger *open_ledger(const struct folder *d, const struct plan *p, struct log *log)
{
    struct fault f = {0};
    struct ledger *l = NULL;

    if (ledger_new(d->path, p, log, &f, &l) < 0)
        fail_msg("%s", f.text);
    return l;
}

static void begin(struct ledger_test *t, void **state, struct plan *own_plan)
{
    *t = (struct ledger_test){.folder = *state, .plan = own_plan, .log = log_new(false)};
    t->ledger = open_ledger(t->folder, t->plan, t->log);
}

static void reopen(struct ledger_test *t)
{
    ledger_free(t->ledger);
    t->ledger = open_ledger(t->folder, t->plan, t->log);
}

static void end(struct ledger_test *t)
{
    ledger_free(t->ledger);
    plan_free(t->plan);
    log_free(t->log);
}

static struct key at(uint64_t index)
{
    return (struct key){0, index};
}

static void assert_size(struct ledger *l, uint64_t index, struct identity id, uint64_t want)
{
    uint64_t size = 0;

    assert_int_equal(ledger_look(l, at(index), id, &size), SIZE_KNOWN);
    assert_int_equal(size, want);
}

static void assert_unknown(struct ledger *l, uint64_t index, struct identity id)
{
    uint64_t size = 77;

    assert_int_equal(ledger_look(l, at(index), id, &size), SIZE_UNKNOWN);
    assert_int_equal(size, 77);
}

/* The path of the one file there is.  Owned by the caller. */
static char *file_of(const struct ledger_test *t)
{
    g_autoptr(GDir) dir = g_dir_open(t->folder->path, 0, NULL);
    char *path = folder_path(t->folder, g_dir_read_name(dir));

    assert_null(g_dir_read_name(dir));
    return path;
}

static void scribble(const struct ledger_test *t, off_t off, const void *data, size_t len)
{
    g_autofree char *path = file_of(t);
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    assert_int_equal(pwrite(fd, data, len, off), len);
    close(fd);
}

static void a_size_outlives_the_mount(void **state)
{
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    assert_unknown(t.ledger, 7, me);
    assert_false(ledger_may_have(t.ledger, at(7)));
    ledger_put(t.ledger, at(7), me, 12345);
    ledger_put(t.ledger, at(LEN - 1), me, 0);
    assert_size(t.ledger, 7, me, 12345);
    reopen(&t);
    assert_true(ledger_may_have(t.ledger, at(7)));
    assert_size(t.ledger, 7, me, 12345);
    assert_size(t.ledger, LEN - 1, me, 0);
    assert_unknown(t.ledger, 8, me);
    end(&t);
}

static void it_holds_for_one_identity_and_one_index(void **state)
{
    const uint64_t entry = HEADER + 16 * 7;
    g_autofree char *path = NULL, *bytes = NULL;
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    ledger_put(t.ledger, at(7), me, 5);
    assert_unknown(t.ledger, 7, other);
    path = file_of(&t);
    assert_true(g_file_get_contents(path, &bytes, NULL, NULL));
    scribble(&t, entry + 16, bytes + entry, 16);
    reopen(&t);
    assert_true(ledger_may_have(t.ledger, at(8)));
    assert_unknown(t.ledger, 8, me);
    ledger_put(t.ledger, at(7), other, 6);
    assert_unknown(t.ledger, 7, me);
    assert_size(t.ledger, 7, other, 6);
    end(&t);
}

static void what_is_forgotten_is_unknown(void **state)
{
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    ledger_put(t.ledger, at(7), me, 5);
    ledger_forget(t.ledger, at(7));
    ledger_forget(t.ledger, at(9));
    assert_unknown(t.ledger, 7, me);
    reopen(&t);
    assert_unknown(t.ledger, 7, me);
    end(&t);
}

static void of_what_cannot_be_recognized_nothing_is_kept(void **state)
{
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    ledger_put(t.ledger, at(7), nobody, 5);
    assert_unknown(t.ledger, 7, nobody);
    assert_false(ledger_may_have(t.ledger, at(7)));
    end(&t);
}

static void a_damaged_entry_is_unknown_and_its_neighbours_are_not(void **state)
{
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    for (uint64_t i = 6; i < 9; i++)
        ledger_put(t.ledger, at(i), me, 500);
    scribble(&t, HEADER + 16 * 7 + 1, "x", 1);
    reopen(&t);
    assert_unknown(t.ledger, 7, me);
    assert_size(t.ledger, 6, me, 500);
    assert_size(t.ledger, 8, me, 500);
    end(&t);
}

static void a_file_with_another_header_is_replaced(void **state)
{
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    ledger_put(t.ledger, at(7), me, 5);
    scribble(&t, 20, "x", 1);
    reopen(&t);
    assert_unknown(t.ledger, 7, me);
    ledger_put(t.ledger, at(7), me, 5);
    reopen(&t);
    assert_size(t.ledger, 7, me, 5);
    end(&t);
}

static void a_file_cut_off_under_us_loses_sizes_and_nothing_else(void **state)
{
    g_autofree char *path = NULL;
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    ledger_put(t.ledger, at(7), me, 5);
    ledger_put(t.ledger, at(5000), me, 6);
    path = file_of(&t);
    assert_int_equal(truncate(path, HEADER + 16 * 7 + 8), 0);
    assert_unknown(t.ledger, 4000, me);
    ledger_put(t.ledger, at(4000), me, 9);
    assert_size(t.ledger, 4000, me, 9);
    reopen(&t);
    assert_unknown(t.ledger, 7, me);
    assert_unknown(t.ledger, 5000, me);
    assert_size(t.ledger, 4000, me, 9);
    assert_int_equal(truncate(path, 0), 0);
    reopen(&t);
    assert_unknown(t.ledger, 4000, me);
    end(&t);
}

static void two_mounts_share_what_they_find(void **state)
{
    struct ledger_test t;
    OWN(ledger_free) struct ledger *second = NULL;

    begin(&t, state, plan_of_len(LEN));
    second = open_ledger(t.folder, t.plan, t.log);
    ledger_put(t.ledger, at(7), me, 5);
    assert_size(second, 7, me, 5);
    ledger_put(second, at(70000), me, 6);
    assert_size(t.ledger, 70000, me, 6);
    end(&t);
}

static void a_billion_elements_cost_what_is_touched(void **state)
{
    g_autofree char *path = NULL;
    struct ledger_test t;
    struct stat st;

    begin(&t, state, plan_of_len(1000000000));
    for (uint64_t i = 0; i < 1000000000; i += 250000000)
        ledger_put(t.ledger, at(i), me, i);
    ledger_put(t.ledger, at(999999999), me, 1);
    assert_size(t.ledger, 750000000, me, 750000000);
    assert_size(t.ledger, 999999999, me, 1);
    path = file_of(&t);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_blocks * 512 <= 256 * 1024);
    end(&t);
}

static void only_datasets_that_need_workers_are_kept(void **state)
{
    struct ledger_test t;

    begin(&t, state,
          plan_of("datasets:\n"
                  "  plain: [{range: 10}]\n"
                  "  many: [{range: 5000000000}, {exec: [cat]}]\n"
                  "  none: [{range: 0}, {exec: [cat]}]\n"
                  "  some: [{range: 10}, {exec: [cat]}]\n"));
    for (uint32_t i = 0; i < 3; i++) {
        assert_false(ledger_covers(t.ledger, i));
        assert_false(ledger_may_have(t.ledger, (struct key){i, 0}));
        ledger_put(t.ledger, (struct key){i, 0}, me, 1);
    }
    assert_true(ledger_covers(t.ledger, 3));
    assert_true(plan_n_outputs(t.plan) > 4);
    assert_false(ledger_covers(t.ledger, 4));
    end(&t);
}

static void datasets_of_one_spec_are_told_apart(void **state)
{
    struct ledger_test t;
    uint64_t size;

    begin(&t, state,
          plan_of("datasets:\n"
                  "  a: [{range: 10}, {exec: [cat]}]\n"
                  "  b: [{range: 10}, {exec: [cat, -]}]\n"));
    ledger_put(t.ledger, (struct key){0, 5}, me, 1);
    assert_int_equal(ledger_look(t.ledger, (struct key){1, 5}, me, &size), SIZE_UNKNOWN);
    ledger_put(t.ledger, (struct key){1, 5}, me, 2);
    assert_size(t.ledger, 5, me, 1);
    end(&t);
}

static void a_folder_that_cannot_be_had_is_told(void **state)
{
    const struct folder *d = *state;
    OWN(plan_free) struct plan *p = plan_of_len(LEN);
    g_autofree char *below = folder_path(d, "file/sizes");
    struct ledger *l = NULL;
    struct fault f = {0};

    folder_put_text(d, "file", "x");
    assert_int_equal(ledger_new(below, p, NULL, &f, &l), -ENOTDIR);
    assert_null(l);
    assert_non_null(strstr(f.text, "size index: the folder '"));
}

/* A limit on the length of files is refused as a full disk is. */
static void what_cannot_be_written_is_counted_and_told_once(void **state)
{
    const struct rlimit tight = {HEADER, RLIM_INFINITY};
    g_autoptr(GString) said = g_string_new(NULL);
    struct ledger_figures now;
    struct ledger_test t;
    struct rlimit before;

    begin(&t, state, plan_of_len(LEN));
    ledger_put(t.ledger, at(0), me, 5);
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){tight.rlim_cur, before.rlim_max});
    ledger_put(t.ledger, at(1), me, 5);
    ledger_put(t.ledger, at(2), me, 5);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_size(t.ledger, 0, me, 5);
    assert_unknown(t.ledger, 1, me);
    ledger_look_figures(t.ledger, &now);
    assert_int_equal(now.lost, 2);
    assert_int_equal(now.error, EFBIG);
    assert_int_equal(now.kept, 1);
    assert_int_equal(now.hits, 1);
    assert_int_equal(now.misses, 1);
    log_print(t.log, said);
    assert_ptr_equal(strstr(said->str, "cannot be written"),
                     g_strrstr(said->str, "cannot be written"));
    assert_non_null(strstr(said->str, "cannot be written"));
    end(&t);
}

static void what_is_known_already_is_not_written_again(void **state)
{
    struct ledger_figures now;
    struct ledger_test t;

    begin(&t, state, plan_of_len(LEN));
    for (int i = 0; i < 3; i++)
        ledger_put(t.ledger, at(7), me, 5);
    ledger_look_figures(t.ledger, &now);
    assert_int_equal(now.kept, 1);
    end(&t);
}

static gpointer put_and_look(gpointer ledger)
{
    for (uint64_t i = 0; i < 5000; i++) {
        uint64_t size = i;

        ledger_put(ledger, at(i * 11 % 3000), me, i * 11 % 3000);
        if (ledger_look(ledger, at(i), me, &size) == SIZE_KNOWN && size != i)
            return ledger;
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    struct ledger_test t;
    GThread *threads[3];

    begin(&t, state, plan_of_len(LEN));
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("look", put_and_look, t.ledger);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_null(g_thread_join(threads[i]));
    for (uint64_t i = 0; i < 3000; i++)
        assert_size(t.ledger, i, me, i);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_size_outlives_the_mount),
        IN_FOLDER(it_holds_for_one_identity_and_one_index),
        IN_FOLDER(what_is_forgotten_is_unknown),
        IN_FOLDER(of_what_cannot_be_recognized_nothing_is_kept),
        IN_FOLDER(a_damaged_entry_is_unknown_and_its_neighbours_are_not),
        IN_FOLDER(a_file_with_another_header_is_replaced),
        IN_FOLDER(a_file_cut_off_under_us_loses_sizes_and_nothing_else),
        IN_FOLDER(two_mounts_share_what_they_find),
        IN_FOLDER(a_billion_elements_cost_what_is_touched),
        IN_FOLDER(only_datasets_that_need_workers_are_kept),
        IN_FOLDER(datasets_of_one_spec_are_told_apart),
        IN_FOLDER(a_folder_that_cannot_be_had_is_told),
        IN_FOLDER(what_cannot_be_written_is_counted_and_told_once),
        IN_FOLDER(what_is_known_already_is_not_written_again),
        IN_FOLDER(threads_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
