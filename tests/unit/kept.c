/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is kept of big files: found again, made anew where anything is not as it was. */
#include "ops/source/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/unit/folder.h"

/* What is to be kept, and how often it was made. */
struct making {
    const char *text;
    int n_made;
    int fails[2]; /* errors of the first attempts */
    const char *touches;
};

static int make(void *ctx, int fd, struct fault *f)
{
    struct making *m = ctx;
    const int err = m->n_made < 2 ? m->fails[m->n_made] : 0;

    m->n_made++;
    assert_int_equal(write(fd, m->text, strlen(m->text)), strlen(m->text));
    if (m->touches)
        assert_int_equal(truncate(m->touches, (off_t)KEPT_MIN + 1), 0);
    return err ? fault_set(f, err, "it cannot be made") : 0;
}

static int open_index(void **state)
{
    int r = folder_open(state);
    g_autofree char *index = folder_path(*state, "cache/index");
    g_autofree char *source = folder_path(*state, "source");

    g_setenv("SEQFS_INDEX", index, TRUE);
    folder_put_text(*state, "source", "text");
    assert_int_equal(truncate(source, (off_t)KEPT_MIN), 0);
    return r;
}

static int close_index(void **state)
{
    g_unsetenv("SEQFS_INDEX");
    return folder_close(state);
}

#define IN_INDEX(test) cmocka_unit_test_setup_teardown(test, open_index, close_index)

static int try_keep(struct folder *d, struct kept_key key, struct making *m, struct fault *f,
                    int *ret_fd)
{
    g_autofree char *path = folder_path(d, "source");
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    key.path = path;
    key.st = &st;
    key.kind = key.kind ? key.kind : "test";
    return kept_open(&key, make, m, f, ret_fd);
}

/* That a file with the text is had, from its beginning on. */
static void assert_kept(struct folder *d, struct kept_key key, struct making *m)
{
    char found[64] = "";
    struct fault f = {0};
    int fd = -1;

    if (try_keep(d, key, m, &f, &fd) < 0)
        fail_msg("%s", f.text);
    assert_int_equal(f.err, 0);
    assert_int_equal(read(fd, found, sizeof found), strlen(m->text));
    assert_string_equal(found, m->text);
    close(fd);
}

static const struct kept_key plain_key = {.version = 1};

/* The names in the folder that end so; the last of them in *ret, owned. */
static unsigned count_entries(struct folder *d, const char *end, char **ret)
{
    g_autofree char *index = folder_path(d, "cache/index");
    g_autoptr(GDir) dir = g_dir_open(index, 0, NULL);
    const char *name;
    unsigned n = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        if (!g_str_has_suffix(name, end) || (!*end && strchr(name, '.')))
            continue;
        n++;
        if (ret) {
            g_free(*ret);
            *ret = g_build_filename(index, name, NULL);
        }
    }
    return n;
}

static void what_was_made_is_found_again(void **state)
{
    struct making m = {.text = "an index"};

    assert_kept(*state, plain_key, &m);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 1);
    assert_int_equal(count_entries(*state, "", NULL), 1);
    assert_int_equal(count_entries(*state, ".seal", NULL), 1);
}

static void a_file_that_changed_is_looked_at_anew_and_takes_the_same_place(void **state)
{
    g_autofree char *source = folder_path(*state, "source");
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000, .tv_nsec = 1}};
    struct making m = {.text = "before"};

    assert_kept(*state, plain_key, &m);
    assert_int_equal(utimensat(AT_FDCWD, source, times, 0), 0);
    m.text = "after";
    assert_kept(*state, plain_key, &m);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 2);
    assert_int_equal(count_entries(*state, "", NULL), 1);
}

static void another_purpose_is_another_entry_and_another_version_the_same(void **state)
{
    struct making a = {.text = "a"}, b = {.text = "b"}, c = {.text = "c"}, e = {.text = "e"};

    assert_kept(*state, plain_key, &a);
    assert_kept(*state, (struct kept_key){.version = 1, .kind = "other"}, &b);
    assert_kept(*state, (struct kept_key){.version = 1, .more = ";", .more_len = 1}, &c);
    assert_int_equal(count_entries(*state, "", NULL), 3);
    assert_kept(*state, (struct kept_key){.version = 2}, &e);
    assert_int_equal(count_entries(*state, "", NULL), 3);
    assert_int_equal(e.n_made, 1);
    assert_kept(*state, (struct kept_key){.version = 1, .more = ";", .more_len = 1}, &c);
    assert_int_equal(c.n_made, 1);
}

static void nothing_is_kept_of_small_files_or_where_it_is_off(void **state)
{
    g_autofree char *source = folder_path(*state, "source");
    g_autofree char *index = g_strdup(g_getenv("SEQFS_INDEX"));
    struct making m = {.text = "an index"};

    g_setenv("SEQFS_INDEX", "off", TRUE);
    assert_kept(*state, plain_key, &m);
    g_setenv("SEQFS_INDEX", index, TRUE);
    assert_int_equal(truncate(source, (off_t)KEPT_MIN - 1), 0);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 2);
    assert_int_equal(count_entries(*state, "", NULL), 0);
}

/* Writes a byte over one of a file. */
static void damage(const char *path, off_t off)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "\x7f", 1, off), 1);
    close(fd);
}

static void a_damaged_entry_is_made_anew(void **state)
{
    g_autofree char *entry = NULL;
    g_autofree char *seal = NULL;
    struct making m = {.text = "an index"};

    assert_kept(*state, plain_key, &m);
    assert_int_equal(count_entries(*state, "", &entry), 1);
    damage(entry, 3);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 2);
    assert_int_equal(truncate(entry, 3), 0);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 3);
    assert_int_equal(count_entries(*state, ".seal", &seal), 1);
    damage(seal, 20);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 4);
    assert_int_equal(truncate(seal, 0), 0);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 5);
    assert_int_equal(unlink(seal), 0);
    assert_kept(*state, plain_key, &m);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 6);
}

static void where_nothing_can_be_written_it_is_in_memory(void **state)
{
    g_autofree char *below = folder_path(*state, "source/index");
    struct making m = {.text = "an index"};

    g_setenv("SEQFS_INDEX", below, TRUE);
    assert_kept(*state, plain_key, &m);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 2);
}

static void where_there_is_no_room_it_is_made_again_in_memory(void **state)
{
    struct making m = {.text = "an index", .fails = {ENOSPC}};

    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 2);
    assert_int_equal(count_entries(*state, "", NULL), 0);
}

static void what_cannot_be_made_is_a_fault_and_leaves_nothing(void **state)
{
    struct making m = {.text = "half of", .fails = {EILSEQ}};
    struct fault f = {0};
    int fd = -1;

    assert_int_equal(try_keep(*state, plain_key, &m, &f, &fd), -EILSEQ);
    assert_string_equal(f.text, "it cannot be made");
    assert_int_equal(fd, -1);
    assert_int_equal(count_entries(*state, "", NULL), 0);
    assert_int_equal(m.n_made, 1);
}

static void what_changed_while_it_was_read_is_not_kept(void **state)
{
    g_autofree char *source = folder_path(*state, "source");
    struct making m = {.text = "half and half", .touches = source};

    assert_kept(*state, plain_key, &m);
    assert_int_equal(count_entries(*state, "", NULL), 0);
}

static void the_folder_is_for_nobody_else(void **state)
{
    g_autofree char *index = folder_path(*state, "cache/index");
    g_autofree char *entry = NULL;
    struct making m = {.text = "an index"};
    struct stat st;

    assert_kept(*state, plain_key, &m);
    assert_int_equal(stat(index, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(count_entries(*state, "", &entry), 1);
    assert_int_equal(stat(entry, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* A file full of holes, last used so many seconds after 1970. */
static void put_old(struct folder *d, const char *name, uint64_t size, time_t used)
{
    g_autofree char *relative = g_strconcat("cache/index/", name, NULL);
    g_autofree char *path = folder_path(d, relative);
    const struct timespec times[2] = {{.tv_sec = used}, {.tv_sec = used}};

    folder_put_text(d, relative, "");
    assert_int_equal(truncate(path, (off_t)size), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

#define OLDEST "00000000000000000000000000000001"
#define OLDER "00000000000000000000000000000002"

static bool is_there(struct folder *d, const char *name)
{
    g_autofree char *path = g_build_filename(d->path, "cache/index", name, NULL);

    return access(path, F_OK) == 0;
}

static void what_was_used_longest_ago_goes_first(void **state)
{
    struct folder *d = *state;
    struct making m = {.text = "an index"};

    put_old(d, OLDER, KEPT_TOTAL / 2, 2000);
    put_old(d, OLDEST, KEPT_TOTAL / 2, 1000);
    put_old(d, OLDEST ".seal", 10, 1000);
    put_old(d, "notes.txt", KEPT_TOTAL, 1);
    assert_kept(d, plain_key, &m);
    assert_false(is_there(d, OLDEST));
    assert_false(is_there(d, OLDEST ".seal"));
    assert_true(is_there(d, OLDER));
    assert_true(is_there(d, "notes.txt"));
    assert_kept(d, plain_key, &m);
    assert_int_equal(m.n_made, 1);
}

static void what_is_found_counts_as_used(void **state)
{
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    g_autofree char *entry = NULL;
    struct making m = {.text = "an index"};
    struct stat st;

    assert_kept(*state, plain_key, &m);
    assert_int_equal(count_entries(*state, "", &entry), 1);
    assert_int_equal(utimensat(AT_FDCWD, entry, times, 0), 0);
    assert_kept(*state, plain_key, &m);
    assert_int_equal(m.n_made, 1);
    assert_int_equal(stat(entry, &st), 0);
    assert_true(st.st_mtim.tv_sec > 1000);
}

static void what_the_killed_left_is_removed_and_what_others_write_stays(void **state)
{
    struct folder *d = *state;
    g_autofree char *written = folder_path(d, "cache/index/aside-WRITTEN");
    struct making m = {.text = "an index"};
    int fd;

    folder_put_text(d, "cache/index/aside-LEFTXX", "half");
    folder_put_text(d, "cache/index/aside-WRITTEN", "half");
    fd = open(written, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_kept(d, plain_key, &m);
    assert_false(is_there(d, "aside-LEFTXX"));
    assert_true(is_there(d, "aside-WRITTEN"));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_INDEX(what_was_made_is_found_again),
        IN_INDEX(a_file_that_changed_is_looked_at_anew_and_takes_the_same_place),
        IN_INDEX(another_purpose_is_another_entry_and_another_version_the_same),
        IN_INDEX(nothing_is_kept_of_small_files_or_where_it_is_off),
        IN_INDEX(a_damaged_entry_is_made_anew),
        IN_INDEX(where_nothing_can_be_written_it_is_in_memory),
        IN_INDEX(where_there_is_no_room_it_is_made_again_in_memory),
        IN_INDEX(what_cannot_be_made_is_a_fault_and_leaves_nothing),
        IN_INDEX(what_changed_while_it_was_read_is_not_kept),
        IN_INDEX(the_folder_is_for_nobody_else),
        IN_INDEX(what_was_used_longest_ago_goes_first),
        IN_INDEX(what_is_found_counts_as_used),
        IN_INDEX(what_the_killed_left_is_removed_and_what_others_write_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
