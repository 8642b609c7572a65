/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists to shards, as WebDataset reads them: what their files are called, and their sizes. */
#include <archive.h>
#include <archive_entry.h>

#include "ops/core/identity.h"
#include "tests/unit/images.h"

/* "NAME=LENGTH|NAME=LENGTH". */
static char *listing(GBytes *tar)
{
    struct archive *a = archive_read_new();
    GString *ret = g_string_new(NULL);
    struct archive_entry *entry;
    gsize len;
    const void *data = g_bytes_get_data(tar, &len);

    archive_read_support_format_tar(a);
    assert_int_equal(archive_read_open_memory(a, data, len), ARCHIVE_OK);
    while (archive_read_next_header(a, &entry) == ARCHIVE_OK)
        g_string_append_printf(ret, "%s%s=%d", ret->len > 0 ? "|" : "",
                               archive_entry_pathname(entry), (int)archive_entry_size(entry));
    assert_int_equal(archive_errno(a), 0);
    archive_read_free(a);
    return g_string_free(ret, FALSE);
}

static void assert_shard(struct folder *d, const char *sequence, uint64_t i, const char *want)
{
    g_autoptr(GBytes) tar = NULL;

    if (folder_get(d, sequence, i, &tar) < 0)
        fail_msg("%s", d->eval.fault.text);
    g_autofree char *got = listing(tar);
    assert_string_equal(got, want);
}

/* The same, and as long as was told without computing it. */
static void assert_exact(struct folder *d, const char *sequence, uint64_t i, const char *want)
{
    g_autoptr(GBytes) tar = NULL;
    uint64_t size;

    assert_shard(d, sequence, i, want);
    assert_true(seq_size(d->seq, i, &size));
    assert_int_equal(plan_eval(d->plan, &d->eval, 0, i, &tar), 0);
    assert_int_equal(g_bytes_get_size(tar), size);
}

/* t0.txt to t4.txt, of 10 bytes and more, and a.raw of 60. */
static int folder_of_files(void **state)
{
    static const char zeros[60];

    if (folder_open(state) < 0)
        return -1;
    for (int n = 0; n < 5; n++) {
        g_autofree char *name = g_strdup_printf("t%d.txt", n);
        folder_put(*state, name, "0123456789abcdef", 10 + (size_t)n);
    }
    folder_put(*state, "a.raw", zeros, sizeof zeros);
    folder_put_text(*state, "lines.txt", "one\ntwo\nthree\nfour\nfive\n");
    return 0;
}

#define FILES "{files: 't*.txt'}"
#define RAW "{raw: {path: a.raw, dtype: float32, shape: [3]}}"
#define IN_FILES(test) cmocka_unit_test_setup_teardown(test, folder_of_files, folder_close)

static void items_go_by_their_numbers(void **state)
{
    assert_exact(*state, "[" FILES ", {batch: 2}, {encode: tar}]", 0, "0.txt=10|1.txt=11");
    assert_exact(*state, "[" FILES ", {batch: 2}, {encode: tar}]", 2, "4.txt=14");
    assert_exact(*state, "[" FILES ", {cycle: 12}, {batch: 6}, {encode: tar}]", 1,
                 "06.txt=11|07.txt=12|08.txt=13|09.txt=14|10.txt=10|11.txt=11");
    assert_string_equal(seq_type(((struct folder *)*state)->seq, SEQ_ANY).suffix, "tar");
}

static void lists_of_different_lengths_are_numbered_through(void **state)
{
    static const char spec[] = "[" FILES ", {split: {edges: [1, 4]}}, {encode: tar}]";

    assert_exact(*state, spec, 0, "0.txt=10");
    assert_exact(*state, spec, 1, "1.txt=11|2.txt=12|3.txt=13");
    assert_exact(*state, spec, 2, "4.txt=14");
}

static void fields_of_records_are_files_of_one_key(void **state)
{
    assert_exact(*state,
                 "[{collate: {text: " FILES ", cls: [{range: 5}], x: " RAW
                 ", l: {lines: lines.txt},"
                 " npy: " RAW "}}, {batch: 2}, {encode: tar}]",
                 1,
                 "2.text=12|2.cls=2|2.x.npy=140|2.l.txt=6|2.npy=140|"
                 "3.text=13|3.cls=2|3.x.npy=140|3.l.txt=5|3.npy=140");
}

static void fields_with_a_dot_have_their_suffix(void **state)
{
    assert_exact(*state, "[{collate: {seg.png: " FILES "}}, {batch: 1}, {encode: tar}]", 0,
                 "0.seg.png=10");
    assert_exact(*state, "[{collate: {seg.png: " FILES "}}, {encode: tar}]", 0, "seg.png=10");
}

static void names_are_keys(void **state)
{
    assert_exact(*state, "[" FILES ", {name: 'n/{stem}'}, {batch: 2}, {encode: tar}]", 0,
                 "n/t0.txt=10|n/t1.txt=11");
    assert_exact(*state, "[" FILES ", {name: '{stem}.dat'}, {batch: 2}, {encode: tar}]", 0,
                 "t0.txt=10|t1.txt=11");
    assert_exact(*state,
                 "[{collate: {txt: " FILES ", n: [{range: 5}]}}, {name: 'x{index:03d}'},"
                 " {batch: 2}, {encode: tar}]",
                 1, "x002.txt=12|x002.n.txt=2|x003.txt=13|x003.n.txt=2");
}

static void keys_that_would_not_be_read_as_one_fail(void **state)
{
    assert_fault(*state, "[" FILES ", {name: 'a.b.{index}.txt'}, {batch: 2}, {encode: tar}]",
                 "'a.b.0' cannot be the key of an element in a tar: there is a dot in it");
    assert_fault(*state, "[" FILES ", {cycle: 8}, {name: '{stem}'}, {batch: 6}, {encode: tar}]",
                 "two elements of the tar are called 't0'");
    assert_fault(*state, "[{values: ['{\"a\": 1, \"a.txt\": 2}']}, {parse: json}, {encode: tar}]",
                 "two files of the tar are called 'a.txt'");
    assert_fault(*state, "[{values: [one/../two]}, {name: '{value}'}, {batch: 1}, {encode: tar}]",
                 "'one/../two' cannot be the name of an element in a tar");
}

static void a_dot_in_a_folder_is_no_field(void **state)
{
    assert_exact(*state, "[" FILES ", {name: 'v1.0/{stem}'}, {batch: 1}, {encode: tar}]", 0,
                 "v1.0/t0.txt=10");
}

static void what_does_not_come_apart_is_packed_as_it_is_computed(void **state)
{
    assert_shard(*state, "[{values: [[{a: 1, cls: 22}, {a: 333}], [x]]}, {encode: tar}]", 0,
                 "0.a.txt=2|0.cls=3|1.a.txt=4");
    assert_shard(*state, "[{values: [[{a: 1}], x, [{b: [1]}, 5]]}, {slice: '2:'}, {encode: tar}]",
                 0, "0.b.json=4|1.txt=2");
}

/* What a shard was read from says what its elements are called, whatever their number. */
static void keys_of_shards_are_kept(void **state)
{
    g_autoptr(GBytes) tar = folder_bytes(
        *state, "[{collate: {txt: " FILES ", cls: [{range: 5}]}}, {name: 'k/{stem}'}, {batch: 5},"
                " {encode: tar}]");

    folder_put(*state, "shard.tar", g_bytes_get_data(tar, NULL), g_bytes_get_size(tar));
    assert_exact(*state,
                 "[{tar: {path: shard.tar, group: stem}}, {slice: '1:4'}, {batch: 2},"
                 " {encode: tar}]",
                 1, "k/t3.txt=13|k/t3.cls=2");
}

static void padding_is_numbered_like_the_rest(void **state)
{
    assert_exact(*state, "[{range: 4}, {batch: {size: 3, pad: -1}}, {encode: tar}]", 1,
                 "3.txt=2|4.txt=3|5.txt=3");
}

static void images_are_encoded_one_by_one(void **state)
{
    uint64_t size;

    put_picture(*state, "a.png", ".png", 8, 8, 0);
    put_picture(*state, "b.jpg", ".jpg", 8, 8, 0);
    folder_files(*state, "[{files: [a.png, b.jpg]}, invert, {batch: 2}, {encode: tar}]");
    assert_false(seq_size(((struct folder *)*state)->seq, 0, &size));
    g_autoptr(GBytes) tar =
        folder_bytes(*state, "[{files: [a.png, b.jpg]}, invert, {batch: 2}, {encode: tar}]");
    g_autofree char *names = listing(tar);
    assert_non_null(strstr(names, "0.png="));
    assert_non_null(strstr(names, "|1.jpg="));
}

static void a_file_that_fails_is_named(void **state)
{
    assert_fault(*state, "[{values: [[{a: 1, b: [.inf]}]]}, {encode: tar}]",
                 "'0.b.json': json has no word for the number inf");
    assert_fault(*state, "[{values: [[{a/b: 1}]]}, {encode: tar}]",
                 "a field called 'a/b' cannot be a file in a tar");
}

static void long_names_count_in_the_size(void **state)
{
    g_autofree char *name = g_strnfill(180, 'n');
    g_autofree char *spec =
        g_strdup_printf("[" FILES ", {name: '%s{index}'}, {batch: 2}, {encode: tar}]", name);
    g_autofree char *want = g_strdup_printf("%s0.txt=10|%s1.txt=11", name, name);

    assert_exact(*state, spec, 0, want);
}

static void sizes_of_records_are_told(void **state)
{
    uint64_t size;

    assert_exact(*state, "[{collate: {a: " FILES ", b: " RAW ", c: [{range: 5}]}}, {encode: tar}]",
                 3, "a.txt=13|b.npy=140|c.txt=2");
    assert_false(seq_size(((struct folder *)*state)->seq, SEQ_ANY, &size));
    folder_files(*state, "[{collate: {a: " RAW ", b: " RAW "}}, {encode: tar}]");
    assert_true(seq_size(((struct folder *)*state)->seq, SEQ_ANY, &size));
    assert_int_equal(size, 2 * 1024 + 1024);
}

/* The number that a step gives is not the one that its source has. */
static void sizes_of_what_has_to_be_computed_are_not_told(void **state)
{
    uint64_t size;

    folder_files(*state, "[{range: 4}, {exec: [sh, -c, 'echo 12345']}, {batch: 2}, {encode: tar}]");
    assert_false(seq_size(((struct folder *)*state)->seq, 0, &size));
    folder_files(*state, "[{values: [[1], [2]]}, {batch: 2}, {encode: tar}]");
    assert_false(seq_size(((struct folder *)*state)->seq, 0, &size));
    folder_files(*state, "[{range: 20000}, {batch: 10001}, {encode: tar}]");
    assert_false(seq_size(((struct folder *)*state)->seq, 0, &size));
    folder_files(*state, "[{range: 20000}, {batch: 10000}, {encode: tar}]");
    assert_true(seq_size(((struct folder *)*state)->seq, 0, &size));
    assert_int_equal(size, 10000 * 1024 + 1024);
}

static struct identity identity_of(struct folder *d, const char *sequence)
{
    const struct seq *s = folder_files(d, sequence);
    const struct identity id = seq_identity(s, 0);

    assert_false(identity_is_none(id));
    return id;
}

static void names_are_a_part_of_what_a_tar_is(void **state)
{
    const struct identity plain = identity_of(*state, "[" FILES ", {batch: 2}, {encode: tar}]");
    const struct identity same =
        identity_of(*state, "[" FILES ", {name: '{index}'}, {batch: 2}, {encode: tar}]");
    const struct identity named =
        identity_of(*state, "[" FILES ", {name: 'x{index}'}, {batch: 2}, {encode: tar}]");
    const struct identity more =
        identity_of(*state, "[" FILES ", {cycle: 20}, {batch: 2}, {encode: tar}]");

    assert_true(identity_equal(plain, same));
    assert_false(identity_equal(plain, named));
    assert_false(identity_equal(plain, more));
}

static void a_shard_is_the_same_bytes_each_time(void **state)
{
    static const char spec[] = "[" FILES ", {batch: 5}, {encode: tar}]";
    g_autoptr(GBytes) first = folder_bytes(*state, spec);
    g_autoptr(GBytes) again = folder_bytes(*state, spec);

    assert_true(g_bytes_equal(first, again));
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FILES(items_go_by_their_numbers),
        IN_FILES(lists_of_different_lengths_are_numbered_through),
        IN_FILES(fields_of_records_are_files_of_one_key),
        IN_FILES(fields_with_a_dot_have_their_suffix),
        IN_FILES(names_are_keys),
        IN_FILES(keys_that_would_not_be_read_as_one_fail),
        IN_FILES(a_dot_in_a_folder_is_no_field),
        IN_FILES(what_does_not_come_apart_is_packed_as_it_is_computed),
        IN_FILES(keys_of_shards_are_kept),
        IN_FILES(padding_is_numbered_like_the_rest),
        IN_FILES(images_are_encoded_one_by_one),
        IN_FILES(a_file_that_fails_is_named),
        IN_FILES(long_names_count_in_the_size),
        IN_FILES(sizes_of_records_are_told),
        IN_FILES(sizes_of_what_has_to_be_computed_are_not_told),
        IN_FILES(names_are_a_part_of_what_a_tar_is),
        IN_FILES(a_shard_is_the_same_bytes_each_time),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
