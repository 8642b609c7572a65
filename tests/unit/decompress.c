/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* decompress as a step: every way of packing, what is damaged, cut off, or a bomb. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "tests/unit/folder.h"

/* The ways that libarchive packs by itself. */
static const struct way {
    const char *name, *suffix;
    int filter;
} ways[] = {
    {"gzip", "gz", ARCHIVE_FILTER_GZIP},   {"bzip2", "bz2", ARCHIVE_FILTER_BZIP2},
    {"xz", "xz", ARCHIVE_FILTER_XZ},       {"zstd", "zst", ARCHIVE_FILTER_ZSTD},
    {"lz4", "lz4", ARCHIVE_FILTER_LZ4},    {"lzip", "lz", ARCHIVE_FILTER_LZIP},
    {"lzma", "lzma", ARCHIVE_FILTER_LZMA}, {"compress", "Z", ARCHIVE_FILTER_COMPRESS},
};

#define ROOM ((size_t)1 << 21) /* bytes of what is packed */

/* Packed data; owned by the caller. */
static GBytes *pack(const struct way *way, const void *data, size_t len)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    char *out = g_malloc(ROOM);
    size_t used = 0;

    assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(a, way->filter), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(a, 1);
    assert_int_equal(archive_write_open_memory(a, out, ROOM, &used), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_pathname(entry, "x");
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    archive_entry_free(entry);
    assert_int_equal(archive_write_data(a, data, len), len);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return g_bytes_new_take(out, used);
}

/* What cannot be packed to nothing. */
static GBytes *noise(size_t len)
{
    uint8_t *at = g_malloc(len);
    uint32_t x = 1;

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525u + 1013904223u;
        at[i] = (uint8_t)(x >> 24);
    }
    return g_bytes_new_take(at, len);
}

static void put(const struct folder *d, const char *name, GBytes *bytes)
{
    folder_put(d, name, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

/* File 0 has these bytes. */
static void assert_same(struct folder *d, const char *sequence, GBytes *want)
{
    g_autoptr(GBytes) got = folder_bytes(d, sequence);

    assert_true(g_bytes_equal(got, want));
}

static void every_way_of_packing_is_undone(void **state)
{
    g_autoptr(GBytes) data = noise(300000);

    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GBytes) packed = pack(&ways[k], g_bytes_get_data(data, NULL), 300000);
        g_autofree char *said = g_strdup_printf("[{files: x}, {decompress: %s}]", ways[k].name);

        put(*state, "x", packed);
        assert_same(*state, said, data);
        if (ways[k].filter != ARCHIVE_FILTER_LZMA)
            assert_same(*state, "[{files: x}, decompress]", data);
    }
}

static void an_empty_file_is_unpacked_to_an_empty_one(void **state)
{
    /* What libarchive does not write, as lz4 and compress do. */
    static const uint8_t lz4[] = {4, 34, 77, 24, 100, 64, 167, 0, 0, 0, 0, 5, 93, 204, 2};
    static const uint8_t compress[] = {31, 157, 144};

    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autofree char *said = g_strdup_printf("[{files: x}, {decompress: %s}]", ways[k].name);
        g_autoptr(GBytes) packed = NULL;

        if (ways[k].filter == ARCHIVE_FILTER_LZ4)
            packed = g_bytes_new(lz4, sizeof lz4);
        else if (ways[k].filter == ARCHIVE_FILTER_COMPRESS)
            packed = g_bytes_new(compress, sizeof compress);
        else
            packed = pack(&ways[k], "", 0);
        put(*state, "x", packed);
        assert_text(*state, said, "");
    }
}

static void what_is_cut_off_fails_wherever_that_is(void **state)
{
    g_autoptr(GBytes) data = noise(200);

    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GBytes) packed = pack(&ways[k], g_bytes_get_data(data, NULL), 200);
        g_autofree char *said = g_strdup_printf("[{files: x}, {decompress: %s}]", ways[k].name);
        GBytes *got = NULL;

        if (ways[k].filter == ARCHIVE_FILTER_COMPRESS) /* its end is where the file ends */
            continue;
        for (size_t len = 1; len < g_bytes_get_size(packed); len++) {
            folder_put(*state, "x", g_bytes_get_data(packed, NULL), len);
            if (folder_get(*state, said, 0, &got) == 0)
                fail_msg("%s: %zu of %zu bytes gave %zu", ways[k].name, len,
                         g_bytes_get_size(packed), g_bytes_get_size(got));
        }
    }
}

static void a_damaged_byte_is_never_other_data(void **state)
{
    g_autoptr(GBytes) data = noise(200);

    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GBytes) packed = pack(&ways[k], g_bytes_get_data(data, NULL), 200);
        g_autofree char *said = g_strdup_printf("[{files: x}, {decompress: %s}]", ways[k].name);
        g_autofree char *copy = g_malloc(g_bytes_get_size(packed));
        const bool checked = ways[k].filter == ARCHIVE_FILTER_GZIP ||
                             ways[k].filter == ARCHIVE_FILTER_BZIP2 ||
                             ways[k].filter == ARCHIVE_FILTER_XZ;

        for (size_t at = 0; at < g_bytes_get_size(packed); at++) {
            GBytes *got = NULL;

            memcpy(copy, g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
            copy[at] ^= 0x10;
            folder_put(*state, "x", copy, g_bytes_get_size(packed));
            if (folder_get(*state, said, 0, &got) < 0)
                continue;
            if (checked && !g_bytes_equal(got, data))
                fail_msg("%s: byte %zu of %zu", ways[k].name, at, g_bytes_get_size(packed));
            g_bytes_unref(got);
        }
    }
}

static void packed_files_in_a_row_are_put_together(void **state)
{
    for (size_t k = 0; k < 4; k++) {
        g_autoptr(GBytes) one = pack(&ways[k], "one ", 4), two = pack(&ways[k], "two", 3);
        g_autoptr(GByteArray) both = g_byte_array_new();

        g_byte_array_append(both, g_bytes_get_data(one, NULL), g_bytes_get_size(one));
        g_byte_array_append(both, g_bytes_get_data(two, NULL), g_bytes_get_size(two));
        folder_put(*state, "x", both->data, both->len);
        assert_text(*state, "[{files: x}, decompress]", "one two");
    }
}

static void what_is_packed_twice_is_unpacked_once(void **state)
{
    g_autoptr(GBytes) inner = pack(&ways[0], "abc", 3);
    g_autoptr(GBytes) outer =
        pack(&ways[3], g_bytes_get_data(inner, NULL), g_bytes_get_size(inner));

    put(*state, "x", outer);
    assert_same(*state, "[{files: x}, decompress]", inner);
    assert_text(*state, "[{files: x}, decompress, decompress]", "abc");
}

static void more_than_the_limit_is_refused(void **state)
{
    g_autofree char *zeros = g_malloc0(1000000);
    g_autoptr(GBytes) bomb = pack(&ways[0], zeros, 1000000);

    put(*state, "x", bomb);
    assert_fault(*state, "[{files: x}, {decompress: {max_output: 999999}}]",
                 "more than the limit of 999999 bytes comes out");
    g_autoptr(GBytes) all =
        folder_bytes(*state, "[{files: x}, {decompress: {max_output: 1000000}}]");
    assert_int_equal(g_bytes_get_size(all), 1000000);
}

static void what_is_not_compressed_fails_unless_that_is_optional(void **state)
{
    g_autoptr(GBytes) packed = pack(&ways[0], "abc", 3);

    folder_put_text(*state, "x", "plain");
    assert_fault(*state, "[{files: x}, decompress]", "not compressed in a way that is known");
    assert_fault(*state, "[{files: x}, {decompress: xz}]", "not compressed by xz");
    assert_text(*state, "[{files: x}, {decompress: {optional: true}}]", "plain");
    folder_put_text(*state, "x", "");
    assert_fault(*state, "[{files: x}, decompress]", "not compressed in a way that is known");
    put(*state, "x", packed);
    assert_fault(*state, "[{files: x}, {decompress: xz}]", "not compressed by xz, but by gzip");
    assert_same(*state, "[{files: x}, {decompress: {format: xz, optional: true}}]", packed);
}

static void the_suffix_is_that_of_what_was_packed(void **state)
{
    g_autoptr(GBytes) packed = pack(&ways[0], "abc", 3);
    const struct seq *s;

    put(*state, "a.csv.gz", packed);
    put(*state, "b.csv.gz", packed);
    s = folder_seq(*state, "[{files: '*.gz'}, decompress]");
    assert_string_equal(seq_type(s, SEQ_ANY).suffix, "csv");
    put(*state, "c.txt.gz", packed);
    s = folder_seq(*state, "[{files: '*.gz'}, decompress]");
    assert_null(seq_type(s, SEQ_ANY).suffix);
    assert_string_equal(seq_type(s, 1).suffix, "csv");
    assert_string_equal(seq_type(s, 2).suffix, "txt");
    put(*state, "d.gz", packed);
    s = folder_seq(*state, "[{files: d.gz}, decompress]");
    assert_null(seq_type(s, 0).suffix);
    put(*state, "e.tgz", packed);
    s = folder_seq(*state, "[{files: e.tgz}, decompress]");
    assert_string_equal(seq_type(s, SEQ_ANY).suffix, "tar");
    put(*state, "f.dat", packed);
    s = folder_seq(*state, "[{files: f.dat}, decompress]");
    assert_string_equal(seq_type(s, SEQ_ANY).suffix, "dat");
}

static void only_bytes_can_be_unpacked(void **state)
{
    assert_complaint(*state, "[{values: [a]}, decompress]", COMPLAINT_SPEC,
                     "decompress: wanted are bytes, but each element is text");
    folder_seq(*state, "[{values: [a, 1]}, decompress]");
    assert_element(*state, 0, "!the element is text, wanted are bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_way_of_packing_is_undone),
        IN_FOLDER(an_empty_file_is_unpacked_to_an_empty_one),
        IN_FOLDER(what_is_cut_off_fails_wherever_that_is),
        IN_FOLDER(a_damaged_byte_is_never_other_data),
        IN_FOLDER(packed_files_in_a_row_are_put_together),
        IN_FOLDER(what_is_packed_twice_is_unpacked_once),
        IN_FOLDER(more_than_the_limit_is_refused),
        IN_FOLDER(what_is_not_compressed_fails_unless_that_is_optional),
        IN_FOLDER(the_suffix_is_that_of_what_was_packed),
        IN_FOLDER(only_bytes_can_be_unpacked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
