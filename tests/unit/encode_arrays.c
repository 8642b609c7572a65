/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays, and records of them, to files: npy, raw, npz, csv, text and images; their sizes before
 * they are computed. */
#include <archive.h>
#include <archive_entry.h>

#include "ops/core/npy.h"
#include "tests/unit/images.h"

/* a.raw: bytes 0, 1, 2... ; with it, RAW is arrays of 2 by 3 of them. */
static int folder_of_arrays(void **state)
{
    unsigned char bytes[60];

    if (folder_open(state) < 0)
        return -1;
    for (size_t n = 0; n < sizeof bytes; n++)
        bytes[n] = (unsigned char)n;
    folder_put(*state, "a.raw", bytes, sizeof bytes);
    return 0;
}

#define RAW "{raw: {path: a.raw, dtype: uint8, shape: [2, 3]}}"
#define IN_ARRAYS(test) cmocka_unit_test_setup_teardown(test, folder_of_arrays, folder_close)

static void assert_suffix(struct folder *d, const char *sequence, const char *want)
{
    struct type type = seq_type(folder_files(d, sequence), SEQ_ANY);

    assert_true(type.known);
    assert_int_equal(type.kind, VALUE_BYTES);
    assert_string_equal(type.suffix, want);
}

/* A file of npy: its type, and its items as bytes of any type. */
static void assert_npy(GBytes *file, const char *type, const void *items, size_t len)
{
    g_autoptr(GString) got = g_string_new(NULL);
    struct npy_header header;
    struct fault f;
    gsize size;
    const char *data = g_bytes_get_data(file, &size);

    if (npy_parse(data, size, &f, &header) < 0)
        fail_msg("%s", f.text);
    array_print(&header.type, got);
    assert_string_equal(got->str, type);
    assert_false(header.swapped);
    assert_false(header.fortran);
    assert_int_equal(header.len % 64, 0);
    assert_int_equal(size - header.len, len);
    assert_memory_equal(data + header.len, items, len);
}

/* Every file of a sequence is as long as is told without computing it. */
static void assert_sizes(struct folder *d, const char *sequence)
{
    const struct seq *s = folder_files(d, sequence);

    for (uint64_t i = 0; i < s->len; i++) {
        g_autoptr(GBytes) file = NULL;
        uint64_t size;

        assert_true(seq_size(s, i, &size));
        assert_int_equal(plan_eval(d->plan, &d->eval, 0, i, &file), 0);
        assert_int_equal(g_bytes_get_size(file), size);
    }
}

static void an_array_is_npy_unless_told_otherwise(void **state)
{
    g_autoptr(GBytes) file = folder_bytes(*state, RAW);
    g_autoptr(GBytes) same = folder_bytes(*state, "[" RAW ", {encode: npy}]");

    assert_npy(file, "uint8 [2, 3]", "\0\1\2\3\4\5", 6);
    assert_true(g_bytes_equal(file, same));
    assert_suffix(*state, RAW, "npy");
    assert_suffix(*state, "[" RAW ", {encode: npy}]", "npy");
}

static void raw_is_the_items_alone(void **state)
{
    g_autoptr(GBytes) file = folder_bytes(*state, "[" RAW ", {encode: raw}, {slice: '1:'}]");

    assert_int_equal(g_bytes_get_size(file), 6);
    assert_memory_equal(g_bytes_get_data(file, NULL), "\6\7\10\11\12\13", 6);
    assert_suffix(*state, "[" RAW ", {encode: raw}]", "raw");
}

static void numbers_and_lists_of_them_are_arrays(void **state)
{
    const int64_t seven = 7, pair[] = {2, 3};
    const double mixed[] = {1, 2.5};
    g_autoptr(GBytes) number = folder_bytes(*state, "[{values: [7]}, {encode: npy}]");
    g_autoptr(GBytes) list =
        folder_bytes(*state, "[{range: {start: 2, stop: 6}}, {batch: 2}, {encode: npy}]");
    g_autoptr(GBytes) floats = folder_bytes(*state, "[{values: [[1, 2.5]]}, {encode: npy}]");
    g_autoptr(GBytes) raw = folder_bytes(*state, "[{values: [[1, 2.5]]}, {encode: raw}]");

    assert_npy(number, "int64 []", &seven, sizeof seven);
    assert_npy(list, "int64 [2]", pair, sizeof pair);
    assert_npy(floats, "float64 [2]", mixed, sizeof mixed);
    assert_int_equal(g_bytes_get_size(raw), sizeof mixed);
    assert_memory_equal(g_bytes_get_data(raw, NULL), mixed, sizeof mixed);
}

static void lists_that_are_no_arrays_fail(void **state)
{
    assert_fault(*state, "[{values: [[1, [2]]]}, {encode: npy}]",
                 "numbers and lists beside each other are no array");
    assert_fault(*state, "[{values: [[1], x]}, {encode: raw}, {slice: '1:'}]",
                 "only arrays and numbers become raw, and this is text");
}

static void sizes_are_told_without_computing(void **state)
{
    uint64_t size;

    assert_sizes(*state, RAW);
    assert_sizes(*state, "[" RAW ", {encode: npy}, {shuffle: {seed: 1}}]");
    assert_sizes(*state, "[" RAW ", {encode: raw}]");
    assert_sizes(*state, "[{range: 3}, {encode: npy}]");
    assert_sizes(*state, "[{values: [true]}, {encode: raw}]");
    assert_true(seq_size(folder_files(*state, "[" RAW ", {encode: raw}]"), SEQ_ANY, &size));
    assert_int_equal(size, 6);
    assert_true(seq_size(folder_files(*state, RAW), SEQ_ANY, &size));
    assert_int_equal(size, 128 + 6);
}

static void sizes_that_only_computing_tells_are_not_told(void **state)
{
    uint64_t size;

    put_picture(*state, "a.png", ".png", 2, 1, 0);
    assert_false(seq_size(folder_files(*state, "[" RAW ", {encode: json}]"), 0, &size));
    assert_false(seq_size(folder_files(*state, "[{files: a.png}, invert]"), 0, &size));
    assert_false(
        seq_size(folder_files(*state, "[{range: 4}, {batch: 2}, {encode: npy}]"), 0, &size));
}

static void short_arrays_need_no_worker(void **state)
{
    struct folder *d = *state;
    g_autofree char *zeros = g_malloc0(3 << 20);

    folder_put(d, "big.raw", zeros, 3 << 20);
    assert_true(folder_files(d, RAW)->trivial);
    assert_true(seq_is_quick(folder_files(d, "[" RAW ", {encode: raw}]"), 0));
    assert_false(seq_is_quick(folder_files(d, "[" RAW ", {encode: png}]"), 0));
    assert_false(seq_is_quick(folder_files(d, "[" RAW ", {encode: json}]"), 0));
    assert_false(seq_is_quick(
        folder_files(d, "[{raw: {path: big.raw, dtype: uint8, shape: [1572864]}}, {encode: npy}]"),
        0));
}

static void arrays_are_lists_in_json_and_text(void **state)
{
    assert_text(*state, "[" RAW ", {encode: json}]", "[[0, 1, 2], [3, 4, 5]]\n");
    assert_text(*state, "[" RAW ", {encode: {format: text, newline: false}}]",
                "[[0, 1, 2], [3, 4, 5]]");
    assert_text(*state, "[{collate: {a: " RAW ", b: " RAW "}}, {encode: json}]",
                "{\"a\": [[0, 1, 2], [3, 4, 5]], \"b\": [[0, 1, 2], [3, 4, 5]]}\n");
}

static void arrays_that_cannot_be_text_are_told_at_load(void **state)
{
    g_autofree char *zeros = g_malloc0(5 << 20);

    folder_put(*state, "big.raw", zeros, 5 << 20);
    assert_refused(*state,
                   "[{raw: {path: big.raw, dtype: uint8, shape: [5242880]}}, {encode: json}]",
                   "an array of more than 4194304 items is not written as text or json");
    assert_refused(*state, "[{raw: {path: big.raw, dtype: complex64, shape: [2]}}, {encode: text}]",
                   "complex numbers cannot be written as text or json");
}

static void arrays_become_images(void **state)
{
    g_autoptr(GBytes) file = folder_bytes(*state, "[" RAW ", {encode: png}]");
    VipsImage *image = load(file);

    assert_int_equal(image->Xsize, 3);
    assert_int_equal(image->Ysize, 2);
    assert_int_equal(*VIPS_IMAGE_ADDR(image, 2, 1), 5);
    g_object_unref(image);
    assert_suffix(*state, "[" RAW ", {encode: png}]", "png");
}

static void fields_that_are_arrays_are_siblings(void **state)
{
    const struct seq *s = folder_files(*state, "{collate: {image: " RAW ", label: [{range: 10}]}}");

    assert_int_equal(s->len, 20);
    assert_string_equal(seq_type(s, 0).suffix, "npy");
    assert_string_equal(seq_type(s, 1).suffix, "txt");
}

/* npz. */

/* The members of an npz: "NAME TYPE, NAME TYPE". */
static void assert_npz(GBytes *file, const char *want)
{
    struct archive *a = archive_read_new();
    g_autoptr(GString) got = g_string_new(NULL);
    struct archive_entry *entry;
    char data[4096];
    gsize len;
    const void *zip = g_bytes_get_data(file, &len);

    archive_read_support_format_zip_seekable(a);
    assert_int_equal(archive_read_open_memory(a, zip, len), ARCHIVE_OK);
    while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
        struct npy_header header;
        struct fault f;
        la_ssize_t n = archive_read_data(a, data, sizeof data);

        assert_true(n > 0);
        assert_int_equal(npy_parse(data, (size_t)n, &f, &header), 0);
        assert_int_equal(archive_entry_mtime(entry), 0);
        g_string_append_printf(got, "%s%s ", got->len > 0 ? ", " : "",
                               archive_entry_pathname(entry));
        array_print(&header.type, got);
    }
    assert_int_equal(archive_errno(a), 0);
    archive_read_free(a);
    assert_string_equal(got->str, want);
}

static void an_npz_has_the_fields_of_a_record(void **state)
{
    static const char spec[] =
        "[{collate: {x: " RAW ", n: [{range: 10}], l: {repeat: {value: [1, 2.5], times: 10}}}},"
        " {encode: npz}]";
    g_autoptr(GBytes) file = folder_bytes(*state, spec);
    g_autoptr(GBytes) again = folder_bytes(*state, spec);

    assert_npz(file, "x.npy uint8 [2, 3], n.npy int64 [], l.npy float64 [2]");
    assert_true(g_bytes_equal(file, again));
    assert_suffix(*state, spec, "npz");
}

static void an_npz_has_the_items_of_a_list(void **state)
{
    g_autoptr(GBytes) file = folder_bytes(*state, "[" RAW ", {batch: 2}, {encode: npz}]");
    g_autoptr(GBytes) none = folder_bytes(*state, "[{values: [[]]}, {encode: npz}]");

    assert_npz(file, "arr_0.npy uint8 [2, 3], arr_1.npy uint8 [2, 3]");
    assert_int_equal(g_bytes_get_size(none), 22); /* the end of a zip, as np.savez() writes it */
    assert_memory_equal(g_bytes_get_data(none, NULL), "PK\5\6", 4);
}

static void the_size_of_an_npz_is_known_where_all_shapes_are(void **state)
{
    g_autofree char *name = g_strnfill(300, 'n');
    g_autofree char *longer = g_strdup_printf(
        "[{collate: {x: " RAW ", '\xc3\xa4': {range: 10}, %s: {range: 10}}}, {encode: npz}]", name);
    uint64_t size;

    assert_sizes(*state, longer);
    assert_sizes(*state, "[{collate: {x: " RAW "}}, {encode: npz}]");
    assert_sizes(*state, "[" RAW ", {batch: 3}, {encode: npz}]");
    assert_false(seq_size(
        folder_files(*state, "[{values: [{a: [1, 2]}, {a: [1]}]}, {encode: npz}]"), 0, &size));
}

static void complex_numbers_are_no_pixels(void **state)
{
    assert_fault(*state, "[{values: [[[1, 2]]]}, array, {cast: complex64}, {encode: png}]",
                 "no image has pixels of complex64: cast before it, as to uint8");
}

static void fields_that_are_no_arrays_are_named(void **state)
{
    assert_fault(*state, "[{values: [{a: 1, b: [1, x]}]}, {encode: npz}]",
                 "'b': text in a list, where numbers are wanted for an array");
}

/* csv. */

static void a_record_is_a_line_of_csv(void **state)
{
    assert_text(*state, "[{values: [{a: 1, b: two, c: null, d: 0.5, e: true}]}, {encode: csv}]",
                "1,two,,0.5,true\n");
    assert_text(*state, "[{values: [{a: 1, b: two}]}, {encode: {format: csv, header: true}}]",
                "a,b\n1,two\n");
    assert_suffix(*state, "[{values: [{a: 1}]}, {encode: csv}]", "csv");
}

static void a_list_of_records_is_a_table(void **state)
{
    static const char *const spec = "{values: [[{a: 1, b: x}, {b: y, a: 2}]]}";
    g_autofree char *usual = g_strdup_printf("[%s, {encode: csv}]", spec);
    g_autofree char *bare =
        g_strdup_printf("[%s, {encode: {format: csv, header: false, newline: false}}]", spec);

    assert_text(*state, usual, "a,b\n1,x\n2,y\n");
    assert_text(*state, bare, "1,x\n2,y");
    assert_text(*state, "[{values: [[]]}, {encode: csv}]", "");
}

static void cells_are_quoted_where_they_must_be(void **state)
{
    assert_text(*state,
                "[{values: [{'a,b': 'x,y', c: 'say \"so\"', d: \"two\\nlines\", e: 'p;q'}]},"
                " {encode: {format: csv, header: true}}]",
                "\"a,b\",c,d,e\n\"x,y\",\"say \"\"so\"\"\",\"two\nlines\",p;q\n");
    assert_text(*state,
                "[{values: [{a: 'x,y', b: 'p;q'}]}, {encode: {format: csv, delimiter: ';'}}]",
                "x,y;\"p;q\"\n");
}

static void an_empty_cell_alone_is_no_empty_line(void **state)
{
    assert_text(*state, "[{values: [[{a: x}, {a: ''}, {a: null}]]}, {encode: csv}]",
                "a\nx\n\"\"\n\"\"\n");
}

static void rows_that_do_not_fit_their_table_fail(void **state)
{
    assert_fault(*state, "[{values: [[{a: 1}, {b: 1}]]}, {encode: csv}]",
                 "item 1: there is no field 'a', which is a column");
    assert_fault(*state, "[{values: [[{a: 1}, {a: 1, b: 2}]]}, {encode: csv}]",
                 "item 1: there are 2 fields, and 1 columns");
    assert_fault(*state, "[{values: [[{a: 1}, 2]]}, {encode: csv}]",
                 "item 1 is int, and a row of csv is a record");
    assert_fault(*state, "[{values: [{a: 1}, {a: [1]}]}, {encode: csv}, {slice: '1:'}]",
                 "field 'a' is list, and csv has only scalars");
}

static void an_image_still_is_csv_of_libvips(void **state)
{
    put_picture(*state, "a.png", ".png", 2, 1, 0);
    g_autoptr(GBytes) file =
        folder_bytes(*state, "[{files: a.png}, {extract_band: 0}, {encode: csv}]");
    gsize len;
    const char *text = g_bytes_get_data(file, &len);

    assert_non_null(memchr(text, '\t', len));
}

/* What cannot be. */

static void wrong_kinds_are_told_at_load(void **state)
{
    folder_put_text(*state, "a.txt", "text");
    assert_refused(*state, "[{files: a.txt}, {encode: npy}]",
                   "only arrays and numbers become npy, and this is bytes: put an `array` step "
                   "before");
    assert_refused(*state, "[{files: a.txt}, decode, {encode: raw}]",
                   "only arrays and numbers become raw, and this is image: put an `array` step "
                   "before");
    assert_refused(*state, "[{values: [one]}, {encode: npy}]",
                   "and this is text: put a `parse` step before");
    assert_refused(*state, "[{values: [{a: 1}]}, {encode: npy}]", "say on: FIELD, or npz");
    assert_refused(*state, "[" RAW ", {batch: 2}, {encode: npy}]",
                   "array cannot be written as npy, and each list has some: put a `stack` step "
                   "before");
    assert_refused(*state, "[" RAW ", {encode: npz}]", "and this is array: say npy");
    assert_refused(*state,
                   "[{collate: {a: " RAW ", b: {repeat: {value: x, times: 10}}}},"
                   " {encode: npz}]",
                   "text cannot be written as npz, and each record has some");
    assert_refused(*state, "[{collate: {a: {files: a.txt}}}, {encode: npz}]",
                   "bytes cannot be written as npz, and each record has some: put an `array` step "
                   "before");
    assert_refused(*state, "[{collate: {a: " RAW "}}, {encode: csv}]",
                   "array cannot be written as csv, and each record has some");
    assert_refused(*state, "[{collate: {a: " RAW "}}, {batch: 2}, {encode: csv}]",
                   "array cannot be written as csv, and each record has some");
    assert_refused(*state, "[{range: 2}, {batch: 2}, {encode: csv}]",
                   "int cannot be written as csv, and each list has some");
    assert_refused(*state, "[{range: 2}, {encode: tar}]", "and this is int");
}

static void wrong_options_are_told_at_load(void **state)
{
    assert_refused(*state, "[" RAW ", {encode: {format: npy, delimiter: x}}]",
                   "argument 'delimiter': only tables of csv have it");
    assert_refused(*state, "[" RAW ", {encode: {format: npy, compression: 9}}]",
                   "argument 'compression': only formats of images have options");
    assert_refused(*state, "[{values: [{a: 1}]}, {encode: {format: csv, delimeter: x}}]",
                   "no argument 'delimeter'; did you mean 'delimiter'?");
    assert_refused(*state, "[{values: [{a: 1}]}, {encode: {format: csv, delimiter: '\"'}}]",
                   "argument 'delimiter'");
    assert_refused(*state, "[{values: [{a: 1}]}, {encode: {format: csv, delimiter: ''}}]",
                   "argument 'delimiter'");
    assert_refused(*state, "[{values: [{a: 1}]}, {encode: {format: csv, header: 3}}]",
                   "argument 'header'");
    assert_refused(*state, "[" RAW ", {encode: npi}]", "did you mean 'npy'?");
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ARRAYS(an_array_is_npy_unless_told_otherwise),
        IN_ARRAYS(raw_is_the_items_alone),
        IN_ARRAYS(numbers_and_lists_of_them_are_arrays),
        IN_ARRAYS(lists_that_are_no_arrays_fail),
        IN_ARRAYS(sizes_are_told_without_computing),
        IN_ARRAYS(sizes_that_only_computing_tells_are_not_told),
        IN_ARRAYS(short_arrays_need_no_worker),
        IN_ARRAYS(arrays_are_lists_in_json_and_text),
        IN_ARRAYS(arrays_that_cannot_be_text_are_told_at_load),
        IN_ARRAYS(arrays_become_images),
        IN_ARRAYS(fields_that_are_arrays_are_siblings),
        IN_ARRAYS(an_npz_has_the_fields_of_a_record),
        IN_ARRAYS(an_npz_has_the_items_of_a_list),
        IN_ARRAYS(the_size_of_an_npz_is_known_where_all_shapes_are),
        IN_ARRAYS(complex_numbers_are_no_pixels),
        IN_ARRAYS(fields_that_are_no_arrays_are_named),
        IN_ARRAYS(a_record_is_a_line_of_csv),
        IN_ARRAYS(a_list_of_records_is_a_table),
        IN_ARRAYS(cells_are_quoted_where_they_must_be),
        IN_ARRAYS(an_empty_cell_alone_is_no_empty_line),
        IN_ARRAYS(rows_that_do_not_fit_their_table_fail),
        IN_ARRAYS(an_image_still_is_csv_of_libvips),
        IN_ARRAYS(wrong_kinds_are_told_at_load),
        IN_ARRAYS(wrong_options_are_told_at_load),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
