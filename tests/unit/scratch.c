/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder of one call's own: what is put there, what is read, and that nothing stays. */
#include "ops/base/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/folder.h"

static struct scratch *made(struct folder *d)
{
    struct scratch *s = NULL;
    struct fault f;

    g_setenv("TMPDIR", d->path, TRUE);
    assert_int_equal(scratch_new(&f, &s), 0);
    g_unsetenv("TMPDIR");
    return s;
}

static unsigned n_entries(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(dir))
        n++;
    g_dir_close(dir);
    return n;
}

static void what_is_put_can_be_read(void **state)
{
    OWN(scratch_free) struct scratch *s = made(*state);
    g_autoptr(GBytes) bytes = g_bytes_new_static("a\0b", 3), got = NULL;
    struct fault f;

    assert_int_equal(scratch_put(s, "input.bin", bytes, &f), 0);
    assert_int_equal(scratch_get(s, "input.bin", 3, &f, &got), 0);
    assert_true(g_bytes_equal(bytes, got));
}

static void nothing_of_it_stays(void **state)
{
    struct folder *d = *state;
    struct scratch *s = made(d);
    g_autofree char *inner = scratch_path(s, "a/b");
    g_autofree char *outer = scratch_path(s, "a");
    g_autofree char *file = scratch_path(s, "a/b/c");

    assert_int_equal(g_mkdir_with_parents(inner, 0700), 0);
    assert_true(g_file_set_contents(file, "x", 1, NULL));
    assert_int_equal(g_chmod(inner, 0500), 0);
    assert_int_equal(g_chmod(outer, 0), 0);
    assert_int_equal(n_entries(d->path), 1);
    scratch_free(s);
    assert_int_equal(n_entries(d->path), 0);
}

static void what_a_link_leads_to_stays(void **state)
{
    struct folder *d = *state;
    struct scratch *s = made(d);
    g_autofree char *link = scratch_path(s, "link");
    g_autofree char *kept = folder_path(d, "kept");

    folder_put_text(d, "kept/x", "x");
    assert_int_equal(symlink(kept, link), 0);
    scratch_free(s);
    assert_int_equal(n_entries(kept), 1);
}

static void two_are_two(void **state)
{
    OWN(scratch_free) struct scratch *one = made(*state), *other = made(*state);
    g_autofree char *a = scratch_path(one, "x");
    g_autofree char *b = scratch_path(other, "x");

    assert_string_not_equal(a, b);
}

static void assert_unread(const struct scratch *s, uint64_t max, int err, const char *want)
{
    struct fault f;
    GBytes *got = NULL;

    assert_int_equal(scratch_get(s, "output", max, &f, &got), -err);
    assert_null(got);
    assert_string_equal(f.text, want);
}

static void what_is_no_file_is_not_read(void **state)
{
    OWN(scratch_free) struct scratch *s = made(*state);
    g_autofree char *path = scratch_path(s, "output");

    assert_unread(s, 9, ENOENT, "opening 'output': no such file or directory");
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_unread(s, 9, ELOOP, "opening 'output': too many levels of symbolic links");
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_unread(s, 9, EINVAL, "'output' is no regular file");
}

static void what_is_too_long_is_not_read(void **state)
{
    OWN(scratch_free) struct scratch *s = made(*state);
    g_autoptr(GBytes) bytes = g_bytes_new_static("abcd", 4);
    struct fault f;

    assert_int_equal(scratch_put(s, "output", bytes, &f), 0);
    assert_unread(s, 3, EFBIG, "'output' has 4 bytes, more than the 3 allowed");
}

static void no_place_for_one_is_told(void **state)
{
    struct scratch *s = NULL;
    struct fault f;

    g_setenv("TMPDIR", "/none", TRUE);
    assert_int_equal(scratch_new(&f, &s), -ENOENT);
    g_unsetenv("TMPDIR");
    assert_string_equal(f.text, "making a temporary folder in '/none': no such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_put_can_be_read),         IN_FOLDER(nothing_of_it_stays),
        IN_FOLDER(what_a_link_leads_to_stays),      IN_FOLDER(two_are_two),
        IN_FOLDER(what_is_no_file_is_not_read),     IN_FOLDER(what_is_too_long_is_not_read),
        cmocka_unit_test(no_place_for_one_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
