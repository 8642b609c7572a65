/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that are read at any offset, compressed or not. */
#include "ops/source/plain.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/packed.h"

#define TEXT "the quick brown fox"

static void open_plain(struct folder *d, const char *name, struct plain *ret)
{
    struct fault f = {0};

    if (plain_open(name, d->path, &f, ret) < 0)
        fail_msg("%s", f.text);
}

static void assert_not_opened(struct folder *d, const char *name, const char *want)
{
    struct plain p = {0};
    struct fault f = {0};

    assert_true(plain_open(name, d->path, &f, &p) < 0);
    if (!strstr(f.text, want))
        fail_msg("wanted '%s', got '%s'", want, f.text);
    assert_true(f.source);
    assert_null(p.origin);
}

static void assert_stretch(const struct plain *p, uint64_t off, uint64_t len, const char *want)
{
    g_autoptr(GBytes) bytes = NULL;
    struct fault f = {0};

    if (plain_read(p, off, len, &f, &bytes) < 0)
        fail_msg("%s", f.text);
    assert_int_equal(g_bytes_get_size(bytes), len);
    assert_memory_equal(g_bytes_get_data(bytes, NULL), want, len);
}

static void assert_not_read(const struct plain *p, uint64_t off, uint64_t len, int err)
{
    GBytes *bytes = NULL;
    struct fault f = {0};

    assert_int_equal(plain_read(p, off, len, &f, &bytes), -err);
    assert_null(bytes);
    assert_true(strstr(f.text, p->path));
}

static void any_stretch_of_a_file_is_read(void **state)
{
    struct folder *d = *state;
    struct plain p;

    folder_put_text(d, "a", TEXT);
    open_plain(d, "a", &p);
    assert_false(p.packed);
    assert_int_equal(p.len, strlen(TEXT));
    assert_stretch(&p, 0, p.len, TEXT);
    assert_stretch(&p, 4, 5, "quick");
    assert_stretch(&p, p.len, 0, "");
    plain_close(&p);
}

static void a_compressed_file_is_read_as_what_is_in_it(void **state)
{
    struct folder *d = *state;
    struct plain p;

    folder_put_gzip(d, "not-called-gz", TEXT, strlen(TEXT));
    folder_put_gzip(d, "empty", "", 0);
    open_plain(d, "not-called-gz", &p);
    assert_true(p.packed);
    assert_int_equal(p.len, strlen(TEXT));
    assert_stretch(&p, 4, 5, "quick");
    assert_not_read(&p, 4, strlen(TEXT), EIO);
    plain_close(&p);
    open_plain(d, "empty", &p);
    assert_int_equal(p.len, 0);
    assert_stretch(&p, 0, 0, "");
    plain_close(&p);
}

static void a_stretch_beyond_the_end_is_a_fault(void **state)
{
    struct folder *d = *state;
    struct plain p;

    folder_put_text(d, "a", TEXT);
    open_plain(d, "a", &p);
    assert_not_read(&p, 0, p.len + 1, EIO);
    assert_not_read(&p, p.len + 1, 0, EIO);
    assert_not_read(&p, 4, UINT64_MAX, EIO);
    assert_not_read(&p, UINT64_MAX, 2, EIO);
    plain_close(&p);
}

static void what_is_no_file_is_refused(void **state)
{
    struct folder *d = *state;
    g_autofree char *pipe = folder_path(d, "pipe");

    folder_put_text(d, "sub/a", TEXT);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_not_opened(d, "missing", "'missing' cannot be read: no such file");
    assert_not_opened(d, "sub", "'sub' is a folder; wanted is a file");
    assert_not_opened(d, "pipe", "'pipe' is no regular file");
}

/* Behind the bytes that tell that it is compressed at all. */
static void a_compressed_file_that_is_cut_off_anywhere_is_refused(void **state)
{
    static const struct {
        int filter;
        gsize magic_len;
    } ways[] = {{ARCHIVE_FILTER_GZIP, 2},
                {ARCHIVE_FILTER_BZIP2, 3},
                {ARCHIVE_FILTER_XZ, 6},
                {ARCHIVE_FILTER_ZSTD, 4}};
    struct folder *d = *state;

    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GBytes) packed = packed_by(ways[k].filter, TEXT, strlen(TEXT));

        for (gsize n = ways[k].magic_len; n < g_bytes_get_size(packed); n++) {
            folder_put(d, "cut", g_bytes_get_data(packed, NULL), n);
            assert_not_opened(d, "cut", "cannot unpack 'cut': the ");
        }
    }
}

static void a_file_that_is_another_by_now_is_told(void **state)
{
    struct folder *d = *state;
    struct plain a, b, c;

    folder_put_text(d, "a", TEXT);
    folder_put_text(d, "b", TEXT);
    folder_put_gzip(d, "c", TEXT, strlen(TEXT));
    open_plain(d, "a", &a);
    open_plain(d, "b", &b);
    open_plain(d, "c", &c);
    folder_put_text(d, "a", "the quick brown cat"); /* in its place, of the same length */
    assert_int_equal(truncate(b.origin, 3), 0);
    assert_int_equal(unlink(c.origin), 0);
    assert_false(plain_is_unchanged(&a));
    assert_not_read(&a, 4, 5, ESTALE);
    assert_not_read(&b, 4, 5, ESTALE);
    assert_not_read(&c, 4, 5, ESTALE);
    plain_close(&a);
    plain_close(&b);
    plain_close(&c);
}

/* What a worker does after it was forked: no descriptor is what it was. */
static int read_elsewhere(const struct plain *p, const char *other)
{
    g_autoptr(GBytes) bytes = NULL;
    struct fault f = {0};

    if (dup2(open(other, O_RDONLY), p->fd) < 0)
        return 3;
    if (plain_read(p, 4, 5, &f, &bytes) < 0)
        return 2;
    return memcmp(g_bytes_get_data(bytes, NULL), "quick", 5) != 0;
}

static void assert_read_elsewhere(const struct plain *p, const char *other)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(read_elsewhere(p, other));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_process_whose_descriptors_are_others_reads_the_same(void **state)
{
    struct folder *d = *state;
    g_autofree char *other = folder_path(d, "other");
    struct plain a, b;

    folder_put_text(d, "a", TEXT);
    folder_put_text(d, "other", "something else of that length");
    folder_put_gzip(d, "b", TEXT, strlen(TEXT));
    open_plain(d, "a", &a);
    open_plain(d, "b", &b);
    assert_read_elsewhere(&a, other);
    assert_read_elsewhere(&b, other);
    plain_close(&a);
    plain_close(&b);
}

static void closing_takes_what_was_never_opened(void **state)
{
    struct plain p = {0};

    plain_close(&p);
    assert_false(plain_is_unchanged(&p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(any_stretch_of_a_file_is_read),
        IN_FOLDER(a_compressed_file_is_read_as_what_is_in_it),
        IN_FOLDER(a_stretch_beyond_the_end_is_a_fault),
        IN_FOLDER(what_is_no_file_is_refused),
        IN_FOLDER(a_compressed_file_that_is_cut_off_anywhere_is_refused),
        IN_FOLDER(a_file_that_is_another_by_now_is_told),
        IN_FOLDER(a_process_whose_descriptors_are_others_reads_the_same),
        cmocka_unit_test(closing_takes_what_was_never_opened),
    };

    g_setenv("SEQFS_INDEX", "off", true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
