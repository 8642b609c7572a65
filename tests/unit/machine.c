/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much memory there is: the least of the machine's and what the groups allow. */
#include "fs/machine.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define MB (UINT64_C(1) << 20)

static void write_file(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_strconcat(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void remove_all(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        remove_all(below);
    }
    if (dir)
        g_dir_close(dir);
    remove(path);
}

static int set_up(void **state)
{
    *state = g_dir_make_tmp("seqfs-machine-XXXXXX", NULL);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    remove_all(*state);
    g_free(*state);
    return 0;
}

static void test_the_machine_has_some(void **state)
{
    assert_true(machine_memory(*state) > 16 * MB);
}

static void test_the_group_may_allow_less(void **state)
{
    uint64_t all = machine_memory(*state);

    write_file(*state, "/proc/self/cgroup", "0::/a/b\n");
    write_file(*state, "/sys/fs/cgroup/a/b/memory.max", "8388608\n");
    assert_int_equal(machine_memory(*state), 8 * MB);
    write_file(*state, "/sys/fs/cgroup/a/b/memory.max", "max\n");
    assert_int_equal(machine_memory(*state), all);
}

static void test_a_group_above_may_allow_less(void **state)
{
    write_file(*state, "/proc/self/cgroup", "12:cpu:/x\n0::/a/b/c\n");
    write_file(*state, "/sys/fs/cgroup/a/b/c/memory.max", "8388608\n");
    write_file(*state, "/sys/fs/cgroup/a/memory.max", "4194304\n");
    assert_int_equal(machine_memory(*state), 4 * MB);
}

static void test_within_a_container_the_topmost_counts(void **state)
{
    write_file(*state, "/proc/self/cgroup", "0::/\n");
    write_file(*state, "/sys/fs/cgroup/memory.max", "4194304\n");
    assert_int_equal(machine_memory(*state), 4 * MB);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_machine_has_some),
        TEST(test_the_group_may_allow_less),
        TEST(test_a_group_above_may_allow_less),
        TEST(test_within_a_container_the_topmost_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
