/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tars in memory: their exact length beforehand, and what libarchive reads back. */
#include "ops/core/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

static void add(struct tarball *t, const char *name, const char *text)
{
    g_autoptr(GBytes) content = g_bytes_new(text, strlen(text));

    tarball_add(t, name, NULL, content);
}

/* Writes it; its length is what was told. */
static GBytes *written(struct tarball *t)
{
    GBytes *tar = NULL;
    uint64_t size;
    struct fault f;

    assert_true(tarball_size(t, &size));
    if (tarball_write(t, &f, &tar) < 0)
        fail_msg("%s", f.text);
    assert_int_equal(g_bytes_get_size(tar), size);
    return tar;
}

/* "NAME=CONTENT|NAME=CONTENT". */
static char *listing(GBytes *tar)
{
    struct archive *a = archive_read_new();
    GString *ret = g_string_new(NULL);
    struct archive_entry *entry;
    char text[4096];
    gsize len;
    const void *data = g_bytes_get_data(tar, &len);

    archive_read_support_format_tar(a);
    assert_int_equal(archive_read_open_memory(a, data, len), ARCHIVE_OK);
    while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
        la_ssize_t n = archive_read_data(a, text, sizeof text);
        assert_true(n >= 0);
        assert_int_equal(n, archive_entry_size(entry));
        g_string_append_printf(ret, "%s%s=%.*s", ret->len > 0 ? "|" : "",
                               archive_entry_pathname(entry), (int)n, text);
    }
    assert_int_equal(archive_errno(a), 0);
    archive_read_free(a);
    return g_string_free(ret, FALSE);
}

static void assert_listing(struct tarball *t, const char *want)
{
    g_autoptr(GBytes) tar = written(t);
    g_autofree char *got = listing(tar);

    assert_string_equal(got, want);
}

static void files_come_back_in_order(void **state)
{
    OWN(tarball_free) struct tarball *t = tarball_new();

    add(t, "b.txt", "one");
    add(t, "a/c.txt", "");
    add(t, "a.txt", "three");
    assert_listing(t, "b.txt=one|a/c.txt=|a.txt=three");
}

static void a_file_is_its_head_and_its_content(void **state)
{
    OWN(tarball_free) struct tarball *t = tarball_new();
    g_autoptr(GBytes) head = g_bytes_new_static("head ", 5);
    g_autoptr(GBytes) content = g_bytes_new_static("content", 7);
    g_autoptr(GBytes) nothing = g_bytes_new(NULL, 0);

    tarball_add(t, "a", head, content);
    tarball_add(t, "b", head, nothing);
    tarball_add(t, "c", nothing, content);
    assert_listing(t, "a=head content|b=head |c=content");
}

static void a_tar_of_nothing_is_its_end_alone(void **state)
{
    OWN(tarball_free) struct tarball *t = tarball_new();
    g_autoptr(GBytes) tar = written(t);

    assert_int_equal(g_bytes_get_size(tar), 1024);
}

static void the_length_is_told_for_any_content(void **state)
{
    static const size_t lens[] = {0, 1, 511, 512, 513, 1024, 10239, 10240, 10241, 1000000};

    for (size_t n = 0; n < G_N_ELEMENTS(lens); n++) {
        OWN(tarball_free) struct tarball *t = tarball_new();
        g_autofree char *zeros = g_malloc0(lens[n] + 1);
        g_autoptr(GBytes) content = g_bytes_new(zeros, lens[n]);

        tarball_add(t, "a", NULL, content);
        tarball_add(t, "b", content, content);
        g_autoptr(GBytes) tar = written(t);
        assert_true(g_bytes_get_size(tar) > 3 * lens[n]);
    }
}

/* Names at the limits of ustar and beyond, each with one that is plain beside it. */
static void the_length_is_told_for_any_name(void **state)
{
    static const char *const pieces[] = {"x", "/", "\xc3\xbc", ".", "y/z", "w"};
    GRand *random = g_rand_new_with_seed(5);

    for (int n = 0; n < 400; n++) {
        OWN(tarball_free) struct tarball *t = tarball_new();
        g_autoptr(GString) name = g_string_new("n");
        const gint32 len = g_rand_int_range(random, 1, 300);
        const gint32 variety = g_rand_int_range(random, 1, G_N_ELEMENTS(pieces) + 1);

        while (name->len < (gsize)len)
            g_string_append(name, pieces[g_rand_int_range(random, 0, variety)]);
        g_string_append_c(name, 'e');
        add(t, "plain", "text");
        add(t, name->str, "other");
        add(t, "\xc3\xbc", "short");
        g_autoptr(GBytes) tar = written(t);
        assert_int_equal(g_bytes_get_size(tar) % 512, 0);
    }
    g_rand_free(random);
}

static void long_names_come_back(void **state)
{
    OWN(tarball_free) struct tarball *t = tarball_new();

    add(t, LONG LONG ".txt", "long");
    add(t, "a", "short");
    assert_listing(t, LONG LONG ".txt=long|a=short");
}

static void what_is_announced_counts_like_what_is_there(void **state)
{
    OWN(tarball_free) struct tarball *t = tarball_new();
    OWN(tarball_free) struct tarball *same = tarball_new();
    uint64_t size, other;

    add(t, LONG LONG, "text");
    tarball_announce(same, LONG LONG, 4);
    assert_true(tarball_size(t, &size));
    assert_true(tarball_size(same, &other));
    assert_int_equal(size, other);
}

static void files_over_8_gib_are_measured_without_being_there(void **state)
{
    const uint64_t len = (UINT64_C(1) << 33) + 512;
    OWN(tarball_free) struct tarball *t = tarball_new();
    uint64_t size;

    tarball_announce(t, "a", len);
    assert_true(tarball_size(t, &size));
    /* A pax header with its own header, the header, and the end. */
    assert_int_equal(size, len + 512 + 512 + 512 + 1024);
}

static void a_tar_longer_than_any_file_has_no_length(void **state)
{
    OWN(tarball_free) struct tarball *t = tarball_new();
    OWN(tarball_free) struct tarball *two = tarball_new();
    uint64_t size = 7;

    tarball_announce(t, "a", UINT64_MAX);
    assert_false(tarball_size(t, &size));
    tarball_announce(two, "a", INT64_MAX / 2 + 1);
    tarball_announce(two, "b", INT64_MAX / 2 + 1);
    assert_false(tarball_size(two, &size));
    assert_int_equal(size, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_back_in_order),
        cmocka_unit_test(a_file_is_its_head_and_its_content),
        cmocka_unit_test(a_tar_of_nothing_is_its_end_alone),
        cmocka_unit_test(the_length_is_told_for_any_content),
        cmocka_unit_test(the_length_is_told_for_any_name),
        cmocka_unit_test(long_names_come_back),
        cmocka_unit_test(what_is_announced_counts_like_what_is_there),
        cmocka_unit_test(files_over_8_gib_are_measured_without_being_there),
        cmocka_unit_test(a_tar_longer_than_any_file_has_no_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
