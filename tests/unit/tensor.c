/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sources of arrays in a file of their own: idx, npy and raw. */
#include "ops/core/digest.h"
#include "ops/core/npy.h"
#include "tests/unit/arrays.h"
#include "tests/unit/packed.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})
#define IDX_2X2 BYTES(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4)

/* An npy file with a dict of its own, and these items. */
static void put_npy(const struct folder *d, const char *name, const char *dict, const void *items,
                    size_t len)
{
    g_autoptr(GString) file = g_string_new_len("\x93NUMPY\1", 8);

    g_string_append_c(file, (char)strlen(dict));
    g_string_append_c(file, '\0');
    g_string_append(file, dict);
    g_string_append_len(file, items, (gssize)len);
    folder_put(d, name, file->str, file->len);
}

static void put_npy_of(const struct folder *d, const char *name, const struct array_type *t,
                       const void *items)
{
    g_autoptr(GString) file = g_string_new(NULL);
    uint64_t len;

    assert_true(array_n_bytes(t, &len));
    npy_print(t, file);
    g_string_append_len(file, items, (gssize)len);
    folder_put(d, name, file->str, file->len);
}

static void rows_of_an_idx_are_arrays(void **state)
{
    struct folder *d = *state;

    folder_put(d, "x.idx", IDX_2X2);
    folder_seq(d, "{idx: x.idx}");
    assert_int_equal(d->seq->len, 2);
    assert_array(d, 0, "uint8 [1, 2] 1 2");
    assert_array(d, 1, "uint8 [1, 2] 3 4");
    assert_true(d->seq->trivial);
}

static void a_compressed_idx_is_the_same(void **state)
{
    struct folder *d = *state;

    folder_put_gzip(d, "x", IDX_2X2);
    folder_seq(d, "{idx: x}");
    assert_array(d, 1, "uint8 [1, 2] 3 4");
}

static void an_idx_of_one_axis_has_numbers(void **state)
{
    struct folder *d = *state;

    folder_put(d, "x", BYTES(0, 0, 8, 1, 0, 0, 0, 3, 0, 7, 255));
    assert_elements(d, "{idx: x}", "0|7|255");
    assert_int_equal(d->seq->any.kind, VALUE_INT);
}

static void every_type_of_idx_is_read_big_end_first(void **state)
{
    struct folder *d = *state;

    folder_put(d, "i8", BYTES(0, 0, 9, 1, 0, 0, 0, 2, 255, 3));
    folder_put(d, "i16", BYTES(0, 0, 11, 1, 0, 0, 0, 2, 255, 254, 1, 0));
    folder_put(d, "i32", BYTES(0, 0, 12, 1, 0, 0, 0, 1, 0, 1, 0, 2));
    folder_put(d, "f32", BYTES(0, 0, 13, 1, 0, 0, 0, 1, 0xbf, 0xc0, 0, 0));
    folder_put(d, "f64", BYTES(0, 0, 14, 1, 0, 0, 0, 1, 0x40, 0x04, 0, 0, 0, 0, 0, 0));
    assert_elements(d, "{idx: i8}", "-1|3");
    assert_elements(d, "{idx: i16}", "-2|256");
    assert_elements(d, "{idx: i32}", "65538");
    assert_elements(d, "{idx: f32}", "-1.5");
    assert_elements(d, "{idx: f64}", "2.5");
}

static void assert_no_idx(struct folder *d, const uint8_t *data, size_t len, const char *want)
{
    g_autofree char *full = g_strdup_printf("idx: 'x' %s", want);

    folder_put(d, "x", data, len);
    assert_complaint(d, "{idx: x}", COMPLAINT_SOURCE, full);
}

static void an_idx_that_lies_is_the_sources_fault(void **state)
{
    struct folder *d = *state;

    assert_no_idx(d, BYTES(0, 0, 8, 1, 0, 0, 0, 3, 1, 2),
                  "is cut off, or its header is wrong: it promises uint8 [3], 3 bytes, but there "
                  "are only 2");
    assert_no_idx(d, BYTES(0, 0, 8, 1, 0, 0, 0, 1, 1, 2),
                  "has a damaged header: it tells of 1 bytes of items, but 2 follow");
    assert_no_idx(d, BYTES(0, 0, 10, 1, 0, 0, 0, 1, 1),
                  "has items of the type 0x0a; known are 0x08 (uint8), 0x09 (int8), 0x0b (int16), "
                  "0x0c (int32), 0x0d (float32) and 0x0e (float64)");
    assert_no_idx(d, BYTES(0, 0, 8, 0),
                  "is no idx file, or damaged: it has 0 axes; wanted are "
                  "1..32");
    assert_no_idx(d, BYTES(0, 0, 8, 33),
                  "is no idx file, or damaged: it has 33 axes; wanted are "
                  "1..32");
    assert_no_idx(d, BYTES(0, 0, 8, 2, 0, 0, 0, 1),
                  "ends within its header: it has 8 bytes, and the lengths of 2 axes need 12");
    assert_no_idx(d, BYTES('P', 'K'), "is no idx file: it does not begin with two bytes of 0");
    assert_no_idx(d, (const uint8_t *)"", 0,
                  "is no idx file: it does not begin with two bytes of 0");
    assert_no_idx(d, BYTES(0, 0, 14, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255),
                  "has a damaged header: its shape is too large");
}

static void rows_of_an_npy_are_arrays(void **state)
{
    struct folder *d = *state;
    const struct array_type t = {.dtype = DTYPE_FLOAT32, .n_dims = 3, .dims = {2, 1, 2}};

    put_npy_of(d, "x.npy", &t, (const float[]){0.5f, 1, -2, 3});
    folder_seq(d, "{npy: x.npy}");
    assert_int_equal(d->seq->len, 2);
    assert_array(d, 0, "float32 [1, 2] 0.5 1.0");
    assert_array(d, 1, "float32 [1, 2] -2.0 3.0");
}

#define FORTRAN(type, shape) "{'descr': '" type "', 'fortran_order': True, 'shape': " shape ", }"

static void fortran_order_is_put_right(void **state)
{
    struct folder *d = *state;

    put_npy(d, "m", FORTRAN("|u1", "(2, 3)"), BYTES(1, 4, 2, 5, 3, 6));
    folder_seq(d, "{npy: m}");
    assert_array(d, 0, "uint8 [3] 1 2 3");
    assert_array(d, 1, "uint8 [3] 4 5 6");
    /* Item (i, j, k) is 12 i + 4 j + k. */
    put_npy(d, "t", FORTRAN("|u1", "(2, 3, 4)"),
            BYTES(0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11,
                  23));
    folder_seq(d, "{npy: t}");
    assert_array(d, 0, "uint8 [3, 4] 0 1 2 3 4 5 6 7 8 9 10 11");
    assert_array(d, 1, "uint8 [3, 4] 12 13 14 15 16 17 18 19 20 21 22 23");
    put_npy(d, "v", FORTRAN("|u1", "(3,)"), BYTES(1, 2, 3));
    assert_elements(d, "{npy: v}", "1|2|3");
}

/* Items so far apart that each is read by itself, and a row that takes several chunks.  Item (i,
 * ...) is i modulo 7, and 10 for each step along the others. */
static void put_large(struct folder *d, uint32_t rows, uint32_t each, const char *dict)
{
    g_autofree uint16_t *items = g_new(uint16_t, rows * each);

    for (uint32_t i = 0; i < rows * each; i++)
        items[i] = (uint16_t)(i / rows * 10 + i % rows % 7);
    put_npy(d, "x", dict, items, sizeof *items * rows * each);
    folder_seq(d, "{npy: x}");
}

static void fortran_order_is_put_right_in_large_files(void **state)
{
    struct folder *d = *state;
    g_autoptr(GString) want = g_string_new("uint16 [2, 50]");

    put_large(d, 40000, 3, FORTRAN("<u2", "(40000, 3)"));
    assert_array(d, 39999, "uint16 [3] 1 11 21");
    assert_true(d->seq->trivial);
    put_large(d, 20000, 100, FORTRAN("<u2", "(20000, 2, 50)"));
    for (unsigned n = 0; n < 100; n++)
        g_string_append_printf(want, " %u", 6 + 10 * (n / 50 + n % 50 * 2));
    assert_array(d, 6, want->str);
    assert_false(d->seq->trivial);
}

static void the_other_byte_order_is_put_right(void **state)
{
    struct folder *d = *state;

    put_npy(d, "i", "{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }",
            BYTES(0, 0, 1, 0, 255, 255, 255, 255));
    assert_elements(d, "{npy: i}", "256|-1");
    put_npy(d, "f", FORTRAN(">u2", "(2, 2)"), BYTES(0, 1, 0, 3, 0, 2, 0, 4));
    folder_seq(d, "{npy: f}");
    assert_array(d, 0, "uint16 [2] 1 2");
    put_npy(d, "c", "{'descr': '>c8', 'fortran_order': False, 'shape': (1, 1), }",
            BYTES(0x3f, 0x80, 0, 0, 0x40, 0, 0, 0));
    folder_seq(d, "{npy: c}");
    assert_array(d, 0, "complex64 [1] ?");
}

static void bools_are_0_or_1_whatever_the_file_has(void **state)
{
    struct folder *d = *state;
    const struct array_type t = {.dtype = DTYPE_BOOL, .n_dims = 2, .dims = {1, 3}};
    OWN(value_unref) struct value *v = NULL;

    put_npy_of(d, "x", &t, "\0\1\310");
    folder_seq(d, "{npy: x}");
    assert_int_equal(seq_get(d->seq, &d->eval, 0, &v), 0);
    assert_memory_equal(g_bytes_get_data(value_bytes(v), NULL), "\0\1\1", 3);
}

static void an_npy_of_one_axis_has_numbers(void **state)
{
    struct folder *d = *state;
    struct array_type t = {.dtype = DTYPE_BOOL, .n_dims = 1, .dims = {2}};

    put_npy_of(d, "b", &t, "\1\0");
    assert_elements(d, "{npy: b}", "true|false");
    t.dtype = DTYPE_FLOAT64;
    put_npy_of(d, "f", &t, (const double[]){0.25, -1e300});
    assert_elements(d, "{npy: f}", "0.25|-1e+300");
    t.dtype = DTYPE_UINT64;
    put_npy_of(d, "u", &t, (const uint64_t[]){INT64_MAX, UINT64_MAX});
    assert_elements(d, "{npy: u}",
                    "9223372036854775807|!item 1 of 'u' is beyond 2^63 - 1, the largest number "
                    "there is");
    t.dtype = DTYPE_COMPLEX64;
    put_npy_of(d, "c", &t, (const float[]){1, 2, 3, 4});
    folder_seq(d, "{npy: c}");
    assert_array(d, 1, "complex64 [] ?");
}

static void labels_can_be_filtered_by(void **state)
{
    struct folder *d = *state;

    folder_put(d, "labels", BYTES(0, 0, 8, 1, 0, 0, 0, 2, 5, 7));
    folder_put(d, "images", IDX_2X2);
    folder_seq(d, "[{collate: {image: {idx: images}, label: {idx: labels}}}, "
                  "{filter: \"label > 5\"}, {get: image}]");
    assert_int_equal(d->seq->len, 1);
    assert_array(d, 0, "uint8 [1, 2] 3 4");
}

static void an_array_without_items_has_what_elements_it_says(void **state)
{
    struct folder *d = *state;

    put_npy(d, "a", "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }", "", 0);
    put_npy(d, "b", "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 0, 3), }", "", 0);
    folder_seq(d, "{npy: a}");
    assert_int_equal(d->seq->len, 0);
    folder_seq(d, "{npy: b}");
    assert_array(d, 1, "float64 [0, 3]");
}

static void what_follows_an_npy_is_not_looked_at(void **state)
{
    struct folder *d = *state;

    put_npy(d, "x", "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", BYTES(1, 2, 3, 4));
    assert_elements(d, "{npy: x}", "1|2");
}

static void an_npy_that_lies_is_the_sources_fault(void **state)
{
    struct folder *d = *state;

    put_npy(d, "x", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", "1234", 4);
    assert_complaint(d, "{npy: x}", COMPLAINT_SOURCE,
                     "npy: 'x' is cut off, or its header is wrong: it promises float64 [2, 3], 48 "
                     "bytes, but there are only 4");
    put_npy(d, "x", "{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "1", 1);
    assert_complaint(d, "{npy: x}", COMPLAINT_SOURCE,
                     "npy: 'x' is a single item without axes; wanted is an array whose first axis "
                     "tells the elements apart");
    put_npy(d, "x", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, -1), }", "1", 1);
    assert_complaint(d, "{npy: x}", COMPLAINT_SOURCE,
                     "npy: 'x': its shape has an axis of less than 0");
    put_npy(d, "x", "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 4611686018427387904), }",
            "", 0);
    assert_complaint(d, "{npy: x}", COMPLAINT_SOURCE,
                     "npy: 'x' has elements of 4611686018427387904 bytes, more than 2147483648");
    folder_put_text(d, "x", "");
    assert_complaint(d, "{npy: x}", COMPLAINT_SOURCE,
                     "npy: 'x': it is no npy file: it does not begin as such");
}

static void raw_arrays_lie_one_behind_the_other(void **state)
{
    struct folder *d = *state;

    folder_put(d, "x", BYTES(9, 1, 0, 2, 0, 3, 0, 4, 0));
    folder_seq(d, "{raw: {path: x, dtype: uint16, shape: [1, 2], offset: 1}}");
    assert_int_equal(d->seq->len, 2);
    assert_array(d, 1, "uint16 [1, 2] 3 4");
    assert_elements(d, "{raw: {path: x, dtype: int16, offset: 1, count: 3}}", "1|2|3");
    assert_elements(d, "{raw: {path: x, dtype: int16, offset: 1, order: big, count: 1}}", "256");
    assert_elements(d, "{raw: {path: x, dtype: uint8, offset: 9}}", "");
    assert_elements(d, "{raw: {path: x, dtype: uint8, count: 0}}", "");
}

static void raw_arguments_that_do_not_fit_are_the_specs_fault(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "x", "12345678901");
    assert_complaint(d, "{raw: {path: x, dtype: float32, shape: 2}}", COMPLAINT_SPEC,
                     "raw: 'x' has 1 elements of 8 bytes, and 3 bytes are over: is the shape "
                     "right? else tell the 'count'");
    assert_complaint(d, "{raw: {path: x, dtype: float32, count: 3}}", COMPLAINT_SPEC,
                     "raw: 3 elements of 4 bytes, but 'x' has room for 2 from byte 0 on");
    assert_complaint(d, "{raw: {path: x, dtype: uint8, offset: 12}}", COMPLAINT_SPEC,
                     "raw: 12 is beyond the 11 bytes of 'x'");
    assert_complaint(d, "{raw: {path: x, dtype: uint8, shape: [2147483647, 2147483647, 9]}}",
                     COMPLAINT_SPEC,
                     "raw: an element of this shape has more than 2147483648 bytes");
    assert_complaint(d, "{raw: {path: y, dtype: uint8}}", COMPLAINT_SOURCE,
                     "raw: 'y' cannot be read: no such file or directory");
}

static void elements_have_the_attributes_and_origin_of_their_file(void **state)
{
    struct folder *d = *state;
    g_autofree char *want = folder_path(d, "sub/x.idx");
    g_autofree char *origin = NULL;

    folder_put(d, "sub/x.idx", IDX_2X2);
    folder_seq(d, "{idx: sub/x.idx}");
    assert_attr(d, "stem", "x|x");
    assert_attr(d, "path", "sub/x.idx|sub/x.idx");
    origin = seq_origin(d->seq, 1);
    assert_string_equal(origin, want);
}

static void a_file_that_changed_fails_until_it_is_indexed_anew(void **state)
{
    struct folder *d = *state;

    folder_put(d, "x", IDX_2X2);
    folder_seq(d, "{idx: x}");
    folder_put_text(d, "x", "another");
    assert_element(
        d, 0, "!'x' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew");
}

static void identity(const struct seq *s, uint64_t i, uint64_t ret[2])
{
    OWN(digest_free) struct digest *digest = digest_new();

    digest_element(digest, s, i);
    assert_true(digest_end(digest, ret));
}

static void identities_differ_by_element_and_by_how_it_is_read(void **state)
{
    struct folder *d = *state;
    uint64_t a[2], b[2], c[2], again[2];

    folder_put(d, "x", BYTES(1, 2, 3, 4));
    folder_seq(d, "{raw: {path: x, dtype: int16}}");
    identity(d->seq, 0, a);
    identity(d->seq, 1, b);
    folder_seq(d, "{raw: {path: x, dtype: int16, order: big}}");
    identity(d->seq, 0, c);
    folder_seq(d, "{raw: {path: x, dtype: int16, count: 1}}");
    identity(d->seq, 0, again);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    assert_memory_equal(a, again, sizeof a);
}

/* Elements of what is accepted, at both ends: they are computed or they fail. */
static void try_elements(struct folder *d)
{
    const uint64_t last = d->seq->len - 1;

    for (unsigned n = 0; d->seq->len > 0 && n < 2; n++) {
        OWN(value_unref) struct value *v = NULL;

        seq_get(d->seq, &d->eval, n == 0 ? 0 : last, &v);
        fault_clear(&d->eval.fault);
    }
}

static void no_change_of_a_header_does_harm(void **state)
{
    struct folder *d = *state;
    uint8_t file[] = {0, 0, 11, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};

    for (unsigned at = 0; at < 16; at++) {
        const uint8_t good = file[at];

        for (unsigned value = 0; value < 256; value += 5) {
            file[at] = (uint8_t)value;
            folder_put(d, "x", file, sizeof file);
            if (folder_load_seq(d, "{idx: x}") == 0)
                try_elements(d);
        }
        file[at] = good;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(rows_of_an_idx_are_arrays),
        IN_FOLDER(a_compressed_idx_is_the_same),
        IN_FOLDER(an_idx_of_one_axis_has_numbers),
        IN_FOLDER(every_type_of_idx_is_read_big_end_first),
        IN_FOLDER(an_idx_that_lies_is_the_sources_fault),
        IN_FOLDER(rows_of_an_npy_are_arrays),
        IN_FOLDER(fortran_order_is_put_right),
        IN_FOLDER(fortran_order_is_put_right_in_large_files),
        IN_FOLDER(the_other_byte_order_is_put_right),
        IN_FOLDER(bools_are_0_or_1_whatever_the_file_has),
        IN_FOLDER(an_npy_of_one_axis_has_numbers),
        IN_FOLDER(labels_can_be_filtered_by),
        IN_FOLDER(an_array_without_items_has_what_elements_it_says),
        IN_FOLDER(what_follows_an_npy_is_not_looked_at),
        IN_FOLDER(an_npy_that_lies_is_the_sources_fault),
        IN_FOLDER(raw_arrays_lie_one_behind_the_other),
        IN_FOLDER(raw_arguments_that_do_not_fit_are_the_specs_fault),
        IN_FOLDER(elements_have_the_attributes_and_origin_of_their_file),
        IN_FOLDER(a_file_that_changed_fails_until_it_is_indexed_anew),
        IN_FOLDER(identities_differ_by_element_and_by_how_it_is_read),
        IN_FOLDER(no_change_of_a_header_does_harm),
    };

    g_setenv("SEQFS_INDEX", "off", true);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
