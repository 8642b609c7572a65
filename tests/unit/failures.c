/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The failures that outlive a mount: told whole, of elements that are still what they were. */
#include "fs/failures.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/folder.h"

static const char usual[] = "dataset: [{range: 30000}, {exec: [cat]}]\n";

/* Lifetime: one test. */
struct failures_test {
    const struct folder *folder;
    struct plan *plan;
    struct log *log;
    struct failures *failures;
};

static struct failures *open_failures(const struct folder *d, const struct plan *p, struct log *log)
{
    struct failures *x = NULL;
    struct fault f = {0};

    if (failures_new(d->path, p, log, &f, &x) < 0)
        fail_msg("%s", f.text);
    return x;
}

static void begin(struct failures_test *t, void **state, const char *spec)
{
    *t = (struct failures_test){.folder = *state, .plan = plan_of(spec), .log = log_new(false)};
    t->failures = open_failures(t->folder, t->plan, t->log);
}

static void reopen(struct failures_test *t)
{
    failures_free(t->failures);
    t->failures = open_failures(t->folder, t->plan, t->log);
}

static void end(struct failures_test *t)
{
    failures_free(t->failures);
    plan_free(t->plan);
    log_free(t->log);
}

static struct identity id_of(const struct failures_test *t, uint64_t i)
{
    return seq_identity(plan_output(t->plan, 0)->seq, i);
}

static struct failure make(uint64_t index, int err, const char *text)
{
    struct failure f = {.key = {0, index}, .attempt = 1};

    fault_set(&f.fault, err, "%s", text);
    return f;
}

static void put(const struct failures_test *t, uint64_t index, const char *text)
{
    const struct failure f = make(index, EIO, text);

    failures_put(t->failures, &f, id_of(t, index));
}

static void add(void *ctx, const struct failure *f, struct identity id)
{
    GString *all = ctx;

    g_string_append_printf(all, "%s%" G_GUINT64_FORMAT " %s", all->len > 0 ? ", " : "",
                           f->key.index, f->fault.text);
}

/* "7 no such thing, 8 ...", the oldest first. */
static void assert_all(struct failures *x, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    failures_each(x, add, all);
    assert_string_equal(all->str, want);
}

static char *file_of(const struct failures_test *t)
{
    g_autoptr(GDir) dir = g_dir_open(t->folder->path, 0, NULL);
    char *path = folder_path(t->folder, g_dir_read_name(dir));

    assert_null(g_dir_read_name(dir));
    return path;
}

static void compare(void *ctx, const struct failure *f, struct identity id)
{
    struct failure *want = ctx;

    assert_int_equal(f->key.index, want->key.index);
    assert_int_equal(f->when, want->when);
    assert_true(f->seconds == want->seconds);
    assert_int_equal(f->attempt, want->attempt);
    assert_int_equal(f->fault.err, want->fault.err);
    assert_int_equal(f->fault.late, want->fault.late);
    assert_int_equal(f->fault.source, want->fault.source);
    assert_false(f->fault.transient);
    assert_string_equal(f->fault.text, want->fault.text);
    assert_string_equal(f->fault.detail, want->fault.detail);
    assert_int_equal(f->fault.trail_len, want->fault.trail_len);
    for (uint32_t i = 0; i < f->fault.trail_len; i++) {
        assert_int_equal(f->fault.trail[i].step, want->fault.trail[i].step);
        assert_int_equal(f->fault.trail[i].index, want->fault.trail[i].index);
    }
    want->key.output = 99; /* it was visited */
}

static void a_failure_comes_back_whole(void **state)
{
    struct failure f = make(7, EILSEQ, "a \"quoted\" \\ thing,\nand \303\251");
    struct failures_test t;

    begin(&t, state, usual);
    f.when = 1234567890123456;
    f.seconds = 0.1;
    f.attempt = 3;
    f.fault.late = true;
    f.fault.source = true;
    fault_detail(&f.fault, "line one\nline two\n", -1);
    fault_pass(&f.fault, 1, 7);
    fault_pass(&f.fault, 0, UINT64_C(1) << 60);
    failures_put(t.failures, &f, id_of(&t, 7));
    reopen(&t);
    failures_each(t.failures, compare, &f);
    assert_int_equal(f.key.output, 99);
    end(&t);
}

static void texts_that_are_no_utf8_are_kept_as_well_as_can_be(void **state)
{
    struct failure f = make(7, EIO, "x");
    struct failures_test t;

    g_strlcpy(f.fault.text, "no file \377", sizeof f.fault.text);
    begin(&t, state, usual);
    failures_put(t.failures, &f, id_of(&t, 7));
    reopen(&t);
    assert_all(t.failures, "7 no file \357\277\275");
    end(&t);
}

static void a_later_failure_replaces_the_former(void **state)
{
    struct failures_test t;

    begin(&t, state, usual);
    put(&t, 7, "a");
    put(&t, 8, "b");
    put(&t, 7, "c");
    assert_all(t.failures, "8 b, 7 c");
    reopen(&t);
    assert_all(t.failures, "8 b, 7 c");
    end(&t);
}

static void what_is_forgotten_stays_so(void **state)
{
    struct failures_test t;

    begin(&t, state, usual);
    put(&t, 7, "a");
    put(&t, 8, "b");
    reopen(&t);
    failures_forget(t.failures, (struct key){0, 7});
    failures_forget(t.failures, (struct key){0, 9});
    assert_all(t.failures, "8 b");
    reopen(&t);
    assert_all(t.failures, "8 b");
    end(&t);
}

static void another_identity_is_another_element(void **state)
{
    const struct failure f = make(7, EIO, "a");
    struct failures_test t;

    begin(&t, state, usual);
    failures_put(t.failures, &f, (struct identity){5, 5});
    assert_all(t.failures, "");
    failures_put(t.failures, &f, (struct identity){0});
    assert_all(t.failures, "");
    put(&t, 7, "b");
    assert_all(t.failures, "7 b");
    end(&t);
}

static void another_source_file_ends_a_failure(void **state)
{
    struct folder *d = *state;
    g_autofree char *sizes = folder_path(d, "sizes"), *spec = NULL;
    OWN(log_free) struct log *log = log_new(false);
    OWN(failures_free) struct failures *x = NULL;
    const struct failure failure = make(0, EIO, "a");
    struct fault f = {0};

    folder_put_text(d, "x.txt", "x");
    spec = g_strdup_printf("dataset: [{files: %s/x.txt}, {exec: [cat]}]\n", d->path);
    OWN(plan_free) struct plan *p = plan_of(spec);
    assert_int_equal(failures_new(sizes, p, log, &f, &x), 0);
    failures_put(x, &failure, seq_identity(plan_output(p, 0)->seq, 0));
    assert_all(x, "0 a");
    folder_put_text(d, "x.txt", "another");
    assert_all(x, "");
}

static void what_is_of_the_moment_is_not_kept(void **state)
{
    const struct failure late = make(1, ETIMEDOUT, "x"), stopped = make(2, ECANCELED, "x");
    struct failure lost = make(0, EIO, "x");
    struct failures_test t;

    begin(&t, state, usual);
    lost.fault.transient = true;
    failures_put(t.failures, &lost, id_of(&t, 0));
    failures_put(t.failures, &late, id_of(&t, 1));
    failures_put(t.failures, &stopped, id_of(&t, 2));
    assert_all(t.failures, "");
    end(&t);
}

static void another_text_of_the_spec_has_other_failures(void **state)
{
    struct failures_test t, u;

    begin(&t, state, usual);
    put(&t, 7, "a");
    begin(&u, state, "# moved\ndataset: [{range: 30000}, {exec: [cat]}]\n");
    assert_all(u.failures, "");
    put(&u, 7, "b");
    assert_all(t.failures, "7 a");
    assert_all(u.failures, "7 b");
    end(&t);
    end(&u);
}

static void a_line_that_was_cut_off_or_damaged_is_lost_alone(void **state)
{
    g_autofree char *path = NULL, *text = NULL;
    struct failures_test t;
    gsize len;

    begin(&t, state, usual);
    put(&t, 7, "aaaa");
    put(&t, 8, "bbbb");
    put(&t, 9, "cccc");
    path = file_of(&t);
    assert_true(g_file_get_contents(path, &text, &len, NULL));
    *strstr(text, "aaaa") = 'x';
    assert_int_equal(truncate(path, 0), 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, text, len - 5), len - 5);
    close(fd);
    put(&t, 10, "dddd");
    assert_all(t.failures, "8 bbbb, 10 dddd");
    reopen(&t);
    assert_all(t.failures, "8 bbbb, 10 dddd");
    end(&t);
}

static void a_file_of_something_else_is_replaced(void **state)
{
    g_autofree char *path = NULL;
    struct failures_test t;

    begin(&t, state, usual);
    path = file_of(&t);
    assert_true(g_file_set_contents(path, "something else\n", -1, NULL));
    reopen(&t);
    put(&t, 7, "a");
    reopen(&t);
    assert_all(t.failures, "7 a");
    end(&t);
}

static void two_mounts_add_to_one_file(void **state)
{
    struct failures_test t;
    OWN(failures_free) struct failures *second = NULL;
    const struct failure f = make(8, EIO, "b");

    begin(&t, state, usual);
    second = open_failures(t.folder, t.plan, t.log);
    put(&t, 7, "a");
    failures_put(second, &f, id_of(&t, 8));
    put(&t, 9, "c");
    assert_all(second, "7 a, 8 b, 9 c");
    end(&t);
}

static void count(void *ctx, const struct failure *f, struct identity id)
{
    uint64_t *all = ctx;

    all[0]++;
    all[1] = f->key.index;
}

static void there_is_a_bound_and_the_oldest_go(void **state)
{
    uint64_t all[2] = {0};
    struct failures_test t;

    begin(&t, state, usual);
    for (uint64_t i = 0; i < 2 * FAILURES_MAX + 100; i++)
        put(&t, i, "x");
    failures_each(t.failures, count, all);
    assert_in_range(all[0], FAILURES_MAX, FAILURES_MAX + 200);
    assert_int_equal(all[1], 2 * FAILURES_MAX + 99);
    reopen(&t);
    all[0] = 0;
    failures_each(t.failures, count, all);
    assert_in_range(all[0], 1, FAILURES_MAX);
    assert_int_equal(all[1], 2 * FAILURES_MAX + 99);
    end(&t);
}

static void what_is_out_of_date_is_left_out_one_day(void **state)
{
    g_autofree char *path = NULL, *text = NULL;
    struct failures_test t;
    gsize len;

    begin(&t, state, usual);
    for (unsigned i = 0; i < 1000; i++)
        put(&t, i % 2, "x");
    path = file_of(&t);
    reopen(&t);
    assert_true(g_file_get_contents(path, &text, &len, NULL));
    assert_in_range(len, 100, 1000);
    assert_all(t.failures, "0 x, 1 x");
    put(&t, 2, "y"); /* to the new file */
    reopen(&t);
    assert_all(t.failures, "0 x, 1 x, 2 y");
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_failure_comes_back_whole),
        IN_FOLDER(texts_that_are_no_utf8_are_kept_as_well_as_can_be),
        IN_FOLDER(a_later_failure_replaces_the_former),
        IN_FOLDER(what_is_forgotten_stays_so),
        IN_FOLDER(another_identity_is_another_element),
        IN_FOLDER(another_source_file_ends_a_failure),
        IN_FOLDER(what_is_of_the_moment_is_not_kept),
        IN_FOLDER(another_text_of_the_spec_has_other_failures),
        IN_FOLDER(a_line_that_was_cut_off_or_damaged_is_lost_alone),
        IN_FOLDER(a_file_of_something_else_is_replaced),
        IN_FOLDER(two_mounts_add_to_one_file),
        IN_FOLDER(there_is_a_bound_and_the_oldest_go),
        IN_FOLDER(what_is_out_of_date_is_left_out_one_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
