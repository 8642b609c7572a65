/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The spill: what it writes, in how few files, and that it gives room on disk back. */
#include "fs/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/folder.h"

#define MB ((size_t)1 << 20)

/* A content whose bytes tell which it is. */
static struct content *make(size_t len, int fill)
{
    void *data = g_malloc(len + 1);

    memset(data, fill, len);
    return content_new_bytes(g_bytes_new_take(data, len), NULL);
}

static struct content *spilled(struct spill *sp, size_t len, int fill)
{
    OWN(content_unref) struct content *c = make(len, fill);
    struct content *ret = NULL;
    int r = spill_content(sp, c, &ret);

    if (r == -ENODEV)
        print_message("no folder for temporary files is on a disk\n");
    if (r == -ENODEV)
        skip();
    assert_int_equal(r, 0);
    return ret;
}

static void assert_is(const struct content *c, size_t len, int fill)
{
    g_autofree char *got = g_malloc(len + 1);

    assert_int_equal(content_len(c), len);
    assert_int_equal(content_read(c, 0, got, len + 1), (ssize_t)len);
    for (size_t i = 0; i < len; i++)
        if (got[i] != (char)fill)
            fail_msg("byte %zu is %d, not %d", i, got[i], fill);
}

static unsigned count_files(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void test_what_is_spilled_reads_as_before(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    OWN(content_unref) struct content *a = spilled(sp, 10000, 'a');
    OWN(content_unref) struct content *b = spilled(sp, 1, 'b');
    OWN(content_unref) struct content *c = spilled(sp, 0, 'c');
    OWN(content_unref) struct content *d = spilled(sp, 4096, 'd');

    assert_null(content_memory(a));
    assert_is(a, 10000, 'a');
    assert_is(b, 1, 'b');
    assert_is(c, 0, 'c');
    assert_is(d, 4096, 'd');
}

static void test_the_figures_tell_what_lies_there_and_what_ever_did(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    struct content *a = spilled(sp, 10000, 'a'), *b = spilled(sp, 500, 'b');
    struct spill_figures now;

    content_unref(a);
    spill_look_figures(sp, &now);
    assert_true(now.n == 1 && now.bytes == 500 && now.total == 10500 && now.failed == 0);
    content_unref(b);
    spill_look_figures(sp, &now);
    assert_true(now.n == 0 && now.bytes == 0 && now.total == 10500);
}

static void test_many_contents_share_a_file_and_the_last_one_closes_it(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    struct content *c[300];
    unsigned before = count_files();

    for (int i = 0; i < 300; i++)
        c[i] = spilled(sp, 5000, i % 100);
    assert_int_equal(count_files(), before + 1);
    for (int i = 0; i < 300; i++) {
        assert_is(c[i], 5000, i % 100);
        content_unref(c[i]);
    }
    assert_int_equal(count_files(), before);
}

static void test_a_file_that_has_grown_large_is_followed_by_another(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    OWN(content_unref) struct content *large = make(100 * MB, 0);
    OWN(content_unref) struct content *a = spilled(sp, 5000, 'a');
    OWN(content_unref) struct content *b = NULL;
    OWN(content_unref) struct content *c = NULL;
    unsigned before = count_files();

    assert_int_equal(spill_content(sp, large, &b), 0);
    assert_int_equal(count_files(), before);
    assert_int_equal(spill_content(sp, large, &c), 0);
    assert_int_equal(count_files(), before + 1);
    assert_is(a, 5000, 'a');
}

/* The file that was opened last; contents do not tell theirs. */
static uint64_t blocks_of_last_file(void)
{
    struct stat st = {0};
    int fd = 1023;

    while (fd > 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink > 0))
        fd--;
    assert_true(fd > 0);
    return (uint64_t)st.st_blocks * 512;
}

static void test_room_on_disk_comes_back_before_the_file_is_closed(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    struct content *a = spilled(sp, 4 * MB, 'a');
    OWN(content_unref) struct content *b = spilled(sp, MB + 1, 'b');

    assert_true(blocks_of_last_file() >= 5 * MB);
    content_unref(a);
    assert_true(blocks_of_last_file() < 2 * MB);
    assert_is(b, MB + 1, 'b');
}

static void test_the_folder_is_made_and_nothing_is_seen_in_it(void **state)
{
    g_autofree char *path = folder_path(*state, "new/cache");
    OWN(spill_free) struct spill *sp = spill_new(path);
    OWN(content_unref) struct content *c = spilled(sp, 5000, 'a');
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    assert_non_null(dir);
    assert_null(g_dir_read_name(dir));
    assert_is(c, 5000, 'a');
}

static void test_a_folder_that_cannot_be_used_is_passed_over(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new("/proc/none");
    OWN(content_unref) struct content *c = spilled(sp, 5000, 'a');

    assert_is(c, 5000, 'a');
}

static void test_what_cannot_be_written_is_an_error_and_leaves_nothing(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    OWN(content_unref) struct content *memory = make(2 * MB, 'a');
    struct content *c = spilled(sp, 5000, 'b'), *none = NULL;
    const struct rlimit tight = {MB, RLIM_INFINITY};
    void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
    struct spill_figures now;
    struct rlimit before;
    int r;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    r = spill_content(sp, memory, &none);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, was);
    assert_int_equal(r, -EFBIG);
    assert_null(none);
    spill_look_figures(sp, &now);
    assert_true(now.n == 1 && now.bytes == 5000 && now.failed == 1);
    assert_is(c, 5000, 'b');
    content_unref(c);
}

static void test_no_file_to_be_had_is_an_error(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    OWN(content_unref) struct content *memory = make(5000, 'a');
    const struct rlimit none_left = {3, RLIM_INFINITY};
    struct content *none = NULL;
    struct rlimit before;
    int r;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){none_left.rlim_cur, before.rlim_max}), 0);
    r = spill_content(sp, memory, &none);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(r, -EMFILE);
    assert_null(none);
}

struct rivals {
    struct spill *spill;
    int fill;
    bool wrong;
};

static void *spill_often(void *rivals)
{
    struct rivals *r = rivals;
    char got[6000];

    for (int i = 0; i < 200; i++) {
        OWN(content_unref) struct content *memory = make(sizeof got, r->fill);
        OWN(content_unref) struct content *c = NULL;

        r->wrong |= spill_content(r->spill, memory, &c) < 0;
        if (!c || content_read(c, 0, got, sizeof got) != sizeof got)
            r->wrong = true;
        for (size_t k = 0; !r->wrong && k < sizeof got; k++)
            r->wrong = got[k] != (char)r->fill;
    }
    return NULL;
}

static void test_threads_get_places_of_their_own(void **state)
{
    OWN(spill_free) struct spill *sp = spill_new(NULL);
    struct rivals rivals[4];
    GThread *threads[4];
    struct spill_figures now;

    content_unref(spilled(sp, 1, 'a'));
    for (int i = 0; i < 4; i++) {
        rivals[i] = (struct rivals){sp, 'a' + i, false};
        threads[i] = g_thread_new("spill", spill_often, &rivals[i]);
    }
    for (int i = 0; i < 4; i++)
        g_thread_join(threads[i]);
    for (int i = 0; i < 4; i++)
        assert_false(rivals[i].wrong);
    spill_look_figures(sp, &now);
    assert_true(now.n == 0 && now.bytes == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_spilled_reads_as_before),
        cmocka_unit_test(test_the_figures_tell_what_lies_there_and_what_ever_did),
        cmocka_unit_test(test_many_contents_share_a_file_and_the_last_one_closes_it),
        cmocka_unit_test(test_a_file_that_has_grown_large_is_followed_by_another),
        cmocka_unit_test(test_room_on_disk_comes_back_before_the_file_is_closed),
        IN_FOLDER(test_the_folder_is_made_and_nothing_is_seen_in_it),
        cmocka_unit_test(test_a_folder_that_cannot_be_used_is_passed_over),
        cmocka_unit_test(test_what_cannot_be_written_is_an_error_and_leaves_nothing),
        cmocka_unit_test(test_no_file_to_be_had_is_an_error),
        cmocka_unit_test(test_threads_get_places_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
