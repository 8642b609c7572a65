/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that were changed, replaced or left alone; names that files can have. */
#include <errno.h>
#include <fcntl.h>

#include "ops/base/filename.h"
#include "ops/base/same.h"
#include "tests/unit/folder.h"

/* Gives a file this time of its last change. */
static void set_time(const char *path, time_t sec, long nsec)
{
    const struct timespec times[2] = {{.tv_sec = sec}, {.tv_sec = sec, .tv_nsec = nsec}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_file_is_the_same_until_it_is_changed_or_replaced(void **state)
{
    struct folder *d = *state;
    g_autofree char *path = folder_path(d, "x");
    g_autofree char *other = folder_path(d, "y");
    struct stat was;

    folder_put_text(d, "x", "one");
    set_time(path, 1000, 5);
    assert_int_equal(stat(path, &was), 0);
    assert_true(same_at(path, &was));
    set_time(path, 1000, 6);
    assert_false(same_at(path, &was));
    set_time(path, 1000, 5);
    assert_true(same_at(path, &was));
    assert_int_equal(truncate(path, 2), 0);
    set_time(path, 1000, 5);
    assert_false(same_at(path, &was));
    folder_put_text(d, "y", "two");
    set_time(other, 1000, 5);
    assert_int_equal(g_rename(other, path), 0);
    assert_false(same_at(path, &was));
    assert_int_equal(g_unlink(path), 0);
    assert_false(same_at(path, &was));
}

static void another_file_is_told_with_the_remedy(void **state)
{
    struct fault f = {0};

    assert_int_equal(same_refuse("x.csv", &f), -ESTALE);
    assert_string_equal(
        f.text,
        "'x.csv' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
}

static void a_name_is_one_of_a_file_or_it_is_not(void **state)
{
    static const char *const good[] = {"a", ".a", "..a", "...", "a.b", " ", "ö"};
    static const char *const bad[] = {"", ".", "..", "/", "a/b", "/a", "a/"};

    for (size_t n = 0; n < G_N_ELEMENTS(good); n++)
        assert_true(filename_is_one(good[n]));
    for (size_t n = 0; n < G_N_ELEMENTS(bad); n++)
        assert_false(filename_is_one(bad[n]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_is_the_same_until_it_is_changed_or_replaced),
        IN_FOLDER(another_file_is_told_with_the_remedy),
        cmocka_unit_test(a_name_is_one_of_a_file_or_it_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
