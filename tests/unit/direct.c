/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements without a worker: which they are, what they hold, and what becomes of their files
 * meanwhile. */
#include "fs/direct.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/plans.h"

#include <cmocka.h>

/* A folder with a.txt, b.txt and lines.txt. */
struct place {
    char *folder, *a, *b, *lines; /* owned */
};

static void write_file(const char *path, const char *text)
{
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static int set_up(void **state)
{
    struct place *p = g_new0(struct place, 1);

    p->folder = g_dir_make_tmp("seqfs-direct-XXXXXX", NULL);
    if (!p->folder)
        return -1;
    p->a = g_build_filename(p->folder, "a.txt", NULL);
    p->b = g_build_filename(p->folder, "b.txt", NULL);
    p->lines = g_build_filename(p->folder, "lines", NULL);
    write_file(p->a, "the first");
    write_file(p->b, "");
    write_file(p->lines, "one\ntwo\nthree");
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;

    unlink(p->a);
    unlink(p->b);
    unlink(p->lines);
    rmdir(p->folder);
    g_free(p->a);
    g_free(p->b);
    g_free(p->lines);
    g_free(p->folder);
    g_free(p);
    return 0;
}

/* The plan of a spec in which %s is the folder. */
static struct plan *plan_in(const struct place *p, const char *format)
{
    g_auto(GStrv) parts = g_strsplit(format, "%s", -1);
    g_autofree char *text = g_strjoinv(p->folder, parts);

    return plan_of(text);
}

static struct key at(uint64_t index)
{
    return (struct key){0, index};
}

static void assert_element(const struct direct *d, uint64_t index, const char *want)
{
    OWN(content_unref) struct content *c = NULL;
    struct fault f = {0};
    uint64_t size = UINT64_MAX;
    char text[64] = "";

    assert_int_equal(direct_size(d, at(index), &f, &size), 0);
    assert_int_equal(size, strlen(want));
    assert_int_equal(direct_open(d, at(index), &f, &c), 0);
    assert_int_equal(content_len(c), strlen(want));
    assert_int_equal(content_read(c, 0, text, sizeof text), (ssize_t)strlen(want));
    assert_string_equal(text, want);
}

static void assert_worker(const struct direct *d, uint64_t index)
{
    struct content *c = NULL;
    struct fault f = {0};
    uint64_t size;

    assert_int_equal(direct_size(d, at(index), &f, &size), DIRECT_NOT);
    assert_int_equal(direct_open(d, at(index), &f, &c), DIRECT_NOT);
    assert_int_equal(f.err, 0);
    assert_null(c);
}

/* Opening it says want, of the step called name. */
static void assert_fault(const struct plan *p, const struct direct *d, uint64_t index, int err,
                         const char *name, const char *want)
{
    OWN(content_unref) struct content *c = NULL;
    struct fault f = {0};

    assert_int_equal(direct_open(d, at(index), &f, &c), -err);
    assert_null(c);
    assert_int_equal(f.err, err);
    if (!strstr(f.text, want))
        fail_msg("wanted '%s' in '%s'", want, f.text);
    assert_true(f.source);
    assert_true(f.trail_len > 0);
    assert_string_equal(plan_step(p, f.trail[0].step)->name, name);
    assert_int_equal(f.trail[f.trail_len - 1].step, plan_output(p, 0)->seq->id);
    assert_int_equal(f.trail[f.trail_len - 1].index, index);
}

static void test_trivial_elements_are_evaluated_on_the_spot(void **state)
{
    OWN(plan_free) struct plan *p = plan_in(*state, "dataset: [{range: 20}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);

    assert_element(d, 3, "3\n");
    assert_element(d, 13, "13\n");
}

static void test_files_are_opened_as_they_are(void **state)
{
    OWN(plan_free) struct plan *p = plan_in(*state, "dataset: [{files: '%s/*.txt'}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);
    OWN(content_unref) struct content *c = NULL;
    struct fault f;

    assert_element(d, 0, "the first");
    assert_element(d, 1, "");
    assert_int_equal(direct_open(d, at(0), &f, &c), 0);
    assert_null(content_memory(c));
}

static void test_lines_are_stretches_with_a_newline(void **state)
{
    OWN(plan_free) struct plan *p = plan_in(*state, "dataset: [{lines: '%s/lines'}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);

    assert_element(d, 0, "one\n");
    assert_element(d, 1, "two\n");
    assert_element(d, 2, "three\n");
}

static void test_what_a_step_computes_needs_a_worker(void **state)
{
    OWN(plan_free)
    struct plan *p = plan_in(*state, "dataset: [{files: '%s/*.txt'}, {exec: [cat]}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);

    assert_worker(d, 0);
}

static void test_an_output_may_be_mixed(void **state)
{
    OWN(plan_free)
    struct plan *p =
        plan_in(*state, "sequences: {plain: [{files: '%s/*.txt'}], made: [plain, {exec: [cat]}]}\n"
                        "dataset: [{concatenate: [plain, made]}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);

    assert_element(d, 0, "the first");
    assert_element(d, 1, "");
    assert_worker(d, 2);
    assert_worker(d, 3);
}

static void test_a_file_that_grew_is_whole(void **state)
{
    struct place *place = *state;
    OWN(plan_free) struct plan *p = plan_in(place, "dataset: [{files: '%s/*.txt'}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);

    write_file(place->a, "the first, longer now");
    assert_element(d, 0, "the first, longer now");
}

static void test_a_file_that_is_gone_is_a_fault_of_its_source(void **state)
{
    struct place *place = *state;
    OWN(plan_free)
    struct plan *p = plan_in(place, "dataset: [{files: '%s/*.txt'}, {slice: '0:1'}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);
    struct fault f = {0};
    uint64_t size;

    unlink(place->a);
    assert_fault(p, d, 0, ENOENT, "files", "a.txt' cannot be opened: no such file or directory");
    assert_int_equal(direct_size(d, at(0), &f, &size), -ENOENT);
    assert_false(f.transient);
}

static void test_lines_of_a_file_that_was_changed_are_for_a_worker_to_judge(void **state)
{
    struct place *place = *state;
    OWN(plan_free) struct plan *p = plan_in(place, "dataset: [{lines: '%s/lines'}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);

    assert_int_equal(truncate(place->lines, 6), 0);
    assert_worker(d, 1);
}

static void test_a_pipe_in_place_of_a_file_is_refused_without_waiting(void **state)
{
    struct place *place = *state;
    OWN(plan_free) struct plan *p = plan_in(place, "dataset: [{files: '%s/*.txt'}]\n");
    OWN(direct_free) struct direct *d = direct_new(p);

    unlink(place->a);
    assert_int_equal(mkfifo(place->a, 0600), 0);
    assert_fault(p, d, 0, EINVAL, "files", "is not a regular file");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_trivial_elements_are_evaluated_on_the_spot),
        TEST(test_files_are_opened_as_they_are),
        TEST(test_lines_are_stretches_with_a_newline),
        TEST(test_what_a_step_computes_needs_a_worker),
        TEST(test_an_output_may_be_mixed),
        TEST(test_a_file_that_grew_is_whole),
        TEST(test_a_file_that_is_gone_is_a_fault_of_its_source),
        TEST(test_lines_of_a_file_that_was_changed_are_for_a_worker_to_judge),
        TEST(test_a_pipe_in_place_of_a_file_is_refused_without_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
