/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared files of ours: opened whole, replaced when they are not ours, removed when they are old
 * and nobody uses them. */
#include "fs/tidy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/folder.h"

#define NAME(digit) "0123456789abcdef0123456789abcde" digit ".sizes"
#define HEAD "the head\n"
#define MANY (UINT64_C(1) << 40)

static bool has_head(const void *ctx, int fd)
{
    char found[sizeof HEAD - 1];

    return pread(fd, found, sizeof found, 0) == (ssize_t)sizeof found &&
           memcmp(found, HEAD, sizeof found) == 0;
}

static int open_one(const struct folder *d, const char *name)
{
    return tidy_open(d->path, name, HEAD, strlen(HEAD), has_head, NULL);
}

static ino_t inode(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_ino;
}

static bool is_there(const struct folder *d, const char *name)
{
    g_autofree char *path = folder_path(d, name);

    return access(path, F_OK) == 0;
}

static unsigned n_files(const struct folder *d)
{
    g_autoptr(GDir) dir = g_dir_open(d->path, 0, NULL);
    unsigned n = 0;

    while (g_dir_read_name(dir))
        n++;
    return n;
}

static void set_age(const struct folder *d, const char *name, time_t seconds)
{
    g_autofree char *path = folder_path(d, name);
    const struct timespec times[] = {{time(NULL) - seconds, 0}, {time(NULL) - seconds, 0}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_file_that_is_not_there_is_made(void **state)
{
    const struct folder *d = *state;
    int fd = open_one(d, NAME("0"));

    assert_true(fd >= 0);
    assert_true(has_head(NULL, fd));
    assert_int_equal(n_files(d), 1);
    close(fd);
}

static void all_who_open_it_have_the_same_one(void **state)
{
    const struct folder *d = *state;
    int one = open_one(d, NAME("0")), other = open_one(d, NAME("0"));

    assert_true(inode(one) == inode(other));
    close(one);
    close(other);
}

static void one_that_is_not_ours_is_replaced(void **state)
{
    const struct folder *d = *state;
    int fd;

    folder_put_text(d, NAME("0"), "something else");
    fd = open_one(d, NAME("0"));
    assert_true(has_head(NULL, fd));
    assert_int_equal(n_files(d), 1);
    close(fd);
}

static void a_link_to_elsewhere_is_not_followed(void **state)
{
    const struct folder *d = *state;
    g_autofree char *path = folder_path(d, NAME("0"));

    folder_put_text(d, "elsewhere", HEAD);
    assert_int_equal(symlink("elsewhere", path), 0);
    assert_int_equal(open_one(d, NAME("0")), -ELOOP);
}

static void it_is_claimed_by_one_who_has_it_alone(void **state)
{
    const struct folder *d = *state;
    int one = open_one(d, NAME("0")), other = open_one(d, NAME("0"));

    assert_false(tidy_claim(one));
    close(other);
    assert_true(tidy_claim(one));
    tidy_share(one);
    close(one);
}

static void the_least_recently_used_are_removed(void **state)
{
    const struct folder *d = *state;

    folder_put_text(d, NAME("0"), HEAD);
    folder_put_text(d, NAME("1"), HEAD);
    folder_put_text(d, NAME("2"), HEAD);
    set_age(d, NAME("1"), 100);
    set_age(d, NAME("0"), 50);
    tidy_folder(d->path, MANY, 2);
    assert_true(is_there(d, NAME("0")) && is_there(d, NAME("2")));
    assert_false(is_there(d, NAME("1")));
    tidy_folder(d->path, 4096, 10);
    assert_true(is_there(d, NAME("2")));
    assert_false(is_there(d, NAME("0")));
}

static void opening_is_use(void **state)
{
    const struct folder *d = *state;

    folder_put_text(d, NAME("0"), HEAD);
    folder_put_text(d, NAME("1"), HEAD);
    set_age(d, NAME("0"), 100);
    set_age(d, NAME("1"), 50);
    close(open_one(d, NAME("0")));
    tidy_folder(d->path, MANY, 1);
    assert_true(is_there(d, NAME("0")));
    assert_false(is_there(d, NAME("1")));
}

static void what_is_in_use_stays(void **state)
{
    const struct folder *d = *state;
    int fd = open_one(d, NAME("0"));

    set_age(d, NAME("0"), 100);
    tidy_folder(d->path, 0, 0);
    assert_true(is_there(d, NAME("0")));
    close(fd);
    tidy_folder(d->path, 0, 0);
    assert_false(is_there(d, NAME("0")));
}

static void nothing_else_in_the_folder_is_touched(void **state)
{
    static const char *const others[] = {"thesis.tex", "0123456789abcdef.sizes",
                                         NAME("0") "/thesis.tex", "x" NAME("0")};
    const struct folder *d = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        folder_put_text(d, others[i], "x");
        set_age(d, others[i], 1000000);
    }
    tidy_folder(d->path, 0, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        assert_true(is_there(d, others[i]));
}

static void new_files_that_were_never_finished_go_after_a_while(void **state)
{
    const struct folder *d = *state;

    folder_put_text(d, NAME("0") ".new-1", "x");
    folder_put_text(d, NAME("0") ".new-2", "x");
    set_age(d, NAME("0") ".new-1", 7200);
    tidy_folder(d->path, MANY, 100);
    assert_false(is_there(d, NAME("0") ".new-1"));
    assert_true(is_there(d, NAME("0") ".new-2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_that_is_not_there_is_made),
        IN_FOLDER(all_who_open_it_have_the_same_one),
        IN_FOLDER(one_that_is_not_ours_is_replaced),
        IN_FOLDER(a_link_to_elsewhere_is_not_followed),
        IN_FOLDER(it_is_claimed_by_one_who_has_it_alone),
        IN_FOLDER(the_least_recently_used_are_removed),
        IN_FOLDER(opening_is_use),
        IN_FOLDER(what_is_in_use_stays),
        IN_FOLDER(nothing_else_in_the_folder_is_touched),
        IN_FOLDER(new_files_that_were_never_finished_go_after_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
